import SpecialFunctions
import Testing

@testable import Experiments

struct ExperimentAuditTests {
  private func definition(
    _ design: StoppingDesign, kind: MetricDefinition.Kind = .conversion(event: "order"),
    variants: [String] = ["control", "treatment"]
  ) throws -> ExperimentDefinition {
    let metric = try MetricDefinition(name: "order", kind: kind, direction: .increase)
    return try ExperimentDefinition(
      key: "audit", unit: "customer",
      goal: Goal(metric: metric, minimumEffect: .relative(0.2)), design: design,
      phases: [Phase(assignment: AssignmentDesign(salt: "audit", variants: variants))])
  }

  private func conversions(_ count: Int, rate: Double, seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    // Half as many at the end as at the start: audits must stand drift.
    return (0..<count).map {
      generator.nextUniform() < rate * (1 - 0.5 * Double($0) / Double(count)) ? 1 : 0
    }
  }

  @Test(arguments: [
    StoppingDesign.unlimitedExact, .multinomial, .asymptotic(plannedUnits: nil),
  ])
  func designsKeepTheirPromiseOnDriftingData(design: StoppingDesign) throws {
    let audit = try ExperimentAudit(
      definition(design), outcomes: conversions(3000, rate: 0.15, seed: 5), runCount: 150, seed: 9)
    #expect(audit.isAsPromised, "\(audit.rate)")
    #expect(audit.promised == 0.05)
    // A z-test at each of 20 looks calls about a quarter.
    #expect(audit.rateOfPeeking > 0.12)
  }

  @Test func oneSidedDesignsPromiseHalf() throws {
    let soonest = try ExperimentAudit(
      definition(.soonestExact(SoonestDesign())), outcomes: conversions(2000, rate: 0.2, seed: 6),
      runCount: 60)
    #expect(soonest.promised == 0.025)
    #expect(soonest.isAsPromised)
    let plan = try GroupSequentialPlan(looks: 5, plannedUnits: 3000)
    let sequential = try ExperimentAudit(
      definition(.groupSequential(plan)), outcomes: conversions(3000, rate: 0.2, seed: 7),
      lookCount: 10, runCount: 200)
    #expect(sequential.isAsPromised)
  }

  @Test func heavyTailsAndThreeVariantsKeepIt() throws {
    var generator = SplitMix64(seed: 8)
    let revenue = (0..<3000).map { _ in
      generator.nextUniform() < 0.05 ? min(500, 20 / (1 - generator.nextUniform())) : 0
    }
    let audit = try ExperimentAudit(
      definition(
        .unlimitedExact, kind: .mean(event: "order", cap: .bound(500)),
        variants: ["a", "b", "c"]), outcomes: revenue, lookCount: 10, runCount: 40)
    #expect(audit.isAsPromised)
  }

  @Test func theSameSeedGivesTheSameAnswer() throws {
    let outcomes = conversions(600, rate: 0.3, seed: 5)
    let first = try ExperimentAudit(definition(.unlimitedExact), outcomes: outcomes, runCount: 20)
    let second = try ExperimentAudit(definition(.unlimitedExact), outcomes: outcomes, runCount: 20)
    #expect(first == second)
  }

  @Test func dataThatADesignCannotJudgeAreRefused() throws {
    let exact = try definition(.unlimitedExact)
    #expect(throws: DesignError.self) { try ExperimentAudit(exact, outcomes: []) }
    #expect(throws: DesignError.self) {
      try ExperimentAudit(exact, outcomes: [0, 1, 2], lookCount: 1)
    }
    // No conversion: a relative minimum effect has no size.
    #expect(throws: DesignError.self) {
      try ExperimentAudit(exact, outcomes: [0, 0, 0], lookCount: 1)
    }
    #expect(throws: DesignError.self) {
      try ExperimentAudit(exact, outcomes: [0, 1, 0], lookCount: 4)
    }
  }
}
