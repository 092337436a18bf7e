/// An ISO 4217 currency: three capital letters, held in an integer.
public struct Currency: Hashable, Sendable {
  private let packed: UInt32

  /// `nil` for what is not three ASCII letters; small letters count as capitals.
  public init?(_ code: some StringProtocol) {
    let letters = code.utf8.map { $0 & 0xDF }
    guard letters.count == 3, letters.allSatisfy({ (0x41...0x5A).contains($0) }) else {
      return nil
    }
    packed = letters.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// "RUB", "EUR", …
  public var code: String {
    String(decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: packed >> $0) }, as: UTF8.self)
  }

  /// How many decimal digits its minor unit has (ISO 4217, table A.1): 2 for most.
  public var minorDigits: Int { Self.digits[code] ?? 2 }

  private static let digits: [String: Int] = {
    var digits: [String: Int] = [:]
    for code in [
      "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
      "VUV", "XAF", "XOF", "XPF",
    ] { digits[code] = 0 }
    for code in ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"] { digits[code] = 3 }
    return digits
  }()
}

extension Currency: CustomStringConvertible, Encodable {
  public var description: String { code }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(code)
  }
}

/// An amount in the minor units of a currency: 1999 of EUR is 19.99 €.
public struct Money: Hashable, Sendable, Encodable {
  public let minorUnits: Int64
  public let currency: Currency

  public init(minorUnits: Int64, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// "19.99 EUR".
  public var text: String {
    let digits = currency.minorDigits
    var units = String(minorUnits.magnitude)
    units = String(repeating: "0", count: Swift.max(0, digits + 1 - units.count)) + units
    let point = units.index(units.endIndex, offsetBy: -digits)
    let fraction = digits > 0 ? "." + units[point...] : ""
    return "\(minorUnits < 0 ? "-" : "")\(units[..<point])\(fraction) \(currency.code)"
  }

  /// Reads a decimal number such as `-1234.5` or `1.5e3` exactly, without a detour through binary
  /// fractions. What is finer than the minor unit is rounded, halves away from zero.
  /// - Returns: `nil` for what is no number, or too large for 18 digits.
  public static func minorUnits(
    decimal text: UnsafeRawBufferPointer, decimalMark: UInt8 = UInt8(ascii: "."), digits: Int
  ) -> Int64? {
    DecimalReader(text: text, decimalMark: decimalMark).scaled(by: digits)
  }

  public static func minorUnits(
    decimal text: String, decimalMark: Character = ".", digits: Int
  ) -> Int64? {
    var text = text
    let mark = decimalMark.asciiValue ?? UInt8(ascii: ".")
    return text.withUTF8 {
      minorUnits(decimal: UnsafeRawBufferPointer($0), decimalMark: mark, digits: digits)
    }
  }
}

/// A decimal number as digits and an exponent of ten.
private struct DecimalReader {
  let text: UnsafeRawBufferPointer
  let decimalMark: UInt8

  func scaled(by digits: Int) -> Int64? {
    var position = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { position = 1 }
    var value: Int64 = 0
    var digitCount = 0
    var exponent = digits
    var isFraction = false
    // The first digit that is rounded away, to know which way.
    var dropped: UInt8?
    while position < text.count {
      let byte = text[position]
      if byte == decimalMark, !isFraction {
        isFraction = true
      } else if byte >= 0x30, byte <= 0x39 {
        digitCount += 1
        if let longer = Self.appending(byte, to: value), dropped == nil {
          value = longer
          if isFraction { exponent -= 1 }
        } else {
          guard isFraction else { return nil }
          if dropped == nil { dropped = byte }
        }
      } else {
        break
      }
      position += 1
    }
    guard digitCount > 0, let power = exponentPart(from: position) else { return nil }
    guard let magnitude = shifted(value, by: exponent + power, dropped: dropped) else {
      return nil
    }
    return isNegative ? -magnitude : magnitude
  }

  /// `nil` where 64 bits do not hold one digit more.
  private static func appending(_ digit: UInt8, to value: Int64) -> Int64? {
    let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, isTooLarge) = tens.addingReportingOverflow(Int64(digit - 0x30))
    return overflow || isTooLarge ? nil : sum
  }

  /// The number after an `e`; 0 where there is none, `nil` where something else follows.
  private func exponentPart(from start: Int) -> Int? {
    guard start < text.count else { return 0 }
    guard text[start] | 0x20 == UInt8(ascii: "e"), start + 1 < text.count else { return nil }
    let rest = String(decoding: text[(start + 1)...].prefix(5), as: UTF8.self)
    guard start + 6 >= text.count, let power = Int(rest), abs(power) < 1_000 else { return nil }
    return power
  }

  private func shifted(_ value: Int64, by exponent: Int, dropped: UInt8?) -> Int64? {
    var value = value
    if exponent >= 0 {
      for _ in 0..<exponent where value != 0 {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        value = product
      }
      let isRoundedUp = exponent == 0 && (dropped ?? 0) >= UInt8(ascii: "5")
      let (rounded, overflow) = value.addingReportingOverflow(isRoundedUp ? 1 : 0)
      return overflow ? nil : rounded
    }
    guard exponent > -19 else { return 0 }
    for _ in 1..<(-exponent) { value /= 10 }
    return value / 10 + (value % 10 >= 5 ? 1 : 0)
  }
}
