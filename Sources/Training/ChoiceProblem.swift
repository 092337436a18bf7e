import Foundation
import LinearAlgebra

/// The rows of choice sets, checked: features as differences from the first row of their set, in
/// units of a power of two, so that what is constant in a set is 0 to the last bit.
struct ChoiceProblem: Sendable {
  let rowCount: Int
  let columnCount: Int
  /// 0 without offers.
  let offerCount: Int
  /// n × p, column-major.
  let values: [Double]
  /// value × scale is the difference as given.
  let scales: [Double]
  /// Whether the column differs within any set with a weight.
  let varies: [Bool]
  let offers: [Int32]
  /// The rows of each set with a weight above 0, with the chosen one and the share of all weight.
  let sets: [ChoiceSet]

  struct ChoiceSet: Sendable {
    let rows: Range<Int>
    let chosen: Int
    let share: Double
  }

  init(
    _ features: Matrix, choiceSets: [Int], chosen: [Bool], offers: [Int]?,
    sampleWeights: [Double]?, threadCount: Int, names: (Int) -> String
  ) throws(FitError) {
    rowCount = features.rowCount
    columnCount = features.columnCount
    guard rowCount > 0 else { throw .noRows }
    for (count, name) in [
      (choiceSets.count, "choice sets"), (chosen.count, "choices"),
      (offers?.count ?? rowCount, "offers"),
    ] where count != rowCount {
      throw .countMismatch(of: name, count: count, rows: rowCount)
    }
    let ranges = try Self.ranges(choiceSets)
    try Self.check(offers, in: ranges)
    self.offers = (offers ?? []).map { Int32(truncatingIfNeeded: $0) }
    offerCount = (offers?.max() ?? -1) + 1
    sets = try Self.sets(ranges, chosen: chosen, sampleWeights: sampleWeights)
    let weighted = sets.map(\.rows)
    let columns = parallelMap(count: columnCount, threadCount: threadCount) {
      Self.differences(features.column($0), weighted: weighted)
    }
    for (j, column) in columns.enumerated() {
      if let row = column.badRow { throw .notFinite(row: row + 1, column: names(j)) }
      guard column.largest < 1e150, column.spread == 0 || column.spread > 1e-150 else {
        throw .scaleOutOfRange(column: names(j), largest: column.largest)
      }
    }
    values = columns.flatMap(\.values)
    scales = columns.map(\.scale)
    varies = columns.map { $0.spread > 0 }
    try checkComparisons()
  }

  /// Throws when the best intercepts are not finite.
  private func checkComparisons() throws(FitError) {
    guard offerCount > 0 else { return }
    var graph = ComparisonGraph(optionCount: offerCount)
    for set in sets {
      let choice = Int(offers[set.chosen])
      for row in set.rows { graph.add(choice: choice, over: Int(offers[row])) }
    }
    if let offer = (0..<offerCount).first(where: { !graph.wasChosen($0) }) {
      throw .neverChosen(option: offer)
    }
    if let offers = graph.neverPreferred() { throw .neverPreferred(options: offers) }
  }
}

extension ChoiceProblem {
  /// Returns the rows of each set, which must stand together.
  static func ranges(_ choiceSets: [Int]) throws(FitError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var seen: Set<Int> = []
    var first = 0
    for row in choiceSets.indices {
      if row == 0 || choiceSets[row] != choiceSets[row - 1] {
        if row > 0 { ranges.append(first..<row) }
        guard seen.insert(choiceSets[row]).inserted else { throw .choiceSetSplit(row: row + 1) }
        first = row
      }
    }
    if !choiceSets.isEmpty { ranges.append(first..<choiceSets.count) }
    return ranges
  }

  private static func check(_ offers: [Int]?, in ranges: [Range<Int>]) throws(FitError) {
    guard let offers else { return }
    let count = (offers.max() ?? -1) + 1
    guard count <= ConditionalLogit.offerLimit else {
      throw .settingOutOfRange(
        name: "offers", value: Double(count), allowed: "[1, \(ConditionalLogit.offerLimit)]")
    }
    if let row = offers.firstIndex(where: { $0 < 0 }) {
      throw .outcomeNotClass(row: row + 1, value: offers[row], classCount: max(1, count))
    }
    var lastSet = [Int](repeating: -1, count: count)
    for (index, rows) in ranges.enumerated() {
      for row in rows {
        guard lastSet[offers[row]] != index else {
          throw .offerRepeated(row: row + 1, offer: offers[row])
        }
        lastSet[offers[row]] = index
      }
    }
  }

  private static func sets(
    _ ranges: [Range<Int>], chosen: [Bool], sampleWeights: [Double]?
  ) throws(FitError) -> [ChoiceSet] {
    if let sampleWeights, sampleWeights.count != ranges.count {
      throw .countMismatch(
        of: "weights of choice sets", count: sampleWeights.count, rows: ranges.count)
    }
    let shares = try sampleShares(of: sampleWeights, rowCount: ranges.count)
    var sets: [ChoiceSet] = []
    for (rows, share) in zip(ranges, shares) {
      let choices = rows.filter { chosen[$0] }
      guard let choice = choices.first, choices.count == 1 else {
        throw .choiceCount(row: rows.lowerBound + 1, count: choices.count)
      }
      if share > 0 { sets.append(ChoiceSet(rows: rows, chosen: choice, share: share)) }
    }
    return sets
  }

  private struct Column: Sendable {
    var values: [Double]
    var scale = 1.0
    var spread = 0.0
    var largest = 0.0
    var badRow: Int?
  }

  /// Rows of sets without weight keep differences of 0, whatever they hold.
  private static func differences(
    _ column: ArraySlice<Double>, weighted: [Range<Int>]
  ) -> Column {
    var result = Column(values: Array(repeating: 0, count: column.count))
    let start = column.startIndex
    result.badRow = column.firstIndex { !$0.isFinite }.map { $0 - start }
    guard result.badRow == nil else { return result }
    for rows in weighted {
      for row in rows {
        let difference = column[start + row] - column[start + rows.lowerBound]
        result.values[row] = difference
        result.spread = max(result.spread, abs(difference))
        result.largest = max(result.largest, abs(column[start + row]))
      }
    }
    // The least power of two that is not below the spread.
    let power = result.spread.binade
    if result.spread > 0 { result.scale = power == result.spread ? power : 2 * power }
    for row in result.values.indices { result.values[row] /= result.scale }
    return result
  }
}
