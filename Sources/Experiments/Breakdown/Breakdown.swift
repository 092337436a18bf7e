import Glibc
import SpecialFunctions

/// The effect of one treatment by the levels of a dimension: what to look into, never what to ship on.
///
/// With so many slices the best of them looks good by chance. So each is drawn towards the whole by how much
/// the slices differ beyond chance, its interval holds for all slices and looks together, and one test asks
/// whether they differ at all. There is no verdict on a slice: to act on one, run an experiment on it.
///
/// Effects are differences of means. Estimate i of θᵢ has variance sᵢ²; θᵢ ~ N(μ, τ²), with τ² by Paule and
/// Mandel (1982), *J. Res. NBS* 87(5), 377–385, and posterior means and variances by Morris (1983), *JASA*
/// 78(381), 47–55, eq. 1.17, with the uncertainty of μ. The test of homogeneity is Cochran's (1954),
/// *Biometrics* 10(1), 101–129: Q = Σ (estimateᵢ − μ₀)² / sᵢ², χ² with one degree of freedom less than slices.
public struct Breakdown: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public let slice: Slice
    public let controlUnits: Int
    public let treatmentUnits: Int
    public let controlMean: Double
    public let treatmentMean: Double
    /// Treatment − control, in the metric's unit.
    public let effect: Double
    public let standardError: Double
    /// Holds for all slices and all looks together.
    public let interval: ClosedRange<Double>
    /// Always valid, and by Holm (1979) for the number of slices.
    public let adjustedPValue: Double
    /// Drawn towards the whole, with its 1 − alpha posterior interval; that of one slice at one look.
    public let shrunkenEffect: Double
    public let shrunkenInterval: ClosedRange<Double>
  }

  public let dimension: String
  /// In order of level.
  public let rows: [Row]
  /// Levels with too few units for a difference, and how many they have.
  public let tooSmall: [String: Int]
  /// The mean effect of the slices and how much they spread about it beyond chance.
  public let meanEffect: Double
  public let spread: Double
  /// Of Cochran's test, at this one look; `nil` with fewer than two slices.
  public let heterogeneityPValue: Double?
  /// The share of the variation between slices that is not chance: I² of Higgins & Thompson (2002).
  public let inconsistency: Double?

  /// What must stand beside any slice.
  public var caution: String {
    "\(rows.count) slices were looked at, so the best of them looks good by chance; intervals and p-values"
      + " count all of them. No slice ships: run an experiment on it."
  }

  /// - Parameters:
  ///   - slices: The tallies of control and treatment of each level.
  ///   - alpha: Of all intervals together.
  ///   - plannedUnits: Of both variants in a slice, at which the intervals are narrowest; fixed before the
  ///     start.
  public init(
    dimension: String, slices: [(slice: Slice, control: MetricTally, treatment: MetricTally)],
    alpha: Double = 0.05, plannedUnits: Double = 5000
  ) {
    self.dimension = dimension
    let ordered = slices.sorted { $0.slice < $1.slice }
    let effects = ordered.compactMap { SliceEffect($0.slice, $0.control, $0.treatment) }
    let known = Set(effects.map(\.slice))
    tooSmall = Dictionary(
      ordered.filter { !known.contains($0.slice) }
        .map { ($0.slice.level, $0.control.units + $0.treatment.units) }, uniquingKeysWith: +)
    let pooled = RandomEffects(effects.map { ($0.effect, $0.variance) })
    meanEffect = pooled.mean
    spread = pooled.variance.squareRoot()
    heterogeneityPValue = pooled.pValue
    inconsistency = pooled.inconsistency
    let sequence = AsymptoticSequence(
      alpha: alpha / Double(max(effects.count, 1)), plannedUnits: plannedUnits)
    let adjusted = Correction.holm.adjusted(
      pValues: effects.map { min(1, exp(-sequence.logEvidence(z: $0.z, units: $0.units))) },
      logEvidence: [])
    rows = zip(effects, adjusted).map { effect, pValue in
      Row(
        effect, pValue: pValue,
        halfWidth: sequence.halfWidth(units: effect.units) * effect.variance.squareRoot(),
        pooled: pooled, alpha: alpha)
    }
  }
}

/// The difference of means in one slice.
struct SliceEffect: Hashable {
  let slice: Slice
  let control: MetricTally
  let treatment: MetricTally
  let effect: Double
  let variance: Double
  var units: Double { Double(control.units + treatment.units) }
  var z: Double { effect / variance.squareRoot() }

  /// `nil` below the gate of asymptotic answers, where a difference of means is not yet normal.
  init?(_ slice: Slice, _ control: MetricTally, _ treatment: MetricTally) {
    guard Gate.standard.isOpen(control, treatment), control.units > 1, treatment.units > 1,
      let mean0 = control.mean, let mean1 = treatment.mean,
      let variance0 = control.moments.variance(0), let variance1 = treatment.moments.variance(0)
    else { return nil }
    let variance = variance0 / Double(control.units) + variance1 / Double(treatment.units)
    guard variance > 0, variance.isFinite else { return nil }
    self.slice = slice
    self.control = control
    self.treatment = treatment
    self.variance = variance
    effect = mean1 - mean0
  }
}

/// A mean of effects that may differ, from estimates of known variances.
struct RandomEffects {
  private(set) var mean = 0.0
  /// τ²
  private(set) var variance = 0.0
  private(set) var pValue: Double?
  private(set) var inconsistency: Double?
  /// 1 / Σ 1 / (sᵢ² + τ²)
  private(set) var meanVariance = 0.0

  init(_ estimates: [(value: Double, variance: Double)]) {
    guard !estimates.isEmpty else { return }
    (mean, meanVariance) = Self.weighted(estimates, spread: 0)
    guard estimates.count > 1 else { return }
    let freedom = Double(estimates.count - 1)
    let q = Self.q(estimates, spread: 0)
    pValue = chiSquaredSurvival(q, degreesOfFreedom: estimates.count - 1)
    inconsistency = q > freedom ? (q - freedom) / q : 0
    variance = Self.spread(estimates, freedom: freedom)
    (mean, meanVariance) = Self.weighted(estimates, spread: variance)
  }

  /// The τ² at which Q(τ²) is its expectation, k − 1; Q falls as τ² grows.
  private static func spread(
    _ estimates: [(value: Double, variance: Double)], freedom: Double
  ) -> Double {
    guard q(estimates, spread: 0) > freedom else { return 0 }
    var high = estimates.map(\.variance).max() ?? 1
    while q(estimates, spread: high) > freedom, high.isFinite { high *= 2 }
    var low = 0.0
    while high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if q(estimates, spread: middle) > freedom { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private static func weighted(
    _ estimates: [(value: Double, variance: Double)], spread: Double
  ) -> (mean: Double, variance: Double) {
    let weights = estimates.map { 1 / ($0.variance + spread) }
    let sum = weights.reduce(0, +)
    return (zip(estimates, weights).reduce(0) { $0 + $1.0.value * $1.1 } / sum, 1 / sum)
  }

  private static func q(
    _ estimates: [(value: Double, variance: Double)], spread: Double
  ) -> Double {
    let mean = weighted(estimates, spread: spread).mean
    return estimates.reduce(0) {
      let deviation = $1.value - mean
      return $0 + deviation * deviation / ($1.variance + spread)
    }
  }

  /// The posterior mean and variance of one effect.
  func shrunken(_ value: Double, variance own: Double) -> (mean: Double, variance: Double) {
    let share = own / (own + variance)  // of the way towards the mean
    return (
      value + share * (mean - value), own * (1 - share) + share * share * meanVariance
    )
  }
}

extension Breakdown.Row {
  fileprivate init(
    _ slice: SliceEffect, pValue: Double, halfWidth: Double, pooled: RandomEffects, alpha: Double
  ) {
    let posterior = pooled.shrunken(slice.effect, variance: slice.variance)
    let half = -normalQuantile(alpha / 2) * posterior.variance.squareRoot()
    self.init(
      slice: slice.slice, controlUnits: slice.control.units, treatmentUnits: slice.treatment.units,
      controlMean: slice.control.moments.means[0],
      treatmentMean: slice.treatment.moments.means[0], effect: slice.effect,
      standardError: slice.variance.squareRoot(),
      interval: (slice.effect - halfWidth)...(slice.effect + halfWidth), adjustedPValue: pValue,
      shrunkenEffect: posterior.mean,
      shrunkenInterval: (posterior.mean - half)...(posterior.mean + half))
  }
}
