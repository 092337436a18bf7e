import Glibc

/// The exact one-sided test that decides soonest on average: one wealth, bet by a `SoonestPolicy` on an
/// effect for the better, stopped at 1/alpha, for futility, or at the cap.
///
/// Stopping for futility binds no one: whoever goes on keeps the error level, as all that counts is
/// whether the wealth ever reaches 1/alpha.
public struct SoonestSequence: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    case running
    /// The wealth has reached 1/alpha: there is an effect for the better.
    case better
    /// What is left of the wealth is not worth the units it would take.
    case futile
    /// The cap is reached without an answer.
    case capped
  }

  public let policy: SoonestPolicy
  /// A relative one is of the mean outcome that is foretold.
  public let minimumEffect: EffectSize
  /// +1 where a larger outcome is better.
  public let direction: Double
  public private(set) var logWealth = 0.0
  public private(set) var highestLogWealth = 0.0
  /// In sizes of the fixed test.
  public private(set) var time = 0.0
  public private(set) var outcome = Outcome.running
  private let isShare: Bool
  private var predictor: OutcomePredictor
  /// In multiples of the bet for the minimum effect, and the time from which it may be changed.
  private var bet = 0.0
  private var nextChange = 0.0
  private var pending = Pending()
  /// What a unit may win of the wealth before it reaches 1/alpha.
  private var room = 0.0

  public init(
    policy: SoonestPolicy, minimumEffect: EffectSize, direction: Double, baseline: Double?,
    isShare: Bool = true, variance: Double? = nil, correlation: Double = 0
  ) {
    self.policy = policy
    self.minimumEffect = minimumEffect
    self.direction = direction
    self.isShare = isShare
    predictor = OutcomePredictor(
      baseline: baseline, isShare: isShare, variance: variance, correlation: correlation)
    changeBet()
  }

  /// Adds one look: its bets hang on earlier looks alone.
  public mutating func add(_ look: [PairOutcome]) {
    for unit in look { logWealth += Double(unit.count) * log1p(payoff(of: unit)) }
    for unit in look {
      time += Double(unit.count) * information(of: unit)
      predictor.record(outcome: unit.outcome, score: unit.score, count: unit.count)
    }
    predictor.update()
    highestLogWealth = max(highestLogWealth, logWealth)
    if outcome == .running || outcome == .futile { decide() }
  }

  private mutating func decide() {
    if logWealth >= -log(policy.alpha) {
      outcome = .better
    } else if time >= policy.cap {
      outcome = .capped
    } else if time >= nextChange {
      changeBet()
    }
  }

  private mutating func changeBet() {
    nextChange = time + Self.leastInterval
    guard let next = policy.bet(logWealth: logWealth, time: time) else {
      outcome = .futile
      return
    }
    outcome = .running
    bet = next
    room = expm1(-log(policy.alpha) - logWealth)
  }

  private var effect: Double { minimumEffect.absolute(controlMean: predictor.mean) }

  /// Of an outcome about its forecast, halfway between no effect and the minimum effect: of shares it
  /// moves with the mean.
  private var variance: Double {
    guard isShare else { return predictor.residualVariance }
    let rise = direction * effect
    return predictor.residualVariance
      + max(0, rise * (1 - 2 * predictor.mean) - rise * rise) / 4
  }

  /// Bets change twice in the time of one step of the policy at most.
  static let leastInterval = 1 / Double(2 * SoonestPolicy.steps)

  private func payoff(of unit: PairOutcome) -> Double {
    let share = unit.probability * (1 - unit.probability)
    let least = min(unit.probability, 1 - unit.probability)
    // No unit may take all, nor win more than is of use: what a unit overshoots 1/alpha by is lost.
    let limit = min(0.95, max(Self.leastRoom, room)) * least
    let stake = min(limit, bet * effect * share / variance)
    return direction * stake
      * unit.payoff(forecast: predictor.forecast(score: unit.score))
  }

  /// Units of batches that the predictor has no use for before its next update.
  private struct Pending: Hashable {
    var units = 0
    var conversions = 0
  }

  private static let leastRoom = 0.005

  /// One unit's part of the fixed test's information: effect² / variance of the payoff / drift².
  private func information(of unit: PairOutcome) -> Double {
    effect * effect * unit.probability * (1 - unit.probability)
      / (variance * policy.drift * policy.drift)
  }
}

extension SoonestSequence {
  /// Adds a batch of conversions as a look after every unit would.
  ///
  /// - Returns: After how many of its units the test ended; `nil` if it goes on.
  mutating func add(_ batch: UnitBatch, treatmentShare: Double) -> Int? {
    var cell = PairOutcome(
      probability: treatmentShare, isTreatment: true, outcome: 1, count: 1)
    let kinds = [(true, 1.0), (true, 0), (false, 1), (false, 0)].map { isTreatment, outcome in
      cell.isTreatment = isTreatment
      cell.outcome = outcome
      return cell
    }
    var gains = kinds.map { log1p(payoff(of: $0)) }
    let step = information(of: cell)
    for place in 0..<batch.count {
      logWealth += gains[batch.cell(place)]
      time += step
      guard logWealth >= -log(policy.alpha) || time >= nextChange || time >= policy.cap else {
        continue
      }
      decide()
      if outcome != .running { return place + 1 }
      gains = kinds.map { log1p(payoff(of: $0)) }
    }
    pending.units += batch.count
    pending.conversions += batch.conversion.nonzeroBitCount
    guard pending.units >= predictor.untilUpdate else { return nil }
    predictor.record(outcome: 1, score: nil, count: pending.conversions)
    predictor.record(outcome: 0, score: nil, count: pending.units - pending.conversions)
    predictor.update()
    pending = Pending()
    return nil
  }
}
