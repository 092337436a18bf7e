import Foundation
public import LinearAlgebra

/// A conditional logit as it was fitted, and how well the fit went.
public struct ConditionalLogitFit: Sendable, Hashable {
  /// One for each offer, with sum 0; none when the fit was not given offers.
  public let offerIntercepts: [Double]
  /// p numbers, in log-odds per unit of the column.
  public let coefficients: [Double]
  /// Newton steps taken, the last one included.
  public let iterations: Int
  /// The largest derivative of the objective at the result, by an intercept or by a coefficient in
  /// units of its column's largest difference within a set, rounded up to a power of two.
  public let gradientNorm: Double
  /// Half the squared Newton decrement before the last step, ½ gᵀH⁻¹g.
  public let newtonDecrement: Double
  /// What was minimised: `logLoss` + ½ l2Penalty ‖coefficients‖².
  public let objective: Double
  /// The weighted mean log loss of the choice sets it was fitted to, in nats.
  public let logLoss: Double
}

extension ConditionalLogitFit {
  init(_ solution: ConditionalSolver.Solution, problem: ChoiceProblem) {
    let parameters = solution.evaluation.parameters
    let intercepts = parameters[..<problem.offerCount]
    let mean = intercepts.reduce(0, +) / Double(max(1, intercepts.count))
    self.init(
      offerIntercepts: intercepts.map { $0 - mean },
      coefficients: zip(parameters[problem.offerCount...], problem.scales).map { $0 / $1 },
      iterations: solution.iterations, gradientNorm: solution.gradientNorm,
      newtonDecrement: solution.newtonDecrement, objective: solution.evaluation.objective,
      logLoss: solution.evaluation.logLoss)
  }

  /// Returns the probability of each row, which add up to 1 in each choice set.
  ///
  /// - Parameters:
  ///   - features: n × p, the columns of the fit.
  ///   - choiceSets: n numbers, the same for the rows of a set, which stand together.
  ///   - offers: n offers of the fit; absent when the fit had none.
  /// - Throws: `FitError` for rows out of order, an offer the fit did not see, and a value that is
  ///   not finite.
  public func probabilities(
    _ features: Matrix, choiceSets: [Int], offers: [Int]? = nil
  ) throws(FitError) -> [Double] {
    precondition(
      features.columnCount == coefficients.count,
      "\(features.columnCount) columns for \(coefficients.count) coefficients")
    precondition(
      (offers == nil) == offerIntercepts.isEmpty, "offers are given to a fit with intercepts")
    for (count, name) in [
      (choiceSets.count, "choice sets"), (offers?.count ?? choiceSets.count, "offers"),
    ] where count != features.rowCount {
      throw .countMismatch(of: name, count: count, rows: features.rowCount)
    }
    var scores = try scores(features, offers: offers)
    for rows in try ChoiceProblem.ranges(choiceSets) {
      let top = scores[rows].reduce(-.infinity, max)
      var sum = 0.0
      for row in rows {
        scores[row] = exp(scores[row] - top)
        sum += scores[row]
      }
      for row in rows { scores[row] /= sum }
    }
    return scores
  }

  private func scores(_ features: Matrix, offers: [Int]?) throws(FitError) -> [Double] {
    var scores = features.times(coefficients)
    if let row = scores.firstIndex(where: { !$0.isFinite }) {
      let column = (0..<features.columnCount).first { !features[row, $0].isFinite }
      throw .notFinite(row: row + 1, column: column.map { "\($0 + 1)" } ?? "linear predictor")
    }
    for (row, offer) in (offers ?? []).enumerated() {
      guard offerIntercepts.indices.contains(offer) else {
        throw .outcomeNotClass(row: row + 1, value: offer, classCount: offerIntercepts.count)
      }
      scores[row] += offerIntercepts[offer]
    }
    return scores
  }
}
