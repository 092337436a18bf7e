/// What can be wrong with a table on disk. The description names the file, the line or column, and
/// what to do; it never repeats a cell, which may be personal data.
public enum TableError: Error, Hashable, Sendable {
  case cannotOpen(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  /// The file was read and its bytes are wrong.
  case damaged(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  case empty(path: String)
  case noRows(path: String)
  case notText(path: String, looksLike: String, remedy: String)
  case duplicateColumn(path: String, name: String, first: Int, second: Int)
  case missingColumn(path: String, name: String, nearest: String?)
  case recordTooLong(path: String, line: Int, limitBytes: Int)
  case unclosedQuote(path: String, line: Int)
  case tooManyRejects(
    path: String, rejected: Int, records: Int, limit: Double, firstLine: Int, firstReason: String)
  case unreadableColumn(path: String, name: String, kind: ColumnKind, count: Int, line: Int)
}

extension TableError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "\(path): cannot be opened: \(reason)"
    case .cannotRead(let path, let reason), .damaged(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .empty(let path):
      "\(path) is empty; give a CSV file with a header line"
    case .noRows(let path):
      "\(path), line 1: a header and no rows; export the rows too"
    case .notText(let path, let looksLike, let remedy):
      "\(path), line 1: looks like \(looksLike), not CSV text; \(remedy)"
    case .duplicateColumn(let path, let name, let first, let second):
      "\(path), line 1: columns \(first) and \(second) are both named '\(name)'; rename one"
    case .missingColumn(let path, let name, let nearest):
      "\(path), line 1: no column '\(name)'"
        + (nearest.map { "; is '\($0)' meant?" } ?? "; see the header for the names it has")
    case .recordTooLong(let path, let line, let limit):
      "\(path), line \(line): a row longer than \(limit) bytes; "
        + "give a CSV file with line breaks, or close its quotes"
    case .unclosedQuote(let path, let line):
      "\(path), line \(line): a quote opened here is never closed; double it (\"\") or remove it"
    case .tooManyRejects(let path, let rejected, let records, let limit, let line, let reason):
      "\(path): \(rejected) of \(records) rows rejected, more than --max-rejects \(limit); "
        + "first at line \(line): \(reason); correct them, or allow more by --max-rejects; "
        + "--rejects FILE lists them"
    case .unreadableColumn(let path, let name, let kind, let count, let line):
      "\(path): column '\(name)' has \(count) cells that cannot be read as \(kind.rawValue), "
        + "first at line \(line); correct it, or name another type for it in a schema"
    }
  }
}
