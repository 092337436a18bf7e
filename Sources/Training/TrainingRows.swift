/// The rows of a table that a training can use, and what it knows of each besides its features.
struct TrainingRows: Sendable {
  /// In the table.
  let indices: [Int]
  /// 1 or 0.
  let outcomes: [Double]
  /// Above 0; `nil` where every row counts once.
  let weights: [Double]?
  /// In seconds since 1970; `nil` without a time column.
  let times: [Double]?
  /// Codes of the groups that folds keep together; `nil` without a group column.
  let groups: [UInt32]?

  var count: Int { indices.count }

  /// The rows at `places` of these, in that order.
  func rows(_ places: [Int]) -> TrainingRows {
    TrainingRows(
      indices: places.map { indices[$0] }, outcomes: places.map { outcomes[$0] },
      weights: weights.map { all in places.map { all[$0] } },
      times: times.map { all in places.map { all[$0] } },
      groups: groups.map { all in places.map { all[$0] } })
  }

  /// How many rows the weights count.
  var totalWeight: Double { weights?.reduce(0, +) ?? Double(count) }

  /// The share of the weight that is positive.
  var positiveShare: Double {
    guard let weights else { return outcomes.reduce(0, +) / Double(count) }
    return zip(weights, outcomes).reduce(0) { $0 + $1.0 * $1.1 } / totalWeight
  }

  var positiveCount: Int { outcomes.count { $0 == 1 } }
}
