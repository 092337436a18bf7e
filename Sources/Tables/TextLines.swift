/// Calls `body` with each line of a text file, perhaps compressed, without its line break.
///
/// - Parameters:
///   - body: takes the line's bytes, its number from 1, and the bytes of the file taken so far.
/// - Throws: `TableError` for a line longer than a record may be, or what `body` throws.
package func forEachLine(
  of path: String, _ body: (UnsafeRawBufferPointer, _ number: Int, _ fileBytes: Int) throws -> Void
) throws {
  let blocks = try LineBlocks(path: path)
  while let block = try blocks.next() {
    if let long = block.oversized.first {
      throw TableError.recordTooLong(
        path: path, line: long.line, limitBytes: LineBlocks.maxLineBytes)
    }
    var number = block.firstLine
    var rest = block.bytes[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: newlineByte) ?? rest.endIndex
      let line = rest[..<end]
      let text = line.last == returnByte ? line.dropLast() : line
      try body(UnsafeRawBufferPointer(rebasing: text), number, block.fileBytes)
      number += 1
      rest = rest[min(end + 1, rest.endIndex)...]
    }
  }
}
