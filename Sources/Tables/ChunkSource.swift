import Glibc

/// A run of whole records, small enough that its text and its fields' places stay in the cache.
package final class Chunk: Sendable {
  /// 256 KiB: with the spans of its fields about half a megabyte, which fits the L2 cache.
  static let targetBytes = 256 << 10
  /// More where rows are wide: a column of a chunk is an array of its own, and is to hold a few rows.
  static func targetBytes(columnCount: Int) -> Int {
    min(max(targetBytes, columnCount * 64), maxRecordBytes)
  }

  /// A record longer than this is refused: an unclosed quote or a file that is not CSV.
  static let maxRecordBytes = 16 << 20

  /// Its place in the file, counted from 0.
  let number: Int
  // Immutable once handed out; it points either into `storage` or into contents that outlives it.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let owner: any Sendable

  init(number: Int, storage: ChunkStorage, count: Int) {
    self.number = number
    bytes = UnsafeRawBufferPointer(rebasing: storage.buffer[..<count])
    owner = storage
  }

  init(number: Int, contents: FileContents, range: Range<Int>) {
    self.number = number
    bytes = UnsafeRawBufferPointer(rebasing: contents.bytes[range])
    owner = contents
  }
}

/// Memory of one chunk.
final class ChunkStorage: Sendable {
  // Written by its one creator before it is shared, only read after.
  nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer
  init(byteCount: Int) { buffer = .allocate(byteCount: byteCount, alignment: 64) }
  deinit { buffer.deallocate() }
}

/// Cuts a file into chunks at record boundaries, one after the other.
protocol ChunkSource: AnyObject {
  var path: String { get }
  var bytesConsumed: Int { get }
  func next() throws(TableError) -> Chunk?
}

/// Chunks of a stream in constant memory: what follows the last whole record is carried over.
final class StreamedChunks: ChunkSource {
  private let source: any ByteSource
  private let delimiter: UInt8
  private let targetBytes: Int
  private var carried: [UInt8]
  private var number = 0
  private var line: Int
  private var atEnd = false

  var path: String { source.path }
  var bytesConsumed: Int { source.bytesConsumed }

  /// - Parameters:
  ///   - carried: bytes already read from `source`, at the start of a record.
  ///   - line: the line that record stands on.
  ///   - targetBytes: how long a chunk is to be, at least one record.
  init(
    _ source: any ByteSource, delimiter: UInt8, carried: [UInt8], line: Int,
    targetBytes: Int = Chunk.targetBytes
  ) {
    self.source = source
    self.targetBytes = targetBytes
    self.delimiter = delimiter
    self.carried = carried
    self.line = line
  }

  func next() throws(TableError) -> Chunk? {
    // Never beyond the limit of one record, so that it is the same wherever the record begins.
    let limit = max(Chunk.maxRecordBytes, carried.count)
    var capacity = min(max(targetBytes, carried.count * 2), limit)
    while true {
      let storage = ChunkStorage(byteCount: capacity)
      storage.buffer.copyBytes(from: carried)
      let filled = try fill(storage.buffer, from: carried.count)
      if filled == 0 { return nil }
      let whole = UnsafeRawBufferPointer(rebasing: storage.buffer[..<filled])
      let boundary = RecordBoundary(whole, delimiter: delimiter)
      if let end = atEnd ? wholeEnd(boundary, filled) : boundary.end {
        carried = Array(whole[end...])
        return chunk(storage, count: end)
      }
      try refuseEndless(whole, boundary, path: path, line: line, atEnd: atEnd)
      carried = Array(whole)
      capacity = min(capacity * 2, limit)
    }
  }

  /// At the end of the file the last record needs no line break, but its quotes must be closed.
  private func wholeEnd(_ boundary: RecordBoundary, _ count: Int) -> Int? {
    boundary.openQuote == nil ? count : nil
  }

  private func chunk(_ storage: ChunkStorage, count: Int) -> Chunk {
    let chunk = Chunk(number: number, storage: storage, count: count)
    number += 1
    line += chunk.bytes.lineBreakCount
    return chunk
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from start: Int
  ) throws(TableError) -> Int {
    var filled = start
    while filled < buffer.count, !atEnd {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try source.read(into: rest)
      if count == 0 { atEnd = true }
      filled += count
    }
    return filled
  }
}

/// Chunks of a whole file in memory, without a copy.
final class ContentChunks: ChunkSource {
  private let contents: FileContents
  private let delimiter: UInt8
  private let targetBytes: Int
  private var number = 0
  private var line: Int
  private(set) var bytesConsumed: Int

  var path: String { contents.path }

  init(
    _ contents: FileContents, delimiter: UInt8, from start: Int, line: Int,
    targetBytes: Int = Chunk.targetBytes
  ) {
    self.contents = contents
    self.targetBytes = targetBytes
    self.delimiter = delimiter
    self.line = line
    bytesConsumed = start
  }

  func next() throws(TableError) -> Chunk? {
    let start = bytesConsumed
    guard start < contents.bytes.count else { return nil }
    var length = targetBytes
    while true {
      let end = min(start + length, contents.bytes.count)
      let block = UnsafeRawBufferPointer(rebasing: contents.bytes[start..<end])
      let boundary = RecordBoundary(block, delimiter: delimiter)
      let atEnd = end == contents.bytes.count
      if let count = atEnd && boundary.openQuote == nil ? block.count : atEnd ? nil : boundary.end {
        let chunk = Chunk(number: number, contents: contents, range: start..<start + count)
        number += 1
        line += chunk.bytes.lineBreakCount
        bytesConsumed += count
        return chunk
      }
      try refuseEndless(block, boundary, path: path, line: line, atEnd: atEnd)
      length = min(length * 2, Chunk.maxRecordBytes)
    }
  }
}

/// Throws where `block`, which holds no whole record, need not be read any further.
private func refuseEndless(
  _ block: UnsafeRawBufferPointer, _ boundary: RecordBoundary, path: String, line: Int, atEnd: Bool
) throws(TableError) {
  guard atEnd || block.count >= Chunk.maxRecordBytes else { return }
  if let quote = boundary.openQuote {
    let before = UnsafeRawBufferPointer(rebasing: block[..<quote])
    throw .unclosedQuote(path: path, line: line + before.lineBreakCount)
  }
  throw .recordTooLong(path: path, line: line, limitBytes: Chunk.maxRecordBytes)
}

extension UnsafeRawBufferPointer {
  var lineBreakCount: Int {
    var count = 0
    var position = 0
    while let next = firstIndex(of: newlineByte, from: position) {
      count += 1
      position = next + 1
    }
    return count
  }
}
