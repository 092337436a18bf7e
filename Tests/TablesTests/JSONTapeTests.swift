import Foundation
import SpecialFunctions
import Testing

@testable import Tables

@Suite struct JSONTapeTests {
  /// As in the n_ and y_ files of Seriot's JSONTestSuite ("Parsing JSON is a minefield", 2016).
  @Test(arguments: [
    "[]", "{}", "[[] ]", " [1]\n", "\"a\"", "42", "-0", "[-0.0e+10]", "[1E-2]", "[0e+1]", "null",
    "true", "[\"\\u0012\"]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "{\"a\":1,\"a\":2}", "{\"\":0}",
    "[\"\\uD801\\uDC37\"]", "[\"\\uD800\"]", "[\"\u{2028}\"]", "[\"\u{10FFFF}\"]", "[\"\u{7F}\"]",
    "[123.456e78]", "{\"a\":[]}", "[1e999]",
  ])
  func whatTheGrammarHasIsTaken(text: String) throws {
    #expect(try events(text).isEmpty == false)
  }

  @Test(arguments: [
    "", " ", "[", "{", "[1", "[1,", "[,]", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
    "{'a':1}", "[01]", "[1.]", "[.5]", "[+1]", "[-]", "[1e]", "[1e+]", "[0x1]", "[NaN]",
    "[Infinity]", "[nul]", "[truE]", "[\"\n\"]", "[\"\t\"]", "[\"\\x\"]", "[\"\\u12\"]",
    "[\"\\uZZZZ\"]", "[\"a]", "[\"\\", "[\"\\\"]", "1 2", "[]]", "{}x", "[1 2]", "{\"a\" 1}",
    "[--1]",
    "[\u{0C}]", "//", "[1]/**/", "\u{FEFF}[]", "[1.2.3]", "[-01]", "{\"a\":1 \"b\":2}", "[\u{0}]",
  ])
  func whatTheGrammarHasNotIsRefused(text: String) {
    #expect(throws: JSONError.self) { try events(text) }
  }

  @Test(
    arguments: [
      [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
      [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0x80, 0x22], [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22],
      [0x22, 0xF0, 0x9F, 0x92, 0x22], [0x22, 0xE2, 0x82],
    ] as [[UInt8]])
  func bytesThatAreNotUTF8AreRefused(bytes: [UInt8]) {
    var tape = JSONTape()
    #expect(throws: JSONError.self) { try bytes.withUnsafeBytes { try tape.read($0) } }
  }

  @Test func depthHasALimitAndNoStackIsUsedUp() throws {
    let deepest = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    #expect(try events(deepest).count == 512)
    #expect(throws: JSONError(fault: .tooDeep, offset: 512)) { try events("[" + deepest + "]") }
    #expect(throws: JSONError.self) { try events(String(repeating: "[{\"a\":", count: 100_000)) }
  }

  @Test func escapesBecomeTheirCharacters() throws {
    let text = #""\"\\\/\b\f\n\r\tя☕\ud83d\ude00\u00e9\ud800x\udc00\u0000""#
    let expected = "\"\\/\u{8}\u{C}\n\r\tя☕😀é\u{FFFD}x\u{FFFD}\u{FFFD}"
    #expect(try string(text) == expected)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func documentsReadAsFoundationReadsThem(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<100 {
      let text = RandomJSON.document(&generator)
      let data = Data(text.utf8)
      let foundation = try JSONSerialization.jsonObject(with: data, options: [.fragmentsAllowed])
      #expect(try description(text) == RandomJSON.describe(foundation), "\(text)")
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func damageIsJudgedAsFoundationJudgesIt(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<100 {
      var bytes = Array(RandomJSON.document(&generator).utf8)
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      // Letters, marks and digits: what is no text at all, and halves of surrogate pairs, are tried above.
      bytes[place] = Array("{}[]\":,0-.t1 ".utf8).randomElement(using: &generator) ?? 0
      guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\\u"),
        // Foundation takes a comma before a closing bracket, which the grammar does not have.
        !text.contains(/,\s*[\]}]/)
      else { continue }
      let isTaken = (try? events(text)) != nil
      let isTakenByFoundation =
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])) != nil
      #expect(isTaken == isTakenByFoundation, "\(text)")
    }
  }

  @Test func theMembersOfAnObjectAreFoundByName() throws {
    let text = #"{"a":{"b":[1,{"c":2}]},"d":"x","d":"y"}"#
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { bytes in
      var tape = JSONTape()
      try tape.read(bytes)
      tape.withRoot(of: bytes) { root in
        #expect(root.member("d")?.string == "y")
        #expect(
          root.member("a")?.member("b").map { String(decoding: $0.bytes, as: UTF8.self) }
            == #"[1,{"c":2}]"#)
        #expect(root.member("c") == nil)
        #expect(root.member("d").map { String(decoding: $0.jsonBytes, as: UTF8.self) } == #""y""#)
      }
    }
  }

  private func events(_ text: String) throws -> [JSONTape.Kind] {
    var tape = JSONTape()
    try Array(text.utf8).withUnsafeBytes { try tape.read($0) }
    return tape.nodes.map(\.kind)
  }

  private func string(_ text: String) throws -> String? {
    var tape = JSONTape()
    return try Array(text.utf8).withUnsafeBytes { bytes in
      try tape.read(bytes)
      return tape.withRoot(of: bytes) { $0.string }
    }
  }

  private func description(_ text: String) throws -> String {
    var tape = JSONTape()
    return try Array(text.utf8).withUnsafeBytes { bytes in
      try tape.read(bytes)
      return tape.withRoot(of: bytes) { RandomJSON.describe($0) }
    }
  }
}

/// Made-up documents, and one way to write down what two parsers made of them.
private enum RandomJSON {
  static func document(_ generator: inout SplitMix64, depth: Int = 0) -> String {
    let blank = [" ", "", "", "\n\t"].randomElement(using: &generator) ?? ""
    return blank + value(&generator, depth) + blank
  }

  private static func value(_ generator: inout SplitMix64, _ depth: Int) -> String {
    switch Int.random(in: 0..<(depth < 5 ? 9 : 6), using: &generator) {
    case 0: return ["true", "false", "null"].randomElement(using: &generator) ?? "null"
    case 1: return String(Int.random(in: -1_000_000...1_000_000, using: &generator))
    case 2: return "\(Double.random(in: -1e6...1e6, using: &generator))"
    case 3: return "-0.5e-\(Int.random(in: 0..<20, using: &generator))"
    case 4, 5: return string(&generator)
    case 6, 7:
      let count = Int.random(in: 0..<5, using: &generator)
      let members = (0..<count).map { "\"k\($0)\":" + document(&generator, depth: depth + 1) }
      return "{" + members.joined(separator: ",") + "}"
    default:
      let count = Int.random(in: 0..<5, using: &generator)
      let elements = (0..<count).map { _ in document(&generator, depth: depth + 1) }
      return "[" + elements.joined(separator: ",") + "]"
    }
  }

  private static func string(_ generator: inout SplitMix64) -> String {
    let pieces = [
      "a", "Привет", "😀", "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "0123456789", "é", "\\\\",
      "{", "]",
    ]
    let count = Int.random(in: 0..<8, using: &generator)
    return "\"" + (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      + "\""
  }

  static func describe(_ value: JSONValue) -> String {
    switch value.kind {
    case .object:
      var members: [String] = []
      value.forEachMember { members.append("\($0.string ?? "?"):\(describe($1))") }
      return "{\(members.sorted().joined(separator: ","))}"
    case .array:
      var elements: [String] = []
      value.forEachElement { elements.append(describe($0)) }
      return "[\(elements.joined(separator: ","))]"
    case .string: return "'\(value.string ?? "?")'"
    case .number: return value.double.map(describe) ?? "no number"
    case .yes: return "true"
    case .no: return "false"
    case .null: return "null"
    }
  }

  /// Foundation's last digit is not always the nearest; and zero has no sign here.
  private static func describe(_ number: Double) -> String { String(format: "%.13g", number + 0) }

  static func describe(_ value: Any) -> String {
    switch value {
    case let object as [String: Any]:
      "{\(object.map { "\($0):\(describe($1))" }.sorted().joined(separator: ","))}"
    case let array as [Any]: "[\(array.map(describe).joined(separator: ","))]"
    case let string as String: "'\(string)'"
    case is NSNull: "null"
    case let number as NSNumber:
      // "c" is how a truth value is held.
      String(cString: number.objCType) == "c"
        ? (number.boolValue ? "true" : "false") : describe(number.doubleValue)
    default: "?"
    }
  }
}
