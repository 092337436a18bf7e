import Experiments
import FoundationEssentials
import SpecialFunctions

/// A case of the table of stopping times: rates, and what the rule was planned for.
struct PlannedCase: Sendable {
  let name: String
  let controlRate: Double
  let treatmentRate: Double
  let baseline: Double
  let minimumEffect: Double
  /// The fixed two-sided test's size at 80 % power, both variants together.
  let fixedUnits: Double
  var treatmentShare = 0.5
}

struct StoppingRow: Encodable {
  let rule: String
  let name: String
  let trials: Int
  let better: Double
  let worse: Double
  let futile: Double
  let mean: Double
  let median: Double
  let ninety: Double
  let seconds: Double
  let unitsPerSecond: Double
}

func stoppingRow(
  _ rule: String, _ planned: PlannedCase, trials: Int, seed: UInt64, horizon: Double,
  _ run: (ShareTrial, inout SplitMix64) -> TrialOutcome
) -> StoppingRow {
  let trial = ShareTrial(
    controlRate: planned.controlRate, treatmentRate: planned.treatmentRate,
    treatmentShare: planned.treatmentShare, horizonUnits: Int(horizon * planned.fixedUnits))
  var outcomes: [TrialOutcome] = []
  let seconds = seconds {
    outcomes = simulateTrials(trials, seed: seed) { generator in run(trial, &generator) }
  }
  let summary = StoppingSummary(outcomes)
  func size(_ units: Double) -> Double { units / planned.fixedUnits }
  return StoppingRow(
    rule: rule, name: planned.name, trials: trials, better: summary.betterShare,
    worse: summary.worseShare, futile: summary.futileShare, mean: size(summary.meanUnits),
    median: size(Double(summary.unitsQuantile(0.5))),
    ninety: size(Double(summary.unitsQuantile(0.9))), seconds: seconds,
    unitsPerSecond: summary.meanUnits * Double(trials) / seconds)
}

let stoppingCases = [
  PlannedCase(
    name: "5 → 6 %", controlRate: 0.05, treatmentRate: 0.06, baseline: 0.05,
    minimumEffect: 0.01, fixedUnits: 16_310),
  PlannedCase(
    name: "10 → 11 %", controlRate: 0.1, treatmentRate: 0.11, baseline: 0.1,
    minimumEffect: 0.01, fixedUnits: 29_498),
  PlannedCase(
    name: "5 → 7.5 %", controlRate: 0.05, treatmentRate: 0.075, baseline: 0.05,
    minimumEffect: 0.01, fixedUnits: 16_310),
  PlannedCase(
    name: "5 → 5.5 %", controlRate: 0.05, treatmentRate: 0.055, baseline: 0.05,
    minimumEffect: 0.01, fixedUnits: 16_310),
  PlannedCase(
    name: "5 → 5 %", controlRate: 0.05, treatmentRate: 0.05, baseline: 0.05,
    minimumEffect: 0.01, fixedUnits: 16_310),
  PlannedCase(
    name: "10 → 10 %", controlRate: 0.1, treatmentRate: 0.1, baseline: 0.1,
    minimumEffect: 0.01, fixedUnits: 29_498),
]

/// Stopping times of the exact rules, looked at after every unit.
func stopExactly(_ arguments: Arguments) throws {
  let trials = try arguments.count("trials", default: 2_000)
  let policy = SoonestPolicy(
    alpha: 0.025, power: 0.8, cap: Double(try arguments.count("cap", default: 150)) / 100,
    walkPower: Double(try arguments.count("walk-power", default: 820)) / 1000)
  for planned in stoppingCases {
    if !arguments.has("soonest") {
      try printJSON(
        stoppingRow("unlimitedExact", planned, trials: trials, seed: 1, horizon: 5) {
          UnlimitedExactTrial(
            minimumEffect: planned.minimumEffect, baseline: planned.baseline
          ).run($0, using: &$1)
        })
    }
    try printJSON(
      stoppingRow("soonestExact", planned, trials: trials, seed: 2, horizon: 3) {
        SoonestExactTrial(
          policy: policy, minimumEffect: planned.minimumEffect, baseline: planned.baseline
        ).run($0, using: &$1)
      })
  }
}
