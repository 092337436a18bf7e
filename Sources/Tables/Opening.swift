/// The first bytes of a file, as many as its header needs.
struct FirstBytes {
  private let source: any ByteSource
  private(set) var bytes: [UInt8] = []
  /// Whether there are no more bytes in the file.
  private(set) var isWhole = false

  init(of source: any ByteSource) { self.source = source }

  /// Whether a header that is not complete by now is refused.
  var isFull: Bool { bytes.count >= Chunk.maxRecordBytes }

  /// Reads the first megabyte, then as much again as there is.
  mutating func extend() throws(TableError) {
    let block = ChunkStorage(byteCount: max(1 << 20, bytes.count))
    var filled = 0
    while filled < block.buffer.count, !isWhole {
      let count = try source.read(
        into: UnsafeMutableRawBufferPointer(rebasing: block.buffer[filled...]))
      isWhole = count == 0
      filled += count
    }
    bytes.append(contentsOf: block.buffer[..<filled])
  }
}

/// What the first bytes of a file tell: its format and header, and where its rows begin.
struct Opening {
  let format: CSVFormat
  let header: [String]
  /// Where the first row begins, and the line it stands on.
  let bodyOffset: Int
  let bodyLine: Int

  /// - Returns: `nil` where the header goes on past the bytes read so far.
  init?(_ first: FirstBytes, path: String, options: CSVOptions) throws(TableError) {
    try FileMagic.check(first.bytes, path: path)
    let textStart = first.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let parts = try first.bytes.withUnsafeBytes { bytes in
      Result { () throws(TableError) -> Parts? in
        let detection = FormatDetection(
          sample: UnsafeRawBufferPointer(rebasing: bytes[textStart...]), isWhole: first.isWhole,
          hasByteOrderMark: textStart > 0, options: options)
        return try Self.parts(detection, isFull: first.isFull, path: path)
      }
    }.get()
    guard let parts else { return nil }
    format = parts.format
    header = try Self.uniqueNames(parts.names, path: path)
    bodyOffset = textStart + parts.end
    bodyLine = 1 + parts.lineBreaks
  }

  private typealias Parts = (format: CSVFormat, names: [String], end: Int, lineBreaks: Int)

  private static func parts(
    _ detection: FormatDetection, isFull: Bool, path: String
  ) throws(TableError) -> Parts? {
    let text = detection.sample
    if detection.isWhole, text.allSatisfy({ $0 == 0x20 || $0 == newlineByte || $0 == returnByte }) {
      throw .empty(path: path)
    }
    if detection.isWhole || isFull, breaksLinesByReturnsAlone(text) {
      throw .damaged(
        path: path, reason: "line breaks are CR only; save it with LF or CR LF line breaks")
    }
    if !detection.isWhole, !text.holds(newlineByte) {
      if isFull {
        throw .recordTooLong(path: path, line: 1, limitBytes: Chunk.maxRecordBytes)
      }
      return nil
    }
    let format = detection.format()
    var scanner = FieldScanner(text, delimiter: format.delimiter)
    while scanner.position < text.count, scanner.skipBlankLine() {}
    let start = scanner.position
    let line = 1 + UnsafeRawBufferPointer(rebasing: text[..<start]).lineBreakCount
    let record = start < text.count ? names(&scanner, text, format.encoding) : nil
    let isCut = scanner.position == text.count && !detection.isWhole
    if isCut, !isFull { return nil }
    guard let record, !isCut, !record.hasOpenQuote else {
      let boundary = RecordBoundary(text, delimiter: format.delimiter)
      guard let quote = boundary.openQuote else {
        throw .recordTooLong(path: path, line: line, limitBytes: Chunk.maxRecordBytes)
      }
      let before = UnsafeRawBufferPointer(rebasing: text[..<quote])
      throw .unclosedQuote(path: path, line: 1 + before.lineBreakCount)
    }
    let whole = UnsafeRawBufferPointer(rebasing: text[start..<scanner.position])
    if whole.contains(where: { isControl($0) && $0 != format.delimiter }) {
      throw .notText(path: path, looksLike: "binary data", remedy: "give a CSV file")
    }
    if record.textAfterQuote {
      throw .damaged(
        path: path,
        reason:
          "line \(line): text after a closing quote in the header; double the quote or remove it"
      )
    }
    return (format, record.names, scanner.position, line - 1 + whole.lineBreakCount)
  }

  /// Whether text without a line feed goes on after a carriage return, as old Macintosh files do.
  private static func breaksLinesByReturnsAlone(_ text: UnsafeRawBufferPointer) -> Bool {
    guard !text.holds(newlineByte), let first = text.firstIndex(of: returnByte) else {
      return false
    }
    let isText = !text.contains(where: isControl)
    return isText && text[first...].contains { $0 != returnByte && $0 != 0x20 }
  }

  /// A byte that no header has: control characters but for tab, line feed, form feed and carriage return.
  private static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0C && byte != 0x0D
  }

  private typealias Names = (names: [String], textAfterQuote: Bool, hasOpenQuote: Bool)

  private static func names(
    _ scanner: inout FieldScanner, _ text: UnsafeRawBufferPointer, _ encoding: TextEncoding
  ) -> Names {
    withUnsafeTemporaryAllocation(of: FieldSpan.self, capacity: text.count + 2) { spans in
      let record = scanner.scanRecord(into: spans, at: 0, limit: spans.count)
      let names = spans[..<record.fieldCount].map { span in
        span.withTrimmedText(in: text, encoding: encoding) { String(decoding: $0, as: UTF8.self) }
      }
      return (names, record.textAfterQuote, record.hasOpenQuote)
    }
  }

  /// A column without a name is named by its place, as spreadsheets' index columns need.
  private static func uniqueNames(_ names: [String], path: String) throws(TableError) -> [String] {
    var places: [String: Int] = [:]
    var unique: [String] = []
    for (index, given) in names.enumerated() {
      let name = given.isEmpty ? "column \(index + 1)" : given
      if let first = places.updateValue(index + 1, forKey: name) {
        throw .duplicateColumn(path: path, name: name, first: first, second: index + 1)
      }
      unique.append(name)
    }
    return unique
  }
}
