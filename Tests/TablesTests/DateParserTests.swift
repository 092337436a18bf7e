import Foundation
import SpecialFunctions
import Testing

@testable import Tables

struct DateParserTests {
  private func seconds(_ text: String, _ order: DateOrder = .yearFirst) -> Double? {
    UnsafeRawBufferPointer.with(text) { DateParser.seconds($0, order: order) }
  }

  private var calendar: Calendar {
    get throws {
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
      return calendar
    }
  }

  @Test func everyDayOfTwoCenturiesIsFoundations() throws {
    let calendar = try calendar
    let first = Date(timeIntervalSince1970: -86_400.0 * 365 * 71)
    for day in stride(from: 0, to: 73_000, by: 7) {
      let date = first.addingTimeInterval(Double(day) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
      let year = try #require(parts.year)
      let month = try #require(parts.month)
      let dayOfMonth = try #require(parts.day)
      let weekday = try #require(parts.weekday)
      let expected = date.timeIntervalSince1970
      #expect(seconds("\(year)-\(month)-\(dayOfMonth)") == expected)
      #expect(seconds("\(dayOfMonth).\(month).\(year)", .dayFirst) == expected)
      #expect(seconds("\(month)/\(dayOfMonth)/\(year)", .monthFirst) == expected)
      for offset in [0.0, 86_399.5] {
        let found = DateParts(seconds: expected + offset)
        #expect(found.month == month)
        // Foundation counts from Sunday as 1.
        #expect(found.weekday == (weekday + 5) % 7 + 1)
      }
    }
  }

  @Test func leapDaysAreThoseOfTheCalendar() {
    for (year, isLeap) in [(2000, true), (1900, false), (2024, true), (2023, false), (2100, false)]
    {
      #expect((seconds("\(year)-02-29") != nil) == isLeap)
      #expect(seconds("\(year)-02-28") != nil)
    }
  }

  @Test func daysThatDoNotExistAreUnreadable() {
    let texts = [
      "2024-00-10", "2024-13-01", "2024-01-00", "2024-01-32", "2024-04-31", "2024-02-30",
      "24-01-01",
      "2024-1", "2024", "", "2024-01/02", "2024-01-02x", "2024-01-02T", "2024--01-02", "20240102",
      "2024-01-002",
    ]
    for text in texts { #expect(seconds(text) == nil, "\(text)") }
    #expect(seconds("31.13.2024", .dayFirst) == nil)
    #expect(seconds("13/31/2024", .monthFirst) == nil)
    #expect(seconds("31.12.24", .dayFirst) == nil)
  }

  @Test func timesAndZonesAreRead() {
    let midnight = 1_704_067_200.0  // 2024-01-01T00:00:00Z
    let forms: [(text: String, seconds: Double)] = [
      ("2024-01-01", 0), ("2024-01-01T00:00:00Z", 0), ("2024-01-01 1:02", 3_720),
      ("2024-01-01 01:02:03", 3_723), ("2024-01-01T23:59:60Z", 86_400),
      ("2024-01-01T01:02:03.5", 3_723.5), ("2024-01-01T01:02:03,25Z", 3_723.25),
      ("2024-01-01 01:02:03 UTC", 3_723), ("2024-01-01T03:00:00+03:00", 0),
      ("2024-01-01T03:00:00+0330", -1_800), ("2024-01-01T03:00+03", 0),
      ("2024-01-01T00:00:00-05:30", 19_800), ("2024-01-01 03:00:00 +0300", 0),
      ("2024/01/01 00:00", 0), ("2024.01.01 00:00", 0),
    ]
    for form in forms { #expect(seconds(form.text) == midnight + form.seconds, "\(form.text)") }
    #expect(seconds("01.02.2024 03:04", .dayFirst) == midnight + 31 * 86_400 + 11_040)
  }

  @Test func timesThatDoNotExistAreUnreadable() {
    let texts = [
      "2024-01-01T24:00:00", "2024-01-01T10:60", "2024-01-01T10:5", "2024-01-01T10",
      "2024-01-01T10:00:61", "2024-01-01T10:00:00+19:00", "2024-01-01T10:00:00+03:60",
      "2024-01-01T10:00:00 MSK", "2024-01-01T10:00:00Zx", "2024-01-01T10:00:00 ",
      "2024-01-01  10:00",
    ]
    for text in texts { #expect(seconds(text) == nil, "\(text)") }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func instantsAreFoundations(seed: UInt64) throws {
    let formatter = ISO8601DateFormatter()
    var rng = SplitMix64(seed: seed)
    for _ in 0..<100 {
      let instant = Double(rng.nextIndex(below: 4_000_000_000) - 2_000_000_000)
      let date = Date(timeIntervalSince1970: instant)
      formatter.timeZone = TimeZone(secondsFromGMT: (rng.nextIndex(below: 48) - 24) * 1_800)
      let text = formatter.string(from: date)
      #expect(seconds(text) == instant, "\(text)")
    }
  }
}
