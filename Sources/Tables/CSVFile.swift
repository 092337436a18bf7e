import Glibc

/// A CSV file, opened: its format and header are known, its rows not yet read.
public final class CSVFile {
  public let path: String
  public let format: CSVFormat
  /// The column names in order, each once.
  public let header: [String]
  public let options: CSVOptions
  private let source: any ByteSource
  /// The bytes read so far: the header's record and the first rows.
  private let start: [UInt8]
  /// Where the first row begins in `start`, and the line it stands on.
  private let bodyOffset: Int
  private let bodyLine: Int

  /// Opens `path` and reads its first megabyte.
  public init(path: String, options: CSVOptions = CSVOptions()) throws(TableError) {
    self.path = path
    self.options = options
    source = try openByteSource(path: path)
    start = try Self.readStart(of: source)
    try FileMagic.check(start, path: path)
    let textStart = start.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let opening = try start.withUnsafeBytes { bytes in
      Result { () throws(TableError) in
        try Opening(
          UnsafeRawBufferPointer(rebasing: bytes[textStart...]), path: path, options: options)
      }
    }.get()
    format = opening.format
    header = opening.header
    bodyOffset = textStart + opening.bodyOffset
    bodyLine = opening.bodyLine
    if bodyOffset == start.count { throw .noRows(path: path) }
  }

  /// The file's size in bytes where it is a plain file, to tell progress by.
  public var byteCount: Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The place of column `name` in the header.
  public func column(named name: String) throws(TableError) -> Int {
    guard let index = header.firstIndex(of: name) else {
      throw .missingColumn(
        path: path, name: name, nearest: nearestName(to: name, among: header))
    }
    return index
  }

  /// Rows in constant memory, decoded on `threadCount` threads and delivered in order.
  ///
  /// - Parameters:
  ///   - actions: one per column of the header.
  ///   - work: turns a chunk into what is to be delivered, on any thread.
  ///   - deliver: takes the results in the file's order, with the bytes of the file consumed so far.
  /// - Throws: `TableError`, or what `work` or `deliver` throws. One pass only: the file is used up.
  package func stream<Output: Sendable>(
    _ actions: [ColumnAction], threadCount: Int, rejects: RejectLog,
    work: @escaping @Sendable (DecodedChunk) throws -> Output,
    deliver: (Output, _ bytesConsumed: Int) throws -> Void
  ) throws {
    let chunks = StreamedChunks(
      source, delimiter: format.delimiter, carried: Array(start[bodyOffset...]), line: bodyLine)
    try run(
      chunks, actions, threadCount: threadCount, rejects: rejects, work: work, deliver: deliver)
  }

  /// The whole file in memory, to be read as often as needed.
  func contents() throws(TableError) -> CSVContents {
    let contents =
      source is FileBytes && byteCount != nil
      ? try FileContents(mapping: path) : try FileContents(start: start, rest: source)
    return CSVContents(file: self, contents: contents, bodyOffset: bodyOffset, bodyLine: bodyLine)
  }

  fileprivate func run<Output: Sendable>(
    _ chunks: any ChunkSource, _ actions: [ColumnAction], threadCount: Int,
    rejects: RejectLog, work: @escaping @Sendable (DecodedChunk) throws -> Output,
    deliver: (Output, _ bytesConsumed: Int) throws -> Void
  ) throws {
    precondition(
      actions.count == header.count, "\(actions.count) actions, \(header.count) columns")
    let decoder = ChunkDecoder(format: format, actions: actions)
    var line = bodyLine
    try forEachChunk(
      of: chunks, threadCount: threadCount,
      work: { chunk in
        let decoded = decoder.decode(chunk)
        return (ChunkTally(decoded), try work(decoded))
      },
      deliver: { result, bytesConsumed in
        let (tally, output) = result
        try rejects.record(tally, firstLine: line)
        line += tally.lineCount
        try deliver(output, bytesConsumed)
      })
    try rejects.finish()
  }

  /// The first megabyte, or more until it holds a line break.
  private static func readStart(of source: any ByteSource) throws(TableError) -> [UInt8] {
    var start: [UInt8] = []
    let block = ChunkStorage(byteCount: 1 << 20)
    repeat {
      var filled = 0
      while filled < block.buffer.count {
        let count = try source.read(
          into: UnsafeMutableRawBufferPointer(rebasing: block.buffer[filled...]))
        if count == 0 { break }
        filled += count
      }
      start.append(contentsOf: block.buffer[..<filled])
      if filled < block.buffer.count { return start }
    } while start.count < Chunk.maxRecordBytes && !start.contains(newlineByte)
    return start
  }
}

/// What the first bytes of a file tell.
private struct Opening {
  let format: CSVFormat
  let header: [String]
  let bodyOffset: Int
  let bodyLine: Int

  init(_ text: UnsafeRawBufferPointer, path: String, options: CSVOptions) throws(TableError) {
    guard text.contains(where: { $0 != 0x20 && $0 != newlineByte && $0 != returnByte }) else {
      throw .empty(path: path)
    }
    if !text.holds(newlineByte), text.count >= Chunk.maxRecordBytes {
      throw .recordTooLong(path: path, line: 1, limitBytes: Chunk.maxRecordBytes)
    }
    format = FormatDetection(sample: text, options: options).format()
    var scanner = FieldScanner(text, delimiter: format.delimiter)
    while scanner.skipBlankLine() {}
    let start = scanner.position
    let encoding = format.encoding
    let names = withUnsafeTemporaryAllocation(of: FieldSpan.self, capacity: text.count + 2) {
      spans -> [String] in
      let record = scanner.scanRecord(into: spans, at: 0, limit: spans.count)
      return spans[..<record.fieldCount].map { span in
        let cell = UnsafeRawBufferPointer(rebasing: text[span.start..<span.start + span.count])
        return encoding.decode(cell.trimmed()).replacing("\"\"", with: "\"")
      }
    }
    if UnsafeRawBufferPointer(rebasing: text[start..<scanner.position]).holds(0) {
      throw .notText(path: path, looksLike: "binary data", remedy: "give a CSV file")
    }
    header = try Self.uniqueNames(names, path: path)
    bodyOffset = scanner.position
    bodyLine = 1 + UnsafeRawBufferPointer(rebasing: text[..<bodyOffset]).lineBreakCount
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

/// The rows of a file that is in memory.
struct CSVContents {
  let file: CSVFile
  let contents: FileContents
  let bodyOffset: Int
  let bodyLine: Int

  func stream<Output: Sendable>(
    _ actions: [ColumnAction], threadCount: Int, rejects: RejectLog,
    work: @escaping @Sendable (DecodedChunk) throws -> Output,
    deliver: (Output, _ bytesConsumed: Int) throws -> Void
  ) throws {
    let chunks = ContentChunks(
      contents, delimiter: file.format.delimiter, from: bodyOffset, line: bodyLine)
    try file.run(
      chunks, actions, threadCount: threadCount, rejects: rejects, work: work, deliver: deliver)
  }

  /// About how many rows the file holds, judged by its first chunk; a little more than less.
  func expectedRowCount(_ sample: DecodedChunk) -> Int {
    let byteCount = contents.bytes.count - bodyOffset
    let sampled = min(byteCount, Chunk.targetBytes)
    return sample.rowCount
      + Int(1.02 * Double(sample.rowCount) * Double(byteCount) / Double(sampled))
  }

  /// The first chunk decoded as levels, column by column, to infer types from.
  func sample() throws(TableError) -> DecodedChunk {
    let chunks = ContentChunks(
      contents, delimiter: file.format.delimiter, from: bodyOffset, line: bodyLine)
    guard let chunk = try chunks.next() else { throw .noRows(path: file.path) }
    let actions = [ColumnAction](repeating: .levels, count: file.header.count)
    return ChunkDecoder(format: file.format, actions: actions).decode(chunk)
  }
}

/// The name among `names` that `name` was most likely meant to be, by edit distance; `nil` where none is
/// near.
package func nearestName(to name: String, among names: [String]) -> String? {
  let wanted = Array(name.lowercased())
  let near = names.prefix(10_000).map {
    (name: $0, distance: editDistance(wanted, Array($0.lowercased())))
  }
  .min { $0.distance < $1.distance }
  guard let near, near.distance <= wanted.count / 3 else { return nil }
  return near.name
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let substituted = diagonal + (a == b ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
