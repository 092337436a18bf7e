import Glibc
import SpecialFunctions

/// `BettingSequence` on simulated conversions, looked at after every unit.
///
/// Log wealth is linear in the counts of the four kinds of units while the forecast stands, so 64
/// units are taken at once; where one of the bets could have crossed within them, they are taken one
/// by one. The answer is that of a look after each unit.
public struct UnlimitedExactTrial: Hashable, Sendable {
  public var minimumEffect: Double
  public var baseline: Double?
  /// Two-sided: each side is called at 2 / alpha.
  public var alpha: Double
  public var mixture: BetMixture

  public init(
    minimumEffect: Double, baseline: Double?, alpha: Double = 0.05,
    mixture: BetMixture = .standard
  ) {
    self.minimumEffect = minimumEffect
    self.baseline = baseline
    self.alpha = alpha
    self.mixture = mixture
  }

  public func run(
    _ trial: ShareTrial, using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var run = Run(self, share: trial.treatmentShare)
    var units = 0
    while units < trial.horizonUnits {
      run.share = trial.share(after: units)
      let batch = trial.draw(
        min(64, trial.horizonUnits - units), after: units, using: &generator)
      if let end = run.add(batch) {
        return TrialOutcome(decision: end.decision, units: units + end.units)
      }
      units += batch.count
    }
    return TrialOutcome(decision: .none, units: units)
  }

  /// One comparison under way.
  struct Run {
    /// The assignment probability of treatment.
    var share: Double { didSet { if share != oldValue { setBets() } } }
    private var wealth: Wealth
    private var predictor: OutcomePredictor
    /// Units and conversions not yet told to the predictor, which has no use for them before its next
    /// update.
    private var pending = (units: 0, conversions: 0)

    init(_ rule: UnlimitedExactTrial, share: Double) {
      self.share = share
      wealth = Wealth(rule)
      predictor = OutcomePredictor(
        baseline: rule.baseline, isShare: true, variance: nil, correlation: 0)
      setBets()
    }

    /// Adds a batch; if a side crossed within it, says which, and after how many of its units.
    mutating func add(_ batch: UnitBatch) -> (decision: TrialOutcome.Decision, units: Int)? {
      if let end = wealth.add(batch) { return end }
      pending.units += batch.count
      pending.conversions += batch.conversion.nonzeroBitCount
      if pending.units >= predictor.untilUpdate { learn() }
      return nil
    }

    private mutating func learn() {
      predictor.record(outcome: 1, score: nil, count: pending.conversions)
      predictor.record(outcome: 0, score: nil, count: pending.units - pending.conversions)
      predictor.update()
      pending = (0, 0)
      setBets()
    }

    private mutating func setBets() { wealth.setBets(predictor, share: share) }
  }
}

extension UnlimitedExactTrial {
  /// Sixteen lanes a side, as many bets as there are and lanes without wealth.
  fileprivate typealias Lanes = SIMD16<Double>

  fileprivate struct Wealth {
    private let rule: UnlimitedExactTrial
    private let logThreshold: Double
    /// Side above, side below: log of weight times wealth.
    private var logs: (Lanes, Lanes)
    /// By cell: what a unit adds to `logs`.
    private var gains: (above: [Lanes], below: [Lanes]) = ([], [])

    init(_ rule: UnlimitedExactTrial) {
      precondition(rule.mixture.weights.count <= 16, "more than 16 bets")
      self.rule = rule
      logThreshold = log(2 / rule.alpha)
      var lanes = Lanes(repeating: -1e300)
      for (place, weight) in rule.mixture.weights.enumerated() { lanes[place] = log(weight) }
      logs = (lanes, lanes)
    }

    mutating func setBets(_ predictor: OutcomePredictor, share: Double) {
      let payoffs = cellPayoffs(
        forecast: predictor.forecast(score: nil), treatmentShare: share)
      let scale = rule.minimumEffect * share * (1 - share) / predictor.residualVariance
      let limit = 0.9 / (1 + 1 / min(share, 1 - share))
      func lanes(_ side: Double, _ payoff: Double) -> Lanes {
        var lanes = Lanes(repeating: 0)
        for (place, multiple) in rule.mixture.multiples.enumerated() {
          lanes[place] = log1p(side * min(multiple * scale, limit) * payoff)
        }
        return lanes
      }
      gains = (payoffs.map { lanes(1, $0) }, payoffs.map { lanes(-1, $0) })
    }

    /// Adds a batch; if a side crossed within it, says which, and after how many of its units.
    mutating func add(_ batch: UnitBatch) -> (decision: TrialOutcome.Decision, units: Int)? {
      let cells = batch.cells
      // The mixture is at most as many times its largest term as there are bets; a side gains by
      // no more than the units in its favour.
      let room = logThreshold - log(16.0)
      let above = logs.0 + gains.above[0] * cells[0] + gains.above[3] * cells[3]
      let below = logs.1 + gains.below[1] * cells[1] + gains.below[2] * cells[2]
      if above.max() < room, below.max() < room {
        logs.0 = above + gains.above[1] * cells[1] + gains.above[2] * cells[2]
        logs.1 = below + gains.below[0] * cells[0] + gains.below[3] * cells[3]
        return nil
      }
      return addOneByOne(batch)
    }

    private mutating func addOneByOne(
      _ batch: UnitBatch
    ) -> (decision: TrialOutcome.Decision, units: Int)? {
      let count = rule.mixture.weights.count
      let threshold = exp(logThreshold)
      var wealth = (Self.exponential(logs.0, count), Self.exponential(logs.1, count))
      let factors = (
        gains.above.map { Self.exponential($0, count) },
        gains.below.map { Self.exponential($0, count) }
      )
      for place in 0..<batch.count {
        let cell = batch.cell(place)
        wealth.0 *= factors.0[cell]
        wealth.1 *= factors.1[cell]
        if wealth.0.sum() >= threshold { return (.better, place + 1) }
        if wealth.1.sum() >= threshold { return (.worse, place + 1) }
      }
      let cells = batch.cells
      for cell in 0..<4 {
        logs.0 += gains.above[cell] * cells[cell]
        logs.1 += gains.below[cell] * cells[cell]
      }
      return nil
    }

    private static func exponential(_ lanes: Lanes, _ count: Int) -> Lanes {
      var result = Lanes(repeating: 0)
      for place in 0..<count { result[place] = exp(lanes[place]) }
      return result
    }
  }
}
