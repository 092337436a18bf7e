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
struct TrainingReport: Codable {
  let model: ModelSummary
  /// Absent where every row was fitted to.
  let evaluation: ClassificationEvaluation?
  let training: TrainingRecord
  /// From encoded rows to coefficients, the choice of the penalty included.
  let fitSeconds: Double
  let champion: ChampionComparison?
}

/// The version in service on the same test rows, or why it could not be judged by them.
struct ChampionComparison: Codable {
  let version: String
  let evaluation: ClassificationEvaluation?
  let mayHaveSeenRows: Bool
  let reason: String?
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
    """
    model \(model.name), version \(model.version): \(training.trainingRowCount) training rows \
    (\(digits(100 * Double(training.trainingPositiveCount) / Double(training.trainingRowCount), 1)) % \
    positive), \(evaluation?.rowCount ?? 0) test rows
    """
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

  private func table(_ evaluation: ClassificationEvaluation) -> String {
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

extension ClassificationEvaluation {
  /// The measures as lines, one column for each evaluation.
  func table(titles: [String], others: [ClassificationEvaluation]) -> String {
    let all = [self] + others
    func line(_ name: String, _ value: (ClassificationEvaluation) -> String) -> [String] {
      [name] + all.map(value)
    }
    return alignedTable([
      [""] + titles,
      line("area under ROC") { digits($0.areaUnderROC.estimate, 4) },
      line("  95 % interval") {
        "\(digits($0.areaUnderROC.lower, 4)) to \(digits($0.areaUnderROC.upper, 4))"
      },
      line("log loss") { digits($0.logLoss, 4) },
      line("  of the base rate alone") { digits($0.baseLogLoss, 4) },
      line("Brier score") { digits($0.brierScore, 4) },
      line("average precision") { digits($0.averagePrecision, 4) },
      line("Kolmogorov-Smirnov") { digits($0.kolmogorovSmirnov, 4) },
      line("calibration error") { digits($0.expectedCalibrationError, 4) },
      line("lift of the best tenth") { digits($0.liftTopDecile, 2) },
    ])
  }

  /// The deciles as lines.
  var decileTable: String {
    alignedTable(
      [["decile", "rows", "mean probability", "positive rate", "lift", "cumulative gain"]]
        + deciles.map {
          [
            "\($0.decile)", shortest($0.rowCount), digits($0.meanProbability, 4),
            digits($0.positiveRate, 4), digits($0.lift, 2), digits($0.cumulativeGain, 4),
          ]
        })
  }
}
