import Glibc
import SpecialFunctions

/// Conversions of two kinds of customers that a score tells apart, drawn unit by unit, and the exact
/// rules on them with the score as forecast, looked at after every unit.
public struct ScoredTrial: Hashable, Sendable {
  /// The rate of the likely and of the other customers, and the share of the former.
  public var highRate: Double
  public var lowRate: Double
  public var highShare: Double
  /// What treatment adds to either rate.
  public var effect: Double
  public var horizonUnits: Int

  /// Customers of mean rate `rate` whose own rates have `correlation` with their outcomes.
  ///
  /// The variance of the customers' rates is correlation² × rate (1 − rate).
  public init(
    rate: Double, lowRate: Double, correlation: Double, effect: Double, horizonUnits: Int
  ) {
    let spread = correlation * correlation * rate * (1 - rate)
    highRate = rate + spread / (rate - lowRate)
    self.lowRate = lowRate
    highShare = (rate - lowRate) / (highRate - lowRate)
    self.effect = effect
    self.horizonUnits = horizonUnits
  }

  func draw(using generator: inout some RandomNumberGenerator) -> PairOutcome {
    let score = generator.nextUniform() < highShare ? highRate : lowRate
    let bits = generator.next()
    let isTreatment = bits & 1 == 1
    let rate = score + (isTreatment ? effect : 0)
    let isConversion = Double(bits >> 11) * 0x1p-53 < rate
    return PairOutcome(
      probability: 0.5, isTreatment: isTreatment, outcome: isConversion ? 1 : 0, score: score,
      count: 1)
  }

  public func run(
    _ rule: UnlimitedExactTrial, correlation: Double,
    using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var predictor = OutcomePredictor(
      baseline: rule.baseline, isShare: true, variance: nil, correlation: correlation)
    let mixture = rule.mixture
    var above = mixture.weights
    var below = mixture.weights
    for units in 1...horizonUnits {
      let unit = draw(using: &generator)
      let stake = rule.minimumEffect * 0.25 / predictor.residualVariance
      let payoff = unit.payoff(forecast: predictor.forecast(score: unit.score))
      var sums = (0.0, 0.0)
      for place in above.indices {
        let gain = min(mixture.multiples[place] * stake, 0.3) * payoff
        above[place] *= 1 + gain
        below[place] *= 1 - gain
        sums.0 += above[place]
        sums.1 += below[place]
      }
      if sums.0 >= 2 / rule.alpha { return TrialOutcome(decision: .better, units: units) }
      if sums.1 >= 2 / rule.alpha { return TrialOutcome(decision: .worse, units: units) }
      predictor.record(outcome: unit.outcome, score: unit.score, count: 1)
      predictor.update()
    }
    return TrialOutcome(decision: .none, units: horizonUnits)
  }

  public func run(
    _ rule: SoonestExactTrial, correlation: Double,
    using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var sequence = SoonestSequence(
      policy: rule.policy, minimumEffect: .absolute(rule.minimumEffect), direction: 1,
      baseline: rule.baseline, correlation: correlation)
    for units in 1...horizonUnits {
      sequence.add([draw(using: &generator)])
      switch sequence.outcome {
      case .running: continue
      case .better: return TrialOutcome(decision: .better, units: units)
      case .futile: return TrialOutcome(decision: .futile, units: units)
      case .capped: return TrialOutcome(decision: .none, units: units)
      }
    }
    return TrialOutcome(decision: .none, units: horizonUnits)
  }
}
