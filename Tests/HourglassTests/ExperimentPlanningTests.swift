import Foundation
import Testing

/// Planning, simulation, audit and off-policy values, as a user runs them.
struct ExperimentPlanningTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private static let definition = """
    experiment: cart
    unit: customer_id
    variants: [control, reminder]
    primary:
      name: bought
      direction: increase
      minimumEffect: 20%
      baseline: 30%
    window: 7d
    """

  @Test func aPlanSaysUnitsDaysAndCosts() throws {
    let answer = try place.run(
      "experiment", "plan", "--baseline", "0.05", "--effect", "0.01", "--traffic", "1200",
      "--runs", "2", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let plan = try answer.json()
    let units = try plan.array("unitsPerVariant").map { try $0.number("") }
    // 8155.0 units per variant, rounded up.
    #expect(units.allSatisfy { abs($0 - 8155) <= 1 })
    #expect(try plan.number("fixedDays") == 28)
    #expect(try plan.array("designs").count == 6)
    #expect(try plan.bool("isBeyond90Days") == false)
    let text = try place.run(
      "experiment", "plan", "--baseline", "0.1", "--effect", "+10%", "--runs", "2")
    #expect(text.lines[1].hasPrefix("one look takes 14,7"))
    #expect(text.lines.contains { $0.hasPrefix("soonest exact ") })
  }

  @Test func aDefinitionIsPlannedAndFlagsWin() throws {
    try place.write(Self.definition, to: "cart.yaml")
    let answer = try place.run(
      "experiment", "plan", "cart.yaml", "--baseline", "0.4", "--runs", "2", "--json", "--svg",
      "power.svg")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let plan = try answer.json()
    #expect(try plan.string("metric") == "bought")
    #expect(try plan.number("baseline") == 0.4)
    // 20 % of 0.4
    #expect(abs(try plan.number("effect") - 0.08) < 1e-12)
    #expect(try place.text("power.svg").hasPrefix("<svg "))
  }

  @Test(arguments: [
    ["--baseline", "0.1", "--effect", "-0.01"], ["--baseline", "0.1", "--effect", "-5%"],
    ["--baseline", "-3", "--effect", "1", "--standard-deviation", "10"],
  ])
  func numbersBelowZeroAreValuesOfFlags(arguments: [String]) throws {
    let answer = try place.run(["experiment", "plan"] + arguments + ["--runs", "2"])
    #expect(answer.exitCode == 0, "\(answer.error)")
  }

  @Test func littleTrafficIsWarnedOf() throws {
    let answer = try place.run(
      "experiment", "plan", "--baseline", "0.05", "--effect", "0.01", "--traffic", "50", "--runs",
      "2")
    #expect(answer.exitCode == 0)
    #expect(answer.error.contains("more than 90; in 90 days it finds +"))
  }

  @Test func thePastGivesMeanSpreadCovariateAndTraffic() throws {
    var rows = ["day,spend,before"]
    for index in 0..<400 {
      let before = index * 37 % 100
      let noise = index * 61 % 53
      rows.append(
        "2026-01-\(index % 20 < 9 ? "0" : "")\(index % 20 + 1),\(before + noise),\(before)")
    }
    try place.write(rows.joined(separator: "\n") + "\n", to: "past.csv")
    let answer = try place.run(
      "experiment", "plan", "--effect", "+10%", "--history", "past.csv", "--outcome", "spend",
      "--covariate", "before", "--time", "day", "--runs", "2", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let plan = try answer.json()
    #expect(try plan.number("unitsPerDay") == 20)
    #expect(try plan.number("correlation") > 0.8)
    #expect(try plan.number("fixedUnits") < 0.4 * plan.number("fixedUnitsUnadjusted"))
  }

  @Test func aSimulationIsTheSameForASeed() throws {
    let command = [
      "experiment", "simulate", "--baseline", "0.3", "--effect", "0.1", "--runs", "20", "--design",
      "soonest-exact", "--design", "group-sequential", "--looks", "5", "--json",
    ]
    let first = try place.run(command)
    #expect(first.exitCode == 0, "\(first.error)")
    #expect(try place.run(command).output == first.output)
    #expect(try first.json().array("results").count == 6)
  }

  @Test func anAuditCountsFalseCalls() throws {
    try place.write(Self.definition, to: "cart.yaml")
    let rows = (0..<600).map { "u\($0),\($0 * 7919 % 10 < 3 ? 1 : 0)" }
    try place.write("id,bought\n" + rows.joined(separator: "\n") + "\n", to: "units.csv")
    let answer = try place.run(
      "experiment", "audit", "cart.yaml", "--data", "units.csv", "--outcome", "bought", "--runs",
      "60", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let report = try answer.json()
    #expect(try report.bool("isAsPromised"))
    #expect(try report.number("units") == 600)
    #expect(try report.number("promised") == 0.05)
  }

  @Test func aPolicyIsJudgedByAnothersLog() throws {
    var log = ["item,click,p"]
    var policy = ["item,click"]
    for index in 0..<600 {
      log.append("\(index % 3),\(index % 3 == 2 && index % 2 == 0 ? 1 : 0),0.333333")
      policy.append("\(index % 10 == 0 ? 0 : 2),0")
    }
    try place.write(log.joined(separator: "\n") + "\n", to: "log.csv")
    try place.write(policy.joined(separator: "\n") + "\n", to: "policy.csv")
    let answer = try place.run(
      "experiment", "policy-value", "--log", "log.csv", "--policy", "policy.csv", "--action",
      "item", "--reward", "click", "--probability", "p", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let report = try answer.json()
    // Item 2 is clicked half the time and shown nine times in ten.
    #expect(abs(try report.number("value") - 0.45) < 1e-5)
    #expect(try report.number("interval.lower") < 0.45 && report.number("interval.upper") > 0.45)
  }

  @Test(
    arguments: [
      (["plan"], "give a definition, or --baseline and --effect"),
      (
        ["plan", "--baseline", "0.1", "--effect", "much"],
        "--effect is 'much'; give a number such as 0.01 or +10%"
      ),
      (
        ["plan", "--baseline", "0.1", "--effect", "0"],
        "--effect is '0'; give a number such as 0.01 or +10%"
      ),
      (
        ["plan", "--effect", "0.1", "--split", "1"],
        "--split is '1'; give shares such as 0.5,0.5"
      ),
      (
        ["plan", "--effect", "0.1", "--runs", "0"], "--runs is 0; give a number from 1 to 1000000"
      ),
      (
        ["plan", "--effect", "0.1", "--history", "a.csv"],
        "--history and --outcome go together: a file and its column"
      ),
      (
        ["simulate", "--baseline", "0.1", "--effect", "0.1", "--multiples", "0,x"],
        "--multiples is '0,x'; give numbers such as 0,1,2.5"
      ),
      (
        ["audit", "cart.yaml", "--data", "a.csv", "--looks", "0"],
        "--looks is 0; give a positive number"
      ),
    ] as [([String], String)])
  func flagsThatMakeNoSenseAreToldWhy(arguments: [String], message: String) throws {
    let answer = try place.run(["experiment"] + arguments)
    #expect(answer.exitCode == 64)
    #expect(
      answer.error
        == "hourglass: \(message); see 'hourglass experiment \(arguments[0]) --help'\n")
    #expect(answer.output == "")
  }

  @Test(
    arguments: [
      (
        ["plan", "--baseline", "1.5", "--effect", "0.01"],
        "the baseline is 1.5; give a number in (0, 1)"
      ),
      (
        ["plan", "--baseline", "0.9", "--effect", "0.2"],
        "the treatment's mean, the baseline with the effect, is 1.1; give a number in (0, 1)"
      ),
      (
        ["plan", "--baseline", "0.5", "--effect", "0.000000000001"],
        "an effect of 1e-12 would take over 10^15 units; give a minimum effect worth having"
      ),
      (
        ["plan", "--baseline", "10", "--effect", "1", "--standard-deviation", "1e-300"],
        "the standard deviation is 1e-300; give a number in (1e-150, 1e150)"
      ),
      (
        ["simulate", "--baseline", "0.1", "--effect", "-0.03", "--runs", "1"],
        "the planned effect is -0.03; give a number in (0, 1)"
      ),
      (
        ["simulate", "--baseline", "0.1", "--effect", "0.01", "--alpha", "1"],
        "alpha is 1.0; give a number in (0, 1)"
      ),
      (
        ["simulate", "--baseline", "0.6", "--effect", "0.3", "--runs", "1"],
        "the treatment's rate is 1.35; give a number in [0, 1]"
      ),
    ] as [([String], String)])
  func numbersThatCannotBePlannedAreRefused(arguments: [String], message: String) throws {
    try place.expectRefusal(["experiment"] + arguments, exitCode: 64, message: message)
  }

  @Test func filesThatCannotBeUsedAreNamed() throws {
    try place.expectRefusal(
      ["experiment", "plan", "none.yaml"], exitCode: 66,
      message: "none.yaml: cannot be opened: no readable file of that name")
    try place.write("id,bought\na,yes please\nb,no thanks\nc,maybe so\n", to: "words.csv")
    try place.write(Self.definition, to: "cart.yaml")
    try place.expectRefusal(
      ["experiment", "audit", "cart.yaml", "--data", "words.csv", "--outcome", "bought"],
      exitCode: 64,
      message:
        "words.csv: column 'bought' does not hold numbers; name one that does, or write it as 0 and 1"
    )
  }
}

/// Against public data: absent, the tests are skipped.
struct RealExperimentTests {
  private static func path(_ name: String) -> String {
    RealDataSet.folder.appending(path: name).path
  }

  private static let hasBandit = FileManager.default.fileExists(
    atPath: path("open_bandit_bts_men.csv.gz"))

  /// The value of Thompson sampling, estimated from uniform choices, has an interval that covers what
  /// Thompson sampling brought.
  @Test(
    .enabled(if: Self.hasBandit, "HOURGLASS_DATA names no folder with the Open Bandit samples"),
    arguments: [("men", 0.0069), ("women", 0.0046)])
  func intervalsOfOffPolicyValuesCoverWhatWasSeen(campaign: String, seen: Double) throws {
    let answer = try Workplace().run(
      "experiment", "policy-value", "--log", Self.path("open_bandit_random_\(campaign).csv.gz"),
      "--policy", Self.path("open_bandit_bts_\(campaign).csv.gz"), "--action", "item_id",
      "--context", "position", "--reward", "click", "--probability", "propensity_score", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let report = try answer.json()
    #expect(abs(try report.number("observedValue") - seen) < 1e-9)
    #expect(try report.number("interval.lower") < seen)
    #expect(try report.number("interval.upper") > seen)
  }

  @Test(.enabled(if: RealDataSet.areThere, "HOURGLASS_DATA names no folder with the data"))
  func shoppersDealtAnewMakeNoMoreFalseCallsThanPromised() throws {
    let place = try Workplace()
    try place.write(
      """
      experiment: shoppers
      variants: [control, treatment]
      primary: {name: Revenue, direction: increase, minimumEffect: 20%, baseline: 15.5%}
      """, to: "shoppers.yaml")
    let answer = try place.run(
      "experiment", "audit", "shoppers.yaml", "--data",
      Self.path("online_shoppers_intention.csv"), "--outcome", "Revenue", "--runs", "100",
      "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    #expect(try answer.json().bool("isAsPromised"))
    #expect(try answer.json().number("units") == 12_330)
  }
}
