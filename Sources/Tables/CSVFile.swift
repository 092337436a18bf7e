import Glibc

/// A CSV file, opened: its format and header are known, its rows not yet read.
public final class CSVFile {
  public let path: String
  public let format: CSVFormat
  /// The column names in order, each once.
  public let header: [String]
  public let options: CSVOptions
  /// Each column's place in the header; a search of the header for every feature costs their product.
  private let places: [String: Int]
  private let source: any ByteSource
  private var isSourceUsed = false
  /// The bytes read so far: the header's record and the first rows.
  private let start: [UInt8]
  /// Where the first row begins in `start`, and the line it stands on.
  private let bodyOffset: Int
  private let bodyLine: Int

  /// Opens `path` and reads its first megabyte, or more where the header is longer.
  public init(path: String, options: CSVOptions = CSVOptions()) throws(TableError) {
    self.path = path
    self.options = options
    let source = try openByteSource(path: path)
    var first = FirstBytes(of: source)
    var opening: Opening?
    repeat {
      try first.extend()
      opening = try Opening(first, path: path, options: options)
    } while opening == nil && !first.isWhole
    guard let opening, !first.isWhole || opening.bodyOffset < first.bytes.count else {
      throw .noRows(path: path)
    }
    self.source = source
    start = first.bytes
    format = opening.format
    header = opening.header
    places = Dictionary(uniqueKeysWithValues: zip(header, header.indices))
    bodyOffset = opening.bodyOffset
    bodyLine = opening.bodyLine
  }

  /// The file's size in bytes where it is a plain file, to tell progress by.
  public var byteCount: Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The place of column `name` in the header.
  public func column(named name: String) throws(TableError) -> Int {
    guard let index = places[name] else {
      throw .missingColumn(
        path: path, name: name, nearest: nearestName(to: name, among: header))
    }
    return index
  }

  /// What each column is by the first rows alone; nothing is used up.
  package func previewedSchemas() -> [ColumnSchema] {
    let body = Array(start[bodyOffset...].prefix(Chunk.targetBytes(columnCount: header.count)))
    let storage = ChunkStorage(byteCount: body.count)
    storage.buffer.copyBytes(from: body)
    let whole = UnsafeRawBufferPointer(rebasing: storage.buffer[..<body.count])
    let end = RecordBoundary(whole, delimiter: format.delimiter).end ?? body.count
    let chunk = Chunk(number: 0, storage: storage, count: end)
    let actions = [ColumnAction](repeating: .levels, count: header.count)
    let decoded = ChunkDecoder(format: format, actions: actions).decode(chunk)
    let inference = TypeInference(format: format)
    return zip(header, decoded.columns).map { name, column in
      guard case .levels(let codes, let levels) = column else { return ColumnSchema(.text) }
      return inference.schema(
        name: name, levels: levels, counts: levelCounts(codes, levelCount: levels.count))
    }
  }

  /// Rows in constant memory, decoded on `threadCount` threads and delivered in order.
  ///
  /// - Parameters:
  ///   - actions: one per column of the header.
  ///   - work: turns a chunk into what is to be delivered, on any thread.
  ///   - deliver: takes the results in the file's order, each with its chunk's place in the file.
  /// - Throws: `TableError`, or what `work` or `deliver` throws. One pass only: the file is used up.
  package func stream<Output: Sendable>(
    _ actions: [ColumnAction], threadCount: Int, rejects: RejectLog,
    work: @escaping @Sendable (DecodedChunk) throws -> Output,
    deliver: (Output, _ place: ChunkPlace) throws -> Void
  ) throws {
    useSource()
    let chunks = StreamedChunks(
      source, delimiter: format.delimiter, carried: Array(start[bodyOffset...]), line: bodyLine,
      targetBytes: Chunk.targetBytes(columnCount: header.count))
    try run(
      chunks, actions, threadCount: threadCount, rejects: rejects, work: work, deliver: deliver)
  }

  /// The whole file in memory, to be read as often as needed. A pipe or compressed file can be taken
  /// into memory only once.
  func contents() throws(TableError) -> CSVContents {
    let contents: FileContents
    if let mapped = try (source as? FileBytes)?.mapped() {
      contents = mapped
    } else {
      useSource()
      contents = try FileContents(start: start, rest: source)
    }
    return CSVContents(file: self, contents: contents, bodyOffset: bodyOffset, bodyLine: bodyLine)
  }

  /// What follows the first bytes can be had once; a second pass would silently see no more than those.
  private func useSource() {
    precondition(!isSourceUsed, "\(path) is read a second time; open it again")
    isSourceUsed = true
  }

  fileprivate func run<Output: Sendable>(
    _ chunks: any ChunkSource, _ actions: [ColumnAction], threadCount: Int,
    rejects: RejectLog, work: @escaping @Sendable (DecodedChunk) throws -> Output,
    deliver: (Output, _ place: ChunkPlace) throws -> Void
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
        try deliver(output, ChunkPlace(firstLine: line, bytesConsumed: bytesConsumed))
        line += tally.lineCount
      })
    try rejects.finish()
  }
}

/// Where a chunk stands in its file.
package struct ChunkPlace: Hashable, Sendable {
  /// The line its first record stands on; the header is on line 1.
  package let firstLine: Int
  /// Bytes of the file read by the time the chunk is delivered, for progress.
  package let bytesConsumed: Int

  /// The line of the file, given one counted from 1 within the chunk.
  package func line(_ lineInChunk: UInt32) -> Int { firstLine + Int(lineInChunk) - 1 }
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
    deliver: (Output, _ place: ChunkPlace) throws -> Void
  ) throws {
    try file.run(
      chunks, actions, threadCount: threadCount, rejects: rejects, work: work, deliver: deliver)
  }

  /// About how many rows the file holds, judged by its first chunk; a little more than less.
  func expectedRowCount(_ sample: DecodedChunk) -> Int {
    let byteCount = contents.bytes.count - bodyOffset
    let sampled = min(byteCount, Chunk.targetBytes(columnCount: file.header.count))
    return sample.rowCount
      + Int(1.02 * Double(sample.rowCount) * Double(byteCount) / Double(sampled))
  }

  private var chunks: ContentChunks {
    ContentChunks(
      contents, delimiter: file.format.delimiter, from: bodyOffset, line: bodyLine,
      targetBytes: Chunk.targetBytes(columnCount: file.header.count))
  }

  /// The first chunk decoded as levels, column by column, to infer types from.
  func sample() throws(TableError) -> DecodedChunk {
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
