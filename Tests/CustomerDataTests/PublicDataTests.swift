import Foundation
import Tables
import Testing

@testable import CustomerData

/// The public data sets as they were published: `HOURGLASS_DATA`, else beside the repository.
enum PublicData {
  static let folder =
    ProcessInfo.processInfo.environment["HOURGLASS_DATA"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL

  static func path(_ file: String) -> String { folder.appending(path: file).path }

  static let areThere = FileManager.default.fileExists(atPath: path("CDNOW_master.txt.gz"))
}

/// What batches hold in all, as a store would count it.
struct Totals {
  var recordCount = 0
  var customers: Set<Identity> = []
  var orderIDs: Set<String> = []
  var cancelledOrders = 0
  var ordersWithoutPerson = 0
  var lines = 0
  var linesWithoutPerson = 0
  var quantity = 0.0
  var totalMinorUnits: Int64 = 0
  var products = 0
  var rejects = 0
  var leads: Set<String> = []
  var stages: [String: Int] = [:]
  var messages = 0
  var exposures: [String: Int] = [:]
  var touchpoints = 0
  private var anonymous: Set<String> = []

  mutating func add(_ batch: FactBatch, _ place: ImportPlace) {
    recordCount = place.recordCount
    for person in batch.people { customers.formUnion(person.identities.prefix(1)) }
    for order in batch.orders {
      orderIDs.insert(order.orderID)
      if order.status == .cancelled { cancelledOrders += 1 }
      if order.person == nil {
        ordersWithoutPerson += 1
        anonymous.insert(order.orderID)
      }
      totalMinorUnits += order.total ?? 0
    }
    lines += batch.orderLines.count
    linesWithoutPerson += batch.orderLines.count { anonymous.contains($0.orderID) }
    quantity += batch.orderLines.reduce(0) { $0 + $1.quantity }
    products += batch.products.count
    rejects += batch.rejects.count
    leads.formUnion(batch.leads.map(\.leadID))
    for stage in batch.stages { stages[stage.stage, default: 0] += 1 }
    messages += batch.messages.count
    for exposure in batch.exposures { exposures[exposure.variantID, default: 0] += 1 }
    touchpoints += batch.touchpoints.count
  }
}

@Suite(
  .enabled(if: PublicData.areThere, "HOURGLASS_DATA names no folder with the public data files"))
struct PublicDataTests {
  private let context = ImportContext(writtenAt: Instant(milliseconds: 1_700_000_000_000))

  private func totals(_ file: String, _ format: KnownFormat) throws -> Totals {
    let path = PublicData.path(file)
    let header = try CSVFile(path: path).header
    #expect(KnownFormat.detect(header)?.name == format.name)
    let reader = try CSVFactReader(
      path: path, mapping: format.mapping(for: header, source: format.name), context: context)
    var totals = Totals()
    try reader.read(from: nil, threadCount: 2) { totals.add($0, $1) }
    return totals
  }

  @Test(.enabled(if: isAsked, "HOURGLASS_DATA is not set"))
  func theMasterOfCDNOWHasItsPublishedCounts() throws {
    var totals = Totals()
    try CDNOWReader(path: PublicData.path("CDNOW_master.txt.gz")).read(from: nil) {
      totals.add($0, $1)
    }
    #expect(totals.recordCount == 69_659)
    #expect(totals.orderIDs.count == 69_659)
    #expect(totals.customers.count == 23_570)
    #expect(totals.quantity == 167_881)
    #expect(totals.totalMinorUnits == 250_031_563)
    #expect(totals.rejects == 0)
  }

  @Test(.enabled(if: isAsked, "HOURGLASS_DATA is not set"))
  func theSampleOfCDNOWIsAPartOfTheMaster() throws {
    var sample = Totals()
    try CDNOWReader(path: PublicData.path("CDNOW_sample.txt.gz")).read(from: nil) {
      sample.add($0, $1)
    }
    var master = Totals()
    try CDNOWReader(path: PublicData.path("CDNOW_master.txt.gz")).read(from: nil) {
      master.add($0, $1)
    }
    #expect(sample.recordCount == 6_919)
    #expect(sample.customers.count == 2_357)
    #expect(sample.orderIDs.isSubset(of: master.orderIDs))
  }

  /// The large files take a minute in a debug build: they are read where somebody asks for it.
  private static let isAsked = ProcessInfo.processInfo.environment["HOURGLASS_DATA"] != nil

  @Test(.enabled(if: isAsked, "HOURGLASS_DATA is not set")) func onlineRetailHasItsCounts() throws {
    let totals = try totals("online_retail.csv.gz", .onlineRetail)
    #expect(totals.recordCount == 541_909)
    #expect(totals.lines == 541_909)
    #expect(totals.orderIDs.count == 25_900)
    #expect(totals.cancelledOrders == 3_836)
    #expect(totals.customers.count == 4_372)
    #expect(totals.ordersWithoutPerson == 3_710)
    #expect(totals.linesWithoutPerson == 135_080)
    #expect(totals.products == 4_070)
    #expect(totals.quantity == 5_176_450)
    #expect(totals.totalMinorUnits == 974_774_793)
    #expect(totals.rejects == 0)
  }

  @Test func olistLeadsAndDealsHaveTheirCounts() throws {
    let leads = try totals("olist_marketing_qualified_leads_dataset.csv", .olistLeads)
    let deals = try totals("olist_closed_deals_dataset.csv", .olistDeals)
    #expect(leads.leads.count == 8_000)
    #expect(leads.customers.count == 8_000)
    #expect(deals.stages == ["won": 842])
    #expect(deals.leads.isSubset(of: leads.leads))
    #expect(leads.rejects + deals.rejects == 0)
  }

  @Test(.enabled(if: isAsked, "HOURGLASS_DATA is not set")) func hillstromHasItsCounts() throws {
    var totals = Totals()
    let reader = try HillstromReader(path: PublicData.path("hillstrom.csv.gz"))
    try reader.read(from: nil, threadCount: 2) { totals.add($0, $1) }
    #expect(totals.messages == 64_000)
    #expect(totals.exposures["Mens E-Mail"] == 21_307)
    #expect(totals.exposures["Womens E-Mail"] == 21_387)
    #expect(totals.exposures["No E-Mail"] == 21_306)
    #expect(totals.touchpoints == 3_894 + 3_238 + 2_262)
    #expect(totals.orderIDs.count == 578)
    // 1.05091 a head, as published, within the last digit.
    #expect(abs(Double(totals.totalMinorUnits) / 100 / 64_000 - 1.05091) < 0.000005)
    #expect(totals.rejects == 0)
  }
}
