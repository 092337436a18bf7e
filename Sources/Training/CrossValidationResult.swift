import Foundation

/// The fit of one fold at one penalty.
public struct FoldFit: Sendable, Hashable {
  public let intercept: Double
  /// p numbers, in log-odds per unit of the column: dense columns, then the levels of each category.
  public let coefficients: [Double]
  /// What was minimised.
  public let objective: Double
  /// The weighted mean log loss of the rows it was fitted to, in nats.
  public let logLoss: Double
  /// The weighted mean log loss of the rows held out, in nats.
  public let heldOutLogLoss: Double
}

extension FoldFit {
  init(_ solution: PenaltyBatch.Solution, of data: PenaltyDesign) {
    let (intercept, coefficients) = data.original(solution.point)
    self.init(
      intercept: intercept, coefficients: coefficients, objective: solution.objective,
      logLoss: solution.answer.logLoss, heldOutLogLoss: solution.answer.heldOutLoss)
  }
}

/// How well each penalty did out of fold.
public struct CrossValidationResult: Sendable, Hashable {
  /// One row for each penalty, in the order given.
  public let rows: [Row]
  /// By penalty, then by fold; none of a multinomial regression.
  public let fits: [[FoldFit]]

  public struct Row: Sendable, Hashable {
    public let penalty: Double
    /// The mean of the folds, each with the weight of its rows held out, in nats.
    public let meanLogLoss: Double
    /// Of `meanLogLoss`, from the spread of the folds; that of two folds is a rough guess.
    public let standardError: Double
    public let foldLogLosses: [Double]
  }

  /// How a penalty is chosen from the table.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// The least mean log loss.
    case minimum
    /// The strongest penalty whose mean log loss is within one standard error of the least (Breiman et
    /// al. 1984, *Classification and Regression Trees*, section 3.4.3).
    case oneStandardError
  }

  init(penalties: [Double], fits: [[FoldFit]], heldOutWeights: [Double]) {
    self.fits = fits
    rows = zip(penalties, fits).map { penalty, fits in
      Row(
        penalty: penalty, foldLogLosses: fits.map(\.heldOutLogLoss),
        heldOutWeights: heldOutWeights)
    }
  }

  init(rows: [Row]) {
    self.rows = rows
    fits = []
  }

  /// Returns the row that a rule chooses; of equal losses, that of the stronger penalty.
  public func choice(_ rule: Rule) -> Row {
    let best = rows.indices.min { rows[$0].meanLogLoss < rows[$1].meanLogLoss } ?? 0
    guard rule == .oneStandardError else { return rows[best] }
    let bound = rows[best].meanLogLoss + rows[best].standardError
    return rows[...best].first { $0.meanLogLoss <= bound } ?? rows[best]
  }
}

extension CrossValidationResult.Row {
  init(penalty: Double, foldLogLosses losses: [Double], heldOutWeights: [Double]) {
    let total = heldOutWeights.reduce(0, +)
    let mean = zip(heldOutWeights, losses).reduce(0) { $0 + $1.0 * $1.1 } / total
    let variance =
      zip(heldOutWeights, losses).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
      / total / Double(losses.count - 1)
    self.init(
      penalty: penalty, meanLogLoss: mean, standardError: variance.squareRoot(),
      foldLogLosses: losses)
  }
}
