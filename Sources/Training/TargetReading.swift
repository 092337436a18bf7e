import Scoring
import Tables

/// The outcomes of a table's rows and what the words of the target column mean.
struct TargetReading {
  let target: Target
  /// Of a target with several values, in order of their UTF-8 bytes; else none.
  let classes: [String]
  /// 1, 0, of several classes their place, or NaN where the row has no outcome or was not asked for.
  let outcomes: [Double]

  /// - Parameters:
  ///   - column: read as a category, so that its words are known.
  ///   - rows: those that count; words of other rows do not matter.
  ///   - positive: the word to predict; found by itself where both words mean yes or no.
  init(_ column: Column, rows: [Int], positive: String?) throws(TrainingError) {
    let (codes, places, levels) = try Self.levels(of: column, rows: rows)
    let values = try Self.values(of: levels, column: column.name, positive: positive)
    func words(_ outcome: Double) -> [String] {
      zip(levels, values).filter { $0.1 == outcome }.map(\.0).sorted()
    }
    target = Target(column: column.name, positive: words(1), negative: words(0))
    classes = []
    outcomes = Self.outcomes(codes, places, values)
  }

  /// Reads the classes of a target with several values.
  init(classesOf column: Column, rows: [Int]) throws(TrainingError) {
    let (codes, places, levels) = try Self.levels(of: column, rows: rows)
    guard let first = levels.first else { throw .targetEmpty(column: column.name) }
    guard levels.count > 1 else { throw .targetConstant(column: column.name, value: first) }
    let order = levels.indices.sorted {
      levels[$0].utf8.lexicographicallyPrecedes(levels[$1].utf8)
    }
    var values = [Double](repeating: 0, count: levels.count)
    for (place, level) in order.enumerated() { values[level] = Double(place) }
    target = Target(column: column.name, positive: [], negative: [])
    classes = order.map { levels[$0] }
    outcomes = Self.outcomes(codes, places, values)
  }

  /// The codes of a column, the place of each among the levels that `rows` have, and those levels in
  /// order of appearance.
  private static func levels(
    of column: Column, rows: [Int]
  ) throws(TrainingError) -> (codes: [UInt32], places: [Int?], levels: [String]) {
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
    return (codes, places, levels)
  }

  private static func outcomes(
    _ codes: [UInt32], _ places: [Int?], _ values: [Double]
  ) -> [Double] {
    codes.map { code in
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
