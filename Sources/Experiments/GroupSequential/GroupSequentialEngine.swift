import Glibc
import SpecialFunctions

/// A group-sequential test as looks come in, whenever they come: its repeated intervals, and the least level
/// at which it would have stopped by now.
///
/// The share of the planned information decides what a look may spend; the look that reaches all of it is the
/// last, and what comes later is not read. Futility is advice and takes no path away, so that going on costs
/// no error. Repeated p-values: Jennison & Turnbull (2000), 9.2.
struct GroupSequentialEngine: EvidenceEngine {
  private let plan: GroupSequentialPlan
  private let alpha: Double
  private let isRatio: Bool
  private let direction: Double
  /// Units of both variants at the planned end.
  private let plannedUnits: Double
  /// Fixed by the first look that has a variance; only the scale of the fractions hangs on it.
  private var maximumInformation: Double?
  private var fractions: [Double] = []
  private var last: EngineReading?

  /// - Parameter fixedUnits: What a test with one look needs for the planned effect, both variants together.
  init(
    plan: GroupSequentialPlan, alpha: Double, fixedUnits: Double, isRatio: Bool, direction: Double
  ) {
    self.plan = plan
    self.alpha = alpha
    self.isRatio = isRatio
    self.direction = direction
    if let units = plan.plannedUnits {
      plannedUnits = Double(units)
    } else {
      let test = Self.design(plan, alpha: alpha)?.test()
      plannedUnits = fixedUnits * (test?.inflation ?? 1)
    }
  }

  /// The design without futility.
  private static func design(_ plan: GroupSequentialPlan, alpha: Double) -> GroupSequentialDesign? {
    guard
      let free = try? GroupSequentialPlan(
        spending: plan.spending, looks: plan.looks, power: plan.power, isOneSided: plan.isOneSided)
    else { return nil }
    // A level that cannot be spent leaves no design: it calls nothing.
    return try? GroupSequentialDesign(alpha: alpha, plan: free)
  }

  mutating func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading? {
    guard (fractions.last ?? 0) < 1, Gate.standard.isOpen(control, treatment),
      let estimate = DifferenceEstimate(control: control, treatment: treatment, isRatio: isRatio)
    else { return last }
    let information = 1 / (estimate.standardError * estimate.standardError)
    let maximum = maximumInformation ?? information * plannedUnits / Double(estimate.units)
    maximumInformation = maximum
    let fraction = information / maximum
    let previous = fractions.last ?? 0
    guard fraction.isFinite, fraction > previous * (1 + GroupSequentialDesign.leastStep) else {
      return last
    }
    fractions.append(fraction)
    last = reading(estimate)
    return last
  }

  private func reading(_ estimate: DifferenceEstimate) -> EngineReading {
    let half = (bound(alpha: alpha) ?? .infinity) * estimate.standardError
    // One side is as likely as the other; a one-sided test has evidence for the better alone.
    let evidence = logEvidence(z: abs(estimate.z))
    let isAbove = estimate.z >= 0
    let counts = !plan.isOneSided || (direction > 0) == isAbove
    var reading = EngineReading(
      difference: estimate.difference,
      interval: (estimate.difference - half)...(estimate.difference + half),
      logEvidenceAbove: isAbove && counts ? evidence : 0,
      logEvidenceBelow: !isAbove && counts ? evidence : 0)
    if let error = estimate.logRatioStandardError, let relative = estimate.relative, relative > -1 {
      reading.relative = relative
      let width = (bound(alpha: alpha) ?? .infinity) * error
      let centre = log1p(relative)
      reading.relativeInterval = expm1(centre - width)...expm1(centre + width)
    }
    return reading
  }

  /// The efficacy boundary of the latest look at the two-sided level `alpha`; `nil` where nothing stops.
  private func bound(alpha: Double) -> Double? {
    guard let design = Self.design(plan, alpha: alpha) else { return nil }
    let search = BoundarySearch(design: design, fractions: fractions, lastIsFinal: false)
    return search.efficacyOnly().last?.efficacy
  }

  /// −log of the least level of one side at which the latest look stops at `z`.
  private func logEvidence(z: Double) -> Double {
    // At the level of ½ for both sides nearly everything stops; there is no evidence below that.
    guard z > (bound(alpha: 0.5) ?? .infinity) else { return 0 }
    let least = log(1e-11)
    guard z < (bound(alpha: exp(least)) ?? .infinity) else { return log(2.0) - least }
    let root = increasingRoot(from: log(0.05), step: 1, tolerance: 1e-6) { logLevel in
      guard logLevel < log(0.5) else { return 1 }
      guard logLevel > least else { return -1 }
      return z - (bound(alpha: exp(logLevel)) ?? 40)
    }
    return log(2.0) - root
  }
}
