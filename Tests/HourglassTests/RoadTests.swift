import Foundation
import Testing

/// From nothing to a scored customer base, as a user walks it.
struct RoadTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func trainOnLeads(_ more: String...) throws -> Workplace.Answer {
    if !FileManager.default.fileExists(atPath: place.path("leads.csv").path) {
      _ = try place.run("simulate", "leads", "--rows", "1500", "--seed", "7", "--out", "leads.csv")
    }
    return try place.run(
      ["train", "lead", "--data", "leads.csv", "--target", "Converted", "--id", "Prospect ID"]
        + Workplace.aPenalty + more)
  }

  @Test func simulatingTwiceGivesTheSameBytes() throws {
    for name in ["first", "second"] {
      let answer = try place.run(
        "simulate", "leads", "--rows", "1200", "--seed", "5", "--out", "\(name).csv", "--truth",
        "\(name)-truth.csv")
      #expect(answer.exitCode == 0)
      #expect(answer.output + answer.error == "")
    }
    #expect(try place.bytes("first.csv") == place.bytes("second.csv"))
    #expect(try place.text("first-truth.csv").split(separator: "\n").count == 1201)
    let onOutput = try place.run("simulate", "leads", "--rows", "1200", "--seed", "5")
    #expect(try Data(onOutput.output.utf8) == place.bytes("first.csv"))
  }

  @Test func trainingAnswersWithAVersionInServiceAndItsQuality() throws {
    let answer = try trainOnLeads()
    #expect(answer.exitCode == 0)
    #expect(
      answer.lines.first
        == "model lead, version 1: 1198 training rows (37.9 % positive), 299 test rows")
    #expect(answer.lines.contains { $0.hasPrefix("area under ROC  ") })
    #expect(answer.lines.contains("  Notes: free text"))
    #expect(answer.lines.last == "version 1 is in service; see models/lead/1/card.md")
    #expect(
      answer.errorLines.first
        == "leads.csv: 3 rows rejected, first at line 384: 18 fields where the header has 17")
    #expect(
      try place.names().filter { !$0.contains(".lock") } == [
        "leads.csv", "models", "models/lead", "models/lead/1", "models/lead/1/card.md",
        "models/lead/1/model.json", "models/lead/champion",
      ])
  }

  @Test func everyCommandAnswersInOneJSONObject() throws {
    let training = try trainOnLeads("--json").json()
    #expect(try training.string("model.name") == "lead")
    #expect(try training.string("model.version") == "1")
    #expect(try training.bool("model.isChampion"))
    let sha256 = try training.string("model.sha256")
    #expect(sha256.count == 64)
    #expect(try training.number("training.trainingRowCount") == 1198)
    #expect(!training.has("champion"))
    try expectEvaluation(training)

    let evaluation = try place.run("evaluate", "lead", "--data", "leads.csv", "--json").json()
    #expect(try evaluation.string("model.sha256") == sha256)
    #expect(try evaluation.number("evaluation.rowCount") == 1497)
    #expect(try evaluation.number("rejectedRowCount") == 3)
    #expect(try evaluation.number("unlabelledRowCount") == 0)
    try expectEvaluation(evaluation)

    let scoring = try place.run(
      "score", "lead", "--data", "leads.csv", "--out", "scores.csv", "--json"
    ).json()
    #expect(try scoring.string("model.sha256") == sha256)
    #expect(try scoring.number("summary.rowCount") == 1497)
    #expect(try scoring.number("summary.rejectedRowCount") == 3)
    #expect(try scoring.array("summary.decileCounts").count == 10)

    let list = try place.run("models", "--json").json()
    #expect(try list.array("models").map { try $0.string("sha256") } == [sha256])

    let model = try place.run("models", "show", "lead", "--json").json()
    #expect(try model.string("model.sha256") == sha256)
    #expect(try model.string("target.column") == "Converted")
    #expect(try model.number("base") == scoring.number("base"))
    #expect(try model.number("intercept").isFinite)
    #expect(try model.array("coefficients").count > 50)
    #expect(try model.string("training.dataSHA256") == training.string("training.dataSHA256"))
    try expectEvaluation(model)
  }

  private func expectEvaluation(_ json: JSON) throws {
    let area = try json.at("evaluation.areaUnderROC")
    #expect(try area.number("lower") < area.number("estimate"))
    #expect(try area.number("estimate") < area.number("upper"))
    #expect(try area.number("estimate") > 0.8)
    #expect(try json.number("evaluation.logLoss") < json.number("evaluation.baseLogLoss"))
    for measure in ["brierScore", "averagePrecision", "kolmogorovSmirnov", "liftTopDecile"] {
      #expect(try json.number("evaluation." + measure) > 0)
    }
    #expect(try json.array("evaluation.deciles").count == 10)
  }

  @Test func scoringKeepsTheOrderAndItsReasonsAddUpToTheScore() throws {
    _ = try trainOnLeads()
    let answer = try place.run(
      "score", "lead", "--data", "leads.csv", "--out", "scores.csv", "--reasons", "99", "--json")
    let base = try answer.json().number("base")
    let scores = try place.run(
      "score", "lead", "--data", "leads.csv", "--reasons", "0", "--threads", "1"
    ).lines
    #expect(scores[0] == "id,score,probability,decile")
    #expect(scores.count == 1498)
    let rows = try place.cells("scores.csv")
    #expect(
      rows[0].prefix(6) == ["id", "score", "probability", "decile", "reason1", "contribution1"])
    let simulated = try place.text("leads.csv").split(separator: "\n")
      .filter { $0.hasPrefix("L-") }.map { String($0.prefix(18)) }
    let rejected = try rejectedIds
    #expect(rows.dropFirst().map { $0[0] } == simulated.filter { !rejected.contains($0) })
    for (row, line) in zip(rows, scores).dropFirst() {
      #expect(line == row[..<4].joined(separator: ","))
      let score = try #require(Double(row[1]))
      let contributions = stride(from: 5, to: row.count, by: 2).compactMap { Double(row[$0]) }
      #expect(contributions.count == (row.count - 4) / 2)
      // The same terms in another order: each sum rounds about 15 numbers below 10.
      #expect(abs(base + contributions.reduce(0, +) - score) < 1e-12)
      let strengths = contributions.map(abs)
      #expect(strengths == strengths.sorted(by: >))
      #expect(abs((try #require(Double(row[2]))) - 1 / (1 + exp(-score))) < 1e-15)
    }
  }

  /// Leads whose city has a comma and no quotes, in the file of seed 7.
  private var rejectedIds: Set<String> {
    get throws {
      _ = try place.run(
        "score", "lead", "--data", "leads.csv", "--out", "again.csv", "--rejects", "rejects.csv")
      return Set(
        try place.text("rejects.csv").split(separator: "\n").compactMap { line in
          line.firstRange(of: "L-").map { String(line[$0.lowerBound...].prefix(18)) }
        })
    }
  }

  @Test func theNumbersShownGiveTheScoresByPlainArithmetic() throws {
    try place.train(on: Customers(count: 1_000), "--snapshot", "2026-01-01")
    let model = try place.run("models", "show", "buyers", "--json").json()
    #expect(try model.string("snapshot") == "2026-01-01T00:00:00Z")
    let terms = try ShownModel(model)
    _ = try place.run("score", "buyers", "--data", "customers.csv", "--out", "scores.csv")
    let customers = try place.cells("customers.csv")
    let scores = try place.cells("scores.csv")
    #expect(scores.count == 1_001)
    for (customer, scored) in zip(customers, scores).dropFirst() {
      let values = Dictionary(uniqueKeysWithValues: zip(customers[0], customer))
      let expected = try terms.score(values)
      // Six products and sums of numbers below 100.
      #expect(abs(try #require(Double(scored[1])) - expected) < 1e-9)
    }
  }

  @Test func aSecondTrainingIsHeldAgainstTheFirstAndWaitsForPromotion() throws {
    _ = try trainOnLeads()
    let second = try trainOnLeads("--exclude", "Total Visits")
    #expect(second.exitCode == 0)
    let title = try #require(
      second.lines.firstIndex { $0.hasSuffix("version 2  version 1, in service before") })
    #expect(second.lines[title + 1].split(separator: " ").count == 5)
    #expect(
      second.lines.last
        == "version 2 waits in models/lead/2; put it into service by: hourglass models promote lead 2"
    )
    #expect(try inService() == ["1*", "2"])
    let third = try trainOnLeads("--exclude", "Total Visits", "--promote", "--json").json()
    #expect(try third.bool("model.isChampion"))
    #expect(try third.string("champion.version") == "1")
    #expect(try third.number("champion.evaluation.areaUnderROC.estimate") > 0.8)
    #expect(try third.bool("champion.mayHaveSeenRows") == false)
    #expect(try inService() == ["1", "2", "3*"])
  }

  @Test func promotionAndRollbackChooseWhatIsInService() throws {
    for _ in 1...2 { try place.train() }
    let promotion = try place.run("models", "promote", "buyers", "2")
    #expect(promotion.exitCode == 0)
    #expect(promotion.error == "model buyers: version 2 is in service\n")
    #expect(try inService() == ["1", "2*"])
    #expect(
      try place.run("score", "buyers", "--data", "customers.csv", "--out", "scores.csv").error
        .contains("by model buyers, version 2: "))
    let rollback = try place.run("models", "rollback", "buyers")
    #expect(rollback.error == "model buyers: version 1 is in service again\n")
    #expect(try inService() == ["1*", "2"])
    let nothingLeft = try place.run("models", "rollback", "buyers")
    #expect(nothingLeft.exitCode == 1)
    #expect(
      nothingLeft.error == "hourglass: model 'buyers': no version was in service before 1\n")
  }

  @Test func theCardIsWhatShowPrints() throws {
    try place.train()
    let card = try place.run("models", "show", "buyers").output
    #expect(card.hasPrefix("# Model buyers, version 1\n\nPredicts `bought` = 1 by logistic"))
    #expect(try card == place.text("models/buyers/1/card.md") + "\n")
    #expect(!card.contains(Customers.secret))
  }

  @Test func aFolderWithoutModelsSaysHowToMakeOne() throws {
    let answer = try place.run("models", "--models", "nowhere")
    #expect(answer.exitCode == 0)
    #expect(answer.error == "no models in nowhere; make one by: hourglass train\n")
    #expect(try place.run("models", "--models", "nowhere", "--json").json().array("models").isEmpty)
  }

  /// The versions listed, with a star behind the one in service.
  private func inService() throws -> [String] {
    try place.run("models", "list").lines.dropFirst().map {
      String($0.split(separator: " ")[1])
    }
  }
}

/// What `models show --json` prints, read as another program would.
private struct ShownModel {
  let intercept: Double
  private var slopes: [String: Double] = [:]
  private var levels: [String: [String: Double]] = [:]

  init(_ json: JSON) throws {
    intercept = try json.number("intercept")
    for term in try json.array("coefficients") {
      let (feature, coefficient) = (try term.string("feature"), try term.number("coefficient"))
      if term.has("level") {
        levels[feature, default: [:]][try term.string("level")] = coefficient
      } else {
        slopes[feature] = coefficient
      }
    }
  }

  func score(_ values: [String: String]) throws -> Double {
    var score = intercept
    for feature in Set(slopes.keys).union(levels.keys) {
      let value = try #require(values[feature])
      if value.isEmpty {
        score += try #require(levels[feature]?["(missing)"])
      } else if let slope = slopes[feature] {
        score += slope * (try number(value))
      } else {
        score += try #require(levels[feature]?[value] ?? levels[feature]?["(other)"])
      }
    }
    return score
  }

  private func number(_ value: String) throws -> Double {
    if let boolean = ["Yes": 1.0, "No": 0.0][value] { return boolean }
    if let number = Double(value) { return number }
    // A date, as days before the snapshot 2026-01-01; 86,400 seconds each.
    let date = try #require(try? Date(value + "T00:00:00Z", strategy: .iso8601))
    let snapshot = try Date("2026-01-01T00:00:00Z", strategy: .iso8601)
    return snapshot.timeIntervalSince(date) / 86_400
  }
}
