/// What the evidence says of one metric, of one treatment against control.
public struct MetricAnswer: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable, CaseIterable { case primary, guardrail, secondary }

  /// How the numbers came about; the README of methods is docs/experiments.md.
  public enum Method: String, Hashable, Sendable, CaseIterable {
    case betting, soonest, multinomial, asymptotic, quantile, groupSequential
  }

  public enum Finding: String, Hashable, Sendable, CaseIterable {
    case better, worse
    /// Of a guardrail: not worse by its margin.
    case withinMargin
    /// The whole interval is below the minimum effect.
    case noUsefulEffect
    case undecided
    /// Too few data for an asymptotic answer: nothing is shown.
    case tooEarly
  }

  public let metric: String
  public let role: Role
  public let variant: String
  public let method: Method
  public let control: VariantFigure
  public let treatment: VariantFigure
  public var finding: Finding
  /// Treatment − control, in the metric's unit; `nil` where it is too early.
  public let effect: Estimate?
  /// Over the control's figure; `nil` where that is not clearly above 0.
  public let relativeEffect: Estimate?
  /// The always-valid p-value of no difference: the least over all looks.
  public let pValue: Double?
  /// After the correction for several comparisons.
  public var adjustedPValue: Double?
  /// The log of the e-value against no difference, at the latest look.
  public let logEvidence: Double?
  /// Of a guardrail: against being worse by its margin.
  public let marginPValue: Double?
  /// Why there is no answer, or what it would take.
  public let note: String?
  /// One point for each look with an answer.
  public let path: [PathPoint]
  /// Of the primary metric of a group-sequential design.
  public let progress: GroupSequentialProgress?
  /// The side that the p-value speaks for: +1 where treatment is above control.
  let callSign: Double?
}

/// A variant's own figure: units, conversions and mean, unadjusted.
public struct VariantFigure: Hashable, Sendable {
  public let units: Int
  /// Units whose outcome is not 0.
  public let conversions: Int
  /// The share, mean, ratio or quantile; `nil` with no units.
  public let value: Double?

  public init(units: Int, conversions: Int, value: Double?) {
    self.units = units
    self.conversions = conversions
    self.value = value
  }
}

/// A number and the ends of its confidence sequence; an end that is not known is infinite.
public struct Estimate: Hashable, Sendable {
  public let value: Double
  public let lower: Double
  public let upper: Double

  public init(value: Double, lower: Double, upper: Double) {
    self.value = value
    self.lower = lower
    self.upper = upper
  }
}

/// The sequence at one look.
public struct PathPoint: Hashable, Sendable {
  /// The place of the look in the evidence.
  public let look: Int
  public let endSeconds: Double?
  /// Of control and treatment.
  public let units: Int
  public let effect: Estimate
  public let pValue: Double
}
