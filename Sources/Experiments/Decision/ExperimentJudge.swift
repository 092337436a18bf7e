import Glibc
import SpecialFunctions

/// Judges the evidence of one experiment: `verdict(on:)` is a pure function of definition and evidence.
///
/// What hangs on the definition alone, such as the bets of the soonest design, is computed once here.
public struct ExperimentJudge: Sendable {
  public let definition: ExperimentDefinition
  /// For the secondary metrics over all treatments; the primary metric is spared.
  public let correction: Correction
  /// One for each treatment, of the soonest design; else none.
  let policies: [SoonestPolicy]

  public init(_ definition: ExperimentDefinition, correction: Correction = .holm) {
    self.definition = definition
    self.correction = correction
    policies = definition.soonestPolicies()
  }

  /// Says what to do.
  ///
  /// - Throws: `ExperimentError` where there is nothing to judge: no unit, an empty variant, no
  ///   conversion of the primary metric, looks that do not fit the definition.
  public func verdict(on evidence: Evidence) throws(ExperimentError) -> Verdict {
    try EvidenceCheck(definition).check(evidence)
    var split = SplitCheck(variantCount: definition.variants.count)
    var cases = (1..<definition.variants.count).map { TreatmentCase(self, evidence, variant: $0) }
    for (number, look) in evidence.looks.enumerated() {
      split.add(look)
      for place in cases.indices { cases[place].add(look, number: number) }
    }
    return summary(of: cases, split.reading, evidence)
  }

  private func summary(
    of cases: [TreatmentCase], _ split: SplitReading, _ evidence: Evidence
  ) -> Verdict {
    var answers = cases.map { $0.answers() }
    correctPrimary(&answers)
    correctSecondary(&answers)
    let treatments = zip(cases, answers).map { $0.verdict(given: $1, split: split) }
    let (decision, reason) = overall(treatments, answers, split)
    let count = definition.metrics.count
    return Verdict(
      experiment: definition.key, decision: decision, reason: reason, rule: definition.rule,
      treatments: treatments,
      answers: (0..<count).flatMap { metric in answers.map { $0[metric] } },
      split: split, exclusions: evidence.exclusions)
  }

  /// Several treatments share the primary metric's error level, by Holm's steps.
  private func correctPrimary(_ answers: inout [[MetricAnswer]]) {
    let adjusted = Correction.holm.adjusted(
      pValues: answers.map { $0[0].pValue ?? 1 },
      logEvidence: answers.map { $0[0].logEvidence ?? 0 })
    for (place, value) in adjusted.enumerated() { answers[place][0].setAdjusted(value) }
    for place in answers.indices {
      answers[place][0].callDifference(alpha: definition.alpha, definition.goal.metric.direction)
    }
  }

  private func correctSecondary(_ answers: inout [[MetricAnswer]]) {
    let first = 1 + definition.guardrails.count
    let places = answers.indices.flatMap { row in
      (first..<definition.metrics.count).map { (row, $0) }
    }
    let adjusted = correction.adjusted(
      pValues: places.map { answers[$0][$1].pValue ?? 1 },
      logEvidence: places.map { answers[$0][$1].logEvidence ?? 0 })
    for ((row, metric), value) in zip(places, adjusted) {
      answers[row][metric].setAdjusted(value)
      answers[row][metric].callDifference(
        alpha: definition.alpha, definition.metrics[metric].direction)
    }
  }

  private func overall(
    _ treatments: [TreatmentVerdict], _ answers: [[MetricAnswer]], _ split: SplitReading
  ) -> (Verdict.Decision, String) {
    func best(_ isWanted: (Verdict.Decision) -> Bool) -> TreatmentVerdict? {
      let sign = definition.goal.metric.direction.sign
      return zip(treatments, answers).filter { isWanted($0.0.decision) }
        .max { sign * ($0.1[0].effect?.value ?? 0) < sign * ($1.1[0].effect?.value ?? 0) }?.0
    }
    let order: [(Verdict.Decision) -> Bool] = [
      { $0 == .invalid },
      { if case .ship = $0 { true } else { false } },
      { if case .stopHarm = $0 { true } else { false } },
      { $0 == .proceed },
    ]
    for isWanted in order {
      if let chosen = best(isWanted) { return (chosen.decision, chosen.reason) }
    }
    return (treatments[0].decision, treatments[0].reason)
  }
}

extension MetricAnswer {
  fileprivate mutating func setAdjusted(_ value: Double) {
    if pValue != nil { adjustedPValue = value }
  }

  /// Calls a difference where the corrected p-value allows it.
  fileprivate mutating func callDifference(alpha: Double, _ direction: MetricDefinition.Direction) {
    guard method != .soonest, finding == .undecided || finding == .noUsefulEffect,
      let adjustedPValue, adjustedPValue <= alpha, let callSign
    else { return }
    finding = callSign * direction.sign > 0 ? .better : .worse
  }
}

extension ExperimentDefinition {
  /// The decision rule in words.
  public var rule: String {
    let sign = goal.metric.direction == .increase ? "above" : "below"
    var ship = "ship: the effect on \(goal.metric.name) lies \(sign) 0 at alpha \(alpha)"
    if case .soonestExact = design {
      ship =
        "ship: the bet on \(goal.metric.name) reaches \(2 * Double(variants.count - 1) / alpha)"
    }
    for guardrail in guardrails { ship += "; \(guardrail.metric.name) within its margin" }
    return ship + ". Stop, harm: \(goal.metric.name) or a guardrail is worse, at alpha \(alpha)."
      + " Stop, no useful effect: the whole interval is short of the minimum effect"
      + design.stopWithoutEffect
      + (futility.map { ", or conditional power is under \(100 * $0.leastPower) %" } ?? "") + "."
      + " Invalid: the split is not as designed."
  }
}

extension StoppingDesign {
  /// In words, what else stops for want of an effect.
  fileprivate var stopWithoutEffect: String {
    switch self {
    case .unlimitedExact, .multinomial, .asymptotic: ""
    case .soonestExact: ", or what is left to bet is not worth its units"
    case .groupSequential(let plan):
      ", or the planned end is reached"
        + (plan.futility == .none ? "" : ", or Z falls to the futility boundary of a look")
    }
  }
}
