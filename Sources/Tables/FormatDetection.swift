/// Finds a file's format from its first bytes, where a user has not fixed it.
struct FormatDetection {
  /// The start of the file, after a byte order mark.
  let sample: UnsafeRawBufferPointer
  /// Whether the sample is the whole file: its last record and character are not cut.
  let isWhole: Bool
  let hasByteOrderMark: Bool
  let options: CSVOptions

  func format() -> CSVFormat {
    let encoding = options.encoding ?? (hasByteOrderMark ? .utf8 : likelyEncoding())
    let delimiter = options.delimiter ?? bestDelimiter()
    return CSVFormat(
      delimiter: delimiter, encoding: encoding,
      decimalMark: options.decimalMark ?? decimalMark(delimiter: delimiter, encoding: encoding),
      missing: MissingTokens(options.missing))
  }

  /// UTF-8 where the bytes are, or mostly are: exports cut texts at a byte, and one character in pieces
  /// must not turn all others into nonsense. In windows-1251, letters seldom look like UTF-8.
  private func likelyEncoding() -> TextEncoding {
    if String(validating: sample, as: UTF8.self) != nil { return .utf8 }
    var good = 0
    var bad = 0
    var position = 0
    while position < sample.count {
      let lead = sample[position]
      position += 1
      if lead < 0x80 { continue }
      let length = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0
      let rest = sample[position...].prefix(length)
      guard length > 0, rest.allSatisfy({ $0 & 0xC0 == 0x80 }) else {
        bad += 1
        continue
      }
      if rest.count == length {
        good += 1
      } else if isWhole {
        bad += 1
      }
      position += rest.count
    }
    return bad == 0 || good > 2 * bad ? .utf8 : .windows1251
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
    forEachRecord(delimiter: delimiter, limit: recordLimit) { counts.append($0.count) }
    return counts
  }

  /// A comma where more cells read as numbers only with a decimal comma than only with a point.
  private func decimalMark(delimiter: UInt8, encoding: TextEncoding) -> UInt8 {
    let comma = UInt8(ascii: ",")
    let point = UInt8(ascii: ".")
    let withComma = NumberParser(decimalMark: comma)
    let withPoint = NumberParser(decimalMark: point)
    var balance = 0
    forEachRecord(delimiter: delimiter, limit: 1_000) { fields in
      for field in fields.prefix(1_000) {
        field.withTrimmedText(in: sample, encoding: encoding) { cell in
          if cell.holds(comma) {
            // Beside comma delimiters, "12,345" is thousands more likely than a decimal comma.
            if delimiter == comma, Self.hasThousandsCommas(cell) { return }
            balance += withComma.number(cell) != nil && withPoint.number(cell) == nil ? 1 : 0
          } else if cell.holds(point) {
            balance -= withPoint.number(cell) != nil && withComma.number(cell) == nil ? 1 : 0
          }
        }
      }
    }
    return balance > 0 ? comma : point
  }

  /// Whether each comma of `cell` is followed by three digits and the number does not start with 0.
  private static func hasThousandsCommas(_ cell: UnsafeRawBufferPointer) -> Bool {
    let digits = cell.first == UInt8(ascii: "-") ? cell.dropFirst() : cell[...]
    let groups = digits.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    return digits.first != UInt8(ascii: "0") && (1...3).contains(groups[0].count)
      && groups.dropFirst().allSatisfy { $0.count == 3 }
  }

  /// Calls `body` with the fields of each record in turn, blank lines left out.
  private func forEachRecord(
    delimiter: UInt8, limit: Int, _ body: (Slice<UnsafeMutableBufferPointer<FieldSpan>>) -> Void
  ) {
    var scanner = FieldScanner(sample, delimiter: delimiter)
    withUnsafeTemporaryAllocation(of: FieldSpan.self, capacity: sample.count + 2) { spans in
      var seen = 0
      while scanner.position < sample.count, seen < limit {
        if scanner.skipBlankLine() { continue }
        let record = scanner.scanRecord(into: spans, at: 0, limit: spans.count)
        // The sample's end may have cut its last record.
        if seen > 0, !isWhole, scanner.position == sample.count { return }
        body(spans[..<record.fieldCount])
        seen += 1
      }
    }
  }
}

/// What a file that is no CSV text begins with, and what to do with it.
enum FileMagic {
  private static let bzip2 = Array("BZh".utf8)
  private static let kinds: [(start: [UInt8], looksLike: String, remedy: String)] = [
    ([0x50, 0x4B, 0x03, 0x04], "an Excel workbook or zip archive", "save the sheet as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook", "save the sheet as CSV"),
    // The letters alone may begin a header; what follows them in such a file may not.
    (Array("PAR1\u{15}".utf8), "a Parquet file", "export it as CSV"),
    (Array("%PDF-".utf8), "a PDF document", "export the table as CSV"),
    (
      [0x28, 0xB5, 0x2F, 0xFD], "zstd-compressed data", "unpack it first; only .gz is read directly"
    ),
    (bzip2, "bzip2-compressed data", "unpack it first; only .gz is read directly"),
    ([0xFD, 0x37, 0x7A, 0x58], "xz-compressed data", "unpack it first; only .gz is read directly"),
    ([0xFF, 0xFE], "UTF-16 text", "save it as UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "save it as UTF-8"),
  ]

  static func check(_ start: [UInt8], path: String) throws(TableError) {
    for kind in kinds where start.starts(with: kind.start) {
      if kind.start == bzip2, !start.dropFirst(4).starts(with: Array("1AY&SY".utf8)) { continue }
      throw .notText(path: path, looksLike: kind.looksLike, remedy: kind.remedy)
    }
  }
}
