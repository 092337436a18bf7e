import Evaluation

extension ClassificationEvaluation {
  var cardSection: String {
    var lines = [
      "## Quality on the test rows", "",
      "| measure | value |", "|---|---|",
      "| area under ROC | \(areaUnderROC.cell) |",
      "| log loss | \(digits(logLoss, 4)) (base rate alone: \(digits(baseLogLoss, 4))) |",
      "| Brier score | \(digits(brierScore, 4)) |",
      "| average precision | \(digits(averagePrecision, 4)) |",
      "| Kolmogorov–Smirnov | \(digits(kolmogorovSmirnov, 4)) |",
      "| expected calibration error | \(digits(expectedCalibrationError, 4)) |", "",
      "| decile | rows | mean probability | positive rate | lift | cumulative gain |",
      "|---|---|---|---|---|---|",
    ]
    for decile in deciles {
      lines.append(
        "| \(decile.decile) | \(shortest(decile.rowCount)) | \(digits(decile.meanProbability, 4)) "
          + "| \(digits(decile.positiveRate, 4)) | \(digits(decile.lift, 2)) "
          + "| \(digits(decile.cumulativeGain, 4)) |")
    }
    return lines.joined(separator: "\n")
  }
}

extension MultinomialEvaluation {
  /// - Parameter names: of the classes, as cells.
  func cardSection(names: [String]) -> String {
    var lines = [
      "## Quality on the test rows", "",
      "| measure | value | training shares alone |", "|---|---|---|",
      "| log loss | \(digits(logLoss, 4)) | \(digits(baseLogLoss, 4)) |",
      "| accuracy | \(digits(accuracy, 4)) | \(digits(baseAccuracy, 4)) |",
    ]
    for (place, rates) in zip(hitRates, baseHitRates).enumerated().dropFirst() {
      lines.append(
        "| among the best \(place + 1) | \(digits(rates.0, 4)) | \(digits(rates.1, 4)) |")
    }
    lines += [
      "| Brier score | \(digits(brierScore, 4)) | |",
      "| mean area under ROC | \(meanAreaUnderROC.map { digits($0, 4) } ?? "") | 0.5 |", "",
      "| class | rows | available | area under ROC | mean probability | share chosen |",
      "|---|---|---|---|---|---|",
    ]
    for (name, measures) in zip(names, classes) {
      lines.append(
        "| \(name) | \(measures.rowCount) | \(measures.availableRowCount) "
          + "| \(measures.areaUnderROC?.cell ?? "") "
          + "| \(measures.meanProbability.map { digits($0, 4) } ?? "") "
          + "| \(measures.shareChosen.map { digits($0, 4) } ?? "") |")
    }
    return lines.joined(separator: "\n")
  }
}

extension ChoiceEvaluation {
  var cardSection: String {
    var lines = [
      "## Quality on the test sets", "",
      "| measure | value | equal chances |", "|---|---|---|",
      "| log loss of a set | \(digits(logLoss, 4)) | \(digits(evenLogLoss, 4)) |",
      "| accuracy | \(digits(accuracy, 4)) | \(digits(evenAccuracy, 4)) |",
    ]
    for (place, rate) in hitRates.enumerated().dropFirst() {
      lines.append("| among the best \(place + 1) | \(digits(rate, 4)) | |")
    }
    return (lines + ["| mean reciprocal rank | \(digits(meanReciprocalRank, 4)) | |"])
      .joined(separator: "\n")
  }
}

extension IntervalEstimate {
  /// With four decimals.
  fileprivate var cell: String {
    "\(digits(estimate, 4)) (95 %: \(digits(lower, 4)) to \(digits(upper, 4)))"
  }
}
