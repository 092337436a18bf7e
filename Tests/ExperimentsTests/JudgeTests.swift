import Foundation
import SpecialFunctions
import Testing

@testable import Experiments

struct JudgeTests {
  private func verdict(
    _ definition: ExperimentDefinition, _ looks: [Look]
  ) throws -> Verdict {
    try ExperimentJudge(definition).verdict(on: Evidence(looks: looks))
  }

  @Test(arguments: [
    StoppingDesign.unlimitedExact, .multinomial, .asymptotic(plannedUnits: 16_310),
  ])
  func aClearGainShips(design: StoppingDesign) throws {
    let verdict = try verdict(
      purchaseDefinition(design: design),
      [conversionLook(units: [10_000, 10_000], conversions: [[500, 700]])])
    #expect(verdict.decision == .ship(variant: "treatment"))
    let effect = try #require(verdict.answers[0].effect)
    #expect(effect.lower > 0 || design == .multinomial)
    #expect(effect.lower <= 0.02 && effect.upper >= 0.02)
    #expect(verdict.treatments[0].unitsLeft == nil)
  }

  @Test func aClearLossStops() throws {
    let verdict = try verdict(
      purchaseDefinition(), [conversionLook(units: [10_000, 10_000], conversions: [[700, 500]])])
    #expect(verdict.decision == .stopHarm(metric: "purchase"))
    #expect(verdict.decision.name == "stop: harm")
  }

  @Test func theSoonestDesignShipsStopsAndGoesOn() throws {
    let definition = try purchaseDefinition(
      design: .soonestExact(SoonestDesign(power: 0.8)))
    func decision(_ conversions: [Int], looks: Int) throws -> Verdict.Decision {
      try verdict(
        definition,
        (0..<looks).map { _ in conversionLook(units: [500, 500], conversions: [conversions]) }
      ).decision
    }
    #expect(try decision([25, 33], looks: 14) == .ship(variant: "treatment"))
    #expect(try decision([25, 24], looks: 14) == .stopNoUsefulEffect)
    #expect(try decision([25, 30], looks: 1) == .proceed)
  }

  @Test func anIntervalShortOfTheMinimumEffectStops() throws {
    let looks = (0..<10).map { _ in
      conversionLook(units: [20_000, 20_000], conversions: [[1000, 1000]])
    }
    #expect(try verdict(purchaseDefinition(), looks).decision == .stopNoUsefulEffect)
  }

  @Test func anUnevenSplitIsInvalidAndSaysWhere() throws {
    let verdict = try verdict(
      purchaseDefinition(), [conversionLook(units: [10_000, 11_000], conversions: [[500, 770]])])
    #expect(verdict.decision == .invalid)
    #expect(verdict.reason.contains("all units"))
    #expect(verdict.reason.contains("10000:11000, expected 10500:10500"))
  }

  @Test func aMismatchInOneChannelIsFoundThoughTheWholeIsEven() throws {
    var look = conversionLook(units: [10_000, 10_000], conversions: [[500, 500]])
    look.increments[0].slices = [("app", [4_400, 5_600]), ("email", [5_600, 4_400])].map {
      SliceIncrement(
        slice: Slice(dimension: "channel", level: $0),
        splits: [SplitCount(probabilities: [0.5, 0.5], units: $1)], tallies: [])
    }
    let verdict = try verdict(purchaseDefinition(dimensions: ["channel"]), [look])
    #expect(verdict.decision == .invalid)
    #expect(verdict.split.alarms.map(\.place) == ["channel = app", "channel = email"])
  }

  @Test func aGuardrailNotYetSafeHoldsAShipBack() throws {
    let guardrail = try Guardrail(
      metric: conversionMetric("unsubscribe", .decrease), margin: .relative(0.2), baseline: 0.01)
    let definition = try purchaseDefinition(guardrails: [guardrail])
    func decision(_ unsubscribes: [Int]) throws -> Verdict {
      try verdict(
        definition,
        [
          conversionLook(
            units: [40_000, 40_000], conversions: [[2_000, 2_600], unsubscribes])
        ])
    }
    #expect(try decision([400, 300]).decision == .ship(variant: "treatment"))
    let open = try decision([400, 430])
    #expect(open.decision == .proceed)
    #expect(open.reason.contains("not yet within margin: unsubscribe"))
    #expect(try decision([400, 600]).decision == .stopHarm(metric: "unsubscribe"))
  }

  @Test func severalTreatmentsShareAlphaAndTheBestShips() throws {
    let verdict = try verdict(
      purchaseDefinition(variants: ["control", "text", "discount"]),
      [conversionLook(units: [10_000, 10_000, 10_000], conversions: [[500, 660, 700]])])
    #expect(verdict.decision == .ship(variant: "discount"))
    let answers = verdict.answers.filter { $0.role == .primary }
    #expect(answers.count == 2)
    for answer in answers {
      #expect(try #require(answer.adjustedPValue) >= #require(answer.pValue))
    }
  }

  @Test func secondaryMetricsAreCorrectedAndThePrimaryIsNot() throws {
    let verdict = try verdict(
      purchaseDefinition(secondary: [conversionMetric("visit"), conversionMetric("open")]),
      [
        conversionLook(
          units: [10_000, 10_000], conversions: [[500, 640], [2000, 2150], [3000, 3000]])
      ])
    #expect(verdict.answers[0].adjustedPValue == verdict.answers[0].pValue)
    let visit = verdict.answers[1]
    #expect(isClose(try #require(visit.adjustedPValue), 2 * (visit.pValue ?? 0), relative: 1e-12))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func noSequenceExcludesItsEstimateNorWidens(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    let looks = (0..<12).map { _ in
      let units = (0..<2).map { _ in 200 + rng.nextIndex(below: 400) }
      return conversionLook(
        units: units, conversions: [units.map { rng.nextIndex(below: $0 / 4) }])
    }
    for point in try verdict(purchaseDefinition(), looks).answers[0].path {
      #expect(point.effect.lower <= point.effect.value)
      #expect(point.effect.value <= point.effect.upper)
    }
  }

  @Test func theOrderOfVariantsWithinALookIsNoMatter() throws {
    var look = conversionLook(units: [5_000, 5_000], conversions: [[250, 300]])
    let plain = try verdict(purchaseDefinition(), [look])
    look.increments[0].metrics[0].strata[0].outcomes.reverse()
    #expect(try verdict(purchaseDefinition(), [look]).decision == plain.decision)
  }
}

/// Evidence that has no answer, or hardly one.
struct BadEvidenceTests {
  private func thrown(_ looks: [Look]) throws -> ExperimentError? {
    let judge = ExperimentJudge(try purchaseDefinition())
    do {
      _ = try judge.verdict(on: Evidence(looks: looks))
      return nil
    } catch { return error }
  }

  @Test func nothingToJudgeIsAnError() throws {
    #expect(try thrown([]) == .noExposures)
    #expect(
      try thrown([conversionLook(units: [100, 0], conversions: [[5, 0]])])
        == .emptyVariant("treatment"))
    #expect(
      try thrown([conversionLook(units: [100, 100], conversions: [[0, 0]])])
        == .noConversions(metric: "purchase"))
  }

  @Test func unitsWithOpenWindowsAreAnError() throws {
    let look = Look(
      increments: [
        PhaseIncrement(
          phase: 0, splits: [SplitCount(probabilities: [0.5, 0.5], units: [40, 60])],
          metrics: [
            MetricIncrement(probabilities: [0.5, 0.5], units: [0, 0], conversions: [0, 0])
          ])
      ])
    #expect(try thrown([look]) == .noMatureUnits(exposed: 100))
  }

  @Test func sumsThatAreNoNumberAreAnError() throws {
    var look = conversionLook(units: [10, 10], conversions: [[1, 1]])
    look.increments[0].metrics[0].tallies[1].moments = CoMoments(
      count: 10, means: [.nan], products: [1])
    let text = try #require(try thrown([look])).description
    #expect(text.contains("metric 'purchase' of look 1 has a sum that is no finite number"))
  }

  @Test func looksOfAnotherDefinitionAreAnError() throws {
    let look = conversionLook(units: [10, 10, 10], conversions: [[1, 1, 1]])
    #expect(try thrown([look])?.description.contains("counts 3 variants") == true)
  }

  @Test(arguments: [[1_000, 1_000], [1, 0], [0, 1_000]])
  func oneSidedOutcomesHaveAnHonestInterval(conversions: [Int]) throws {
    let judge = ExperimentJudge(try purchaseDefinition(baseline: nil))
    let verdict = try judge.verdict(
      on: Evidence(looks: [conversionLook(units: [1_000, 1_000], conversions: [conversions])]))
    let effect = try #require(verdict.answers[0].effect)
    #expect(effect.upper - effect.lower > 0.001)
    let p = try #require(verdict.answers[0].pValue)
    #expect(p > 0 && p <= 1)
  }

  @Test func aWhaleDoesNotDecideAMeanBeforeTheGate() throws {
    let definition = try ExperimentDefinition(
      key: "cart", unit: "customer",
      goal: Goal(
        metric: MetricDefinition(
          name: "revenue", kind: .mean(event: "order", cap: .none), direction: .increase),
        minimumEffect: .relative(0.1)),
      design: .asymptotic(plannedUnits: 20_000),
      phases: [
        Phase(assignment: AssignmentDesign(salt: "cart", variants: ["control", "treatment"]))
      ])
    func look(_ buyers: Int, whale: Double) -> Look {
      let tallies = [0.0, whale].map { extra in
        var tally = MetricTally()
        for place in 0..<2_000 { tally.add([place < buyers ? Double(20 + place % 7) : 0]) }
        if extra > 0 { tally.add([extra]) }
        return tally
      }
      return Look(
        increments: [
          PhaseIncrement(
            phase: 0, splits: [SplitCount(probabilities: [0.5, 0.5], units: [2_000, 2_001])],
            metrics: [MetricIncrement(tallies: tallies)])
        ])
    }
    let judge = ExperimentJudge(definition)
    let early = try judge.verdict(on: Evidence(looks: [look(100, whale: 1e6)]))
    #expect(early.answers[0].finding == .tooEarly)
    #expect(early.answers[0].effect == nil && early.answers[0].pValue == nil)
    #expect(
      early.answers[0].note?.contains("an answer takes 1000 units and 300 such outcomes, 100")
        == true)
    let late = try judge.verdict(on: Evidence(looks: [look(400, whale: 1e6)]))
    #expect(late.decision == .proceed)
    let effect = try #require(late.answers[0].effect)
    #expect(effect.lower < 0 && effect.upper > 0)
  }
}

struct MultiplicityTests {
  @Test func correctionsAreTheTextbooks() {
    let values = [0.01, 0.04, 0.03, 0.005]
    // R's p.adjust(c(.01, .04, .03, .005), "holm") and "BH".
    let holm = Correction.holm.adjusted(pValues: values, logEvidence: [])
    let benjamini = Correction.benjaminiHochberg.adjusted(pValues: values, logEvidence: [])
    for (value, wanted) in zip(holm, [0.03, 0.06, 0.06, 0.02]) {
      #expect(isClose(value, wanted, relative: 1e-12))
    }
    for (value, wanted) in zip(benjamini, [0.02, 0.04, 0.04, 0.02]) {
      #expect(isClose(value, wanted, relative: 1e-12))
    }
  }

  @Test func eValuesAreCalledWhereTheKLargestReachTheirBound() {
    // With m = 4 and alpha = .05: E ≥ 80, 40, 26.7, 20 for the 1st to 4th largest.
    let adjusted = Correction.eBenjaminiHochberg.adjusted(
      pValues: [1, 1, 1, 1], logEvidence: [log(100), log(41), log(26), 0])
    #expect(adjusted.map { $0 <= 0.05 } == [true, true, false, false])
  }
}

struct AdjustmentTests {
  /// Outcome, then a covariate and the same doubled.
  private func tally(_ seed: UInt64, shift: Double, covariates: Int) -> MetricTally {
    var rng = SplitMix64(seed: seed)
    var tally = MetricTally(dimension: 1 + covariates)
    for _ in 0..<3000 {
      let before = rng.nextStandardNormal()
      let outcome = 5 + shift + before + 0.7 * rng.nextStandardNormal()
      tally.add([outcome] + [before, 2 * before].prefix(covariates))
    }
    return tally
  }

  @Test func adjustmentTakesAwayWhatTheCovariateExplains() throws {
    func error(_ covariates: Int) throws -> Double {
      try #require(
        DifferenceEstimate(
          control: tally(1, shift: 0, covariates: covariates),
          treatment: tally(2, shift: 0.1, covariates: covariates), isRatio: false)
      ).standardError
    }
    // The correlation is 0.82: the variance falls to a third.
    #expect(try error(1) / error(0) < 0.6)
    // A doubled covariate adds nothing, but for a degree of freedom.
    #expect(isClose(try error(2), try error(1), relative: 1e-3))
  }

  @Test func intervalsOfQuantilesHoldTheTruth() {
    var missed = 0
    for seed in 1...60 as ClosedRange<UInt64> {
      var rng = SplitMix64(seed: seed)
      var summary = QuantileSummary()
      let sequence = QuantileSequence(probability: 0.9, plannedUnits: 2000)
      var isMissed = false
      for _ in 0..<20 {
        for _ in 0..<100 { summary.add(exp(rng.nextStandardNormal())) }
        let interval = sequence.interval(of: summary, alpha: 0.05)
        let truth = exp(1.2815515655446004)
        isMissed =
          isMissed || (interval.lower ?? 0) > truth || (interval.upper ?? .infinity) < truth
      }
      missed += isMissed ? 1 : 0
    }
    #expect(missed <= 8)  // 5 % of 60, and three standard errors
  }
}
