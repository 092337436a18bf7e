import Scoring
import Tables

/// The outcomes of a table's rows and what the words of the target column mean.
struct TargetReading {
  let target: Target
  /// 1, 0, or NaN where the row has no outcome or was not asked for.
  let outcomes: [Double]

  /// - Parameters:
  ///   - column: read as a category, so that its words are known.
  ///   - rows: those that count; words of other rows do not matter.
  ///   - positive: the word to predict; found by itself where both words mean yes or no.
  init(_ column: Column, rows: [Int], positive: String?) throws(TrainingError) {
    guard case .categories(let codes, let all) = column.values else {
      throw .targetKind(column: column.name, kind: column.kind)
    }
    var places = [Int?](repeating: nil, count: all.count)
    var levels: [String] = []
    for row in rows where codes[row] != ColumnValues.missingCode {
      let code = Int(codes[row])
      if places[code] == nil {
        places[code] = levels.count
        levels.append(all[code])
      }
    }
    let values = try Self.values(of: levels, column: column.name, positive: positive)
    func words(_ outcome: Double) -> [String] {
      zip(levels, values).filter { $0.1 == outcome }.map(\.0).sorted()
    }
    target = Target(column: column.name, positive: words(1), negative: words(0))
    outcomes = codes.map { code in
      code == ColumnValues.missingCode ? .nan : places[Int(code)].map { values[$0] } ?? .nan
    }
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
