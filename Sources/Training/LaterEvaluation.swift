public import Evaluation
public import Scoring
public import Tables

/// Judges a model on a file of rows with known outcomes, streamed by the model's own encoder.
public struct LaterEvaluation {
  public let model: Model
  public let threadCount: Int
  /// Whether rows with dates after the model's snapshot are refused; not where the day was chosen for them.
  public var refusesDatesAfterSnapshot = true

  public init(model: Model, threadCount: Int) {
    self.model = model
    self.threadCount = threadCount
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
    var actions = try model.encoder.actions(for: file)
    actions[targetPlace] = .levels
    let places = try model.encoder.places(in: file)
    let (scorer, encoder, target) = (model.scorer, model.encoder, model.target)
    let missing = file.format.missing
    var row = 0
    var scores: [Double] = []
    var outcomes: [Double] = []
    var unlabelledCount = 0
    var afterSnapshotCount = 0
    try file.stream(
      actions, threadCount: threadCount, rejects: rejects,
      work: { chunk in
        let batch = encoder.batch(chunk, places: places)
        return EvaluatedChunk(
          scores: scorer.scores(batch),
          outcomes: target.outcomes(chunk.columns[targetPlace], missing: missing),
          lines: chunk.lines, afterSnapshotCount: encoder.countAfterSnapshot(batch))
      },
      deliver: { part, place in
        afterSnapshotCount += part.afterSnapshotCount
        for (index, score) in part.scores.enumerated() {
          let outcome = part.outcomes[index]
          let line = RowPlace.line(place.line(part.lines[index]))
          defer { row += 1 }
          if let keeps, !(row < keeps.count && keeps[row]) { continue }
          guard !outcome.isInfinite else {
            throw TrainingError.targetUnknown(
              column: target.column, place: line, known: target.positive + target.negative)
          }
          guard !outcome.isNaN else {
            unlabelledCount += 1
            continue
          }
          guard score.isFinite else { throw TrainingError.scoreNotFinite(line) }
          scores.append(score)
          outcomes.append(outcome)
        }
        progress(place.bytesConsumed)
      })
    try rejects.refuseUnreadable(file, actions)
    if refusesDatesAfterSnapshot {
      try encoder.refuse(afterSnapshotCount, of: rejects.rowCount, path: file.path)
    }
    do throws(EvaluationError) {
      return Result(
        evaluation: try ClassificationEvaluation(
          linearPredictors: scores, outcomes: outcomes,
          baseRate: model.training.baseRate),
        unlabelledRowCount: unlabelledCount)
    } catch {
      throw TrainingError.evaluation(error)
    }
  }
}

/// What one chunk adds to an evaluation.
private struct EvaluatedChunk: Sendable {
  let scores: [Double]
  let outcomes: [Double]
  /// The line each row starts on, counted from 1 within the chunk.
  let lines: [UInt32]
  let afterSnapshotCount: Int
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
