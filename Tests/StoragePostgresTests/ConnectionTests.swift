import Testing

@testable import StoragePostgres

@Suite(.needsPostgres)
struct ConnectionTests {
  @Test(arguments: [
    "plain", "O'Brien", "\"quoted\" \\ back", "Кириллица 😀", "", "$1; DROP TABLE x",
  ])
  func boundTextComesBackAsItWas(_ text: String) throws {
    let connection = try PostgresConnection(url: Server.named())
    let rows = try connection.execute(
      "SELECT $1::text, $2::text[]", [.text(text), .texts([text, "b"])])
    #expect(rows.count == 1)
    #expect(try rows[0].text(0) == text)
    let again = try connection.execute(
      "SELECT 1 WHERE $1 = ANY($2::text[])", [.text(text), .texts([text])])
    #expect(again.count == 1)
  }

  @Test func numbersAndNullsComeBackAsTheyWere() throws {
    let connection = try PostgresConnection(url: Server.named())
    let row = try connection.execute(
      "SELECT $1::bigint, $2::double precision, $3::text, $4::boolean",
      [.integer(.min), .number(0.1), .null, .boolean(true)])[0]
    #expect(try row.integer(0) == .min)
    #expect(try row.optionalNumber(1) == 0.1)
    #expect(row.optionalText(2) == nil)
    #expect(try row.boolean(3))
  }

  @Test func copiedRowsComeBackAsTheyWere() throws {
    let database = try TestDatabase()
    let connection = try database.connect()
    try connection.run("CREATE TABLE t (a bigint, b text, c double precision, d boolean)")
    var buffer = CopyBuffer()
    for number in 0..<1_000 {
      buffer.beginRow(fieldCount: 4)
      buffer.put(number % 7 == 0 ? nil : Int64(number) - 500)
      buffer.put("строка \(number) \u{1F600}\t\\N\n\0")
      buffer.put(Double(number) / 3)
      buffer.put(number % 2 == 0)
    }
    buffer.end()
    try connection.beginCopy("COPY t FROM STDIN (FORMAT binary)")
    try buffer.bytes.withUnsafeBytes { try connection.put($0) }
    try connection.endCopy()
    var number = 0
    try connection.forEachRow(of: "SELECT a, b, c, d FROM t") { row throws in
      #expect(try row.optionalInteger(0) == (number % 7 == 0 ? nil : Int64(number) - 500))
      #expect(try row.text(1) == "строка \(number) \u{1F600}\t\\N\n")
      #expect(try row.optionalNumber(2) == Double(number) / 3)
      #expect(try row.boolean(3) == (number % 2 == 0))
      number += 1
    }
    #expect(number == 1_000)
  }

  @Test func aQueryLeftHalfwayLeavesTheConnectionUsable() throws {
    struct Enough: Error {}
    let connection = try PostgresConnection(url: Server.named())
    #expect(throws: Enough.self) {
      try connection.forEachRow(of: "SELECT generate_series(1, 100000000)") { _ in throw Enough() }
    }
    #expect(try connection.execute("SELECT 1").count == 1)
  }

  @Test func aTransactionThatThrowsIsUndone() throws {
    struct Enough: Error {}
    let database = try TestDatabase()
    let connection = try database.connect()
    try connection.run("CREATE TABLE t (a bigint)")
    #expect(throws: Enough.self) {
      try connection.transaction {
        try connection.execute("INSERT INTO t VALUES ($1)", [.integer(1)])
        throw Enough()
      }
    }
    #expect(try connection.execute("SELECT a FROM t").count == 0)
  }
}

@Suite(.needsPostgres)
struct PostgresErrorTests {
  @Test func aWrongPasswordIsToldWithoutIt() throws {
    let wrong = try Server.named().replacing(/:[^:@\/]+@/) { _ in ":s3cr3t@" }
    let error = try #require(throws: PostgresError.self) { _ = try PostgresConnection(url: wrong) }
    guard case .refused = error else { throw error }
    #expect(error.description.contains("password authentication failed"))
    #expect(!error.description.contains("s3cr3t"))
    #expect(!error.description.contains("\n"))
  }

  @Test func aPortWhereNobodyListensIsToldWithTheAddress() throws {
    let url = "postgres://me:s3cr3t@127.0.0.1:1/shop"
    let error = try #require(throws: PostgresError.self) { _ = try PostgresConnection(url: url) }
    #expect(
      error.description
        == "PostgreSQL at 127.0.0.1:1/shop cannot be reached: Connection refused; "
        + "start it, or correct the URL")
  }

  @Test func aURLThatCannotBeReadIsNotRepeated() {
    #expect(throws: PostgresError.invalidURL) {
      _ = try PostgresConnection(url: "postgres://me:s3cr3t@[host/shop?x")
    }
    #expect(!PostgresError.invalidURL.description.contains("s3cr3t"))
  }

  @Test func anUnknownDatabaseIsNamed() throws {
    let url = try Server.named().replacing(/\/postgres$/) { _ in "/nosuch" }
    let error = try #require(throws: PostgresError.self) { _ = try PostgresConnection(url: url) }
    #expect(error.description.contains("database \"nosuch\" does not exist"))
  }

  @Test func aMissingRightIsPermissionDenied() throws {
    let database = try TestDatabase()
    let connection = try database.connect()
    try connection.run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    let error = try #require(throws: PostgresError.self) {
      try connection.run("CREATE TABLE t (a bigint)")
    }
    guard case .permissionDenied = error else { throw error }
    #expect(error.description.contains("read-only transaction"))
  }

  @Test func aConnectionThatTheServerEndsIsLost() throws {
    let database = try TestDatabase()
    let victim = try database.connect()
    let id = try victim.execute("SELECT pg_backend_pid()")[0].integer(0)
    let other = try database.connect()
    try other.execute("SELECT pg_terminate_backend($1::int, 5000)", [.integer(id)])
    #expect(throws: PostgresError.lost(server: victim.server)) { try victim.execute("SELECT 1") }
    #expect(throws: PostgresError.lost(server: victim.server)) { try victim.execute("SELECT 1") }
  }

  @Test func dataInAServersMessageIsNotRepeated() throws {
    let connection = try PostgresConnection(url: Server.named())
    let error = try #require(throws: PostgresError.self) {
      try connection.execute("SELECT $1::text::bigint", [.text("anna@example.com")])
    }
    #expect(!error.description.contains("anna"))
  }
}
