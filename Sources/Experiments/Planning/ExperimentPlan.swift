import SpecialFunctions

/// What an experiment takes before it starts: units, days, and what each design costs.
public struct ExperimentPlan: Hashable, Sendable {
  public let request: PlanRequest
  /// What the fixed test needs of each variant, rounded up, and of all.
  public let unitsPerVariant: [Double]
  public let fixedUnits: Double
  /// The same without adjustment by the forecast (CUPED).
  public let fixedUnitsUnadjusted: Double
  public let costs: [DesignCost]
  /// The end of the simulated designs without end of their own, in units of all variants.
  public let endUnits: Double
  /// The least effect that the traffic of 90 days finds with the planned power, by the fixed test; `nil`
  /// without traffic.
  public let minimumEffectIn90Days: Double?

  /// Whether traffic is known and cannot find the effect within 90 days.
  public var isBeyond90Days: Bool {
    guard let days = request.days(units: fixedUnits) else { return false }
    return days > 90
  }

  /// Plans `request`; simulation is seeded by it.
  ///
  /// - Throws: `DesignError` for settings that no number of units answers.
  public init(_ request: PlanRequest) throws(DesignError) {
    self.request = request
    let pair = try request.pair
    let pairUnits = try pair.units(effect: request.effect, power: request.power)
    fixedUnits = pairUnits * request.scale
    fixedUnitsUnadjusted = fixedUnits / request.past.remainder
    let all = fixedUnits
    unitsPerVariant = request.shares.map { (all * $0 - 1e-9).rounded(.up) }
    let horizon = request.horizonDays.flatMap { request.units(withinDays: $0) }
    endUnits = horizon.map { max($0, all / 100) } ?? 3 * all
    minimumEffectIn90Days = request.units(withinDays: 90).flatMap { units in
      pair.minimumEffect(
        units: max(units, 1) / request.scale, power: request.power,
        sign: request.effect < 0 ? -1 : 1)
    }
    costs = try PlanCosts(request: request, pairUnits: pairUnits, endUnits: endUnits).all()
  }
}

/// The costs of all designs that a metric allows.
private struct PlanCosts {
  let request: PlanRequest
  let pairUnits: Double
  let endUnits: Double

  func all() throws(DesignError) -> [DesignCost] {
    var costs = [
      try DesignCost(
        fixed: request.pair, effect: request.effect, power: request.power, scale: request.scale),
      DesignCost(groupSequential: try sequential(futility: false), fixedUnits: fixedUnits),
      DesignCost(groupSequential: try sequential(futility: true), fixedUnits: fixedUnits),
    ]
    let end = endUnits
    costs.append(try simulated(.unlimitedExact, .unlimitedExact, end: end, hasEnd: false))
    let cap = request.capUnits.map { Double($0) / fixedUnits } ?? SoonestPolicy.usualCap
    let policy = SoonestPolicy(
      alpha: request.comparisonAlpha / 2, power: request.power, cap: cap)
    costs.append(
      try simulated(.soonestExact, .soonestExact(policy), end: cap * fixedUnits, hasEnd: true))
    costs.append(
      try simulated(.asymptotic, .asymptotic(plannedUnits: 1), end: end, hasEnd: false))
    return costs
  }

  private var fixedUnits: Double { pairUnits * request.scale }

  private func sequential(futility: Bool) throws(DesignError) -> GroupSequentialTest {
    let looks = request.looks
    let plan = try GroupSequentialPlan(
      spending: looks.spending, futility: futility ? .nonBinding(looks.spending) : .none,
      looks: looks.looks, power: request.power, isOneSided: futility)
    return try GroupSequentialDesign(alpha: request.comparisonAlpha, plan: plan).test()
  }

  private func simulated(
    _ design: DesignCost.Design, _ rule: DesignSimulation.Rule, end: Double, hasEnd: Bool
  ) throws(DesignError) -> DesignCost {
    let share = try surrogate()
    let horizon = end / request.scale / share.scale
    let simulation = try DesignSimulation(
      baseline: share.baseline, plannedEffect: share.effect, alpha: request.comparisonAlpha,
      treatmentShare: request.pair.treatmentShare,
      horizonUnits: Int(min(max(horizon.rounded(), 1), 1e9)))
    var rule = rule
    if case .asymptotic = rule { rule = .asymptotic(plannedUnits: pairUnits / share.scale) }
    var summaries: [StoppingSummary] = []
    for (index, multiple) in PlanCurve.multiples.enumerated() {
      // A share cannot pass 1: beyond it the curve stays where it was.
      if share.baseline + multiple * share.effect > 1, let last = summaries.last {
        summaries.append(last)
        continue
      }
      summaries.append(
        try simulation.summary(
          rule, effectMultiple: multiple, runCount: request.runCount,
          seed: request.seed &+ UInt64(index)))
    }
    return DesignCost(
      simulated: design, summaries, maximumUnits: hasEnd ? end : nil,
      scale: request.scale * share.scale)
  }

  /// A share whose simulated experiments stand for those of the metric, and how many units of the pair one
  /// of its units counts for. A decrease is the increase of the share of units that do not convert.
  private func surrogate() throws(DesignError) -> (
    baseline: Double, effect: Double, scale: Double
  ) {
    let past = request.past
    if past.isShare, past.correlation == 0, pairUnits <= 100_000 {
      return request.effect > 0
        ? (past.mean, request.effect, 1) : (1 - past.mean, -request.effect, 1)
    }
    let units = min(max(pairUnits, 5000), 50_000)
    let test = try FixedTest(
      past: MetricPast(share: 0.5), alpha: request.comparisonAlpha,
      treatmentShare: request.pair.treatmentShare)
    guard let effect = test.minimumEffect(units: units, power: request.power) else {
      throw .effectTooSmall(request.effect)
    }
    return (0.5, effect, pairUnits / units)
  }
}
