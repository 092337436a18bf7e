/// Sufficient statistics of one metric in one variant; pools with `+`, over shards, days and files.
public struct MetricTally: Hashable, Sendable {
  /// Units whose outcome is counted; of a quantile, those that have a value.
  public var units: Int
  /// Units whose outcome is not 0: those that converted, of a conversion.
  public var conversions: Int
  /// Outcome first; then the denominator, of a ratio; then the covariates in `Evidence.covariates`.
  public var moments: CoMoments
  /// The distribution of the outcomes; of quantile metrics alone.
  public var distribution: QuantileSummary?

  /// The tally of no units, the zero of `+`.
  public init(dimension: Int = 1, hasDistribution: Bool = false) {
    units = 0
    conversions = 0
    moments = CoMoments(dimension: dimension)
    distribution = hasDistribution ? QuantileSummary() : nil
  }

  /// The tally of a share: `conversions` ones among `units`.
  public init(units: Int, conversions: Int) {
    precondition(
      conversions >= 0 && conversions <= units, "\(conversions) conversions of \(units) units")
    self.units = units
    self.conversions = conversions
    let share = units > 0 ? Double(conversions) / Double(units) : 0
    // Exact for integers: Σ (y − share)² = n share (1 − share).
    let squares = Double(conversions) * (1 - share)
    moments = CoMoments(count: units, means: [share], products: [squares])
  }

  public init(
    units: Int, conversions: Int, moments: CoMoments, distribution: QuantileSummary? = nil
  ) {
    self.units = units
    self.conversions = conversions
    self.moments = moments
    self.distribution = distribution
  }

  /// Adds one unit's outcome, then its denominator and covariates where there are any.
  public mutating func add(_ values: [Double]) {
    units += 1
    if values.first != 0 { conversions += 1 }
    moments.add(values)
    if let outcome = values.first { distribution?.add(outcome) }
  }

  /// Adds one unit's outcome, where there is nothing beside it.
  mutating func add(_ outcome: Double) {
    units += 1
    if outcome != 0 { conversions += 1 }
    moments.add(outcome)
    distribution?.add(outcome)
  }

  /// The mean outcome, `nil` with no units.
  public var mean: Double? { moments.count > 0 ? moments.means[0] : nil }

  /// The share, mean, ratio of sums or quantile that `metric` is about; `nil` where there is none.
  public func figure(of metric: MetricDefinition) -> Double? {
    switch metric.kind {
    case .conversion, .retention, .count, .mean: mean
    case .ratio: mean.flatMap { moments.means[1] != 0 ? $0 / moments.means[1] : nil }
    case .quantile(_, let probability): distribution?.quantile(probability)
    }
  }

  public static func + (left: MetricTally, right: MetricTally) -> MetricTally {
    var pooled = left
    pooled += right
    return pooled
  }

  public static func += (left: inout MetricTally, right: MetricTally) {
    left.units += right.units
    left.conversions += right.conversions
    left.moments += right.moments
    switch (left.distribution, right.distribution) {
    case (let mine?, let other?): left.distribution = mine + other
    case (nil, let other?): left.distribution = other
    case (_, nil): break
    }
  }
}
