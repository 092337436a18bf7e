import Foundation
import Testing

/// Models on disk that are damaged, missing or made by two programs at once.
struct ModelFileTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.train()
  }

  private static let file = "models/buyers/1/model.json"

  private func expectRefusal(exitCode: Int32 = 65, _ message: String) throws {
    for command in [
      ["score", "buyers", "--data", "customers.csv", "--out", "scores.csv"],
      ["evaluate", "buyers", "--data", "customers.csv"], ["models", "show", "buyers"],
      ["models", "promote", "buyers", "1"],
    ] {
      try place.expectRefusal(command, exitCode: exitCode, message: "\(Self.file): \(message)")
    }
  }

  @Test func anEditedDigitIsFound() throws {
    var model = try place.text(Self.file)
    let digit = try #require(model.firstRange(of: "\"intercept\" : ")).upperBound
    let place1 = model.index(digit, offsetBy: 3)
    model.replaceSubrange(place1...place1, with: model[place1] == "7" ? "8" : "7")
    try place.write(model, to: Self.file)
    try expectRefusal(
      "the file was changed after it was written (its checksum differs); restore it or train again")
  }

  @Test(arguments: [0, 1, 500, 4_000]) func aTruncatedFileIsFound(length: Int) throws {
    try place.write(place.bytes(Self.file).prefix(length), to: Self.file)
    try expectRefusal(
      "not a complete model file: it is not whole JSON; restore it or train again")
  }

  @Test func anotherFormatVersionIsNamed() throws {
    let model = try place.text(Self.file)
    try place.write(
      model.replacing("\"formatVersion\" : 2", with: "\"formatVersion\" : 99"), to: Self.file)
    try expectRefusal(
      "format version 99; this program reads 2: use the program it was made with")
    let list = try place.run("models")
    #expect(list.exitCode == 0)
    #expect(list.lines.last?.split(separator: " ") == ["buyers", "1*", "-", "-", "-"])
    #expect(
      list.error == "\(Self.file): format version 99; this program reads 2: "
        + "use the program it was made with\n")
    let line = try #require(try place.run("models", "--json").json().array("models").first)
    #expect(try line.string("fault") + "\n" == list.error)
  }

  @Test func anotherJSONFileIsNoModel() throws {
    try place.write("{\"rows\": 3}", to: Self.file)
    try expectRefusal(
      "not a complete model file: no 'formatVersion'; restore it or train again")
  }

  @Test func aMissingFileIsNamed() throws {
    try FileManager.default.removeItem(at: place.path(Self.file))
    try expectRefusal(exitCode: 1, "cannot be read; restore it or train again")
  }

  @Test func trainingAgainReplacesADamagedModel() throws {
    try place.write("{", to: Self.file)
    let answer = try place.train(on: Customers(), "--promote")
    #expect(answer.exitCode == 0)
    #expect(
      answer.lines.contains(
        "version 1 cannot be judged on these rows: \(Self.file): not a complete model file: "
          + "it is not whole JSON; restore it or train again"), "\(answer.output)")
    #expect(answer.lines.last == "version 2 is in service; see models/buyers/2/card.md")
    #expect(
      try place.run("score", "buyers", "--data", "customers.csv", "--out", "s.csv").exitCode == 0)
  }

  @Test func rollbackLeavesADamagedModelAndReturnsToNoDamagedOne() throws {
    try place.train(on: Customers(), "--promote")
    let second = try place.bytes("models/buyers/2/model.json")
    try place.write("{", to: "models/buyers/2/model.json")
    let rollback = try place.run("models", "rollback", "buyers")
    #expect(rollback.exitCode == 0)
    #expect(rollback.error == "model buyers: version 1 is in service again\n")
    try place.write(second, to: "models/buyers/2/model.json")
    _ = try place.run("models", "promote", "buyers", "2")
    try place.write("{", to: Self.file)
    try place.expectRefusal(
      ["models", "rollback", "buyers"], exitCode: 65,
      message: "\(Self.file): not a complete model file: it is not whole JSON; "
        + "restore it or train again")
  }

  @Test func whatIsNotThereIsNamedWithWhatIs() throws {
    let absent = "train one, or name its folder by --models"
    try place.expectRefusal(
      ["models", "show", "byers"], exitCode: 66,
      message: "no model 'byers' in models; is 'buyers' meant?")
    try place.expectRefusal(
      ["models", "rollback", "leads"], exitCode: 66,
      message: "no model 'leads' in models; \(absent)")
    try place.expectRefusal(
      ["score", "buyers", "--data", "customers.csv", "--models", "other"], exitCode: 66,
      message: "no model 'buyers' in other; \(absent)")
    try place.expectRefusal(
      ["models", "promote", "buyers", "7"], exitCode: 66,
      message: "model 'buyers' has no version 7; it has 1")
    for name in ["../buyers", "a b", "x/y", "имя"] {
      try place.expectRefusal(
        ["train", name, "--data", "customers.csv", "--target", "bought"], exitCode: 64,
        message: "'\(name)' cannot name a model; use letters, digits, '-' and '_'")
    }
  }

  @Test func twoTrainingsAtOnceGetAVersionEach() throws {
    let command = [
      "train", "shared", "--data", "customers.csv", "--target", "bought", "--id", "id",
    ]
    let running = try (1...4).map { _ in try place.start(command) }
    for run in running { #expect(try run.wait().exitCode == 0) }
    let versions = try place.run("models", "--json").json().array("models")
      .filter { try $0.string("name") == "shared" }
    #expect(try versions.map { try $0.string("version") } == ["1", "2", "3", "4"])
    #expect(versions.allSatisfy { !$0.has("fault") })
    #expect(try versions.count { try $0.bool("isChampion") } == 1)
    #expect(try Set(versions.map { try $0.string("sha256") }).count == 1)
    #expect(try !place.names().contains { $0.contains(".partial") })
  }

  @Test func theSameCommandGivesTheSameBytesOnAnyNumberOfThreads() throws {
    for threads in ["1", "2"] { try place.train(on: Customers(), "--threads", threads) }
    let models = try (1...3).map { try place.bytes("models/buyers/\($0)/model.json") }
    #expect(models[0] == models[1])
    #expect(models[1] == models[2])
    let scores = try ["1", "2"].map { threads in
      try place.run("score", "buyers", "--data", "customers.csv", "--threads", threads).output
    }
    #expect(scores[0] == scores[1])
    #expect(scores[0].split(separator: "\n").count == 301)
  }
}
