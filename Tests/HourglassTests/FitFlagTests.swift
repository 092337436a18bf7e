import Foundation
import Testing

/// What `train` says of the fit it was asked for, and of the one it chose.
struct FitFlagTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Trains on 300 customers by `flags` alone.
  private func train(_ flags: String..., on customers: Customers = Customers()) throws
    -> Workplace.Answer
  {
    try place.write(customers.text, to: "customers.csv")
    return try place.run(
      ["train", "m", "--data", "customers.csv", "--target", "bought", "--id", "id"] + flags)
  }

  private func card() throws -> String { try place.run("models", "show", "m").output }

  // MARK: The choice of the penalty

  @Test func thePenaltyIsChosenByCrossValidationUnlessGiven() throws {
    let answer = try train("--json").json()
    let choice = try answer.at("training.fit.choice")
    #expect(try choice.string("folds") == "5 folds, stratified by outcome, seed 1")
    #expect(try choice.string("rule") == "minimum")
    let path = try choice.array("path")
    let losses = try path.map { try $0.number("meanLogLoss") }
    let penalties = try path.map { try $0.number("penalty") }
    #expect(path.count == 11)
    #expect(penalties == penalties.sorted(by: >))
    let chosen = try choice.number("penalty")
    let best = try #require(losses.min())
    #expect(try answer.number("training.fit.l2Penalty") == chosen)
    #expect(losses[try #require(penalties.firstIndex(of: chosen))] == best)
    #expect(try answer.number("fitSeconds") > 0)
    let text = try card()
    #expect(
      text.contains("- penalty chosen of 11 by cross-validation: the least log loss; 5 folds, "))
    #expect(text.contains("| penalty tried | log loss out of fold | standard error |"))
    #expect(!text.contains("fitted in"), "the time is not the model's")
  }

  @Test func theStrongestWithinOneStandardErrorIsChosenWhereAsked() throws {
    let answer = try train("--penalty-rule", "one-standard-error", "--folds", "3", "--json").json()
    let choice = try answer.at("training.fit.choice")
    #expect(try choice.string("folds") == "3 folds, stratified by outcome, seed 1")
    let path = try choice.array("path")
    let best = try #require(
      path.min { try $0.number("meanLogLoss") < $1.number("meanLogLoss") })
    let bound = try best.number("meanLogLoss") + best.number("standardError")
    let first = try #require(path.first { try $0.number("meanLogLoss") <= bound })
    #expect(try choice.number("penalty") == first.number("penalty"))
  }

  @Test func foldsKeepGroupsTogetherOrFollowTime() throws {
    let grouped = try train("--group", "colour", "--folds", "3", "--json", on: filled).json()
    #expect(
      try grouped.string("training.fit.choice.folds") == "3 folds of whole groups by colour")
    #expect(
      try grouped.array("training.leftOut").contains {
        try $0.string("reason") == "groups the rows of the folds"
      })
    let rolling = try train(
      "--time", "joined", "--test-after", "2025-11-01", "--embargo", "14", "--json"
    ).json()
    #expect(
      try rolling.string("training.fit.choice.folds")
        == "5 folds, each judged by the rows before it in time, an embargo of 14 days between")
    let counts = try ["trainingRowCount", "embargoedRowCount"].map {
      try rolling.number("training." + $0)
    }
    #expect(counts[1] > 0)
    #expect(try counts[0] + counts[1] + rolling.number("evaluation.rowCount") == 300)
  }

  @Test func groupsAndTimeGoTogether() throws {
    let answer = try train(
      "--time", "joined", "--group", "joined", "--test-after", "2025-11-01", "--embargo", "14",
      "--json"
    ).json()
    #expect(
      try answer.string("training.fit.choice.folds")
        == "5 folds, each judged by the rows before it in time, an embargo of 14 days between; a "
        + "group by joined trains once its last row is past")
    // Every colour has rows in the test, so that none is left to train.
    let lasting = try train(
      "--time", "joined", "--group", "colour", "--fit-all", on: filled)
    #expect(lasting.exitCode == 65)
    #expect(
      lasting.errorLines.last?.hasPrefix(
        "hourglass: customers.csv: no group ends early enough to train fold 0") == true)
  }

  @Test func aGroupStaysOnOneSideOfTheTestUnderAGivenPenalty() throws {
    let answer = try train("--group", "joined", "--l2", "0.01", "--json").json()
    #expect(
      try answer.string("training.split")
        == "a share of 0.2 is test, whole groups by joined, seed 1")
  }

  @Test func gapsGoByTheirNames() throws {
    let ridge = try train("--l2", "0.01").output
    #expect(ridge.contains(", Newton decrement ") && !ridge.contains("duality gap"))
    let lasso = try train("--l1", "0.01").output
    #expect(lasso.contains(", duality gap ") && !lasso.contains("Newton decrement"))
  }

  /// Customers who all have a colour.
  private var filled: Customers { Customers().mapping("colour") { $0.isEmpty ? "grey" : $0 } }

  @Test func aGroupThatIsMissingNamesItsLine() throws {
    let answer = try train("--group", "colour")
    #expect(answer.exitCode == 65)
    #expect(
      answer.errorLines.last
        == "hourglass: customers.csv, line 9: --group column 'colour' is empty; fill it in or drop "
        + "the row")
  }

  @Test func fewRowsOfAnOutcomeMakeFewerFolds() throws {
    var customers = Customers()
    let bought = customers.column("bought")
    for row in customers.rows.indices { customers.rows[row][bought] = row % 80 == 0 ? "1" : "0" }
    let answer = try train("--json", "--test-every", "7", on: customers)
    #expect(
      try answer.json().string("training.fit.choice.folds")
        == "3 folds, stratified by outcome, seed 1")
    #expect(
      try train("--json", "--fit-all", on: customers).json().string("training.fit.choice.folds")
        == "4 folds, stratified by outcome, seed 1")
  }

  // MARK: A model of every row

  @Test func aModelOfEveryRowIsUsedEverywhereAndJudgedNowhere() throws {
    _ = try train("--l2", "0.01")
    let answer = try train("--l2", "0.01", "--fit-all", "--promote")
    #expect(answer.exitCode == 0)
    #expect(
      answer.lines.contains(
        "not judged: every row was fitted to (--fit-all); judge it on other rows by evaluate"))
    #expect(
      answer.lines.contains(
        "version 1 cannot be judged on these rows: every row was fitted to (--fit-all)"))
    #expect(try card().contains("## Quality\n\nNot judged: every row trained the model."))
    #expect(try card().contains("300 rows, of which 300 trained the model"))
    let list = try place.run("models")
    #expect(list.lines.last?.split(separator: " ") == ["m", "2*", "bought", "-", "-"])
    #expect(try !place.run("models", "--json").json().array("models")[1].has("logLoss"))
    #expect(try !place.run("models", "show", "m", "--json").json().has("evaluation"))
    #expect(
      try place.run("score", "m", "--data", "customers.csv", "--out", "s.csv").exitCode == 0)
    #expect(try place.run("evaluate", "m", "--data", "customers.csv").exitCode == 0)
    // A champion without an evaluation of its own is judged on the next version's test rows.
    let next = try train("--l2", "0.01", "--json").json()
    #expect(try next.bool("champion.mayHaveSeenRows"))
    #expect(try next.number("champion.evaluation.rowCount") == 60)
  }

  // MARK: Standard errors

  @Test func standardErrorsSayWhatTheyAre() throws {
    #expect(try !train("--l2", "0.01", "--json").json().has("inference"))
    #expect(try !card().contains("## Standard errors"))
    _ = try train("--l2", "0.01", "--se", "classical", "--promote")
    #expect(
      try card().contains(
        "## Standard errors\n\nclassical; the penalty pulls coefficients toward 0"))
    _ = try train("--l1", "0.01", "--se", "robust", "--promote")
    #expect(try card().contains("; not valid: the L1 penalty chose the columns by the same data"))
    let shown = try place.run("models", "show", "m", "--json").json()
    #expect(try shown.bool("inference.isValid") == false)
    _ = try train("--l2", "0", "--se", "cluster:colour", "--promote", on: filled)
    #expect(try card().contains("\nclustered in 5 groups (sandwich, variances × "))
    _ = try train("--l2", "0", "--promote")
    let text = try card()
    #expect(text.contains("## Standard errors\n\nclassical.\n"))
    #expect(text.contains("| coefficient | estimate | standard error | z | p | 95 % interval |"))
    #expect(text.contains("| category | chi-squared | degrees of freedom | p |\n"))
    _ = try train("--l2", "0", "--se", "none", "--promote")
    #expect(try !card().contains("## Standard errors"))
  }

  // MARK: Data that have no finite or no single fit

  @Test func separatedOutcomesNameTheColumnAndFirthFitsThem() throws {
    var customers = Customers()
    let (age, bought) = (customers.column("age"), customers.column("bought"))
    for row in customers.rows.indices {
      // One customer in ten is past 100, and all of those bought.
      if row % 10 == 0 {
        customers.rows[row][age] = "\(100 + row)"
        customers.rows[row][bought] = "1"
      } else {
        customers.rows[row][age] = "50"
      }
    }
    let answer = try train("--l2", "0", on: customers)
    #expect(answer.exitCode == 65)
    #expect(
      answer.errorLines.last
        == "hourglass: customers.csv: column 'age' tells some outcomes without error, so the best "
        + "coefficients are infinite; set l2Penalty (--l2) above 0, fit by FirthRegression (--firth) "
        + "or leave the column out")
    let firth = try train("--firth", "--json", on: customers)
    #expect(firth.exitCode == 0, "\(firth.error)")
    let shown = try place.run("models", "show", "m", "--json").json()
    #expect(try shown.string("training.fit.method") == "firth")
    for term in try shown.array("coefficients") {
      #expect(try abs(term.number("coefficient")) < 100)
    }
    #expect(try shown.number("interceptWald.standardError") > 0)
  }

  @Test func aNumberThatIsOneValueOrAbsentEntersAsItsAbsence() throws {
    let customers = Customers().mapping("visits") { (Int($0) ?? 0) % 3 == 0 ? "" : "7" }
    let answer = try train("--l2", "0", on: customers)
    #expect(answer.exitCode == 0, "\(answer.error)")
    let terms = try place.run("models", "show", "m", "--json").json().array("coefficients")
      .filter { try $0.string("feature") == "visits" }
    #expect(try terms.map { try $0.string("level") } == ["(missing)"])
    // The value that was the only one changes no score.
    try place.write(
      customers.mapping("visits") { $0.isEmpty ? "" : "9" }.text, to: "other.csv")
    let scores = try ["customers.csv", "other.csv"].map {
      try place.run("score", "m", "--data", $0, "--reasons", "0").output
    }
    #expect(scores[0] == scores[1])
    let constant = try train("--l2", "0", on: Customers().mapping("visits") { _ in "7" })
    #expect(constant.lines.contains("  visits: constant in the training rows"))
  }

  // MARK: Flags that do not go together

  @Test(arguments: [
    (["--l2", "1", "--firth"], "give one of --l2 and --l1, --elastic-net, and --firth"),
    (["--l1", "-1"], "--l1 is -1.0; give 0 or a positive number"),
    (
      ["--elastic-net", "0.1"],
      "--elastic-net is '0.1'; give the sum of the penalties and the L1 share, as 0.01,0.5, or cv,0.5"
    ),
    (
      ["--elastic-net", "cv,2"],
      "--elastic-net is 'cv,2'; give the sum of the penalties and the L1 share, as 0.01,0.5, or cv,0.5"
    ),
    (["--standardize", "some"], "--standardize is 'some'; give internal or none"),
    (
      ["--standardize", "none"],
      "--standardize none needs a penalty: give --l2, --l1 or --elastic-net"
    ),
    (
      ["--penalty-rule", "best"], "--penalty-rule is 'best'; give minimum or one-standard-error"
    ),
    (["--folds", "1"], "--folds is 1; give a number from 2 to 100"),
    (
      ["--l2", "1", "--folds", "4"],
      "--folds is for cross-validation, but the penalty is given; leave one out"
    ),
    (
      ["--firth", "--group", "a", "--fit-all"],
      "--group is for the folds of cross-validation, for --test-fraction and for --test-after, but "
        + "the penalty is given; leave one out"
    ),
    (["--class-weight", "equal"], "--class-weight is 'equal'; give balanced or none"),
    (
      ["--class-weight", "balanced", "--firth"],
      "--firth does not go with --class-weight; leave one out"
    ),
    (
      ["--class-weight", "balanced", "--se", "robust"],
      "--se robust does not go with --class-weight; leave one out"
    ),
    (["--embargo", "3"], "--embargo needs --time: the column that says when a row was"),
    (
      ["--embargo", "-3", "--time", "a", "--fit-all"],
      "--embargo is -3.0; give days from 0 to 36525"
    ),
    (["--se", "cluster:"], "--se is 'cluster:'; give none, classical, robust or cluster:COLUMN"),
    (["--firth", "--se", "robust"], "--firth has classical standard errors; leave --se out"),
    (
      ["--weight", "a", "--offset", "a"], "--offset names the column of --weight, 'a'; name another"
    ),
    (["--weight", "t"], "--weight names the column of --target, 't'; name another"),
    (
      ["--fit-all", "--test-every", "5"],
      "give one of --test-fraction, --test-every, --test-after and --fit-all"
    ),
  ])
  func flagsThatContradictEachOtherAreRefused(flags: [String], message: String) throws {
    let answer = try place.run(["train", "m", "--data", "a", "--target", "t"] + flags)
    #expect(answer.exitCode == 64)
    #expect(answer.error == "hourglass: \(message); see 'hourglass train --help'\n")
  }
}
