package import Tables

/// The numbers of a block, one after the other: in an array, or in a file that is mapped.
public struct BlockStorage<Element: BitwiseCopyable & Sendable>: Sendable {
  private enum Place: Sendable {
    case memory([Element])
    case file(MappedRegion)
  }

  private var place: Place
  public let count: Int

  public init(_ elements: [Element]) {
    place = .memory(elements)
    count = elements.count
  }

  /// Takes a file that holds nothing but `Element`s.
  package init(_ region: MappedRegion) {
    place = .file(region)
    count = region.bytes.count / MemoryLayout<Element>.stride
  }

  public subscript(index: Int) -> Element {
    withUnsafeBufferPointer { $0[index] }
  }

  /// A copy in memory.
  public var elements: [Element] { withUnsafeBufferPointer { Array($0) } }

  public func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch place {
    case .memory(let elements): try elements.withUnsafeBufferPointer(body)
    case .file(let region): try body(region.bytes.bindMemory(to: Element.self))
    }
  }

  /// Gives `body` the elements to change in place; those of a file cannot be.
  mutating func withUnsafeMutableBufferPointer<Result>(
    _ body: (UnsafeMutableBufferPointer<Element>) -> Result
  ) -> Result {
    guard case .memory(var elements) = place else {
      preconditionFailure("\(count) elements of a mapped file are read-only")
    }
    place = .memory([])
    defer { place = .memory(elements) }
    return elements.withUnsafeMutableBufferPointer { body($0) }
  }

  package var isMapped: Bool { directory != nil }

  /// The folder of the file; `nil` in memory.
  var directory: String? {
    if case .file(let region) = place { region.directory } else { nil }
  }

  /// Has the system read elements in that will be wanted soon; does nothing in memory.
  package func prefetch(_ range: Range<Int>) {
    if case .file(let region) = place { region.prefetch(Self.bytes(of: range)) }
  }

  /// Gives back the memory of elements that are not wanted soon; does nothing in memory.
  package func release(_ range: Range<Int>) {
    if case .file(let region) = place { region.release(Self.bytes(of: range)) }
  }

  private static func bytes(of range: Range<Int>) -> Range<Int> {
    let stride = MemoryLayout<Element>.stride
    return range.lowerBound * stride..<range.upperBound * stride
  }
}
