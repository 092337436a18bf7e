import Evaluation
import Scoring
import Training

extension ModelEvaluation {
  /// The measures as lines, one column for each evaluation; `others` are of the same kind.
  func table(titles: [String], others: [ModelEvaluation]) -> String {
    switch self {
    case .binary(let own):
      own.table(
        titles: titles,
        others: others.compactMap { if case .binary(let other) = $0 { other } else { nil } })
    case .multinomial(let own):
      own.table(
        titles: titles,
        others: others.compactMap { if case .multinomial(let other) = $0 { other } else { nil } })
    case .choice(let own):
      own.table(
        titles: titles,
        others: others.compactMap { if case .choice(let other) = $0 { other } else { nil } })
    }
  }

  /// What is behind the measures: deciles, or classes; `nil` where there is nothing.
  func details(_ predictor: Predictor) -> String? {
    switch (self, predictor) {
    case (.binary(let evaluation), _): evaluation.decileTable
    case (.multinomial(let evaluation), .multinomial(let multinomial)):
      evaluation.classTable(names: multinomial.classes.map(\.name))
    default: nil
    }
  }
}

extension ClassificationEvaluation {
  /// The measures as lines, one column for each evaluation.
  fileprivate func table(titles: [String], others: [ClassificationEvaluation]) -> String {
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
  fileprivate var decileTable: String {
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

extension MultinomialEvaluation {
  fileprivate func table(titles: [String], others: [MultinomialEvaluation]) -> String {
    let all = [self] + others
    func line(_ name: String, _ value: (MultinomialEvaluation) -> String) -> [String] {
      [name] + all.map(value)
    }
    var lines = [
      [""] + titles,
      line("log loss") { digits($0.logLoss, 4) },
      line("  of the training shares alone") { digits($0.baseLogLoss, 4) },
      line("accuracy") { digits($0.accuracy, 4) },
      line("  of the training shares alone") { digits($0.baseAccuracy, 4) },
    ]
    for place in hitRates.indices.dropFirst() {
      lines.append(
        line("among the best \(place + 1)") {
          place < $0.hitRates.count ? digits($0.hitRates[place], 4) : ""
        })
    }
    lines.append(line("Brier score") { digits($0.brierScore, 4) })
    lines.append(line("mean area under ROC") { $0.meanAreaUnderROC.map { digits($0, 4) } ?? "-" })
    return alignedTable(lines)
  }

  fileprivate func classTable(names: [String]) -> String {
    alignedTable(
      [["class", "rows", "available", "area under ROC", "mean probability", "share chosen"]]
        + zip(names, classes).map { name, measures in
          [
            name, "\(measures.rowCount)", "\(measures.availableRowCount)",
            measures.areaUnderROC.map { digits($0.estimate, 4) } ?? "-",
            measures.meanProbability.map { digits($0, 4) } ?? "-",
            measures.shareChosen.map { digits($0, 4) } ?? "-",
          ]
        })
  }
}

extension ChoiceEvaluation {
  fileprivate func table(titles: [String], others: [ChoiceEvaluation]) -> String {
    let all = [self] + others
    func line(_ name: String, _ value: (ChoiceEvaluation) -> String) -> [String] {
      [name] + all.map(value)
    }
    var lines = [
      [""] + titles,
      line("log loss of a set") { digits($0.logLoss, 4) },
      line("  of equal chances") { digits($0.evenLogLoss, 4) },
      line("accuracy") { digits($0.accuracy, 4) },
      line("  of equal chances") { digits($0.evenAccuracy, 4) },
    ]
    for place in hitRates.indices.dropFirst() {
      lines.append(line("among the best \(place + 1)") { digits($0.hitRates[place], 4) })
    }
    lines.append(line("mean reciprocal rank") { digits($0.meanReciprocalRank, 4) })
    return alignedTable(lines)
  }
}
