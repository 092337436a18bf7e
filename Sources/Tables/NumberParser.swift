import Glibc

/// Reads decimal numbers from bytes, exactly.
package struct NumberParser: Sendable {
  let decimalMark: UInt8

  package init(decimalMark: UInt8) { self.decimalMark = decimalMark }

  /// 10⁰ … 10¹⁵, each exact in a `Double`.
  static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Reads the common form: a sign, digits, the decimal mark, digits; at most 15 digits together.
  ///
  /// The digits fit 2⁵³ and the power of ten is exact, so one division rounds correctly
  /// (Clinger, 1990, "How to read floating point numbers accurately").
  /// - Returns: NaN where the text has another form, which `number(_:)` may still read.
  @inline(__always)
  static func plainNumber(
    _ text: UnsafePointer<UInt8>, count: Int, decimalMark: UInt8,
    powers: UnsafePointer<Double>
  ) -> Double {
    var index = 0
    var isNegative = false
    if count > 0, text[0] == UInt8(ascii: "-") {
      isNegative = true
      index = 1
    }
    let start = index
    var digits: UInt64 = 0
    while index < count {
      let digit = text[index] &- UInt8(ascii: "0")
      if digit > 9 { break }
      digits = digits &* 10 &+ UInt64(digit)
      index &+= 1
    }
    var digitCount = index &- start
    var fractionCount = 0
    if index < count, text[index] == decimalMark {
      index &+= 1
      let fractionStart = index
      while index < count {
        let digit = text[index] &- UInt8(ascii: "0")
        if digit > 9 { break }
        digits = digits &* 10 &+ UInt64(digit)
        index &+= 1
      }
      fractionCount = index &- fractionStart
      digitCount &+= fractionCount
    }
    guard index == count, digitCount > 0, digitCount <= 15 else { return .nan }
    let magnitude = Double(digits) / powers[fractionCount]
    return isNegative ? -magnitude : magnitude
  }

  /// Reads `text`, without surrounding blanks, in any accepted form: also an exponent, a plus sign, more
  /// digits, and blanks or no-break spaces between groups of three digits.
  /// - Returns: `nil` for what is not a finite number.
  package func number(_ text: UnsafeRawBufferPointer) -> Double? {
    guard text.count > 0, text.count <= Self.longest else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longest + 1) { plain in
      guard let count = normalise(text, into: plain) else { return nil }
      plain[count] = 0
      guard let start = plain.baseAddress else { return nil }
      // strtod rounds correctly; the process never leaves the "C" locale, so its mark is a point.
      let value = strtod(start, nil)
      return value.isFinite ? value : nil
    }
  }

  /// The digits of any `Double` written out, with room for an exponent and separators.
  private static let longest = 400

  /// Writes `text` as sign, digits, point, digits, exponent; `nil` where it has another form.
  private func normalise(
    _ text: UnsafeRawBufferPointer, into plain: UnsafeMutableBufferPointer<CChar>
  ) -> Int? {
    var reader = ByteReader(text)
    var count = 0
    func put(_ byte: UInt8) {
      plain[count] = CChar(bitPattern: byte)
      count += 1
    }
    if let sign = reader.take(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }) {
      put(sign)
    }
    var whole = 0
    var groupLength = 0
    var isGrouped = false
    while true {
      if let digit = reader.take(where: isDigit) {
        put(digit)
        whole += 1
        groupLength += 1
      } else if whole > 0, reader.takeSpace() {
        guard isGrouped ? groupLength == 3 : groupLength <= 3 else { return nil }
        isGrouped = true
        groupLength = 0
      } else {
        break
      }
    }
    guard !isGrouped || groupLength == 3 else { return nil }
    var fraction = 0
    if reader.take(where: { $0 == decimalMark }) != nil {
      put(UInt8(ascii: "."))
      while let digit = reader.take(where: isDigit) {
        put(digit)
        fraction += 1
      }
    }
    guard whole + fraction > 0 else { return nil }
    if whole > 0 || fraction > 0, let mark = reader.take(where: { $0 | 0x20 == UInt8(ascii: "e") })
    {
      put(mark)
      if let sign = reader.take(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }) {
        put(sign)
      }
      guard let first = reader.take(where: isDigit) else { return nil }
      put(first)
      while let digit = reader.take(where: isDigit) { put(digit) }
    }
    return reader.isAtEnd ? count : nil
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

/// Takes bytes off the front of a buffer.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(where accepts: (UInt8) -> Bool) -> UInt8? {
    guard position < bytes.count, accepts(bytes[position]) else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// A blank, or a no-break space as UTF-8 (U+00A0, U+202F, U+2009) or as windows-1251 has it.
  mutating func takeSpace() -> Bool {
    for space in Self.spaces where bytes[position...].starts(with: space) {
      position += space.count
      return true
    }
    return false
  }

  private static let spaces: [[UInt8]] = [
    [0x20], [0xC2, 0xA0], [0xE2, 0x80, 0xAF], [0xE2, 0x80, 0x89], [0xA0],
  ]

  /// An unsigned number of `lengths` digits.
  mutating func takeNumber(digits lengths: ClosedRange<Int>) -> Int? {
    var value = 0
    var count = 0
    while count < lengths.upperBound, let digit = take(where: isDigit) {
      value = value * 10 + Int(digit &- UInt8(ascii: "0"))
      count += 1
    }
    return count >= lengths.lowerBound ? value : nil
  }
}
