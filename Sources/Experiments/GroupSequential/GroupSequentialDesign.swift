import SpecialFunctions

/// A test with a planned end that may stop at looks on the way, by spending its error levels.
///
/// The looks may come at any times: what a look may spend depends on the information it has, and the last
/// look spends what is left. Use it where the end and the traffic are known; where they are not, an
/// always-valid sequence needs neither.
///
/// Assumes that the estimates are normal around the effect with increments that are independent of the
/// past, which holds for means of many units, not for a handful of conversions.
/// Method: Lan and DeMets (1983), *Biometrika* 70(3), 659–663; for futility Pampallona, Tsiatis and Kim
/// (2001), *Drug Information Journal* 35(4), 1113–1121.
public struct GroupSequentialDesign: Hashable, Sendable {
  /// Which differences the test looks for.
  public enum Sides: Int, Hashable, Sendable {
    /// A difference for the better, at half of `alpha`.
    case one = 1
    /// A difference either way, half of `alpha` for each.
    case two = 2
  }

  /// The two-sided error level.
  public let alpha: Double
  public let plan: GroupSequentialPlan

  public init(alpha: Double = 0.05, plan: GroupSequentialPlan) throws(DesignError) {
    // Below 1e−12 the levels of early looks leave the range of a `Double`.
    guard alpha >= 1e-12, alpha < 1 else {
      throw .outOfRange("alpha", alpha, allowed: "[1e-12, 1)")
    }
    guard plan.power > alpha / 2 else {
      throw .outOfRange("the power", plan.power, allowed: "(alpha / 2, 1)")
    }
    if plan.futility != .none, !plan.isOneSided { throw .twoSidedFutility }
    self.alpha = alpha
    self.plan = plan
  }

  /// The same plan at another level, for p-values and intervals.
  func atLevel(_ alpha: Double) -> GroupSequentialDesign {
    GroupSequentialDesign(checked: plan, alpha: alpha)
  }

  /// Of settings that a definition has checked.
  init(checked plan: GroupSequentialPlan, alpha: Double) {
    self.alpha = alpha
    self.plan = plan
  }

  public var sides: Sides { plan.isOneSided ? .one : .two }
  public var power: Double { plan.power }
  /// The error level of one side.
  public var sideLevel: Double { alpha / 2 }
  /// The error of missing the planned effect.
  public var beta: Double { 1 - power }

  /// Whether the efficacy boundaries count on futility stops being kept to.
  var isBinding: Bool {
    if case .binding = plan.futility { true } else { false }
  }

  var futilitySpending: GroupSequentialPlan.Spending? {
    switch plan.futility {
    case .none: nil
    case .binding(let spending), .nonBinding(let spending): spending
    }
  }

  /// Returns the test with its planned looks after equal parts of the information.
  public func test() -> GroupSequentialTest {
    let count = plan.looks
    return GroupSequentialTest(
      design: self, fractions: (1...count).map { Double($0) / Double(count) })
  }

  /// Returns the boundaries of the planned looks; the size of the test, which `test()` finds too, takes longer
  /// where there is no futility, and is a part of them where there is.
  public func boundaries() -> [LookBoundary] {
    guard plan.futility == .none else { return test().boundaries }
    let fractions = (1...plan.looks).map { Double($0) / Double(plan.looks) }
    return BoundarySearch(design: self, fractions: fractions, lastIsFinal: true).efficacyOnly()
  }

  /// Returns the test with looks at `fractions` of the information, the last of them 1.
  ///
  /// - Throws: `DesignError` where the fractions do not rise to 1.
  public func test(fractions: [Double]) throws(DesignError) -> GroupSequentialTest {
    var previous = 0.0
    for (index, fraction) in fractions.enumerated() {
      let isLast = index == fractions.count - 1
      guard fraction > previous * (1 + Self.leastStep), isLast ? fraction == 1 : fraction < 1
      else { throw .looksDoNotRise(look: index + 1, fraction, after: previous) }
      previous = fraction
    }
    guard !fractions.isEmpty else { throw .empty("the list of planned looks") }
    return GroupSequentialTest(design: self, fractions: fractions)
  }

  /// Looks closer than this, relative to the information, are one look.
  static let leastStep = 1e-6
}
