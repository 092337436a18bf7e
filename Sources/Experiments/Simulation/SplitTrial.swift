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
    trueShare: Double, designedShare: Double = 0.5, alpha: Double = 0.04, horizonUnits: Int
  ) {
    self.trueShare = trueShare
    self.designedShare = designedShare
    self.alpha = alpha
    self.horizonUnits = horizonUnits
  }

  /// An alarm is the decision `better`.
  public func run(using generator: inout some RandomNumberGenerator) -> TrialOutcome {
    let strength = SplitCheck.strength
    let shares = [1 - designedShare, designedShare]
    var counts = [0.0, 0.0]
    var logEvidence = 0.0
    for units in 1...horizonUnits {
      let variant = generator.nextUniform() < trueShare ? 1 : 0
      // One step of the Dirichlet-multinomial: its predictive probability over the designed one.
      let predictive =
        (strength * shares[variant] + counts[variant]) / (strength + Double(units - 1))
      logEvidence += log(predictive / shares[variant])
      counts[variant] += 1
      if logEvidence >= -log(alpha) { return TrialOutcome(decision: .better, units: units) }
    }
    return TrialOutcome(decision: .none, units: horizonUnits)
  }
}
