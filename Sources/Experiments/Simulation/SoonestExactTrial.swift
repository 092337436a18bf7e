import Glibc
import SpecialFunctions

/// `SoonestSequence` on simulated conversions, looked at after every unit.
public struct SoonestExactTrial: Hashable, Sendable {
  public var policy: SoonestPolicy
  public var minimumEffect: Double
  public var baseline: Double?

  public init(policy: SoonestPolicy, minimumEffect: Double, baseline: Double?) {
    self.policy = policy
    self.minimumEffect = minimumEffect
    self.baseline = baseline
  }

  public func run(
    _ trial: ShareTrial, using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var sequence = SoonestSequence(
      policy: policy, minimumEffect: .absolute(minimumEffect), direction: 1, baseline: baseline)
    var units = 0
    while units < trial.horizonUnits {
      let batch = trial.draw(min(64, trial.horizonUnits - units), using: &generator)
      if let end = sequence.add(batch, treatmentShare: trial.treatmentShare) {
        let decision: TrialOutcome.Decision =
          switch sequence.outcome {
          case .better: .better
          case .futile: .futile
          case .running, .capped: .none
          }
        return TrialOutcome(decision: decision, units: units + end)
      }
      units += batch.count
    }
    return TrialOutcome(decision: .none, units: units)
  }
}
