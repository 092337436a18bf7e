/// What arrived between one look and the next.
///
/// Exposures are of the look in which they happened; an outcome is of the look in which its unit's
/// window closed, so that looks in order are a filtration and exact rules hold at each. Late
/// conversions have no say: the value is frozen when the window closes.
public struct Look: Hashable, Sendable {
  /// The end of the look, in seconds since 1970; `nil` where time is unknown.
  public var endSeconds: Double?
  /// One for each phase that anything arrived in, in order of phase.
  public var increments: [PhaseIncrement]

  public init(endSeconds: Double? = nil, increments: [PhaseIncrement]) {
    self.endSeconds = endSeconds
    self.increments = increments
  }
}

/// A value of a dimension: `channel` = `email`.
public struct Slice: Hashable, Sendable, Comparable {
  public let dimension: String
  public let level: String

  public init(dimension: String, level: String) {
    self.dimension = dimension
    self.level = level
  }

  public static func < (left: Slice, right: Slice) -> Bool {
    (left.dimension, left.level) < (right.dimension, right.level)
  }
}

/// What a look brought of the units of one phase.
public struct PhaseIncrement: Hashable, Sendable {
  /// The place of the phase in the definition.
  public var phase: Int
  /// Units first exposed in this look, by assignment probability: what the split is judged by.
  public var splits: [SplitCount]
  /// One per metric of the definition, in its order: units whose window closed in this look.
  public var metrics: [MetricIncrement]
  /// The same by slice, in order; empty without dimensions.
  public var slices: [SliceIncrement]

  public init(
    phase: Int, splits: [SplitCount], metrics: [MetricIncrement], slices: [SliceIncrement] = []
  ) {
    self.phase = phase
    self.splits = splits
    self.metrics = metrics
    self.slices = slices
  }
}

/// Units by variant, and the probabilities they were dealt by.
public struct SplitCount: Hashable, Sendable {
  public var probabilities: [Double]
  public var units: [Int]

  public init(probabilities: [Double], units: [Int]) {
    self.probabilities = probabilities
    self.units = units
  }
}

/// One metric's part of a look.
public struct MetricIncrement: Hashable, Sendable {
  /// One per variant of the definition, in its order.
  public var tallies: [MetricTally]
  /// The same units as counts of outcomes, for exact rules; empty where the metric has no bound.
  public var strata: [Stratum]

  public init(tallies: [MetricTally], strata: [Stratum] = []) {
    self.tallies = tallies
    self.strata = strata
  }

  /// The increment of a share, given each variant's counts.
  public init(probabilities: [Double], units: [Int], conversions: [Int]) {
    tallies = zip(units, conversions).map { MetricTally(units: $0, conversions: $1) }
    strata = [Stratum(probabilities: probabilities, units: units, conversions: conversions)]
  }
}

/// One slice's part of a look.
public struct SliceIncrement: Hashable, Sendable {
  public var slice: Slice
  public var splits: [SplitCount]
  /// Tallies by metric and variant.
  public var tallies: [[MetricTally]]

  public init(slice: Slice, splits: [SplitCount], tallies: [[MetricTally]]) {
    self.slice = slice
    self.splits = splits
    self.tallies = tallies
  }
}
