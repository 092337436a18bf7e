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
    """
    # Model \(model.name), version \(version)

    Predicts `\(model.target.column)` = \(model.target.positive.joined(separator: " or ")) by logistic \
    regression on \(model.encoder.fittedFeatureCount) features. The answer is a probability, not calibrated \
    beyond the fit itself, with a contribution in log-odds from every feature.
    """
  }

  private var data: String {
    """
    ## Data

    - \(training.rowCount) rows, of which \(training.trainingRowCount) trained the model \
    (\(percent(training.trainingPositiveCount, training.trainingRowCount)) positive) and \
    \(model.evaluation?.rowCount ?? 0) tested it; \(training.rejectedRowCount) rejected, \
    \(training.unlabelledRowCount) without an outcome\(leftOutRows).
    - Split: \(training.split).
    - SHA-256 of the file: `\(training.dataSHA256)`
    - Command: `\(training.command)`\(snapshotLine)
    """
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
    guard let evaluation = model.evaluation else {
      return "## Quality\n\nNot judged: every row trained the model."
    }
    let area = evaluation.areaUnderROC
    var lines = [
      "## Quality on the test rows", "",
      "| measure | value |", "|---|---|",
      "| area under ROC | \(digits(area.estimate, 4)) (95 %: \(digits(area.lower, 4)) to \(digits(area.upper, 4))) |",
      "| log loss | \(digits(evaluation.logLoss, 4)) (base rate alone: \(digits(evaluation.baseLogLoss, 4))) |",
      "| Brier score | \(digits(evaluation.brierScore, 4)) |",
      "| average precision | \(digits(evaluation.averagePrecision, 4)) |",
      "| Kolmogorov–Smirnov | \(digits(evaluation.kolmogorovSmirnov, 4)) |",
      "| expected calibration error | \(digits(evaluation.expectedCalibrationError, 4)) |", "",
      "| decile | rows | mean probability | positive rate | lift | cumulative gain |",
      "|---|---|---|---|---|---|",
    ]
    for decile in evaluation.deciles {
      lines.append(
        "| \(decile.decile) | \(shortest(decile.rowCount)) | \(digits(decile.meanProbability, 4)) "
          + "| \(digits(decile.positiveRate, 4)) | \(digits(decile.lift, 2)) "
          + "| \(digits(decile.cumulativeGain, 4)) |")
    }
    return lines.joined(separator: "\n")
  }

  /// The features that move the training customers most: the standard deviation of a contribution.
  private var effects: String {
    let terms = model.originalScale.coefficients
    let weights = model.effects.map(weight)
    let strongest = terms.indices.sorted {
      (weights[$0], -$0) > (weights[$1], -$1)
    }.prefix(20)
    let lines = strongest.map { index -> String in
      let term = terms[index]
      return
        "| \(cell(name(term))) | \(digits(term.coefficient, 6)) | \(digits(weights[index], 4)) |"
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

  /// Every coefficient with its standard error, as far as a page goes, and the tests of whole categories.
  private var standardErrors: [String] {
    guard let inference = model.inference else { return [] }
    let scale = model.originalScale
    let rows =
      [row("(intercept)", scale.intercept, scale.interceptWald)]
      + scale.coefficients.map { row(name($0), $0.coefficient, $0.wald) }
    let rest = rows.count - Self.longestTable
    var lines = [
      "## Standard errors", "", "\(inference.kind)\(inference.note.map { "; \($0)" } ?? "").", "",
      "| coefficient | estimate | standard error | z | p | 95 % interval |",
      "|---|---|---|---|---|---|",
    ]
    lines += rows.prefix(Self.longestTable)
    if rest > 0 { lines += ["", "And \(rest) more: `models show --json` has them all."] }
    if !inference.tests.isEmpty {
      lines += [
        "", "Whether the levels of a category differ at all:", "",
        "| category | chi-squared | degrees of freedom | p |", "|---|---|---|---|",
      ]
      lines += inference.tests.map {
        "| \(cell($0.feature)) | \(digits($0.statistic, 3)) | \($0.degreesOfFreedom) "
          + "| \(significant($0.pValue, 3)) |"
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
