import Foundation
import Testing

private let definition = """
  experiment: cart
  variants: [control, reminder]
  window: 7d
  primary: {name: bought, event: Order Completed, direction: increase, minimumEffect: 20%, baseline: 20%}
  secondary:
    - {name: revenue, kind: mean, event: Order Completed, direction: increase}

  """

private func instant(day: Int, hour: Int) -> String {
  "2026-03-\(day < 10 ? "0" : "")\(day)T\(hour):00:00Z"
}

/// 1,200 customers over ten days, of whom one in ten of the control and two in five of the treatment order:
/// once as messages, once as the same exposures and conversions in CSV.
private func cartPlace() throws -> Workplace {
  let place = try Workplace()
  var messages: [String] = []
  var exposures = ["customer_id,variant,timestamp"]
  var conversions = ["customer_id,event,timestamp,value,message_id"]
  for unit in 0..<1_200 {
    let variant = unit % 2 == 1 ? "reminder" : "control"
    let seen = instant(day: 1 + unit / 20 % 10, hour: 10)
    messages.append(
      #"{"type":"track","event":"Experiment Viewed","userId":"u\#(unit)","messageId":"e\#(unit)","#
        + #""timestamp":"\#(seen)","properties":{"experiment_id":"cart","variation_id":"\#(variant)"}}"#
    )
    exposures.append("u\(unit),\(variant),\(seen)")
    guard unit / 2 % 10 < (unit % 2 == 1 ? 4 : 1) else { continue }
    let ordered = instant(day: 3 + unit / 20 % 10, hour: 11)
    messages.append(
      #"{"type":"track","event":"Order Completed","userId":"u\#(unit)","messageId":"o\#(unit)","#
        + #""timestamp":"\#(ordered)","properties":{"order_id":"\#(unit)","revenue":20.5,"currency":"EUR"}}"#
    )
    conversions.append("u\(unit),Order Completed,\(ordered),20.5,o\(unit)")
  }
  // Another experiment's exposure and a last event, to which the data are complete.
  let last = instant(day: 30, hour: 10)
  messages.append(
    #"{"type":"track","event":"Experiment Viewed","userId":"u1","messageId":"x","timestamp":"\#(last)","#
      + #""properties":{"experiment_id":"other","variation_id":"a"}}"#)
  messages.append(
    #"{"type":"track","event":"Order Completed","userId":"u0","messageId":"late","#
      + #""timestamp":"\#(last)","properties":{"order_id":"late","revenue":1,"currency":"EUR"}}"#)
  conversions.append("u0,Order Completed,\(last),1,late")
  try place.write(messages.joined(separator: "\n") + "\n", to: "events.jsonl")
  try place.write(exposures.joined(separator: "\n") + "\n", to: "exposures.csv")
  try place.write(conversions.joined(separator: "\n") + "\n", to: "conversions.csv")
  try place.write(definition, to: "cart.yaml")
  return place
}

/// Experiments that are started in a store and judged by what was imported into it.
struct ExperimentStoreTests {
  private let place: Workplace

  init() throws { place = try cartPlace() }

  private func experiment(_ arguments: String...) throws -> Workplace.Answer {
    try place.run(["experiment"] + arguments)
  }

  private func importAndStart() throws {
    let imported = try place.run("import", "events.jsonl", "--store", "base.db")
    #expect(imported.exitCode == 0, "\(imported.error)")
    let started = try experiment("start", "cart.yaml", "--store", "base.db")
    #expect(started.exitCode == 0, "\(started.error)")
    #expect(started.output.hasPrefix("cart: started 20"))
  }

  private static let files = ["--data", "exposures.csv", "conversions.csv"]

  @Test func theStoreGivesTheNumbersOfEqualFiles() throws {
    try importAndStart()
    let check = ["experiment", "check", "cart.yaml", "--json"]
    let kept = try place.run(check + ["--store", "base.db"])
    #expect(kept.exitCode == 0, "\(kept.error)")
    #expect(kept.output == (try place.run(check + Self.files).output))
    let report = try kept.json()
    #expect(try report.string("verdict") == "ship")
    let primary = try report.array("metrics")[0]
    #expect(try primary.number("control.conversions") == 60)
    #expect(try primary.number("treatment.conversions") == 240)
    #expect(try report.number("excluded.conversionAfterWindow") == 1)
    let asOf = ["--as-of", "2026-03-12"]
    #expect(
      try place.run(check + asOf + ["--store", "base.db"]).output
        == place.run(check + asOf + Self.files).output)
  }

  @Test func reportsAndAuditsGoByTheStoreToo() throws {
    try importAndStart()
    let report = ["experiment", "report", "cart.yaml"]
    #expect(try place.run(report + ["--store", "base.db", "--out", "kept"]).exitCode == 0)
    #expect(try place.run(report + Self.files + ["--out", "read"]).exitCode == 0)
    #expect(try place.text("kept/report.json") == place.text("read/report.json"))
    let audit = ["experiment", "audit", "cart.yaml", "--runs", "20", "--json"]
    let kept = try place.run(audit + ["--store", "base.db"])
    #expect(kept.exitCode == 0, "\(kept.error)")
    #expect(try kept.output == place.run(audit + Self.files).output)
  }

  @Test func aPlanGoesByTheControlAndItsTraffic() throws {
    try importAndStart()
    let answer = try experiment(
      "plan", "cart.yaml", "--store", "base.db", "--runs", "2", "--json")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let plan = try answer.json()
    // Not the definition's 20 %: 60 of 600; and 1,200 units came in ten days.
    #expect(abs(try plan.number("baseline") - 0.1) < 1e-12)
    #expect(try plan.number("unitsPerDay") == 120)
  }

  @Test func aChangedDefinitionIsRefused() throws {
    try importAndStart()
    try place.write(definition.replacing("window: 7d", with: "window: 3d"), to: "cart.yaml")
    for command in [["check"], ["start"]] {
      let answer = try place.run(["experiment"] + command + ["cart.yaml", "--store", "base.db"])
      #expect(answer.exitCode == 65)
      #expect(answer.errorLines.count == 1)
      #expect(answer.error.hasPrefix("hourglass: experiment 'cart' was started as "))
      #expect(answer.error.contains("changed are window"))
    }
  }

  @Test func whatWasStartedIsListedAndShown() throws {
    let first = try experiment("start", "cart.yaml", "--store", "new.db", "--json").json()
    // Starting it again changes nothing.
    let again = try experiment("start", "cart.yaml", "--store", "new.db", "--json").json()
    let started = try first.string("started")
    #expect(try again.string("started") == started)
    let listed = try experiment("list", "--store", "new.db", "--json").json()
    let row = try #require(try listed.array("experiments").first)
    #expect(try row.string("experiment") == "cart" && row.string("started") == started)
    #expect(try row.string("fingerprint") == first.string("fingerprint"))
    // The kept text, whatever became of the file.
    let file = try experiment("show", "cart.yaml").output
    try FileManager.default.removeItem(at: place.path("cart.yaml"))
    let shown = try experiment("show", "cart", "--store", "new.db")
    #expect(shown.lines.contains { $0.hasPrefix("started ") && $0.hasSuffix(" \(started)") })
    #expect(
      shown.lines.filter { !$0.hasPrefix("started ") }
        == file.split(separator: "\n").map(String.init))
    #expect(try experiment("list", "--store", "new.db").lines[0].hasSuffix(" started"))
  }

  @Test func storesThatCannotAnswerAreToldWhy() throws {
    try place.expectRefusal(
      ["experiment", "check", "cart.yaml", "--store", "none.db"], exitCode: 69,
      message: "none.db: cannot be opened: there is no such file; import into it first")
    #expect(try place.run("import", "events.jsonl", "--store", "base.db").exitCode == 0)
    for command in [["check", "cart.yaml"], ["show", "cart"]] {
      let answer = try place.run(["experiment"] + command + ["--store", "base.db"])
      #expect(answer.exitCode == 66)
      #expect(
        answer.error == "hourglass: no experiment 'cart' in the store; start it first\n")
    }
    for command in [
      ["check", "cart.yaml"], ["start", "cart.yaml"], ["audit", "cart.yaml"], ["list"],
    ] {
      try place.expectRefusal(
        ["experiment"] + command + ["--store", "postgres://ann:secret@localhost/base"],
        exitCode: 64,
        message: "--store: PostgreSQL keeps no experiments yet; give a SQLite file")
    }
    try place.write(definition + "covariates: [before]\ndimensions: [city]\n", to: "wide.yaml")
    let wide = try experiment("check", "wide.yaml", "--store", "base.db")
    #expect(wide.exitCode == 64)
    #expect(
      wide.error == "hourglass: --store holds no columns of exposures, and experiment 'cart' has"
        + " covariates, dimensions; give --data\n")
    let both = try experiment("check", "cart.yaml", "--store", "base.db", "--tallies", "a.csv")
    #expect(both.exitCode == 64)
    #expect(both.error.contains("--data, --tallies and --store exclude each other"))
    let rejects = try experiment(
      "check", "cart.yaml", "--store", "base.db", "--max-rejects", "0.5")
    #expect(rejects.exitCode == 64)
    #expect(rejects.error.contains("--arm, --covariate and --max-rejects have no use"))
  }
}
