import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

struct BettingTests {
  private func sequence(baseline: Double? = 0.05) -> BettingSequence {
    BettingSequence(minimumEffect: .absolute(0.01), baseline: baseline)
  }

  @Test func wealthIsTheProductOverUnits() {
    var sequence = sequence()
    let look = pairLook(control: (40, 2), treatment: (37, 5))
    sequence.add(look)
    let scale = 0.01 * 0.25 / (0.05 * 0.95)
    var wealth = 0.0
    for (multiple, weight) in zip(BetMixture.standard.multiples, BetMixture.standard.weights) {
      var product = weight
      for unit in look {
        let payoff = (unit.outcome - 0.05) * (unit.isTreatment ? 2 : -2)
        product *= pow(1 + multiple * scale * (payoff - 0.003), Double(unit.count))
      }
      wealth += product
    }
    #expect(isClose(sequence.logWealthAbove(0.003), log(wealth), relative: 1e-12))
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func intervalsHoldWhatTheWealthDoesNotReject(seed: UInt64) {
    var rng = SplitMix64(seed: seed)
    var sequence = sequence()
    for _ in 0..<rng.nextIndex(below: 6) + 1 {
      let units = (rng.nextIndex(below: 900) + 1, rng.nextIndex(below: 900) + 1)
      sequence.add(
        pairLook(
          control: (units.0, rng.nextIndex(below: units.0 / 5 + 1)),
          treatment: (units.1, rng.nextIndex(below: units.1 / 5 + 1))))
    }
    let interval = sequence.interval(alpha: 0.05)
    let threshold = log(40.0)
    // The root is found to 10⁻⁷ of the bracket.
    #expect(sequence.logWealthAbove(interval.lowerBound) >= threshold - 1e-6)
    #expect(sequence.logWealthBelow(interval.upperBound) >= threshold - 1e-6)
    let width = interval.upperBound - interval.lowerBound
    #expect(sequence.logWealthAbove(interval.lowerBound + 1e-3 * width) < threshold)
    #expect(sequence.logWealthBelow(interval.upperBound - 1e-3 * width) < threshold)
    #expect(interval.contains(sequence.ledger.centre))
  }

  @Test func swappingVariantsMirrorsTheInterval() {
    var (one, other) = (sequence(), sequence())
    one.add(pairLook(control: (500, 20), treatment: (500, 40)))
    other.add(pairLook(control: (500, 40), treatment: (500, 20)))
    let (left, right) = (one.interval(alpha: 0.05), other.interval(alpha: 0.05))
    #expect(isClose(left.lowerBound, -right.upperBound, relative: 1e-9))
    #expect(isClose(left.upperBound, -right.lowerBound, relative: 1e-9))
  }

  @Test(arguments: [(0, 0), (1000, 1000), (0, 1000)])
  func oneKindOfOutcomeLeavesAnIntervalOfSomeWidth(control: Int, treatment: Int) {
    var sequence = sequence(baseline: nil)
    sequence.add(pairLook(control: (1000, control), treatment: (1000, treatment)))
    let interval = sequence.interval(alpha: 0.05)
    #expect(interval.upperBound - interval.lowerBound > 0.001)
    let truth = Double(treatment - control) / 1000
    #expect(interval.lowerBound <= truth && truth <= interval.upperBound)
  }

  @Test func aGoodScoreNarrowsTheInterval() {
    var (plain, scored) = (sequence(), sequence())
    // Half of the units convert at 0.2 %, half at 9.8 %; the score tells which.
    for _ in 0..<8 {
      var look: [PairOutcome] = []
      for (score, conversions) in [(0.002, 4), (0.098, 196)] {
        for isTreatment in [false, true] {
          for (outcome, count) in [(1.0, conversions), (0.0, 2000 - conversions)] {
            look.append(
              PairOutcome(
                probability: 0.5, isTreatment: isTreatment, outcome: outcome, score: score,
                count: count))
          }
        }
      }
      scored.add(look)
      plain.add(
        look.map {
          var unit = $0
          unit.score = nil
          return unit
        })
    }
    let (wide, narrow) = (plain.interval(alpha: 0.05), scored.interval(alpha: 0.05))
    #expect(
      narrow.upperBound - narrow.lowerBound < 0.99 * (wide.upperBound - wide.lowerBound))
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func dealingKeepsEveryUnit(seed: UInt64) {
    var rng = SplitMix64(seed: seed)
    let look = pairLook(control: (900, 40), treatment: (1100, 80))
    let (first, rest) = look.dealt(500, using: &rng)
    #expect(first.reduce(0) { $0 + $1.count } == 500)
    #expect(rest.reduce(0) { $0 + $1.count } == 1500)
  }

  @Test func batchTrialsStopWhereALookAfterEveryUnitDoes() {
    let trial = ShareTrial(controlRate: 0.2, treatmentRate: 0.3, horizonUnits: 3000)
    for seed in 1...12 as ClosedRange<UInt64> {
      var (fast, slow) = (SplitMix64(seed: seed), SplitMix64(seed: seed))
      let outcome = UnlimitedExactTrial(minimumEffect: 0.1, baseline: 0.2)
        .run(trial, using: &fast)
      var sequence = BettingSequence(minimumEffect: .absolute(0.1), baseline: 0.2)
      var decision = TrialOutcome.Decision.none
      var units = 0
      while units < trial.horizonUnits, decision == .none {
        let unit = trial.draw(1, using: &slow)
        let cell = unit.cell(0)
        sequence.add([
          PairOutcome(
            probability: 0.5, isTreatment: cell < 2, outcome: cell % 2 == 0 ? 1 : 0, count: 1)
        ])
        units += 1
        if sequence.logWealthAbove(0) >= log(40.0) { decision = .better }
        if sequence.logWealthBelow(0) >= log(40.0) { decision = .worse }
      }
      #expect(outcome == TrialOutcome(decision: decision, units: units))
    }
  }
}

struct SoonestTests {
  private static let policy = SoonestPolicy(alpha: 0.025, power: 0.8)

  @Test func batchTrialsStopWhereALookAfterEveryUnitDoes() {
    let trial = ShareTrial(controlRate: 0.2, treatmentRate: 0.3, horizonUnits: 3000)
    for seed in 1...12 as ClosedRange<UInt64> {
      var (fast, slow) = (SplitMix64(seed: seed), SplitMix64(seed: seed))
      let outcome = SoonestExactTrial(policy: Self.policy, minimumEffect: 0.1, baseline: 0.2)
        .run(trial, using: &fast)
      var sequence = SoonestSequence(
        policy: Self.policy, minimumEffect: .absolute(0.1), direction: 1, baseline: 0.2)
      var units = 0
      while units < trial.horizonUnits, sequence.outcome == .running {
        let cell = trial.draw(1, using: &slow).cell(0)
        sequence.add([
          PairOutcome(
            probability: 0.5, isTreatment: cell < 2, outcome: cell % 2 == 0 ? 1 : 0, count: 1)
        ])
        units += 1
      }
      #expect(outcome.units == units)
    }
  }

  @Test func theBestBetsAreNearTheMinimumEffectAndGrowTowardsTheCap() throws {
    let early = try #require(Self.policy.bet(logWealth: 0, time: 0))
    let late = try #require(Self.policy.bet(logWealth: 0, time: 1.2))
    #expect(early > 0.9 && early < 1.5)
    #expect(late > early)
    #expect(Self.policy.bet(logWealth: -20, time: 0.5) == nil)
  }

  @Test func aDecreaseIsFoundAsAnIncreaseIs() {
    var (up, down) = (
      SoonestSequence(
        policy: Self.policy, minimumEffect: .absolute(0.05), direction: 1, baseline: 0.5),
      SoonestSequence(
        policy: Self.policy, minimumEffect: .absolute(0.05), direction: -1, baseline: 0.5)
    )
    for _ in 0..<20 {
      up.add(pairLook(control: (50, 20), treatment: (50, 30)))
      down.add(pairLook(control: (50, 30), treatment: (50, 20)))
    }
    #expect(up.outcome == .better)
    #expect(isClose(up.logWealth, down.logWealth, relative: 1e-9))
  }
}
