import Testing

@testable import Plots

struct NumberTextTests {
  @Test(
    arguments: [
      (0, 2, "0.00"), (-0.001, 2, "0.00"), (1234.5, 0, "1234"), (12_345.678, 1, "12,345.7"),
      (-12.3456, 2, "−12.35"), (0.05, 3, "0.050"), (1e16, 2, "1.00e+16"), (.nan, 2, "–"),
      (-.infinity, 0, "–"), (999.9996, 3, "1000.000"), (1_000_000, 0, "1,000,000"),
    ] as [(Double, Int, String)])
  func fixedDecimalsAreGroupedAndNeverMinusNought(value: Double, decimals: Int, text: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == text)
  }

  @Test(
    arguments: [
      (0, 3, "0"), (0.0123456, 3, "0.0123"), (12_345.6, 3, "12,346"), (1.5e-9, 2, "1.5e−9"),
      (-2.5e20, 2, "−2.5e+20"), (3.14159, 3, "3.14"),
    ] as [(Double, Int, String)])
  func significantDigitsAreKept(value: Double, digits: Int, text: String) {
    #expect(NumberText.significant(value, digits: digits) == text)
  }

  @Test(
    arguments: [
      (0.25, 0.25, "0.25"), (1500, 500, "1500"), (20_000, 10_000, "20k"), (0, 10_000, "0"),
      (3_500_000, 500_000, "3.5M"), (2e9, 1e9, "2G"), (-30_000, 10_000, "−30k"), (0.1, 0.1, "0.1"),
    ] as [(Double, Double, String)])
  func ticksAreShort(value: Double, step: Double, text: String) {
    #expect(NumberText.tick(value, step: step) == text)
  }

  @Test func daysAndDatesAreInverse() {
    for day in stride(from: -800_000, through: 800_000, by: 97) {
      #expect(CivilDate(daysSince1970: day).daysSince1970 == day)
    }
    #expect(CivilDate(daysSince1970: 0).text == "1970-01-01")
    #expect(CivilDate(daysSince1970: 20_779).text == "2026-11-22")
    #expect(CivilDate(year: 2024, month: 2, day: 29).daysSince1970 == 19_782)
  }

  @Test func aSparklineHasTheShapeOfItsValues() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([1, 1]) == "▅▅")
    #expect(Sparkline.text([.nan, 0, 1]) == " ▁█")
    #expect(Sparkline.text([]) == "")
    #expect(Sparkline.text((0..<1000).map { Double($0) }, width: 8).count == 8)
    #expect(Sparkline.text([-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude]) == "▁█")
  }
}
