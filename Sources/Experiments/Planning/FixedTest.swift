import Glibc
import SpecialFunctions

/// A test of one treatment against control with one look: the yardstick of all designs.
///
/// The z-test of the difference of means, with the variance of each variant by itself:
/// n = (z₁₋ₐ⸝₂ + z_power)² (V₀ / π₀ + V₁ / π₁) / effect² units of both; Chow, Shao & Wang (2008), *Sample
/// Size Calculations in Clinical Research*, 4.2.2.
public struct FixedTest: Hashable, Sendable {
  public let past: MetricPast
  /// The two-sided error level.
  public let alpha: Double
  /// The share of treatment among the units of the two variants.
  public let treatmentShare: Double

  public init(
    past: MetricPast, alpha: Double = 0.05, treatmentShare: Double = 0.5
  ) throws(DesignError) {
    guard alpha > 0, alpha < 1 else { throw .outOfRange("alpha", alpha, allowed: "(0, 1)") }
    guard treatmentShare > 0, treatmentShare < 1 else {
      throw .outOfRange("the share of treatment", treatmentShare, allowed: "(0, 1)")
    }
    self.past = past
    self.alpha = alpha
    self.treatmentShare = treatmentShare
  }

  /// The variance of the estimated difference, times the number of units of both variants.
  public func unitVariance(effect: Double) -> Double {
    let control = past.variance(atMean: past.mean)
    let treatment = past.variance(atMean: past.mean + effect)
    return past.remainder * (control / (1 - treatmentShare) + treatment / treatmentShare)
  }

  /// The units of both variants together at which `effect` is found with chance `power`.
  ///
  /// - Parameter effect: In the metric's own unit, with its sign.
  /// - Throws: `DesignError` for an effect of 0, one that leads out of [0, 1], or a count
  ///   below 1 or beyond 10¹⁵.
  public func units(effect: Double, power: Double) throws(DesignError) -> Double {
    try check(effect: effect)
    guard power > alpha / 2, power < 1 else {
      throw .outOfRange("the power", power, allowed: "(alpha / 2, 1)")
    }
    let sum = normalQuantile(power) - normalQuantile(alpha / 2)
    let units = sum * sum * unitVariance(effect: effect) / (effect * effect)
    guard units < 1e15 else { throw .effectTooSmall(effect) }
    // Under one unit the effect dwarfs the spread: a slip, or no effect that needs an experiment.
    guard units >= 1 else { throw .effectTooLarge(effect) }
    return units
  }

  /// The chance that `units` of both variants find `effect`, on either side.
  public func power(effect: Double, units: Double) throws(DesignError) -> Double {
    guard units > 0 else { throw .outOfRange("the number of units", units, allowed: "(0, ∞)") }
    if effect == 0 { return alpha }
    try check(effect: effect)
    let z = abs(effect) / (unitVariance(effect: effect) / units).squareRoot()
    let critical = -normalQuantile(alpha / 2)
    return normalCDF(z - critical) + normalCDF(-z - critical)
  }

  /// The least effect in the direction of `sign` that `units` find with chance `power`; `nil` where no
  /// effect within [0, 1] is large enough.
  public func minimumEffect(units: Double, power: Double, sign: Double = 1) -> Double? {
    let sum = normalQuantile(power) - normalQuantile(alpha / 2)
    let most = !past.isShare ? Double.infinity : sign > 0 ? 1 - past.mean : past.mean
    func excess(_ effect: Double) -> Double {
      effect * effect - sum * sum * unitVariance(effect: sign * effect) / units
    }
    // Where the variance hangs on the effect, the equation is quadratic and has one root above 0.
    var high = (sum * sum * unitVariance(effect: 0) / units).squareRoot()
    if high >= most { high = most }
    while excess(high) < 0 {
      guard high < most else { return nil }
      high = min(2 * high, most)
    }
    var low = 0.0
    while high - low > 1e-14 * high {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if excess(middle) < 0 { low = middle } else { high = middle }
    }
    return sign * high
  }

  private func check(effect: Double) throws(DesignError) {
    guard effect != 0, effect.isFinite else {
      throw .outOfRange("the effect", effect, allowed: "(0, ∞)")
    }
    let mean = past.mean + effect
    guard !past.isShare || (mean > 0 && mean < 1) else {
      throw .outOfRange(
        "the treatment's mean, the baseline with the effect,", mean, allowed: "(0, 1)")
    }
  }
}
