/// Count, mean, spread and range of the values seen so far; pools with `+` in any order.
///
/// Methods: Welford (1962), *Technometrics* 4(3), 419–420, for `add`; Chan, Golub & LeVeque (1983),
/// *The American Statistician* 37(3), 242–247, for `+`. Values are finite: the caller has checked.
public struct Moments: Hashable, Sendable {
  public private(set) var count = 0
  /// Σ (value − mean)², 0 with no values.
  public private(set) var sumOfSquaredDeviations = 0.0
  /// `nil` with no values, as `maximum` and `mean` are.
  public private(set) var minimum: Double?
  public private(set) var maximum: Double?
  private var runningMean = 0.0

  /// The moments of no values, the zero of `+`.
  public init() {}

  public init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  public var mean: Double? { count > 0 ? runningMean : nil }

  /// The sample variance, with n − 1; `nil` below two values.
  public var variance: Double? {
    count > 1 ? sumOfSquaredDeviations / Double(count - 1) : nil
  }

  public mutating func add(_ value: Double) {
    count += 1
    let deviation = value - runningMean
    runningMean += deviation / Double(count)
    sumOfSquaredDeviations += deviation * (value - runningMean)
    minimum = minimum.map { min($0, value) } ?? value
    maximum = maximum.map { max($0, value) } ?? value
  }

  public static func + (left: Moments, right: Moments) -> Moments {
    if left.count == 0 { return right }
    if right.count == 0 { return left }
    var pooled = left
    pooled.count += right.count
    let difference = right.runningMean - left.runningMean
    let rightShare = Double(right.count) / Double(pooled.count)
    pooled.runningMean += difference * rightShare
    pooled.sumOfSquaredDeviations +=
      right.sumOfSquaredDeviations
      + difference * difference * Double(left.count) * rightShare
    pooled.minimum = [left.minimum, right.minimum].compactMap(\.self).min()
    pooled.maximum = [left.maximum, right.maximum].compactMap(\.self).max()
    return pooled
  }

  public static func += (left: inout Moments, right: Moments) {
    left = left + right
  }
}
