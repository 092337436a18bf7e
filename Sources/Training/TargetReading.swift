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
      throw .targetKind(column: column.name, kind: column.kind)
    }
    let values = try Self.values(of: levels, column: column.name, positive: positive)
    func words(_ outcome: Double) -> [String] {
      zip(levels, values).filter { $0.1 == outcome }.map(\.0).sorted()
    }
    target = Target(column: column.name, positive: words(1), negative: words(0))
    outcomes = codes.map { $0 == ColumnValues.missingCode ? .nan : values[Int($0)] }
  }

  /// 1 or 0 for each of `levels`.
  private static func values(
    of levels: [String], column: String, positive: String?
  ) throws(TrainingError) -> [Double] {
    guard let first = levels.first else { throw .targetEmpty(column: column) }
    let sorted = levels.sorted()
    if let positive, !levels.contains(positive) {
      throw .positiveUnknown(column: column, positive: positive, values: quotable(sorted))
    }
    let values =
      positive.map { word in levels.map { $0 == word ? 1 : 0 } }
      ?? levels.compactMap { BooleanWords.value($0) }
    let hasThird = positive != nil && levels.count > 2
    guard values.count == levels.count, !hasThird else {
      switch levels.count {
      case 1: throw .targetConstant(column: column, value: first)
      case 2: throw .targetAmbiguous(column: column, values: sorted)
      default:
        throw .targetValues(
          column: column, count: levels.count, examples: quotable(sorted))
      }
    }
    guard Set(values).count == 2 else { throw .targetConstant(column: column, value: first) }
    return values
  }

  /// A handful of values are the words of a category; of more, each may be a customer's own.
  private static func quotable(_ sorted: [String]) -> [String] {
    sorted.count <= 5 ? sorted : []
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
