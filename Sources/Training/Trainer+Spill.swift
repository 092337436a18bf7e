import Scoring
public import Tables

/// Training on a table whose rows are in files.
///
/// Of the rows only what is one number a row is in memory, such as outcomes and weights: columns are learned
/// from one at a time, rows are encoded and scored some at a time, and the fit reads the encoded rows from a
/// file. The model is that of the same training in memory, with two exceptions: identifiers are not checked
/// for duplicates, and leaks are looked for among the first million training rows.
extension Trainer {
  /// Splits, encodes, fits and evaluates.
  ///
  /// - Parameters:
  ///   - table: read with `schema`.
  ///   - directory: a folder on a disk with room for the encoded rows, 8 bytes a number; twice where
  ///     cross-validation meets categories.
  ///   - progress: called with what is being done.
  /// - Throws: `TrainingError`, `needsMemory` among others; `TableError` where the disk is full.
  public func train(
    _ table: SpilledTable, spillingTo directory: String, source: Source,
    progress: (String) -> Void = { _ in }
  ) throws -> Result {
    if let what = specification.whatNeedsMemory { throw TrainingError.needsMemory(what) }
    do throws(TrainingError) {
      return try trainBinary(
        SpilledRows(table: table, directory: directory), source, progress)
    } catch {
      switch error {
      case .files(let error), .fit(.files(let error)): throw error
      default: throw error
      }
    }
  }
}

extension FitSpecification {
  /// What is asked for that is not fitted to rows in files; `nil` where all is.
  public var whatNeedsMemory: String? {
    if kind != .binary { return "--kind \(kind.rawValue)" }
    if penalty == .firth { return "--firth" }
    if groupColumn != nil { return "--group" }
    return clusterColumn.map { "--se cluster:\($0)" }
  }
}

/// A table in files, to be trained on.
struct SpilledRows: TrainingData {
  let table: SpilledTable
  let directory: String

  func reader(for trainer: Trainer) throws(TrainingError) -> RowReader {
    let specification = trainer.specification
    let roles = Set(
      [
        trainer.target, trainer.timeColumn, specification.weightColumn, specification.offsetColumn,
      ].compactMap(\.self))
    let columns = table.names.filter(roles.contains).compactMap {
      table.column(named: $0)?.columns.first
    }.filter { $0.values.count == table.rowCount }
    return RowReader(
      table: Table(rowCount: table.rowCount, columns: columns),
      otherNames: Set(table.names).subtracting(columns.map(\.name)))
  }

  func encode(_ train: TrainingRows, for trainer: Trainer) throws(TrainingError) -> SpilledEncoded {
    let (encoder, leftOut) = try encoder(train, for: trainer)
    do throws(TableError) {
      return try spill(train, encoder, leftOut)
    } catch {
      throw .files(error)
    }
  }

  /// Learns the features column by column.
  private func encoder(
    _ train: TrainingRows, for trainer: Trainer
  ) throws(TrainingError) -> (Encoder, [LeftOutColumn]) {
    func fitting(_ column: Table, snapshot: Double?) -> EncoderFitting {
      // Identifiers and texts have no values here, and nothing is learned from them.
      var fitting = trainer.encoderFitting(
        column, column.rowCount > 0 ? train : train.rows([]), snapshot: snapshot)
      fitting.otherNames = Set(table.names)
      return fitting
    }
    let dates = table.names.filter { table.kind(of: $0) == .date }
    let latest = dates.compactMap { name in
      table.column(named: name).flatMap { fitting($0, snapshot: nil).latestDate }
    }
    let snapshot = trainer.snapshot ?? EncoderFitting.snapshot(ofLatest: latest)
    var features: [Feature] = []
    var leftOut: [LeftOutColumn] = []
    for name in table.names {
      guard let column = table.column(named: name) else { continue }
      let (part, out) = fitting(column, snapshot: snapshot).fit(reserved: trainer.reserved)
      features += part.features
      leftOut += out
    }
    let hasDates = features.contains { $0.source.isDate }
    let encoder = Encoder(
      features: features, snapshot: hasDates ? snapshot : nil, missing: trainer.missing)
    guard encoder.fittedFeatureCount > 0 else { throw .noFeatures }
    return (encoder, leftOut)
  }

  /// Writes the encoded training rows to a file.
  private func spill(
    _ train: TrainingRows, _ encoder: Encoder, _ leftOut: [LeftOutColumn]
  ) throws(TableError) -> SpilledEncoded {
    let empty = encoder.blocks(encoder.batch(table.rows(0..<0)))
    let spill = try BlockSpill(
      directory: directory, denseColumnCount: empty.dense.columnCount,
      levelCounts: empty.categories.map(\.levelCount))
    var offsets: [Double]? = encoder.offsetPlace.map { _ in [] }
    var rows = AscendingRows(train.indices)
    for range in table.ranges {
      let batch = encoder.batch(table.rows(range)).rows(rows.next(in: range))
      try spill.append(encoder.blocks(batch))
      offsets?.append(contentsOf: encoder.offsets(batch) ?? [])
    }
    return SpilledEncoded(
      table: table, encoder: encoder, leftOut: leftOut, offsets: offsets,
      design: try spill.finish())
  }
}

/// Rows of a table in files, of which those that train are encoded in another.
struct SpilledEncoded: EncodedRows {
  let table: SpilledTable
  let encoder: Encoder
  let leftOut: [LeftOutColumn]
  let offsets: [Double]?
  let design: FeatureBlocks

  private static let leakRowLimit = 1_000_000

  func first(of train: [Int]) -> FeatureBatch {
    let first = train.prefix(Self.leakRowLimit)
    return encoder.batch(table.rows(0..<(first.last ?? -1) + 1)).rows(Array(first))
  }

  func blocks() -> FeatureBlocks { design }

  func scores(
    _ scorer: Scorer, train: [Int], test: [Int]
  ) throws(TrainingError) -> (train: [Double], test: [Double]) {
    var (trainRows, testRows) = (AscendingRows(train), AscendingRows(test))
    var scores: (train: [Double], test: [Double]) = ([], [])
    scores.train.reserveCapacity(train.count)
    scores.test.reserveCapacity(test.count)
    for range in table.ranges {
      let batch = encoder.batch(table.rows(range))
      scores.train += scorer.scores(batch.rows(trainRows.next(in: range)))
      scores.test += scorer.scores(batch.rows(testRows.next(in: range)))
    }
    return scores
  }
}

/// Rows of one side of a split, taken range by range.
private struct AscendingRows {
  private var rows: ArraySlice<Int>

  init(_ rows: [Int]) { self.rows = rows[...] }

  /// The rows in `range`, counted from its start; ranges follow each other.
  mutating func next(in range: Range<Int>) -> [Int] {
    let part = rows.prefix { $0 < range.upperBound }
    rows = rows[part.endIndex...]
    return part.map { $0 - range.lowerBound }
  }
}

extension SpilledTable {
  /// Rows that are in memory at a time: 16 MB with 30 numbers.
  fileprivate var ranges: [Range<Int>] {
    let step = 1 << 16
    return stride(from: 0, to: rowCount, by: step).map { $0..<min($0 + step, rowCount) }
  }
}
