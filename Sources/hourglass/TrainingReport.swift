import Evaluation
import Scoring
import Training

/// Which model an answer comes from.
struct ModelSummary: Codable {
  let name: String
  let version: String
  let sha256: String
  let isChampion: Bool

  init(_ entry: ModelRegistry.Entry) {
    name = entry.name
    version = entry.version
    sha256 = entry.sha256
    isChampion = entry.isChampion
  }
}

/// What `train` answers.
struct TrainingReport: Encodable {
  let model: ModelSummary
  /// Absent where every row was fitted to.
  let evaluation: ModelEvaluation?
  let training: TrainingRecord
  /// From encoded rows to coefficients, the choice of the penalty included.
  let fitSeconds: Double
  let champion: ChampionComparison?
}

extension TrainingReport {
  func text(directory: String) -> String {
    let folder = "\(directory)/\(model.name)/\(model.version)"
    return
      ([heading] + fitLines + evaluationLines + comparisonNotes + leftOutLines + [
        "",
        model.isChampion
          ? "version \(model.version) is in service; see \(folder)/card.md"
          : "version \(model.version) waits in \(folder); put it into service by: "
            + "hourglass models promote \(model.name) \(model.version)",
      ]).joined(separator: "\n")
  }

  private var heading: String {
    let share = training.baseRate.map { _ in
      " (\(digits(100 * Double(training.trainingPositiveCount ?? 0) / Double(training.trainingRowCount), 1)) % "
        + "positive)"
    }
    var tested = "\(evaluation?.rowCount ?? 0) test rows"
    if case .choice(let choice) = evaluation {
      tested = "\(choice.rowCount) test rows in \(choice.choiceSetCount) choice sets"
    }
    return
      "model \(model.name), version \(model.version): \(training.trainingRowCount) training rows"
      + "\(share ?? ""), \(tested)"
  }

  private var fitLines: [String] {
    training.fit.lines + ["fitted in \(digits(fitSeconds, 2)) s", ""]
  }

  private var evaluationLines: [String] {
    guard let evaluation else {
      return ["not judged: every row was fitted to (--fit-all); judge it on other rows by evaluate"]
    }
    return [table(evaluation)]
  }

  private func table(_ evaluation: ModelEvaluation) -> String {
    guard let champion, let other = champion.evaluation else {
      return evaluation.table(titles: ["on the test rows"], others: [])
    }
    return evaluation.table(
      titles: ["version \(model.version)", "version \(champion.version), in service before"],
      others: [other])
  }

  private var comparisonNotes: [String] {
    guard let champion else { return [] }
    if let reason = champion.reason {
      return ["", "version \(champion.version) cannot be judged on these rows: \(reason)"]
    }
    return champion.mayHaveSeenRows
      ? [
        "",
        "version \(champion.version) may have been fitted to some of these rows, which flatters it",
      ]
      : []
  }

  private var leftOutLines: [String] {
    guard !training.leftOut.isEmpty else { return [] }
    return ["", "columns that are no features:"]
      + training.leftOut.map { "  \($0.column): \($0.reason)" }
  }
}
