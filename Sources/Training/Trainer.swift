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
  public var split: SplitRule
  /// The date column that `SplitRule.after` cuts.
  public var timeColumn: String?
  /// On standardised numbers and on levels as 0 or 1; 1 / n where `nil`, which is a normal prior with
  /// variance 1 on every coefficient.
  public var l2Penalty: Double?
  public var minLevelCount = 10
  public var allowedLeaks: Set<String> = []
  /// Days before this instant, in seconds since 1970, are what a date counts.
  public var snapshot: Double?
  /// The words that mean a missing value in the table, besides the standing ones; kept with the model.
  public var missing: [String] = []
  public var seed: UInt64 = 0
  public var threadCount = 1

  public init(name: String, target: String, split: SplitRule) {
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
    let named = [target] + [identifier, timeColumn].compactMap { $0 } + excluded
    for name in named + allowedLeaks.sorted() {
      _ = try column(name, of: table)
    }
    let reading = try TargetReading(column(target, of: table), positive: positive)
    if let identifier { try checkIdentifiers(column(identifier, of: table), of: table) }
    let labelled = reading.outcomes.indices.filter { !reading.outcomes[$0].isNaN }
    let outcomes = labelled.map { reading.outcomes[$0] }
    let split = try split(outcomes, times: times(table, rows: labelled))
    let (trainRows, testRows) = (split.train.map { labelled[$0] }, split.test.map { labelled[$0] })
    let (trainOutcomes, testOutcomes) = (
      trainRows.map { reading.outcomes[$0] }, testRows.map { reading.outcomes[$0] }
    )

    progress("encoding \(trainRows.count) training rows")
    let penalty = l2Penalty ?? 1 / Double(trainRows.count)
    let (encoder, leftOut) = EncoderFitting(
      table: table, rows: trainRows, minLevelCount: minLevelCount, snapshot: snapshot,
      fixesReference: penalty == 0, missing: missing
    ).fit(reserved: reserved)
    guard !encoder.features.isEmpty else { throw .noFeatures }
    let all = encoder.batch(table)
    let batch = all.rows(trainRows)
    try refuseLeaks(encoder, batch, trainOutcomes)

    progress("fitting \(encoder.designColumns.count) coefficients")
    let fit = try self.fit(
      encoder, encoder.blocks(batch), trainOutcomes, penalty: penalty)
    let scorer = Scorer(
      encoder: encoder, intercept: fit.intercept, coefficients: fit.coefficients)
    let positiveCount = trainOutcomes.count { $0 == 1 }
    let testScores = scorer.scores(all.rows(testRows))
    if let index = testScores.firstIndex(where: { !$0.isFinite }) {
      throw .scoreNotFinite(table.place(ofRow: testRows[index]))
    }
    let evaluation = try evaluate(
      testScores, testOutcomes, baseRate: Double(positiveCount) / Double(trainRows.count))

    var isTestRow = [Bool](repeating: false, count: table.rowCount)
    for row in testRows { isTestRow[row] = true }
    let model = Model(
      name: name, target: reading.target, identifier: identifier, encoder: encoder,
      intercept: fit.intercept, coefficients: fit.coefficients,
      bands: DecileBands(scores: scorer.scores(batch)),
      training: TrainingRecord(
        command: source.command, seed: seed, dataSHA256: source.dataSHA256,
        rowCount: table.rowCount, rejectedRowCount: source.rejectedRowCount,
        unlabelledRowCount: table.rowCount - labelled.count, split: splitText,
        trainingRowCount: trainRows.count, trainingPositiveCount: positiveCount,
        l2Penalty: penalty, iterations: fit.iterations, objective: fit.objective,
        gradientNorm: fit.gradientNorm, leftOut: leftOut),
      evaluation: evaluation)
    return Result(model: model, isTestRow: isTestRow)
  }

  var reserved: [String: String] {
    var reserved: [String: String] = [:]
    for name in excluded { reserved[name] = "excluded" }
    // A date that parts past from future cannot predict: the future is outside what was seen.
    if let timeColumn { reserved[timeColumn] = "splits the rows by time" }
    if let identifier { reserved[identifier] = "identifies customers" }
    reserved[target] = "the target"
    return reserved
  }

  var splitText: String {
    switch split {
    case .fraction(let fraction, let seed):
      "a share of \(fraction) is test, stratified by outcome, seed \(seed)"
    case .every(let k): "row i with an outcome, counted from 0, is test if i mod \(k) = \(k - 1)"
    case .after(let cut): "rows with \(timeColumn ?? "time") from \(dayText(cut)) on are test"
    }
  }

  private func column(_ name: String, of table: Table) throws(TrainingError) -> Column {
    guard let column = table.column(named: name) else {
      throw .missingColumn(
        name: name, nearest: nearestName(to: name, among: table.columns.map(\.name)))
    }
    return column
  }

  func times(_ table: Table, rows: [Int]) throws(TrainingError) -> [Double]? {
    guard let timeColumn else { return nil }
    let column = try column(timeColumn, of: table)
    guard column.kind == .date, case .numbers(let seconds) = column.values else {
      throw .timeIsNoDate(column: timeColumn, kind: column.kind)
    }
    return rows.map { seconds[$0] }
  }

  func split(_ outcomes: [Double], times: [Double]?) throws(TrainingError) -> Split {
    do throws(SplitError) {
      return try split.split(outcomes: outcomes, times: times)
    } catch {
      throw .split(error)
    }
  }

  func refuseLeaks(
    _ encoder: Encoder, _ batch: FeatureBatch, _ outcomes: [Double]
  ) throws(TrainingError) {
    let leaks = LeakageGuard(encoder: encoder, batch: batch, outcomes: outcomes).leaks()
      .filter { !allowedLeaks.contains($0.column) }
    guard leaks.isEmpty else { throw .leaks(leaks) }
  }

  func fit(
    _ encoder: Encoder, _ blocks: FeatureBlocks, _ outcomes: [Double], penalty: Double
  ) throws(TrainingError) -> LogisticFit {
    do throws(FitError) {
      return try LogisticRegression(l2Penalty: penalty, threadCount: threadCount).fit(
        blocks, outcomes: outcomes, columnNames: encoder.designColumns.map(\.name))
    } catch {
      throw .fit(error)
    }
  }

  func evaluate(
    _ scores: [Double], _ outcomes: [Double], baseRate: Double
  ) throws(TrainingError) -> ClassificationEvaluation {
    do throws(EvaluationError) {
      return try ClassificationEvaluation(
        linearPredictors: scores, outcomes: outcomes, baseRate: baseRate)
    } catch {
      throw .evaluation(error)
    }
  }

  private func checkIdentifiers(_ column: Column, of table: Table) throws(TrainingError) {
    guard case .text(let texts) = column.values else { return }
    var levels = LevelDictionary()
    var firstRows: [Int] = []
    var duplicates: (count: Int, first: Int, second: Int)?
    var missing: (count: Int, first: Int)?
    for row in 0..<texts.count {
      let code = texts.withBytes(row) { $0.isEmpty ? nil : Int(levels.insert($0)) }
      guard let code else {
        missing = ((missing?.count ?? 0) + 1, missing?.first ?? row)
        continue
      }
      if code == firstRows.count {
        firstRows.append(row)
      } else {
        let known = duplicates ?? (0, firstRows[code], row)
        duplicates = (known.count + 1, known.first, known.second)
      }
    }
    if let missing {
      throw .missingIdentifiers(
        column: column.name, count: missing.count, first: table.place(ofRow: missing.first))
    }
    if let duplicates {
      throw .duplicateIdentifiers(
        column: column.name, count: duplicates.count, first: table.place(ofRow: duplicates.first),
        second: table.place(ofRow: duplicates.second))
    }
  }
}
