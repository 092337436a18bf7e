import Testing

@testable import Tables

struct InstantParserTests {
  private func seconds(_ text: String, _ order: DateOrder = .yearFirst) -> Double? {
    UnsafeRawBufferPointer.with(text) { InstantParser.seconds($0, order: order) }
  }

  @Test(arguments: [
    ("2026-03-01T09:12:44Z", 1_772_356_364.0), ("2026-03-01 09:12:44", 1_772_356_364),
    ("2026-03-01T09:12:44.250Z", 1_772_356_364.25), ("2026-03-01", 1_772_323_200),
    ("1772356364", 1_772_356_364), ("1772356364250", 1_772_356_364.25),
    ("1772356364250000", 1_772_356_364.25), ("2026-03-01T12:12:44+03:00", 1_772_356_364),
  ])
  func instantsAreReadAsLogsWriteThem(text: String, expected: Double) {
    #expect(seconds(text) == expected)
  }

  @Test(arguments: [
    "", "soon", "2026-02-30T00:00:00Z", "2026-03-01T24:00:00", "2026-03-01T09:60:00", "20260301123",
    "2026-03-01T09:12:44.2x0Z", "17723563641", "-1772356364",
  ])
  func whatIsNoInstantIsNone(text: String) { #expect(seconds(text) == nil) }

  @Test func theOrderOfDayAndMonthIsTheColumns() {
    #expect(seconds("05.03.2026 10:00:00", .dayFirst) == seconds("2026-03-05T10:00:00"))
    #expect(seconds("03/05/2026 10:00:00", .monthFirst) == seconds("2026-03-05T10:00:00"))
  }

  @Test func theShortWayAndTheLongWayAgree() {
    for second in stride(from: 1_700_000_000, to: 1_900_000_000, by: 7_654_321) {
      let day = DateParts(seconds: Double(second / 86_400 * 86_400))
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let time = second % 86_400
      let text =
        "\(day.year)-\(two(day.month))-\(two(day.day))T\(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60))"
      #expect(seconds(text) == Double(second))
      #expect(
        UnsafeRawBufferPointer.with(text) { DateParser.seconds($0, order: .yearFirst) }
          == Double(second))
    }
  }
}
