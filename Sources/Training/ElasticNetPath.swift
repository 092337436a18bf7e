/// Elastic-net fits from a strong penalty to a weak one.
public struct ElasticNetPath: Sendable, Hashable {
  /// In the order of the penalties, the largest first.
  public let points: [ElasticNetPoint]
}

/// The fit at one penalty, and how well it went.
public struct ElasticNetPoint: Sendable, Hashable {
  /// `l1Penalty` + `l2Penalty`.
  public let penalty: Double
  public let l1Penalty: Double
  public let l2Penalty: Double
  /// The log-odds where every feature is 0 and no category has a level.
  public let intercept: Double
  /// p numbers, in log-odds per unit of the column: dense columns, then the levels of each category.
  /// Those that the penalty holds at 0 are exactly 0.
  public let coefficients: [Double]
  /// The weighted mean log loss of the rows it was fitted to, in nats.
  public let logLoss: Double
  /// What was minimised.
  public let objective: Double
  /// The objective less that of a dual point: how far it is above its minimum, at most.
  ///
  /// The dual point is the residuals, scaled until no column breaks the l1 penalty. Parameters without
  /// a penalty have a derivative of 0 but for rounding; it counts times 1 and their own size in
  /// log-odds. The bound falls with the gradient, the distance from the minimum with its square: with
  /// an l1 penalty alone the bound is much the larger.
  public let dualityGap: Double
  /// The largest derivative that the penalty leaves over, of any column, in units of its largest
  /// distance from the mean.
  public let gradientNorm: Double
  /// What one more step was expected to lower the objective by.
  public let expectedDecrease: Double
  /// Readings of the rows, shared with the penalties beside it.
  public let sweeps: Int

  public var activeCount: Int { coefficients.count { $0 != 0 } }
}
