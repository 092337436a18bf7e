import Foundation
import LinearAlgebra
import Scoring

/// Weights that make the outcomes of a fit weigh alike, and what they move the intercepts by.
///
/// With row i of class k counted cₖ times the odds of class k against class m are cₖ / cₘ times those of
/// the rows as they are, whatever the features (Prentice and Pyke 1979, *Biometrika* 66, 403–411): the
/// slopes of a true model do not change, and taking log cₖ off each intercept gives its probabilities back.
struct ClassBalance {
  /// cₖ = N / (K Nₖ), with sum N over the rows; 1 for a class without rows.
  let classWeights: [Double]

  /// - Parameters:
  ///   - outcomes: n classes, each in 0 ..< `classCount`.
  ///   - weights: how many times each row counts; once where `nil`.
  init(outcomes: [Double], classCount: Int, weights: [Double]?) {
    var counts = [Double](repeating: 0, count: classCount)
    for (row, outcome) in outcomes.enumerated() { counts[Int(outcome)] += weights?[row] ?? 1 }
    let total = counts.reduce(0, +)
    classWeights = counts.map { $0 > 0 ? total / (Double(classCount) * $0) : 1 }
  }

  /// Rows whose weights are times those of their classes.
  func weighted(_ rows: TrainingRows) -> TrainingRows {
    TrainingRows(
      indices: rows.indices, outcomes: rows.outcomes,
      weights: rows.outcomes.enumerated().map { row, outcome in
        (rows.weights?[row] ?? 1) * classWeights[Int(outcome)]
      }, times: rows.times, groups: rows.groups)
  }

  /// The intercept of outcome 1 against 0, for the rows as they are.
  func unweighted(intercept: Double) -> Double {
    intercept - log(classWeights[1] / classWeights[0])
  }

  /// The fit with the intercepts, of sum 0, for the rows as they are.
  func unweighted(_ fit: MultinomialFit) -> MultinomialFit {
    let moved = zip(fit.intercepts, classWeights).map { $0 - log($1) }
    let mean = moved.reduce(0, +) / Double(moved.count)
    return MultinomialFit(
      intercepts: moved.map { $0 - mean }, coefficients: fit.coefficients,
      iterations: fit.iterations, curvatureProducts: fit.curvatureProducts,
      gradientNorm: fit.gradientNorm, newtonDecrement: fit.newtonDecrement,
      objectiveGap: fit.objectiveGap, objective: fit.objective, logLoss: fit.logLoss)
  }
}
