import Foundation
import Testing

/// Exports of a small shop, with people whose names must not come back in messages.
private struct Shop {
  let place: Workplace
  static let identities = [
    "anna.secret@example.com", "79123456789", "ben.secret@example.com", "K-777",
  ]

  init() throws {
    place = try Workplace()
    try place.write(
      """
      order_id,placed_at,customer_id,email,phone,total,currency,status
      1,2025-01-01,K-777,anna.secret@example.com,8 (912) 345-67-89,10.00,EUR,paid
      2,2025-01-02,K-777,,,20.00,EUR,paid
      3,2025-01-02,K-778,ben.secret@example.com,,30.00,EUR,paid
      4,yesterday,K-777,anna.secret@example.com,,40.00,EUR,paid

      """, to: "orders.csv")
  }

  func importAll(_ store: String = "base.db") throws -> Workplace.Answer {
    try place.run(
      "import", "--store", store, "orders.csv", "--max-rejects", "50%", "--json")
  }

  func counts(_ store: String = "base.db") throws -> JSON {
    try importAll(store).json().at("tables")
  }
}

/// A PostgreSQL database of a test's own; scripts/test names the server.
private final class ServerDatabase {
  static let server = ProcessInfo.processInfo.environment["HOURGLASS_POSTGRES_URL"]
  static let isSkipped =
    server == nil && ProcessInfo.processInfo.environment["HOURGLASS_SKIP_POSTGRES"] != nil
  let url: String
  private let name: String
  private let place: Workplace

  init(_ place: Workplace) throws {
    self.place = place
    name = "c" + UUID().uuidString.lowercased().replacing("-", with: "")
    let server = try #require(
      Self.server, "no PostgreSQL: run scripts/test, or set HOURGLASS_SKIP_POSTGRES=1")
    url = server.replacing(/\/postgres$/, with: "/" + name)
    let made = try place.shell("psql -q '\(server)' -c 'CREATE DATABASE \(name)'")
    try #require(made.exitCode == 0, "\(made.error)")
  }

  deinit {
    _ = try? place.shell("psql -q '\(Self.server ?? "")' -c 'DROP DATABASE \(name) WITH (FORCE)'")
  }
}

struct CustomerBaseTests {
  @Test func anErasedPersonDoesNotComeBack() throws {
    try erasedPersonDoesNotComeBack(Shop(), store: "base.db")
  }

  @Test(.disabled(if: ServerDatabase.isSkipped, "HOURGLASS_SKIP_POSTGRES is set"))
  func anErasedPersonDoesNotComeBackToPostgreSQL() throws {
    let shop = try Shop()
    let database = try ServerDatabase(shop.place)
    try erasedPersonDoesNotComeBack(shop, store: database.url)
    withExtendedLifetime(database) {}
  }

  private func erasedPersonDoesNotComeBack(_ shop: Shop, store: String) throws {
    let before = try shop.counts(store)
    #expect(try before.number("orders") == 3 && before.number("import_rejects") == 1)
    try shop.place.write("id,score\nK-777,1\nK-778,2\n", to: "scores.csv")
    let erased = try shop.place.run(
      "customer", "erase", "anna.secret@example.com", "--store", store, "--files", "scores.csv",
      "--json")
    #expect(erased.exitCode == 0, "\(erased.error)")
    let rows = try erased.json().at("erasedRows")
    #expect(try rows.number("orders") == 2 && rows.number("import_rejects") == 1)
    #expect(try shop.place.text("scores.csv") == "id,score\nK-778,2\n")
    let after = try shop.counts(store)
    #expect(try after.number("orders") == 1 && after.number("import_rejects") == 0)
    #expect(try after.number("customers") == 1)
    let gone = try shop.place.run("customer", "show", "K-777", "--store", store)
    #expect(gone.exitCode == 66 && gone.errorLines.count == 1)
    let other = try shop.place.run("customer", "show", "K-778", "--store", store)
    #expect(other.exitCode == 0)
    if store == "base.db" {
      let bytes = try shop.place.bytes("base.db")
      for identity in ["anna.secret", "79123456789", "K-777"] {
        #expect(bytes.range(of: Data(identity.utf8)) == nil, "\(identity) is still in the file")
      }
    }
    try whoSignsUpAgainIsAllowed(shop, store: store)
  }

  private func whoSignsUpAgainIsAllowed(_ shop: Shop, store: String) throws {
    let place = shop.place
    try place.write(
      "order_id,placed_at,email,total,currency,status\n9,2025-06-01,anna.secret@example.com,5.00,EUR,paid\n",
      to: "return.csv")
    func orders(of file: String) throws -> Double {
      let answer = try place.run(
        "import", "--store", store, file, "--max-rejects", "50%", "--json")
      return try answer.json().number("tables.orders")
    }
    #expect(try orders(of: "return.csv") == 1)
    let nobody = try place.run("customer", "allow", "email:x@example.com", "--store", store)
    #expect(nobody.exitCode == 66 && nobody.errorLines.count == 1)
    let allowed = try place.run(
      "customer", "allow", "Anna.Secret@example.com", "--store", store, "--json")
    #expect(try allowed.json().number("allowedIdentities") == 1, "\(allowed.error)")
    // The one order of the return; those from before stay away by their ids.
    #expect(try orders(of: "return.csv") == 2)
    #expect(try orders(of: "orders.csv") == 2)
  }

  @Test func noMessageNamesAnybody() throws {
    let shop = try Shop()
    let place = shop.place
    try place.write(
      Data("{\"type\":\"track\",\"userId\":\"K-777\",\"event\":\n".utf8), to: "cut.jsonl")
    try place.write("Имя;Телефон\nК;8 (912) 345-67-89\n", to: "odd.csv")
    let commands = [
      ["import", "--store", "base.db", "orders.csv"],
      ["import", "--store", "base.db", "orders.csv", "--max-rejects", "50%"],
      ["import", "--store", "base.db", "cut.jsonl"], ["import", "--store", "base.db", "odd.csv"],
      ["import", "--store", "base.db", "orders.csv", "--dry-run"],
      ["quality", "--store", "base.db"], ["quality", "--store", "base.db", "--json", "--all"],
      ["customer", "show", "nobody.known@example.com", "--store", "base.db"],
      ["customer", "merge", "K-777", "--into", "K-777", "--store", "base.db"],
      ["customer", "merge", "K-777", "--into", "K-778", "--store", "base.db"],
      ["customer", "erase", "K-777", "--store", "base.db"],
      ["customer", "erase", "K-777", "--store", "base.db"],
    ]
    for command in commands {
      let answer = try place.run(command)
      for text in [answer.output, answer.error] {
        for identity in Shop.identities + ["nobody.known"] {
          #expect(!text.contains(identity), "\(command.joined(separator: " ")) says \(text)")
        }
      }
      if answer.exitCode != 0, command[0] != "quality" {
        #expect(answer.errorLines.count == 1, "\(command): \(answer.error)")
      }
    }
  }

  @Test func aMappingFileSaysWhatColumnsMean() throws {
    let place = try Workplace()
    try place.write(
      """
      Номер;Создан;Кто;К оплате;Этап;Заметка
      7;05.03.2025 10:00;anna@example.com;1 234,50;Выкуплен;x
      8;06.03.2025 10:00;ben@example.com;10,00;Не забрали;y

      """, to: "export.csv")
    try place.write(
      """
      record: orders
      source: shop
      currency: RUB
      utc_offset: "+03:00"
      columns:
        order_id: Номер
        event_time: Создан
        email: Кто
        total: К оплате
        status: {column: Этап, values: {Выкуплен: paid, Не забрали: cancelled}}

      """, to: "shop.yaml")
    let dry = try place.run(
      "import", "--store", "base.db", "--mapping", "shop.yaml", "--dry-run", "export.csv")
    #expect(dry.exitCode == 0, "\(dry.error)")
    #expect(dry.output.contains("not kept: Заметка"))
    #expect(try place.names().contains("base.db") == false)
    _ = try place.run("import", "--store", "base.db", "--mapping", "shop.yaml", "export.csv")
    let shown = try place.run("customer", "show", "anna@example.com", "--store", "base.db").output
    #expect(shown.contains("1234.50 RUB") && shown.contains("2025-03-05T07:00:00.000Z"))
  }

  @Test(arguments: [
    ("record: orders\ncolumns: {order_id: a}\n", "columns", "needs a column for event_time"),
    ("record: order\ncolumns: {order_id: a}\n", "line 1", "record is 'order'; it can be"),
    (
      "record: orders\ncolumns:\n  orderid: a\n", "line 3",
      "no field 'orderid'; is 'order_id' meant?"
    ),
    ("record: orders\ncolums: {}\n", "line 2", "unknown key 'colums'"),
    ("record: orders\ncurrency: rubles\ncolumns: {order_id: a}\n", "line 2", "give three letters"),
    (
      "record: orders\ncolumns: {order_id: Nummer, event_time: b, total: c}\n", "Nummer",
      "no column"
    ),
  ])
  func aWrongMappingIsToldWithItsLine(yaml: String, part: String, problem: String) throws {
    let place = try Workplace()
    try place.write("a,b,c\n1,2025-01-01,3\n", to: "export.csv")
    try place.write(yaml, to: "map.yaml")
    let answer = try place.run(
      "import", "--store", "base.db", "--mapping", "map.yaml", "export.csv")
    #expect(answer.exitCode == 78)
    #expect(answer.errorLines.count == 1)
    #expect(answer.error.contains(problem), "\(answer.error)")
  }

  @Test func qualityEndsByTheWorstOfItsChecks() throws {
    let shop = try Shop()
    _ = try shop.importAll()
    let strict = try shop.place.run(
      "quality", "--store", "base.db", "--as-of", "2025-01-03", "--json")
    // Orders without lines, and a quarter of the rows rejected.
    #expect(strict.exitCode == 65)
    #expect(try strict.json().string("severity") == "failure")
    try shop.place.write(
      "orders_without_lines: {warn: 1}\nrejected_records: {warn: 0.5}\n", to: "limits.yaml")
    let lenient = try shop.place.run(
      "quality", "--store", "base.db", "--as-of", "2025-01-03", "--limits", "limits.yaml")
    #expect(lenient.exitCode == 0, "\(lenient.output)")
    let future = try shop.place.run(
      "quality", "--store", "base.db", "--as-of", "2025-01-01T12:00:00")
    #expect(future.exitCode == 65 && future.output.contains("future_times of orders"))
  }

  @Test func aStoreThatCannotBeReachedEndsWith69() throws {
    let place = try Workplace()
    let answer = try place.run("quality", "--store", "postgres://me:s3cr3t@127.0.0.1:1/shop")
    #expect(answer.exitCode == 69)
    #expect(
      answer.errorLines == [
        "hourglass: PostgreSQL at 127.0.0.1:1/shop cannot be reached: Connection refused; "
          + "start it, or correct the URL"
      ])
  }
}
