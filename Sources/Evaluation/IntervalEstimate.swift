/// An estimate with the ends of its confidence interval; its maker says the level.
public struct IntervalEstimate: Codable, Hashable, Sendable {
  public let estimate: Double
  public let lower: Double
  public let upper: Double

  /// - Precondition: `lower` ≤ `estimate` ≤ `upper`.
  public init(estimate: Double, lower: Double, upper: Double) {
    precondition(
      lower <= estimate && estimate <= upper, "\(estimate) is not in [\(lower), \(upper)]")
    self.estimate = estimate
    self.lower = lower
    self.upper = upper
  }
}
