import Evaluation
public import Scoring
import Tables

/// The page that goes with a model: what it predicts, from what, how well, and what it is not for.
public struct ModelCard {
  let model: Model
  let version: String

  public init(model: Model, version: String) {
    self.model = model
    self.version = version
  }

  public var markdown: String {
    ([heading, data, fit, quality, effects] + standardErrors + [leftOut, limits]).joined(
      separator: "\n\n") + "\n"
  }

  private var training: TrainingRecord { model.training }

  private var heading: String {
    "# Model \(model.name), version \(version)\n\n" + purpose
  }

  private var purpose: String {
    let count = model.encoder.fittedFeatureCount
    switch model.predictor {
    case .binary(let binary):
      return """
        Predicts `\(binary.target.column)` = \(binary.target.positive.joined(separator: " or ")) by \
        logistic regression on \(count) features. The answer is a probability, not calibrated beyond the \
        fit itself, with a contribution in log-odds from every feature.
        """
    case .multinomial(let multinomial):
      return """
        Predicts which of \(multinomial.classes.count) classes `\(multinomial.column)` is, by multinomial \
        logistic regression on \(count) features. Each class has a probability and a score in log-odds \
        against the average class, with a contribution from every feature\(availability(multinomial)).
        """
    case .choice(let choice):
      return """
        Predicts which row of a choice set has yes in `\(oneLine(choice.column))`, by conditional logit on \
        \(count) features of the row, the offer in `\(oneLine(choice.offerColumn))` among them. A choice \
        set is the rows of one `\(oneLine(choice.choiceSetColumn))`; their probabilities add up to 1.
        """
    }
  }

  private func availability(_ multinomial: MultinomialPredictor) -> String {
    switch multinomial.availability {
    case nil: ""
    case .list(let column):
      "; what is not in the list of `\(oneLine(column))` has no probability"
    case .flags(let prefix):
      "; what has no 1 in its column `\(oneLine(prefix))…` has no probability"
    }
  }

  private var data: String {
    """
    ## Data

    - \(training.rowCount) rows, of which \(training.trainingRowCount) trained the model\
    \(positives) and \(testedCount) tested it; \(training.rejectedRowCount) rejected, \
    \(training.unlabelledRowCount) without an outcome\(leftOutRows).
    - Split: \(training.split).
    - SHA-256 of the file: `\(training.dataSHA256)`
    - Command: `\(training.command)`\(snapshotLine)
    """
  }

  private var positives: String {
    training.trainingPositiveCount.map {
      " (\(percent($0, training.trainingRowCount)) positive)"
    } ?? ""
  }

  private var testedCount: Int {
    guard case .choice(let choice) = model.predictor else {
      return model.predictor.evaluation?.rowCount ?? 0
    }
    return choice.evaluation?.rowCount ?? 0
  }

  private var snapshotLine: String {
    model.encoder.snapshot.map { "\n- Dates count as days before \(dayText($0))." } ?? ""
  }

  private var leftOutRows: String {
    [
      (training.zeroWeightRowCount, "with a weight of 0"),
      (training.embargoedRowCount, "under the embargo before the test rows"),
    ].filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
  }

  private var fit: String {
    (["## Fit", ""] + training.fit.lines.map { "- \(oneLine($0))" } + path).joined(separator: "\n")
  }

  /// The penalties tried, as a table.
  private var path: [String] {
    guard let choice = training.fit.choice else { return [] }
    return ["", "| penalty tried | log loss out of fold | standard error |", "|---|---|---|"]
      + choice.path.map {
        "| \(significant($0.penalty, 4)) | \(digits($0.meanLogLoss, 6)) "
          + "| \(digits($0.standardError, 6)) |"
      }
  }

  private var quality: String {
    switch model.predictor.evaluation {
    case nil: "## Quality\n\nNot judged: every row trained the model."
    case .binary(let evaluation): evaluation.cardSection
    case .multinomial(let evaluation): evaluation.cardSection(names: classNames)
    case .choice(let evaluation): evaluation.cardSection
    }
  }

  private var classNames: [String] {
    guard case .multinomial(let multinomial) = model.predictor else { return [] }
    return multinomial.classes.map { cell($0.name) }
  }

  private var effects: String {
    switch model.predictor {
    case .binary(let binary): effects(of: binary.equation)
    case .choice(let choice): effects(of: choice.equation)
    case .multinomial(let multinomial): effects(of: multinomial)
    }
  }

  /// The features that move the training customers most: the standard deviation of a contribution.
  private func effects(of equation: LinearEquation) -> String {
    let terms = model.encoder.originalScale(equation).coefficients
    let weights = model.encoder.effects(equation.coefficients).map(weight)
    let lines = strongest(weights, count: 20).map { index in
      "| \(cell(name(terms[index]))) | \(digits(terms[index].coefficient, 6)) "
        + "| \(digits(weights[index], 4)) |"
    }
    return """
      ## Strongest effects

      Log-odds per unit of a number, or for a level; and by how much the effect typically moves a \
      customer.

      | feature | coefficient | typical effect |
      |---|---|---|
      \(lines.joined(separator: "\n"))
      """
  }

  /// Of each class the features that move its score most.
  private func effects(of multinomial: MultinomialPredictor) -> String {
    let perClass = max(1, min(5, 60 / multinomial.classes.count))
    let lines = multinomial.classes.flatMap { offer -> [String] in
      let terms = model.encoder.originalScale(offer.equation).coefficients
      let weights = model.encoder.effects(offer.equation.coefficients).map(weight)
      return strongest(weights, count: perClass).map { index in
        "| \(cell(offer.name)) | \(cell(name(terms[index]))) "
          + "| \(digits(terms[index].coefficient, 6)) | \(digits(weights[index], 4)) |"
      }
    }
    return """
      ## Strongest effects

      Log-odds against the average class, per unit of a number or for a level; and by how much the effect \
      typically moves a customer. All are in `hourglass models show \(model.name) --json`.

      | class | feature | coefficient | typical effect |
      |---|---|---|---|
      \(lines.joined(separator: "\n"))
      """
  }

  private func strongest(_ weights: [Double], count: Int) -> ArraySlice<Int> {
    weights.indices.sorted { (weights[$0], -$0) > (weights[$1], -$1) }.prefix(count)
  }

  /// Every coefficient with its standard error, as far as a page goes, and the tests of whole categories.
  private var standardErrors: [String] {
    let equations = model.predictor.equations
    guard let inference = equations.first?.inference else { return [] }
    let rows = zip(model.equationNames, equations).flatMap { title, equation in
      let scale = model.encoder.originalScale(equation)
      let prefix = title.map { "\($0): " } ?? ""
      return [row(prefix + "(intercept)", scale.intercept, scale.interceptWald)]
        + scale.coefficients.map { row(prefix + name($0), $0.coefficient, $0.wald) }
    }
    let rest = rows.count - Self.longestTable
    var lines = [
      "## Standard errors", "", "\(inference.kind)\(inference.note.map { "; \($0)" } ?? "").", "",
      "| coefficient | estimate | standard error | z | p | 95 % interval |",
      "|---|---|---|---|---|---|",
    ]
    lines += rows.prefix(Self.longestTable)
    if rest > 0 { lines += ["", "And \(rest) more: `models show --json` has them all."] }
    let tests = zip(model.equationNames, equations).flatMap { title, equation in
      (equation.inference?.tests ?? []).map { (title.map { "\($0): " } ?? "", $0) }
    }
    if !tests.isEmpty {
      lines += [
        "", "Whether the levels of a category differ at all:", "",
        "| category | chi-squared | degrees of freedom | p |", "|---|---|---|---|",
      ]
      lines += tests.prefix(Self.longestTable).map {
        "| \(cell($0 + $1.feature)) | \(digits($1.statistic, 3)) | \($1.degreesOfFreedom) "
          + "| \(significant($1.pValue, 3)) |"
      }
    }
    return [lines.joined(separator: "\n")]
  }

  private static let longestTable = 500

  private func row(_ name: String, _ estimate: Double, _ wald: WaldEstimate?) -> String {
    let numbers =
      wald.map {
        [
          significant($0.standardError, 4), digits($0.zValue, 3), significant($0.pValue, 3),
          "\(significant($0.lower, 4)) to \(significant($0.upper, 4))",
        ]
      } ?? ["", "", "", ""]
    return "| \(cell(name)) | \(significant(estimate, 6)) | \(numbers.joined(separator: " | ")) |"
  }

  private func name(_ term: OriginalScale.Term) -> String {
    term.level.map { "\(term.feature) = \($0)" } ?? term.feature
  }

  private func cell(_ text: String) -> String { oneLine(text).replacing("|", with: "\\|") }

  private func weight(_ effect: Effect) -> Double {
    if let share = effect.share {
      return abs(effect.coefficient) * (share * (1 - share)).squareRoot()
    }
    guard case .number(let number) = effect.feature.encoding else { return 0 }
    return abs(effect.coefficient) * number.deviation / number.scale
  }

  private var leftOut: String {
    let lines = training.leftOut.map { "- `\(oneLine($0.column))`: \($0.reason)" }
    return "## Columns that are no features\n\n" + lines.joined(separator: "\n")
  }

  private var limits: String {
    """
    ## Limits

    The probabilities hold for customers like those of the training rows. A missing number counts as \
    the training mean; a level that training hardly saw counts as the pooled level or the average \
    customer. Effects are associations, not what a campaign would cause.
    """
  }

  /// `text` without line breaks, which would end its row or item.
  private func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  private func percent(_ part: Int, _ whole: Int) -> String {
    whole == 0 ? "0 %" : "\(digits(100 * Double(part) / Double(whole), 1)) %"
  }
}
