package import Tables

extension Instant {
  /// Reads the time of a message: ISO 8601 text, or a number of seconds or milliseconds since 1970.
  /// - Returns: `nil` for what is no time, or outside the years 0 to 9999.
  package init?(json value: JSONValue) {
    switch value.kind {
    case .string where !value.isEscaped:
      self.init(iso8601: value.bytes)
    case .number:
      guard let number = value.double else { return nil }
      // 1e11 seconds are in the year 5138, 1e11 milliseconds in 1973.
      self.init(seconds: abs(number) >= 1e11 ? number / 1_000 : number)
    default: return nil
    }
  }

  /// Reads 2026-05-31T10:20:30.123Z by place, and anything else that `DateParser` takes by that.
  package init?(iso8601 text: UnsafeRawBufferPointer) {
    if let fast = Self.plain(text) {
      self.init(milliseconds: fast)
      return
    }
    guard let seconds = DateParser.seconds(text, order: .yearFirst) else { return nil }
    self.init(seconds: seconds)
  }

  private static func plain(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard text.count == 24 || text.count == 20, text[text.count - 1] == UInt8(ascii: "Z"),
      text[4] == 0x2D, text[7] == 0x2D, text[10] == UInt8(ascii: "T"), text[13] == 0x3A,
      text[16] == 0x3A, text.count == 20 || text[19] == 0x2E
    else { return nil }
    var isPlain = true
    func number(_ range: Range<Int>) -> Int {
      var value = 0
      for index in range {
        let digit = text[index] &- 0x30
        if digit > 9 { isPlain = false }
        value = value &* 10 &+ Int(digit)
      }
      return value
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    let fraction = text.count == 24 ? number(20..<23) : 0
    guard isPlain, hour < 24, minute < 60, second < 60,
      let days = DateParser.civilDays(year: year, month: month, day: day)
    else { return nil }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    return Int64(seconds * 1_000 + fraction)
  }
}
