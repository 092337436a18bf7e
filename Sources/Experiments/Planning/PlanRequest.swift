/// What is to be planned, checked.
public struct PlanRequest: Hashable, Sendable {
  public let past: MetricPast
  /// In the metric's own unit, with its sign.
  public let effect: Double
  /// The two-sided error level of the whole experiment.
  public let alpha: Double
  public let power: Double
  /// The share of units of each variant, the control first.
  public let shares: [Double]
  /// Units that enter a day, of all variants; `nil` where nobody knows.
  public let unitsPerDay: Double?
  /// How long a unit's conversions are waited for.
  public let windowDays: Double
  /// The longest it may last.
  public let horizonDays: Double?
  /// The looks and spending of the group-sequential designs to compare.
  public let looks: GroupSequentialPlan
  /// The cap of the soonest design, in units of all variants; `nil` for the usual one.
  public let capUnits: Int?
  public let runCount: Int
  public let seed: UInt64

  public init(
    past: MetricPast, effect: Double, alpha: Double = 0.05, power: Double = 0.8,
    shares: [Double] = [0.5, 0.5], unitsPerDay: Double? = nil, windowDays: Double = 14,
    horizonDays: Double? = nil, looks: GroupSequentialPlan? = nil, capUnits: Int? = nil,
    runCount: Int = 500,
    seed: UInt64 = 1
  ) throws(DesignError) {
    guard shares.count >= 2 else { throw .tooFewVariants(count: shares.count) }
    for share in shares where !(share > 0 && share < 1) {
      throw .outOfRange("the share of a variant", share, allowed: "(0, 1)")
    }
    let sum = shares.reduce(0, +)
    guard abs(sum - 1) < 2e-6 else { throw .weightsDoNotSumToOne(sum: sum) }
    if let unitsPerDay, !(unitsPerDay > 0 && unitsPerDay < 1e12) {
      throw .outOfRange("the number of units per day", unitsPerDay, allowed: "(0, 1e12)")
    }
    guard windowDays >= 0, windowDays < 1e5 else {
      throw .outOfRange("the window in days", windowDays, allowed: "[0, 1e5)")
    }
    if let horizonDays, !(horizonDays > 0 && horizonDays < 1e5) {
      throw .outOfRange("the horizon in days", horizonDays, allowed: "(0, 1e5)")
    }
    self.past = past
    self.effect = effect
    self.alpha = alpha
    self.power = power
    self.shares = shares
    self.unitsPerDay = unitsPerDay
    self.windowDays = windowDays
    self.horizonDays = horizonDays
    if let looks {
      self.looks = looks
    } else {
      self.looks = try GroupSequentialPlan(power: power)
    }
    self.capUnits = capUnits
    self.runCount = runCount
    self.seed = seed
    let fixedUnits = try pair.units(effect: effect, power: power) * scale
    if let capUnits { try SoonestPolicy.check(cap: Double(capUnits) / fixedUnits) }
  }

  /// The level of one comparison with control: Bonferroni over the treatments.
  public var comparisonAlpha: Double { alpha / Double(shares.count - 1) }

  /// The comparison that takes longest: control against the rarest treatment.
  var pair: FixedTest {
    get throws(DesignError) {
      try FixedTest(
        past: past, alpha: comparisonAlpha, treatmentShare: rarest / (shares[0] + rarest))
    }
  }

  /// Units of all variants for each unit of the pair.
  var scale: Double { 1 / (shares[0] + rarest) }

  private var rarest: Double { shares.dropFirst().min() ?? shares[0] }

  /// Days until `units` have entered, in full weeks, so that every weekday counts alike, and their windows
  /// have closed; `nil` without traffic.
  public func days(units: Double) -> Double? {
    guard let unitsPerDay else { return nil }
    let weeks = (units / unitsPerDay / 7 - 1e-9).rounded(.up)
    return 7 * max(weeks, 1) + windowDays.rounded(.up)
  }

  /// Units that enter so early that their windows close within `days`.
  public func units(withinDays days: Double) -> Double? {
    unitsPerDay.map { $0 * max(days - windowDays, 0) }
  }
}
