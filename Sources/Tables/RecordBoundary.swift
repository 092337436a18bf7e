import Glibc

let quoteByte = UInt8(ascii: "\"")
let newlineByte = UInt8(ascii: "\n")
let returnByte = UInt8(ascii: "\r")

/// Where the records of a block end, found without looking at every field.
struct RecordBoundary {
  /// The length of the longest prefix made of whole records; `nil` where none is complete.
  var end: Int?
  /// Where a quoted field begins that is still open when the block ends.
  var openQuote: Int?

  /// - Parameter block: bytes that begin at the start of a record.
  ///
  /// A quote opens a field only as its first byte (RFC 4180, rule 5); elsewhere it is a character. So
  /// only the quotes need a look, and between quoted fields the last line break is the answer.
  init(_ block: UnsafeRawBufferPointer, delimiter: UInt8) {
    var position = 0
    while position < block.count {
      let quote = block.firstIndex(of: quoteByte, from: position)
      let gapEnd = quote ?? block.count
      if let last = block.lastIndex(of: newlineByte, in: position..<gapEnd) { end = last + 1 }
      guard let quote else { return }
      if quote > 0, block[quote - 1] != delimiter, block[quote - 1] != newlineByte {
        position = quote + 1
      } else if let close = Self.closingQuote(in: block, from: quote + 1) {
        position = close + 1
      } else {
        openQuote = quote
        return
      }
    }
  }

  /// The quote that ends a quoted field whose text starts at `start`; a doubled quote is text.
  static func closingQuote(in block: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var position = start
    while let quote = block.firstIndex(of: quoteByte, from: position) {
      if quote + 1 < block.count, block[quote + 1] == quoteByte {
        position = quote + 2
      } else {
        return quote
      }
    }
    return nil
  }
}

extension UnsafeRawBufferPointer {
  /// The first place of `byte` at or after `start`, by the C library's vectorised search.
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    guard let base = baseAddress, start < count else { return nil }
    return memchr(base + start, Int32(byte), count - start)
      .map { base.distance(to: UnsafeRawPointer($0)) }
  }

  /// The last place of `byte` in `range`, sought forward in windows from the back, as the C library's
  /// backward search is not to be had everywhere.
  func lastIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var end = range.upperBound
    while end > range.lowerBound {
      let start = Swift.max(range.lowerBound, end - 1_024)
      let window = UnsafeRawBufferPointer(rebasing: self[start..<end])
      var last: Int?
      while let next = window.firstIndex(of: byte, from: last.map { $0 + 1 } ?? 0) { last = next }
      if let last { return start + last }
      end = start
    }
    return nil
  }

  func holds(_ byte: UInt8) -> Bool { firstIndex(of: byte, from: 0) != nil }
}
