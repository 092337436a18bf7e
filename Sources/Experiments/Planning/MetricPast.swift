/// What the past says of a metric's outcome, one unit at a time: what a plan is made from.
public struct MetricPast: Hashable, Sendable {
  /// The mean outcome of a unit under control.
  public let mean: Double
  /// Whether every outcome is 0 or 1, so that the mean tells the variance.
  public let isShare: Bool
  /// The correlation of the outcome with its best forecast from before exposure (a covariate, a score).
  public let correlation: Double
  private let spread: Double

  /// A share of units: conversion, retention.
  public init(share: Double, correlation: Double = 0) throws(DesignError) {
    guard share > 0, share < 1 else { throw .outOfRange("the baseline", share, allowed: "(0, 1)") }
    try Self.check(correlation)
    mean = share
    isShare = true
    spread = share * (1 - share)
    self.correlation = correlation
  }

  /// A mean per unit: revenue, a count; for a ratio of sums or a quantile, of its linearised outcome.
  public init(
    mean: Double, standardDeviation: Double, correlation: Double = 0
  ) throws(DesignError) {
    guard mean.isFinite else { throw .outOfRange("the baseline", mean, allowed: "(−∞, ∞)") }
    guard standardDeviation > 1e-150, standardDeviation < 1e150 else {
      throw .outOfRange("the standard deviation", standardDeviation, allowed: "(1e-150, 1e150)")
    }
    try Self.check(correlation)
    self.mean = mean
    isShare = false
    spread = standardDeviation * standardDeviation
    self.correlation = correlation
  }

  private static func check(_ correlation: Double) throws(DesignError) {
    guard abs(correlation) < 1 else {
      throw .outOfRange("the correlation", correlation, allowed: "(−1, 1)")
    }
  }

  /// The variance of one unit's outcome where the mean is `mean`, without adjustment.
  public func variance(atMean mean: Double) -> Double {
    isShare ? mean * (1 - mean) : spread
  }

  /// The part of the variance that is left once the outcome is adjusted by its forecast (CUPED).
  ///
  /// Deng, Xu, Kohavi & Walker (2013), *WSDM*, eq. 4.
  public var remainder: Double { 1 - correlation * correlation }
}

extension MetricPast {
  /// What a tally of past units says of `metric`.
  ///
  /// - Parameters:
  ///   - tally: Outcomes first, then the denominator of a ratio, then covariates.
  ///   - covariateCount: How many covariates follow; the best of them gives the correlation.
  /// - Throws: `DesignError` where the past has too few units or no spread to plan from.
  public init(
    _ metric: MetricDefinition, past tally: MetricTally, covariateCount: Int = 0
  ) throws(DesignError) {
    let moments = tally.moments
    guard moments.count > 1 else {
      throw .outOfRange(
        "the number of past units of '\(metric.name)'", Double(moments.count), allowed: "[2, ∞)")
    }
    let first = moments.dimension - covariateCount
    let correlation = (first..<moments.dimension).map { Self.correlation(moments, 0, $0) }
      .max { abs($0) < abs($1) }
    if metric.isShare {
      try self.init(share: moments.means[0], correlation: correlation ?? 0)
      return
    }
    switch metric.kind {
    case .ratio: try self.init(ratioOf: moments, correlation: correlation ?? 0)
    case .quantile(_, let probability):
      try self.init(quantile: probability, of: tally, name: metric.name)
    default:
      try self.init(
        mean: moments.means[0], standardDeviation: (moments.variance(0) ?? 0).squareRoot(),
        correlation: correlation ?? 0)
    }
  }

  /// The linearised outcome (M − R D) / mean(D): Deng, Knoblich & Lu (2018), *KDD*, section 3.
  private init(ratioOf moments: CoMoments, correlation: Double) throws(DesignError) {
    let denominator = moments.means[1]
    guard denominator != 0 else {
      throw .outOfRange("the past mean of the denominator", denominator, allowed: "(0, ∞)")
    }
    let ratio = moments.means[0] / denominator
    let squares =
      moments.centredProduct(0, 0) - 2 * ratio * moments.centredProduct(0, 1)
      + ratio * ratio * moments.centredProduct(1, 1)
    let variance = max(squares, 0) / Double(moments.count - 1) / (denominator * denominator)
    try self.init(
      mean: ratio, standardDeviation: variance.squareRoot(), correlation: correlation)
  }

  /// Of a quantile: √(p (1 − p)) over the density there, which is taken between the quantiles a tenth of the
  /// way to either side.
  private init(
    quantile probability: Double, of tally: MetricTally, name: String
  ) throws(DesignError) {
    let room = 0.1 * min(probability, 1 - probability)
    guard let values = tally.distribution, let middle = values.quantile(probability),
      let low = values.quantile(probability - room),
      let high = values.quantile(probability + room), high > low
    else { throw .outOfRange("the past spread of '\(name)'", 0, allowed: "(0, ∞)") }
    let density = 2 * room / (high - low)
    try self.init(
      mean: middle,
      standardDeviation: (probability * (1 - probability)).squareRoot() / density)
  }

  private static func correlation(_ moments: CoMoments, _ i: Int, _ j: Int) -> Double {
    let scale = (moments.centredProduct(i, i) * moments.centredProduct(j, j)).squareRoot()
    // A hair below 1, where rounding or a copy of the outcome itself would plan for no units at all.
    return scale > 0 ? min(max(moments.centredProduct(i, j) / scale, -0.999), 0.999) : 0
  }
}
