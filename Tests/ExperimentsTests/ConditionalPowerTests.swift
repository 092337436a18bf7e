import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

struct ConditionalPowerTests {
  private let rule = ConditionalPower(horizonUnits: 40_000, criticalZ: 3)

  @Test func itIsTheTextbooks() {
    // Half of the information seen at z = 1, drift 4 at the end under the minimum effect: B(½) = √½,
    // and Φ((√½ + 4/2 − 3) / √½).
    let error = 0.01
    let effect = 4 * error / 2.0.squareRoot()
    let chance = rule.chance(
      estimate: error, standardError: error, effect: effect, units: 20_000)
    #expect(
      isClose(chance, normalCDF((0.5.squareRoot() + 2 - 3) / 0.5.squareRoot()), relative: 1e-12))
  }

  @Test func itRisesWithTheEstimateAndFallsAsUnitsRunOut() {
    func chance(_ estimate: Double, _ units: Double) -> Double {
      rule.chance(
        estimate: estimate, standardError: 1 / units.squareRoot(), effect: 0.02, units: units)
    }
    #expect(chance(0.01, 10_000) > chance(0, 10_000))
    #expect(chance(0, 10_000) > chance(0, 30_000))
    #expect(chance(0.1, 40_000) == 1 && chance(0, 50_000) == 0)
  }

  private func definition(_ design: StoppingDesign = .unlimitedExact) throws -> ExperimentDefinition
  {
    try ExperimentDefinition(
      key: "cart", unit: "customer",
      goal: Goal(metric: conversionMetric(), minimumEffect: .absolute(0.01), baseline: 0.05),
      design: design, futility: FutilityStop(leastPower: 0.1, units: 24_000),
      phases: [
        Phase(assignment: AssignmentDesign(salt: "cart", variants: ["control", "treatment"]))
      ])
  }

  @Test func whatCannotBeFoundAnyMoreStopsAndSaysWhy() throws {
    // The interval alone goes on.
    let looks = [conversionLook(units: [8_000, 8_000], conversions: [[400, 404]])]
    let plain = try ExperimentJudge(purchaseDefinition()).verdict(on: Evidence(looks: looks))
    #expect(plain.decision == .proceed)
    let stopped = try ExperimentJudge(definition()).verdict(on: Evidence(looks: looks))
    #expect(stopped.decision == .stopNoUsefulEffect)
    #expect(stopped.reason.contains("by 24000 units is under 10.0 %"), "\(stopped.reason)")
    #expect(stopped.rule.contains("or conditional power is under 10.0 %"))
    let early = [conversionLook(units: [4_000, 4_000], conversions: [[200, 204]])]
    #expect(
      try ExperimentJudge(definition()).verdict(on: Evidence(looks: early)).decision == .proceed)
  }

  @Test func designsWithAFutilityOfTheirOwnRefuseIt() throws {
    #expect(throws: DesignError.ownFutility(design: "soonest")) {
      try definition(.soonestExact(SoonestDesign()))
    }
    #expect(throws: DesignError.ownFutility(design: "groupSequential")) {
      try definition(.groupSequential(GroupSequentialPlan()))
    }
  }

  @Test func aDefinitionWithoutItKeepsItsFingerprint() throws {
    let plain = try purchaseDefinition()
    #expect(!plain.settings.contains { $0.name == "futility" })
    #expect(try definition().changes(since: plain.settings).contains("futility"))
  }

  @Test func stoppingCostsFewCallsAndSavesManyUnits() {
    let rule = CurtailedTrial(
      rule: UnlimitedExactTrial(minimumEffect: 0.1, baseline: 0.2), leastPower: 0.1,
      fixedUnits: 586, endUnits: 1_758)
    func summary(_ treatment: Double) -> StoppingSummary {
      let trial = ShareTrial(controlRate: 0.2, treatmentRate: treatment, horizonUnits: 2_930)
      return StoppingSummary(simulateTrials(300, seed: 4) { rule.run(trial, using: &$0) })
    }
    let (same, different) = (summary(0.2), summary(0.3))
    #expect(same.futileShare > 0.9 && same.meanUnits < 3 * 586)
    #expect(same.differenceShare <= 0.05 + 3 * (0.05 * 0.95 / 300).squareRoot())
    #expect(different.betterShare > 0.9)
  }
}
