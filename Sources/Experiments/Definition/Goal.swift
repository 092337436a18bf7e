/// A difference worth having or, as a margin, one that is still borne; always positive, the metric's
/// direction says which way.
public enum EffectSize: Hashable, Sendable {
  /// A share of the control's mean: 0.05 for five per cent.
  case relative(Double)
  /// In the metric's own unit: 0.01 for one percentage point of a share.
  case absolute(Double)

  public var magnitude: Double {
    switch self {
    case .relative(let value), .absolute(let value): value
    }
  }

  /// The size in the metric's own unit, given the control's mean.
  public func absolute(controlMean: Double) -> Double {
    switch self {
    case .relative(let share): share * abs(controlMean)
    case .absolute(let value): value
    }
  }

  func check(_ name: String) throws(DesignError) {
    guard magnitude > 0, magnitude.isFinite else {
      throw .outOfRange(name, magnitude, allowed: "(0, ∞)")
    }
    if case .relative(let share) = self, share > Self.largestShare {
      throw .outOfRange(name, share, allowed: "(0, \(Self.largestShare)] of the control's figure")
    }
  }

  private static let largestShare = 1000.0

  /// Refuses a size that no figure of `metric` can move by.
  ///
  /// - Parameters:
  ///   - sign: +1 where the move is up.
  ///   - baseline: Where it moves from, if anyone knows.
  func check(
    _ name: String, of metric: MetricDefinition, sign: Double, baseline: Double?
  ) throws(DesignError) {
    try check(name)
    let bound = metric.outcomeBound
    switch self {
    case .relative(let share):
      guard sign > 0 || share < 1 else {
        throw .outOfRange(
          name, share, allowed: "(0, 1): nothing falls by more than the whole of itself")
      }
    case .absolute(let value):
      if let bound, value >= bound {
        throw .outOfRange(
          name, value, allowed: "(0, \(bound)), for an outcome is between 0 and \(bound)")
      }
    }
    guard let bound, let baseline else { return }
    guard baseline > 0, baseline < bound else {
      throw .outOfRange(
        "the baseline of '\(metric.name)'", baseline, allowed: "(0, \(bound))")
    }
    let moved = baseline + sign * absolute(controlMean: baseline)
    guard moved > 0, moved < bound else {
      throw .outOfRange(
        "the baseline of '\(metric.name)' moved by \(name)", moved, allowed: "(0, \(bound))")
    }
  }
}

/// The primary metric, the one that decides, and the least effect that is worth having.
///
/// Tests are tuned by it before the start; no tuning looks at the experiment's own data.
public struct Goal: Hashable, Sendable {
  public let metric: MetricDefinition
  public let minimumEffect: EffectSize
  /// The control's mean as the past has it, in the metric's unit; `nil` where nobody knows.
  public let baseline: Double?
  /// The standard deviation of one unit's outcome as the past has it; `nil` for shares and where
  /// nobody knows.
  public let standardDeviation: Double?
  /// The correlation between outcome and score or covariate as the past has it, in [0, 1).
  public let correlation: Double

  /// - Throws: `DesignError` for a number out of its range.
  public init(
    metric: MetricDefinition, minimumEffect: EffectSize, baseline: Double? = nil,
    standardDeviation: Double? = nil, correlation: Double = 0
  ) throws(DesignError) {
    if let baseline {
      let isShare = metric.isShare
      guard baseline.isFinite, !isShare || (baseline > 0 && baseline < 1) else {
        throw .outOfRange(
          "the baseline of '\(metric.name)'", baseline, allowed: isShare ? "(0, 1)" : "(−∞, ∞)")
      }
    }
    try minimumEffect.check(
      "the minimum effect of '\(metric.name)'", of: metric, sign: metric.direction.sign,
      baseline: baseline)
    if let deviation = standardDeviation, !(deviation > 0 && deviation.isFinite) {
      throw .outOfRange("the standard deviation of '\(metric.name)'", deviation, allowed: "(0, ∞)")
    }
    guard correlation >= 0, correlation < 1 else {
      throw .outOfRange("the correlation of '\(metric.name)'", correlation, allowed: "[0, 1)")
    }
    self.metric = metric
    self.minimumEffect = minimumEffect
    self.baseline = baseline
    self.standardDeviation = standardDeviation
    self.correlation = correlation
  }
}

/// A metric that must not get worse by more than a margin, tested for non-inferiority; harm stops.
public struct Guardrail: Hashable, Sendable {
  public let metric: MetricDefinition
  public let margin: EffectSize
  /// The control's mean as the past has it; `nil` where nobody knows.
  public let baseline: Double?

  /// - Throws: `DesignError` for a margin that is not positive, or that no figure could be worse by.
  public init(
    metric: MetricDefinition, margin: EffectSize, baseline: Double? = nil
  ) throws(DesignError) {
    try margin.check(
      "the margin of '\(metric.name)'", of: metric, sign: -metric.direction.sign,
      baseline: baseline)
    self.metric = metric
    self.margin = margin
    self.baseline = baseline
  }
}
