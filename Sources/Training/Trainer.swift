public import Evaluation
public import Scoring
public import Tables

/// From a table to an evaluated model.
public struct Trainer: Sendable {
  public var name: String
  public var target: String
  /// The target's word to predict, where it is not plain which one it is.
  public var positive: String?
  public var identifier: String?
  public var excluded: [String] = []
  /// Which rows the model is judged on; `nil` to fit to all rows and judge it on none.
  public var split: SplitRule?
  /// The date column that `SplitRule.after` cuts, and by which cross-validation goes forward.
  public var timeColumn: String?
  public var specification = FitSpecification()
  public var minLevelCount = 10
  public var allowedLeaks: Set<String> = []
  /// Days before this instant, in seconds since 1970, are what a date counts.
  public var snapshot: Double?
  /// The words that mean a missing value in the table, besides the standing ones; kept with the model.
  public var missing: [String] = []
  public var seed: UInt64 = 0
  public var threadCount = 1

  public init(name: String, target: String, split: SplitRule?) {
    self.name = name
    self.target = target
    self.split = split
  }

  /// Where the table came from, to be kept with the model.
  public struct Source: Sendable {
    public var command: String
    public var dataSHA256: String
    public var rejectedRowCount: Int

    public init(command: String, dataSHA256: String, rejectedRowCount: Int) {
      self.command = command
      self.dataSHA256 = dataSHA256
      self.rejectedRowCount = rejectedRowCount
    }
  }

  /// What a training gives.
  public struct Result: Sendable {
    public let model: Model
    /// For each row of the table, whether the model was judged on it.
    public let isTestRow: [Bool]
    /// From encoded rows to coefficients, the choice of the penalty included. Not part of the model, which
    /// is the same on every machine.
    public let fitSeconds: Double
  }

  /// The types a table must be read with for this training: the target's words have to be known.
  public func schema(_ given: [String: ColumnSchema]) -> [String: ColumnSchema] {
    var schema = given
    schema[target] = ColumnSchema(.category)
    if let identifier { schema[identifier] = ColumnSchema(.identifier) }
    // The time column is needed as a date, and is no feature anyway.
    for name in excluded where name != target && name != timeColumn {
      schema[name] = ColumnSchema(.text)
    }
    for name in [specification.weightColumn, specification.offsetColumn].compactMap({ $0 }) {
      schema[name] = ColumnSchema(.number)
    }
    return schema
  }

  /// Splits, encodes, fits and evaluates.
  ///
  /// - Parameters:
  ///   - table: read with `schema`.
  ///   - progress: called with what is being done.
  /// - Throws: `TrainingError`.
  public func train(
    _ table: Table, source: Source, progress: (String) -> Void = { _ in }
  ) throws(TrainingError) -> Result {
    let read = try TrainingReading(trainer: self, table: table)
    let (train, test) = try split(read.rows)

    progress("encoding \(train.count) training rows")
    let (encoder, leftOut) = EncoderFitting(
      table: table, rows: train.indices, weights: train.weights, minLevelCount: minLevelCount,
      snapshot: snapshot, scale: specification.penaltyScale,
      offsetColumn: specification.offsetColumn, fixesReference: specification.isUnpenalized,
      missing: missing
    ).fit(reserved: reserved)
    guard encoder.fittedFeatureCount > 0 else { throw .noFeatures }
    let all = encoder.batch(table)
    let batch = all.rows(train.indices)
    try refuseLeaks(encoder, batch, train)

    progress("fitting \(encoder.designColumns.count) coefficients")
    let start = ContinuousClock.now
    let fit = try fit(encoder, batch, train, table, progress)
    let fitSeconds = (ContinuousClock.now - start) / .seconds(1)
    let scorer = Scorer(
      encoder: encoder, intercept: fit.intercept, coefficients: fit.coefficients)
    let evaluation = try test.map { test throws(TrainingError) in
      try evaluate(scorer.scores(all.rows(test.indices)), test, of: table, train)
    }
    let model = Model(
      name: name, target: read.target, identifier: identifier, encoder: encoder,
      intercept: fit.intercept, coefficients: fit.coefficients,
      bands: DecileBands(scores: scorer.scores(batch), sampleWeights: train.weights),
      training: record(read, train, test, source, table, fit.record, leftOut),
      evaluation: evaluation,
      inference: fit.inference.map { InferenceRecord($0, encoder: encoder) })
    return Result(
      model: model, isTestRow: flags(test?.indices ?? [], count: table.rowCount),
      fitSeconds: fitSeconds)
  }

  private func record(
    _ read: TrainingReading, _ train: TrainingRows, _ test: TrainingRows?, _ source: Source,
    _ table: Table, _ fit: FitRecord, _ leftOut: [LeftOutColumn]
  ) -> TrainingRecord {
    var record = TrainingRecord(
      command: source.command, seed: seed, dataSHA256: source.dataSHA256,
      rowCount: table.rowCount, rejectedRowCount: source.rejectedRowCount,
      unlabelledRowCount: read.unlabelledRowCount, split: splitText,
      trainingRowCount: train.count, trainingPositiveCount: train.positiveCount,
      trainingWeight: train.totalWeight, baseRate: train.positiveShare, fit: fit,
      leftOut: leftOut)
    record.zeroWeightRowCount = read.zeroWeightRowCount
    record.embargoedRowCount = read.rows.count - train.count - (test?.count ?? 0)
    return record
  }

  private func flags(_ rows: [Int], count: Int) -> [Bool] {
    var flags = [Bool](repeating: false, count: count)
    for row in rows { flags[row] = true }
    return flags
  }

  private var reserved: [String: String] {
    var reserved: [String: String] = [:]
    for name in excluded { reserved[name] = "excluded" }
    if let groupColumn = specification.groupColumn {
      reserved[groupColumn] = "groups the rows of the folds"
    }
    // A date that parts past from future cannot predict: the future is outside what was seen.
    if let timeColumn { reserved[timeColumn] = "splits the rows by time" }
    if let weightColumn = specification.weightColumn { reserved[weightColumn] = "the weight" }
    if let offsetColumn = specification.offsetColumn { reserved[offsetColumn] = "the offset" }
    if let identifier { reserved[identifier] = "identifies customers" }
    reserved[target] = "the target"
    return reserved
  }

  private var splitText: String {
    switch split {
    case .fraction(let fraction, let seed):
      "a share of \(fraction) is test, "
        + (specification.groupColumn.map { "whole groups by \($0)" } ?? "stratified by outcome")
        + ", seed \(seed)"
    case .every(let k): "row i with an outcome, counted from 0, is test if i mod \(k) = \(k - 1)"
    case .after(let cut): "rows with \(timeColumn ?? "time") from \(dayText(cut)) on are test"
    case nil: "none: every row trained the model"
    }
  }

  /// The rows to train and to test on; those under the embargo are on neither side.
  private func split(
    _ rows: TrainingRows
  ) throws(TrainingError) -> (train: TrainingRows, test: TrainingRows?) {
    guard let rule = split else { return (rows, nil) }
    do throws(SplitError) {
      let split = try rule.split(
        outcomes: rows.outcomes, times: rows.times, groups: rows.groups)
      let train = known(split.train, rows, rule)
      guard !train.isEmpty else { throw .sideEmpty(.train, rule: rule) }
      return (rows.rows(train), rows.rows(split.test))
    } catch {
      throw .split(error)
    }
  }

  /// Those of `train` whose outcomes were known when the test rows began.
  private func known(_ train: [Int], _ rows: TrainingRows, _ rule: SplitRule) -> [Int] {
    guard case .after(let cut) = rule, let times = rows.times else { return train }
    return train.filter { times[$0] < cut - specification.embargoSeconds }
  }

  private func refuseLeaks(
    _ encoder: Encoder, _ batch: FeatureBatch, _ train: TrainingRows
  ) throws(TrainingError) {
    let leaks = LeakageGuard(
      encoder: encoder, batch: batch, outcomes: train.outcomes, weights: train.weights
    ).leaks().filter { !allowedLeaks.contains($0.column) }
    guard leaks.isEmpty else { throw .leaks(leaks) }
  }

  private func fit(
    _ encoder: Encoder, _ batch: FeatureBatch, _ train: TrainingRows, _ table: Table,
    _ progress: (String) -> Void
  ) throws(TrainingError) -> BinaryFitting.Answer {
    let clusters = try specification.clusterColumn.map { name throws(TrainingError) in
      try RowReader(table: table).groups(name, rows: train.indices, flag: "--se")
    }
    do throws(FitError) {
      return try BinaryFitting(
        specification: specification, blocks: encoder.blocks(batch),
        columnNames: encoder.designColumns.map(\.name), rows: train,
        offset: encoder.offsets(batch), clusters: clusters, seed: seed, threadCount: threadCount
      ).fit(progress: progress)
    } catch {
      throw .fit(error)
    }
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
