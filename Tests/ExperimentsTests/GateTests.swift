import Testing

@testable import Experiments

struct GateTests {
  private func isOpen(_ units: (Int, Int), _ conversions: (Int, Int)) -> Bool {
    Gate.standard.isOpen(
      MetricTally(units: units.0, conversions: conversions.0),
      MetricTally(units: units.1, conversions: conversions.1))
  }

  @Test func aHundredAndFiftyInEachVariantAreEnough() {
    #expect(isOpen((9_000, 1_000), (400, 150)))
    #expect(!isOpen((9_000, 1_000), (400, 149)))
    #expect(!isOpen((400, 400), (150, 150)))
  }

  @Test func anEvenSplitMayHaveThemUnevenly() {
    // Hillstrom's spend: 122 buyers without e-mail, 267 and 189 with one.
    #expect(isOpen((21_306, 21_307), (122, 267)) && isOpen((21_306, 21_387), (122, 189)))
    #expect(!isOpen((21_306, 21_307), (99, 267)))
    #expect(!isOpen((21_306, 21_307), (122, 177)))
    #expect(!isOpen((15_001, 10_000), (122, 267)))
  }
}
