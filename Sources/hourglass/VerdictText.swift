import Experiments
import Foundation
import Plots

/// A verdict as text for a person at a terminal.
struct VerdictText {
  private let verdict: Verdict
  private let definition: ExperimentDefinition
  private let evidence: Evidence

  init(_ verdict: Verdict, of definition: ExperimentDefinition, on evidence: Evidence) {
    self.verdict = verdict
    self.definition = definition
    self.evidence = evidence
  }

  var text: String {
    var parts = [headline]
    for metric in definition.metrics {
      let answers = verdict.answers.filter { $0.metric == metric.name }
      if !answers.isEmpty { parts.append(section(metric, answers)) }
    }
    if verdict.treatments.count > 1 || verdict.treatments.contains(where: hasMore) {
      parts.append(treatments)
    }
    parts.append(split)
    if !verdict.exclusions.counts.isEmpty { parts.append(exclusions) }
    return parts.joined(separator: "\n\n")
  }

  private var headline: String {
    let variant = verdict.decision.variant.map { " \($0)" } ?? ""
    return "\(verdict.experiment): \(verdict.decision.name)\(variant)\n  \(verdict.reason)\n"
      + "  rule: \(verdict.rule)"
  }

  private func section(_ metric: MetricDefinition, _ answers: [MetricAnswer]) -> String {
    let figures = FigureText(metric)
    let level = FigureText.level(1 - definition.alpha)
    var rows = [
      [
        "", "units", "converted", figures.name, "effect", "\(level) % sequence",
        "relative", "\(level) % sequence", "p",
      ]
    ]
    if let first = answers.first {
      rows.append(["  \(definition.control)"] + cells(first.control, figures))
    }
    for answer in answers {
      var row = ["  \(answer.variant)"] + cells(answer.treatment, figures)
      if let effect = answer.effect {
        row += [figures.signed(effect.value), figures.interval(effect)]
        row +=
          answer.relativeEffect.map {
            [FigureText.percent($0.value, signed: true), FigureText.percentInterval($0)]
          } ?? ["–", "–"]
        row.append((answer.adjustedPValue ?? answer.pValue).map(FigureText.pValue) ?? "–")
      }
      rows.append(row)
    }
    var lines = [heading(metric, answers), alignedTable(rows)]
    for answer in answers {
      if answer.path.count > 1 { lines.append("  \(answer.variant), by look: \(sequence(answer))") }
      if let progress = answer.progress {
        lines += SequentialText(
          progress: progress, figures: figures,
          units: answer.control.units + answer.treatment.units
        ).lines.map { "  \(answer.variant), \($0)" }
      }
      if let note = answer.note { lines.append("  \(answer.variant): \(note)") }
    }
    return lines.joined(separator: "\n")
  }

  /// The ends of the sequence closing in on the effect.
  private func sequence(_ answer: MetricAnswer) -> String {
    let ends = [
      ("upper end", answer.path.map(\.effect.upper)),
      ("effect", answer.path.map(\.effect.value)),
      ("lower end", answer.path.map(\.effect.lower)),
    ]
    return ends.map { "\($0.0) \(Sparkline.text($0.1, width: 24))" }.joined(separator: "  ")
  }

  private func heading(_ metric: MetricDefinition, _ answers: [MetricAnswer]) -> String {
    let role = answers.first?.role.rawValue ?? ""
    let better = metric.direction == .increase ? "more is better" : "less is better"
    let cap =
      evidence.caps[metric.name].map {
        ", winsorised at \(NumberText.significant($0, digits: 4))"
      } ?? ""
    let findings = answers.map { "\($0.variant) \(Self.words($0.finding))" }
    return "\(metric.name) (\(role), \(better)\(cap)): \(findings.joined(separator: ", "))"
  }

  private func cells(_ figure: VariantFigure, _ figures: FigureText) -> [String] {
    [
      NumberText.fixed(Double(figure.units), decimals: 0),
      NumberText.fixed(Double(figure.conversions), decimals: 0),
      figure.value.map(figures.value) ?? "–",
    ]
  }

  private static func words(_ finding: MetricAnswer.Finding) -> String {
    switch finding {
    case .better: "better"
    case .worse: "worse"
    case .withinMargin: "within its margin"
    case .noUsefulEffect: "no useful effect"
    case .undecided: "undecided"
    case .tooEarly: "too early"
    }
  }

  private func hasMore(_ treatment: TreatmentVerdict) -> Bool {
    treatment.unitsLeft != nil || treatment.expectedLossOfShipping != nil
  }

  private var treatments: String {
    let figures = FigureText(definition.goal.metric)
    let rows = verdict.treatments.map { treatment in
      let losses = [
        treatment.expectedLossOfShipping.map { "shipping it costs \(figures.loss($0))" },
        treatment.expectedLossOfKeeping.map { "keeping \(definition.control) \(figures.loss($0))" },
      ].compactMap(\.self)
      let expected =
        losses.isEmpty ? "" : "; on average, per unit: \(losses.joined(separator: ", "))"
      let left =
        treatment.unitsLeft.map {
          "; about \(NumberText.fixed(Double($0), decimals: 0)) more units to find the minimum effect"
        } ?? ""
      return
        "  \(treatment.variant): \(treatment.decision.name), \(treatment.reason)\(left)\(expected)"
    }
    return (["treatments"] + rows).joined(separator: "\n")
  }

  private var split: String {
    let units = zip(definition.variants, zip(verdict.split.units, verdict.split.expected)).map {
      "\($0) \(NumberText.fixed(Double($1.0), decimals: 0))"
        + " (\(NumberText.fixed($1.1, decimals: 0)) expected)"
    }
    let found =
      verdict.split.alarms.isEmpty
      ? "as designed"
      : "not as designed: " + verdict.split.alarms.map(\.place).joined(separator: ", ")
    return "split: \(found); \(units.joined(separator: ", ")); "
      + "p = \(FigureText.pValue(verdict.split.pValue))"
  }

  private var exclusions: String {
    let rows = Exclusions.Reason.allCases.compactMap { reason -> String? in
      let count = verdict.exclusions[reason]
      guard count > 0 else { return nil }
      return "  \(NumberText.fixed(Double(count), decimals: 0)) \(reason.words)"
    }
    return (["left out or noted"] + rows).joined(separator: "\n")
  }
}

/// How one metric's numbers are written: shares as percentages, all else as they are.
struct FigureText {
  private let isShare: Bool
  let name: String

  init(_ metric: MetricDefinition) {
    isShare = metric.isShare
    switch metric.kind {
    case .conversion, .retention: name = "share"
    case .count, .mean: name = "mean"
    case .ratio: name = "ratio"
    case .quantile(_, let probability):
      name = "p\(NumberText.significant(100 * probability, digits: 3))"
    }
  }

  func value(_ value: Double) -> String {
    isShare
      ? "\(NumberText.significant(100 * value, digits: 4)) %"
      : NumberText.significant(value, digits: 4)
  }

  /// Differences of shares are percentage points.
  func signed(_ value: Double) -> String {
    let sign = value > 0 ? "+" : ""
    return isShare
      ? "\(sign)\(NumberText.significant(100 * value, digits: 3)) pp"
      : sign + NumberText.significant(value, digits: 3)
  }

  /// An expected loss; one that nobody could see is none.
  func loss(_ value: Double) -> String {
    value < 1e-9 ? "nothing" : self.value(value)
  }

  /// A confidence level: 95, 97.5.
  static func level(_ share: Double) -> String {
    let percent = (share * 1e4).rounded() / 100
    return Int(exactly: percent).map { "\($0)" } ?? "\(percent)"
  }

  func interval(_ estimate: Estimate) -> String {
    let scale = isShare ? 100.0 : 1
    return "\(Self.end(scale * estimate.lower)) to \(Self.end(scale * estimate.upper))"
  }

  static func percent(_ value: Double, signed: Bool = false) -> String {
    (signed && value > 0 ? "+" : "") + NumberText.significant(100 * value, digits: 3) + " %"
  }

  static func percentInterval(_ estimate: Estimate) -> String {
    "\(end(100 * estimate.lower)) to \(end(100 * estimate.upper)) %"
  }

  private static func end(_ value: Double) -> String {
    value.isFinite ? NumberText.significant(value, digits: 3) : (value < 0 ? "−∞" : "∞")
  }

  static func pValue(_ value: Double) -> String {
    value < 1e-4 ? NumberText.significant(value, digits: 2) : NumberText.fixed(value, decimals: 4)
  }
}

extension Exclusions.Reason {
  /// After a count: what they are, and what is done with them.
  var words: String {
    switch self {
    case .twoVariants: "units seen in two variants: left out"
    case .immature:
      "units whose window is still open: left out until it closes, or in by --immature"
    case .notEligible: "exposures of units that are not eligible: left out"
    case .beforeStart: "units first exposed before the first phase: left out"
    case .afterHorizon: "units first exposed after the horizon: left out"
    case .missingOutcome: "outcomes missing: their units are left out of the metric"
    case .otherExperiment: "rows of other experiments: left out"
    case .repeatedExposure: "repeated exposures: the first counts"
    case .emptyUnit: "rows without a unit's id: left out"
    case .exposureInFuture: "exposures in the future: left out; check the clocks"
    case .noExposureTime: "exposures without a readable time: left out"
    case .otherThanAssigned:
      "exposures to another variant than the salt deals: counted as logged; find out who was shown what, or"
        + " take 'salt' out if something else assigns"
    case .inHoldout:
      "exposures of units in the holdout: counted as logged; keep the holdout out where variants are shown"
    case .duplicateConversion: "conversions delivered again: left out"
    case .conversionOfUnexposed: "conversions of units that were not exposed: left out"
    case .conversionBeforeExposure: "conversions before exposure: left out"
    case .conversionAfterWindow: "conversions after the window: left out"
    case .conversionInFuture: "conversions in the future: left out; check the clocks"
    case .noConversionTime: "conversions without a readable time: left out"
    case .noValue: "conversions without a value: count as nothing in sums"
    case .negativeValue: "negative values: taken as refunds"
    case .unknownEvent: "conversions of events that no metric reads: left out"
    }
  }
}
