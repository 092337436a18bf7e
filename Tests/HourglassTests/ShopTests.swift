import Foundation
import Testing

/// A simulated shop goes through the import whole: what it says it wrote is what the base holds.
struct ShopTests {
  private static let imported = [
    "events.jsonl", "orders.csv", "orders-ru.csv", "messages.csv", "leads.csv", "consents.csv",
    "spend.csv",
  ]

  @Test func aShopIsImportedToTheLastRow() throws {
    let place = try Workplace()
    let made = try place.run(
      "simulate", "shop", "--customers", "400", "--days", "200", "--seed", "7", "--out", "shop",
      "--json")
    try #require(made.exitCode == 0, "\(made.error)")
    let manifest = try made.json()
    let files = Self.imported.map { "shop/\($0)" }
    let done = try place.run(["import", "--store", "base.db", "--json"] + files)
    try #require(done.exitCode == 0, "\(done.error)")
    let products = try place.run(
      "import", "--store", "base.db", "--mapping", "shop/products.yaml", "shop/products.csv",
      "--json")
    try #require(products.exitCode == 0, "\(products.error)")

    let planted = try manifest.array("files")
    let reports = try done.json().array("files")
    for (place, name) in Self.imported.enumerated() {
      let said = try #require(try planted.first { try $0.string("file") == name })
      let read = reports[place]
      #expect(try read.string("format") == said.string("format"), "\(name)")
      #expect(try read.number("records") == said.number("records"), "\(name)")
      #expect(try read.number("rejected") == said.number("rejects"), "\(name)")
      #expect(try read.number("conflicts") == 0, "\(name)")
    }
    let said = try manifest.at("tables")
    let held = try products.json().at("tables")
    for table in [
      "events", "orders", "order_lines", "refunds", "exposures", "messages", "message_steps",
      "leads", "stages", "consents", "spend",
    ] {
      #expect(try held.number(table) == said.number(table), "\(table)")
    }
    #expect(try products.json().array("files")[0].number("rejected") == 0)
  }

  @Test(arguments: [
    (["--world", "flat"], "standard"), (["--start", "soon"], "'soon'"),
    (["--days", "3"], "days is 3"), (["--customers", "0"], "customers is 0"),
    (["--threads", "0"], "--threads is 0"),
  ])
  func badSettingsAreUsageErrors(flags: [String], said: String) throws {
    let place = try Workplace()
    let answer = try place.run(["simulate", "shop", "--out", "shop"] + flags)
    #expect(answer.exitCode == 64 && answer.error.contains(said), "\(answer.error)")
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let place = try Workplace()
    try place.write("x", to: "taken")
    let file = try place.run("simulate", "shop", "--customers", "1", "--out", "taken")
    #expect(file.exitCode == 64 && file.error.contains("taken is a file"), "\(file.error)")
    let deep = try place.run("simulate", "shop", "--customers", "1", "--out", "no/such/shop")
    #expect(deep.exitCode == 1 && deep.error.contains("create it first"), "\(deep.error)")
  }
}
