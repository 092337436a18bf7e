import SpecialFunctions

/// Units of a comparison of two variants that differ in nothing a bet can see.
public struct PairOutcome: Hashable, Sendable {
  /// Of treatment, given that the unit is in one of the two.
  public var probability: Double
  public var isTreatment: Bool
  /// In [0, 1].
  public var outcome: Double
  /// The predicted outcome, if any.
  public var score: Double?
  public var count: Int

  public init(
    probability: Double, isTreatment: Bool, outcome: Double, score: Double? = nil, count: Int
  ) {
    self.probability = probability
    self.isTreatment = isTreatment
    self.outcome = outcome
    self.score = score
    self.count = count
  }

  func payoff(forecast: Double) -> Double {
    (outcome - forecast) * (isTreatment ? 1 / probability : -1 / (1 - probability))
  }
}

extension [PairOutcome] {
  /// Deals `size` units at random, each set of units as likely, and the rest.
  ///
  /// The order of units within a look is not known; any order that does not hang on what they did
  /// serves an exact rule.
  func dealt(
    _ size: Int, using generator: inout some RandomNumberGenerator
  ) -> (first: [PairOutcome], rest: [PairOutcome]) {
    var first = map { unit in
      var unit = unit
      unit.count = 0
      return unit
    }
    var rest = self
    var left = reduce(0) { $0 + $1.count }
    for _ in 0..<Swift.min(size, left) {
      var index = generator.nextIndex(below: left)
      for place in rest.indices {
        index -= rest[place].count
        guard index < 0 else { continue }
        rest[place].count -= 1
        first[place].count += 1
        break
      }
      left -= 1
    }
    return (first.filter { $0.count > 0 }, rest.filter { $0.count > 0 })
  }
}
