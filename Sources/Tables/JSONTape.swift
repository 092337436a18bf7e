/// What is wrong with a JSON text, and where: `offset` counts its bytes from 0.
package struct JSONError: Error, Equatable, Sendable {
  package enum Fault: Equatable, Sendable {
    case endsEarly, unexpectedByte, badNumber, badEscape, controlCharacter, invalidUTF8, tooDeep
    case textAfterValue
  }
  package let fault: Fault
  package let offset: Int
}

extension JSONError: CustomStringConvertible {
  package var description: String {
    let what =
      switch fault {
      case .endsEarly: "the JSON value ends early"
      case .unexpectedByte: "not JSON"
      case .badNumber: "a number that JSON does not have"
      case .badEscape: "an escape that JSON does not have"
      case .controlCharacter: "a control character inside a string"
      case .invalidUTF8: "bytes that are not UTF-8"
      case .tooDeep: "nested deeper than \(JSONTape.maxDepth) levels"
      case .textAfterValue: "text after the JSON value"
      }
    return "\(what) (byte \(offset + 1) of the record)"
  }
}

/// The values of a JSON text in the order of their beginnings, made by one strict pass over its bytes.
///
/// RFC 8259 as it stands: UTF-8 is checked, numbers keep to the grammar, nothing follows the value. Names may
/// repeat, and a half of a surrogate pair may stand alone, as the grammar allows; it reads as U+FFFD.
/// Nothing is copied or converted until it is asked for. One tape serves many texts and keeps its memory.
package struct JSONTape {
  package static let maxDepth = 512

  package enum Kind: UInt8, Sendable {
    case object, array, string, number, yes, no, null
  }

  /// A value: where its text lies, and where on the tape the next one after it stands.
  package struct Node: Sendable {
    /// Of the text between the quotes for a string, of the whole text for all else.
    package fileprivate(set) var start: UInt32
    package fileprivate(set) var end: UInt32
    package fileprivate(set) var next: UInt32
    package let kind: Kind
    /// Whether a string has escapes, or a container any values.
    package fileprivate(set) var isEscaped = false
  }

  package private(set) var nodes: [Node] = []

  package init() {}

  /// Reads the one value that `text` holds; texts from 4 GiB on are not taken.
  package mutating func read(_ text: UnsafeRawBufferPointer) throws(JSONError) {
    precondition(text.count < Int(UInt32.max), "a JSON text of \(text.count) bytes")
    nodes.removeAll(keepingCapacity: true)
    guard let base = text.baseAddress else { throw JSONError(fault: .endsEarly, offset: 0) }
    var reading = JSONReading(base, count: text.count, nodes)
    nodes = []
    // The tape's memory moves into the reading and back, whatever happens.
    do {
      try reading.document()
      nodes = reading.nodes
    } catch {
      nodes = reading.nodes
      throw error
    }
  }
}

private struct JSONReading {
  let base: UnsafePointer<UInt8>
  let count: Int
  var position = 0
  var nodes: [JSONTape.Node]

  init(_ base: UnsafeRawPointer, count: Int, _ nodes: consuming [JSONTape.Node]) {
    self.base = base.assumingMemoryBound(to: UInt8.self)
    self.count = count
    self.nodes = nodes
  }

  mutating func document() throws(JSONError) {
    skipBlanks()
    try value(depth: 0)
    skipBlanks()
    if position < count { throw fault(.textAfterValue) }
  }

  private func fault(_ fault: JSONError.Fault) -> JSONError {
    JSONError(
      fault: position >= count && fault == .unexpectedByte ? .endsEarly : fault, offset: position)
  }

  @inline(__always)
  private mutating func skipBlanks() {
    while position < count {
      let byte = base[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position &+= 1
    }
  }

  private mutating func value(depth: Int) throws(JSONError) {
    guard position < count else { throw fault(.endsEarly) }
    switch base[position] {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "{"): try object(depth: depth + 1)
    case UInt8(ascii: "["): try array(depth: depth + 1)
    case UInt8(ascii: "t"): try word("true", .yes)
    case UInt8(ascii: "f"): try word("false", .no)
    case UInt8(ascii: "n"): try word("null", .null)
    default: try number()
    }
  }

  private mutating func word(_ word: StaticString, _ kind: JSONTape.Kind) throws(JSONError) {
    let start = position
    for index in 0..<word.utf8CodeUnitCount {
      guard position < count, base[position] == word.utf8Start[index] else {
        throw fault(.unexpectedByte)
      }
      position &+= 1
    }
    append(kind, from: start, to: position)
  }

  @inline(__always)
  private mutating func append(
    _ kind: JSONTape.Kind, from start: Int, to end: Int, isEscaped: Bool = false
  ) {
    nodes.append(
      JSONTape.Node(
        start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
        next: UInt32(truncatingIfNeeded: nodes.count &+ 1), kind: kind, isEscaped: isEscaped))
  }

  private mutating func object(depth: Int) throws(JSONError) {
    let index = try open(.object, depth: depth)
    if closes(UInt8(ascii: "}"), index) { return }
    while true {
      guard position < count, base[position] == UInt8(ascii: "\"") else {
        throw fault(.unexpectedByte)
      }
      try string()
      skipBlanks()
      guard position < count, base[position] == UInt8(ascii: ":") else {
        throw fault(.unexpectedByte)
      }
      position &+= 1
      skipBlanks()
      try value(depth: depth)
      skipBlanks()
      if closes(UInt8(ascii: "}"), index) { return }
      try comma()
    }
  }

  private mutating func array(depth: Int) throws(JSONError) {
    let index = try open(.array, depth: depth)
    if closes(UInt8(ascii: "]"), index) { return }
    while true {
      try value(depth: depth)
      skipBlanks()
      if closes(UInt8(ascii: "]"), index) { return }
      try comma()
    }
  }

  private mutating func open(_ kind: JSONTape.Kind, depth: Int) throws(JSONError) -> Int {
    if depth > JSONTape.maxDepth { throw fault(.tooDeep) }
    append(kind, from: position, to: position)
    position &+= 1
    skipBlanks()
    return nodes.count &- 1
  }

  @inline(__always)
  private mutating func closes(_ mark: UInt8, _ index: Int) -> Bool {
    guard position < count, base[position] == mark else { return false }
    position &+= 1
    nodes[index].end = UInt32(truncatingIfNeeded: position)
    nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
    return true
  }

  @inline(__always)
  private mutating func comma() throws(JSONError) {
    guard position < count, base[position] == UInt8(ascii: ",") else {
      throw fault(.unexpectedByte)
    }
    position &+= 1
    skipBlanks()
  }

  /// A string, or the name of a member; the position is at its opening quote.
  private mutating func string() throws(JSONError) {
    position &+= 1
    let start = position
    var isEscaped = false
    while true {
      skipPlainText()
      guard position < count else { throw fault(.endsEarly) }
      let byte = base[position]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        try escape()
      } else if byte < 0x20 {
        throw fault(.controlCharacter)
      } else if byte >= 0x80 {
        try character()
      } else {
        position &+= 1
      }
    }
    append(.string, from: start, to: position, isEscaped: isEscaped)
    position &+= 1
  }

  /// Passes over bytes that mean themselves, eight at a time, up to the eight that hold another one.
  @inline(__always)
  private mutating func skipPlainText() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while position &+ 8 <= count {
      let word = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let slashes = word ^ (ones &* 0x5C)
      // A byte below n has its high bit set in (word − n·ones) & ~word (Mycroft 1987); others may only
      // look so above one that really has.
      let special =
        ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        | ((word &- ones &* 0x20) & ~word) | word
      let found = special & highs
      if found != 0 {
        position &+= found.trailingZeroBitCount >> 3
        return
      }
      position &+= 8
    }
  }

  private mutating func escape() throws(JSONError) {
    guard position + 1 < count else {
      position = count
      throw fault(.endsEarly)
    }
    switch base[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position &+= 2
    case UInt8(ascii: "u"):
      for index in 2..<6 {
        guard position + index < count else {
          position = count
          throw fault(.endsEarly)
        }
        if hexDigit(base[position + index]) == nil { throw fault(.badEscape) }
      }
      position &+= 6
    default: throw fault(.badEscape)
    }
  }

  /// One character of two to four bytes (Unicode 15, table 3-7): no overlong forms, no surrogates.
  private mutating func character() throws(JSONError) {
    let lead = base[position]
    let length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0
    guard length > 0 else { throw fault(.invalidUTF8) }
    guard position &+ length <= count else { throw fault(.invalidUTF8) }
    let second = base[position &+ 1]
    let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
    guard second >= lowest, second <= highest else { throw fault(.invalidUTF8) }
    if length > 2, base[position &+ 2] & 0xC0 != 0x80 { throw fault(.invalidUTF8) }
    if length > 3, base[position &+ 3] & 0xC0 != 0x80 { throw fault(.invalidUTF8) }
    position &+= length
  }

  private mutating func number() throws(JSONError) {
    let start = position
    if base[position] == UInt8(ascii: "-") { position &+= 1 }
    guard position < count, isDigit(base[position]) else {
      throw fault(start == position ? .unexpectedByte : .badNumber)
    }
    if base[position] == UInt8(ascii: "0") {
      position &+= 1
      if position < count, isDigit(base[position]) { throw fault(.badNumber) }
    } else {
      skipDigits()
    }
    if position < count, base[position] == UInt8(ascii: ".") {
      position &+= 1
      try digits()
    }
    if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
      position &+= 1
      if position < count, base[position] == 0x2B || base[position] == 0x2D { position &+= 1 }
      try digits()
    }
    append(.number, from: start, to: position)
  }

  private mutating func digits() throws(JSONError) {
    guard position < count, isDigit(base[position]) else { throw fault(.badNumber) }
    skipDigits()
  }

  @inline(__always)
  private mutating func skipDigits() {
    while position < count, isDigit(base[position]) { position &+= 1 }
  }
}

func hexDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case 0x30...0x39: UInt32(byte - 0x30)
  case 0x41...0x46: UInt32(byte - 0x41 + 10)
  case 0x61...0x66: UInt32(byte - 0x61 + 10)
  default: nil
  }
}
