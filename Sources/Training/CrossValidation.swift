public import Evaluation
import Foundation
public import LinearAlgebra
public import Scoring

/// The log loss out of fold for each of several penalties, with all folds fitted side by side.
///
/// Fold k at a strength minimises the objective of `LogisticRegression` (of `ElasticNet`) over the rows
/// that train in it; a penalty is per unit of mean log loss, so that it means the same for any number
/// of rows. Every fit is solved to its own optimum, as if it had been fitted alone.
public struct CrossValidation: Sendable, Hashable {
  public var folds: Folds
  /// Threads over rows. The result has the same bits for any number of them.
  public var threadCount: Int

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(folds: Folds, threadCount: Int? = nil) {
    self.folds = folds
    self.threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Fits every fold at every L2 strength.
  ///
  /// Method: fits to all rows come first, from those to every 16th tile of them. The folds start from
  /// there, with second derivatives of each fold's rows that the strengths near each other share, and
  /// all coefficients of all folds meet a tile of rows in one product. What does not converge this way
  /// is fitted by itself.
  ///
  /// - Parameters:
  ///   - l2Penalties: descending, none below 0.
  ///   - features: n rows, as many as the folds have.
  ///   - outcomes: n values, each 0 or 1.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - offset: n values added to the linear predictor, in log-odds.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`.
  /// - Complexity: for f folds and s strengths O(n p f s) an iteration, and O(n p²) for each set of
  ///   second derivatives, of which there are at most s or so.
  public func fit(
    l2Penalties: [Double], _ features: FeatureBlocks, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> CrossValidationResult {
    try fit(
      l2Penalties, rowCount: features.rowCount, outcomes, sampleWeights, offset
    ) { problem throws(FitError) in
      try PenaltyDesign(
        features, problem: problem, factors: Array(repeating: 1, count: features.columnCount),
        standardization: .none, threadCount: threadCount,
        names: columnNaming(columnNames, count: features.columnCount))
    } alone: { recipe, weights throws(FitError) in
      try recipe.fit(
        features, outcomes: outcomes, sampleWeights: weights, offset: offset,
        columnNames: columnNames)
    }
  }

  /// Fits every fold at every L2 strength to the columns of a matrix, of any scale and with any mean.
  ///
  /// - Throws: `FitError`.
  public func fit(
    l2Penalties: [Double], _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> CrossValidationResult {
    try fit(
      l2Penalties, rowCount: features.rowCount, outcomes, sampleWeights, offset
    ) { problem throws(FitError) in
      try PenaltyDesign(
        features, problem: problem, factors: Array(repeating: 1, count: features.columnCount),
        standardization: .none, threadCount: threadCount,
        names: columnNaming(columnNames, count: features.columnCount))
    } alone: { recipe, weights throws(FitError) in
      try recipe.fit(
        features, outcomes: outcomes, sampleWeights: weights, offset: offset,
        columnNames: columnNames)
    }
  }

  /// Follows an elastic-net path on all rows and on every fold, penalty by penalty.
  ///
  /// - Returns: The log losses out of fold, and the path on all rows.
  /// - Throws: `FitError`.
  public func fit(
    _ recipe: ElasticNet, _ features: FeatureBlocks, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> (result: CrossValidationResult, path: ElasticNetPath) {
    try recipe.checkSettings(columnCount: features.columnCount)
    try ElasticNet.checkLevels(of: features)
    let problem = try checked(
      [1], rowCount: features.rowCount, outcomes, sampleWeights, offset)
    let data = try PenaltyDesign(
      features, problem: problem,
      factors: recipe.penaltyFactors ?? Array(repeating: 1, count: features.columnCount),
      standardization: recipe.standardization, threadCount: threadCount,
      names: columnNaming(columnNames, count: features.columnCount))
    let sweep = try sweep(data)
    let (penalties, points) = try recipe.follow(
      data, sweep: sweep, folds: [nil] + (0..<folds.count).map { $0 })
    let fits = points.map { row in
      row.dropFirst().map { FoldFit($0.solution, of: data) }
    }
    return (
      CrossValidationResult(
        penalties: penalties, fits: fits, heldOutWeights: sweep.heldOutWeights),
      recipe.path(data, penalties, points)
    )
  }
}

extension CrossValidation {
  /// Fits every fold at every strength to `design`'s columns, or, where that does not converge, `alone`.
  private func fit(
    _ l2Penalties: [Double], rowCount: Int, _ outcomes: [Double], _ sampleWeights: [Double]?,
    _ offset: [Double]?, design: (LogisticProblem) throws(FitError) -> PenaltyDesign,
    alone: (LogisticRegression, [Double]) throws(FitError) -> LogisticFit
  ) throws(FitError) -> CrossValidationResult {
    let data = try design(
      checked(l2Penalties, rowCount: rowCount, outcomes, sampleWeights, offset))
    return try StrengthSearch(data: data, sweep: sweep(data), penalties: l2Penalties).run {
      fold, penalty throws(FitError) in
      try alone(
        LogisticRegression(l2Penalty: penalty, threadCount: threadCount),
        trainingWeights(fold, sampleWeights))
    }
  }

  private func checked(
    _ penalties: [Double], rowCount: Int, _ outcomes: [Double], _ sampleWeights: [Double]?,
    _ offset: [Double]?
  ) throws(FitError) -> LogisticProblem {
    try checkRecipe(threadCount: threadCount)
    try checkPenalties(penalties, allowsZero: true)
    guard folds.rowCount == rowCount else {
      throw .countMismatch(of: "fold numbers", count: folds.rowCount, rows: rowCount)
    }
    let problem = try LogisticProblem(
      rowCount: rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    try checkOutcomes(problem)
    return problem
  }

  /// Every fold needs both outcomes among the rows that train it, and a row to judge it.
  private func checkOutcomes(_ problem: LogisticProblem) throws(FitError) {
    var counts = [[Int]](repeating: [0, 0], count: folds.trainingGroupCount)
    var heldOut = [Int](repeating: 0, count: folds.count)
    for row in 0..<problem.rowCount where problem.weights[row] > 0 {
      counts[folds.trainingGroup(of: row)][problem.signs[row] > 0 ? 1 : 0] += 1
      if let fold = folds.testFold(of: row) { heldOut[fold] += 1 }
    }
    for fold in 0..<folds.count {
      for outcome in [0, 1] {
        let count = counts.indices.filter { folds.trains(group: $0, in: fold) }
          .reduce(0) { $0 + counts[$1][outcome] }
        guard count > 0 else { throw .foldLacksOutcome(fold: fold + 1, outcome: outcome) }
      }
      guard heldOut[fold] > 0 else { throw .foldHoldsNothingOut(fold: fold + 1) }
    }
  }

  private func trainingWeights(_ fold: Int, _ sampleWeights: [Double]?) -> [Double] {
    (0..<folds.rowCount).map { row in
      folds.trains(row: row, in: fold) ? sampleWeights?[row] ?? 1 : 0
    }
  }

  private func sweep(_ data: PenaltyDesign) throws(FitError) -> PanelSweep {
    let partition = RowPartition(folds)
    return PanelSweep(
      data, partition: partition,
      groupDesigns: try PanelSweep.groupDesigns(data.design, partition, threadCount: threadCount),
      threadCount: threadCount)
  }
}
