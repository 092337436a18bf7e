/// Where one field lies in its chunk: the text without its quotes.
struct FieldSpan {
  /// Bits 0–31 the start, 32–62 the length, 63 set where the text holds doubled quotes.
  let bits: UInt64

  @inline(__always)
  init(start: Int, end: Int, hasDoubledQuotes: Bool = false) {
    bits =
      UInt64(truncatingIfNeeded: start) | UInt64(truncatingIfNeeded: end - start) << 32
      | (hasDoubledQuotes ? 1 << 63 : 0)
  }

  @inline(__always) var start: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
  @inline(__always) var count: Int { Int(truncatingIfNeeded: (bits >> 32) & 0x7FFF_FFFF) }
  @inline(__always) var hasDoubledQuotes: Bool { bits >> 63 == 1 }
}

/// A record that cannot be a row: where it stands, why, and its bytes for the file of rejects.
package struct RejectedRecord: Sendable {
  /// Counted from 1 within the chunk, until the chunk's place in the file is known.
  package var line: Int
  package let reason: String
  package let bytes: [UInt8]
}

/// The fields of every well-formed record of a chunk: the first half of reading, after which each
/// column is decoded in a loop of its own.
struct RecordIndex {
  let columnCount: Int
  /// Record by record, `columnCount` spans each.
  private(set) var spans: [FieldSpan] = []
  /// The line each record starts on, counted from 1 within the chunk.
  private(set) var lines: [UInt32] = []
  private(set) var rejected: [RejectedRecord] = []
  private(set) var lineCount = 0

  var rowCount: Int { lines.count }

  init(_ chunk: UnsafeRawBufferPointer, columnCount: Int, delimiter: UInt8) {
    self.columnCount = columnCount
    let mayHoldNul = chunk.holds(0)
    var scanner = FieldScanner(chunk, delimiter: delimiter)
    // A field takes at least its delimiter's byte, so this never grows; untouched pages cost nothing.
    var found: [RejectedRecord] = []
    var recordLines: [UInt32] = []
    var line = 1
    spans = [FieldSpan](unsafeUninitializedCapacity: chunk.count + columnCount + 1) {
      buffer, count in
      while scanner.position < chunk.count {
        let start = scanner.position
        if scanner.skipBlankLine() {
          line += 1
          continue
        }
        let record = scanner.scanRecord(into: buffer, at: count, limit: columnCount)
        let bytes = UnsafeRawBufferPointer(rebasing: chunk[start..<scanner.position])
        let hasNul = mayHoldNul && bytes.holds(0)
        if let reason = record.fault(columnCount: columnCount, hasNul: hasNul) {
          found.append(RejectedRecord(line: line, reason: reason, bytes: Array(bytes)))
        } else {
          count += columnCount
          recordLines.append(UInt32(truncatingIfNeeded: line))
        }
        line += record.lineBreaks
      }
    }
    lines = recordLines
    rejected = found
    lineCount = line - 1
  }
}

/// What the scan of one record found.
struct ScannedRecord {
  var fieldCount = 0
  var lineBreaks = 1
  var textAfterQuote = false
  var hasOpenQuote = false

  func fault(columnCount: Int, hasNul: Bool) -> String? {
    if fieldCount != columnCount {
      return "\(fieldCount) fields where the header has \(columnCount)"
    }
    if textAfterQuote { return "text after a closing quote" }
    return hasNul ? "a NUL byte" : nil
  }
}

/// Walks over fields eight bytes at a time.
struct FieldScanner {
  private let chunk: UnsafeRawBufferPointer
  private let delimiter: UInt8
  private let delimiters: UInt64
  private(set) var position = 0

  init(_ chunk: UnsafeRawBufferPointer, delimiter: UInt8) {
    self.chunk = chunk
    self.delimiter = delimiter
    delimiters = UInt64(delimiter) &* 0x0101_0101_0101_0101
  }

  /// Passes over an empty line; false where there is none.
  mutating func skipBlankLine() -> Bool {
    if chunk[position] == newlineByte {
      position += 1
      return true
    }
    guard chunk[position] == returnByte else { return false }
    let next = position + 1
    // A carriage return that ends the file stands for a line break that was cut.
    guard next == chunk.count || chunk[next] == newlineByte else { return false }
    position = min(next + 1, chunk.count)
    return true
  }

  /// Scans one record, up to and with its line break, and stores at most `limit` spans from `index`.
  @inline(__always)
  mutating func scanRecord(
    into spans: UnsafeMutableBufferPointer<FieldSpan>, at index: Int, limit: Int
  ) -> ScannedRecord {
    var record = ScannedRecord()
    while true {
      let span = nextField(&record)
      if record.fieldCount < limit { spans[index + record.fieldCount] = span }
      record.fieldCount += 1
      if position >= chunk.count { return record }
      let mark = chunk[position]
      position += 1
      if mark == newlineByte { return record }
      // A delimiter as the chunk's last byte is followed by one more, empty, field.
      if position >= chunk.count {
        if record.fieldCount < limit {
          spans[index + record.fieldCount] = FieldSpan(start: position, end: position)
        }
        record.fieldCount += 1
        return record
      }
    }
  }

  /// Leaves `position` on the delimiter or line break after the field, or at the end.
  @inline(__always)
  private mutating func nextField(_ record: inout ScannedRecord) -> FieldSpan {
    if chunk[position] == quoteByte { return nextQuotedField(&record) }
    let start = position
    position = nextMark(from: start)
    return FieldSpan(start: start, end: endWithoutReturn(start))
  }

  private mutating func nextQuotedField(_ record: inout ScannedRecord) -> FieldSpan {
    let start = position + 1
    let found = RecordBoundary.closingQuote(in: chunk, from: start)
    record.hasOpenQuote = found == nil
    let close = found ?? chunk.count
    let text = UnsafeRawBufferPointer(rebasing: chunk[start..<close])
    record.lineBreaks += text.count { $0 == newlineByte }
    position = min(close + 1, chunk.count)
    let after = position
    position = nextMark(from: after)
    if endWithoutReturn(after) > after { record.textAfterQuote = true }
    return FieldSpan(start: start, end: close, hasDoubledQuotes: text.holds(quoteByte))
  }

  /// The end of the field that `position` closes, less the CR of a CR LF.
  @inline(__always)
  private func endWithoutReturn(_ start: Int) -> Int {
    guard position > start, chunk[position - 1] == returnByte,
      position == chunk.count || chunk[position] == newlineByte
    else { return position }
    return position - 1
  }

  /// The next delimiter or line break at or after `start`, or the end.
  ///
  /// The lowest set bit of (x − 0x01…) & ~x & 0x80… marks the first zero byte of x; only bits above a
  /// true one can be false.
  @inline(__always)
  private func nextMark(from start: Int) -> Int {
    guard let base = chunk.baseAddress else { return start }
    var index = start
    while index &+ 8 <= chunk.count {
      let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let toDelimiter = word ^ delimiters
      let toNewline = word ^ 0x0A0A_0A0A_0A0A_0A0A
      let hits =
        ((toDelimiter &- 0x0101_0101_0101_0101) & ~toDelimiter
          | (toNewline &- 0x0101_0101_0101_0101) & ~toNewline) & 0x8080_8080_8080_8080
      if hits != 0 { return index &+ hits.trailingZeroBitCount >> 3 }
      index &+= 8
    }
    while index < chunk.count, chunk[index] != delimiter, chunk[index] != newlineByte { index += 1 }
    return index
  }
}
