import Foundation
import Testing

/// What a weight and an offset mean, from the file to the model.
struct WeightTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// 300 customers of which each counts none to three times.
  private var weighted: Customers {
    var customers = Customers()
    customers.header.append("times")
    for row in customers.rows.indices { customers.rows[row].append("\((row * 7) % 4)") }
    return customers
  }

  /// The same with each written out as often as it counts, under ids of their own.
  private var expanded: Customers {
    var customers = weighted
    let times = customers.column("times")
    customers.rows = customers.rows.flatMap { row in
      (0..<(Int(row[times]) ?? 0)).map { copy in
        [row[0] + "-\(copy)"] + row.dropFirst().dropLast() + ["1"]
      }
    }
    return customers
  }

  private static let pinned = ["--fit-all", "--snapshot", "2026-01-01", "--json"]

  private func shown(_ name: String, on customers: Customers, _ flags: [String]) throws -> JSON {
    try place.write(customers.text, to: "\(name).csv")
    let answer = try place.run(
      ["train", name, "--data", "\(name).csv", "--target", "bought", "--id", "id"] + Self.pinned
        + flags)
    #expect(answer.exitCode == 0, "\(answer.error)")
    return try place.run("models", "show", name, "--json").json()
  }

  @Test(arguments: [
    ["--l2", "0.01"], ["--l2", "0.01", "--standardize", "none"], ["--l2", "0", "--se", "robust"],
    ["--elastic-net", "0.02,0.5"], ["--firth"],
  ])
  func aWeightOfTwoIsTheRowTwiceAndOfZeroTheRowLeftOut(flags: [String]) throws {
    let one = try shown("weighted", on: weighted, ["--weight", "times"] + flags)
    let other = try shown("expanded", on: expanded, ["--exclude", "times"] + flags)
    // Sums of the same numbers in another order; the fits stop at a gap far below.
    let tolerance = 1e-10
    try expectClose(one, other, "intercept", tolerance)
    try expectClose(one, other, "base", tolerance)
    try expectClose(one, other, "training.fit.objective", tolerance)
    try expectClose(one, other, "training.baseRate", tolerance)
    let (ours, theirs) = (try one.array("coefficients"), try other.array("coefficients"))
    #expect(ours.count == theirs.count && ours.count > 8)
    for (ours, theirs) in zip(ours, theirs) {
      #expect(try ours.string("feature") == theirs.string("feature"))
      try expectClose(ours, theirs, "coefficient", tolerance)
      guard ours.has("wald") else { continue }
      try expectClose(ours, theirs, "wald.standardError", 1e-8)
    }
    try expectSameBands()
  }

  /// The nine cuts, and the shares of the levels, as the files have them.
  private func expectSameBands() throws {
    let models = try ["weighted", "expanded"].map {
      try JSON(JSONSerialization.jsonObject(with: place.bytes("models/\($0)/1/model.json")))
    }
    let cuts = try models.map {
      try $0.array("model.predictor.bands.cuts").map { try $0.number("") }
    }
    #expect(cuts[0].count == 9)
    for (ours, theirs) in zip(cuts[0], cuts[1]) { #expect(abs(ours - theirs) < 1e-9) }
  }

  private func expectClose(_ one: JSON, _ other: JSON, _ path: String, _ tolerance: Double) throws {
    let (value, expected) = (try one.number(path), try other.number(path))
    #expect(abs(value - expected) <= tolerance * max(1, abs(expected)), "\(path)")
  }

  @Test func judgingCountsARowAsOftenAsItsWeight() throws {
    _ = try shown("weighted", on: weighted, ["--weight", "times", "--l2", "0.01"])
    try place.write(expanded.text, to: "expanded.csv")
    let one = try place.run("evaluate", "weighted", "--data", "weighted.csv", "--json").json()
    let other = try place.run("evaluate", "weighted", "--data", "expanded.csv", "--json").json()
    for measure in [
      "logLoss", "brierScore", "averagePrecision", "kolmogorovSmirnov", "expectedCalibrationError",
      "liftTopDecile", "areaUnderROC.estimate", "areaUnderROC.lower", "areaUnderROC.upper",
      "totalWeight",
    ] {
      try expectClose(one, other, "evaluation." + measure, 1e-12)
    }
    let unweighted = try place.run(
      "evaluate", "weighted", "--data", "weighted.csv", "--unweighted", "--json"
    ).json()
    #expect(!(try unweighted.at("evaluation").has("totalWeight")))
    #expect(try unweighted.number("evaluation.rowCount") == 300)
    #expect(try unweighted.number("evaluation.logLoss") != one.number("evaluation.logLoss"))
  }

  @Test func rowsOfWeightZeroAreAskedNothing() throws {
    // Another word for the outcome, no date, an id twice: none of it matters in a row that is left out.
    var customers = weighted
    let times = customers.column("times")
    let row = try #require(customers.rows.firstIndex { $0[times] == "0" })
    customers.rows[row][customers.column("bought")] = "perhaps"
    customers.rows[row][0] = customers.rows[1][0]
    let one = try shown("one", on: customers, ["--weight", "times", "--l2", "0.01"])
    #expect(try one.number("training.zeroWeightRowCount") == 75)
    #expect(try one.number("training.trainingRowCount") == 225)
  }

  @Test(arguments: [
    ("-1", "line 6: weight 'times' is -1.0; a weight is a finite number not below 0: "),
    ("", "line 6: weight 'times' is missing; a weight is a finite number not below 0: "),
    ("many", "line 6: weight 'times' is missing; a weight is a finite number not below 0: "),
    ("NaN", "line 6: weight 'times' is missing; a weight is a finite number not below 0: "),
  ])
  func aWeightThatIsNoneNamesItsLine(cell: String, message: String) throws {
    let answer = try place.train(
      on: weighted.setting("times", row: 5, to: cell), "--weight", "times")
    #expect(answer.exitCode == 65)
    #expect(
      answer.errorLines.last == "hourglass: customers.csv, \(message)correct or drop the row")
    #expect(try !place.names().contains { $0.hasPrefix("models") })
  }

  @Test func weightsOfZeroAloneAreRefused() throws {
    let answer = try place.train(on: weighted.mapping("times") { _ in "0" }, "--weight", "times")
    #expect(answer.exitCode == 65)
    #expect(
      answer.errorLines.last
        == "hourglass: customers.csv: no row has a weight above 0 in column 'times'; "
        + "name another by --weight")
  }

  // MARK: Offsets

  /// Customers with a number to be added to their log-odds.
  private var offset: Customers {
    var customers = Customers()
    customers.header.append("prior")
    for row in customers.rows.indices {
      customers.rows[row].append("\(Double((row * 11) % 17) / 8 - 1)")
    }
    return customers
  }

  @Test func anOffsetIsAContributionOfItsOwn() throws {
    try place.train(on: offset, "--offset", "prior", "--fit-all")
    let all = try place.run(
      "score", "buyers", "--data", "customers.csv", "--out", "with.csv", "--reasons", "9", "--json"
    ).json()
    let none = try place.run(
      "score", "buyers", "--data", "customers.csv", "--out", "without.csv", "--without-offset",
      "--json"
    ).json()
    let with = try place.cells("with.csv").dropFirst()
    let without = try place.cells("without.csv").dropFirst()
    let base = try all.number("base")
    for ((scored, bare), customer) in zip(zip(with, without), offset.rows) {
      let prior = try #require(Double(customer.last ?? ""))
      let score = try #require(Double(scored[1]))
      // Sums of a handful of numbers below 10.
      #expect(abs(score - prior - (try #require(Double(bare[1])))) < 1e-12)
      let reasons = stride(from: 4, to: scored.count - 1, by: 2)
      let contributions = try reasons.map { try #require(Double(scored[$0 + 1])) }
      #expect(abs(contributions.reduce(base, +) - score) < 1e-12)
      let own = try #require(reasons.first { scored[$0] == "prior" })
      // The average customer's offset stands in the base.
      let mean = base - (try none.number("base"))
      #expect(abs((try #require(Double(scored[own + 1]))) - (prior - mean)) < 1e-12)
      #expect(!bare.contains("prior"))
    }
  }

  @Test func anOffsetThatIsMissingIsRefusedAtEveryDoor() throws {
    let gap = offset.setting("prior", row: 7, to: "")
    let training = try place.train(on: gap, "--offset", "prior")
    #expect(training.exitCode == 65)
    #expect(
      training.errorLines.last
        == "hourglass: customers.csv, line 8: offset 'prior' is missing; fill it in, in log-odds, "
        + "or drop the row")
    try place.train(on: offset, "--offset", "prior")
    try place.write(gap.text, to: "gap.csv")
    let scoring = try place.run("score", "buyers", "--data", "gap.csv", "--out", "scores.csv")
    #expect(scoring.exitCode == 65)
    #expect(
      scoring.errorLines.last
        == "hourglass: gap.csv, line 8: offset 'prior' is missing; fill it in, in log-odds, or score "
        + "all rows without it by --without-offset")
    #expect(
      try place.run("evaluate", "buyers", "--data", "gap.csv").errorLines.last
        == "hourglass: gap.csv, line 8: offset 'prior' is missing; fill it in, in log-odds, or drop "
        + "the row")
    try place.write(offset.dropping("prior").text, to: "bare.csv")
    #expect(
      try place.run("score", "buyers", "--data", "bare.csv", "--out", "scores.csv").errorLines.last
        == "hourglass: bare.csv, line 1: no column 'prior'; see the header for the names it has")
    for command in [["score", "--out", "scores.csv"], ["evaluate"]] {
      let answer = try place.run(
        [command[0], "buyers", "--data", "bare.csv", "--without-offset"] + command.dropFirst())
      #expect(answer.exitCode == 0, "\(answer.error)")
    }
  }

  @Test func withoutOffsetNeedsAModelThatHasOne() throws {
    try place.train()
    let answer = try place.run(
      "score", "buyers", "--data", "customers.csv", "--out", "scores.csv", "--without-offset")
    #expect(answer.exitCode == 64)
    #expect(
      answer.error
        == "hourglass: --without-offset is given, but model 'buyers' has no offset; leave it out\n")
  }
}
