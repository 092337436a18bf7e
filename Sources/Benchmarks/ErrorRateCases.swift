import Experiments
import Glibc
import SpecialFunctions

/// One row of the tables of docs/experiments.md; sizes are in fixed tests of the planned effect.
struct TrialRow: Encodable {
  let table: String
  let rule: String
  let name: String
  let trials: Int
  let better: Double
  let worse: Double
  let futile: Double
  let mean: Double
  let ninety: Double
  let unitsPerSecond: Double
}

/// A rate, the effect planned for, and the fixed two-sided test's size at 80 % power.
private struct Planned {
  let rate: Double
  let effect: Double
  let units: Double

  init(_ rate: Double, _ effect: Double) throws {
    self.rate = rate
    self.effect = effect
    units = try FixedTest(past: MetricPast(share: rate)).units(effect: effect, power: 0.8)
  }

  var name: String { "\(percent(rate)) → \(percent(rate + effect))" }

  func trial(_ multiple: Double, horizon: Double, share: Double = 0.5) -> ShareTrial {
    ShareTrial(
      controlRate: rate, treatmentRate: rate + multiple * effect, treatmentShare: share,
      horizonUnits: Int(horizon * units))
  }

  var unlimited: UnlimitedExactTrial {
    UnlimitedExactTrial(minimumEffect: effect, baseline: rate)
  }

  func soonest(_ policy: SoonestPolicy) -> SoonestExactTrial {
    SoonestExactTrial(policy: policy, minimumEffect: effect, baseline: rate)
  }
}

private func percent(_ share: Double) -> String {
  "\((share * 10_000).rounded() / 100) %"
}

private func printRow(
  _ table: String, _ rule: String, _ name: String, trials: Int, units: Double,
  _ run: (inout SplitMix64) -> TrialOutcome
) throws {
  var outcomes: [TrialOutcome] = []
  let start = processorSeconds
  outcomes = simulateTrials(trials, seed: 20_240_607, run)
  let seconds = processorSeconds - start
  let summary = StoppingSummary(outcomes)
  try printJSON(
    TrialRow(
      table: table, rule: rule, name: name, trials: trials, better: summary.betterShare,
      worse: summary.worseShare, futile: summary.futileShare, mean: summary.meanUnits / units,
      ninety: Double(summary.unitsQuantile(0.9)) / units,
      unitsPerSecond: summary.meanUnits * Double(trials) / seconds))
}

/// The two tables: false calls without an effect, and when each rule stops with one.
func measureErrorRates(_ arguments: Arguments) throws {
  let trials = try arguments.count("trials", default: 2_000)
  let policy = SoonestPolicy(alpha: 0.025, power: 0.8)
  try measureStops(trials, policy)
  try measureCurtailed(max(1, trials / 2))
  try measureScoredStops(max(1, trials / 4), policy)
  try measureExactErrors(trials, policy)
  try measureMeanErrors(max(1, trials / 4))
  try measureSplits(max(1, trials / 2))
  try measureCoverage(max(1, trials / 10))
}

private func measureStops(_ trials: Int, _ policy: SoonestPolicy) throws {
  for planned in try [Planned(0.05, 0.01), Planned(0.1, 0.01)] {
    for multiple in [1, 2.5, 0.5, 0] {
      let name = "\(planned.name), effect × \(multiple)"
      let rule = planned.unlimited
      let unlimited = planned.trial(multiple, horizon: 5)
      try printRow("stops", "unlimited exact", name, trials: trials, units: planned.units) {
        rule.run(unlimited, using: &$0)
      }
      let soonestRule = planned.soonest(policy)
      let capped = planned.trial(multiple, horizon: 3)
      try printRow("stops", "soonest exact", name, trials: trials, units: planned.units) {
        soonestRule.run(capped, using: &$0)
      }
    }
  }
}

/// Unlimited, given up where conditional power by three fixed tests is under a tenth.
private func measureCurtailed(_ trials: Int) throws {
  let planned = try Planned(0.05, 0.01)
  let rule = CurtailedTrial(
    rule: planned.unlimited, leastPower: 0.1, fixedUnits: planned.units,
    endUnits: 3 * planned.units)
  for multiple in [1, 0.5, 0] {
    let trial = planned.trial(multiple, horizon: 5)
    try printRow(
      "stops", "unlimited exact, conditional power 10 %", "\(planned.name), effect × \(multiple)",
      trials: trials, units: planned.units
    ) { rule.run(trial, using: &$0) }
  }
}

private func measureScoredStops(_ trials: Int, _ policy: SoonestPolicy) throws {
  for planned in try [Planned(0.05, 0.01), Planned(0.1, 0.01)] {
    for multiple in [1.0, 0] {
      let name = "\(planned.name), effect × \(multiple), score of correlation 0.7"
      let trial = ScoredTrial(
        rate: planned.rate, lowRate: planned.rate / 5, correlation: 0.7,
        effect: multiple * planned.effect, horizonUnits: Int(5 * planned.units))
      try printRow("stops", "unlimited exact", name, trials: trials, units: planned.units) {
        trial.run(planned.unlimited, correlation: 0.7, using: &$0)
      }
      try printRow("stops", "soonest exact", name, trials: trials, units: planned.units) {
        trial.run(planned.soonest(policy), correlation: 0.7, using: &$0)
      }
    }
  }
}

private func measureExactErrors(_ trials: Int, _ policy: SoonestPolicy) throws {
  for planned in try [
    Planned(0.001, 0.0005), Planned(0.01, 0.003), Planned(0.05, 0.01), Planned(0.2, 0.02),
    Planned(0.5, 0.03),
  ] {
    for share in [0.5, 0.9] {
      let trial = planned.trial(0, horizon: 5, share: share)
      let name = "\(percent(planned.rate)), split \(share)"
      try printRow("errors", "unlimited exact", name, trials: trials, units: planned.units) {
        planned.unlimited.run(trial, using: &$0)
      }
      try printRow("errors", "soonest exact", name, trials: trials, units: planned.units) {
        planned.soonest(policy).run(trial, using: &$0)
      }
    }
  }
  let planned = try Planned(0.05, 0.01)
  var changing = planned.trial(0, horizon: 5)
  changing.laterShare = .init(units: 10_000, treatmentShare: 0.8)
  try printRow(
    "errors", "unlimited exact", "5 %, split 0.5, then 0.8", trials: trials, units: planned.units
  ) { planned.unlimited.run(changing, using: &$0) }
  let several = SeveralVariantsTrial(
    rate: 0.05, treatmentCount: 2, horizonUnits: Int(7.5 * planned.units))
  try printRow(
    "errors", "unlimited exact", "5 %, three variants", trials: trials, units: planned.units
  ) { several.run(planned.unlimited, using: &$0) }
}

private func measureMeanErrors(_ trials: Int) throws {
  let cases: [(String, MeanTrial.Kind, Double, Int)] = [
    ("revenue, 97 % zeros, log-normal 1", .revenue(buyerShare: 0.03, logDeviation: 1), 0.5, 20_000),
    (
      "revenue, 97 % zeros, log-normal 1.5", .revenue(buyerShare: 0.03, logDeviation: 1.5), 0.5,
      20_000
    ),
    ("revenue, 99 % zeros, log-normal 1", .revenue(buyerShare: 0.01, logDeviation: 1), 0.5, 40_000),
    (
      "revenue, 97 % zeros, log-normal 1, split 0.9", .revenue(buyerShare: 0.03, logDeviation: 1),
      0.9, 20_000
    ),
    (
      "revenue, 97 % zeros, log-normal 1, split 0.1", .revenue(buyerShare: 0.03, logDeviation: 1),
      0.1, 20_000
    ),
    (
      "revenue, 97 % zeros, log-normal 1.5, split 0.1",
      .revenue(buyerShare: 0.03, logDeviation: 1.5), 0.1, 20_000
    ),
    ("covariate of correlation 0.7", .adjusted(correlation: 0.7), 0.5, 4_000),
    ("ratio", .ratio, 0.5, 4_000),
    ("ratio, split 0.9", .ratio, 0.9, 4_000),
  ]
  for (name, kind, share, planned) in cases {
    let trial = MeanTrial(
      kind: kind, treatmentShare: share, plannedUnits: planned, horizonUnits: 5 * planned,
      lookUnits: 10)
    try printRow("errors", "asymptotic", name, trials: trials, units: Double(planned)) {
      trial.run(using: &$0)
    }
  }
}

private func measureSplits(_ trials: Int) throws {
  for share in [0.5, 0.49, 0.48] {
    let trial = SplitTrial(trueShare: share, horizonUnits: 50_000)
    try printRow("split", "split check", "true share \(share)", trials: trials, units: 1) {
      trial.run(using: &$0)
    }
  }
}

/// A miss of the true difference at any of 160 looks is the decision `better`.
private func measureCoverage(_ trials: Int) throws {
  for effect in [0, 0.01] {
    try printRow(
      "coverage", "unlimited exact", "5 %, effect \(effect), 160 looks", trials: trials, units: 1
    ) { generator in
      var sequence = BettingSequence(minimumEffect: .absolute(0.01), baseline: 0.05)
      for look in 1...160 {
        var counts = [[0, 0], [0, 0]]
        for _ in 0..<500 {
          let variant = generator.nextIndex(below: 2)
          let rate = 0.05 + (variant == 1 ? effect : 0)
          counts[variant][generator.nextUniform() < rate ? 1 : 0] += 1
        }
        sequence.add(
          (0..<4).map {
            PairOutcome(
              probability: 0.5, isTreatment: $0 >= 2, outcome: Double($0 % 2),
              count: counts[$0 / 2][$0 % 2])
          })
        if !sequence.interval(alpha: 0.05).contains(effect) {
          return TrialOutcome(decision: .better, units: 500 * look)
        }
      }
      return TrialOutcome(decision: .none, units: 80_000)
    }
  }
}

private struct VerdictReport: Encodable {
  let `case`: String
  let medianMicroseconds: Double
  let decision: String
}

/// A verdict on one look's tallies of two variants and one metric.
func timeVerdict(_ arguments: Arguments) throws {
  let definition = try ExperimentDefinition(
    key: "cart", unit: "customer",
    goal: Goal(
      metric: MetricDefinition(
        name: "purchase", kind: .conversion(event: "purchase"), direction: .increase),
      minimumEffect: .absolute(0.01), baseline: 0.05),
    phases: [
      Phase(assignment: AssignmentDesign(salt: "cart", variants: ["control", "treatment"]))
    ])
  let look = Look(
    increments: [
      PhaseIncrement(
        phase: 0, splits: [SplitCount(probabilities: [0.5, 0.5], units: [10_020, 9_980])],
        metrics: [
          MetricIncrement(
            probabilities: [0.5, 0.5], units: [10_020, 9_980], conversions: [501, 640])
        ])
    ])
  let judge = ExperimentJudge(definition)
  var times: [Double] = []
  var decision = ""
  for _ in 0..<1_000 {
    times.append(
      try seconds { decision = try judge.verdict(on: Evidence(looks: [look])).decision.name })
  }
  guard decision == "ship" else { throw BenchmarkError.wrongAnswer(decision) }
  try printJSON(
    VerdictReport(
      case: "verdict", medianMicroseconds: times.sorted()[500] * 1e6, decision: decision))
}

private struct SimulationReport: Encodable {
  let `case`: String
  let experiments: Int
  let units: Int
  let falseCalls: Int
  let experimentsPerSecond: Double
}

/// `--experiments` without an effect of `--units` units each, looked at after every unit, on one core.
func timeSimulation(_ arguments: Arguments) throws {
  let count = try arguments.count("experiments", default: 2_000)
  let units = try arguments.count("units", default: 100_000)
  let rule = try Planned(0.05, 0.01).unlimited
  let trial = ShareTrial(controlRate: 0.05, treatmentRate: 0.05, horizonUnits: units)
  let start = processorSeconds
  let outcomes = simulateTrials(count, seed: 1) { rule.run(trial, using: &$0) }
  let seconds = processorSeconds - start
  let calls = outcomes.count { $0.decision != .none }
  guard Double(calls) <= 0.05 * Double(count) + 3 * (0.0475 * Double(count)).squareRoot() else {
    throw BenchmarkError.wrongAnswer("\(calls) false calls of \(count)")
  }
  // Experiments that were called ended before their last unit.
  let simulated = outcomes.reduce(0) { $0 + Double($1.units) }
  try printJSON(
    SimulationReport(
      case: "simulate-experiments", experiments: count, units: units, falseCalls: calls,
      experimentsPerSecond: simulated / Double(units) / seconds))
}
