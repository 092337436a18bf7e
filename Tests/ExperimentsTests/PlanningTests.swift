import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

struct PlanningTests {
  private struct Fixture: Decodable {
    struct Share: Decodable {
      struct Reached: Decodable {
        let units: Double
        let power: Double
      }
      let control: Double
      let treatment: Double
      let alpha: Double
      let power: Double
      let unitsPerVariant: Double
      let powers: [Reached]
    }
    struct Mean: Decodable {
      let effect: Double
      let deviation: Double
      let ratio: Double
      let alpha: Double
      let power: Double
      let controlUnits: Double
    }
    let shares: [Share]
    let means: [Mean]

    static func load() throws -> Fixture {
      let url = Bundle.module.bundleURL.appending(path: "Fixtures/power.json")
      return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
  }

  @Test func sizesAndPowerOfSharesAreStatsmodels() throws {
    for expected in try Fixture.load().shares {
      let test = try FixedTest(past: MetricPast(share: expected.control), alpha: expected.alpha)
      let effect = expected.treatment - expected.control
      let units = try test.units(effect: effect, power: expected.power)
      // Both evaluate one formula; the quantiles differ in the last digits.
      #expect(isClose(units / 2, expected.unitsPerVariant, relative: 1e-9))
      for reached in expected.powers {
        let power = try test.power(effect: effect, units: reached.units)
        #expect(isClose(power, reached.power, absolute: 1e-9))
      }
      let least = try #require(
        test.minimumEffect(units: units, power: expected.power, sign: effect < 0 ? -1 : 1))
      #expect(isClose(least, effect, relative: 1e-9))
    }
  }

  @Test func sizesOfMeansAreStatsmodels() throws {
    for expected in try Fixture.load().means {
      let test = try FixedTest(
        past: MetricPast(mean: 10, standardDeviation: expected.deviation), alpha: expected.alpha,
        treatmentShare: expected.ratio / (1 + expected.ratio))
      let units = try test.units(effect: expected.effect, power: expected.power)
      // statsmodels counts the far tail too, which is 5e-6 of the power at most.
      #expect(isClose(units / (1 + expected.ratio), expected.controlUnits, relative: 1e-5))
    }
  }

  @Test func thePlannedSizesAreTheKnownOnes() throws {
    for (control, effect, size) in [(0.05, 0.01, 8155.0), (0.10, 0.01, 14_749)] {
      let plan = try plan(past: MetricPast(share: control), effect: effect, runCount: 1)
      // Rounded up to whole units of each variant; the published figures are rounded to the nearest.
      #expect(plan.unitsPerVariant.allSatisfy { abs($0 - size) <= 2 })
    }
  }

  private func plan(
    past: MetricPast, effect: Double, shares: [Double] = [0.5, 0.5], unitsPerDay: Double? = nil,
    runCount: Int = 40
  ) throws -> ExperimentPlan {
    try ExperimentPlan(
      PlanRequest(
        past: past, effect: effect, shares: shares, unitsPerDay: unitsPerDay, windowDays: 7,
        runCount: runCount))
  }

  @Test func aForecastSavesItsShareOfTheUnits() throws {
    let plain = try plan(past: MetricPast(mean: 10, standardDeviation: 30), effect: 1, runCount: 1)
    let adjusted = try plan(
      past: MetricPast(mean: 10, standardDeviation: 30, correlation: 0.7), effect: 1, runCount: 1)
    #expect(isClose(adjusted.fixedUnits, plain.fixedUnits * 0.51, relative: 1e-12))
    #expect(isClose(adjusted.fixedUnitsUnadjusted, plain.fixedUnits, relative: 1e-12))
  }

  @Test func daysAreFullWeeksAndTheWindow() throws {
    let plan = try plan(past: MetricPast(share: 0.05), effect: 0.01, unitsPerDay: 1000, runCount: 1)
    // 16,310 units take 16.3 days, three weeks; the last conversions another.
    #expect(plan.request.days(units: plan.fixedUnits) == 28)
    #expect(plan.request.days(units: 1) == 14)
    #expect(!plan.isBeyond90Days)
  }

  @Test func tooLittleTrafficIsSaidAndWhatItWouldFind() throws {
    let plan = try plan(past: MetricPast(share: 0.05), effect: 0.01, unitsPerDay: 100, runCount: 1)
    #expect(plan.isBeyond90Days)
    let least = try #require(plan.minimumEffectIn90Days)
    let units = try FixedTest(past: MetricPast(share: 0.05)).units(effect: least, power: 0.8)
    #expect(isClose(units, 8300, relative: 1e-9))
  }

  @Test func threeVariantsTakeMoreThanTwo() throws {
    let two = try plan(past: MetricPast(share: 0.1), effect: 0.02, runCount: 1)
    let three = try plan(
      past: MetricPast(share: 0.1), effect: 0.02, shares: [0.4, 0.3, 0.3], runCount: 1)
    #expect(three.fixedUnits > 1.5 * two.fixedUnits)
    #expect(three.unitsPerVariant.count == 3)
  }

  @Test func everyDesignCostsWhatItsTheorySays() throws {
    let plan = try plan(past: MetricPast(share: 0.2), effect: 0.06)
    let costs = Dictionary(uniqueKeysWithValues: plan.costs.map { ($0.design, $0) })
    #expect(costs.count == DesignCost.Design.allCases.count)
    let fixed = try #require(costs[.fixed])
    let sequential = try #require(costs[.groupSequential])
    #expect(sequential.meanUnits < fixed.meanUnits)
    #expect(try #require(sequential.maximumUnits) > fixed.meanUnits)
    #expect(isClose(sequential.power, 0.8, absolute: 1e-9))
    #expect(isClose(sequential.falseCalls, 0.05, absolute: 1e-9))
    let soonest = try #require(costs[.soonestExact])
    #expect(soonest.meanUnits < fixed.meanUnits)
    #expect(try #require(costs[.unlimitedExact]).meanUnitsWithoutEffect == nil)
    for cost in plan.costs {
      // Power rises with the effect; simulated ones have forty runs of their own for each.
      #expect(cost.powers.count == PlanCurve.multiples.count)
      #expect(cost.powers[0] <= 0.2 && cost.powers[PlanCurve.multiples.count - 1] >= 0.9)
    }
  }

  @Test func aDecreaseIsPlannedAsAnIncreaseOfTheRest() throws {
    let down = try plan(past: MetricPast(share: 0.2), effect: -0.06, runCount: 10)
    let up = try plan(past: MetricPast(share: 0.8), effect: 0.06, runCount: 10)
    #expect(isClose(down.fixedUnits, up.fixedUnits, relative: 1e-12))
    #expect(down.costs.map(\.power) == up.costs.map(\.power))
  }

  @Test func thePastOfATallyIsItsMeanSpreadAndBestCovariate() throws {
    var generator = SplitMix64(seed: 3)
    var tally = MetricTally(dimension: 3)
    for _ in 0..<5000 {
      let before = generator.nextStandardNormal()
      let noise = generator.nextStandardNormal()
      tally.add([20 + 4 * before + 3 * noise, generator.nextUniform(), before])
    }
    let metric = try MetricDefinition(
      name: "revenue", kind: .mean(event: "order", cap: .none), direction: .increase)
    let past = try MetricPast(metric, past: tally, covariateCount: 2)
    // Four standard errors at 5,000 units.
    #expect(isClose(past.mean, 20, absolute: 4 * 5 / 5000.0.squareRoot()))
    #expect(isClose(past.correlation, 0.8, absolute: 4 * 0.36 / 5000.0.squareRoot()))
    #expect(isClose(past.variance(atMean: 20), 25, relative: 4 * (2 / 5000.0).squareRoot()))
  }

  @Test func aRatioIsPlannedByItsLinearisedOutcome() throws {
    var generator = SplitMix64(seed: 4)
    var tally = MetricTally(dimension: 2)
    for _ in 0..<4000 {
      let messages = Double(1 + generator.nextIndex(below: 9))
      var opens = 0.0
      for _ in 0..<Int(messages) where generator.nextUniform() < 0.3 { opens += 1 }
      tally.add([opens, messages])
    }
    let metric = try MetricDefinition(
      name: "open rate",
      kind: .ratio(
        numerator: .init(event: "open", quantity: .count),
        denominator: .init(event: "send", quantity: .count)), direction: .increase)
    let past = try MetricPast(metric, past: tally)
    #expect(isClose(past.mean, 0.3, absolute: 0.015))
    // Var(M − R D) = mean(D) R (1 − R), over mean(D)², with a mean of 5.
    #expect(isClose(past.variance(atMean: 0.3), 0.21 / 5, relative: 0.1))
  }

  @Test func whatCannotBePlannedIsRefused() throws {
    let share = try MetricPast(share: 0.99)
    #expect(throws: DesignError.self) { try plan(past: share, effect: 0.02) }
    #expect(throws: DesignError.self) { try plan(past: share, effect: 0) }
    #expect(throws: DesignError.effectTooSmall(1e-12)) { try plan(past: share, effect: 1e-12) }
    #expect(throws: DesignError.self) { try MetricPast(share: 0) }
    #expect(throws: DesignError.self) { try MetricPast(mean: .nan, standardDeviation: 1) }
    #expect(throws: DesignError.self) { try MetricPast(mean: 1, standardDeviation: 0) }
    #expect(throws: DesignError.tooFewVariants(count: 1)) {
      try PlanRequest(past: share, effect: 0.001, shares: [1])
    }
    #expect(FixedTest.noEffectIsLargeEnough)
  }

  @Test(arguments: [DesignSimulation.Rule.unlimitedExact, .asymptotic(plannedUnits: 2000)])
  func falseCallsStayUnderTheLevel(rule: DesignSimulation.Rule) throws {
    let simulation = try DesignSimulation(
      baseline: 0.2, plannedEffect: 0.05, horizonUnits: 6000)
    let summary = try simulation.summary(rule, effectMultiple: 0, runCount: 300, seed: 11)
    // Three standard errors of 300 runs at 0.05.
    #expect(summary.differenceShare <= 0.05 + 3 * (0.05 * 0.95 / 300).squareRoot())
  }

  @Test func peekingCallsFarMoreThanItsLevel() throws {
    let simulation = try DesignSimulation(
      baseline: 0.2, plannedEffect: 0.05, horizonUnits: 4000)
    let summary = try simulation.summary(
      .peeking(looks: 20, plannedUnits: 4000), effectMultiple: 0, runCount: 400, seed: 12)
    // 0.25 is what is known of 20 looks.
    #expect(summary.differenceShare > 0.15 && summary.differenceShare < 0.35)
  }
}

extension FixedTest {
  /// One unit finds no effect of a share with power 0.8.
  fileprivate static var noEffectIsLargeEnough: Bool {
    guard let past = try? MetricPast(share: 0.99), let test = try? FixedTest(past: past) else {
      return false
    }
    return test.minimumEffect(units: 2, power: 0.8) == nil
  }
}
