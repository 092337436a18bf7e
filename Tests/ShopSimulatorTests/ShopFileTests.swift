import Foundation
import TestSupport
import Testing

@testable import ShopSimulator

struct ShopFileTests {
  private func write(
    _ folder: TemporaryFolder, _ name: String, customers: Int = 40, days: Int = 120,
    seed: UInt64 = 7, world: ShopWorld = .standard, threads: Int = 1
  ) throws -> ShopManifest {
    let settings = try ShopSettings(
      customerCount: customers, days: days, seed: seed, world: world, horizonDays: 30)
    return try ShopSimulation(settings).write(
      to: folder.file(name), threadCount: threads)
  }

  private static let files =
    ShopFile.allCases.map(\.name) + ["shop.json", "products.yaml", "truth/world.json"]

  @Test func theSameSeedGivesTheSameBytesWithOneThreadOrTwo() throws {
    let folder = try TemporaryFolder()
    // Three blocks, so that threads have something to do in another order.
    let one = try write(folder, "one", customers: 1_030, days: 40)
    let two = try write(folder, "two", customers: 1_030, days: 40, threads: 2)
    #expect(one == two)
    for file in Self.files {
      let left = try Data(contentsOf: URL(filePath: folder.file("one/" + file)))
      let right = try Data(contentsOf: URL(filePath: folder.file("two/" + file)))
      #expect(left == right && !left.isEmpty, "\(file)")
    }
  }

  @Test func anotherSeedGivesOtherBytes() throws {
    let folder = try TemporaryFolder()
    _ = try write(folder, "one")
    _ = try write(folder, "two", seed: 8)
    for file in Self.files where !["products.yaml", "truth/world.json"].contains(file) {
      let left = try Data(contentsOf: URL(filePath: folder.file("one/" + file)))
      let right = try Data(contentsOf: URL(filePath: folder.file("two/" + file)))
      #expect(left != right, "\(file)")
    }
  }

  @Test func moreCustomersLeaveTheFirstOnesAsTheyWere() throws {
    let folder = try TemporaryFolder()
    _ = try write(folder, "few", customers: 512, days: 30)
    _ = try write(folder, "many", customers: 520, days: 30)
    for file in ["events.jsonl", "truth/purchases.csv", "truth/customers.csv"] {
      let few = try Data(contentsOf: URL(filePath: folder.file("few/" + file)))
      let many = try Data(contentsOf: URL(filePath: folder.file("many/" + file)))
      #expect(many.starts(with: few) && many.count > few.count, "\(file)")
    }
  }

  @Test func nothingIsToldOfThatWasNotKnownByTheEnd() throws {
    let folder = try TemporaryFolder()
    let manifest = try write(folder, "shop", customers: 150)
    let text = try String(contentsOfFile: folder.file("shop/events.jsonl"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == manifest.files[ShopFile.events.rawValue].records)
    for line in lines {
      guard let received = line.firstRange(of: "\"receivedAt\":\"") else { continue }
      #expect(line[received.upperBound...].prefix(10) < manifest.end)
    }
  }

  @Test func theRussianFileIsWindows1251WithDecimalCommas() throws {
    let folder = try TemporaryFolder()
    _ = try write(folder, "shop", customers: 150)
    let bytes = try Data(contentsOf: URL(filePath: folder.file("shop/orders-ru.csv")))
    #expect(String(data: bytes, encoding: .utf8) == nil)
    let text = try #require(String(data: bytes, encoding: .windowsCP1251))
    let rows = text.split(separator: "\r\n")
    #expect(rows.count > 1 && rows[0].hasPrefix("Номер заказа;Дата заказа"))
    for row in rows.dropFirst() {
      let cells = row.split(separator: ";", omittingEmptySubsequences: false)
      try #require(cells.count == 13)
      #expect(cells[2].hasPrefix("8 (9") && cells[9].firstIndex(of: ",") != nil)
    }
  }

  /// Blocks without files: shares need many events.
  @Test func dirtIsThereInItsShares() throws {
    let settings = try ShopSettings(customerCount: 1_024, days: 200, seed: 31, horizonDays: 200)
    let maker = ShopMaker(settings)
    var counts = maker.block(0).counts
    counts += maker.block(1).counts
    // (seen, of how many, the share, how many hang together)
    let shares: [(name: String, seen: Int, of: Int, share: Double, together: Double)] = [
      (
        "copies", counts.duplicateEvents + counts.redeliveredEvents, counts.events,
        DirtShares.duplicate, 1
      ),
      ("late", counts.lateEvents, counts.events, DirtShares.late, 8),
      ("skewed clocks", counts.skewedEvents, counts.events, DirtShares.skewedClock, 60),
      (
        "message copies", counts.duplicateMessageRows, counts.messages,
        DirtShares.duplicateMessage, 1
      ),
      (
        "no consent rows", counts.customersWithoutConsentRows, counts.signedUp,
        DirtShares.missingConsent, 1
      ),
      ("shared phones", counts.sharedPhones, 1_024, DirtShares.sharedPhone, 1),
    ]
    for (name, seen, of, share, together) in shares {
      let expected = share * Double(of)
      let sigma = (expected * together).squareRoot()
      #expect(abs(Double(seen) - expected) < 4 * sigma, "\(name): \(seen) of \(of)")
    }
    #expect(counts.rejects[ShopFile.events.rawValue] == 2)
    #expect(counts.neverReceived > 0)
  }

  @Test func settingsOutOfRangeAreNamed() {
    #expect(throws: ShopError.outOfRange(setting: "days", value: 3, allowed: "from 30 to 3660")) {
      try ShopSettings(customerCount: 1, days: 3, seed: 1)
    }
    #expect(throws: ShopError.unreadableDate("2025-02-30")) { try ShopSettings.day("2025-02-30") }
    #expect("\(ShopError.notAFolder("x"))" == "x is a file; name a folder for the shop's files")
  }

  @Test func daysAreReadAsTheCalendarHasThem() throws {
    #expect(try ShopSettings.day("1970-01-01") == 0)
    #expect(try ShopSettings.day("2024-02-29") == 19_782)
    #expect(try ShopSettings.day("2025-01-01") == 20_089)
  }
}
