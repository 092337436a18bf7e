import Testing

@testable import Plots

struct TicksTests {
  @Test(
    arguments: [
      (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (3, 97, ["0", "20", "40", "60", "80", "100"]),
      (-0.03, 0.07, ["−0.04", "−0.02", "0.00", "0.02", "0.04", "0.06", "0.08"]),
      (0, 42_000, ["0", "10k", "20k", "30k", "40k", "50k"]),
    ] as [(Double, Double, [String])])
  func linearTicksAreRound(low: Double, high: Double, texts: [String]) {
    let ticks = Ticks(Axis("x"), data: low...high, count: 5)
    #expect(ticks.marks.map(\.text) == texts)
    #expect(ticks.range.lowerBound <= low && ticks.range.upperBound >= high)
  }

  @Test func sharesAndTheirDifferencesAreInPerCent() {
    let shares = Ticks(Axis("x", format: .percent, range: 0...1), data: 0...1, count: 4)
    #expect(shares.marks.map(\.text) == ["0 %", "25 %", "50 %", "75 %", "100 %"])
    let points = Ticks(Axis("x", format: .percentagePoints), data: -0.01...0.01, count: 4)
    #expect(points.marks.map(\.text) == ["−1.0", "−0.5", "0.0", "+0.5", "+1.0"])
  }

  @Test func timeTicksAreMidnightsAndFirstDaysOfMonths() {
    let day = 86_400.0
    let start = Double(CivilDate(year: 2026, month: 5, day: 28).daysSince1970) * day + 3600
    let axis = Axis("day", scale: .time)
    let week = Ticks(axis, data: start...(start + 6 * day), count: 6)
    #expect(week.marks.first?.text == "2026-05-29")
    #expect(week.marks.count == 6)
    let year = Ticks(axis, data: start...(start + 365 * day), count: 5)
    #expect(year.marks.map(\.text) == ["2026-07", "2026-10", "2027-01", "2027-04"])
    let instant = Ticks(axis, data: start...start, count: 5)
    #expect(instant.marks.map(\.text) == ["2026-05-28"])
  }

  @Test func logarithmicTicksArePowersOfTen() {
    let ticks = Ticks(Axis("x", scale: .logarithmic), data: 0.02...30_000, count: 10)
    #expect(ticks.marks.map(\.text) == ["0.01", "0.1", "1", "10", "100", "1000", "10k", "100k"])
  }

  /// Every axis that data can ask for has marks, finite ends and a length.
  @Test(
    arguments: [
      (0.0, 0.0), (1e300, 1e300), (-1e308, 1e308), (1e-300, 2e-300), (1e15, 1e15 + 2), (-3, -3),
      (0, .leastNonzeroMagnitude),
    ] as [(Double, Double)])
  func noDataIsTooOdd(low: Double, high: Double) {
    let ticks = Ticks(Axis("x"), data: low...high, count: 5)
    #expect(ticks.range.lowerBound.isFinite && ticks.range.upperBound.isFinite)
    #expect(ticks.range.lowerBound < ticks.range.upperBound)
    #expect(ticks.marks.allSatisfy { $0.value.isFinite && !$0.text.contains("–") })
  }
}
