/// Reads instants as event logs write them: dates with times, or a count of seconds, milliseconds or
/// microseconds since 1970, told apart by their number of digits (10, 13, 16).
enum InstantParser {
  /// - Returns: seconds since 1970-01-01T00:00:00Z, `nil` for what is no instant.
  static func seconds(_ text: UnsafeRawBufferPointer, order: DateOrder) -> Double? {
    if order == .yearFirst, let seconds = commonSeconds(text) { return seconds }
    return countedSeconds(text) ?? DateParser.seconds(text, order: order)
  }

  /// Reads 2026-03-01T12:34:56, perhaps with a blank for the T, milliseconds and a Z: the form of all but
  /// a few logs, without a look at what else it could be.
  @inline(__always)
  private static func commonSeconds(_ text: UnsafeRawBufferPointer) -> Double? {
    guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let century = twoDigits(text, 0), let year = twoDigits(text, 2),
      let month = twoDigits(text, 5), let day = twoDigits(text, 8),
      let hour = twoDigits(text, 11), hour < 24, let minute = twoDigits(text, 14), minute < 60,
      let second = twoDigits(text, 17), second <= 60,
      let days = DateParser.civilDays(year: century * 100 + year, month: month, day: day)
    else { return nil }
    var end = 19
    var thousandths = 0
    if text.count >= 23, text[19] == UInt8(ascii: "."), let high = twoDigits(text, 20) {
      let low = text[22] &- UInt8(ascii: "0")
      guard low <= 9 else { return nil }
      thousandths = high * 10 + Int(low)
      end = 23
    }
    if end < text.count, text[end] == UInt8(ascii: "Z") { end += 1 }
    guard end == text.count else { return nil }
    let whole = days * 86_400 + hour * 3_600 + minute * 60 + second
    return Double(whole * 1_000 + thousandths) / 1_000
  }

  @inline(__always)
  private static func twoDigits(_ text: UnsafeRawBufferPointer, _ place: Int) -> Int? {
    let tens = text[place] &- UInt8(ascii: "0")
    let ones = text[place + 1] &- UInt8(ascii: "0")
    guard tens <= 9, ones <= 9 else { return nil }
    return Int(tens) * 10 + Int(ones)
  }

  private static func countedSeconds(_ text: UnsafeRawBufferPointer) -> Double? {
    guard text.count <= 16, text.allSatisfy(isDigit) else { return nil }
    let count = text.reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
    switch text.count {
    case 10: return Double(count)
    case 13: return Double(count) / 1e3
    case 16: return Double(count) / 1e6
    default: return nil
    }
  }
}
