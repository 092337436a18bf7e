import Evaluation
import Scoring

/// From encoded training rows to the coefficients of a model of several classes, as a specification says.
struct MultinomialFitting {
  let specification: FitSpecification
  let blocks: FeatureBlocks
  let columnNames: [String]
  /// Outcomes are classes.
  let rows: TrainingRows
  let classes: [String]
  let available: Availability?
  let seed: UInt64
  let threadCount: Int

  /// On the scale of the encoded design.
  struct Answer {
    let fit: MultinomialFit
    let record: FitRecord
    /// By class; `nil` where none was asked for.
    let inference: [CoefficientInference]?
    /// What a user is to know of it.
    let note: String?
  }

  /// - Parameter progress: called with what is being done.
  func fit(progress: (String) -> Void) throws(TrainingError) -> Answer {
    try specification.refuseWhatOnlyTwoOutcomesHave()
    do throws(FitError) {
      return try answer(progress)
    } catch {
      switch error {
      case .neverChosen(let option): throw .neverChosen(names: [classes[option]])
      case .neverPreferred(let options): throw .neverChosen(names: options.map { classes[$0] })
      default: throw .fit(error)
      }
    }
  }

  private func answer(_ progress: (String) -> Void) throws(FitError) -> Answer {
    try specification.refuseWhatClassWeightsLack()
    guard specification.classWeights == .balanced else { return try fitRows(progress) }
    let balance = ClassBalance(
      outcomes: rows.outcomes, classCount: classes.count, weights: rows.weights)
    let answer = try MultinomialFitting(
      specification: specification, blocks: blocks, columnNames: columnNames,
      rows: balance.weighted(rows), classes: classes, available: available, seed: seed,
      threadCount: threadCount
    ).fitRows(progress)
    var record = answer.record
    record.classWeights = .balanced
    return Answer(
      fit: balance.unweighted(answer.fit), record: record, inference: nil, note: answer.note)
  }

  /// Fits to the rows as they are weighed.
  private func fitRows(_ progress: (String) -> Void) throws(FitError) -> Answer {
    var choice: PenaltyRecord?
    if case .crossValidated = specification.penalty {
      progress("choosing the penalty for \(classes.count) times \(columnNames.count) coefficients")
      choice = try choose()
    }
    var l2Penalty = choice?.penalty ?? 0
    if case .fixed(_, let l2) = specification.penalty { l2Penalty = l2 }
    progress("fitting \(classes.count) times \(columnNames.count) coefficients")
    let recipe = MultinomialRegression(l2Penalty: l2Penalty, threadCount: threadCount)
    let fit = try recipe.fit(
      blocks, outcomes: outcomes, classCount: classes.count, sampleWeights: rows.weights,
      available: available, columnNames: columnNames)
    let record = FitRecord(
      l2Penalty: l2Penalty, penaltyScale: specification.penaltyScale, choice: choice,
      weightColumn: specification.weightColumn,
      iterations: fit.iterations, objective: fit.objective, logLoss: fit.logLoss,
      gradientNorm: fit.gradientNorm, objectiveGap: fit.objectiveGap)
    let inference =
      try needsInference
      ? recipe.inference(
        of: fit, blocks, sampleWeights: rows.weights, available: available,
        columnNames: columnNames) : nil
    return Answer(fit: fit, record: record, inference: inference, note: note)
  }

  private var outcomes: [Int] { rows.outcomes.map { Int($0) } }

  /// What was asked for is an error where it is too large; what comes by itself is left out.
  private var needsInference: Bool { specification.standardErrors == .classical && note == nil }

  private var note: String? {
    let count = classes.count * (1 + columnNames.count)
    guard specification.errors == .automatic, specification.standardErrors == .classical,
      count > MultinomialRegression.inferenceLimit
    else { return nil }
    return
      "standard errors are left out: \(count) parameters, classes times columns, are more than "
      + "\(MultinomialRegression.inferenceLimit)"
  }

  private func choose() throws(FitError) -> PenaltyRecord {
    let (folds, words) = try specification.folds(
      of: rows, rarest: FitSpecification.defaultFoldCount, seed: seed
    ) { count throws(FoldError) in
      try .stratified(classes: outcomes, count: count, seed: seed)
    }
    let result = try MultinomialRegression(l2Penalty: 0, threadCount: threadCount).crossValidated(
      PenaltyChoice.strengths(rowCount: rows.totalWeight), folds: folds, blocks,
      outcomes: outcomes, classCount: classes.count, sampleWeights: rows.weights,
      available: available, columnNames: columnNames)
    return PenaltyRecord(result, folds: words, rule: specification.rule)
  }
}

extension PenaltyRecord {
  /// Of L2 penalties.
  init(_ result: CrossValidationResult, folds: String, rule: CrossValidationResult.Rule) {
    self.init(
      folds: folds, rule: rule.rawValue, l1Share: 0, penalty: result.choice(rule).penalty,
      path: result.rows.map {
        .init(
          penalty: $0.penalty, meanLogLoss: $0.meanLogLoss, standardError: $0.standardError)
      })
  }
}
