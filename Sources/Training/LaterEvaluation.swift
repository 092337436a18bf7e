public import Evaluation
public import Scoring
public import Tables

/// Judges a model on a file of rows with known outcomes, streamed by the model's own encoder.
public struct LaterEvaluation {
  public let model: Model
  public let threadCount: Int

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
  /// - Throws: `TableError`, `TrainingError`.
  public func evaluate(
    _ file: CSVFile, keeps: [Bool]? = nil, rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> Result {
    let targetPlace = try file.column(named: model.target.column)
    var actions = try model.encoder.actions(for: file)
    actions[targetPlace] = .levels
    let places = try model.encoder.features.map { feature throws(TableError) in
      try file.column(named: feature.column)
    }
    let (scorer, encoder, target) = (model.scorer, model.encoder, model.target)
    let missing = file.format.missing
    var row = 0
    var scores: [Double] = []
    var outcomes: [Double] = []
    var unlabelledCount = 0
    try file.stream(
      actions, threadCount: threadCount, rejects: rejects,
      work: { chunk in
        (
          scorer.scores(encoder.batch(chunk, places: places)),
          target.outcomes(chunk.columns[targetPlace], missing: missing)
        )
      },
      deliver: { part, place in
        for (score, outcome) in zip(part.0, part.1) {
          defer { row += 1 }
          if let keeps, !(row < keeps.count && keeps[row]) { continue }
          guard !outcome.isInfinite else {
            throw TrainingError.targetUnknown(
              column: target.column, row: row + 1, known: target.positive + target.negative)
          }
          guard !outcome.isNaN else {
            unlabelledCount += 1
            continue
          }
          scores.append(score)
          outcomes.append(outcome)
        }
        progress(place.bytesConsumed)
      })
    let training = model.training
    do throws(EvaluationError) {
      return Result(
        evaluation: try ClassificationEvaluation(
          linearPredictors: scores, outcomes: outcomes,
          baseRate: Double(training.trainingPositiveCount) / Double(training.trainingRowCount)),
        unlabelledRowCount: unlabelledCount)
    } catch {
      throw TrainingError.evaluation(error)
    }
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
