import Testing

@testable import CustomerData

struct TimeRuleTests {
  /// Expected: `datetime(…, tzinfo=ZoneInfo(name)).astimezone(utc)` of Python 3.11, with its fold of 0.
  @Test(arguments: [
    ("Europe/Moscow", "2025-07-01 12:00", "2025-07-01T09:00:00.000Z"),
    // Four hours ahead from 2011 to 2014.
    ("Europe/Moscow", "2012-01-01 12:00", "2012-01-01T08:00:00.000Z"),
    ("Europe/Berlin", "2025-01-15 12:00", "2025-01-15T11:00:00.000Z"),
    ("Europe/Berlin", "2025-07-15 12:00", "2025-07-15T10:00:00.000Z"),
    // Left out: 02:00 to 03:00.
    ("Europe/Berlin", "2025-03-30 01:59", "2025-03-30T00:59:00.000Z"),
    ("Europe/Berlin", "2025-03-30 02:30", "2025-03-30T01:30:00.000Z"),
    ("Europe/Berlin", "2025-03-30 03:00", "2025-03-30T01:00:00.000Z"),
    // Twice: 02:00 to 03:00.
    ("Europe/Berlin", "2025-10-26 02:30", "2025-10-26T00:30:00.000Z"),
    ("Europe/Berlin", "2025-10-26 03:00", "2025-10-26T02:00:00.000Z"),
    ("America/New_York", "2025-11-02 01:30", "2025-11-02T05:30:00.000Z"),
    ("America/New_York", "2025-03-09 02:30", "2025-03-09T07:30:00.000Z"),
    // Half an hour of summer time.
    ("Australia/Lord_Howe", "2025-04-06 01:45", "2025-04-05T14:45:00.000Z"),
    ("Asia/Kolkata", "2025-07-01 00:00", "2025-06-30T18:30:00.000Z"),
  ])
  func clocksOfAPlace(name: String, local: String, expected: String) throws {
    let rule = try #require(TimeRule(place: name))
    let shown = try #require(Instant(local))
    let instant = Instant(seconds: rule.instant(local: Double(shown.milliseconds) / 1_000))
    #expect(instant?.text == expected)
  }

  @Test func noPlaceIsNoRule() {
    #expect(TimeRule(place: "Europe/Atlantis") == nil)
    #expect(TimeRule(place: "") == nil)
  }

  @Test func aDateOfEightDigitsBeginsByTheClocksOfThePlace() throws {
    var mapping = ImportMapping(name: "m", source: "s", record: .orders, columns: [:])
    mapping.timeRule = .offset(seconds: 10_800)
    for text in ["20250301", "2025-03-01", "01.03.2025"] {
      let bytes = Array(text.utf8)
      let instant = bytes.withUnsafeBytes { mapping.instant($0) }
      #expect(instant?.text == "2025-02-28T21:00:00.000Z", "\(text)")
    }
    let stated = Array("2025-03-01T00:00:00Z".utf8)
    #expect(stated.withUnsafeBytes { mapping.instant($0) }?.text == "2025-03-01T00:00:00.000Z")
  }
}
