import Glibc
import SpecialFunctions

/// Experiments on a share, simulated unit by unit and judged by one design: its error rates, its power and
/// when it stops.
///
/// The always-valid designs are looked at after every unit, the asymptotic one after every 64, a
/// group-sequential one at its looks.
public struct DesignSimulation: Hashable, Sendable {
  public enum Rule: Hashable, Sendable {
    case unlimitedExact
    /// The policy, of a one-sided alpha, takes longer to solve than many experiments to simulate: it is
    /// solved once for all effects.
    case soonestExact(SoonestPolicy)
    /// The normal mixture, tuned at a number of units of both variants.
    case asymptotic(plannedUnits: Double)
    case groupSequential(GroupSequentialTest, plannedUnits: Int)
    /// A z-test at each of so many looks, as is done and should not be.
    case peeking(looks: Int, plannedUnits: Int)
  }

  /// The rate under control, and the effect for the better that the design is tuned to.
  public let baseline: Double
  public let plannedEffect: Double
  /// Two-sided.
  public let alpha: Double
  public let treatmentShare: Double
  /// Where an experiment that has not stopped is left.
  public let horizonUnits: Int

  /// - Throws: `DesignError` for rates outside (0, 1), an effect that is not above 0 or a count below 1.
  public init(
    baseline: Double, plannedEffect: Double, alpha: Double = 0.05, treatmentShare: Double = 0.5,
    horizonUnits: Int
  ) throws(DesignError) {
    guard plannedEffect > 0 else {
      throw .outOfRange("the planned effect", plannedEffect, allowed: "(0, 1)")
    }
    // The test checks rates, alpha and share.
    let test = try FixedTest(
      past: MetricPast(share: baseline), alpha: alpha, treatmentShare: treatmentShare)
    _ = try test.units(effect: plannedEffect, power: 0.8)
    guard horizonUnits >= 1, horizonUnits <= 1_000_000_000 else {
      throw .outOfRange("the horizon in units", Double(horizonUnits), allowed: "[1, 1e9]")
    }
    self.baseline = baseline
    self.plannedEffect = plannedEffect
    self.alpha = alpha
    self.treatmentShare = treatmentShare
    self.horizonUnits = horizonUnits
  }

  /// Returns what `runCount` experiments do whose true effect is `multiple` times the planned one.
  ///
  /// - Throws: `DesignError` for a rate outside [0, 1] or no run.
  public func summary(
    _ rule: Rule, effectMultiple multiple: Double, runCount: Int, seed: UInt64
  ) throws(DesignError) -> StoppingSummary {
    let rate = baseline + multiple * plannedEffect
    guard rate >= 0, rate <= 1 else {
      throw .outOfRange("the treatment's rate", rate, allowed: "[0, 1]")
    }
    guard runCount >= 1, runCount <= 10_000_000 else {
      throw .outOfRange("the number of runs", Double(runCount), allowed: "[1, 1e7]")
    }
    let trial = ShareTrial(
      controlRate: baseline, treatmentRate: rate, treatmentShare: treatmentShare,
      horizonUnits: horizonUnits)
    return StoppingSummary(outcomes(rule, trial, runCount, seed))
  }

  private func outcomes(
    _ rule: Rule, _ trial: ShareTrial, _ runCount: Int, _ seed: UInt64
  ) -> [TrialOutcome] {
    switch rule {
    case .unlimitedExact:
      let exact = UnlimitedExactTrial(
        minimumEffect: plannedEffect, baseline: baseline, alpha: alpha)
      return simulateTrials(runCount, seed: seed) { exact.run(trial, using: &$0) }
    case .soonestExact(let policy):
      let soonest = SoonestExactTrial(
        policy: policy, minimumEffect: plannedEffect, baseline: baseline)
      return simulateTrials(runCount, seed: seed) { soonest.run(trial, using: &$0) }
    case .asymptotic(let plannedUnits):
      let mixture = AsymptoticSequence(alpha: alpha, plannedUnits: plannedUnits)
      let threshold = -log(alpha)
      return simulateTrials(runCount, seed: seed) { generator in
        ZTrial(looks: nil) { counts, _ in
          guard let z = counts.gatedZ else { return nil }
          guard mixture.logEvidence(z: z, units: counts.units) >= threshold else { return nil }
          return z > 0 ? .better : .worse
        }.run(trial, using: &generator)
      }
    case .groupSequential(let test, let plannedUnits):
      let looks = test.boundaries.map {
        max(1, Int((Double(plannedUnits) * $0.fraction).rounded()))
      }
      return simulateTrials(runCount, seed: seed) { generator in
        ZTrial(looks: looks) { counts, look in test.decision(z: counts.z, look: look) }
          .run(trial, using: &generator)
      }
    case .peeking(let count, let plannedUnits):
      let critical = -normalQuantile(alpha / 2)
      let looks = (1...max(count, 1)).map { max(1, plannedUnits * $0 / max(count, 1)) }
      return simulateTrials(runCount, seed: seed) { generator in
        ZTrial(looks: looks) { counts, _ in
          guard let z = counts.z, abs(z) >= critical else { return nil }
          return z > 0 ? .better : .worse
        }.run(trial, using: &generator)
      }
    }
  }
}

extension GroupSequentialTest {
  fileprivate func decision(z: Double?, look: Int) -> TrialOutcome.Decision? {
    guard let z else { return nil }
    let boundary = boundaries[look]
    if let efficacy = boundary.efficacy {
      if z >= efficacy { return .better }
      if design.sides == .two, z <= -efficacy { return .worse }
    }
    if let futility = boundary.futility, z <= futility { return .futile }
    return nil
  }
}

/// Units and conversions so far, and what a z-test makes of them.
private struct PairCounts {
  /// By cell, as `UnitBatch.cells`.
  var cells = SIMD4<Double>(repeating: 0)

  var units: Double { cells.sum() }

  /// The difference of shares in its standard errors, each variant's variance by itself.
  var z: Double? {
    let (n1, n0) = (cells[0] + cells[1], cells[2] + cells[3])
    guard n1 > 0, n0 > 0 else { return nil }
    let (p1, p0) = (cells[0] / n1, cells[2] / n0)
    let variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    return variance > 0 ? (p1 - p0) / variance.squareRoot() : nil
  }

  /// `nil` too before an asymptotic answer is given.
  var gatedZ: Double? {
    let isOpen = Gate.standard.isOpen(
      units: (Int(cells[2] + cells[3]), Int(cells[0] + cells[1])),
      conversions: (Int(cells[2]), Int(cells[0])))
    return isOpen ? z : nil
  }
}

/// An experiment judged by its counts, at given numbers of units or after every batch.
private struct ZTrial {
  /// Ascending; `nil` for after every batch.
  let looks: [Int]?
  /// The decision, if any, by counts and the index of the look.
  let decide: (PairCounts, Int) -> TrialOutcome.Decision?

  func run(
    _ trial: ShareTrial, using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var counts = PairCounts()
    var units = 0
    var look = 0
    let end = min(trial.horizonUnits, looks?.last ?? trial.horizonUnits)
    while units < end {
      let next = min(end, looks.map { $0[look] } ?? end)
      let batch = trial.draw(min(64, next - units), using: &generator)
      counts.cells += batch.cells
      units += batch.count
      guard looks == nil || units >= next else { continue }
      if let decision = decide(counts, look) {
        return TrialOutcome(decision: decision, units: units)
      }
      // Looks of small plans may fall on one number of units.
      while let looks, look + 1 < looks.count, looks[look] <= units { look += 1 }
    }
    return TrialOutcome(decision: .none, units: units)
  }
}
