package import Scoring

extension FitRecord {
  /// How the coefficients were found, a line for each fact.
  package var lines: [String] {
    [methodLine, choiceLine, weightLine, classWeightLine, offsetLine, convergenceLine].compactMap {
      $0
    }
  }

  private var methodLine: String {
    if method == .firth { return "Firth's method: log-likelihood + ½ log det of the information" }
    let scale = penaltyScale == .original ? "the columns as they are" : "standardised columns"
    let penalties = [("L1", l1Penalty), ("L2", l2Penalty)].filter { $0.1 > 0 }
      .map { "\($0.0) \(significant($0.1, 4))" }
    return penalties.isEmpty
      ? "no penalty" : "penalty \(penalties.joined(separator: " and ")) on \(scale)"
  }

  private var choiceLine: String? {
    guard let choice else { return nil }
    let rule =
      choice.rule == CrossValidationResult.Rule.minimum.rawValue
      ? "the least log loss" : "the strongest within one standard error of the least log loss"
    return "penalty chosen of \(choice.path.count) by cross-validation: \(rule); \(choice.folds)"
      + (choice.isAtTheEnd ? "; the choice is the last of those tried" : "")
  }

  private var weightLine: String? {
    weightColumn.map { "a row counts as often as column '\($0)' says" }
  }

  private var classWeightLine: String? {
    classWeights == .balanced
      ? "outcomes weigh alike in the fit; intercepts are set back to the rows as they are" : nil
  }

  private var offsetLine: String? {
    offsetColumn.map { "column '\($0)' is added to every score, in log-odds" }
  }

  private var convergenceLine: String {
    let distance =
      dualityGap.map { "duality gap \(significant($0, 2))" }
      ?? "Newton decrement \(significant(objectiveGap, 2))"
    return "objective \(significant(objective, 8)) after \(iterations) iterations, gradient "
      + "\(significant(gradientNorm, 2)), \(distance)"
  }
}
