import CustomerData
import Foundation
import GRDB
import SpecialFunctions
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import StorageSQLite

@Suite struct SQLiteContractTests {
  @Test(arguments: StoreLaw.all)
  func theStoreKeepsTheContract(law: StoreLaw) throws {
    let folder = try TemporaryFolder()
    try law.check(SQLiteStore(path: folder.file("base.db")))
  }
}

@Suite struct SQLiteStoreTests {
  @Test func whatIsWrittenIsThereWhenTheFileIsOpenedAgain() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("base.db")
    _ = try SQLiteStore(path: path).write(Make.event("m"), checkpoint: nil)
    let again = try SQLiteStore(path: path)
    #expect(try again.write(Make.event("m"), checkpoint: nil).knownFacts == 1)
    #expect(try SQLiteStore(path: path, isReadOnly: true).rowCounts()[.events] == 1)
  }

  @Test func twoWritersOfOneFileSeeEachOther() throws {
    let folder = try TemporaryFolder()
    let stores = try (0..<2).map { _ in try SQLiteStore(path: folder.file("base.db")) }
    for store in stores { try store.beginImport(expectedEvents: 1_000_000) }
    for number in 0..<20 {
      let batch = Make.event("m\(number / 2)", user: "u\(number / 4)")
      let summary = try stores[number % 2].write(batch, checkpoint: nil)
      #expect(summary.newEvents == (number % 2 == 0 ? 1 : 0))
    }
    try stores[0].finishImport()
    #expect(try stores[1].write(Make.event("m3", user: "u1"), checkpoint: nil).knownFacts == 1)
    try stores[1].finishImport()
    #expect(try stores[1].rowCounts()[.customers] == 5)
  }

  @Test func aStoreMadeOrUpdatedByManyAtOnceIsOne() throws {
    let folder = try TemporaryFolder()
    let old = try Self.firstRelease(in: folder, as: "old.db")
    for path in [old] + (0..<4).map({ folder.file("new\($0).db") }) {
      let reasons = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 6) { number in
        do {
          _ = try SQLiteStore(path: path).write(Make.event("m\(number)"), checkpoint: nil)
        } catch { reasons.withLock { $0.append("\(error)") } }
      }
      #expect(reasons.withLock(\.self) == [])
      #expect(try SQLiteStore(path: path).rowCounts()[.events] == (path == old ? 10 : 6))
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!left.contains { $0.contains(".new-") })
  }

  @Test func aTrialSeesWhatItWritesAndLeavesTheFileAsItWas() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("base.db")
    _ = try SQLiteStore(path: path).write(Make.event("m"), checkpoint: nil)
    do {
      let strict = try IdentityRules(maxPartners: [.phone: 1])
      let trial = try SQLiteStore(path: path, rules: strict, isTrial: true)
      try trial.beginImport(expectedEvents: 1_000_000)
      #expect(try trial.write(Make.event("m"), checkpoint: nil).knownFacts == 1)
      #expect(try trial.write(Make.event("n"), checkpoint: nil).newEvents == 1)
      try trial.finishImport()
      #expect(try trial.rowCounts()[.events] == 2)
      #expect(throws: StoreError.locked(store: path, waitedSeconds: 0)) {
        try SQLiteStore(path: path, busySeconds: 0).write(Make.event("o"), checkpoint: nil)
      }
    }
    let after = try SQLiteStore(path: path)
    #expect(try after.rowCounts()[.events] == 1)
    #expect(after.rules == .standard)
    #expect(try after.write(Make.event("n"), checkpoint: nil).newEvents == 1)
  }

  @Test func aNewFileHasLargePages() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("base.db")
    _ = try SQLiteStore(path: path)
    let size = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA page_size") }
    #expect(size == 8_192)
  }

  @Test func anotherProgramsFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "not a database ", count: 100), to: "text.db")
    #expect(throws: StoreError.notAStore(store: text, reason: "it is no SQLite file")) {
      try SQLiteStore(path: text)
    }
    let foreign = folder.file("foreign.db")
    try DatabaseQueue(path: foreign).write { try $0.execute(sql: "CREATE TABLE a (b)") }
    #expect(
      throws: StoreError.notAStore(store: foreign, reason: "it holds another program's tables")
    ) { try SQLiteStore(path: foreign) }
    let empty = try SQLiteStore(path: folder.write("", to: "empty.db"))
    #expect(try empty.rowCounts()[.events] == 0)
    let nowhere = folder.file("no/base.db")
    #expect(throws: StoreError.self) { try SQLiteStore(path: nowhere) }
    #expect(throws: StoreError.self) {
      try SQLiteStore(path: folder.file("a.db"), isReadOnly: true)
    }
  }

  @Test func aStoreOfALaterReleaseIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("base.db")
    _ = try SQLiteStore(path: path)
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('fly to the moon')")
    }
    #expect(throws: StoreError.newerFormat(store: path, migration: "fly to the moon")) {
      try SQLiteStore(path: path)
    }
  }

  @Test func rulesAreKeptInTheStoreAndChangeWhoIsWho() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("base.db")
    let store = try SQLiteStore(path: path)
    let phone = Make.identity(.phone, "+79120000000")
    for user in ["a", "b"] {
      _ = try store.write(Make.batch(Make.user(user), phone), checkpoint: nil)
    }
    #expect(try store.rowCounts()[.customers] == 1)
    let strict = try IdentityRules(maxPartners: [.phone: 1])
    #expect(try SQLiteStore(path: path, rules: strict).rowCounts()[.customers] == 3)
    #expect(try SQLiteStore(path: path).rules == strict)
  }

  @Test func aStoreOfTheFirstReleaseOpensWithAllItHolds() throws {
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(path: Self.firstRelease(in: folder, as: "base.db"))
    let counts = try store.rowCounts()
    #expect(counts[.events] == 4 && counts[.orders] == 1 && counts[.customers] == 2)
    let customer = try #require(try store.customers(matching: "ann", kind: .userID).first?.customer)
    let profile = try #require(try store.profile(of: customer, timelineLimit: 9))
    #expect(profile.identities.map(\.value) == ["ann", "ann@example.com", "visitor-1"])
    #expect(profile.timeline.last?.detail == "19.99 EUR")
  }

  private static func firstRelease(in folder: TemporaryFolder, as name: String) throws -> String {
    let fixture = try #require(
      Bundle.module.url(forResource: "first-release", withExtension: "db", subdirectory: "Fixtures")
    )
    try FileManager.default.copyItem(atPath: fixture.path, toPath: folder.file(name))
    return folder.file(name)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func theCustomersOfRandomRecordsAreThoseOfTheGraph(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(path: folder.file("base.db"))
    let kinds = IdentityKind.allCases
    for _ in 0..<8 {
      var batch = FactBatch(source: "test")
      for _ in 0..<6 {
        let identities = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
          Make.identity(
            kinds.randomElement(using: &generator) ?? .email,
            "v\(Int.random(in: 0..<6, using: &generator))")
        }
        let day = Int64.random(in: 0..<9, using: &generator)
        _ = batch.addPerson(
          Person(
            identities: identities.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
            knownAt: Make.day(day)))
      }
      _ = try store.write(batch, checkpoint: nil)
    }
    let nodes = try store.identityNodes(of: nil)
    let graph = IdentityGraph(
      nodes: nodes, links: try store.identityLinks(of: nil), rules: .standard)
    for node in nodes {
      let stored = try store.customers(matching: node.value, kind: node.kind)
      #expect(stored.map(\.customer) == [graph.customer(of: node.id)])
    }
    #expect(try store.rowCounts()[.customers] == Set(nodes.map { graph.customer(of: $0.id) }).count)
  }
}
