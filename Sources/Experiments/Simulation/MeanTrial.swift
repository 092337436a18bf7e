import Glibc
import SpecialFunctions

/// Revenue and its kin, drawn unit by unit, judged by the asymptotic rule with its gate at even
/// distances.
public struct MeanTrial: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Log-normal with this standard deviation of the logarithm; the rest of the units spend nothing.
    case revenue(buyerShare: Double, logDeviation: Double)
    /// A normal outcome with a pre-exposure covariate of this correlation, adjusted.
    case adjusted(correlation: Double)
    /// Revenue per order, over units with 1 to 4 orders.
    case ratio
  }

  public var kind: Kind
  public var treatmentShare: Double
  /// What treatment's outcomes are multiplied by.
  public var treatmentFactor: Double
  public var plannedUnits: Int
  public var horizonUnits: Int
  /// Units between looks.
  public var lookUnits: Int

  public init(
    kind: Kind, treatmentShare: Double = 0.5, treatmentFactor: Double = 1, plannedUnits: Int,
    horizonUnits: Int, lookUnits: Int
  ) {
    precondition(lookUnits > 0 && horizonUnits > 0, "looks every \(lookUnits) of \(horizonUnits)")
    self.kind = kind
    self.treatmentShare = treatmentShare
    self.treatmentFactor = treatmentFactor
    self.plannedUnits = plannedUnits
    self.horizonUnits = horizonUnits
    self.lookUnits = lookUnits
  }

  public func run(using generator: inout some RandomNumberGenerator) -> TrialOutcome {
    let isRatio = kind == .ratio
    let engine = AsymptoticEngine(
      sequence: AsymptoticSequence(alpha: 0.05, plannedUnits: Double(plannedUnits)),
      isRatio: isRatio, gate: .standard)
    var tallies = [MetricTally](repeating: MetricTally(dimension: dimension), count: 2)
    for units in 1...horizonUnits {
      let variant = generator.nextUniform() < treatmentShare ? 1 : 0
      tallies[variant].add(draw(variant == 1 ? treatmentFactor : 1, using: &generator))
      guard units % lookUnits == 0,
        let reading = engine.reading(after: [], control: tallies[0], treatment: tallies[1])
      else { continue }
      if max(reading.logEvidenceAbove, reading.logEvidenceBelow) >= log(2 / 0.05) {
        return TrialOutcome(decision: reading.difference > 0 ? .better : .worse, units: units)
      }
    }
    return TrialOutcome(decision: .none, units: horizonUnits)
  }

  private var dimension: Int {
    if case .revenue = kind { 1 } else { 2 }
  }

  private func draw(
    _ factor: Double, using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    switch kind {
    case .revenue(let buyerShare, let deviation):
      guard generator.nextUniform() < buyerShare else { return [0] }
      return [factor * exp(3 + deviation * generator.nextStandardNormal())]
    case .adjusted(let correlation):
      let before = generator.nextStandardNormal()
      let rest = (1 - correlation * correlation).squareRoot() * generator.nextStandardNormal()
      return [factor * (20 + correlation * before + rest), before]
    case .ratio:
      let orders = Double(1 + generator.nextIndex(below: 4))
      return [factor * orders * exp(2 + 0.8 * generator.nextStandardNormal()), orders]
    }
  }
}
