import Glibc
import SpecialFunctions

/// The split check on simulated units, looked at after every one of them.
public struct SplitTrial: Hashable, Sendable {
  /// The share of units that treatment truly gets, and the designed one.
  public var trueShare: Double
  public var designedShare: Double
  public var alpha: Double
  public var horizonUnits: Int

  public init(
    trueShare: Double, designedShare: Double = 0.5, alpha: Double = 0.0475, horizonUnits: Int
  ) {
    self.trueShare = trueShare
    self.designedShare = designedShare
    self.alpha = alpha
    self.horizonUnits = horizonUnits
  }

  /// An alarm is the decision `better`.
  public func run(using generator: inout some RandomNumberGenerator) -> TrialOutcome {
    var wealth = Wealth(designedShare: designedShare)
    for units in 1...horizonUnits {
      wealth.add(variant: generator.nextUniform() < trueShare ? 1 : 0)
      if wealth.sum >= 1 / alpha { return TrialOutcome(decision: .better, units: units) }
    }
    return TrialOutcome(decision: .none, units: horizonUnits)
  }
}

extension SplitTrial {
  /// `SplitSequence` unit by unit: each step multiplies by a predictive probability over the designed one.
  struct Wealth {
    private let shares: [Double]
    private var counts = [0.0, 0.0]
    private var multinomial = SplitSequence.multinomialShare
    private var bets: [Double]
    /// By bet, then variant.
    private let factors: [[Double]]

    init(designedShare: Double) {
      shares = [1 - designedShare, designedShare]
      let parts = SplitSequence.bets(probability: designedShare)
      bets = parts.map(\.weight)
      factors = parts.map { $0.gains.map { exp($0) } }
    }

    var sum: Double { bets.reduce(multinomial, +) }

    mutating func add(variant: Int) {
      let strength = SplitCheck.strength
      let predictive =
        (strength * shares[variant] + counts[variant]) / (strength + counts[0] + counts[1])
      multinomial *= predictive / shares[variant]
      for place in bets.indices { bets[place] *= factors[place][variant] }
      counts[variant] += 1
    }
  }
}
