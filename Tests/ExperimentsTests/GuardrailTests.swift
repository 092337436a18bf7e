import Testing

@testable import Experiments

/// Guardrails whose figure is no mean per unit, with a margin that is a share of the figure.
struct GuardrailTests {
  private func definition(_ metric: MetricDefinition) throws -> ExperimentDefinition {
    try purchaseDefinition(guardrails: [Guardrail(metric: metric, margin: .relative(0.1))])
  }

  private func openRate() throws -> MetricDefinition {
    try MetricDefinition(
      name: "open rate",
      kind: .ratio(
        numerator: .init(event: "open", quantity: .count),
        denominator: .init(event: "send", quantity: .count)), direction: .increase)
  }

  /// Units with ten sends each, of which `opening` open all and the others none.
  private func opens(_ units: Int, opening: Int) -> MetricTally {
    var moments = CoMoments(dimension: 2)
    moments.add([10, 10], repetitions: opening)
    moments.add([0, 10], repetitions: units - opening)
    return MetricTally(units: units, conversions: opening, moments: moments)
  }

  /// A look at which purchases have doubled.
  private func look(_ units: Int, _ guardrail: [MetricTally]) -> Look {
    var look = conversionLook(
      units: [units, units], conversions: [[units / 10, units / 5]])
    look.increments[0].metrics.append(MetricIncrement(tallies: guardrail))
    return look
  }

  private func verdict(_ metric: MetricDefinition, _ look: Look) throws -> Verdict {
    try ExperimentJudge(definition(metric)).verdict(on: Evidence(looks: [look]))
  }

  @Test func aRatioIsHeldToTheMarginOfTheRatio() throws {
    // 14 % fewer opens, on too few units to call harm.
    let fewer = try verdict(
      openRate(), look(1500, [opens(1500, opening: 450), opens(1500, opening: 387)]))
    #expect(fewer.decision == .proceed)
    #expect(fewer.reason.contains("not yet within margin: open rate"))
    let same = try verdict(
      openRate(),
      look(100_000, [opens(100_000, opening: 30_000), opens(100_000, opening: 29_900)]))
    #expect(same.decision == .ship(variant: "treatment"))
  }

  @Test func aQuantileIsHeldToTheMarginOfTheQuantile() throws {
    let metric = try MetricDefinition(
      name: "wait", kind: .quantile(event: "answer", probability: 0.5), direction: .decrease)
    // Medians near 10, a mean above 100: a tenth of the mean is as much as the median.
    func waits(_ units: Int) -> MetricTally {
      var tally = MetricTally(hasDistribution: true)
      for place in 0..<units {
        tally.add([place % 10 == 0 ? 1000 : 5 + Double(place % 11)])
      }
      return tally
    }
    let verdict = try verdict(metric, look(1000, [waits(200), waits(200)]))
    #expect(verdict.answers[1].finding == .undecided)
    #expect(verdict.decision == .proceed)
  }

  @Test func unitsAreToldToBeLeftOnlyWhereThePrimaryMetricIsOpen() throws {
    let open = try verdict(
      openRate(), look(1500, [opens(1500, opening: 450), opens(1500, opening: 387)]))
    #expect(open.answers[0].finding == .better)
    #expect(open.treatments[0].unitsLeft == nil)
    // Beyond the mean size of the design nothing is known of what is left.
    let late = try ExperimentJudge(purchaseDefinition()).verdict(
      on: Evidence(looks: [conversionLook(units: [9_000, 9_000], conversions: [[450, 495]])]))
    #expect(late.decision == .proceed)
    #expect(late.treatments[0].unitsLeft == nil)
  }
}
