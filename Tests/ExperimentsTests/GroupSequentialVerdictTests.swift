import SpecialFunctions
import Testing

@testable import Experiments

/// What becomes of an experiment with a planned end.
struct GroupSequentialVerdictTests {
  private func verdict(
    _ plan: GroupSequentialPlan, _ looks: [(Int, Int)], direction: Double = 1
  ) throws -> Verdict {
    let definition = try purchaseDefinition(design: .groupSequential(plan), baseline: 0.05)
    return try ExperimentJudge(definition).verdict(
      on: Evidence(
        looks: looks.map { conversionLook(units: [5_000, 5_000], conversions: [[$0.0, $0.1]]) }))
  }

  @Test func thePlannedEndWithoutACallStops() throws {
    let plan = try GroupSequentialPlan(looks: 2, plannedUnits: 20_000)
    let running = try verdict(plan, [(250, 275)])
    #expect(running.decision == .proceed)
    #expect(running.answers[0].progress?.outcome == .running)
    for later in 0...2 {
      let looks = [(250, 275), (250, 275)] + Array(repeating: (250, 400), count: later)
      let verdict = try verdict(plan, looks)
      #expect(verdict.decision == .stopNoUsefulEffect)
      #expect(verdict.reason.hasPrefix("the planned end is reached without an effect"))
      #expect(verdict.rule.contains("or the planned end is reached"))
      let progress = try #require(verdict.answers[0].progress)
      #expect(progress.units == 20_000 && progress.lookCount == 2)
      let final = try #require(progress.final)
      #expect(final.pValue > 0.05 && final.lower < 0 && final.upper > 0)
      #expect(final.lower < final.medianUnbiasedEstimate)
    }
  }

  @Test func futilityStopsWhereTheBoundarySaysSo() throws {
    let looks = [(250, 250), (250, 251)]
    let none = try GroupSequentialPlan(looks: 5, plannedUnits: 50_000, isOneSided: true)
    #expect(try verdict(none, looks).decision == .proceed)
    for futility in [GroupSequentialPlan.Futility.nonBinding(.pocock), .binding(.pocock)] {
      let plan = try GroupSequentialPlan(
        futility: futility, looks: 5, plannedUnits: 50_000, isOneSided: true)
      let stopped = try verdict(plan, looks)
      #expect(stopped.decision == .stopNoUsefulEffect)
      #expect(stopped.reason.contains("at or below the futility boundary"))
      #expect(stopped.rule.contains("futility boundary"))
      // A stop that binds is not undone by what comes later, one that does not is.
      let isBinding = if case .binding = futility { true } else { false }
      let later = try verdict(plan, looks + Array(repeating: (250, 340), count: 3))
      #expect(later.decision == (isBinding ? .stopNoUsefulEffect : .ship(variant: "treatment")))
    }
  }

  @Test func anEffectShipsWithWhatHoldsAtTheStop() throws {
    let plan = try GroupSequentialPlan(looks: 3, plannedUnits: 30_000)
    let verdict = try verdict(plan, [(250, 270), (250, 340)])
    #expect(verdict.decision == .ship(variant: "treatment"))
    let final = try #require(verdict.answers[0].progress?.final)
    #expect(final.pValue < 0.05 && final.lower > 0 && final.look == 2)
    // Stopped high: the median-unbiased estimate is below the plain one.
    let plain = try #require(verdict.answers[0].effect?.value)
    #expect(final.medianUnbiasedEstimate < plain)
  }

  @Test func aDesignWithoutAnEndOrWithALevelThatCannotBeSpentIsRefused() throws {
    #expect(throws: DesignError.noPlannedSize(metric: "purchase", setting: "plannedUnits")) {
      try purchaseDefinition(design: .groupSequential(GroupSequentialPlan()), baseline: nil)
    }
    #expect(throws: DesignError.twoSidedFutility) {
      try purchaseDefinition(
        design: .groupSequential(GroupSequentialPlan(futility: .binding(.pocock))))
    }
  }
}

/// The cap of the soonest design, in units of all variants.
struct SoonestCapTests {
  @Test func aCapWithoutABaselineIsRefused() throws {
    #expect(throws: DesignError.noPlannedSize(metric: "purchase", setting: "cap")) {
      try purchaseDefinition(
        design: .soonestExact(SoonestDesign(capUnits: 2_000)), baseline: nil)
    }
  }

  @Test func capsThatNoPolicyHasAreRefused() throws {
    for cap in [1, 10_000_000] {
      #expect(throws: DesignError.self) {
        try purchaseDefinition(design: .soonestExact(SoonestDesign(capUnits: cap)))
      }
    }
  }

  /// A cap of one fixed test of the design's own power and level ends after just so many units.
  @Test(
    arguments: [
      (0.8, nil), (0.9, nil), (0.8, [0.5, 0.3, 0.2]),
    ] as [(Double, [Double]?)])
  func theCapIsReachedAtItsUnits(power: Double, weights: [Double]?) throws {
    let variants = weights == nil ? ["control", "treatment"] : ["control", "a", "b"]
    let definition = try purchaseDefinition(
      design: .soonestExact(SoonestDesign(power: power, capUnits: 20_000)), variants: variants,
      weights: weights)
    let shares = definition.phases[0].probabilities
    for (place, policy) in definition.soonestPolicies().enumerated() {
      let variant = place + 1
      let test = try FixedTest(
        past: MetricPast(share: 0.05), alpha: definition.comparisonAlpha,
        treatmentShare: shares[variant] / (shares[0] + shares[variant]))
      let units = try test.units(effect: 0.01, power: power)
      #expect(isClose(policy.cap, 20_000 * (shares[0] + shares[variant]) / units, relative: 1e-9))
    }
  }

  @Test func aPlanCountsTheStatedCap() throws {
    let request = try PlanRequest(
      past: MetricPast(share: 0.1), effect: 0.02, power: 0.9, capUnits: 8_000, runCount: 2)
    let costs = try ExperimentPlan(request).costs
    let soonest = try #require(costs.first { $0.design == .soonestExact })
    #expect(isClose(try #require(soonest.maximumUnits), 8_000, relative: 0.01))
  }
}
