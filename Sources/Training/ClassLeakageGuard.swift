import Evaluation
import Scoring
import SpecialFunctions
import Tables

/// Finds features that are too good to be known before a choice among several classes.
///
/// As `LeakageGuard`, of each class against the rest: a feature is named when it alone tells who chose a
/// class. Values are sorted once for all classes.
struct ClassLeakageGuard {
  let encoder: Encoder
  /// The training rows.
  let batch: FeatureBatch
  let outcomes: [Int]
  let classes: [String]

  func leaks() -> [Leak] {
    zip(encoder.features, batch.values).compactMap { feature, values in leak(feature, values) }
  }

  private func leak(_ feature: Feature, _ values: FeatureValues) -> Leak? {
    if let (area, name) = best(areas(LeakageGuard.absences(values))),
      area > LeakageGuard.absenceAreaLimit
    {
      return .absenceRanksClass(column: feature.column, name: name, areaUnderROC: area)
    }
    let areas: [Double?]
    switch values {
    case .numbers(let numbers):
      if feature.source == .number,
        LeakageGuard.isRunningNumber(numbers, name: feature.column)
      {
        return .identifiesRow(column: feature.column)
      }
      areas = self.areas(numbers)
    case .codes(let codes):
      areas = outOfFoldAreas(codes)
    }
    guard let (area, name) = best(areas), area > LeakageGuard.areaLimit else { return nil }
    return .ranksClass(column: feature.column, name: name, areaUnderROC: area)
  }

  private func best(_ areas: [Double?]) -> (area: Double, name: String)? {
    zip(areas, classes).compactMap { area, name in area.map { ($0, name) } }
      .max { $0.0 < $1.0 }
  }

  /// The area of each class, either way; `nil` where too few rows of it, or of the rest, have a value.
  private func areas(_ values: [Double]) -> [Double?] {
    let rows = values.indices.filter { !values[$0].isNaN }.sorted { values[$0] < values[$1] }
    var counts = [Int](repeating: 0, count: classes.count)
    var rankSums = [Double](repeating: 0, count: classes.count)
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count, values[rows[end]] == values[rows[start]] { end += 1 }
      for place in start..<end {
        counts[outcomes[rows[place]]] += 1
        rankSums[outcomes[rows[place]]] += Double(start + 1 + end) / 2
      }
      start = end
    }
    return classes.indices.map { k in
      area(rankSum: rankSums[k], count: counts[k], of: rows.count)
    }
  }

  /// Mann and Whitney's count of pairs, by the sum of a class's midranks.
  private func area(rankSum: Double, count: Int, of total: Int) -> Double? {
    guard min(count, total - count) >= LeakageGuard.minimumClassCount else { return nil }
    let (m, n) = (Double(count), Double(total - count))
    let area = (rankSum - m * (m + 1) / 2) / (m * n)
    return max(area, 1 - area)
  }

  /// The area of each class by its rate among the rows of the same level in the other half: a level seen
  /// once cannot tell its own outcome.
  private func outOfFoldAreas(_ codes: [UInt32]) -> [Double?] {
    var generator = SplitMix64(seed: 0)
    let folds = codes.map { _ in Int(generator.next() & 1) }
    let levelCount =
      codes.lazy.filter { $0 != ColumnValues.missingCode }.max().map { Int($0) + 1 } ?? 0
    // A place for each level, or for none, and half.
    let places = zip(codes, folds).map { code, fold in
      2 * (code == ColumnValues.missingCode ? levelCount : Int(code)) + fold
    }
    let placeCount = 2 * (levelCount + 1)
    var rowCounts = [Int](repeating: 0, count: placeCount)
    var chosen = [[Int]](
      repeating: Array(repeating: 0, count: placeCount), count: classes.count)
    for (row, place) in places.enumerated() {
      rowCounts[place] += 1
      chosen[outcomes[row]][place] += 1
    }
    return classes.indices.map { area(of: chosen[$0], rowCounts) }
  }

  private func area(of chosen: [Int], _ rowCounts: [Int]) -> Double? {
    let (count, total) = (chosen.reduce(0, +), rowCounts.reduce(0, +))
    let rate = Double(count) / Double(max(1, total))
    // One row's worth of the overall rate, so that a level unseen in the other half is neutral.
    let rates = chosen.indices.map {
      (Double(chosen[$0 ^ 1]) + rate) / (Double(rowCounts[$0 ^ 1]) + 1)
    }
    let order = rates.indices.filter { rowCounts[$0] > 0 }.sorted { rates[$0] < rates[$1] }
    var (below, rankSum, start) = (0, 0.0, 0)
    while start < order.count {
      var end = start
      var (tied, own) = (0, 0)
      while end < order.count, rates[order[end]] == rates[order[start]] {
        tied += rowCounts[order[end]]
        own += chosen[order[end]]
        end += 1
      }
      rankSum += Double(own) * (Double(below) + Double(tied + 1) / 2)
      below += tied
      start = end
    }
    guard min(count, total - count) >= LeakageGuard.minimumClassCount else { return nil }
    let (m, n) = (Double(count), Double(total - count))
    return (rankSum - m * (m + 1) / 2) / (m * n)
  }
}
