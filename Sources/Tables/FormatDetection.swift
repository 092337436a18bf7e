/// Finds a file's format from its first bytes, where a user has not fixed it.
struct FormatDetection {
  /// Whole records from the start of the file, after a byte order mark.
  let sample: UnsafeRawBufferPointer
  let options: CSVOptions

  func format() -> CSVFormat {
    let encoding = options.encoding ?? Self.encoding(of: sample)
    let delimiter = options.delimiter ?? bestDelimiter()
    return CSVFormat(
      delimiter: delimiter, encoding: encoding,
      decimalMark: options.decimalMark ?? decimalMark(delimiter: delimiter),
      missing: MissingTokens(options.missing))
  }

  /// UTF-8 unless the bytes cannot be; a character cut by the sample's end does not count.
  static func encoding(of sample: UnsafeRawBufferPointer) -> TextEncoding {
    for cut in 0...min(3, sample.count) {
      let bytes = UnsafeRawBufferPointer(rebasing: sample[..<(sample.count - cut)])
      if String(validating: bytes, as: UTF8.self) != nil { return .utf8 }
    }
    return .windows1251
  }

  /// The delimiter by which most records have as many fields as the header, more than one; of two such,
  /// the one with more fields.
  private func bestDelimiter() -> UInt8 {
    var best = (delimiter: UInt8(ascii: ","), agreement: 0.0, fieldCount: 1)
    for delimiter in ",;\t|".utf8 {
      let counts = fieldCounts(delimiter: delimiter)
      guard let header = counts.first, header > 1 else { continue }
      let agreement = Double(counts.count { $0 == header }) / Double(counts.count)
      if agreement > best.agreement + 0.05
        || agreement > best.agreement - 0.05 && header > best.fieldCount
      {
        best = (delimiter, agreement, header)
      }
    }
    return best.delimiter
  }

  private func fieldCounts(delimiter: UInt8, recordLimit: Int = 100) -> [Int] {
    var counts: [Int] = []
    forEachRecord(delimiter: delimiter, limit: recordLimit) { fields in counts.append(fields.count)
    }
    return counts
  }

  /// A comma where more cells read as numbers only with a decimal comma than only with a point.
  private func decimalMark(delimiter: UInt8) -> UInt8 {
    let comma = UInt8(ascii: ",")
    let point = UInt8(ascii: ".")
    let withComma = NumberParser(decimalMark: comma)
    let withPoint = NumberParser(decimalMark: point)
    var balance = 0
    forEachRecord(delimiter: delimiter, limit: 1_000) { fields in
      for field in fields.prefix(1_000) {
        let cell = UnsafeRawBufferPointer(rebasing: sample[field]).trimmed()
        if cell.holds(comma) {
          balance += withComma.number(cell) != nil && withPoint.number(cell) == nil ? 1 : 0
        } else if cell.holds(point) {
          balance -= withPoint.number(cell) != nil && withComma.number(cell) == nil ? 1 : 0
        }
      }
    }
    return balance > 0 ? comma : point
  }

  /// Calls `body` with the places of the fields of each record in turn, blank lines left out.
  private func forEachRecord(delimiter: UInt8, limit: Int, _ body: ([Range<Int>]) -> Void) {
    var scanner = FieldScanner(sample, delimiter: delimiter)
    withUnsafeTemporaryAllocation(of: FieldSpan.self, capacity: sample.count + 2) { spans in
      var seen = 0
      while scanner.position < sample.count, seen < limit {
        if scanner.skipBlankLine() { continue }
        let record = scanner.scanRecord(into: spans, at: 0, limit: spans.count)
        body(spans[..<record.fieldCount].map { $0.start..<$0.start + $0.count })
        seen += 1
      }
    }
  }
}

/// What a file that is no CSV text begins with, and what to do with it.
enum FileMagic {
  private static let kinds: [(start: [UInt8], looksLike: String, remedy: String)] = [
    ([0x50, 0x4B, 0x03, 0x04], "an Excel workbook or zip archive", "save the sheet as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook", "save the sheet as CSV"),
    (Array("PAR1".utf8), "a Parquet file", "export it as CSV"),
    (Array("%PDF".utf8), "a PDF document", "export the table as CSV"),
    (
      [0x28, 0xB5, 0x2F, 0xFD], "zstd-compressed data", "unpack it first; only .gz is read directly"
    ),
    (Array("BZh".utf8), "bzip2-compressed data", "unpack it first; only .gz is read directly"),
    ([0xFD, 0x37, 0x7A, 0x58], "xz-compressed data", "unpack it first; only .gz is read directly"),
    ([0xFF, 0xFE], "UTF-16 text", "save it as UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "save it as UTF-8"),
  ]

  static func check(_ start: [UInt8], path: String) throws(TableError) {
    for kind in kinds where start.starts(with: kind.start) {
      throw .notText(path: path, looksLike: kind.looksLike, remedy: kind.remedy)
    }
  }
}
