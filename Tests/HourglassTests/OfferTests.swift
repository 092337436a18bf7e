import Foundation
import Testing

/// Next best offer from a flat file, end to end, on simulated customers whose truth is known.
struct OfferTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func simulate(_ more: String...) throws {
    let answer = try place.run(
      [
        "simulate", "offers", "--rows", "1500", "--seed", "7", "--out", "taken.csv", "--truth",
        "truth.csv",
      ]
        + more)
    #expect(answer.exitCode == 0, "\(answer.error)")
  }

  private func train(_ more: String...) throws -> Workplace.Answer {
    try place.run(
      [
        "train", "offer", "--kind", "multinomial", "--data", "taken.csv", "--target", "offer",
        "--id",
        "customer", "--available", "offered",
      ] + more)
  }

  @Test func trainScoreAndJudgeOffers() throws {
    try simulate()
    let trained = try train("--json").json()
    let loss = try trained.number("evaluation.logLoss")
    #expect(try loss < trained.number("evaluation.baseLogLoss"))
    #expect(try trained.number("training.trainingRowCount") == 1200)
    #expect(try trained.array("training.fit.choice.path").count >= 4)

    let scored = try place.run("score", "offer", "--data", "taken.csv", "--out", "scores.csv")
    #expect(scored.exitCode == 0 && scored.error.contains("is first for"), "\(scored.error)")
    let rows = try place.cells("scores.csv")
    #expect(
      rows[0] == [
        "id", "rank", "offer", "score", "probability", "reason1", "contribution1", "reason2",
        "contribution2", "reason3", "contribution3",
      ])
    // Six offers: the best three of those that each could have had.
    var available: [String: Int] = [:]
    for row in try place.cells("truth.csv").dropFirst() { available[row[0], default: 0] += 1 }
    #expect(rows.count == available.values.reduce(1) { $0 + min($1, 3) })
    #expect(rows[1...3].map { $0[0] } == ["C-1", "C-1", "C-1"])
    #expect(rows[1...3].map { $0[1] } == ["1", "2", "3"])

    // All offers: probabilities among the available ones, near the truth.
    let all = try place.run(
      "score", "offer", "--data", "taken.csv", "--top", "6", "--reasons", "0", "--out", "all.csv")
    #expect(all.exitCode == 0)
    var found: [String: Double] = [:]
    for row in try place.cells("all.csv").dropFirst() {
      found["\(row[0]) \(row[2])"] = Double(row[4])
    }
    let truth = try place.cells("truth.csv").dropFirst()
    #expect(found.count == truth.count)
    var (total, error) = ([String: Double](), 0.0)
    for row in truth {
      let probability = try #require(found["\(row[0]) \(row[1])"])
      total[row[0], default: 0] += probability
      error += abs(probability - (Double(row[2]) ?? 2))
    }
    #expect(total.values.allSatisfy { abs($0 - 1) < 1e-12 })
    // 1,200 rows settle some fifty numbers to about a twentieth of a probability.
    #expect(error / Double(truth.count) < 0.05)

    let judged = try place.run("evaluate", "offer", "--data", "taken.csv")
    #expect(judged.exitCode == 0 && judged.output.contains("Travel pass"), "\(judged.output)")
    let list = try place.run("models")
    #expect(list.lines.last?.hasPrefix("offer") == true)
    let shown = try place.run("models", "show", "offer", "--json").json()
    #expect(try shown.string("kind") == "multinomial")
    #expect(try shown.array("classes").count == 6)
    #expect(try place.run("models", "show", "offer").output.contains("Predicts which of 6 classes"))
  }

  @Test func threadsAndPipesDoNotChangeAByte() throws {
    try simulate()
    #expect(try train("--l2", "0.001", "--threads", "1").exitCode == 0)
    #expect(try train("--l2", "0.001", "--threads", "2").exitCode == 0)
    let (one, two) = (
      try place.text("models/offer/1/model.json"), try place.text("models/offer/2/model.json")
    )
    #expect(one == two)
    #expect(
      try place.run(
        "score", "offer", "--data", "taken.csv", "--threads", "2", "--out", "file.csv"
      ).exitCode == 0)
    #expect(
      try place.shell("cat taken.csv | hourglass score offer --data - --threads 1 > pipe.csv")
        .exitCode == 0)
    #expect(try place.bytes("file.csv") == place.bytes("pipe.csv"))
  }

  @Test func championIsJudgedOnTheSameRows() throws {
    try simulate()
    _ = try train("--l2", "0.5")
    let second = try train("--l2", "0.001", "--json").json()
    #expect(
      try second.number("champion.evaluation.logLoss") > second.number("evaluation.logLoss"))
    #expect(try second.bool("champion.mayHaveSeenRows") == false)
  }

  @Test func marginsOrderOffersByWhatTheyAreWorth() throws {
    try simulate()
    _ = try train("--l2", "0.001")
    try place.write(
      "offer,margin,contact_cost\nCard,10,1\nDeposit,20,1\nInsurance,40,1\nLoan,60,100\n"
        + "Savings plan,15,1\nTravel pass,5,0.5\nBoat,9,9\n", to: "margins.csv")
    let answer = try place.run(
      "score", "offer", "--data", "taken.csv", "--margins", "margins.csv", "--top", "6",
      "--reasons",
      "0", "--out", "scores.csv")
    #expect(answer.exitCode == 0)
    #expect(answer.errorLines.contains("margins.csv: 1 offers are none of the model's"))
    let rows = try place.cells("scores.csv")
    #expect(rows[0].last == "expected_value")
    var last: (id: String, value: Double) = ("", 0)
    for row in rows.dropFirst() {
      let value = try #require(Double(row[5]))
      if row[0] == last.id { #expect(value <= last.value) }
      if row[2] == "Loan" { #expect(value < 0) }
      last = (row[0], value)
    }
    try place.write("offer,margin\nCard,10\n", to: "few.csv")
    try place.expectRefusal(
      ["score", "offer", "--data", "taken.csv", "--margins", "few.csv", "--out", "s.csv"],
      exitCode: 65, message: "few.csv: no row for offer 'Deposit', which the model knows; add one")
    try place.write("offer,margin\nCard,ten\n", to: "words.csv")
    try place.expectRefusal(
      ["score", "offer", "--data", "taken.csv", "--margins", "words.csv", "--out", "s.csv"],
      exitCode: 65,
      message:
        "words.csv: column 'margin' has 1 cells that cannot be read as number, first at line 2; "
        + "correct it, or name another type for it in a schema")
  }

  @Test func whoCouldHaveNothingHasNoLine() throws {
    try simulate()
    _ = try train("--l2", "0.001")
    var lines = try place.text("taken.csv").split(separator: "\n").map { String($0) }
    let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    lines[1] = (cells[..<8] + ["", cells[9]]).joined(separator: ",")
    lines[2] = lines[2].replacing("|", with: "|Boat|", maxReplacements: 1)
    try place.write(lines.joined(separator: "\n") + "\n", to: "base.csv")
    let answer = try place.run("score", "offer", "--data", "base.csv", "--out", "scores.csv")
    #expect(answer.errorLines.contains("base.csv: 1 rows have no offer available and no line"))
    // The header and the row without a line are not counted.
    #expect(answer.error.contains("scored \(lines.count - 2) rows by model offer"))
    #expect(
      answer.errorLines.contains(
        "base.csv: 1 names of available offers that the model does not know"))
    #expect(try place.cells("scores.csv").allSatisfy { $0[0] != "C-1" })
  }

  @Test func choicesFromPairs() throws {
    try simulate("--pairs")
    let trained = try place.run(
      "train", "pick", "--kind", "choice", "--choice-set", "customer", "--offer", "offer", "--data",
      "taken.csv", "--target", "taken", "--l2", "0.0001", "--json"
    ).json()
    #expect(try trained.number("evaluation.logLoss") < trained.number("evaluation.evenLogLoss"))
    #expect(try place.run("score", "pick", "--data", "taken.csv", "--out", "s.csv").exitCode == 0)
    let rows = try place.cells("s.csv")
    #expect(rows[0][..<6] == ["line", "choice_set", "offer", "rank", "score", "probability"])
    #expect(try rows.count == place.cells("taken.csv").count)
    let truth = try place.cells("truth.csv")
    var (sums, error) = ([String: Double](), 0.0)
    for (row, real) in zip(rows, truth).dropFirst() {
      #expect([row[1], row[2]] == [real[0], real[1]])
      let probability = try #require(Double(row[5]))
      sums[row[1], default: 0] += probability
      error += abs(probability - (Double(real[2]) ?? 2))
    }
    #expect(sums.values.allSatisfy { abs($0 - 1) < 1e-12 })
    // 1,200 sets settle nine numbers to about a fiftieth of a probability.
    #expect(error / Double(truth.count) < 0.02)
    #expect(try place.run("evaluate", "pick", "--data", "taken.csv").exitCode == 0)

    // A set that stands in two places.
    var lines = try place.text("taken.csv").split(separator: "\n").map { String($0) }
    lines.append(lines[1])
    try place.write(lines.joined(separator: "\n") + "\n", to: "bad.csv")
    try place.expectRefusal(
      ["score", "pick", "--data", "bad.csv", "--out", "no.csv"], exitCode: 65,
      message: "bad.csv, line \(lines.count): its choice set ended before it; "
        + "sort the rows by 'customer'")
  }

  @Test(arguments: [
    (["--kind", "several"], "--kind is 'several'; give binary, multinomial or choice"),
    (
      ["--kind", "multinomial", "--firth"],
      "--firth is for a target with two values; leave it out with --kind multinomial"
    ),
    (
      ["--kind", "multinomial", "--l1", "0.1"],
      "--l1 is for a target with two values; leave it out with --kind multinomial"
    ),
    (
      ["--kind", "multinomial", "--se", "robust"],
      "--se robust is for a target with two values; leave it out with --kind multinomial"
    ),
    (
      ["--kind", "multinomial", "--positive", "a"],
      "--positive is for a target with two values; leave it out"
    ),
    (["--available", "offered"], "--available needs --kind multinomial"),
    (["--kind", "choice"], "--kind choice needs --choice-set and --offer, each with its column"),
    (["--choice-set", "a"], "--choice-set needs --kind choice"),
    (
      ["--kind", "choice", "--choice-set", "a", "--offer", "a"],
      "--target, --choice-set and --offer are three columns; name each once"
    ),
  ])
  func flagsThatDoNotGoTogetherAreRefused(flags: [String], message: String) throws {
    let answer = try place.run(
      ["train", "offer", "--data", "taken.csv", "--target", "offer"] + flags)
    #expect(answer.exitCode == 64)
    #expect(answer.error.contains(message), "\(answer.error)")
  }

  @Test func flagsOfOffersAreRefusedForAModelOfYesOrNo() throws {
    try place.train()
    try place.expectRefusal(
      ["score", "buyers", "--data", "customers.csv", "--top", "2", "--out", "s.csv"], exitCode: 64,
      message: "--top is given, but model 'buyers' is not one of several classes; leave it out")
  }
}
