/// Reads dates and date-times as exports write them.
///
/// A cell is read a few million times, so the one arithmetic of the proleptic Gregorian calendar is
/// done here; a time without a zone is UTC.
package enum DateParser {
  /// - Returns: seconds since 1970-01-01T00:00:00Z, or `nil` for what is not a date in this order.
  package static func seconds(_ text: UnsafeRawBufferPointer, order: DateOrder) -> Double? {
    var reader = ByteReader(text)
    guard let days = days(&reader, order: order) else { return nil }
    if reader.isAtEnd { return Double(days) * 86_400 }
    guard reader.take(where: { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: " ") }) != nil,
      let time = timeOfDay(&reader), reader.isAtEnd
    else { return nil }
    return Double(days) * 86_400 + time
  }

  private static func days(_ reader: inout ByteReader, order: DateOrder) -> Int? {
    let isYearFirst = order == .yearFirst
    guard let first = reader.takeNumber(digits: isYearFirst ? 4...4 : 1...2),
      let mark = reader.take(where: { "-/.".utf8.contains($0) }),
      let second = reader.takeNumber(digits: 1...2),
      reader.take(where: { $0 == mark }) != nil,
      let third = reader.takeNumber(digits: isYearFirst ? 1...2 : 4...4)
    else { return nil }
    return switch order {
    case .yearFirst: civilDays(year: first, month: second, day: third)
    case .dayFirst: civilDays(year: third, month: second, day: first)
    case .monthFirst: civilDays(year: third, month: first, day: second)
    }
  }

  /// Hours and minutes, then perhaps seconds with a fraction and a zone.
  private static func timeOfDay(_ reader: inout ByteReader) -> Double? {
    guard let hours = reader.takeNumber(digits: 1...2), hours < 24,
      reader.take(where: { $0 == UInt8(ascii: ":") }) != nil,
      let minutes = reader.takeNumber(digits: 2...2), minutes < 60
    else { return nil }
    var seconds = Double(hours * 3_600 + minutes * 60)
    if reader.take(where: { $0 == UInt8(ascii: ":") }) != nil {
      // A leap second counts as the first second after it.
      guard let whole = reader.takeNumber(digits: 2...2), whole <= 60 else { return nil }
      seconds += Double(whole)
      if reader.take(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",") }) != nil {
        var scale = 0.1
        while let digit = reader.take(where: isDigit) {
          seconds += Double(digit &- UInt8(ascii: "0")) * scale
          scale /= 10
        }
      }
    }
    guard let offset = zoneOffset(&reader) else { return nil }
    return seconds - offset
  }

  /// `Z`, ` UTC`, `+03:00`, `+0300`, ` +0300` or `+03`, in seconds; 0 where there is none.
  private static func zoneOffset(_ reader: inout ByteReader) -> Double? {
    if reader.take(where: { $0 == UInt8(ascii: "Z") }) != nil { return 0 }
    let isApart = reader.take(where: { $0 == UInt8(ascii: " ") }) != nil
    let isSign: (UInt8) -> Bool = { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    guard let sign = reader.take(where: isSign) else {
      guard isApart else { return 0 }
      for letter in "UTC".utf8 where reader.take(where: { $0 == letter }) == nil { return nil }
      return 0
    }
    guard let hours = reader.takeNumber(digits: 2...2), hours <= 18 else { return nil }
    var minutes = 0
    if !reader.isAtEnd {
      _ = reader.take(where: { $0 == UInt8(ascii: ":") })
      guard let given = reader.takeNumber(digits: 2...2), given < 60 else { return nil }
      minutes = given
    }
    let seconds = Double(hours * 3_600 + minutes * 60)
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }

  /// Days from 1970-01-01, `nil` for a day the calendar does not have.
  ///
  /// Counts from 1 March, so that the leap day is the last of its year; an era is 400 years of
  /// 146 097 days.
  package static func civilDays(year: Int, month: Int, day: Int) -> Int? {
    guard (1...12).contains(month), day >= 1, day <= daysInMonth(month, year: year) else {
      return nil
    }
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func daysInMonth(_ month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// The parts of an instant that may matter to a customer's behaviour, in UTC.
package struct DateParts: Hashable, Sendable {
  package let year: Int
  /// 1 … 12.
  package let month: Int
  /// 1 … 31.
  package let day: Int
  /// 1 (Monday) … 7.
  package let weekday: Int

  /// - Parameter seconds: since 1970-01-01T00:00:00Z; not a missing date.
  package init(seconds: Double) {
    precondition(abs(seconds) < 1e15, "\(seconds) seconds since 1970 are no date")
    let days = Int((seconds / 86_400).rounded(.down))
    // 1970-01-01 was a Thursday.
    weekday = ((days + 3) % 7 + 7) % 7 + 1
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

/// The day of `seconds` since 1970 in UTC, as 2026-05-31.
package func dayText(_ seconds: Double) -> String {
  let parts = DateParts(seconds: seconds)
  func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(parts.year)-\(twoDigits(parts.month))-\(twoDigits(parts.day))"
}
