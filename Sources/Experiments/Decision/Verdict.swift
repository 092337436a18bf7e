/// What to do, and all that it rests on.
public struct Verdict: Hashable, Sendable {
  public enum Decision: Hashable, Sendable {
    case ship(variant: String)
    case stopHarm(metric: String)
    case stopNoUsefulEffect
    case proceed
    case invalid
  }

  public let experiment: String
  public let decision: Decision
  /// Why, in one sentence.
  public let reason: String
  /// The rule that was set before the start, in words.
  public let rule: String
  public let treatments: [TreatmentVerdict]
  /// The primary metric's, then the guardrails', then the secondary ones', by treatment.
  public let answers: [MetricAnswer]
  public let split: SplitReading
  public let exclusions: Exclusions
}

extension Verdict.Decision {
  /// As it is printed and gated on: `ship`, `stop: harm`, `stop: no useful effect`, `continue`,
  /// `invalid`.
  public var name: String {
    switch self {
    case .ship: "ship"
    case .stopHarm: "stop: harm"
    case .stopNoUsefulEffect: "stop: no useful effect"
    case .proceed: "continue"
    case .invalid: "invalid"
    }
  }
}

/// One treatment's part of the verdict.
public struct TreatmentVerdict: Hashable, Sendable {
  public let variant: String
  public let decision: Verdict.Decision
  public let reason: String
  /// What is lost on average per unit, in the primary metric's unit, by shipping the treatment where
  /// it is worse, and by keeping control where it is better: posterior means under a flat prior.
  /// Beside the decision, never instead.
  public let expectedLossOfShipping: Double?
  public let expectedLossOfKeeping: Double?
  /// About how many more units of both variants the minimum effect takes to be found on average;
  /// `nil` once decided.
  public let unitsLeft: Int?
}
