import FoundationEssentials
import Glibc
import Tables

/// Standard output for data, standard error for people.
enum Console {
  static func message(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  /// What was noticed about the file at `path`, a line each.
  static func messages(_ notes: [String], about path: String) {
    for note in notes { message("\(path): \(note)") }
  }

  /// - Throws: `TableError.cannotWrite`: an answer that nobody got is no success.
  static func print(_ text: String) throws(TableError) {
    guard write(text + "\n", to: STDOUT_FILENO) else {
      throw .cannotWrite(path: OutputFile.standardOutput, reason: systemErrorText())
    }
  }

  /// One JSON object with sorted keys.
  static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// False, with the reason in `errno`, where not all could be written.
  @discardableResult
  fileprivate static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count, let start = bytes.baseAddress {
        let count = Glibc.write(descriptor, start + written, bytes.count - written)
        if count < 0 && errno != EINTR { return false }
        written += max(0, count)
      }
      return true
    }
  }
}

/// A line that tells how far a job is: on a terminal only, and gone when it is done.
final class Progress {
  private let isShown = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?

  func show(_ text: String) {
    guard isShown else { return }
    Console.write("\r\u{1B}[K\(text)", to: STDERR_FILENO)
  }

  /// Shows the share and rate of `done` of `total` bytes, a few times a second.
  func show(_ action: String, done: Int, of total: Int?) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < .milliseconds(200) { return }
    lastShown = now
    let seconds = (now - start) / .seconds(1)
    let rate = Int(Double(done) / max(seconds, 1e-3) / 1e6)
    guard let total, total > 0 else {
      return show("\(action): \(done / 1_000_000) MB, \(rate) MB/s")
    }
    let left = Int((seconds * Double(total - done) / Double(max(done, 1))).rounded(.up))
    show("\(action): \(100 * done / total) %, \(rate) MB/s, \(left) s left")
  }

  func clear() {
    if isShown { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}

/// Rows of cells as aligned columns: the first to the left, the others to the right.
func alignedTable(_ rows: [[String]]) -> String {
  let columnCount = rows.map(\.count).max() ?? 0
  let widths = (0..<columnCount).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + padding : padding + cell
    }
    return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
  }.joined(separator: "\n")
}
