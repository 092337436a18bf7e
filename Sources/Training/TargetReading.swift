import Scoring
import Tables

/// The outcomes of a table's rows and what the words of the target column mean.
struct TargetReading {
  let target: Target
  /// 1, 0, or NaN where the row has no outcome.
  let outcomes: [Double]

  /// - Parameters:
  ///   - column: read as a category, so that its words are known.
  ///   - positive: the word to predict; found by itself where both words mean yes or no.
  init(_ column: Column, positive: String?) throws(TrainingError) {
    guard case .categories(let codes, let levels) = column.values else {
      throw .targetValues(column: column.name, count: column.values.count, examples: [])
    }
    let meaning = try Self.meaning(levels, column: column.name, positive: positive)
    target = Target(
      column: column.name,
      positive: levels.filter { meaning[$0] == 1 }.sorted(),
      negative: levels.filter { meaning[$0] == 0 }.sorted())
    let values = levels.map { meaning[$0] ?? .nan }
    outcomes = codes.map { $0 == ColumnValues.missingCode ? .nan : values[Int($0)] }
  }

  private static func meaning(
    _ levels: [String], column: String, positive: String?
  ) throws(TrainingError) -> [String: Double] {
    guard let first = levels.first else { throw .targetEmpty(column: column) }
    let sorted = levels.sorted()
    if let positive {
      guard levels.contains(positive) else {
        throw .positiveUnknown(column: column, positive: positive, values: Array(sorted.prefix(5)))
      }
      guard levels.count <= 2 else { throw tooMany(sorted, column) }
      guard levels.count == 2 else { throw .targetConstant(column: column, value: first) }
      return meanings(levels.map { ($0, $0 == positive ? 1 : 0) })
    }
    let words = levels.map { ($0, BooleanWords.value($0)) }
    let known = words.compactMap { word, value in value.map { (word, $0) } }
    if known.count == levels.count {
      guard Set(known.map(\.1)).count == 2 else {
        throw .targetConstant(column: column, value: first)
      }
      return meanings(known)
    }
    switch levels.count {
    case 1: throw .targetConstant(column: column, value: first)
    case 2: throw .targetAmbiguous(column: column, values: sorted)
    default: throw tooMany(sorted, column)
    }
  }

  /// Words that Unicode holds equal (a letter whole, and in parts) mean the same.
  private static func meanings(_ words: [(String, Double)]) -> [String: Double] {
    Dictionary(words) { first, _ in first }
  }

  private static func tooMany(_ sorted: [String], _ column: String) -> TrainingError {
    .targetValues(column: column, count: sorted.count, examples: Array(sorted.prefix(3)))
  }
}

extension Target {
  /// 1 or 0 for a word this target knows, or for yes and no in another spelling; `nil` for any other.
  package func outcome(of word: String) -> Double? {
    if positive.contains(word) { return 1 }
    if negative.contains(word) { return 0 }
    let isYesNo = (positive + negative).allSatisfy { BooleanWords.value($0) != nil }
    guard isYesNo, let value = BooleanWords.value(word) else { return nil }
    // "No" may be the word to predict, by --positive.
    let positiveValue = positive.first.flatMap { BooleanWords.value($0) }
    return value == positiveValue ? 1 : 0
  }
}
