/// What to do with one column of a file.
package enum ColumnAction: Sendable {
  case skip
  case number
  case date(DateOrder)
  /// Dates with times, or counts since 1970, as seconds since 1970.
  case instant(DateOrder)
  /// Yes and no in their spellings, as 1 and 0.
  case boolean
  /// Codes of levels that are found on the way.
  case levels
  /// Codes of levels that are known: their count where the text is none of them.
  case knownLevels(LevelDictionary)
  /// The text as it stands.
  case text

  /// What is read of the column.
  var kind: ColumnKind {
    switch self {
    case .number: .number
    case .date, .instant: .date
    case .boolean: .boolean
    case .levels, .knownLevels: .category
    case .skip, .text: .text
    }
  }
}

/// One column of one chunk, decoded.
package enum DecodedColumn: Sendable {
  case skipped
  /// NaN where missing or unreadable.
  case numbers([Double])
  case codes([UInt32])
  case levels([UInt32], LevelDictionary)
  case text(TextColumn)
}

/// Cells that are neither missing nor of their column's type; they count as missing.
package struct UnreadableCells: Hashable, Sendable {
  package var count = 0
  /// The line of the first, counted from 1 within the chunk until the chunk's place is known.
  package var firstLine: Int?

  mutating func note(line: Int) {
    count += 1
    if firstLine == nil { firstLine = line }
  }

  mutating func merge(_ later: UnreadableCells) {
    count += later.count
    if firstLine == nil { firstLine = later.firstLine }
  }
}

/// A chunk's rows, column by column.
package struct DecodedChunk: Sendable {
  package var rowCount: Int
  /// The line each row starts on, counted from 1 within the chunk.
  package var lines: [UInt32]
  package var columns: [DecodedColumn]
  package var unreadable: [UnreadableCells]
  package var rejected: [RejectedRecord]
  package var lineCount: Int
}

/// Decodes chunks by a plan of one action per column. The same decoder fills a training table and a
/// scoring batch.
package struct ChunkDecoder: Sendable {
  let format: CSVFormat
  let actions: [ColumnAction]

  func decode(_ chunk: Chunk) -> DecodedChunk {
    let index = RecordIndex(
      chunk.bytes, columnCount: actions.count, delimiter: format.delimiter)
    var unreadable = [UnreadableCells](repeating: UnreadableCells(), count: actions.count)
    var columns: [DecodedColumn] = []
    columns.reserveCapacity(actions.count)
    for (column, action) in actions.enumerated() {
      let cells = ColumnCells(
        text: chunk.bytes, index: index, column: column, encoding: format.encoding)
      columns.append(decode(cells, by: action, unreadable: &unreadable[column]))
    }
    return DecodedChunk(
      rowCount: index.rowCount, lines: index.lines, columns: columns, unreadable: unreadable,
      rejected: index.rejected, lineCount: index.lineCount)
  }

  private func decode(
    _ cells: ColumnCells, by action: ColumnAction, unreadable: inout UnreadableCells
  ) -> DecodedColumn {
    switch action {
    case .skip: .skipped
    case .number: .numbers(numbers(cells, &unreadable))
    case .date(let order):
      .numbers(
        values(cells, &unreadable) { DateParser.seconds($0, order: order) })
    case .instant(let order):
      .numbers(values(cells, &unreadable) { InstantParser.seconds($0, order: order) })
    case .boolean: .numbers(values(cells, &unreadable) { BooleanWords.value($0) })
    case .levels: levels(cells)
    case .knownLevels(let dictionary): .codes(codes(cells, in: dictionary))
    case .text: .text(TextColumn(cells))
    }
  }

  private func numbers(_ cells: ColumnCells, _ unreadable: inout UnreadableCells) -> [Double] {
    let parser = NumberParser(decimalMark: format.decimalMark)
    if format.missing.mayLookLikeNumbers {
      return values(cells, &unreadable) { parser.number($0) }
    }
    guard let text = cells.text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return [] }
    return NumberParser.exactPowers.withUnsafeBufferPointer { powers in
      guard let powers = powers.baseAddress else { return [] }
      return [Double](unsafeUninitializedCapacity: cells.count) { values, count in
        cells.forEachSpan { row, span in
          let plain = NumberParser.plainNumber(
            text + span.start, count: span.count, decimalMark: format.decimalMark, powers: powers)
          values[row] =
            plain.isNaN
            ? uncommon(cells, row, &unreadable) { parser.number($0) } : plain
        }
        count = cells.count
      }
    }
  }

  private func values(
    _ cells: ColumnCells, _ unreadable: inout UnreadableCells,
    parse: (UnsafeRawBufferPointer) -> Double?
  ) -> [Double] {
    (0..<cells.count).map { uncommon(cells, $0, &unreadable, parse: parse) }
  }

  /// A cell that needs a closer look: trimmed, perhaps missing, perhaps unreadable.
  @inline(never)
  private func uncommon(
    _ cells: ColumnCells, _ row: Int, _ unreadable: inout UnreadableCells,
    parse: (UnsafeRawBufferPointer) -> Double?
  ) -> Double {
    cells.withTrimmedText(row) { text in
      // A user's own word may look like a value: it is missing first.
      if format.missing.hasOwn, format.missing.contains(text) { return .nan }
      if let value = parse(text) { return value }
      if !format.missing.contains(text) { unreadable.note(line: cells.line(row)) }
      return .nan
    }
  }

  private func levels(_ cells: ColumnCells) -> DecodedColumn {
    var dictionary = LevelDictionary()
    let codes = (0..<cells.count).map { row in
      cells.withTrimmedText(row) { dictionary.insert($0) }
    }
    return .levels(codes, dictionary)
  }

  private func codes(_ cells: ColumnCells, in dictionary: LevelDictionary) -> [UInt32] {
    (0..<cells.count).map { row in
      cells.withTrimmedText(row) { text in
        // A user's own word may be a level too: it is missing first.
        if format.missing.hasOwn, format.missing.contains(text) { return ColumnValues.missingCode }
        if let code = dictionary.code(of: text) { return code }
        if format.missing.contains(text) { return ColumnValues.missingCode }
        return repaired(text).flatMap { $0.withUnsafeBytes { dictionary.code(of: $0) } }
          ?? UInt32(truncatingIfNeeded: dictionary.count)
      }
    }
  }

  /// `text` as a level's `String` has it, where it is not UTF-8 throughout; else `nil`.
  private func repaired(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.contains(where: { $0 >= 0x80 }), String(validating: text, as: UTF8.self) == nil
    else { return nil }
    return Array(String(decoding: text, as: UTF8.self).utf8)
  }
}

/// The cells of one column of a chunk.
struct ColumnCells {
  let text: UnsafeRawBufferPointer
  let index: RecordIndex
  let column: Int
  let encoding: TextEncoding

  var count: Int { index.rowCount }

  func line(_ row: Int) -> Int { Int(index.lines[row]) }

  @inline(__always)
  func forEachSpan(_ body: (Int, FieldSpan) -> Void) {
    index.spans.withUnsafeBufferPointer { spans in
      var place = column
      for row in 0..<index.rowCount {
        body(row, spans[place])
        place += index.columnCount
      }
    }
  }

  /// Calls `body` with the cell as UTF-8, without its quotes and the blanks around it.
  @inline(__always)
  func withTrimmedText<Result>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let span = index.spans[row * index.columnCount + column]
    return span.withTrimmedText(in: text, encoding: encoding, body)
  }
}

extension FieldSpan {
  /// Calls `body` with the field as UTF-8, without its quotes and the blanks around it.
  @inline(__always)
  func withTrimmedText<Result>(
    in text: UnsafeRawBufferPointer, encoding: TextEncoding,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let raw = UnsafeRawBufferPointer(rebasing: text[start..<start + count])
    if hasDoubledQuotes || encoding != .utf8 && raw.contains(where: { $0 >= 0x80 }) {
      return rewritten(raw, encoding).withUnsafeBytes { body($0.trimmed()) }
    }
    return body(raw.trimmed())
  }

  /// Undoubles quotes and turns other encodings into UTF-8.
  private func rewritten(_ raw: UnsafeRawBufferPointer, _ encoding: TextEncoding) -> [UInt8] {
    var bytes = Array(raw)
    if hasDoubledQuotes {
      bytes.removeAll(keepingCapacity: true)
      var isSecond = false
      for byte in raw {
        isSecond = byte == quoteByte && !isSecond
        if !isSecond { bytes.append(byte) }
      }
    }
    return encoding == .utf8 ? bytes : Array(encoding.decode(bytes).utf8)
  }
}

extension UnsafeRawBufferPointer {
  /// Without blanks and tabs, and without the no-break spaces of UTF-8, at either end.
  @inline(__always)
  func trimmed() -> UnsafeRawBufferPointer {
    var start = 0
    var end = count
    while start < end {
      if self[start] == 0x20 || self[start] == 0x09 {
        start += 1
      } else if end - start >= 2, self[start] == 0xC2, self[start + 1] == 0xA0 {
        start += 2
      } else {
        break
      }
    }
    while end > start {
      if self[end - 1] == 0x20 || self[end - 1] == 0x09 {
        end -= 1
      } else if end - start >= 2, self[end - 2] == 0xC2, self[end - 1] == 0xA0 {
        end -= 2
      } else {
        break
      }
    }
    return UnsafeRawBufferPointer(rebasing: self[start..<end])
  }
}
