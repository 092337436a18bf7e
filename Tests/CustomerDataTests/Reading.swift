import Foundation
import Tables
import Testing

@testable import CustomerData

/// Reads a CSV text as a file of its own would be.
func readCSV(
  _ text: String, currency: String? = nil, writtenAt: String = "2026-01-01",
  as format: String? = nil, bytes: Data? = nil
) throws -> FactBatch {
  let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv").path
  try (bytes ?? Data(text.utf8)).write(to: URL(filePath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  let header = try CSVFile(path: path).header
  let found = try #require(format.flatMap(KnownFormat.named) ?? KnownFormat.detect(header))
  let mapping = found.mapping(
    for: header, source: "test", currency: currency.flatMap { Currency($0) })
  return try read(path, mapping, writtenAt: writtenAt)
}

func read(
  _ path: String, _ mapping: ImportMapping, writtenAt: String = "2026-01-01"
) throws -> FactBatch {
  let context = ImportContext(writtenAt: try #require(Instant(writtenAt)))
  let reader = try CSVFactReader(path: path, mapping: mapping, context: context)
  var whole = FactBatch(source: mapping.source)
  try reader.read(from: nil, threadCount: 1) { batch, _ in whole.append(batch) }
  return whole
}

extension FactBatch {
  /// Puts the facts of a later batch behind these, for tests that look at a file as a whole.
  mutating func append(_ later: FactBatch) {
    let shift = people.count
    people += later.people
    orders += later.orders.map { order in
      var order = order
      order.person = order.person.map { $0 + shift }
      return order
    }
    traits += later.traits.map { trait in
      var trait = trait
      trait.person += shift
      return trait
    }
    consents += later.consents.map { consent in
      var consent = consent
      consent.person += shift
      return consent
    }
    messages += later.messages
    messageSteps += later.messageSteps
    orderLines += later.orderLines
    products += later.products
    refunds += later.refunds
    leads += later.leads
    stages += later.stages
    campaigns += later.campaigns
    spend += later.spend
    if events.isEmpty {
      events = later.events
      bytes = later.bytes
    }
    rejects += later.rejects
  }
}
