import Glibc
import SpecialFunctions

/// A group-sequential test as looks come in, whenever they come: its repeated intervals, and the least level
/// at which it would have stopped by now.
///
/// The share of the planned information decides what a look may spend; the look that reaches all of it,
/// or all of the planned units, is the last and spends the rest; what comes later is not read. A binding futility stop ends it too; one that is not binding may be
/// overruled by going on. Repeated p-values: Jennison & Turnbull (2000), 9.2.
struct GroupSequentialEngine: EvidenceEngine {
  private let test: GroupSequentialTest
  private let isRatio: Bool
  private let direction: Double
  /// Units of both variants at the planned end.
  private let plannedUnits: Double
  /// Fixed by the first look that has a variance; only the scale of the fractions hangs on it.
  private var maximumInformation: Double?
  private var looks: [InformationLook] = []
  private var fractions: [Double] = []
  /// Whether the last look was at the planned end: all of the information, or all of the units.
  private var isAtEnd = false
  private var last: EngineReading?
  private(set) var progress: GroupSequentialProgress?

  /// - Parameters:
  ///   - fixedUnits: What a test with one look needs for the planned effect, both variants together.
  ///   - pairShare: The share of all units that fall into the two variants.
  init(
    plan: GroupSequentialPlan, alpha: Double, fixedUnits: Double, isRatio: Bool, direction: Double,
    pairShare: Double = 1
  ) {
    self.isRatio = isRatio
    self.direction = direction
    test = GroupSequentialDesign(checked: plan, alpha: alpha).test()
    plannedUnits =
      plan.plannedUnits.map { Double($0) * pairShare } ?? fixedUnits * test.inflation
  }

  mutating func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading? {
    guard !isOver, let estimate = add(control: control, treatment: treatment) else { return last }
    last = reading(estimate)
    progress = progress(units: estimate.units)
    return last
  }

  /// Adds a look without judging it.
  ///
  /// - Returns: `nil` where there is nothing to read, or nothing new.
  mutating func add(control: MetricTally, treatment: MetricTally) -> DifferenceEstimate? {
    let previous = fractions.last ?? 0
    guard !isAtEnd, Gate.standard.isOpen(control, treatment),
      let estimate = DifferenceEstimate(control: control, treatment: treatment, isRatio: isRatio),
      let look = try? InformationLook(
        estimate: direction * estimate.difference, standardError: estimate.standardError)
    else { return nil }
    let maximum = maximumInformation ?? look.information * plannedUnits / Double(estimate.units)
    maximumInformation = maximum
    let fraction = look.information / maximum
    guard fraction.isFinite, fraction > previous * (1 + GroupSequentialDesign.leastStep) else {
      return nil
    }
    looks.append(look)
    fractions.append(fraction)
    isAtEnd = fraction >= 1 || Double(estimate.units) >= plannedUnits
    return estimate
  }

  /// Whether any look so far stops for an effect.
  var isEffectCalled: Bool {
    let stop = maximumInformation.flatMap {
      try? test.stop(of: looks, maximumInformation: $0, isFinal: isAtEnd)
    }
    return stop?.outcome == .effectAbove || stop?.outcome == .effectBelow
  }

  /// Going on after a binding stop would break the error level.
  private var isOver: Bool { progress?.outcome == .futility && test.design.isBinding }

  private func progress(units: Int) -> GroupSequentialProgress? {
    // The looks were checked when they were added.
    guard let maximumInformation, let look = looks.last,
      let reading = try? test.reading(
        of: looks, maximumInformation: maximumInformation, isFinal: isAtEnd),
      let boundary = reading.boundaries.last
    else { return nil }
    return GroupSequentialProgress(
      outcome: reading.outcome, lookCount: looks.count, units: units, isAtEnd: isAtEnd,
      boundary: boundary, z: look.z,
      final: direction > 0 ? reading.final : reading.final?.negated)
  }

  private func reading(_ estimate: DifferenceEstimate) -> EngineReading {
    let half = (bound(alpha: test.design.alpha) ?? .infinity) * estimate.standardError
    // One side is as likely as the other; a one-sided test has evidence for the better alone.
    let evidence = logEvidence(z: abs(estimate.z))
    let isAbove = estimate.z >= 0
    let counts = test.design.sides == .two || (direction > 0) == isAbove
    var reading = EngineReading(
      difference: estimate.difference,
      interval: (estimate.difference - half)...(estimate.difference + half),
      logEvidenceAbove: isAbove && counts ? evidence : 0,
      logEvidenceBelow: !isAbove && counts ? evidence : 0)
    if let error = estimate.logRatioStandardError, let relative = estimate.relative, relative > -1 {
      reading.relative = relative
      let width = (bound(alpha: test.design.alpha) ?? .infinity) * error
      let centre = log1p(relative)
      reading.relativeInterval = expm1(centre - width)...expm1(centre + width)
    }
    return reading
  }

  /// The efficacy boundary of the latest look at the two-sided level `alpha`; `nil` where nothing stops.
  private func bound(alpha: Double) -> Double? {
    let design = test.design.atLevel(alpha)
    let search = BoundarySearch(design: design, fractions: fractions, lastIsFinal: isAtEnd)
    // Only a binding futility stop moves the efficacy boundary.
    let boundaries =
      design.isBinding
      ? search.planned(drift: test.drift).boundaries : search.efficacyOnly()
    return boundaries.last?.efficacy
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
