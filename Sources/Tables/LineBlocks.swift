/// A run of whole lines of a file.
package final class LineBlock: Sendable {
  // Written by its one maker before it is shared, only read after.
  nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer
  /// Its place in the sequence of blocks, from 0.
  package let number: Int
  /// The line that the first byte stands on, from 1, and how many bytes come before it.
  package let firstLine: Int
  package let byteOffset: Int
  /// Lines too long to be held, which are left out of `bytes`; they come before it.
  package let oversized: [OversizedLine]
  /// Where the next block begins.
  package let nextLine: Int
  package let nextByteOffset: Int
  /// Bytes taken from the file so far, compressed where it is.
  package let fileBytes: Int
  private let storage: ChunkStorage

  package struct OversizedLine: Sendable {
    package let line: Int
    package let byteCount: Int
  }

  fileprivate init(
    storage: ChunkStorage, count: Int, number: Int, firstLine: Int, byteOffset: Int,
    oversized: [OversizedLine], nextLine: Int, nextByteOffset: Int, fileBytes: Int
  ) {
    bytes = UnsafeRawBufferPointer(rebasing: storage.buffer[..<count])
    self.storage = storage
    self.number = number
    self.firstLine = firstLine
    self.byteOffset = byteOffset
    self.oversized = oversized
    self.nextLine = nextLine
    self.nextByteOffset = nextByteOffset
    self.fileBytes = fileBytes
  }
}

/// Cuts a file, perhaps inside gzip, into blocks of whole lines, in memory that does not grow with the file
/// nor with its longest line.
package final class LineBlocks {
  /// A line longer than this is passed over and named; 16 MiB, as a row of CSV.
  package static let maxLineBytes = Chunk.maxRecordBytes
  private static let scratchBytes = 1 << 20
  /// The first blocks are small, so that a small file has several; from then on each is twice as long.
  private var targetBytes = 1 << 18
  private static let maxTargetBytes = 2 << 20

  private let source: any ByteSource
  private var carried: [UInt8] = []
  private var number = 0
  private var line: Int
  private var byteOffset: Int
  private var atEnd = false

  package var path: String { source.path }

  /// - Parameters:
  ///   - byteOffset: where to begin, at the start of a line, in the text after decompression.
  ///   - line: the line that is, from 1.
  package init(path: String, byteOffset: Int = 0, line: Int = 1) throws(TableError) {
    source = try openByteSource(path: path)
    self.line = line
    self.byteOffset = byteOffset
    try skip(byteOffset)
    if byteOffset == 0 { try skipByteOrderMark() }
  }

  private func skip(_ count: Int) throws(TableError) {
    let storage = ChunkStorage(byteCount: Self.scratchBytes)
    var left = count
    while left > 0 {
      let got = try source.read(
        into: UnsafeMutableRawBufferPointer(
          rebasing: storage.buffer[..<min(left, storage.buffer.count)]))
      if got == 0 { throw .damaged(path: path, reason: "it is shorter than at the last import") }
      left -= got
    }
  }

  private func skipByteOrderMark() throws(TableError) {
    let storage = ChunkStorage(byteCount: 3)
    let count = try fill(storage.buffer, from: 0)
    let start = Array(storage.buffer[..<count])
    if start == [0xEF, 0xBB, 0xBF] { byteOffset = 3 } else { carried = start }
  }

  /// The next block; `nil` at the end.
  package func next() throws(TableError) -> LineBlock? {
    var oversized: [LineBlock.OversizedLine] = []
    var capacity = max(targetBytes, carried.count * 2)
    let (startLine, startOffset) = (line, byteOffset)
    while true {
      let storage = ChunkStorage(byteCount: capacity)
      storage.buffer.copyBytes(from: carried)
      let filled = try fill(storage.buffer, from: carried.count)
      if filled == 0 {
        if oversized.isEmpty { return nil }
        return block(storage, 0, startLine, startOffset, oversized)
      }
      let whole = UnsafeRawBufferPointer(rebasing: storage.buffer[..<filled])
      let end = atEnd ? filled : whole.lastIndex(of: newlineByte, in: 0..<filled).map { $0 + 1 }
      if let end, !atEnd || !isTooLong(whole) {
        carried = Array(whole[end...])
        return block(storage, end, startLine, startOffset, oversized)
      }
      if filled < Self.maxLineBytes, !atEnd {
        carried = Array(whole)
        capacity = min(capacity * 2, Self.maxLineBytes)
      } else {
        oversized.append(try passOverLine(filled))
        capacity = targetBytes
      }
    }
  }

  /// Whether the last block is a single line of more than the limit.
  private func isTooLong(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= Self.maxLineBytes && !bytes.holds(newlineByte)
  }

  private func block(
    _ storage: ChunkStorage, _ count: Int, _ startLine: Int, _ startOffset: Int,
    _ oversized: [LineBlock.OversizedLine]
  ) -> LineBlock {
    let bytes = UnsafeRawBufferPointer(rebasing: storage.buffer[..<count])
    let firstLine = line
    let firstOffset = byteOffset
    line += bytes.lineBreakCount
    byteOffset += count
    targetBytes = min(targetBytes * 2, Self.maxTargetBytes)
    defer { number += 1 }
    return LineBlock(
      storage: storage, count: count, number: number, firstLine: firstLine,
      byteOffset: firstOffset, oversized: oversized, nextLine: line, nextByteOffset: byteOffset,
      fileBytes: source.bytesConsumed)
  }

  /// Reads on to the end of a line of which `count` bytes are read, and keeps only what follows it.
  private func passOverLine(_ count: Int) throws(TableError) -> LineBlock.OversizedLine {
    let storage = ChunkStorage(byteCount: Self.scratchBytes)
    var length = count
    carried = []
    while !atEnd {
      let filled = try fill(storage.buffer, from: 0)
      let bytes = UnsafeRawBufferPointer(rebasing: storage.buffer[..<filled])
      if let end = bytes.firstIndex(of: newlineByte, from: 0) {
        length += end + 1
        carried = Array(bytes[(end + 1)...])
        break
      }
      length += filled
    }
    defer {
      line += 1
      byteOffset += length
    }
    return LineBlock.OversizedLine(line: line, byteCount: length)
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from start: Int
  ) throws(TableError) -> Int {
    var filled = start
    while filled < buffer.count, !atEnd {
      let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      if count == 0 { atEnd = true }
      filled += count
    }
    return filled
  }
}

extension UnsafeRawBufferPointer {
  /// Calls `body` with each line, without its line feed.
  package func forEachLine(_ body: (UnsafeRawBufferPointer) -> Void) {
    var start = 0
    while start < count {
      let end = firstIndex(of: newlineByte, from: start) ?? count
      body(UnsafeRawBufferPointer(rebasing: self[start..<end]))
      start = end + 1
    }
  }
}
