import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

struct SplitSequenceTests {
  private func evidence(_ splits: [([Double], [Int])]) -> Double {
    var sequence = SplitSequence()
    for (probabilities, units) in splits {
      sequence.add(SplitCount(probabilities: probabilities, units: units))
    }
    return sequence.logEvidence
  }

  @Test func noUnitIsNoEvidence() {
    #expect(SplitSequence().logEvidence == 0)
    #expect(isClose(evidence([([0.5, 0.5], [0, 0])]), 0, absolute: 1e-12))
  }

  /// E[e-value of n units] = 1 where they are dealt by the design: the sum over all outcomes, by hand.
  @Test(arguments: [[0.5, 0.5], [0.9, 0.1], [0.001, 0.999]])
  func theEvidenceIsAMartingale(probabilities: [Double]) {
    let count = 12
    var mean = 0.0
    for second in 0...count {
      let logWays = lgamma(13) - lgamma(Double(second + 1)) - lgamma(Double(count - second + 1))
      let chance =
        exp(
          logWays + Double(second) * log(probabilities[1])
            + Double(count - second) * log(probabilities[0]))
      mean += chance * exp(evidence([(probabilities, [count - second, second])]))
    }
    #expect(isClose(mean, 1, absolute: 1e-12))
  }

  @Test func lookAfterEveryUnitAndAllAtOnceAgree() {
    var wealth = SplitTrial.Wealth(designedShare: 0.5)
    for unit in 0..<3_000 { wealth.add(variant: unit % 5 < 2 ? 1 : 0) }
    #expect(
      isClose(
        log(wealth.sum), evidence([([0.5, 0.5], [1_800, 1_200])]), relative: 1e-9))
  }

  @Test func countsOfOneSplitPoolAndOrderIsNoMatter() {
    let half = [0.5, 0.5]
    let tenth = [0.9, 0.1]
    let parts = evidence([(half, [500, 520]), (tenth, [900, 130]), (half, [100, 130])])
    #expect(
      isClose(parts, evidence([(tenth, [900, 130]), (half, [600, 650])]), relative: 1e-12))
  }

  @Test func aUnitOfAVariantThatGetsNoneIsInfiniteEvidence() {
    #expect(evidence([([1, 0], [10, 1])]) == .infinity)
    #expect(evidence([([1, 0], [10, 0])]) == 0)
  }

  @Test func oneVariantOfManyGoingShortIsFound() {
    let even = [Double](repeating: 0.25, count: 4)
    #expect(evidence([(even, [10_000, 10_000, 10_000, 9_200])]) > log(20 / 0.95))
    #expect(evidence([(even, [10_000, 10_050, 9_950, 10_000])]) < 0)
  }

  @Test func splitsOnePointOffAreFoundByTwentyThousandUnits() {
    let trial = SplitTrial(trueShare: 0.48, horizonUnits: 20_000)
    let summary = StoppingSummary(simulateTrials(100, seed: 5) { trial.run(using: &$0) })
    #expect(summary.betterShare >= 0.98)
    // 5,150 on average over 8,000 trials, with a standard deviation of 3,000.
    #expect(summary.meanUnits < 5_150 + 3 * 3_000 / 10)
  }
}
