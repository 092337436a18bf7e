/// The words that mean yes or no, in any case, in English and Russian.
package enum BooleanWords {
  private static let values: [String: Double] = [
    "yes": 1, "y": 1, "true": 1, "t": 1, "on": 1, "1": 1, "да": 1, "истина": 1,
    "no": 0, "n": 0, "false": 0, "f": 0, "off": 0, "0": 0, "нет": 0, "ложь": 0,
  ]

  /// 1, 0, or `nil` for another word.
  package static func value(_ word: String) -> Double? { values[word.lowercased()] }

  static func value(_ text: UnsafeRawBufferPointer) -> Double? {
    // A longer text need not be decoded: the longest word, "истина", has twelve bytes.
    guard text.count > 0, text.count <= 12 else { return nil }
    return value(String(decoding: text, as: UTF8.self))
  }
}
