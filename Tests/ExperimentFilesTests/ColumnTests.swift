import ExperimentFiles
import Experiments
import SpecialFunctions
import TestSupport
import Testing

/// Columns of exposures beyond unit, variant and time, on their way into evidence.
struct ColumnTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let yaml = """
    experiment: cart
    variants: [control, treatment]
    window: 1d
    primary: {name: purchase, direction: increase, minimumEffect: 10%, baseline: 20%}

    """

  private func evidence(
    _ yaml: String, exposures: String,
    conversions: String = "customer_id,event,time\nx,purchase,2026-03-05T00:00:00Z\n"
  ) throws -> Evidence {
    let file = try ExperimentFile(yaml: yaml, path: "cart.yaml")
    var files = EventFiles(definition: file.definition)
    files.dealsByHash = file.dealsByHash
    let contents = try files.read([
      folder.write(exposures, to: "e.csv"), folder.write(conversions, to: "c.csv"),
    ])
    return try Attribution(definition: file.definition).evidence(
      exposures: contents.exposures, conversions: contents.conversions,
      exclusions: contents.exclusions)
  }

  /// What came in with the look in which the windows of the first day closed.
  private func matured(_ evidence: Evidence) throws -> PhaseIncrement {
    try #require(
      evidence.looks.flatMap(\.increments).first { $0.metrics[0].tallies[0].units > 0 })
  }

  /// Eight units on one day, more columns each, and a last one that tells the day is over.
  private func exposures(_ header: String, _ cells: [String]) -> String {
    var text = "customer_id,variant,time,\(header)\n"
    for (place, cell) in cells.enumerated() {
      text +=
        "\(place),\(place % 2 == 0 ? "control" : "treatment"),2026-03-01T0\(place):00:00Z,\(cell)\n"
    }
    return text + "99,control,2026-03-05T00:00:00Z,\(cells[0])\n"
  }

  private static let conversions = """
    customer_id,event,time,value
    0,purchase,2026-03-01T08:00:00Z,10
    1,purchase,2026-03-01T08:00:00Z,20
    3,purchase,2026-03-01T08:00:00Z,1000

    """

  @Test func numbersAndTextsBecomeCovariates() throws {
    let evidence = try evidence(
      Self.yaml + "covariates: [spent, city]\n",
      exposures: exposures(
        "spent,city",
        ["1,Moscow", "2,Paris", "3,Moscow", ",Paris", "5,Oslo", "6,Oslo", "7,Oslo", "8,Oslo"]),
      conversions: Self.conversions)
    // A missing number is filled with the mean and told; the first level is the base.
    #expect(evidence.covariates == ["spent", "spent?missing", "city=Oslo", "city=Paris"])
    let tally = try matured(evidence).metrics[0].tallies[1]
    #expect(tally.moments.dimension == 5)
    #expect(tally.units == 4 && tally.conversions == 2)
    // Units 1, 3, 5, 7: 2, the mean of all that are there, 6, 8.
    let fill = (1.0 + 2 + 3 + 5 + 6 + 7 + 8 + 1) / 8
    #expect(isClose(tally.moments.means[1], (2 + fill + 6 + 8) / 4, relative: 1e-14))
    #expect(tally.moments.means[2] == 0.25)
    #expect(tally.moments.means[3] == 0.5 && tally.moments.means[4] == 0.5)
  }

  @Test func scoresTellUnitsOfALookApart() throws {
    let evidence = try evidence(
      Self.yaml + "score: propensity_to_buy\n",
      exposures: exposures(
        "propensity_to_buy", ["0.5", "0.5", "0.25", "0.25", "0.5", "0.5", "", "0.25"]),
      conversions: Self.conversions)
    let strata = try matured(evidence).metrics[0].strata
    #expect(strata.map(\.score) == [nil, 0.25, 0.5])
    #expect(strata.map { $0.outcomes.reduce(0) { $0 + $1.count } } == [1, 3, 4])
  }

  @Test func dimensionsMakeSlicesThatAddUpToTheWhole() throws {
    let evidence = try evidence(
      Self.yaml + "dimensions: [channel]\n",
      exposures: exposures("channel", ["app", "app", "mail", "mail", "app", "app", "mail", "app"]),
      conversions: Self.conversions)
    let increment = evidence.looks[0].increments[0]
    #expect(increment.slices.map(\.slice.level) == ["app", "mail"])
    for variant in 0..<2 {
      let sliced = evidence.looks.flatMap(\.increments).flatMap(\.slices)
        .reduce(0) { $0 + $1.splits.reduce(0) { $0 + $1.units[variant] } }
      let whole = evidence.looks.flatMap(\.increments).flatMap(\.splits)
        .reduce(0) { $0 + $1.units[variant] }
      #expect(sliced == whole)
    }
  }

  @Test func loggedProbabilitiesOfTheVariantSeenTellBoth() throws {
    let evidence = try evidence(
      Self.yaml + "allocation: {thompson: 5%}\n",
      exposures: exposures(
        "propensity_score", ["0.5", "0.5", "0.75", "0.25", "0.75", "0.25", "0.5", "0.5"]),
      conversions: Self.conversions)
    let splits = evidence.looks[0].increments[0].splits
    #expect(splits.map(\.probabilities) == [[0.5, 0.5], [0.75, 0.25]])
    #expect(splits.map(\.units) == [[2, 2], [2, 2]])
    #expect(try matured(evidence).metrics[0].strata.count == 2)
  }

  @Test func loggedProbabilitiesMayStandForEachVariant() throws {
    let evidence = try evidence(
      Self.yaml.replacing("[control, treatment]", with: "[control, treatment, other]")
        + "allocation: {thompson: 5%}\n",
      exposures: exposures(
        "probability_control,probability_treatment,probability_other",
        [String](repeating: "0.25,0.5,0.25", count: 8)),
      conversions: Self.conversions)
    #expect(evidence.looks[0].increments[0].splits.map(\.probabilities) == [[0.25, 0.5, 0.25]])
  }

  @Test(arguments: ["0", "1.5", "", "-0.1"])
  func aProbabilityThatIsNoneIsAnErrorWithItsLine(cell: String) {
    #expect {
      try evidence(
        Self.yaml + "allocation: {thompson: 5%}\n",
        exposures: exposures("propensity", ["0.5", cell, "0.5"]))
    } throws: { "\($0)".contains("e.csv, line 3: the assignment probability is") }
  }

  @Test func winsorisedMeansAreCappedAtTheQuantileOfAllUnits() throws {
    let evidence = try evidence(
      Self.yaml
        + "secondary:\n  - {name: revenue, kind: mean, event: purchase, winsorise: 0.8, direction: increase}\n",
      exposures: exposures("x", [String](repeating: "", count: 8)), conversions: Self.conversions)
    // Of 8 mature units' sums, 5 zeros, 10, 20 and 1000, the 7th in order.
    #expect(evidence.caps == ["revenue": 20])
    let tallies = try matured(evidence).metrics[1].tallies
    #expect(tallies.map { ($0.mean ?? 0) * Double($0.units) } == [10, 40])
  }

  @Test func exposuresAgainstTheSaltAndOfTheHoldoutAreCounted() throws {
    let yaml =
      Self.yaml + "salt: cart-2026\nholdout: {salt: global, share: 20%}\n"
    let design = try ExperimentFile(yaml: yaml, path: "cart.yaml").definition.phases[0].assignment
    var text = "customer_id,variant,time\n"
    var (wrong, held) = (0, 0)
    for unit in 0..<400 {
      let computed = design.assignment(of: "клиент-\(unit)")
      var variant = computed.variant ?? "control"
      if computed == .excluded(.holdout) { held += 1 }
      if unit % 10 == 0, let assigned = computed.variant {
        variant = assigned == "control" ? "treatment" : "control"
        wrong += 1
      }
      text += "клиент-\(unit),\(variant),2026-03-01T00:00:00Z\n"
    }
    let told = try evidence(yaml, exposures: text + "x,control,2026-03-05T00:00:00Z\n")
    let extra = design.assignment(of: "x")
    #expect(told.exclusions[.otherThanAssigned] == wrong + (extra.variant == "treatment" ? 1 : 0))
    #expect(told.exclusions[.inHoldout] == held + (extra == .excluded(.holdout) ? 1 : 0))
    // Counted as logged, not left out.
    let units = told.looks[0].increments[0].splits[0].units
    #expect(units.reduce(0, +) == 400)
    // Without a salt of its own, something else may have assigned the units.
    let silent = try evidence(Self.yaml, exposures: text + "x,control,2026-03-05T00:00:00Z\n")
    #expect(silent.exclusions[.otherThanAssigned] == 0)
  }
}

/// Cumulative counts in the wide form of the ASOS data.
struct WideSnapshotTests {
  private static let yaml = """
    experiment: 1a2b
    variants: ["0", "1"]
    design: asymptotic
    primary: {name: "4", kind: mean, direction: increase, minimumEffect: 5%, baseline: 2, standardDeviation: 3}

    """

  private func evidence(_ rows: String) throws -> Evidence {
    let folder = try TemporaryFolder()
    let file = try ExperimentFile(yaml: Self.yaml, path: "asos.yaml")
    let header =
      "experiment_id,variant_id,metric_id,time_since_start,count_c,count_t,mean_c,mean_t,variance_c,variance_t\n"
    return try SnapshotFile(definition: file.definition).read(
      path: folder.write(header + rows, to: "asos.csv")
    ).evidence
  }

  @Test func meansAreJudgedWithoutACountOfConversions() throws {
    let evidence = try evidence(
      "1a2b,1,4,0.5,10000,10100,2,2,9,9.5\n1a2b,1,4,1,25000,24900,2,2.3,9,9\n")
    let definition = try ExperimentFile(yaml: Self.yaml, path: "asos.yaml").definition
    let verdict = try ExperimentJudge(definition).verdict(on: evidence)
    #expect(verdict.decision == .ship(variant: "1"))
    // Mean 2 and variance 9: at least 4/13 of the outcomes are not 0.
    let figure = verdict.answers[0].control
    #expect(figure.conversions <= 25_000 * 4 / 13 && figure.conversions > 25_000 * 4 / 13 - 3)
  }

  @Test func eachRowIsALookOfTwoVariants() throws {
    let evidence = try evidence(
      """
      1a2b,1,4,0.5,1000,1010,2.0,2.1,9.0,9.5
      1a2b,1,4,1.0,2500,2490,2.1,2.2,9.2,9.1
      ffff,1,4,1.0,7,7,2.1,2.2,9.2,9.1

      """)
    #expect(evidence.looks.count == 2)
    #expect(evidence.exclusions[.otherExperiment] == 1)
    let tallies = evidence.looks.map { $0.increments[0].metrics[0].tallies }
    #expect(tallies[1].map(\.units) == [1500, 1480])
    let pooled = tallies[0][0] + tallies[1][0]
    #expect(isClose(pooled.moments.means[0], 2.1, relative: 1e-12))
    // Difference and sum of squares round once each.
    #expect(isClose(try #require(pooled.moments.variance(0)), 9.2, relative: 1e-12))
  }

  @Test func aCountThatGoesDownIsAnErrorWithItsLine() {
    #expect {
      try evidence("1a2b,1,4,0.5,1000,1010,2,2,9,9\n1a2b,1,4,1,2500,900,2,2,9,9\n")
    } throws: {
      "\($0)".contains(
        "asos.csv, line 3: variant '1', metric '4' went down from 1010 units (line 2) to 900")
    }
  }
}
