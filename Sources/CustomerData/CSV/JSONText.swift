/// Writes JSON objects of cells.
enum JSONText {
  struct Object {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    var isEmpty: Bool { bytes.count == 1 }

    var text: String { String(decoding: bytes + [UInt8(ascii: "}")], as: UTF8.self) }

    mutating func add(_ key: String, cell: UnsafeRawBufferPointer) {
      if !isEmpty { bytes.append(UInt8(ascii: ",")) }
      JSONText.append(string: key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      JSONText.append(value: cell, to: &bytes)
    }
  }

  /// A cell as a JSON value: what JSON writes as a number or truth value is one, all else a string.
  static func value(_ cell: UnsafeRawBufferPointer) -> String {
    var bytes: [UInt8] = []
    append(value: cell, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func string(_ text: String) -> String {
    var bytes: [UInt8] = []
    append(string: text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(value cell: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    if isNumber(cell) || isWord(cell, "true") || isWord(cell, "false") {
      bytes.append(contentsOf: cell)
    } else {
      append(string: String(decoding: cell, as: UTF8.self), to: &bytes)
    }
  }

  private static func isWord(_ cell: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    cell.count == word.utf8CodeUnitCount
      && cell.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: cell.count))
  }

  /// Digits with perhaps a sign and a point, without leading zeros: ids and phones often begin with them.
  /// At most 15 digits, which every reader of JSON keeps.
  private static func isNumber(_ cell: UnsafeRawBufferPointer) -> Bool {
    guard cell.count <= 17, let last = cell.last, isDigit(last) else { return false }
    var rest = cell[...]
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let whole = rest.prefix(while: isDigit)
    guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
    rest = rest.dropFirst(whole.count)
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst() }
    let fraction = rest.prefix(while: isDigit)
    return fraction.count == rest.count && whole.count + fraction.count <= 15
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

  private static func append(string text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0..<0x20:
        let code = String(byte, radix: 16)
        bytes += "\\u00\(byte < 16 ? "0" : "")\(code)".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
