import Foundation
import LinearAlgebra
import Scoring
import Training

/// Rows, codes and outcomes of a multinomial model with known coefficients.
struct ChoiceSample {
  var sample: Sample
  var outcomes: [Int]
  let classCount: Int

  var rows: [[Double]] { sample.rows }
  var matrix: Matrix { sample.matrix }

  init(
    seed: UInt64, rowCount: Int, columnCount: Int, classCount: Int, levelCounts: [Int] = []
  ) {
    sample = Sample(
      seed: seed, rowCount: rowCount, columnCount: columnCount, levelCounts: levelCounts,
      noLevels: true)
    self.classCount = classCount
    var generator = SeededGenerator(seed &+ 1000)
    let (rows, codes) = (sample.rows, sample.codes)
    outcomes = rows.indices.map { i in
      // The first rows take each class once, so that none is empty.
      if i < classCount { return i }
      let scores = (0..<classCount).map { k in
        let dense = rows[i].enumerated().reduce(0.0) {
          $0 + $1.1 * sin(Double(3 * k + 7 * $1.0 + 1))
        }
        let levels = codes.reduce(0.0) { $0 + cos(Double(5 * k) + Double($1[i])) / 2 }
        return dense + levels - log(-log(Double.random(in: 1e-300..<1, using: &generator)))
      }
      return scores.indices.max { scores[$0] < scores[$1] } ?? 0
    }
  }

  /// A mask with each row's outcome and about `share` of the other classes.
  func availability(seed: UInt64, share: Double) -> Availability {
    var generator = SeededGenerator(seed)
    var available = Availability(rowCount: rows.count, optionCount: classCount)
    for row in rows.indices {
      for k in 0..<classCount where k != outcomes[row] {
        available[row, k] = Double.random(in: 0..<1, using: &generator) < share
      }
    }
    return available
  }
}

/// The largest difference between two fits' intercepts and coefficients, relative to their size or 1.
func distance(_ a: MultinomialFit, _ b: MultinomialFit) -> Double {
  zip(a.intercepts + a.coefficients.values, b.intercepts + b.coefficients.values)
    .reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
}

/// The largest derivative of the objective, from its definition in a few lines and in another order.
func largestDerivative(
  at fit: MultinomialFit, _ features: Matrix, outcomes: [Int], sampleWeights: [Double]? = nil,
  available: Availability? = nil, l2Penalty: Double
) -> Double {
  let weights = sampleWeights ?? outcomes.map { _ in 1 }
  let total = weights.reduce(0, +)
  var intercepts = fit.intercepts.map { _ in 0.0 }
  var slopes = fit.coefficients.columns.map { $0.map { l2Penalty * $0 } }
  for i in outcomes.indices {
    let terms = fit.intercepts.indices.map { k in
      guard available?[i, k] ?? true else { return 0.0 }
      return exp(
        (0..<features.columnCount).reduce(fit.intercepts[k]) {
          $0 + features[i, $1] * fit.coefficients[$1, k]
        })
    }
    let sum = terms.reduce(0, +)
    for k in terms.indices {
      let residual = weights[i] / total * (terms[k] / sum - (k == outcomes[i] ? 1 : 0))
      intercepts[k] += residual
      for j in 0..<features.columnCount { slopes[k][j] += residual * features[i, j] }
    }
  }
  return (intercepts + slopes.joined()).reduce(0) { max($0, abs($1)) }
}
