public import Evaluation
public import Scoring
public import Tables

/// Judges a model on a file of rows with known outcomes, streamed by the model's own encoder.
public struct LaterEvaluation {
  public let model: Model
  public let threadCount: Int
  /// Whether rows with dates after the model's snapshot are refused; not where the day was chosen for them.
  public var refusesDatesAfterSnapshot = true
  /// The column that says how many times each row counts: that of the model, unless changed.
  public var weightColumn: String?

  public init(model: Model, threadCount: Int) {
    self.model = model
    self.threadCount = threadCount
    weightColumn = model.training.fit.weightColumn
  }

  public struct Result: Sendable {
    public let evaluation: ClassificationEvaluation
    /// Rows without an outcome, left out.
    public let unlabelledRowCount: Int
  }

  /// - Parameters:
  ///   - keeps: which of the file's rows to judge by, in order; all where `nil`.
  ///   - progress: called with the bytes consumed so far.
  /// - Throws: `TableError`, `TrainingError`, `ModelError.datesAfterSnapshot`.
  public func evaluate(
    _ file: CSVFile, keeps: [Bool]? = nil, rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> Result {
    let targetPlace = try file.column(named: model.target.column)
    let weightPlace = try weightColumn.map { name throws(TableError) in
      try file.column(named: name)
    }
    var actions = try model.encoder.actions(for: file)
    actions[targetPlace] = .levels
    if let weightPlace { actions[weightPlace] = .number }
    let places = try model.encoder.places(in: file)
    let (scorer, encoder, target) = (model.scorer, model.encoder, model.target)
    let missing = file.format.missing
    var rows = JudgedRows(model: model, weightColumn: weightColumn, keeps: keeps)
    var afterSnapshotCount = 0
    try file.stream(
      actions, threadCount: threadCount, rejects: rejects,
      work: { chunk in
        let batch = encoder.batch(chunk, places: places)
        return EvaluatedChunk(
          scores: scorer.scores(batch),
          outcomes: target.outcomes(chunk.columns[targetPlace], missing: missing),
          weights: weightPlace.map { chunk.columns[$0].numbers }, offsets: encoder.offsets(batch),
          lines: chunk.lines, afterSnapshotCount: encoder.countAfterSnapshot(batch))
      },
      deliver: { part, place in
        afterSnapshotCount += part.afterSnapshotCount
        try rows.add(part, place)
        progress(place.bytesConsumed)
      })
    try rejects.refuseUnreadable(file, actions)
    if refusesDatesAfterSnapshot {
      try encoder.refuse(afterSnapshotCount, of: rejects.rowCount, path: file.path)
    }
    return Result(
      evaluation: try rows.evaluation(), unlabelledRowCount: rows.unlabelledCount)
  }
}

/// The rows to judge by, gathered chunk by chunk.
private struct JudgedRows {
  let model: Model
  let weightColumn: String?
  let keeps: [Bool]?
  private(set) var unlabelledCount = 0
  private var row = 0
  private var scores: [Double] = []
  private var outcomes: [Double] = []
  private var weights: [Double] = []

  init(model: Model, weightColumn: String?, keeps: [Bool]?) {
    self.model = model
    self.weightColumn = weightColumn
    self.keeps = keeps
  }

  mutating func add(_ part: EvaluatedChunk, _ place: ChunkPlace) throws(TrainingError) {
    for index in part.scores.indices {
      defer { row += 1 }
      if let keeps, !(row < keeps.count && keeps[row]) { continue }
      let line = RowPlace.line(place.line(part.lines[index]))
      let weight = try weight(part, index, line)
      // A row of weight 0 is a row left out: nothing is asked of it.
      guard weight > 0 else { continue }
      guard let outcome = try outcome(part.outcomes[index], line) else {
        unlabelledCount += 1
        continue
      }
      scores.append(try score(part, index, line))
      outcomes.append(outcome)
      weights.append(weight)
    }
  }

  func evaluation() throws(TrainingError) -> ClassificationEvaluation {
    do throws(EvaluationError) {
      return try ClassificationEvaluation(
        linearPredictors: scores, outcomes: outcomes,
        sampleWeights: weightColumn == nil ? nil : weights, baseRate: model.training.baseRate)
    } catch {
      throw .evaluation(error)
    }
  }

  private func weight(
    _ part: EvaluatedChunk, _ index: Int, _ line: RowPlace
  ) throws(TrainingError) -> Double {
    guard let weight = part.weights?[index], let weightColumn else { return 1 }
    guard weight.isFinite, weight >= 0 else {
      throw .weightInvalid(column: weightColumn, place: line, value: weight.isNaN ? nil : weight)
    }
    return weight
  }

  /// `nil` where the row has none.
  private func outcome(_ outcome: Double, _ line: RowPlace) throws(TrainingError) -> Double? {
    guard !outcome.isInfinite else {
      throw .targetUnknown(
        column: model.target.column, place: line,
        known: model.target.positive + model.target.negative)
    }
    return outcome.isNaN ? nil : outcome
  }

  private func score(
    _ part: EvaluatedChunk, _ index: Int, _ line: RowPlace
  ) throws(TrainingError) -> Double {
    if part.offsets?[index].isNaN == true, let column = model.training.fit.offsetColumn {
      throw .offsetMissing(column: column, place: line)
    }
    guard part.scores[index].isFinite else { throw .scoreNotFinite(line) }
    return part.scores[index]
  }
}

/// What one chunk adds to an evaluation.
private struct EvaluatedChunk: Sendable {
  let scores: [Double]
  let outcomes: [Double]
  let weights: [Double]?
  let offsets: [Double]?
  /// The line each row starts on, counted from 1 within the chunk.
  let lines: [UInt32]
  let afterSnapshotCount: Int
}

extension DecodedColumn {
  fileprivate var numbers: [Double] {
    guard case .numbers(let values) = self else { return [] }
    return values
  }
}

extension Target {
  /// The outcomes of a decoded target column: 1, 0, NaN where there is none, infinity for an unknown value.
  fileprivate func outcomes(_ column: DecodedColumn, missing: MissingTokens) -> [Double] {
    guard case .levels(let codes, let levels) = column else { return [] }
    let values = (0..<levels.count).map { code in
      levels.withBytes(of: code) { missing.contains($0) }
        ? .nan : outcome(of: levels.level(code)) ?? .infinity
    }
    return codes.map { values[Int($0)] }
  }
}
