import SpecialFunctions
import Testing

@testable import Tables

/// A CSV parser that looks at one byte after the other, to compare the fast one with.
private struct ReferenceParser {
  struct Row: Equatable {
    var line: Int
    var cells: [String]
  }
  struct Reject: Equatable, CustomStringConvertible {
    var line: Int
    var reason: String
    var description: String { "\(line): \(reason)" }
  }
  private(set) var rows: [Row] = []
  private(set) var rejects: [Reject] = []

  init(_ bytes: [UInt8], width: Int, delimiter: UInt8) {
    var position = 0
    var line = 1
    func at(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
    while position < bytes.count {
      if at(position) == 10 {
        (position, line) = (position + 1, line + 1)
        continue
      }
      if at(position) == 13, at(position + 1) == 10 || at(position + 1) == nil {
        (position, line) = (position + 2, line + 1)
        continue
      }
      let startLine = line
      var cells: [String] = []
      var isFaulty = false
      var isOpen = true
      while isOpen {
        var cell: [UInt8] = []
        if at(position) == 34 {
          position += 1
          while let byte = at(position) {
            position += 1
            if byte == 34 {
              if at(position) != 34 { break }
              position += 1
            }
            if byte == 10 { line += 1 }
            cell.append(byte)
          }
          while let byte = at(position), byte != delimiter, byte != 10 {
            position += 1
            if byte == 13, at(position) == 10 || at(position) == nil { continue }
            isFaulty = true
          }
        } else {
          while let byte = at(position), byte != delimiter, byte != 10 {
            position += 1
            if byte == 13, at(position) == 10 || at(position) == nil { continue }
            cell.append(byte)
          }
        }
        cells.append(Self.trimmed(cell))
        isOpen = at(position) == delimiter
        position += 1
      }
      line += 1
      if cells.count != width {
        rejects.append(
          Reject(
            line: startLine, reason: "\(cells.count) fields where the header has \(width)"))
      } else if isFaulty {
        rejects.append(Reject(line: startLine, reason: "text after a closing quote"))
      } else {
        rows.append(Row(line: startLine, cells: cells))
      }
    }
  }

  private static func trimmed(_ cell: [UInt8]) -> String {
    let blanks: Set<Unicode.Scalar> = [" ", "\t", "\u{A0}"]
    var scalars = Array(String(decoding: cell, as: UTF8.self).unicodeScalars)
    while let last = scalars.last, blanks.contains(last) { scalars.removeLast() }
    while let first = scalars.first, blanks.contains(first) { scalars.removeFirst() }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

/// Writes rows with random quoting, line breaks, blank lines, stray quotes and rows that are wrong.
private struct RandomCSV {
  let bytes: [UInt8]
  let width: Int
  let delimiter: UInt8

  init(seed: UInt64) {
    var rng = SplitMix64(seed: seed)
    width = rng.nextIndex(below: 4) + 1
    delimiter = Array(",;\t|".utf8)[rng.nextIndex(below: 4)]
    let mark = String(UnicodeScalar(delimiter))
    var text = ""
    for _ in 0..<rng.nextIndex(below: 25) + 1 {
      if rng.nextIndex(below: 12) == 0 { text += ["\n", "\r\n"][rng.nextIndex(below: 2)] }
      let isWrong = rng.nextIndex(below: 10) == 0
      let count = isWrong ? rng.nextIndex(below: 4) + 1 : width
      text += (0..<count).map { _ in Self.cell(&rng, mark: mark) }.joined(separator: mark)
      text += ["\n", "\r\n"][rng.nextIndex(below: 2)]
    }
    if rng.nextIndex(below: 3) == 0 { text.unicodeScalars.removeLast() }
    bytes = Array(text.utf8)
  }

  private static func cell(_ rng: inout SplitMix64, mark: String) -> String {
    let parts = [
      "a", "bc", "1", "2.5", "-3e2", " ", "\t", "\u{A0}", "д", "😀", "NA", "\"", "\"\"", "\r",
      "longer text",
    ]
    let pieces = (0..<rng.nextIndex(below: 5)).map { _ in parts[rng.nextIndex(below: parts.count)] }
    if rng.nextIndex(below: 3) > 0 {
      let free = pieces.filter { $0 != mark }.joined()
      // Unquoted: a quote may stand anywhere but first.
      return free.hasPrefix("\"") ? "x" + free : free
    }
    var quoted = pieces.joined()
    if rng.nextIndex(below: 2) == 0 { quoted += mark + ["\n", "\r\n"][rng.nextIndex(below: 2)] }
    quoted = "\"" + quoted.replacing("\"", with: "\"\"") + "\""
    return rng.nextIndex(below: 25) == 0 ? quoted + "tail" : quoted
  }
}

/// Gives out bytes in small, uneven portions, as a slow pipe would.
private final class Dripping: ByteSource {
  let path = "dripping"
  private(set) var bytesConsumed = 0
  private let bytes: [UInt8]
  private var rng: SplitMix64

  init(_ bytes: [UInt8], seed: UInt64) {
    self.bytes = bytes
    rng = SplitMix64(seed: seed)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
    let left = bytes.count - bytesConsumed
    let count = min(left, buffer.count, rng.nextIndex(below: 7) + 1)
    buffer.copyBytes(from: bytes[bytesConsumed..<bytesConsumed + count])
    bytesConsumed += count
    return count
  }
}

struct ReferenceParserTests {
  /// The rows and rejects of `source` by the chunked reader, lines as in the file.
  private func parse(
    _ source: any ChunkSource, width: Int, delimiter: UInt8, threads: Int
  ) throws -> (rows: [ReferenceParser.Row], rejects: [ReferenceParser.Reject]) {
    let decoder = ChunkDecoder(
      format: CSVFormat(delimiter: delimiter),
      actions: [ColumnAction](repeating: .text, count: width))
    var rows: [ReferenceParser.Row] = []
    var rejects: [ReferenceParser.Reject] = []
    var line = 0
    try forEachChunk(
      of: source, threadCount: threads,
      work: { chunk in
        let index = RecordIndex(chunk.bytes, columnCount: width, delimiter: delimiter)
        return (decoder.decode(chunk), index.lines)
      },
      deliver: { result, _ in
        let (chunk, lines) = result
        let columns = chunk.columns.map(\.cells)
        for row in 0..<chunk.rowCount {
          rows.append(
            ReferenceParser.Row(line: line + Int(lines[row]), cells: columns.map { $0[row] }))
        }
        rejects += chunk.rejected.map {
          ReferenceParser.Reject(line: line + $0.line, reason: $0.reason)
        }
        line += chunk.lineCount
      })
    return (rows, rejects)
  }

  @Test(arguments: 1...400 as ClosedRange<UInt64>)
  func everyChunkingGivesTheRowsOfASlowParser(seed: UInt64) throws {
    let csv = RandomCSV(seed: seed)
    let expected = ReferenceParser(csv.bytes, width: csv.width, delimiter: csv.delimiter)
    // Chunks from a few bytes to the whole file, so that every place is a border for some seed.
    let target = [1, 5, 16, 64, 1 << 18][Int(seed % 5)]
    for threads in 1...2 {
      let stream = StreamedChunks(
        Dripping(csv.bytes, seed: seed), delimiter: csv.delimiter, carried: [], line: 1,
        targetBytes: target)
      let found = try parse(
        stream, width: csv.width, delimiter: csv.delimiter, threads: threads)
      #expect(found.rows == expected.rows)
      #expect(found.rejects == expected.rejects)
    }
    let contents = try FileContents(start: csv.bytes, rest: Dripping([], seed: 0))
    let mapped = ContentChunks(
      contents, delimiter: csv.delimiter, from: 0, line: 1, targetBytes: target)
    let found = try parse(mapped, width: csv.width, delimiter: csv.delimiter, threads: 1)
    #expect(found.rows == expected.rows)
    #expect(found.rejects == expected.rejects)
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func aTableHasTheValuesOfAStream(seed: UInt64) throws {
    let csv = RandomCSV(seed: seed)
    let header = (0..<csv.width).map { "c\($0)" }
      .joined(separator: String(UnicodeScalar(csv.delimiter)))
    let folder = try Folder()
    let path = try folder.write(Array((header + "\n").utf8) + csv.bytes)
    let options = CSVOptions(
      delimiter: csv.delimiter, decimalMark: UInt8(ascii: "."), maxRejects: 1)
    guard ReferenceParser(csv.bytes, width: csv.width, delimiter: csv.delimiter).rows.count > 0
    else { return }
    let kinds = [ColumnKind.text, .category]
    for kind in kinds {
      var schema: [String: ColumnSchema] = [:]
      for column in 0..<csv.width { schema["c\(column)"] = ColumnSchema(kind) }
      let table = try Reading(path: path, options: options, schema: schema, threads: 2)
      let texts = try streamed(
        path: path, options: options, [ColumnAction](repeating: .text, count: csv.width))
      for column in 0..<csv.width {
        #expect(table.cells(column) == texts[column].map { $0.isEmpty || $0 == "NA" ? nil : $0 })
      }
      guard kind == .category else { continue }
      for column in 0..<csv.width {
        guard case .categories(let codes, let levels) = table.table.columns[column].values else {
          Issue.record("not categories")
          continue
        }
        var actions = [ColumnAction](repeating: .skip, count: csv.width)
        actions[column] = .knownLevels(LevelDictionary(levels))
        #expect(
          try streamed(path: path, options: options, actions)[column] == codes.map { "\($0)" })
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aLevelHasOneCodeAndTheFirstComesFirst(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    var dictionary = LevelDictionary()
    var expected: [String: UInt32] = [:]
    for _ in 0..<500 {
      let text =
        String(repeating: "ab", count: rng.nextIndex(below: 8))
        + "\(rng.nextIndex(below: 60))"
      let code = UnsafeRawBufferPointer.with(text) { dictionary.insert($0) }
      #expect(code == expected[text, default: UInt32(expected.count)])
      expected[text] = code
    }
    #expect(dictionary.count == expected.count)
    for (text, code) in expected {
      #expect(dictionary.level(Int(code)) == text)
      #expect(UnsafeRawBufferPointer.with(text) { dictionary.code(of: $0) } == code)
    }
    #expect(UnsafeRawBufferPointer.with("none") { dictionary.code(of: $0) } == nil)
  }
}
