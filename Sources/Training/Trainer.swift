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
  /// Of several classes: the column that lists those a customer could have had, or what the names of a
  /// column for each class begin with.
  public var available: String?
  /// Of a conditional logit: the columns that tell the choice sets and the offers.
  public var choiceSetColumn: String?
  public var offerColumn: String?
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
    /// What a user is to know of the rows.
    public var notes: [String] = []
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
    if let choiceSetColumn { schema[choiceSetColumn] = ColumnSchema(.identifier) }
    if let offerColumn { schema[offerColumn] = ColumnSchema(.category) }
    return schema
  }

  /// `schema` for a file with this header: the columns of availability are known by their names.
  public func schema(
    _ given: [String: ColumnSchema], header: [String]
  ) -> [String: ColumnSchema] {
    var schema = schema(given)
    guard let available else { return schema }
    if header.contains(available) {
      schema[available] = ColumnSchema(.category)
    } else {
      for name in header where name.hasPrefix(available) && name != target {
        schema[name] = ColumnSchema(.boolean)
      }
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
    switch specification.kind {
    case .binary: try trainBinary(TableRows(table: table), source, progress)
    case .multinomial: try trainMultinomial(table, source, progress)
    case .choice: try trainChoice(table, source, progress)
    }
  }

  /// What is learned from the training rows' columns, and all rows by it.
  struct Encoded {
    let encoder: Encoder
    let leftOut: [LeftOutColumn]
    let all: FeatureBatch
    let train: FeatureBatch
  }

  func encode(
    _ table: Table, _ train: TrainingRows, reserved: [String: String],
    _ progress: (String) -> Void
  ) throws(TrainingError) -> Encoded {
    progress("encoding \(train.count) training rows")
    let (encoder, leftOut) = encoderFitting(table, train, snapshot: snapshot)
      .fit(reserved: reserved)
    guard encoder.fittedFeatureCount > 0 else { throw .noFeatures }
    let all = encoder.batch(table)
    return Encoded(
      encoder: encoder, leftOut: leftOut, all: all, train: all.rows(train.indices))
  }

  func encoderFitting(
    _ table: Table, _ train: TrainingRows, snapshot: Double?
  ) -> EncoderFitting {
    EncoderFitting(
      table: table, rows: train.indices, weights: train.weights, minLevelCount: minLevelCount,
      snapshot: snapshot, scale: specification.penaltyScale,
      offsetColumn: specification.offsetColumn, fixesReference: specification.isUnpenalized,
      missing: missing)
  }

  func record(
    _ read: TrainingReading, _ train: TrainingRows, _ test: TrainingRows?, _ source: Source,
    rowCount: Int, _ fit: FitRecord, _ leftOut: [LeftOutColumn]
  ) -> TrainingRecord {
    var record = TrainingRecord(
      command: source.command, seed: seed, dataSHA256: source.dataSHA256,
      rowCount: rowCount, rejectedRowCount: source.rejectedRowCount,
      unlabelledRowCount: read.unlabelledRowCount, split: splitText,
      trainingRowCount: train.count, trainingPositiveCount: nil,
      trainingWeight: train.totalWeight, fit: fit, leftOut: leftOut)
    record.zeroWeightRowCount = read.zeroWeightRowCount
    record.embargoedRowCount = read.rows.count - train.count - (test?.count ?? 0)
    return record
  }

  func flags(_ rows: [Int], count: Int) -> [Bool] {
    var flags = [Bool](repeating: false, count: count)
    for row in rows { flags[row] = true }
    return flags
  }

  var reserved: [String: String] {
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

  var splitText: String {
    switch split {
    case .fraction(let fraction, let seed):
      "a share of \(fraction) is test, "
        + (specification.groupColumn.map { "whole groups by \($0)" } ?? "stratified by outcome")
        + ", seed \(seed)"
    case .every(let k): "row i with an outcome, counted from 0, is test if i mod \(k) = \(k - 1)"
    case .after(let cut):
      "rows with \(timeColumn ?? "time") from \(dayText(cut)) on are test"
        + (specification.groupColumn.map { ", their groups by \($0) train nothing" } ?? "")
    case nil: "none: every row trained the model"
    }
  }

  /// The rows to train and to test on; those under the embargo are on neither side.
  func split(
    _ rows: TrainingRows, by divide: (SplitRule, TrainingRows) throws(SplitError) -> Split
  ) throws(TrainingError) -> (train: TrainingRows, test: TrainingRows?) {
    guard let rule = split else { return (rows, nil) }
    do throws(SplitError) {
      let split = try divide(rule, rows)
      let train = known(split.train, rows, rule)
      guard !train.isEmpty else { throw .sideEmpty(.train, rule: rule) }
      return (rows.rows(train), rows.rows(split.test))
    } catch {
      throw .split(error)
    }
  }

  /// Those of `train` whose outcomes were known when the test rows began, and whose group has no row in
  /// the test.
  private func known(_ train: [Int], _ rows: TrainingRows, _ rule: SplitRule) -> [Int] {
    guard case .after(let cut) = rule, let times = rows.times else { return train }
    let known = rows.groups.map { Folds.lastTimes(times, of: $0) } ?? times
    return train.filter { known[$0] < cut - specification.embargoSeconds }
  }

  func refuse(_ leaks: [Leak]) throws(TrainingError) {
    let leaks = leaks.filter { !allowedLeaks.contains($0.column) }
    guard leaks.isEmpty else { throw .leaks(leaks) }
  }
}
