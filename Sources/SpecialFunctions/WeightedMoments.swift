/// Mean, spread and range of values that count a number of times: a weight of 2 is the value twice.
///
/// With weights of 1 it has the bits of `Moments`. Method: West (1979), *Communications of the ACM* 22(9),
/// 532–535. Values are finite and weights above 0: the caller has checked.
public struct WeightedMoments: Hashable, Sendable {
  public private(set) var totalWeight = 0.0
  /// Σ weight (value − mean)², 0 with no values.
  public private(set) var sumOfSquaredDeviations = 0.0
  /// `nil` with no values, as `maximum` and `mean` are.
  public private(set) var minimum: Double?
  public private(set) var maximum: Double?
  private var runningMean = 0.0

  /// The moments of no values.
  public init() {}

  public var mean: Double? { totalWeight > 0 ? runningMean : nil }

  /// The root of the mean squared deviation, with the sum of the weights for divisor.
  public var deviation: Double? {
    totalWeight > 0 ? (sumOfSquaredDeviations / totalWeight).squareRoot() : nil
  }

  public mutating func add(_ value: Double, weight: Double = 1) {
    totalWeight += weight
    let deviation = value - runningMean
    runningMean += deviation * weight / totalWeight
    sumOfSquaredDeviations += weight * (deviation * (value - runningMean))
    minimum = minimum.map { min($0, value) } ?? value
    maximum = maximum.map { max($0, value) } ?? value
  }
}
