import Evaluation
import LinearAlgebra
import Scoring
import Tables

extension Trainer {
  /// A model of which class a row takes; see `train`.
  func trainMultinomial(
    _ table: Table, _ source: Source, _ progress: (String) -> Void
  ) throws(TrainingError) -> Result {
    let read = try TrainingReading(trainer: self, reader: RowReader(table: table))
    guard read.classes.count <= MultinomialRegression.classLimit else {
      throw .tooManyClasses(
        column: target, count: read.classes.count, limit: MultinomialRegression.classLimit)
    }
    let (train, allTest) = try split(read.rows) { rule, rows throws(SplitError) in
      try rule.split(
        classes: rows.outcomes.map { Int($0) }, times: rows.times, groups: rows.groups)
    }
    let trained = TrainedClasses(read.classes, train: train, test: allTest)
    let offered = try availability(of: table, classes: trained.names)
    try offered?.check([trained.train] + [trained.test].compactMap { $0 }, of: table)
    let encoded = try encode(table, train, reserved: reserved(offered), progress)
    try refuse(
      ClassLeakageGuard(
        encoder: encoded.encoder, batch: encoded.train,
        outcomes: trained.train.outcomes.map { Int($0) }, classes: trained.names
      ).leaks())
    let start = ContinuousClock.now
    let answer = try MultinomialFitting(
      specification: specification, blocks: encoded.encoder.blocks(encoded.train),
      columnNames: encoded.encoder.designColumns.map(\.name), rows: trained.train,
      classes: trained.names, available: offered?.mask.rows(train.indices), seed: seed,
      threadCount: threadCount
    ).fit(progress: progress)
    let fitSeconds = (ContinuousClock.now - start) / .seconds(1)
    let predictor = try predictor(answer, trained, offered, encoded, table)
    let record = record(
      read, trained.train, trained.test, source, rowCount: table.rowCount, answer.record,
      encoded.leftOut)
    let model = Model(
      name: name, identifier: identifier, encoder: encoded.encoder,
      predictor: .multinomial(predictor), training: record)
    var result = Result(
      model: model, isTestRow: flags(trained.test?.indices ?? [], count: table.rowCount),
      fitSeconds: fitSeconds)
    result.notes = [trained.note, offered?.note, answer.note].compactMap { $0 }
    return result
  }

  private func predictor(
    _ answer: MultinomialFitting.Answer, _ trained: TrainedClasses, _ offered: Offered?,
    _ encoded: Encoded, _ table: Table
  ) throws(TrainingError) -> MultinomialPredictor {
    let shares = trained.shares
    let classes = trained.names.indices.map { k in
      MultinomialPredictor.Class(
        name: trained.names[k], share: shares[k],
        equation: LinearEquation(
          intercept: answer.fit.intercepts[k],
          coefficients: Array(answer.fit.coefficients.column(k)),
          inference: answer.inference.map { InferenceRecord($0[k], encoder: encoded.encoder) }))
    }
    let scorer = Scorer(encoder: encoded.encoder, equations: classes.map(\.equation))
    let evaluation = try trained.test.map { test throws(TrainingError) in
      try evaluate(
        scorer.scores(encoded.all.rows(test.indices)), test, shares: shares,
        available: offered?.mask.rows(test.indices), table)
    }
    return MultinomialPredictor(
      column: target, classes: classes, availability: offered?.source, evaluation: evaluation)
  }

  private func evaluate(
    _ scores: [Double], _ test: TrainingRows, shares: [Double], available: Availability?,
    _ table: Table
  ) throws(TrainingError) -> MultinomialEvaluation {
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw .scoreNotFinite(table.place(ofRow: test.indices[index % test.count]))
    }
    do throws(EvaluationError) {
      return try MultinomialEvaluation(
        scores: shares.indices.map { k in
          (0..<test.count).map { row in
            available?[row, k] ?? true ? scores[k * test.count + row] : -.infinity
          }
        }, outcomes: test.outcomes.map { Int($0) }, sampleWeights: test.weights,
        trainingShares: shares)
    } catch {
      throw .evaluation(error)
    }
  }

  private func reserved(_ offered: Offered?) -> [String: String] {
    var reserved = reserved
    for column in offered?.columns ?? [] where reserved[column] == nil {
      reserved[column] = "says what was available"
    }
    return reserved
  }

  /// What the customers could have had, as the columns named by `available` say.
  private func availability(
    of table: Table, classes: [String]
  ) throws(TrainingError) -> Offered? {
    guard let available else { return nil }
    let names = table.columns.map(\.name)
    let source: AvailabilitySource =
      names.contains(available) ? .list(column: available) : .flags(prefix: available)
    let reading = AvailabilityReading(source, classes: classes)
    guard reading.columns.allSatisfy(names.contains) else {
      let lacking = reading.columns.first { !names.contains($0) } ?? available
      let isPrefix = names.contains { $0.hasPrefix(available) && $0 != target }
      guard isPrefix else {
        throw .availabilityMissing(
          name: available, nearest: nearestName(to: available, among: names))
      }
      throw .missingColumn(name: lacking, nearest: nil)
    }
    let (mask, unknownCount) = reading.availability(of: table)
    return Offered(
      source: source, classes: classes, mask: mask, unknownCount: unknownCount,
      columns: names.filter {
        $0 == available || (source == .flags(prefix: available) && $0.hasPrefix(available))
      })
  }
}

/// What the customers of a table could have had.
private struct Offered {
  let source: AvailabilitySource
  let classes: [String]
  let mask: Availability
  let unknownCount: Int
  /// The columns that say so, and those of classes that nobody took.
  let columns: [String]

  var note: String? {
    unknownCount == 0
      ? nil
      : "\(unknownCount) names of offers that no training row took are no part of what was available"
  }

  /// Throws for a row whose class was not available to it.
  func check(_ sides: [TrainingRows], of table: Table) throws(TrainingError) {
    for rows in sides {
      for (row, outcome) in zip(rows.indices, rows.outcomes) where !mask[row, Int(outcome)] {
        let name = classes[Int(outcome)]
        let column =
          switch source {
          case .list(let column): column
          case .flags(let prefix): prefix + name
          }
        throw .choiceUnavailable(place: table.place(ofRow: row), name: name, column: column)
      }
    }
  }
}

/// The classes that training rows took, and the rows of those classes: a class first seen in the test
/// rows cannot be judged.
private struct TrainedClasses {
  let names: [String]
  let train: TrainingRows
  let test: TrainingRows?
  private let dropped: [(name: String, count: Int)]

  init(_ classes: [String], train: TrainingRows, test: TrainingRows?) {
    var isTrained = [Bool](repeating: false, count: classes.count)
    for outcome in train.outcomes { isTrained[Int(outcome)] = true }
    let kept = classes.indices.filter { isTrained[$0] }
    var places = [Double](repeating: .nan, count: classes.count)
    for (place, k) in kept.enumerated() { places[k] = Double(place) }
    names = kept.map { classes[$0] }
    self.train = train.mapping { places[Int($0)] }
    self.test = test.map { test in
      test.rows(test.outcomes.indices.filter { isTrained[Int(test.outcomes[$0])] })
        .mapping { places[Int($0)] }
    }
    dropped = classes.indices.filter { !isTrained[$0] }.map { k in
      (classes[k], test?.outcomes.count { Int($0) == k } ?? 0)
    }
  }

  /// Of the training rows' weight.
  var shares: [Double] {
    var shares = [Double](repeating: 0, count: names.count)
    for (row, outcome) in train.outcomes.enumerated() {
      shares[Int(outcome)] += train.weights?[row] ?? 1
    }
    let total = shares.reduce(0, +)
    return shares.map { $0 / total }
  }

  var note: String? {
    guard let first = dropped.first else { return nil }
    let count = dropped.reduce(0) { $0 + $1.count }
    let more = dropped.count > 1 ? " and \(dropped.count - 1) more classes" : ""
    return "class '\(first.name)'\(more): no training row, so that \(count) test rows are left out"
  }
}

extension TrainingRows {
  fileprivate func mapping(_ change: (Double) -> Double) -> TrainingRows {
    TrainingRows(
      indices: indices, outcomes: outcomes.map(change), weights: weights, times: times,
      groups: groups)
  }
}
