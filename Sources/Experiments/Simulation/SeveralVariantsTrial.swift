import SpecialFunctions

/// Several treatments and control of one rate, evenly split; each treatment is judged against control by
/// the exact rule at its part of alpha, looked at after every unit.
public struct SeveralVariantsTrial: Hashable, Sendable {
  public var rate: Double
  public var treatmentCount: Int
  public var horizonUnits: Int

  public init(rate: Double, treatmentCount: Int, horizonUnits: Int) {
    self.rate = rate
    self.treatmentCount = treatmentCount
    self.horizonUnits = horizonUnits
  }

  public func run(
    _ rule: UnlimitedExactTrial, using generator: inout some RandomNumberGenerator
  ) -> TrialOutcome {
    var rule = rule
    rule.alpha /= Double(treatmentCount)
    var runs = (0..<treatmentCount).map { _ in UnlimitedExactTrial.Run(rule, share: 0.5) }
    var units = 0
    while units < horizonUnits {
      let count = min(32, horizonUnits - units)
      let batches = draw(count, using: &generator)
      for place in runs.indices {
        if let end = runs[place].add(batches[place]) {
          return TrialOutcome(decision: end.decision, units: units + count)
        }
      }
      units += count
    }
    return TrialOutcome(decision: .none, units: units)
  }

  /// For each treatment the units of it and of control, in order.
  private func draw(
    _ count: Int, using generator: inout some RandomNumberGenerator
  ) -> [UnitBatch] {
    var batches = [UnitBatch](repeating: UnitBatch(count: 0), count: treatmentCount)
    for _ in 0..<count {
      let variant = generator.nextIndex(below: treatmentCount + 1)
      let isConversion = generator.nextUniform() < rate
      for place in batches.indices where variant == 0 || variant == place + 1 {
        let bit = UInt64(1) << UInt64(batches[place].count)
        if variant != 0 { batches[place].treatment |= bit }
        if isConversion { batches[place].conversion |= bit }
        batches[place].count += 1
      }
    }
    return batches
  }
}
