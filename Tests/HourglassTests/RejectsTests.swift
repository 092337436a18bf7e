import Foundation
import Testing

/// Rows and cells that cannot be read: counted, said and kept apart, or too many.
struct RejectsTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Customers with a field too many in every row whose number divides by `period`.
  private func write(_ name: String, period: Int) throws {
    var customers = Customers()
    for row in stride(from: period, through: 300, by: period) {
      customers.rows[row - 1][3] = "red,\(Customers.secret)"
    }
    try place.write(customers.text, to: name)
  }

  @Test func aFewBadRowsAreCountedAndKept() throws {
    try place.train()
    try write("few.csv", period: 150)
    for command in [
      ["train", "m", "--target", "bought", "--id", "id"], ["evaluate", "buyers"],
      ["score", "buyers", "--out", "scores.csv"],
    ] {
      let answer = try place.run(command + ["--data", "few.csv", "--rejects", "rejects.csv"])
      #expect(answer.exitCode == 0)
      #expect(
        answer.errorLines.first
          == "few.csv: 2 rows rejected, first at line 151: 8 fields where the header has 7")
      #expect(!answer.error.contains(Customers.secret))
      let rejects = try place.text("rejects.csv").split(separator: "\n")
      #expect(rejects.count == 3)
      #expect(rejects[0] == "line,reason,row")
      #expect(
        rejects[1].hasPrefix("151,8 fields where the header has 7,\"\(Customers.secret)-149,"))
      #expect(rejects[2].hasPrefix("301,8 fields where the header has 7,\""))
    }
    #expect(try place.cells("scores.csv").count == 299)
  }

  @Test func tooManyBadRowsAreRefusedAndNothingIsWrittenButThem() throws {
    try place.train()
    try write("many.csv", period: 10)
    let message =
      "hourglass: many.csv: 30 of 300 rows rejected, more than --max-rejects 0.01; "
      + "first at line 11: 8 fields where the header has 7; correct them, "
      + "or allow more by --max-rejects; --rejects FILE lists them\n"
    for command in [
      ["train", "m", "--target", "bought", "--id", "id"], ["evaluate", "buyers"],
      ["score", "buyers", "--out", "scores.csv"],
    ] {
      let before = try place.names()
      let answer = try place.run(command + ["--data", "many.csv", "--rejects", "rejects.csv"])
      #expect(answer.exitCode == 65)
      #expect(answer.error == message)
      #expect(answer.output == "")
      #expect(try place.names() == before + ["rejects.csv"])
      #expect(try place.text("rejects.csv").split(separator: "\n").count == 31)
      try FileManager.default.removeItem(at: place.path("rejects.csv"))
      let allowed = try place.run(command + ["--data", "many.csv", "--max-rejects", "10%"])
      #expect(allowed.exitCode == 0)
      try? FileManager.default.removeItem(at: place.path("scores.csv"))
    }
  }

  @Test func unreadableCellsAreCountedAndTakenAsMissing() throws {
    try place.train()
    let dirty = Customers().setting("age", row: 10, to: Customers.secret)
      .setting("age", row: 20, to: "about 30").setting("visits", row: 30, to: "many")
    try place.write(dirty.text, to: "dirty.csv")
    for command in [
      ["train", "m", "--target", "bought", "--id", "id"], ["evaluate", "buyers"],
      ["score", "buyers", "--out", "scores.csv"],
    ] {
      let answer = try place.run(command + ["--data", "dirty.csv"])
      #expect(answer.exitCode == 0)
      #expect(
        answer.errorLines.prefix(2) == [
          "dirty.csv: column 'age': 2 unreadable cells taken as missing, first at line 11",
          "dirty.csv: column 'visits': 1 unreadable cells taken as missing, first at line 31",
        ])
      #expect(!answer.error.contains(Customers.secret))
    }
    try place.write(
      Customers().setting("age", row: 10, to: "").setting("age", row: 20, to: "")
        .setting("visits", row: 30, to: "").text, to: "blank.csv")
    _ = try place.run("score", "buyers", "--data", "blank.csv", "--out", "blank-scores.csv")
    #expect(try place.bytes("scores.csv") == place.bytes("blank-scores.csv"))
  }

  @Test func valuesThatTrainingHardlySawAreCounted() throws {
    try place.train()
    let strange = Customers().setting("visits", row: 1, to: "").setting("visits", row: 2, to: "99")
      .setting("news", row: 3, to: "")
    try place.write(strange.text, to: "strange.csv")
    let answer = try place.run("score", "buyers", "--data", "strange.csv", "--out", "scores.csv")
    #expect(
      answer.errorLines.contains(
        "strange.csv: 2 values missing where training never was, scored as the average: "
          + "feature 'visits' (1) and 1 more"), "\(answer.error)")
    #expect(answer.error.contains(" outside the range of the training rows: feature 'visits' (1)"))
  }
}
