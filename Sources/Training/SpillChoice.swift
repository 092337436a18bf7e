/// Whether the rows of a training go to files where nobody says so.
public enum SpillChoice: Hashable, Sendable {
  case memory
  /// The file is large for the memory, but what is asked for is not fitted to rows in files.
  case memoryForWantOfFiles(obstacle: String)
  case files

  /// A training in memory takes about so many times the bytes of its CSV file: the table, the training
  /// rows, and both encoded.
  private static let bytesPerByte = 4.0
  /// Beyond this share of the memory other programs have too little.
  private static let memoryShare = 0.6

  /// - Parameter fileByteCount: of CSV text; `nil` where it cannot be told or is compressed, so that it could
  ///   not be read more than once.
  public init(fileByteCount: Int?, memoryByteCount: UInt64, _ specification: FitSpecification) {
    let needed = Self.bytesPerByte * Double(fileByteCount ?? 0)
    guard needed > Self.memoryShare * Double(memoryByteCount) else {
      self = .memory
      return
    }
    self = specification.whatNeedsMemory.map { .memoryForWantOfFiles(obstacle: $0) } ?? .files
  }

  /// What a user is to know of the choice.
  public var note: String? {
    guard case .memoryForWantOfFiles(let obstacle) = self else { return nil }
    return "\(obstacle) needs all rows in memory, which this file may take more of than there is"
  }
}
