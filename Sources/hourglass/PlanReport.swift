import Experiments

/// A plan as JSON.
struct PlanReport: Encodable {
  struct Cost: Encodable {
    let design: String
    let meanUnits: Double
    let medianUnits: Double?
    let ninetiethUnits: Double?
    let maximumUnits: Double?
    let meanUnitsWithoutEffect: Double?
    let power: Double
    let falseCalls: Double
    let meanDays: Double?
    let ninetiethDays: Double?
    /// At `effectMultiples` times the planned effect.
    let powers: [Double]
  }

  let metric: String
  let baseline: Double
  let isShare: Bool
  let effect: Double
  let alpha: Double
  let power: Double
  let shares: [Double]
  let correlation: Double
  let fixedUnits: Double
  let fixedUnitsUnadjusted: Double
  let unitsPerVariant: [Double]
  let fixedDays: Double?
  let unitsPerDay: Double?
  let minimumEffectIn90Days: Double?
  let isBeyond90Days: Bool
  let effectMultiples: [Double]
  let designs: [Cost]
  let runs: Int
  let seed: UInt64

  init(_ plan: ExperimentPlan, metric: String) {
    let request = plan.request
    self.metric = metric
    baseline = request.past.mean
    isShare = request.past.isShare
    effect = request.effect
    alpha = request.alpha
    power = request.power
    shares = request.shares
    correlation = request.past.correlation
    fixedUnits = plan.fixedUnits
    fixedUnitsUnadjusted = plan.fixedUnitsUnadjusted
    unitsPerVariant = plan.unitsPerVariant
    fixedDays = request.days(units: plan.fixedUnits)
    unitsPerDay = request.unitsPerDay
    minimumEffectIn90Days = plan.minimumEffectIn90Days
    isBeyond90Days = plan.isBeyond90Days
    effectMultiples = PlanCurve.multiples
    runs = request.runCount
    seed = request.seed
    designs = plan.costs.map { cost in
      Cost(
        design: cost.design.rawValue, meanUnits: cost.meanUnits, medianUnits: cost.medianUnits,
        ninetiethUnits: cost.ninetiethUnits, maximumUnits: cost.maximumUnits,
        meanUnitsWithoutEffect: cost.meanUnitsWithoutEffect, power: cost.power,
        falseCalls: cost.falseCalls, meanDays: request.days(units: cost.meanUnits),
        ninetiethDays: cost.ninetiethUnits.flatMap { request.days(units: $0) },
        powers: cost.powers)
    }
  }
}
