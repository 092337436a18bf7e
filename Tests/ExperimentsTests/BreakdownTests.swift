import SpecialFunctions
import Testing

@testable import Experiments

struct BreakdownTests {
  private func slices(
    _ counts: [(units: Int, control: Int, treatment: Int)]
  ) -> [(slice: Slice, control: MetricTally, treatment: MetricTally)] {
    counts.enumerated().map { index, count in
      (
        Slice(dimension: "channel", level: "level\(index)"),
        MetricTally(units: count.units, conversions: count.control),
        MetricTally(units: count.units, conversions: count.treatment)
      )
    }
  }

  @Test func slicesAreDrawnTowardsTheWhole() {
    let breakdown = Breakdown(
      dimension: "channel",
      slices: slices([(4000, 400, 480), (4000, 400, 420), (4000, 400, 400), (1600, 160, 280)]))
    #expect(breakdown.rows.count == 4)
    for row in breakdown.rows {
      let raw = abs(row.effect - breakdown.meanEffect)
      #expect(abs(row.shrunkenEffect - breakdown.meanEffect) <= raw)
      #expect(row.interval.contains(row.effect))
      #expect(row.interval.upperBound - row.interval.lowerBound > 2 * 1.96 * row.standardError)
    }
    #expect(breakdown.caution.contains("No slice ships"))
  }

  @Test func slicesThatDifferByChanceAloneAreOne() throws {
    let breakdown = Breakdown(
      dimension: "channel", slices: slices([(5000, 500, 600), (5000, 500, 600)]))
    #expect(breakdown.spread == 0)
    #expect(isClose(try #require(breakdown.heterogeneityPValue), 1, absolute: 1e-12))
    #expect(breakdown.inconsistency == 0)
    for row in breakdown.rows {
      #expect(isClose(row.shrunkenEffect, 0.02, absolute: 1e-12))
      // Nothing but the mean is left to be unsure of.
      #expect(
        row.shrunkenInterval.upperBound - row.shrunkenInterval.lowerBound < 4 * row.standardError)
    }
  }

  /// DerSimonian and Laird's example by hand: effects 0 and 0.04 of standard error s each give
  /// Q = (0.04)² / (2 s²); Paule and Mandel's τ² is 0.04² / 2 − s².
  @Test func twoSlicesGiveTheSpreadByHand() throws {
    let breakdown = Breakdown(
      dimension: "channel", slices: slices([(10_000, 1000, 1000), (10_000, 1000, 1400)]))
    let variances = breakdown.rows.map { $0.standardError * $0.standardError }
    let weights = variances.map { 1 / $0 }
    let mean = 0.04 * weights[1] / (weights[0] + weights[1])
    let q = mean * mean * weights[0] + (0.04 - mean) * (0.04 - mean) * weights[1]
    #expect(
      isClose(
        try #require(breakdown.heterogeneityPValue), chiSquaredSurvival(q, degreesOfFreedom: 1),
        relative: 1e-10))
    #expect(isClose(try #require(breakdown.inconsistency), (q - 1) / q, relative: 1e-10))
    // With two slices Q(τ²) = 1 has the solution (difference)² − s₀² − s₁² over 2 in every case.
    let spread = (0.04 * 0.04 - variances[0] - variances[1]) / 2
    #expect(isClose(breakdown.spread * breakdown.spread, spread, relative: 1e-9))
  }

  @Test func smallSlicesAreNamedAndNotJudged() {
    let breakdown = Breakdown(
      dimension: "channel", slices: slices([(4000, 400, 440), (100, 10, 30), (0, 0, 0)]))
    #expect(breakdown.rows.count == 1)
    #expect(breakdown.tooSmall == ["level1": 200, "level2": 0])
    #expect(breakdown.heterogeneityPValue == nil)
    let none = Breakdown(dimension: "channel", slices: [])
    #expect(none.rows.isEmpty)
    #expect(none.spread == 0)
  }

  /// Twelve slices without any effect, looked at ten times: some slice looks good, none is called.
  @Test(arguments: [41 as UInt64])
  func noLuckySliceIsCalled(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var called = 0
    let runs = 150
    for _ in 0..<runs {
      var tallies = [[MetricTally]](
        repeating: [MetricTally(), MetricTally()], count: 12)
      var isCalled = false
      for _ in 0..<10 {
        for slice in 0..<12 {
          for variant in 0..<2 {
            var conversions = 0
            for _ in 0..<120 where generator.nextUniform() < 0.2 { conversions += 1 }
            tallies[slice][variant] += MetricTally(units: 120, conversions: conversions)
          }
        }
        let breakdown = Breakdown(
          dimension: "channel",
          slices: tallies.enumerated().map {
            (Slice(dimension: "channel", level: "\($0.offset)"), $0.element[0], $0.element[1])
          }, plannedUnits: 2400)
        isCalled = isCalled || breakdown.rows.contains { $0.adjustedPValue < 0.05 }
      }
      called += isCalled ? 1 : 0
    }
    // Three standard errors of 150 runs.
    #expect(Double(called) / Double(runs) <= 0.05 + 3 * (0.05 * 0.95 / Double(runs)).squareRoot())
  }
}
