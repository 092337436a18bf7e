import Evaluation
import Scoring

/// From encoded training rows to the coefficients of a model of two outcomes, as a specification says.
struct BinaryFitting {
  let specification: FitSpecification
  let blocks: FeatureBlocks
  let columnNames: [String]
  let rows: TrainingRows
  /// In log-odds; `nil` where there is none.
  let offset: [Double]?
  /// A code for each row, where standard errors are clustered.
  let clusters: [UInt32]?
  let seed: UInt64
  let threadCount: Int

  /// Coefficients on the scale of the encoded design.
  struct Answer {
    let intercept: Double
    let coefficients: [Double]
    let record: FitRecord
    var inference: CoefficientInference?
  }

  /// - Parameter progress: called with what is being done.
  func fit(progress: (String) -> Void) throws(FitError) -> Answer {
    try specification.refuseWhatClassWeightsLack()
    guard specification.classWeights == .balanced else { return try fitRows(progress) }
    let balance = ClassBalance(outcomes: rows.outcomes, classCount: 2, weights: rows.weights)
    let answer = try BinaryFitting(
      specification: specification, blocks: blocks, columnNames: columnNames,
      rows: balance.weighted(rows), offset: offset, clusters: clusters, seed: seed,
      threadCount: threadCount
    ).fitRows(progress)
    var record = answer.record
    record.classWeights = .balanced
    return Answer(
      intercept: balance.unweighted(intercept: answer.intercept),
      coefficients: answer.coefficients, record: record, inference: nil)
  }

  /// Fits to the rows as they are weighed.
  private func fitRows(_ progress: (String) -> Void) throws(FitError) -> Answer {
    switch specification.penalty {
    case .firth: return try firth()
    case .fixed(let l1, let l2): return try fit(l1: l1, l2: l2, choice: nil)
    case .crossValidated(let l1Share):
      progress("choosing the penalty for \(columnNames.count) coefficients")
      let choice = try choose(l1Share: l1Share)
      return try fit(
        l1: l1Share * choice.penalty, l2: (1 - l1Share) * choice.penalty, choice: choice)
    }
  }

  private func fit(l1: Double, l2: Double, choice: PenaltyRecord?) throws(FitError) -> Answer {
    l1 > 0 ? try elasticNet(l1: l1, l2: l2, choice: choice) : try ridge(l2: l2, choice: choice)
  }

  private func ridge(l2: Double, choice: PenaltyRecord?) throws(FitError) -> Answer {
    let fit = try LogisticRegression(l2Penalty: l2, threadCount: threadCount).fit(
      blocks, outcomes: rows.outcomes, sampleWeights: rows.weights, offset: offset,
      columnNames: columnNames)
    return Answer(
      intercept: fit.intercept, coefficients: fit.coefficients,
      record: record(fit, method: .penalizedLogLoss, l2: l2, choice: choice),
      inference: try inference(fit.intercept, fit.coefficients, l1: 0, l2: l2))
  }

  private func firth() throws(FitError) -> Answer {
    let fit = try FirthRegression(threadCount: threadCount).fit(
      blocks, outcomes: rows.outcomes, sampleWeights: rows.weights, offset: offset,
      columnNames: columnNames)
    return Answer(
      intercept: fit.intercept, coefficients: fit.coefficients,
      record: record(fit.fit, method: .firth, l2: 0, choice: nil),
      inference: specification.standardErrors == .none ? nil : fit.inference)
  }

  private func elasticNet(
    l1: Double, l2: Double, choice: PenaltyRecord?
  ) throws(FitError) -> Answer {
    var recipe = ElasticNet(l1Share: l1 / (l1 + l2), penalties: [l1 + l2], threadCount: threadCount)
    // The coefficients' error is about the root: eight digits of what is shown.
    recipe.tolerance = 1e-16
    let path = try recipe.fit(
      blocks, outcomes: rows.outcomes, sampleWeights: rows.weights, offset: offset,
      columnNames: columnNames)
    let point = path.points[0]
    return Answer(
      intercept: point.intercept, coefficients: point.coefficients,
      record: FitRecord(
        l1Penalty: l1, l2Penalty: l2, penaltyScale: specification.penaltyScale, choice: choice,
        weightColumn: specification.weightColumn, offsetColumn: specification.offsetColumn,
        iterations: point.sweeps, objective: point.objective, logLoss: point.logLoss,
        gradientNorm: point.gradientNorm, objectiveGap: point.expectedDecrease,
        dualityGap: point.dualityGap),
      inference: try inference(point.intercept, point.coefficients, l1: l1, l2: l2))
  }

  /// Standard errors, where the specification asks for them.
  private func inference(
    _ intercept: Double, _ coefficients: [Double], l1: Double, l2: Double
  ) throws(FitError) -> CoefficientInference? {
    let kind: StandardErrors
    switch specification.standardErrors {
    case .none, .automatic: return nil
    case .classical: kind = .classical
    case .robust: kind = .robustHC1
    case .clustered: kind = .clustered(by: (clusters ?? []).map { Int($0) })
    }
    return try CoefficientInference(
      intercept: intercept, coefficients: coefficients, blocks, outcomes: rows.outcomes,
      sampleWeights: rows.weights, offset: offset,
      l2Penalties: Array(repeating: l2, count: blocks.columnCount), usesL1: l1 > 0,
      standardErrors: kind, threadCount: threadCount, columnNames: columnNames)
  }

  private func record(
    _ fit: LogisticFit, method: FitRecord.Method, l2: Double, choice: PenaltyRecord?
  ) -> FitRecord {
    FitRecord(
      method: method, l2Penalty: l2, penaltyScale: specification.penaltyScale, choice: choice,
      weightColumn: specification.weightColumn, offsetColumn: specification.offsetColumn,
      iterations: fit.iterations, objective: fit.objective, logLoss: fit.logLoss,
      gradientNorm: fit.gradientNorm, objectiveGap: fit.newtonDecrement)
  }
}

extension BinaryFitting {
  private func choose(l1Share: Double) throws(FitError) -> PenaltyRecord {
    let rarer = min(rows.positiveCount, rows.count - rows.positiveCount)
    let (folds, words) = try specification.folds(of: rows, rarest: rarer, seed: seed) {
      count throws(FoldError) in
      try .stratified(outcomes: rows.outcomes, count: count, seed: seed)
    }
    let result: CrossValidationResult
    if l1Share > 0 {
      result = try CrossValidation(folds: folds, threadCount: threadCount).fit(
        ElasticNet(l1Share: l1Share, threadCount: threadCount), blocks, outcomes: rows.outcomes,
        sampleWeights: rows.weights, offset: offset, columnNames: columnNames
      ).result
    } else {
      result = try CrossValidation(folds: folds, threadCount: threadCount).fit(
        l2Penalties: PenaltyChoice.strengths(rowCount: rows.totalWeight), blocks,
        outcomes: rows.outcomes, sampleWeights: rows.weights, offset: offset,
        columnNames: columnNames)
    }
    return PenaltyRecord(
      folds: words, rule: specification.rule.rawValue, l1Share: l1Share,
      penalty: result.choice(specification.rule).penalty,
      path: result.rows.map {
        .init(
          penalty: $0.penalty, meanLogLoss: $0.meanLogLoss, standardError: $0.standardError)
      })
  }
}
