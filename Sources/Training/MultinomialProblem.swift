import Foundation
import Scoring

/// Outcomes, weights and availability of n rows, checked, and padded to whole tiles with rows of
/// weight 0.
struct MultinomialProblem: Sendable {
  let rowCount: Int
  let classCount: Int
  let outcomes: [Int32]
  /// Not below 0, with sum 1.
  let weights: [Double]
  /// The shares of the classes in the weights; all above 0.
  let shares: [Double]
  let available: Availability?
  /// Rows with a weight above 0.
  let weightedRowCount: Int

  init(
    rowCount: Int, outcomes: [Int], classCount: Int, sampleWeights: [Double]?,
    available: Availability?
  ) throws(FitError) {
    guard rowCount > 0 else { throw .noRows }
    for (count, name) in [
      (outcomes.count, "outcomes"), (sampleWeights?.count ?? rowCount, "weights"),
      (available?.rowCount ?? rowCount, "rows of availability"),
    ] where count != rowCount {
      throw .countMismatch(of: name, count: count, rows: rowCount)
    }
    precondition(
      available.map { $0.optionCount == classCount } ?? true,
      "availability of \(available?.optionCount ?? 0) options for \(classCount) classes")
    try Self.check(outcomes, classCount: classCount, available: available)
    self.rowCount = rowCount
    self.classCount = classCount
    self.available = available
    let rows = (rowCount + tileRows - 1) / tileRows * tileRows
    weights = try sampleShares(of: sampleWeights, rowCount: rowCount, padding: rows - rowCount)
    weightedRowCount = weights.count { $0 > 0 }
    var codes = [Int32](repeating: 0, count: rows)
    for (row, outcome) in outcomes.enumerated() { codes[row] = Int32(truncatingIfNeeded: outcome) }
    self.outcomes = codes
    var shares = [Double](repeating: 0, count: classCount)
    for (outcome, weight) in zip(outcomes, weights) { shares[outcome] += weight }
    self.shares = shares
    try checkComparisons()
  }

  /// The same rows, judged by other ones of them: no check is made again, and classes may be empty.
  private init(_ problem: MultinomialProblem, shares weights: [Double]) {
    rowCount = problem.rowCount
    classCount = problem.classCount
    outcomes = problem.outcomes
    available = problem.available
    self.weights = weights
    weightedRowCount = weights.count { $0 > 0 }
    var shares = [Double](repeating: 0, count: problem.classCount)
    for row in 0..<problem.rowCount { shares[Int(problem.outcomes[row])] += weights[row] }
    self.shares = shares
  }

  /// The problem of the rows that `keeps` holds for, and their share of all weight.
  func restricted(to keeps: (Int) -> Bool) -> (problem: MultinomialProblem, share: Double) {
    var kept = weights
    for row in 0..<rowCount where !keeps(row) { kept[row] = 0 }
    let share = kept.reduce(0, +)
    if share > 0 { for row in 0..<rowCount { kept[row] /= share } }
    return (MultinomialProblem(self, shares: kept), share)
  }

  private static func check(
    _ outcomes: [Int], classCount: Int, available: Availability?
  ) throws(FitError) {
    for (row, outcome) in outcomes.enumerated() {
      guard outcome >= 0, outcome < classCount else {
        throw .outcomeNotClass(row: row + 1, value: outcome, classCount: classCount)
      }
      if let available, !available[row, outcome] {
        throw .choiceUnavailable(row: row + 1, option: outcome)
      }
    }
  }

  /// Throws when the best intercepts are not finite.
  func checkComparisons() throws(FitError) {
    if let empty = shares.firstIndex(of: 0) { throw .neverChosen(option: empty) }
    guard let available else { return }  // each class was chosen over all others
    var graph = ComparisonGraph(optionCount: classCount)
    for row in 0..<rowCount where weights[row] > 0 {
      let first = row * available.wordCount
      graph.add(
        choice: Int(outcomes[row]), over: available.words[first..<first + available.wordCount])
    }
    if let options = graph.neverPreferred() { throw .neverPreferred(options: options) }
  }

  /// The logarithms of the classes' shares over those they would have if rows chose evenly from what
  /// is available; without a mask, the intercepts that fit best without any column.
  func startingIntercepts() -> [Double] {
    var even = [Double](repeating: 1, count: classCount)
    if let available {
      even = Array(repeating: 0, count: classCount)
      for row in 0..<rowCount {
        let part = weights[row] / Double(available.count(row))
        for k in 0..<classCount where available[row, k] { even[k] += part }
      }
    }
    let logs = zip(shares, even).map { log($0) - log($1) }
    let mean = logs.reduce(0, +) / Double(classCount)
    return logs.map { $0 - mean }
  }

  /// Moves the kept probabilities of all rows a part of the way to even ones.
  func draw(_ probabilities: inout [Float], towardEven part: Double) {
    for row in 0..<rowCount {
      let even = Float(part / Double(available?.count(row) ?? classCount))
      let first = row / tileRows * tileRows * classCount + row % tileRows
      for k in 0..<classCount where available?[row, k] ?? true {
        let index = first + k * tileRows
        probabilities[index] = Float(1 - part) * probabilities[index] + even
      }
    }
  }
}
