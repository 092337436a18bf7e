/// The counts of one chunk, less its rows: what is left to add up in the file's order.
struct ChunkTally: Sendable {
  let rowCount: Int
  let lineCount: Int
  let rejected: [RejectedRecord]
  let unreadable: [UnreadableCells]

  init(_ chunk: DecodedChunk) {
    rowCount = chunk.rowCount
    lineCount = chunk.lineCount
    rejected = chunk.rejected
    unreadable = chunk.unreadable
  }
}

/// Counts the rows and cells that could not be read, and writes the rows to a file if one is named.
public final class RejectLog {
  public private(set) var rowCount = 0
  public private(set) var rejectedCount = 0
  /// One per column of the file.
  package private(set) var unreadable: [UnreadableCells] = []
  private var first: (line: Int, reason: String)?
  private let path: String
  private let maxRejects: Double
  private let output: OutputFile?

  /// - Parameters:
  ///   - path: the file that is read, for errors.
  ///   - rejectsPath: where the rejected rows go, as CSV of line, reason and row.
  ///   - maxRejects: the share of rows above which `finish` throws.
  public init(path: String, rejectsPath: String? = nil, maxRejects: Double) throws(TableError) {
    self.path = path
    self.maxRejects = maxRejects
    if let rejectsPath {
      output = try OutputFile(path: rejectsPath)
      try output?.write(Array("line,reason,row\n".utf8))
    } else {
      output = nil
    }
  }

  func record(_ tally: ChunkTally, firstLine: Int) throws(TableError) {
    rowCount += tally.rowCount
    if unreadable.isEmpty {
      unreadable = [UnreadableCells](repeating: UnreadableCells(), count: tally.unreadable.count)
    }
    for (index, cells) in tally.unreadable.enumerated() where cells.count > 0 {
      var cells = cells
      cells.firstLine = cells.firstLine.map { $0 + firstLine - 1 }
      unreadable[index].merge(cells)
    }
    for record in tally.rejected { try reject(record, line: record.line + firstLine - 1) }
  }

  private func reject(_ record: RejectedRecord, line: Int) throws(TableError) {
    rejectedCount += 1
    if first == nil { first = (line, record.reason) }
    guard let output else { return }
    var bytes = Array("\(line),\(record.reason),".utf8)
    var row = record.bytes
    while row.last == newlineByte || row.last == returnByte { row.removeLast() }
    row.withUnsafeBytes { appendCSVField($0, to: &bytes) }
    bytes.append(newlineByte)
    try output.write(bytes)
  }

  /// Completes the file of rejects and throws where there were too many: the file says which they are.
  func finish() throws(TableError) {
    try output?.commit()
    let records = rowCount + rejectedCount
    guard let first, Double(rejectedCount) > maxRejects * Double(records) else {
      if rowCount == 0 { throw .noRows(path: path) }
      return
    }
    throw .tooManyRejects(
      path: path, rejected: rejectedCount, records: records, limit: maxRejects,
      firstLine: first.line, firstReason: first.reason)
  }

  /// Throws where more than half of a column's rows hold what its type cannot read: the column is another
  /// than the one a model was trained on, and its average for everyone would look like a score.
  package func refuseUnreadable(_ file: CSVFile, _ actions: [ColumnAction]) throws(TableError) {
    for (index, cells) in unreadable.enumerated() {
      guard let line = cells.firstLine, 2 * cells.count > rowCount else { continue }
      throw .unreadableColumn(
        path: path, name: file.header[index], kind: actions[index].kind, count: cells.count,
        line: line)
    }
  }

  /// Corrects the unreadable cells of a column that turned out to be of another type.
  func setUnreadable(_ cells: UnreadableCells, column: Int) { unreadable[column] = cells }

  /// What a user is to be told, a line each: nothing where all could be read.
  public func notes(header: [String]) -> [String] {
    var notes: [String] = []
    if let first {
      notes.append(
        "\(rejectedCount) \(rejectedCount == 1 ? "row" : "rows") rejected, first at line \(first.line): \(first.reason)"
      )
    }
    for (name, cells) in zip(header, unreadable) {
      guard let line = cells.firstLine else { continue }
      notes.append(
        "column '\(name)': \(cells.count) unreadable cells taken as missing, first at line \(line)")
    }
    return notes
  }
}
