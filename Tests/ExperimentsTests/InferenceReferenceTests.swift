import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

/// Answers of gbstats, savvi, confseq, scipy and mpmath; scripts/reference/experiment_inference.py
/// writes them.
private struct InferenceFixture: Decodable {
  struct Moments: Decodable {
    let count: Int
    let means: [Double]
    let products: [Double]

    var tally: MetricTally {
      MetricTally(
        units: count, conversions: count,
        moments: CoMoments(count: count, means: means, products: products))
    }
  }

  struct Answer: Decodable {
    let difference, standardError, lower, upper, pValue, tuning: Double
  }

  struct Mean: Decodable {
    let adjustedMoments, ratioMoments: [Moments]
    let plain, adjusted, ratio: Answer
  }

  struct Counts: Decodable {
    let counts: [Int]
    let split: [Double]
    let strength: Double
    let logEvidence: Double?
    let alpha, lower, upper: Double?
  }

  struct Wealth: Decodable {
    let conversions, units: Int
    let mean, bet, logWealth: Double
  }

  struct Beta: Decodable { let x, a, b, value: Double }
  struct Student: Decodable {
    let t, degreesOfFreedom: Double
    let value, growth, logEvidence: Double?
  }

  let means: [Mean]
  let multinomial, relative, evidence: [Counts]
  let wealth: [Wealth]
  let incompleteBeta: [Beta]
  let student, regression: [Student]

  static func load() throws -> Self {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/inference.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}

struct InferenceReferenceTests {
  private let fixture: InferenceFixture

  init() throws { fixture = try .load() }

  /// 1e-9: gbstats takes Σx² − (Σx)²/n, which loses some digits.
  private func expect(
    _ moments: [InferenceFixture.Moments], _ answer: InferenceFixture.Answer, isRatio: Bool,
    slopes: RegressionAdjustment.Slopes
  ) throws {
    let estimate = try #require(
      DifferenceEstimate(
        control: moments[0].tally, treatment: moments[1].tally, isRatio: isRatio, slopes: slopes))
    #expect(isClose(estimate.difference, answer.difference, relative: 1e-9))
    #expect(isClose(estimate.standardError, answer.standardError, relative: 1e-9))
    let sequence = AsymptoticSequence(alpha: 0.05, plannedUnits: answer.tuning)
    let width = sequence.halfWidth(units: Double(estimate.units)) * estimate.standardError
    #expect(isClose(estimate.difference - width, answer.lower, relative: 1e-9))
    #expect(isClose(estimate.difference + width, answer.upper, relative: 1e-9))
    let evidence = sequence.logEvidence(z: estimate.z, units: Double(estimate.units))
    #expect(isClose(min(1, exp(-evidence)), answer.pValue, relative: 1e-7))
  }

  @Test func meansAndSequentialIntervalsEqualGrowthBooks() throws {
    for mean in fixture.means {
      let plain = mean.adjustedMoments.map { arm in
        InferenceFixture.Moments(
          count: arm.count, means: [arm.means[0]], products: [arm.products[0]])
      }
      try expect(plain, mean.plain, isRatio: false, slopes: .separate)
    }
  }

  @Test func pooledAdjustmentEqualsGrowthBooks() throws {
    for mean in fixture.means {
      try expect(mean.adjustedMoments, mean.adjusted, isRatio: false, slopes: .pooled)
    }
  }

  @Test func ratiosEqualGrowthBooks() throws {
    for mean in fixture.means {
      try expect(mean.ratioMoments, mean.ratio, isRatio: true, slopes: .separate)
    }
  }

  @Test func multinomialEvidenceEqualsSavvis() throws {
    for wanted in fixture.multinomial {
      var sequence = MultinomialSequence(strength: wanted.strength)
      sequence.add(wanted.counts, probabilities: wanted.split)
      let evidence = try #require(wanted.logEvidence)
      // savvi takes log, exp and differences of log Γ.
      #expect(isClose(sequence.logEvidence, evidence, relative: 1e-9, absolute: 1e-10))
    }
  }

  @Test func relativeIntervalsEqualSavvis() throws {
    for wanted in fixture.relative {
      var sequence = MultinomialSequence(strength: wanted.strength)
      sequence.add(wanted.counts, probabilities: wanted.split)
      let interval = sequence.relativeInterval(alpha: try #require(wanted.alpha))
      // savvi's ends come from a convex solver that stops within 1e-6 of the constraint.
      #expect(isClose(interval.lowerBound, try #require(wanted.lower), absolute: 2e-6))
      #expect(isClose(interval.upperBound, try #require(wanted.upper), relative: 1e-5))
    }
  }

  @Test func evidenceKeepsItsDigitsAtAnyCount() throws {
    for wanted in fixture.evidence {
      let evidence = dirichletMultinomialLogEvidence(
        counts: wanted.counts.map(Double.init), probabilities: wanted.split,
        strength: wanted.strength)
      // At 10¹³ counts, the deviance of 10⁵ carries the rounding of its terms.
      #expect(
        isClose(evidence, try #require(wanted.logEvidence), relative: 1e-11, absolute: 1e-11))
    }
  }

  @Test func wealthOfABetEqualsConfseqs() {
    for wanted in fixture.wealth {
      var ledger = BettingLedger()
      for (payoff, count) in [(1.0, wanted.conversions), (0, wanted.units - wanted.conversions)] {
        ledger.add(payoff: payoff, scale: wanted.bet, limit: 10, count: count)
      }
      let log = ledger.logWealth(.point, side: 1, at: wanted.mean)
      #expect(isClose(log, wanted.logWealth, relative: 1e-9))
    }
  }

  @Test func tailsEqualScipys() throws {
    for wanted in fixture.incompleteBeta {
      #expect(
        isClose(regularizedBeta(wanted.x, wanted.a, wanted.b), wanted.value, relative: 1e-9))
    }
    for wanted in fixture.student {
      let tail = studentTwoSidedTail(wanted.t, degreesOfFreedom: wanted.degreesOfFreedom)
      #expect(isClose(tail, try #require(wanted.value), relative: 1e-9))
    }
  }

  @Test func regressionEvidenceEqualsSavvis() throws {
    for wanted in fixture.regression {
      let evidence = AsymptoticSequence.logEvidence(
        t: wanted.t, degreesOfFreedom: wanted.degreesOfFreedom,
        growth: try #require(wanted.growth))
      #expect(isClose(evidence, try #require(wanted.logEvidence), relative: 1e-11))
    }
  }
}
