internal import SpecialFunctions

extension UInt8 {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let comma = UInt8(ascii: ",")
  static let quote = UInt8(ascii: "\"")
  static let space = UInt8(ascii: " ")
}

/// CSV fields by RFC 4180, each with the comma before it.
extension [UInt8] {
  static let hexDigits = Array("0123456789abcdef".utf8)

  mutating func appendField(_ field: [UInt8], isFirst: Bool = false) {
    if !isFirst { append(.comma) }
    let isSpecial = field.contains {
      $0 == .comma || $0 == .quote || $0 == .lineFeed || $0 == .carriageReturn
    }
    guard isSpecial else { return append(contentsOf: field) }
    append(.quote)
    for byte in field {
      if byte == .quote { append(.quote) }
      append(byte)
    }
    append(.quote)
  }

  /// A level as somebody typed it, now and then with a space before or after it; `nil` is empty.
  mutating func appendCategory(
    _ level: [UInt8]?, using generator: inout some RandomNumberGenerator
  ) {
    guard let level else { return append(.comma) }
    guard generator.nextChance(LeadPopulation.Dirt.straySpace) else { return appendField(level) }
    appendField(generator.nextChance(0.5) ? [.space] + level : level + [.space])
  }

  /// A number, or `nil` as an empty field or NA.
  mutating func appendNumber(_ number: Int?, using generator: inout some RandomNumberGenerator) {
    append(.comma)
    if let number {
      append(contentsOf: String(number).utf8)
    } else if generator.nextChance(LeadPopulation.Dirt.writtenAsNA) {
      append(contentsOf: "NA".utf8)
    }
  }

  /// `value` / 10^`digits`, with all its decimals.
  mutating func appendDecimal(_ value: Int, digits: Int) {
    let text = String(value).utf8
    let padded = [UInt8](repeating: UInt8(ascii: "0"), count: Swift.max(0, digits + 1 - text.count))
    let all = padded + text
    append(contentsOf: all.dropLast(digits))
    append(UInt8(ascii: "."))
    append(contentsOf: all.suffix(digits))
  }

  /// As 2025-03-14. Method: Hinnant (2013), "chrono-compatible low-level date algorithms",
  /// civil_from_days, for days from 1970 on.
  mutating func appendDate(daysFrom1970 days: Int) {
    let shifted = days + 719_468  // from 0000-03-01
    let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    append(contentsOf: String(year).utf8)
    for part in [month, day] {
      append(UInt8(ascii: "-"))
      if part < 10 { append(UInt8(ascii: "0")) }
      append(contentsOf: String(part).utf8)
    }
  }
}
