public import Evaluation
public import Scoring

extension MultinomialRegression {
  /// Returns the log losses out of fold for each of several L2 penalties; `l2Penalty` is not used.
  ///
  /// Each penalty is fitted to all rows first, from the fit of the one before. The folds start from there
  /// and share its preconditioner: their second derivatives differ by the noise of a fold. A fold is
  /// solved until ½ gᵀH⁻¹g is 10⁻⁷ of the objective, far below the spread between folds. Weaker
  /// penalties are no longer tried once three in a row have done worse than the best.
  ///
  /// - Parameters:
  ///   - l2Penalties: descending, all above 0.
  ///   - folds: with a row of each class in the training of each fold.
  /// - Throws: `FitError`.
  /// - Complexity: for f folds and s penalties about f s fits of two or three Newton steps.
  public func crossValidated(
    _ l2Penalties: [Double], folds: Folds, _ features: FeatureBlocks, outcomes: [Int],
    classCount: Int, sampleWeights: [Double]? = nil, available: Availability? = nil,
    columnNames: [String]? = nil
  ) throws(FitError) -> CrossValidationResult {
    try checkSettings(classCount: classCount)
    try checkPenalties(l2Penalties)
    guard folds.rowCount == features.rowCount else {
      throw .countMismatch(of: "fold numbers", count: folds.rowCount, rows: features.rowCount)
    }
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try MultinomialProblem(
      rowCount: features.rowCount, outcomes: outcomes, classCount: classCount,
      sampleWeights: sampleWeights, available: available)
    let centered = try CenteredDesign(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    let search = MultinomialSearch(
      problem: problem, centered: centered, folds: try Self.folds(folds, of: problem),
      threadCount: threadCount, maximumIterations: maximumIterations)
    do throws(MultinomialFailure) {
      return try search.run(l2Penalties)
    } catch {
      throw FitError(error, spreads: centered.spreads, names: names)
    }
  }

  private static func folds(
    _ folds: Folds, of problem: MultinomialProblem
  ) throws(FitError) -> [MultinomialSearch.Fold] {
    var parts: [MultinomialSearch.Fold] = []
    for fold in 0..<folds.count {
      let (training, _) = problem.restricted { folds.trains(row: $0, in: fold) }
      try training.checkComparisons()
      let (heldOut, share) = problem.restricted { folds.testFold(of: $0) == fold }
      guard share > 0 else { throw .foldHoldsNothingOut(fold: fold + 1) }
      parts.append(.init(training: training, heldOut: heldOut, share: share))
    }
    return parts
  }
}

/// The fits of every fold at every strength.
private struct MultinomialSearch {
  let problem: MultinomialProblem
  let centered: CenteredDesign
  let folds: [Fold]
  let threadCount: Int
  let maximumIterations: Int

  struct Fold {
    let training: MultinomialProblem
    let heldOut: MultinomialProblem
    /// Of all weight, held out.
    let share: Double
  }

  static let tolerance = 1e-7
  static let patience = 3

  func run(_ penalties: [Double]) throws(MultinomialFailure) -> CrossValidationResult {
    var rows: [CrossValidationResult.Row] = []
    var whole: MultinomialSolver.Solution?
    var worse = 0
    for penalty in penalties {
      let objective = objective(problem, penalty)
      let solver = solver(objective)
      let next = try solver.solve(startingAt: whole?.evaluation.parameters ?? objective.start)
      whole = next
      var losses: [Double] = []
      for fold in folds { losses.append(try heldOutLoss(fold, penalty, near: next)) }
      rows.append(
        .init(penalty: penalty, foldLogLosses: losses, heldOutWeights: folds.map(\.share)))
      let best = rows.map(\.meanLogLoss).min() ?? 0
      worse = rows[rows.count - 1].meanLogLoss > best ? worse + 1 : 0
      if worse == Self.patience { break }
    }
    return CrossValidationResult(rows: rows)
  }

  private func heldOutLoss(
    _ fold: Fold, _ penalty: Double, near whole: MultinomialSolver.Solution
  ) throws(MultinomialFailure) -> Double {
    let fit = try solver(objective(fold.training, penalty)).solve(
      near: whole.evaluation.parameters, preconditioner: whole.preconditioner)
    let judge = objective(fold.heldOut, 0)
    var probabilities = [Float](
      repeating: 0,
      count: judge.design.blocks.dense.tileCount * tileRows * judge.classCount)
    return judge.evaluate(fit.evaluation.parameters, probabilities: &probabilities).logLoss
  }

  private func objective(_ problem: MultinomialProblem, _ penalty: Double) -> MultinomialObjective {
    let design = centered.design
    return MultinomialObjective(
      problem: problem, design: design,
      penalties: [0] + Array(repeating: penalty, count: design.columnCount - 1),
      spreads: centered.spreads, threadCount: threadCount)
  }

  private func solver(_ objective: MultinomialObjective) -> MultinomialSolver {
    var solver = MultinomialSolver(
      objective: objective, isPenalized: true, maximumIterations: maximumIterations)
    solver.tolerance = Self.tolerance
    return solver
  }
}
