import CustomerData
import StoreContract
import Testing

@testable import StoragePostgres

@Suite(.needsPostgres)
struct PostgresStoreTests {
  @Test(arguments: StoreLaw.all)
  func theStoreKeeps(_ law: StoreLaw) throws {
    let database = try TestDatabase()
    try law.check(PostgresStore(url: database.url))
  }

  @Test func aServerThatRefusesIsToldInOneLineWithoutThePassword() throws {
    let wrong = try Server.named().replacing(/:[^:@\/]+@/) { _ in ":s3cr3t@" }
    let error = try #require(throws: StoreError.self) { _ = try PostgresStore(url: wrong) }
    guard case .unavailable = error else { throw error }
    #expect(!error.description.contains("s3cr3t") && !error.description.contains("\n"))
  }

  @Test func aReaderDoesNotMakeTheTables() throws {
    let database = try TestDatabase()
    let error = try #require(throws: StoreError.self) {
      _ = try PostgresStore(url: database.url, isReadOnly: true)
    }
    #expect(
      error.description.hasSuffix("the database holds no customer base; import into it first"))
    #expect(
      try database.connect().execute("SELECT to_regclass('hourglass.events')")[0].optionalText(0)
        == nil)
  }

  @Test func aConnectionThatBreaksHalfwayLosesNothingConfirmed() throws {
    let database = try TestDatabase()
    let store = try PostgresStore(url: database.url)
    _ = try store.write(batch(0..<10), checkpoint: nil)
    let admin = try database.connect()
    try admin.run(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    let error = try #require(throws: StoreError.self) {
      _ = try store.write(batch(10..<20), checkpoint: nil)
    }
    guard case .unavailable = error else { throw error }
    let again = try PostgresStore(url: database.url)
    #expect(try again.rowCounts()[.events] == 10)
    #expect(try again.write(batch(0..<20), checkpoint: nil).newEvents == 10)
  }

  @Test func aTrialSeesWhatItWritesAndKeepsNothing() throws {
    let database = try TestDatabase()
    _ = try PostgresStore(url: database.url).write(batch(0..<10), checkpoint: nil)
    do {
      let trial = try PostgresStore(url: database.url, isTrial: true)
      try trial.beginImport(expectedEvents: 1_000_000)
      #expect(try trial.write(batch(0..<20), checkpoint: nil).newEvents == 10)
      #expect(try trial.write(batch(10..<30), checkpoint: nil).newEvents == 10)
      try trial.finishImport()
      #expect(try trial.rowCounts()[.events] == 30)
    }
    let after = try PostgresStore(url: database.url)
    #expect(try after.rowCounts()[.events] == 10)
    #expect(try after.write(batch(0..<20), checkpoint: nil).newEvents == 10)
  }

  @Test func anAccountThatMayNotMakeTablesIsToldInOneLine() throws {
    let database = try TestDatabase()
    let name = "r" + database.url.suffix(32)
    try database.connect().administer("CREATE ROLE \(name) LOGIN PASSWORD 'p'")
    defer { try? database.connect().administer("DROP ROLE \(name)") }
    let url = database.url.replacing(/\/\/[^@]+@/, with: "//\(name):p@")
    let error = try #require(throws: StoreError.self) { _ = try PostgresStore(url: url) }
    guard case .unavailable(let reason) = error else { throw error }
    #expect(reason.contains("permission denied for database"))
    #expect(!reason.contains("\n"))
  }

  private func batch(_ numbers: Range<Int>) -> FactBatch {
    var batch = FactBatch(source: "test")
    let at = Instant(milliseconds: 1_700_000_000_000)
    for number in numbers {
      let person = batch.addPerson(
        Person(
          identities: [
            Identity(kind: .userID, normalizedValue: "u\(number % 3)"),
            Identity(kind: .anonymousID, normalizedValue: "a\(number)"),
          ], knownAt: at))
      batch.addEvent(
        messageID: "m\(number)", person: person, type: .track, name: "Viewed", eventTime: at,
        knownAt: at, properties: "{\"n\":\(number)}")
    }
    return batch
  }

  @Test func aLargeImportWithoutIndicesEndsAsASmallOneWithThem() throws {
    let database = try TestDatabase()
    let small = try PostgresStore(url: database.url)
    _ = try small.write(batch(0..<50), checkpoint: nil)
    let large = try PostgresStore(url: database.url)
    try large.beginImport(expectedEvents: 1_000_000)
    let summary = try large.write(batch(25..<100), checkpoint: nil)
    #expect(summary.newEvents == 50 && summary.knownFacts == 25)
    try large.finishImport()
    let names = try database.connect().execute(
      "SELECT indexname FROM pg_indexes WHERE tablename = 'events' ORDER BY 1")
    #expect(try names.map { try $0.text(0) } == ["events_by_message", "events_by_person"])
    // The first object notices what the other has written.
    #expect(try small.write(batch(0..<100), checkpoint: nil).newEvents == 0)
    #expect(try small.rowCounts()[.customers] == 3)
  }
}
