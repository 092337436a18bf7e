import Evaluation
import Scoring
public import Tables

/// Training on a table whose rows are in files.
///
/// Nothing as large as the rows is in memory: columns are learned from one at a time, rows are encoded and
/// scored some at a time, and the fit reads the encoded rows from a file. The model is that of the same
/// training in memory, with two exceptions: identifiers are not checked for duplicates, and leaks are looked
/// for among the first million training rows.
extension Trainer {
  /// Rows that are in memory at a time: 16 MB with 30 numbers.
  private static let rowStep = 1 << 16
  private static let leakRowLimit = 1_000_000

  /// Splits, encodes, fits and evaluates.
  ///
  /// - Parameters:
  ///   - table: read with `schema`.
  ///   - directory: a folder on a disk with room for the encoded rows, 8 bytes a number.
  ///   - progress: called with what is being done.
  /// - Throws: `TrainingError`; `TableError` where the disk is full.
  public func train(
    _ table: SpilledTable, spillingTo directory: String, source: Source,
    progress: (String) -> Void = { _ in }
  ) throws -> Result {
    let rows = try SpilledRows(table, trainer: self)
    progress("encoding \(rows.trainCount) training rows")
    let penalty = l2Penalty ?? 1 / Double(rows.trainCount)
    let (encoder, leftOut) = try encoder(table, rows, penalty: penalty)
    let (blocks, sample) = try encode(table, rows, encoder, directory: directory)
    try refuseLeaks(encoder, sample.batch, sample.outcomes)

    progress("fitting \(encoder.designColumns.count) coefficients")
    let fit = try fit(encoder, blocks, rows.outcomes(ofTests: false), penalty: penalty)
    let scorer = Scorer(
      encoder: encoder, intercept: fit.intercept, coefficients: fit.coefficients)
    progress("judging")
    let scores = try score(table, rows, encoder, scorer)
    let evaluation = try evaluate(
      scores.test, rows.outcomes(ofTests: true),
      baseRate: Double(rows.trainPositiveCount) / Double(rows.trainCount))
    let model = Model(
      name: name, target: rows.target, identifier: identifier, encoder: encoder,
      intercept: fit.intercept, coefficients: fit.coefficients,
      bands: DecileBands(scores: scores.train),
      training: TrainingRecord(
        command: source.command, seed: seed, dataSHA256: source.dataSHA256,
        rowCount: table.rowCount, rejectedRowCount: source.rejectedRowCount,
        unlabelledRowCount: table.rowCount - rows.trainCount - rows.testCount, split: splitText,
        trainingRowCount: rows.trainCount, trainingPositiveCount: rows.trainPositiveCount,
        l2Penalty: penalty, iterations: fit.iterations, objective: fit.objective,
        gradientNorm: fit.gradientNorm, leftOut: leftOut),
      evaluation: evaluation)
    return Result(model: model, isTestRow: rows.isTestRow)
  }

  /// Learns the features column by column.
  private func encoder(
    _ table: SpilledTable, _ rows: SpilledRows, penalty: Double
  ) throws(TrainingError) -> (Encoder, [LeftOutColumn]) {
    let trainRows = rows.trainRows
    func fitting(_ column: Table, snapshot: Double?) -> EncoderFitting {
      EncoderFitting(
        table: column, rows: column.rowCount > 0 ? trainRows : [], minLevelCount: minLevelCount,
        snapshot: snapshot, fixesReference: penalty == 0, missing: missing,
        otherNames: Set(table.names))
    }
    let reserved = reserved
    let dates = table.names.filter { table.kind(of: $0) == .date }
    let latest = dates.compactMap { name in
      table.column(named: name).flatMap { fitting($0, snapshot: nil).latestDate }
    }
    let snapshot = self.snapshot ?? EncoderFitting.snapshot(ofLatest: latest)
    var features: [Feature] = []
    var leftOut: [LeftOutColumn] = []
    for name in table.names {
      guard let column = table.column(named: name) else { continue }
      let (part, out) = fitting(column, snapshot: snapshot).fit(reserved: reserved)
      features += part.features
      leftOut += out
    }
    guard !features.isEmpty else { throw .noFeatures }
    let hasDates = features.contains { $0.source.isDate }
    return (
      Encoder(features: features, snapshot: hasDates ? snapshot : nil, missing: missing), leftOut
    )
  }

  /// Writes the encoded training rows to a file, and keeps the first for a look at leaks.
  private func encode(
    _ table: SpilledTable, _ rows: SpilledRows, _ encoder: Encoder, directory: String
  ) throws -> (blocks: FeatureBlocks, sample: (batch: FeatureBatch, outcomes: [Double])) {
    var spill: BlockSpill?
    for range in rows.ranges(of: Self.rowStep) {
      let batch = encoder.batch(table.rows(range)).rows(rows.indices(ofTests: false, in: range))
      let blocks = encoder.blocks(batch)
      let target =
        try spill
        ?? BlockSpill(
          directory: directory, denseColumnCount: blocks.dense.columnCount,
          levelCounts: blocks.categories.map(\.levelCount))
      try target.append(blocks)
      spill = target
    }
    guard let spill else { throw TrainingError.noFeatures }
    let end = rows.end(ofFirst: Self.leakRowLimit)
    let batch = encoder.batch(table.rows(0..<end))
      .rows(rows.indices(ofTests: false, in: 0..<end))
    let outcomes = Array(rows.outcomes(ofTests: false).prefix(batch.rowCount))
    return (try spill.finish(), (batch, outcomes))
  }

  /// Scores every row with an outcome.
  private func score(
    _ table: SpilledTable, _ rows: SpilledRows, _ encoder: Encoder, _ scorer: Scorer
  ) throws(TrainingError) -> (train: [Double], test: [Double]) {
    var scores: (train: [Double], test: [Double]) = ([], [])
    scores.train.reserveCapacity(rows.trainCount)
    scores.test.reserveCapacity(rows.testCount)
    for range in rows.ranges(of: Self.rowStep) {
      let batch = encoder.batch(table.rows(range))
      let testRows = rows.indices(ofTests: true, in: range)
      let testScores = scorer.scores(batch.rows(testRows))
      if let index = testScores.firstIndex(where: { !$0.isFinite }) {
        throw .scoreNotFinite(.row(range.lowerBound + testRows[index] + 1))
      }
      scores.test += testScores
      scores.train += scorer.scores(batch.rows(rows.indices(ofTests: false, in: range)))
    }
    return scores
  }
}

/// What each row of a spilled table is for: a byte a row.
private struct SpilledRows {
  let target: Target
  let trainCount: Int
  let testCount: Int
  let trainPositiveCount: Int
  /// By row: without an outcome, or 0 or 1, and 2 more for a test row.
  private let roles: [UInt8]
  private static let unlabelled: UInt8 = 4

  init(_ table: SpilledTable, trainer: Trainer) throws(TrainingError) {
    func whole(_ name: String) throws(TrainingError) -> Table {
      guard let column = table.column(named: name) else {
        throw .missingColumn(name: name, nearest: nearestName(to: name, among: table.names))
      }
      return column
    }
    let used = [trainer.identifier, trainer.timeColumn].compactMap { $0 } + trainer.excluded
    for name in used + trainer.allowedLeaks.sorted() where table.kind(of: name) == nil {
      _ = try whole(name)
    }
    let targetTable = try whole(trainer.target)
    guard let column = targetTable.columns.first else { throw .targetEmpty(column: trainer.target) }
    let reading = try TargetReading(column, positive: trainer.positive)
    target = reading.target
    var roles = reading.outcomes.map { $0.isNaN ? Self.unlabelled : UInt8($0) }
    let labelled = roles.indices.filter { roles[$0] != Self.unlabelled }
    let times = try trainer.timeColumn.map { name throws(TrainingError) in
      try trainer.times(whole(name), rows: labelled) ?? []
    }
    let split = try trainer.split(labelled.map { Double(roles[$0]) }, times: times)
    for row in split.test { roles[labelled[row]] += 2 }
    self.roles = roles
    trainCount = split.train.count
    testCount = split.test.count
    trainPositiveCount = roles.count { $0 == 1 }
  }

  private func isOf(tests: Bool, _ role: UInt8) -> Bool {
    role != Self.unlabelled && (role >= 2) == tests
  }

  var trainRows: [Int] { indices(ofTests: false, in: roles.indices) }
  var isTestRow: [Bool] { roles.map { isOf(tests: true, $0) } }

  func outcomes(ofTests tests: Bool) -> [Double] {
    roles.lazy.filter { isOf(tests: tests, $0) }.map { Double($0 & 1) }
  }

  /// The rows of one side, counted from the start of `range`.
  func indices(ofTests tests: Bool, in range: Range<Int>) -> [Int] {
    range.filter { isOf(tests: tests, roles[$0]) }.map { $0 - range.lowerBound }
  }

  func ranges(of step: Int) -> [Range<Int>] {
    stride(from: 0, to: roles.count, by: step).map { $0..<min($0 + step, roles.count) }
  }

  /// The row after the first `count` training rows.
  func end(ofFirst count: Int) -> Int {
    var left = count
    for (row, role) in roles.enumerated() where isOf(tests: false, role) {
      left -= 1
      if left == 0 { return row + 1 }
    }
    return roles.count
  }
}
