import Foundation
import LinearAlgebra
import Testing
import Training

/// The objective of `ElasticNet`, its optimality conditions and a bound on its distance from the
/// minimum, from their definitions in a few lines and in another order.
struct PenalizedDefinition {
  let features: Matrix
  let outcomes: [Double]
  let shares: [Double]
  let offset: [Double]?
  /// What a penalty of 1 is on each column.
  var l1Scales: [Double]
  var l2Scales: [Double]

  init(
    _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, factors: [Double]? = nil
  ) {
    self.features = features
    self.outcomes = outcomes
    self.offset = offset
    l1Scales = factors ?? Array(repeating: 1, count: features.columnCount)
    l2Scales = l1Scales
    let weights = sampleWeights ?? outcomes.map { _ in 1 }
    let total = weights.reduce(0, +)
    shares = weights.map { $0 / total }
  }

  func predictors(_ point: ElasticNetPoint) -> [Double] {
    outcomes.indices.map { i in
      point.coefficients.indices.reduce(point.intercept + (offset?[i] ?? 0)) {
        $0 + point.coefficients[$1] * features[i, $1]
      }
    }
  }

  func objective(_ point: ElasticNetPoint) -> Double {
    let loss = zip(shares, zip(predictors(point), outcomes)).reduce(0.0) {
      $0 + $1.0 * (max($1.1.0, 0) - $1.1.1 * $1.1.0 + log1p(exp(-abs($1.1.0))))
    }
    return point.coefficients.indices.reduce(loss) { sum, j in
      let b = point.coefficients[j]
      guard b != 0 else { return sum }
      return sum + l1Scales[j] * point.l1Penalty * abs(b) + l2Scales[j] * point.l2Penalty * b * b
        / 2
    }
  }

  private func residuals(_ point: ElasticNetPoint) -> [Double] {
    zip(predictors(point), outcomes).map { 1 / (1 + exp(-$0)) - $1 }
  }

  /// The largest break of an optimality condition, intercept first.
  func violation(_ point: ElasticNetPoint) -> Double {
    let pull = zip(shares, residuals(point)).map(*)
    var largest = abs(pull.reduce(0, +))
    for j in point.coefficients.indices where l1Scales[j] < .infinity {
      let b = point.coefficients[j]
      let g = (0..<outcomes.count).reduce(l2Scales[j] * point.l2Penalty * b) {
        $0 + pull[$1] * features[$1, j]
      }
      let l1 = l1Scales[j] * point.l1Penalty
      largest = max(largest, b == 0 ? abs(g) - l1 : abs(g + (b > 0 ? l1 : -l1)))
    }
    return largest
  }

  /// The objective less the dual objective at the residuals, shifted to sum to 0 and scaled until they
  /// are feasible. Every column must have an l1 penalty.
  func dualityGap(_ point: ElasticNetPoint) -> Double {
    let shift = zip(shares, residuals(point)).reduce(0) { $0 + $1.0 * $1.1 }
    let raw = residuals(point).map { $0 - shift }
    let correlations = point.coefficients.indices.map { j in
      (0..<outcomes.count).reduce(0.0) { $0 + shares[$1] * raw[$1] * features[$1, j] }
    }
    let scale = correlations.indices.reduce(1.0) {
      min($0, l1Scales[$1] * point.l1Penalty / abs(correlations[$1]))
    }
    func entropy(_ q: Double) -> Double { q <= 0 || q >= 1 ? 0 : q * log(q) + (1 - q) * log1p(-q) }
    var dual = 0.0
    for i in outcomes.indices {
      dual -= shares[i] * entropy(outcomes[i] + scale * raw[i])
      dual += shares[i] * scale * raw[i] * (offset?[i] ?? 0)
    }
    return objective(point) - dual
  }
}

/// The largest difference of two points' coefficients, relative to their size or 1.
func distance(_ a: ElasticNetPoint, _ b: ElasticNetPoint) -> Double {
  zip([a.intercept] + a.coefficients, [b.intercept] + b.coefficients)
    .reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
}

func distance(_ a: ElasticNetPath, _ b: ElasticNetPath) -> Double {
  precondition(a.points.count == b.points.count, "\(a.points.count) and \(b.points.count) points")
  return zip(a.points, b.points).reduce(0) { max($0, distance($1.0, $1.1)) }
}
