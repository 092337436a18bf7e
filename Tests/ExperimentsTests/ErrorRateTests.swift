import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

/// Seeded runs of the exact rules without an effect, a look after every unit: short ones here; the
/// tables of docs/experiments.md come from `scripts/bench experiments --error-rates`.
struct ErrorRateTests {
  /// The share that alpha allows of 400 trials, plus three standard errors.
  private static func most(_ alpha: Double, _ trials: Double) -> Double {
    alpha + 3 * (alpha * (1 - alpha) / trials).squareRoot()
  }

  @Test(arguments: [(0.02, 0.5), (0.1, 0.9), (0.5, 0.5)] as [(Double, Double)])
  func unlimitedBetsErrAtMostAlpha(rate: Double, share: Double) {
    let trial = ShareTrial(
      controlRate: rate, treatmentRate: rate, treatmentShare: share, horizonUnits: 2_000)
    let rule = UnlimitedExactTrial(minimumEffect: rate / 3, baseline: rate)
    let summary = StoppingSummary(
      simulateTrials(400, seed: 1) { rule.run(trial, using: &$0) })
    #expect(summary.differenceShare <= Self.most(0.05, 400))
  }

  @Test func aWrongBaselineCostsNoErrors() {
    let trial = ShareTrial(controlRate: 0.05, treatmentRate: 0.05, horizonUnits: 4_000)
    let rule = UnlimitedExactTrial(minimumEffect: 0.02, baseline: 0.4)
    let summary = StoppingSummary(
      simulateTrials(400, seed: 2) { rule.run(trial, using: &$0) })
    #expect(summary.differenceShare <= Self.most(0.05, 400))
  }

  @Test func soonestBetsErrAtMostHalfOfAlphaAndHaveTheirPower() {
    let policy = SoonestPolicy(alpha: 0.025, power: 0.8)
    let rule = SoonestExactTrial(policy: policy, minimumEffect: 0.1, baseline: 0.2)
    func summary(_ treatment: Double) -> StoppingSummary {
      let trial = ShareTrial(
        controlRate: 0.2, treatmentRate: treatment, horizonUnits: 1_760)
      return StoppingSummary(simulateTrials(600, seed: 3) { rule.run(trial, using: &$0) })
    }
    let (same, different) = (summary(0.2), summary(0.3))
    #expect(same.betterShare <= Self.most(0.025, 600))
    #expect(different.betterShare > 0.72)
    // The fixed test takes 586 units.
    #expect(same.meanUnits < 0.45 * 586)
    #expect(different.meanUnits < 0.75 * 586)
  }

  @Test func sequencesCoverTheTruthAtAllLooksTogether() {
    var missed = 0
    for seed in 1...80 as ClosedRange<UInt64> {
      var rng = SplitMix64(seed: seed)
      let trial = ShareTrial(controlRate: 0.1, treatmentRate: 0.13, horizonUnits: 1)
      var sequence = BettingSequence(minimumEffect: .absolute(0.03), baseline: 0.1)
      var isMissed = false
      for _ in 0..<30 {
        let cells = trial.draw(64, using: &rng).cells
        sequence.add(
          pairLook(
            control: (Int(cells[2] + cells[3]), Int(cells[2])),
            treatment: (Int(cells[0] + cells[1]), Int(cells[0]))))
        let interval = sequence.interval(alpha: 0.05)
        isMissed = isMissed || !interval.contains(0.03)
        #expect(interval.contains(sequence.ledger.centre))
      }
      missed += isMissed ? 1 : 0
    }
    #expect(Double(missed) / 80 <= Self.most(0.05, 80))
  }

  @Test func theSplitCheckRingsSeldomOnAFairSplit() {
    var rings = 0
    for seed in 1...100 as ClosedRange<UInt64> {
      var rng = SplitMix64(seed: seed)
      var check = SplitCheck(variantCount: 2)
      for _ in 0..<40 {
        let treated = rng.next().nonzeroBitCount + rng.next().nonzeroBitCount
        check.add(conversionLook(units: [128 - treated, treated], conversions: [[0, 0]]))
      }
      rings += check.reading.alarms.isEmpty ? 0 : 1
    }
    #expect(Double(rings) / 100 <= Self.most(0.05, 100))
  }
}
