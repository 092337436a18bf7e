import Glibc
import SpecialFunctions

/// The unlimited exact rule on simulated conversions, given up where conditional power is too small: a look
/// after every unit for a call, after every 64 for giving up.
public struct CurtailedTrial: Hashable, Sendable {
  public var rule: UnlimitedExactTrial
  /// Below which it gives up.
  public var leastPower: Double
  private let conditionalPower: ConditionalPower

  /// - Parameters:
  ///   - fixedUnits: Of the test with one look for the minimum effect.
  ///   - endUnits: The planned end.
  public init(
    rule: UnlimitedExactTrial, leastPower: Double, fixedUnits: Double, endUnits: Double
  ) {
    self.rule = rule
    self.leastPower = leastPower
    conditionalPower = ConditionalPower(
      horizonUnits: endUnits,
      criticalZ: AsymptoticSequence(alpha: rule.alpha, plannedUnits: fixedUnits)
        .halfWidth(units: endUnits))
  }

  public func run(
    _ trial: ShareTrial, using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var run = UnlimitedExactTrial.Run(rule, share: trial.treatmentShare)
    var cells = SIMD4<Double>(repeating: 0)
    var units = 0
    while units < trial.horizonUnits {
      let batch = trial.draw(min(64, trial.horizonUnits - units), using: &generator)
      if let end = run.add(batch) {
        return TrialOutcome(decision: end.decision, units: units + end.units)
      }
      cells += batch.cells
      units += batch.count
      if isHopeless(cells) { return TrialOutcome(decision: .futile, units: units) }
    }
    return TrialOutcome(decision: .none, units: units)
  }

  private func isHopeless(_ cells: SIMD4<Double>) -> Bool {
    let treatment = MetricTally(units: Int(cells[0] + cells[1]), conversions: Int(cells[0]))
    let control = MetricTally(units: Int(cells[2] + cells[3]), conversions: Int(cells[2]))
    guard Gate.standard.isOpen(control, treatment),
      let estimate = DifferenceEstimate(control: control, treatment: treatment, isRatio: false)
    else { return false }
    return conditionalPower.chance(
      estimate: estimate.difference, standardError: estimate.standardError,
      effect: rule.minimumEffect, units: Double(estimate.units)) < leastPower
  }
}
