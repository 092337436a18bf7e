import Evaluation
import Foundation
import Scoring
import Serving
import Tables
import TestSupport

/// 2026-05-31T00:00:00Z.
let snapshot = 1_780_185_600.0

/// A model with a feature of every kind; its numbers are exact in binary, so that scores can be written
/// down.
func servingModel(numberName: String = "age", coefficients: [Double]? = nil) throws -> Model {
  func number(_ mean: Double, _ scale: Double, missingShare: Double = 0) -> FeatureEncoding {
    .number(
      NumberEncoding(
        mean: mean, scale: scale, minimum: mean - 2 * scale, maximum: mean + 2 * scale,
        missingShare: missingShare))
  }
  let features = [
    Feature(name: numberName, column: numberName, source: .number, encoding: number(40, 8)),
    Feature(
      name: "income", column: "income", source: .number, encoding: number(0, 1, missingShare: 0.25)
    ),
    Feature(
      name: "city", column: "city", source: .category,
      encoding: .category(
        CategoryEncoding(
          levels: ["Paris", "Киров"], shares: [0.5, 0.25], pooledShare: 0.25, missingShare: 0))),
    Feature(
      name: "plan", column: "plan", source: .category,
      encoding: .category(
        CategoryEncoding(
          levels: ["basic", "pro"], shares: [0.5, 0.5], pooledShare: 0, missingShare: 0))),
    Feature(name: "member", column: "member", source: .boolean, encoding: number(0.5, 1)),
    Feature(
      name: "signup", column: "signup", source: .daysBeforeSnapshot(.yearFirst),
      encoding: number(128, 64)),
  ]
  let evaluation = try ClassificationEvaluation(linearPredictors: [1, -1], outcomes: [1, 0])
  return Model(
    name: "lead", target: Target(column: "Converted", positive: ["Yes"], negative: ["No"]),
    identifier: "id", encoder: Encoder(features: features, snapshot: snapshot), intercept: -1,
    // age, income, income missing, member, signup; Paris, Киров, other; basic, pro
    coefficients: coefficients ?? [1, 0.5, -2, 0.25, -1, 1, -1, 2, 0.5, -0.5],
    bands: DecileBands(scores: (1...100).map { Double($0) / 10 - 5 }),
    training: TrainingRecord(
      command: "", seed: 1, dataSHA256: "", rowCount: 4, rejectedRowCount: 0,
      unlabelledRowCount: 0, split: "", trainingRowCount: 2, trainingPositiveCount: 1,
      fit: FitRecord(
        iterations: 1, objective: 1, logLoss: 1, gradientNorm: 0, objectiveGap: 0), leftOut: []),
    evaluation: evaluation)
}

/// One finished run.
struct Scored {
  let text: String
  let summary: BatchScoring.Summary
  /// Cells that could not be read, by column of the file.
  let unreadable: [Int]

  /// The records without the header, field by field; only for files without quotes.
  var rows: [[String]] {
    text.split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }
  }
}

extension TemporaryFolder {
  /// Scores the file at `path` into `scores.csv` of this folder.
  func score(
    _ path: String, by model: Model, identifier: String? = "id", reasonCount: Int = 0,
    threadCount: Int = 1, maxRejects: Double = 0, rejectsPath: String? = nil
  ) throws -> Scored {
    let csv = try CSVFile(path: path)
    let output = try OutputFile(path: file("scores.csv"))
    let rejects = try RejectLog(path: path, rejectsPath: rejectsPath, maxRejects: maxRejects)
    let summary = try BatchScoring(
      model: model, identifier: identifier, reasonCount: reasonCount, threadCount: threadCount
    ).run(csv, to: output, rejects: rejects)
    try output.commit()
    return Scored(
      text: try String(contentsOfFile: file("scores.csv"), encoding: .utf8), summary: summary,
      unreadable: rejects.unreadable.map(\.count))
  }

  /// Writes `text` as rows.csv and scores it.
  func score(
    text: String, by model: Model, identifier: String? = "id", reasonCount: Int = 0
  ) throws -> Scored {
    try score(
      write(text, to: "rows.csv"), by: model, identifier: identifier, reasonCount: reasonCount)
  }
}

/// What `body` throws, as a user would read it; `nil` where it does not.
func fault(_ body: () throws -> Scored) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
