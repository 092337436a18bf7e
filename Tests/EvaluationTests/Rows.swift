import SpecialFunctions

/// Seeded rows from a logistic model of one normal feature.
struct Rows {
  var linearPredictors: [Double] = []
  var outcomes: [Double] = []

  /// - Parameter step: Linear predictors are rounded to its multiples, which makes ties.
  init(
    count: Int, seed: UInt64, intercept: Double = -0.5, slope: Double = 1.3, step: Double? = nil
  ) {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<count {
      let eta = intercept + slope * generator.nextStandardNormal()
      linearPredictors.append(step.map { (eta / $0).rounded() * $0 } ?? eta)
      outcomes.append(generator.nextUniform() < logistic(eta) ? 1 : 0)
    }
  }

  /// The same rows in an order drawn from `seed`.
  func shuffled(seed: UInt64) -> Rows {
    var generator = SplitMix64(seed: seed)
    let order = Array(outcomes.indices).reproduciblyShuffled(using: &generator)
    var rows = self
    rows.linearPredictors = order.map { linearPredictors[$0] }
    rows.outcomes = order.map { outcomes[$0] }
    return rows
  }
}
