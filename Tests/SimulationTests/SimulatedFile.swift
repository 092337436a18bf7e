@testable import Simulation

/// A simulation written out and read back by a reader of its own, strict about RFC 4180.
struct SimulatedFile {
  let leads: [UInt8]
  let truth: [UInt8]
  let malformedRowCount: Int
  let header: [String]
  /// The rows with as many fields as the header.
  let rows: [[String]]
  let rejected: [[String]]
  let probabilities: [String: Double]

  init(rowCount: Int, seed: UInt64, driftMonths: Int = 0) throws {
    let simulation = try LeadSimulation(rowCount: rowCount, seed: seed, driftMonths: driftMonths)
    let chunks = Array(simulation.chunks)
    leads = chunks.flatMap(\.leads)
    truth = chunks.flatMap(\.truth)
    malformedRowCount = chunks.reduce(0) { $0 + $1.malformedRowCount }
    let records = try parsedCSV(leads)
    let header = records.first ?? []
    self.header = header
    rows = records.dropFirst().filter { $0.count == header.count }
    rejected = records.dropFirst().filter { $0.count != header.count }
    var probabilities: [String: Double] = [:]
    for record in try parsedCSV(truth).dropFirst() { probabilities[record[0]] = Double(record[1]) }
    self.probabilities = probabilities
  }

  func column(_ name: String) -> [String] {
    guard let index = header.firstIndex(of: name) else { return [] }
    return rows.map { $0[index] }
  }

  /// The outcome and the true probability of every row.
  var outcomes: [(converted: Bool, probability: Double)] {
    zip(column(LeadSimulation.idColumn), column(LeadSimulation.targetColumn)).map {
      ($1 == "1", probabilities[$0] ?? .nan)
    }
  }
}

enum CSVFault: Error {
  case strayQuote(offset: Int)
  case openQuote
  case unfinishedLastLine
  case notUTF8(offset: Int)
}

/// Records of fields; lines end with a line feed, and a quote may stand only where RFC 4180 lets it.
func parsedCSV(_ bytes: [UInt8]) throws(CSVFault) -> [[String]] {
  var records: [[String]] = []
  var record: [String] = []
  var offset = 0
  while offset < bytes.count {
    record.append(try parsedField(bytes, &offset))
    guard offset < bytes.count else { throw .unfinishedLastLine }
    if bytes[offset] == .lineFeed {
      records.append(record)
      record = []
    }
    offset += 1
  }
  return records
}

/// Leaves `offset` at the comma or line feed after the field.
private func parsedField(_ bytes: [UInt8], _ offset: inout Int) throws(CSVFault) -> String {
  let start = offset
  var field: [UInt8] = []
  if offset < bytes.count, bytes[offset] == .quote {
    offset += 1
    while true {
      guard offset < bytes.count else { throw .openQuote }
      if bytes[offset] == .quote {
        offset += 1
        guard offset < bytes.count, bytes[offset] == .quote else { break }
      }
      field.append(bytes[offset])
      offset += 1
    }
    guard offset < bytes.count, bytes[offset] == .comma || bytes[offset] == .lineFeed else {
      throw .strayQuote(offset: offset)
    }
  } else {
    while offset < bytes.count, bytes[offset] != .comma, bytes[offset] != .lineFeed {
      guard bytes[offset] != .quote else { throw .strayQuote(offset: offset) }
      field.append(bytes[offset])
      offset += 1
    }
  }
  guard let text = String(validating: field, as: UTF8.self) else { throw .notUTF8(offset: start) }
  return text
}

/// Whether `count` of `trials` is within five standard deviations of a binomial with `chance`, and
/// one more for the step of a count: outside it with a chance under 1e-5 even when few are expected.
func isPlausible(_ count: Int, of trials: Int, chance: Double) -> Bool {
  let expected = Double(trials) * chance
  return abs(Double(count) - expected) <= 5 * (expected * (1 - chance)).squareRoot() + 1
}

/// Fowler–Noll–Vo 1a, 64 bits: a short name for many bytes.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
