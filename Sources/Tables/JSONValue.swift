/// One value on a tape, while the text it was read from is there.
package struct JSONValue {
  package let text: UnsafeRawBufferPointer
  package let nodes: UnsafeBufferPointer<JSONTape.Node>
  package let index: Int

  package init(
    _ text: UnsafeRawBufferPointer, _ nodes: UnsafeBufferPointer<JSONTape.Node>, index: Int = 0
  ) {
    self.text = text
    self.nodes = nodes
    self.index = index
  }

  package var kind: JSONTape.Kind { nodes[index].kind }

  /// As it stands: a string without its quotes, its escapes not read.
  package var bytes: UnsafeRawBufferPointer {
    let node = nodes[index]
    return UnsafeRawBufferPointer(rebasing: text[Int(node.start)..<Int(node.end)])
  }

  package var isEscaped: Bool { nodes[index].isEscaped }
  package var isNull: Bool { kind == .null }

  /// The value as JSON, strings with their quotes.
  package var jsonBytes: UnsafeRawBufferPointer {
    guard kind == .string else { return bytes }
    let node = nodes[index]
    return UnsafeRawBufferPointer(rebasing: text[Int(node.start) - 1..<Int(node.end) + 1])
  }

  /// Calls `body` with each name as it stands and its value; names with escapes come as they are written.
  @inline(__always)
  package func forEachMember(_ body: (JSONValue, JSONValue) throws -> Void) rethrows {
    guard kind == .object else { return }
    var place = index + 1
    let end = Int(nodes[index].next)
    while place < end {
      try body(JSONValue(text, nodes, index: place), JSONValue(text, nodes, index: place + 1))
      place = Int(nodes[place + 1].next)
    }
  }

  package func forEachElement(_ body: (JSONValue) throws -> Void) rethrows {
    guard kind == .array else { return }
    var place = index + 1
    let end = Int(nodes[index].next)
    while place < end {
      try body(JSONValue(text, nodes, index: place))
      place = Int(nodes[place].next)
    }
  }

  /// The member of this name; of several, the last, as JavaScript has it.
  package func member(_ name: StaticString) -> JSONValue? {
    var found: JSONValue?
    forEachMember { key, value in if key.isText(name) { found = value } }
    return found
  }

  /// Whether the string, as it stands, is `word`.
  @inline(__always)
  package func isText(_ word: StaticString) -> Bool {
    let node = nodes[index]
    let count = Int(node.end &- node.start)
    guard count == word.utf8CodeUnitCount, let base = text.baseAddress else { return false }
    let start = base + Int(node.start)
    for offset in 0..<count
    where start.load(fromByteOffset: offset, as: UInt8.self) != word.utf8Start[offset] {
      return false
    }
    return true
  }

  /// The characters of a string; `nil` for another kind.
  package var string: String? {
    guard kind == .string else { return nil }
    guard isEscaped else { return String(decoding: bytes, as: UTF8.self) }
    var decoded: [UInt8] = []
    appendUnescaped(to: &decoded)
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The characters of a string, or a number or truth value as it stands: what an id may be.
  package var scalarText: String? {
    switch kind {
    case .string: string
    case .number, .yes, .no: String(decoding: bytes, as: UTF8.self)
    case .object, .array, .null: nil
    }
  }

  /// The nearest `Double` of a number, or of a string that is one; `nil` where there is none.
  package var double: Double? {
    guard kind == .number || kind == .string, !isEscaped else { return nil }
    return NumberParser(decimalMark: UInt8(ascii: ".")).number(bytes)
  }

  /// Appends the characters of a string. U+0000, which texts in databases cannot hold, and the half of a
  /// surrogate pair come out as U+FFFD.
  package func appendUnescaped(to output: inout [UInt8]) {
    let bytes = bytes
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == UInt8(ascii: "\\") else {
        output.append(byte)
        position += 1
        continue
      }
      position += 2
      switch bytes[position - 1] {
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"):
        let scalar = Self.scalar(bytes, &position)
        output.append(contentsOf: Array(String(Character(scalar)).utf8))
      case let other: output.append(other)
      }
    }
  }

  /// Reads four hexadecimal digits, and the second escape of a surrogate pair.
  private static func scalar(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int
  ) -> Unicode.Scalar {
    let replacement: Unicode.Scalar = "\u{FFFD}"
    let first = codeUnit(bytes, at: position)
    position += 4
    if first == 0 { return replacement }
    guard first & 0xF800 == 0xD800 else { return Unicode.Scalar(first) ?? replacement }
    guard first < 0xDC00, position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return replacement }
    let second = codeUnit(bytes, at: position + 2)
    guard second & 0xFC00 == 0xDC00 else { return replacement }
    position += 6
    return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)) ?? replacement
  }

  private static func codeUnit(_ bytes: UnsafeRawBufferPointer, at position: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 << 4 | (hexDigit(bytes[position + $1]) ?? 0) }
  }
}

extension JSONTape {
  /// Calls `body` with the value that was read from `text`.
  package func withRoot<Result>(
    of text: UnsafeRawBufferPointer, _ body: (JSONValue) throws -> Result
  ) rethrows -> Result {
    try nodes.withUnsafeBufferPointer { try body(JSONValue(text, $0)) }
  }
}
