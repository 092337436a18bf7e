import Glibc
import SpecialFunctions

/// The exact e-process for the difference of two variants' mean outcomes, outcomes in [0, 1].
///
/// Bets on the inverse-probability-weighted difference with a predictable control variate, a mixture
/// over bets about the one for the minimum effect, on either side. Needs the assignment probability
/// of each unit, no model of the outcomes and no number of units; exact at every look and from the
/// first unit. Looks are fed in the order in which windows closed.
///
/// Method: Waudby-Smith & Ramdas (2024), *JRSS B* 86(1), 1–27, § 4; control variate and weights:
/// Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro (2024), *ACM/IMS JDS* 1(3).
public struct BettingSequence: Hashable, Sendable {
  /// A relative one is of the mean outcome that is foretold.
  public let minimumEffect: EffectSize
  /// What the control's outcomes are multiplied by: at 0 the wealth speaks against
  /// treatment = `controlFactor` × control. 1 for the difference.
  public let controlFactor: Double
  public let mixture: BetMixture
  private(set) var ledger = BettingLedger()
  private(set) var predictor: OutcomePredictor

  /// - Parameters:
  ///   - minimumEffect: The difference the bets are tuned by; any positive number keeps them exact.
  ///   - baseline: The control's mean as the past has it.
  ///   - isShare: Whether every outcome is 0 or 1.
  ///   - variance: Of one outcome as the past has it, where it is no share.
  ///   - correlation: Between score and outcome as the past has it.
  public init(
    minimumEffect: EffectSize, baseline: Double?, isShare: Bool = true, variance: Double? = nil,
    correlation: Double = 0, controlFactor: Double = 1, mixture: BetMixture = .standard
  ) {
    self.minimumEffect = minimumEffect
    self.controlFactor = controlFactor
    self.mixture = mixture
    predictor = OutcomePredictor(
      baseline: baseline, isShare: isShare, variance: variance, correlation: correlation)
  }

  public var units: Int { Int(ledger.total) }

  /// Adds one look. All of its bets were fixed before it.
  ///
  /// Where nothing is known of the outcomes, some units of the first look, drawn at random whatever
  /// they did, tell the forecast for the rest.
  public mutating func add(_ look: [PairOutcome]) {
    let size = look.reduce(0) { $0 + $1.count }
    guard predictor.isBlind, size > 2 * OutcomePredictor.pilotUnits else { return addBlock(look) }
    var generator = SplitMix64(seed: 0)
    let (first, rest) = look.dealt(OutcomePredictor.pilotUnits, using: &generator)
    addBlock(first)
    addBlock(rest)
  }

  private mutating func addBlock(_ block: [PairOutcome]) {
    for unit in block { add(unit) }
    for unit in block {
      predictor.record(outcome: unit.outcome, score: unit.score, count: unit.count)
    }
    predictor.update()
  }

  private mutating func add(_ unit: PairOutcome) {
    let forecast = predictor.forecast(score: unit.score)
    var payoff = unit.payoff(forecast: forecast)
    if controlFactor != 1 {
      payoff = (unit.isTreatment ? payoff : controlFactor * payoff) + (1 - controlFactor) * forecast
    }
    ledger.add(
      payoff: payoff,
      scale: minimumEffect.absolute(controlMean: predictor.mean)
        * unit.probability * (1 - unit.probability) / predictor.residualVariance,
      limit: 0.9 / (1 + max(1, controlFactor) / min(unit.probability, 1 - unit.probability)),
      count: unit.count)
  }

  /// The log of the wealth bet on a difference above `difference`.
  public func logWealthAbove(_ difference: Double) -> Double {
    ledger.logWealth(mixture, side: 1, at: difference)
  }

  /// The log of the wealth bet on a difference below `difference`.
  public func logWealthBelow(_ difference: Double) -> Double {
    ledger.logWealth(mixture, side: -1, at: difference)
  }

  /// The differences not rejected by either side at `alpha` / 2, at this look alone.
  ///
  /// Over all looks together each end errs with at most that chance, so ends of several looks may be
  /// intersected.
  public func interval(alpha: Double) -> ClosedRange<Double> {
    ledger.isEmpty ? -1...1 : ledger.interval(mixture, logThreshold: log(2 / alpha))
  }
}
