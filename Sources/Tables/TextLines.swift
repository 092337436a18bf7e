/// Calls `body` with each line of a text file, perhaps compressed, without its line break.
///
/// - Parameters:
///   - body: takes the line's bytes, its number from 1, and the bytes of the file taken so far.
/// - Throws: `TableError` for a line longer than a record may be, or what `body` throws.
package func forEachLine(
  of path: String, _ body: (UnsafeRawBufferPointer, _ number: Int, _ fileBytes: Int) throws -> Void
) throws {
  let source = try openByteSource(path: path)
  var carried: [UInt8] = []
  var number = 0
  let block = ChunkStorage(byteCount: 1 << 18)
  func pass(_ line: UnsafeRawBufferPointer) throws {
    number += 1
    let hasReturn = line.last == returnByte
    let text = UnsafeRawBufferPointer(rebasing: hasReturn ? line.dropLast() : line[...])
    try body(text, number, source.bytesConsumed)
  }
  while true {
    let count = try source.read(into: block.buffer)
    if count == 0 { break }
    var rest = UnsafeRawBufferPointer(rebasing: block.buffer[..<count])[...]
    while let end = rest.firstIndex(of: newlineByte) {
      let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
      if carried.isEmpty {
        try pass(line)
      } else {
        carried.append(contentsOf: line)
        try carried.withUnsafeBytes { try pass($0) }
        carried.removeAll()
      }
      rest = rest[(end + 1)...]
    }
    carried.append(contentsOf: rest)
    guard carried.count <= Chunk.maxRecordBytes else {
      throw TableError.recordTooLong(
        path: path, line: number + 1, limitBytes: Chunk.maxRecordBytes)
    }
  }
  if !carried.isEmpty { try carried.withUnsafeBytes { try pass($0) } }
}
