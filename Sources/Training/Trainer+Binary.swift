import Evaluation
import Scoring
import Tables

extension Trainer {
  /// A model of a target with two values, from a table in memory or in files; see `train`.
  func trainBinary(
    _ data: some TrainingData, _ source: Source, _ progress: (String) -> Void
  ) throws(TrainingError) -> Result {
    let reader = try data.reader(for: self)
    let read = try TrainingReading(trainer: self, reader: reader)
    let (train, test) = try split(read.rows) { rule, rows throws(SplitError) in
      try rule.split(outcomes: rows.outcomes, times: rows.times, groups: rows.groups)
    }
    progress("encoding \(train.count) training rows")
    let encoded = try data.encode(train, for: self)
    try refuse(leaks(of: encoded, train))

    progress("fitting \(encoded.encoder.designColumns.count) coefficients")
    let start = ContinuousClock.now
    let fit = try fit(encoded, train, reader, progress)
    let fitSeconds = (ContinuousClock.now - start) / .seconds(1)

    progress("judging")
    let rowCount = reader.table.rowCount
    var record = record(
      read, train, test, source, rowCount: rowCount, fit.record, encoded.leftOut)
    record.trainingPositiveCount = train.positiveCount
    record.baseRate = train.positiveShare
    return Result(
      model: try model(read.target, fit, encoded, train, test, of: reader.table, record),
      isTestRow: flags(test?.indices ?? [], count: rowCount), fitSeconds: fitSeconds)
  }

  private func leaks(of encoded: some EncodedRows, _ train: TrainingRows) -> [Leak] {
    let batch = encoded.first(of: train.indices)
    return LeakageGuard(
      encoder: encoded.encoder, batch: batch,
      outcomes: Array(train.outcomes.prefix(batch.rowCount)),
      weights: train.weights.map { Array($0.prefix(batch.rowCount)) }
    ).leaks()
  }

  private func fit(
    _ encoded: some EncodedRows, _ train: TrainingRows, _ reader: RowReader,
    _ progress: (String) -> Void
  ) throws(TrainingError) -> BinaryFitting.Answer {
    let clusters = try specification.clusterColumn.map { name throws(TrainingError) in
      try reader.groups(name, rows: train.indices, flag: "--se")
    }
    do throws(FitError) {
      return try BinaryFitting(
        specification: specification, blocks: encoded.blocks(),
        columnNames: encoded.encoder.designColumns.map(\.name), rows: train,
        offset: encoded.offsets, clusters: clusters, seed: seed, threadCount: threadCount
      ).fit(progress: progress)
    } catch {
      throw .fit(error)
    }
  }

  /// The fit as a model: its bands are of the training rows' scores, its evaluation of the test rows'.
  private func model(
    _ target: Target, _ fit: BinaryFitting.Answer, _ encoded: some EncodedRows,
    _ train: TrainingRows, _ test: TrainingRows?, of table: Table, _ record: TrainingRecord
  ) throws(TrainingError) -> Model {
    let encoder = encoded.encoder
    let scorer = Scorer(
      encoder: encoder, intercept: fit.intercept, coefficients: fit.coefficients)
    let scores = try encoded.scores(scorer, train: train.indices, test: test?.indices ?? [])
    return Model(
      name: name, target: target, identifier: identifier, encoder: encoder,
      intercept: fit.intercept, coefficients: fit.coefficients,
      bands: DecileBands(scores: scores.train, sampleWeights: train.weights),
      training: record,
      evaluation: try test.map { test throws(TrainingError) in
        try evaluate(scores.test, test, of: table, train)
      },
      inference: fit.inference.map { InferenceRecord($0, encoder: encoder) })
  }

  private func evaluate(
    _ scores: [Double], _ test: TrainingRows, of table: Table, _ train: TrainingRows
  ) throws(TrainingError) -> ClassificationEvaluation {
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw .scoreNotFinite(table.place(ofRow: test.indices[index]))
    }
    do throws(EvaluationError) {
      return try ClassificationEvaluation(
        linearPredictors: scores, outcomes: test.outcomes, sampleWeights: test.weights,
        baseRate: train.positiveShare)
    } catch {
      throw .evaluation(error)
    }
  }
}
