import Foundation
import Testing

private let cart = """
  experiment: cart
  variants: [control, reminder]
  window: 7d
  primary: {name: purchase, direction: increase, minimumEffect: 20%, baseline: 10%}
  secondary:
    - {name: revenue, kind: mean, event: purchase, direction: increase}

  """

private func day(_ number: Int) -> String { "2026-03-\(number < 10 ? "0" : "")\(number)" }

/// A folder with a definition, exposures of 4,000 units over ten days, of which one in ten of the
/// control and one in five of the treatment buy, on every day alike.
private func cartPlace(definition: String = cart) throws -> Workplace {
  let place = try Workplace()
  try place.write(definition, to: "cart.yaml")
  var exposures = "customer_id,variant,timestamp\n"
  var conversions = "customer_id,event,timestamp,value,message_id\n"
  for unit in 0..<4_000 {
    let isTreated = unit % 2 == 1
    exposures +=
      "\(unit),\(isTreated ? "reminder" : "control"),\(day(1 + unit / 20 % 10))T10:00:00Z\n"
    if unit / 2 % (isTreated ? 5 : 10) == 0 {
      conversions += "\(unit),purchase,\(day(3 + unit / 20 % 10))T11:00:00Z,20.50,m\(unit)\n"
    }
  }
  conversions += "0,purchase,2026-03-30T00:00:00Z,1,late\n"
  try place.write(exposures, to: "exposures.csv")
  try place.write(conversions, to: "conversions.csv")
  return place
}

private let check = [
  "experiment", "check", "cart.yaml", "--data", "exposures.csv", "conversions.csv",
]

@Test func checkPrintsFiguresVerdictAndWhatWasLeftOut() throws {
  let place = try cartPlace()
  let answer = try place.run(check)
  #expect(answer.exitCode == 0, "\(answer.error)")
  #expect(answer.output.hasPrefix("cart: ship reminder\n"), "\(answer.output)")
  #expect(answer.output.contains("purchase (primary, more is better): reminder better"))
  #expect(answer.output.contains("1 conversions after the window: left out"))
  #expect(answer.output.contains("split: as designed; control 2000 (2000 expected)"))
  let report = try place.run(check + ["--json"]).json()
  #expect(try report.string("verdict") == "ship")
  #expect(try report.string("variant") == "reminder")
  let primary = try report.array("metrics")[0]
  #expect(try primary.number("control.conversions") == 200)
  #expect(try primary.number("treatment.conversions") == 400)
  #expect(try primary.number("effect.estimate") == 0.1)
  #expect(try primary.number("effect.lower") > 0)
  #expect(try report.number("excluded.conversionAfterWindow") == 1)
}

@Test func theVerdictIsTheExitCodeByGate() throws {
  let place = try cartPlace()
  #expect(try place.run(check + ["--gate"]).exitCode == 0)
  let half = cart.replacing("minimumEffect: 20%", with: "minimumEffect: 20%")
    .replacing("direction: increase, minimumEffect", with: "direction: decrease, minimumEffect")
  let harmed = try cartPlace(definition: half)
  #expect(try harmed.run(check + ["--gate"]).exitCode == 12)
}

@Test func threadsAndShardsGiveTheSameBytes() throws {
  let place = try cartPlace()
  let whole = try place.run(check + ["--json", "--threads", "1"])
  let lines = try place.text("exposures.csv").split(separator: "\n").map { String($0) }
  let rows = Array(lines.dropFirst().reversed())
  try place.write(([lines[0]] + rows[..<1_500]).joined(separator: "\n"), to: "a.csv")
  try place.write(([lines[0]] + rows[1_500...]).joined(separator: "\n"), to: "b.csv")
  let parts = try place.run(
    "experiment", "check", "cart.yaml", "--data", "conversions.csv", "b.csv", "a.csv", "--json",
    "--threads", "2")
  #expect(parts.output == whole.output)
}

/// Bad input: what a line of a file is replaced by, and what the message must say.
struct BadEvents: CustomTestStringConvertible, Sendable {
  let name: String
  let file: String
  let old: String
  let new: String
  let text: String
  var exitCode: Int32 = 65

  var testDescription: String { name }

  static let all = [
    BadEvents(
      name: "unknown variant", file: "exposures.csv", old: "5,reminder", new: "5,remainder",
      text:
        "exposures.csv, line 7: unknown variant 'remainder'; the definition has control, reminder"),
    BadEvents(
      name: "no variant", file: "exposures.csv", old: "\n5,reminder", new: "\n5,",
      text: "exposures.csv, line 7: no variant"),
    BadEvents(
      name: "header again", file: "exposures.csv", old: "\n3,reminder",
      new: "\ncustomer_id,variant,timestamp\n3,reminder",
      text: "exposures.csv, line 5: the header again: two files were joined"),
    BadEvents(
      name: "column twice", file: "exposures.csv", old: "customer_id,variant",
      new: "variant,variant", text: "line 1: columns 1 and 2 are both named 'variant'; rename one"),
    BadEvents(
      name: "no column of ids", file: "conversions.csv", old: "customer_id", new: "klient",
      text: "conversions.csv, line 1: no column of the unit"),
    BadEvents(
      name: "weights", file: "cart.yaml", old: "[control, reminder]",
      new: "{control: 0.5, reminder: 0.6}", text: "cart.yaml, line 2: the weights sum to 1.1",
      exitCode: 78),
    BadEvents(
      name: "alpha", file: "cart.yaml", old: "window: 7d", new: "alpha: 1",
      text: "cart.yaml, line 3: alpha is 1.0; give a number in (0, 1)", exitCode: 78),
    BadEvents(
      name: "an empty variant", file: "cart.yaml", old: "[control, reminder]",
      new: "[control, reminder, discount]", text: "variant 'discount' has no unit"),
    BadEvents(
      name: "no conversions at all", file: "cart.yaml", old: "name: purchase,",
      new: "name: purchase, event: buy,", text: "no unit has an event of metric 'purchase'"),
  ]
}

@Test(arguments: BadEvents.all)
func badInputIsNamedWithItsLineAndRemedy(_ bad: BadEvents) throws {
  let place = try cartPlace()
  try place.write(
    place.text(bad.file).replacing(bad.old, with: bad.new, maxReplacements: 1), to: bad.file)
  let answer = try place.run(check)
  #expect(answer.exitCode == bad.exitCode, "\(answer.output)")
  #expect(answer.output.isEmpty)
  #expect(answer.errorLines.last?.contains(bad.text) == true, "\(answer.error)")
}

@Test func oddRowsAreCountedAndLeftOut() throws {
  let place = try cartPlace()
  try place.write(
    place.text("exposures.csv")
      + "9,control,2026-03-04T10:00:00Z\n11,reminder,2026-03-09T10:00:00Z\n"
      + "x,control,2126-03-04T10:00:00Z\n,control,2026-03-04T10:00:00Z\ny,control,soon\n"
      + "9223372036854775807,control,2026-03-04T10:00:00Z\nклиент,reminder,2026-03-04T10:00:00Z\n"
      + "whale,reminder,2026-03-04T10:00:00Z\n", to: "exposures.csv")
  try place.write(
    place.text("conversions.csv")
      + "клиент,purchase,2026-03-04T10:00:00Z,5,k1\nклиент,purchase,2026-03-04T10:00:00Z,5,k1\n"
      + "nobody,purchase,2026-03-05T10:00:00Z,5,k2\n9223372036854775807,purchase,2026-03-01T10:00:00Z,5,k3\n"
      + "13,purchase,2126-03-05T10:00:00Z,5,k4\n15,purchase,2026-03-07T10:00:00Z,NaN,k5\n"
      + "17,purchase,2026-03-09T10:00:00Z,-3,k6\nwhale,purchase,2026-03-05T10:00:00Z,1000000,k7\n"
      + "19,other,2026-03-05T10:00:00Z,5,k8\n", to: "conversions.csv")
  let answer = try place.run(check + ["--json"])
  #expect(answer.exitCode == 0, "\(answer.error)")
  let excluded = try answer.json().at("excluded")
  for (reason, count) in [
    ("twoVariants", 1), ("repeatedExposure", 2), ("exposureInFuture", 1), ("emptyUnit", 1),
    ("noExposureTime", 1), ("duplicateConversion", 1), ("conversionOfUnexposed", 1),
    ("conversionBeforeExposure", 1), ("conversionInFuture", 1), ("noValue", 1),
    ("negativeValue", 1), ("unknownEvent", 1),
  ] {
    #expect(try excluded.number(reason) == Double(count), "\(reason)")
  }
}

@Test func unitsWithOpenWindowsWaitUnlessToldOtherwise() throws {
  let place = try cartPlace()
  let asOf = ["--as-of", "2026-03-09T23:00:00Z", "--json"]
  let mature = try place.run(check + asOf).json()
  // Exposed on the first or second of ten days: 400 of each variant.
  #expect(try mature.array("metrics")[0].number("control.units") == 400)
  let early = try place.run(check + asOf + ["--immature"]).json()
  #expect(try early.array("metrics")[0].number("control.units") > 1_500)
}

@Test func snapshotsGiveTheFiguresOfTheirLastDay() throws {
  let place = try Workplace()
  try place.write(
    cart.replacing(
      "secondary:\n  - {name: revenue, kind: mean, event: purchase, direction: increase}\n",
      with: ""),
    to: "cart.yaml")
  var csv = "day,variant,units,conversions\n"
  for number in 1...10 {
    csv += "\(day(number)),control,\(1_000 * number),\(100 * number)\n"
    csv += "\(day(number)),reminder,\(1_000 * number),\(140 * number)\n"
  }
  try place.write(csv, to: "snapshots.csv")
  let command = ["experiment", "check", "cart.yaml", "--tallies", "snapshots.csv", "--json"]
  let report = try place.run(command).json()
  #expect(try report.string("verdict") == "ship")
  #expect(try report.array("metrics")[0].number("treatment.conversions") == 1_400)
  #expect(try report.number("lookCount") == 10)
  try place.write(
    csv.replacing("day,variant", with: "day,variant") + "2026-03-11,control,9000,900\n",
    to: "snapshots.csv")
  let answer = try place.run(command)
  #expect(answer.exitCode == 65)
  #expect(
    answer.error.contains(
      "snapshots.csv, line 22: variant 'control', metric 'purchase' went down from 10000 units (line 20)"
    ), "\(answer.error)")
}

@Test func assignmentsAreTheLibrarysForOneUnitAndAFile() throws {
  let place = try Workplace()
  try place.write(cart, to: "cart.yaml")
  try place.write("customer_id\n" + (0..<1_000).map { "c\($0)\n" }.joined(), to: "base.csv")
  let all = try place.run("experiment", "assign", "cart.yaml", "--data", "base.csv")
  #expect(all.exitCode == 0, "\(all.error)")
  let cells = cellsOfLines(all.output)
  #expect(cells.count == 1_001 && cells[0] == ["customer_id", "variant", "excluded"])
  for row in [1, 500, 1_000] {
    let one = try place.run("experiment", "assign", "cart.yaml", "--unit", cells[row][0])
    #expect(one.output == cells[row][1] + "\n")
  }
  #expect(abs(cells.count { $0[1] == "control" } - 500) < 80)
}

@Test(
  .enabled(
    if: FileManager.default.fileExists(
      atPath: RealDataSet.folder.appending(path: "hillstrom.csv.gz").path)))
func hillstromsFiguresAreThePublishedOnesAndBothMailsShip() throws {
  let place = try Workplace()
  try place.write(
    """
    experiment: hillstrom
    variants: [No E-Mail, Mens E-Mail, Womens E-Mail]
    primary: {name: visit, direction: increase, minimumEffect: 10%, baseline: 10%}
    """, to: "hillstrom.yaml")
  let answer = try place.run(
    "experiment", "check", "hillstrom.yaml", "--data",
    RealDataSet.folder.appending(path: "hillstrom.csv.gz").path, "--arm", "segment", "--metric",
    "visit", "--metric", "conversion", "--metric", "spend:mean", "--json")
  #expect(answer.exitCode == 0, "\(answer.error)")
  let report = try answer.json()
  #expect(try report.array("treatments").map { try $0.string("verdict") } == ["ship", "ship"])
  #expect(try report.array("split.alarms").isEmpty)
  let published: [(String, String, Int, Int, Double, Double)] = [
    ("visit", "Mens E-Mail", 21_307, 3_894, 0.18276, 0.076590),
    ("visit", "Womens E-Mail", 21_387, 3_238, 0.15140, 0.045233),
    ("conversion", "Mens E-Mail", 21_307, 267, 0.01253, 0.006805),
    ("conversion", "Womens E-Mail", 21_387, 189, 0.00884, 0.003111),
    ("spend", "Mens E-Mail", 21_307, 267, 1.42262, 0.76983),
    ("spend", "Womens E-Mail", 21_387, 189, 1.07720, 0.42441),
  ]
  let metrics = try report.array("metrics")
  for (metric, variant, units, conversions, value, effect) in published {
    let found = try metrics.first {
      try $0.string("metric") == metric && $0.string("variant") == variant
    }
    let row = try #require(found)
    #expect(try row.number("treatment.units") == Double(units))
    #expect(try row.number("treatment.conversions") == Double(conversions))
    // As many digits as are published.
    #expect(try abs(row.number("treatment.value") - value) < 6e-6)
    let difference = try row.number("treatment.value") - row.number("control.value")
    #expect(abs(difference - effect) < 6e-6)
    // Spend is refused as too early: the control has 122 buyers.
    if metric != "spend" { #expect(try abs(row.number("effect.estimate") - effect) < 6e-6) }
    #expect(try row.number("control.units") == 21_306)
  }
}

@Test func definitionsAreListedAndShownWithTheirFingerprint() throws {
  let place = try cartPlace()
  let shown = try place.run("experiment", "show", "cart.yaml", "--json").json()
  let fingerprint = try shown.string("fingerprint")
  #expect(fingerprint.count == 16)
  #expect(try shown.array("phases")[0].number("probabilities.control") == 0.5)
  let listed = try place.run("experiment", "list", ".", "--json").json()
  #expect(try listed.array("experiments").map { try $0.string("fingerprint") } == [fingerprint])
  #expect(try place.run("experiment", "show", "cart.yaml").output.hasPrefix("fingerprint  "))
  #expect(try place.run("experiment", "list", "nowhere").exitCode == 66)
  // One that cannot be read hides no other.
  try place.write("experiment: [", to: "bad.yaml")
  let both = try place.run("experiment", "list", ".", "--json")
  #expect(both.exitCode == 0 && both.error.contains("left out: ./bad.yaml"))
  #expect(try both.json().array("experiments").count == 1)
}

@Test func checkWritesTheReportToo() throws {
  let place = try cartPlace()
  let answer = try place.run(check + ["--report", "out"])
  #expect(answer.exitCode == 0, "\(answer.error)")
  #expect(answer.output.hasPrefix("cart: ship reminder\n"))
  let alone = try place.run(
    "experiment", "report", "cart.yaml", "--data", "exposures.csv", "conversions.csv", "--out",
    "alone")
  #expect(alone.exitCode == 0)
  #expect(try place.text("out/report.html") == place.text("alone/report.html"))
  #expect(try place.text("out/report.json") == place.text("alone/report.json"))
}

@Test func variantsThatTheSaltDoesNotDealAreSaid() throws {
  // Units take turns here: a salt would have dealt about half of them otherwise.
  let place = try cartPlace(definition: cart + "salt: cart-2026\n")
  let answer = try place.run(check)
  #expect(answer.exitCode == 0, "\(answer.error)")
  #expect(answer.output.contains("exposures to another variant than the salt deals"))
  #expect(try !place.run(check).output.contains("exposures of units in the holdout"))
  let silent = try cartPlace().run(check)
  #expect(!silent.output.contains("than the salt deals"))
}

@Test func aFutilityStopIsReadAndItsFaultsHaveLines() throws {
  let place = try cartPlace(definition: cart + "futility: {conditionalPower: 10%}\n")
  #expect(try place.run(check).output.contains("or conditional power is under 10.0 %"))
  let wrong = try cartPlace(definition: cart + "futility: {conditionalPower: 1.5}\n")
  let answer = try wrong.run(check)
  #expect(answer.exitCode == 78)
  #expect(answer.error.contains("cart.yaml, line 7: the conditional power to stop below is 1.5"))
  let twice = try cartPlace(
    definition: cart + "design: soonest\nfutility: {conditionalPower: 10%}\n")
  #expect(
    try twice.run(check).error.contains("the soonest design stops for futility by itself"))
}

@Test func meansInSnapshotsAreJudged() throws {
  let place = try Workplace()
  try place.write(
    """
    experiment: 1a2b
    variants: ["0", "1"]
    design: asymptotic
    primary: {name: "4", kind: mean, direction: increase, minimumEffect: 5%, baseline: 2, standardDeviation: 3}

    """, to: "asos.yaml")
  try place.write(
    """
    experiment_id,variant_id,metric_id,time_since_start,count_c,count_t,mean_c,mean_t,variance_c,variance_t
    1a2b,1,4,0.5,10000,10100,2.0,2.1,9.0,9.5
    1a2b,1,4,1.0,25000,24900,2.0,2.2,9.2,9.1

    """, to: "snapshots.csv")
  let answer = try place.run("experiment", "check", "asos.yaml", "--tallies", "snapshots.csv")
  #expect(answer.exitCode == 0, "\(answer.error)")
  #expect(answer.output.hasPrefix("1a2b: ship 1\n"), "\(answer.output)")
  #expect(answer.error.contains("metric '4' has no 'conversions'"))
}
