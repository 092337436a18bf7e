/// Texts of a column in one run of bytes, as UTF-8: identifiers and notes, which are mostly distinct.
public struct TextColumn: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  public init() {}

  init(_ cells: ColumnCells) {
    ends.reserveCapacity(cells.count)
    for row in 0..<cells.count {
      cells.withTrimmedText(row) { bytes.append(contentsOf: $0) }
      ends.append(bytes.count)
    }
  }

  public var count: Int { ends.count }

  package func withBytes<Result>(
    _ row: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let start = row == 0 ? 0 : ends[row - 1]
    return bytes.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[start..<ends[row]]))
    }
  }

  public subscript(row: Int) -> String {
    withBytes(row) { String(decoding: $0, as: UTF8.self) }
  }

  /// Appends `other`, with nothing in place of the words that mean "missing".
  mutating func append(_ other: TextColumn, missing: MissingTokens) {
    let hasWords = (0..<other.count).contains { row in
      other.withBytes(row) { !$0.isEmpty && missing.contains($0) }
    }
    guard hasWords else { return append(other) }
    for row in 0..<other.count {
      other.withBytes(row) { if !missing.contains($0) { bytes.append(contentsOf: $0) } }
      ends.append(bytes.count)
    }
  }

  mutating func append(_ other: TextColumn) {
    let shift = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.append(contentsOf: other.ends.lazy.map { $0 + shift })
  }
}
