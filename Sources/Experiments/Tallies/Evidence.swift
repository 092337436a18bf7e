/// All that a verdict is a function of, besides the definition.
public struct Evidence: Hashable, Sendable {
  /// In order of time.
  public var looks: [Look]
  /// What the variables of each tally after outcome and denominator are: covariates, indicators as
  /// `column=level`.
  public var covariates: [String]
  public var exclusions: Exclusions
  /// The caps of winsorised metrics, by metric; quantiles of the units at the latest look.
  public var caps: [String: Double]

  public init(
    looks: [Look], covariates: [String] = [], exclusions: Exclusions = Exclusions(),
    caps: [String: Double] = [:]
  ) {
    self.looks = looks
    self.covariates = covariates
    self.exclusions = exclusions
    self.caps = caps
  }
}

/// What was left out, and how often: stated, never silent.
public struct Exclusions: Hashable, Sendable {
  /// Counts by reason; no reason has a count of 0.
  public private(set) var counts: [Reason: Int] = [:]

  public enum Reason: String, Hashable, Sendable, CaseIterable {
    // Of units.
    /// Seen in two variants.
    case twoVariants
    /// The window of the unit has not closed yet.
    case immature
    /// First exposed before the first phase.
    case beforeStart
    /// First exposed after the horizon.
    case afterHorizon
    /// Of a wide file: without the value of a metric, which is then without the unit.
    case missingOutcome
    // Of exposures.
    case otherExperiment
    case notEligible
    case repeatedExposure
    case emptyUnit
    /// In the future, by the latest instant that was given.
    case exposureInFuture
    /// A time that cannot be read.
    case noExposureTime
    /// Shown another variant than the definition's salt deals; counted as logged.
    case otherThanAssigned
    /// Of a unit in the holdout; counted as logged.
    case inHoldout
    // Of conversions.
    case duplicateConversion
    case conversionOfUnexposed
    case conversionBeforeExposure
    case conversionAfterWindow
    case conversionInFuture
    case noConversionTime
    /// Of a metric that sums values, and without one: it counts as nothing.
    case noValue
    /// Taken as a refund.
    case negativeValue
    /// Of an event that no metric reads.
    case unknownEvent
  }

  public init() {}

  public init(_ counts: [Reason: Int]) { self.counts = counts.filter { $0.value > 0 } }

  public subscript(reason: Reason) -> Int { counts[reason] ?? 0 }

  public mutating func add(_ count: Int = 1, _ reason: Reason) {
    guard count > 0 else { return }
    counts[reason, default: 0] += count
  }

  public static func + (left: Exclusions, right: Exclusions) -> Exclusions {
    Exclusions(left.counts.merging(right.counts, uniquingKeysWith: +))
  }
}
