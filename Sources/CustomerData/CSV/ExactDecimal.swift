import Tables

/// A decimal number as its digits and how many of them stand behind the mark: 2.55 is 255 with scale 2.
///
/// Prices are multiplied by quantities before they are rounded to minor units, once, and never pass through
/// binary fractions.
package struct ExactDecimal: Hashable, Sendable {
  package let digits: Int64
  package let scale: Int

  package init(digits: Int64, scale: Int) {
    self.digits = digits
    self.scale = scale
  }

  /// Reads an amount as exports write it: blanks or no-break spaces or apostrophes between groups of
  /// digits, a currency's sign or name around it, a minus of either kind, or brackets for one.
  ///
  /// Where both `,` and `.` occur, the last is the decimal mark. A single one is too, unless it is not
  /// `decimalMark` and exactly three digits follow: then it separates thousands.
  /// - Returns: `nil` for what is no number, or has more than 18 digits.
  package init?(_ text: UnsafeRawBufferPointer, decimalMark: UInt8) {
    var scan = AmountScan()
    for byte in text where !scan.take(byte) { return nil }
    guard let mark = scan.decimalMark(expected: decimalMark) else { return nil }
    self.init(scan, mark: mark)
  }

  private init?(_ scan: AmountScan, mark: UInt8) {
    var value: Int64 = 0
    var digitCount = 0
    var scale = 0
    var isFraction = false
    for byte in scan.number {
      if byte == mark {
        isFraction = true
      } else if byte >= 0x30 {
        digitCount += 1
        // A fraction's zeros at the end say nothing and may be many.
        guard value <= 99_999_999_999_999_999 else {
          if isFraction, byte == 0x30 { continue }
          return nil
        }
        value = value * 10 + Int64(byte - 0x30)
        if isFraction { scale += 1 }
      }
    }
    guard digitCount > 0 else { return nil }
    self.init(digits: scan.isNegative ? -value : value, scale: scale)
  }

  /// The product with `other` in units of 10^−`minorDigits`, halves rounded away from zero; `nil` where
  /// that is too large.
  package func times(_ other: ExactDecimal, minorDigits: Int) -> Int64? {
    Self.rounded(
      Int128(digits) * Int128(other.digits), scale: scale + other.scale, minorDigits: minorDigits)
  }

  /// The number in units of 10^−`minorDigits`, halves rounded away from zero.
  package func minorUnits(_ minorDigits: Int) -> Int64? {
    Self.rounded(Int128(digits), scale: scale, minorDigits: minorDigits)
  }

  /// The nearest `Double`: 18 digits are more than it has.
  package var double: Double {
    var power = 1.0
    for _ in 0..<scale { power *= 10 }
    return Double(digits) / power
  }

  /// The number where it is a whole one: 17850.0 is 17850.
  package var integer: Int64? {
    var value = digits
    for _ in 0..<scale {
      guard value % 10 == 0 else { return nil }
      value /= 10
    }
    return value
  }

  private static func rounded(_ value: Int128, scale: Int, minorDigits: Int) -> Int64? {
    var value = value
    if scale <= minorDigits {
      for _ in scale..<minorDigits { value *= 10 }
      return Int64(exactly: value)
    }
    for _ in (minorDigits + 1)..<scale { value /= 10 }
    let half: Int128 = value < 0 ? -5 : 5
    return Int64(exactly: (value + half) / 10)
  }
}

/// What is left of an amount's text without what surrounds and groups its digits.
private struct AmountScan {
  var number: [UInt8] = []
  var isNegative = false
  private var isEnded = false
  private var commas = 0
  private var points = 0

  /// - Returns: false for a byte that no amount has at this place.
  mutating func take(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      guard !isEnded else { return false }
      number.append(byte)
    case UInt8(ascii: ","), UInt8(ascii: "."):
      // "руб." and "р." end in a point that is no mark.
      guard !isEnded, !(number.isEmpty && hasWord) else { return isEnded }
      number.append(byte)
      if byte == UInt8(ascii: ",") { commas += 1 } else { points += 1 }
    case UInt8(ascii: "-"), UInt8(ascii: "("):
      guard number.isEmpty, !isNegative else { return false }
      isNegative = true
    case UInt8(ascii: ")"), UInt8(ascii: "+"): break
    case 0x20, 0xA0, UInt8(ascii: "'"): break
    case 0x80...0xFF:
      return takeBeyondASCII(byte)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "$"):
      endAtWord()
    default: return false
    }
    return true
  }

  private var hasWord = false
  private var sequence: [UInt8] = []

  /// No-break spaces group, U+2212 is a minus, anything else is a currency.
  private mutating func takeBeyondASCII(_ byte: UInt8) -> Bool {
    if byte >= 0xC0 { sequence.removeAll() }
    sequence.append(byte)
    let length = sequence[0] >= 0xF0 ? 4 : sequence[0] >= 0xE0 ? 3 : 2
    guard sequence.count == length else { return sequence.count < length }
    switch sequence {
    case [0xC2, 0xA0], [0xE2, 0x80, 0xAF], [0xE2, 0x80, 0x89]: break
    case [0xE2, 0x88, 0x92]:
      guard number.isEmpty else { return false }
      isNegative = true
    default: endAtWord()
    }
    sequence.removeAll()
    return true
  }

  private mutating func endAtWord() {
    hasWord = true
    if !number.isEmpty { isEnded = true }
  }

  /// The byte that parts the whole from the fraction; 0 for none, `nil` where the marks make no number.
  func decimalMark(expected: UInt8) -> UInt8? {
    let comma = UInt8(ascii: ",")
    let point = UInt8(ascii: ".")
    if commas > 0, points > 0 {
      let last = number.last { $0 == comma || $0 == point } ?? point
      let count = last == comma ? commas : points
      return count == 1 && hasGroups(by: last == comma ? point : comma, until: last) ? last : nil
    }
    guard commas + points > 0 else { return 0 }
    let mark = commas > 0 ? comma : point
    let isThousands = hasGroups(by: mark, until: nil)
    if commas + points > 1 { return isThousands ? 0 : nil }
    return mark != expected && isThousands ? 0 : mark
  }

  /// Whether `separator` stands before every group of three digits, up to `end`.
  private func hasGroups(by separator: UInt8, until end: UInt8?) -> Bool {
    let whole = end.flatMap { number.firstIndex(of: $0) }.map { number[..<$0] } ?? number[...]
    let groups = whole.split(separator: separator, omittingEmptySubsequences: false)
    return (1...3).contains(groups[0].count) && groups[0].first != UInt8(ascii: "0")
      && groups.dropFirst().allSatisfy { $0.count == 3 }
  }
}
