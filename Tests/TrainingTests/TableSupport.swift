import Foundation
import Scoring
import SpecialFunctions
import Tables
import TestSupport

@testable import Training

/// A column of numbers, `nil` being missing.
func numbers(_ name: String, _ values: [Double?]) -> Column {
  Column(
    name: name, schema: ColumnSchema(.number), values: .numbers(values.map { $0 ?? .nan }))
}

/// A column of words, `nil` being missing, with levels in order of first appearance.
func words(_ name: String, _ values: [String?]) -> Column {
  var levels: [String] = []
  // By bytes: two words that look alike may be different levels.
  var places: [[UInt8]: UInt32] = [:]
  let codes = values.map { value -> UInt32 in
    guard let value else { return ColumnValues.missingCode }
    if let place = places[Array(value.utf8)] { return place }
    levels.append(value)
    places[Array(value.utf8)] = UInt32(levels.count - 1)
    return UInt32(levels.count - 1)
  }
  return Column(
    name: name, schema: ColumnSchema(.category), values: .categories(codes: codes, levels: levels))
}

/// A column of dates in days since 1970, `nil` being missing.
func dates(_ name: String, _ days: [Double?], encode: DateEncoding = .days) -> Column {
  Column(
    name: name, schema: ColumnSchema(.date, order: .yearFirst, encode: encode),
    values: .numbers(days.map { ($0 ?? .nan) * 86_400 }))
}

func booleans(_ name: String, _ values: [Double?]) -> Column {
  Column(
    name: name, schema: ColumnSchema(.boolean), values: .numbers(values.map { $0 ?? .nan }))
}

func table(_ columns: [Column]) -> Table {
  Table(rowCount: columns[0].values.count, columns: columns)
}

/// Customers with a known truth: log-odds of 1.2 age − 0.8 where income is absent + 0.9 in Paris.
struct Customers {
  var generator: SplitMix64
  let rowCount: Int

  init(_ rowCount: Int, seed: UInt64) {
    self.rowCount = rowCount
    generator = SplitMix64(seed: seed)
  }

  /// The file as text: id, age, income, city, member, signup, note, outcome; numbers with a few missing.
  mutating func csv() -> String {
    var text = "id,age,income,city,member,signup,note,Converted\n"
    for row in 0..<rowCount {
      let age = (generator.nextStandardNormal() * 100).rounded() / 100
      let hasIncome = generator.nextIndex(below: 5) > 0
      let city = ["Paris", "Oslo", "Киров", "Rome"][generator.nextIndex(below: 4)]
      let member = ["yes", "no", ""][generator.nextIndex(below: 3)]
      let eta = 1.2 * age - (hasIncome ? 0 : 0.8) + (city == "Paris" ? 0.9 : 0)
      let outcome = generator.nextUniform() < logistic(eta) ? "Yes" : "No"
      let income = hasIncome ? "\((generator.nextStandardNormal() * 1000).rounded())" : ""
      let day = generator.nextIndex(below: 28) + 1
      text += "c\(row),\(age),\(income),\(city),\(member),2026-01-\(day < 10 ? "0" : "")\(day),"
      text += "what was said on the telephone \(row),\(outcome)\n"
    }
    return text
  }
}

extension TemporaryFolder {
  /// Reads the file at `path` as `trainer` needs it.
  func table(_ path: String, for trainer: Trainer, threadCount: Int = 1) throws -> Table {
    try CSVFile(path: path).table(
      schema: trainer.schema([:]), threadCount: threadCount,
      rejects: RejectLog(path: path, maxRejects: 0))
  }
}

/// A source that says nothing.
let noSource = Trainer.Source(command: "train", dataSHA256: "00", rejectedRowCount: 0)

/// What `body` throws, as text; `nil` where it does not throw.
func fault(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
