import Evaluation
import Scoring
import Tables

/// Rows that stand together in choice sets.
struct ChoiceRows: Sendable {
  let rows: TrainingRows
  /// The places of each set in `rows`.
  let ranges: [Range<Int>]

  /// Checks that the rows of a set stand together and that one of them was taken.
  init(_ rows: TrainingRows, column: String, target: String, table: Table) throws(TrainingError) {
    let codes = try RowReader(table: table).groups(
      column, rows: rows.indices, flag: "--choice-set")
    var ranges: [Range<Int>] = []
    var seen: Set<UInt32> = []
    var first = 0
    for place in codes.indices where place == 0 || codes[place] != codes[place - 1] {
      if place > 0 { ranges.append(first..<place) }
      guard seen.insert(codes[place]).inserted else {
        throw .choiceSetSplit(column: column, place: table.place(ofRow: rows.indices[place]))
      }
      first = place
    }
    if !codes.isEmpty { ranges.append(first..<codes.count) }
    for range in ranges {
      let count = range.count { rows.outcomes[$0] == 1 }
      guard count == 1 else {
        throw .choiceCount(
          column: target, place: table.place(ofRow: rows.indices[range.lowerBound]), count: count)
      }
    }
    self.rows = rows
    self.ranges = ranges
  }

  private init(rows: TrainingRows, ranges: [Range<Int>]) {
    self.rows = rows
    self.ranges = ranges
  }

  /// The sets at `indices`, in that order.
  func sets(_ indices: [Int]) -> ChoiceRows {
    var start = 0
    let ranges = indices.map { index -> Range<Int> in
      defer { start += self.ranges[index].count }
      return start..<start + self.ranges[index].count
    }
    return ChoiceRows(rows: rows.rows(indices.flatMap { Array(self.ranges[$0]) }), ranges: ranges)
  }

  /// The number of each row's set.
  var setNumbers: [Int] {
    ranges.enumerated().flatMap { index, range in range.map { _ in index } }
  }

  var chosen: [Bool] { rows.outcomes.map { $0 == 1 } }

  func chosenRow(of set: Int) -> Int {
    ranges[set].first { rows.outcomes[$0] == 1 } ?? ranges[set].lowerBound
  }

  /// One a set, that of its taken row; `nil` where every set counts once.
  var weights: [Double]? {
    rows.weights.map { weights in ranges.indices.map { weights[chosenRow(of: $0)] } }
  }

  var totalWeight: Double { weights?.reduce(0, +) ?? Double(ranges.count) }

  func weight(where isIncluded: (Int) -> Bool) -> Double {
    ranges.indices.filter(isIncluded).reduce(0) { $0 + (weights?[$1] ?? 1) }
  }

  /// A row a set, that of the row taken: to split and to fold by.
  var asRows: TrainingRows { rows.rows(ranges.indices.map(chosenRow)) }
}
