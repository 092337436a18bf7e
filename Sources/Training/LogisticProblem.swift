import Foundation
import Scoring

/// Outcomes, weights and offsets of n rows, checked, and padded to whole tiles with rows of weight 0.
struct LogisticProblem: Sendable {
  let rowCount: Int
  /// +1 for an outcome of 1, −1 for an outcome of 0; bytes, as many rows are to fit beside them.
  let signs: [Int8]
  /// Not below 0, with sum 1.
  let weights: [Double]
  let offset: [Double]?
  /// The weighted mean of the outcomes, in (0, 1); 0 or 1 where one class is allowed and all there is.
  let meanOutcome: Double
  /// Rows with a weight above 0.
  let weightedRowCount: Int

  init(
    rowCount: Int, outcomes: [Double], sampleWeights: [Double]?, offset: [Double]?,
    allowsOneClass: Bool = false
  ) throws(FitError) {
    guard rowCount > 0 else { throw .noRows }
    try Self.check(outcomes.count, of: "outcomes", rows: rowCount)
    try Self.check(sampleWeights?.count, of: "weights", rows: rowCount)
    try Self.check(offset?.count, of: "offsets", rows: rowCount)
    let tile = DenseBlock.tileRowCount
    let padding = (rowCount + tile - 1) / tile * tile - rowCount
    self.rowCount = rowCount
    signs = try Self.signs(of: outcomes, padding: padding)
    weights = try sampleShares(of: sampleWeights, rowCount: rowCount, padding: padding)
    weightedRowCount = weights.count { $0 > 0 }
    meanOutcome = try Self.meanOutcome(outcomes, shares: weights, allowsOneClass: allowsOneClass)
    if let offset {
      if let row = offset.firstIndex(where: { !$0.isFinite }) {
        throw .offsetNotFinite(row: row + 1)
      }
      self.offset = offset + Array(repeating: 0, count: padding)
    } else {
      self.offset = nil
    }
  }

  /// The same rows with other weights, of sum 1 and for each whole tile.
  func with(weights: [Double]) -> LogisticProblem {
    var positive = 0.0
    for (weight, sign) in zip(weights, signs) where sign > 0 { positive += weight }
    return LogisticProblem(
      rowCount: rowCount, signs: signs, weights: weights, offset: offset, meanOutcome: positive,
      weightedRowCount: weights.count { $0 > 0 })
  }

  private init(
    rowCount: Int, signs: [Int8], weights: [Double], offset: [Double]?, meanOutcome: Double,
    weightedRowCount: Int
  ) {
    self.rowCount = rowCount
    self.signs = signs
    self.weights = weights
    self.offset = offset
    self.meanOutcome = meanOutcome
    self.weightedRowCount = weightedRowCount
  }

  /// The intercept that fits best without any column, as far as a start needs it.
  ///
  /// Starting there, a large constant offset (10⁴) does not put every row on the flat of the curve.
  func startingIntercept() -> Double {
    let logit = log(meanOutcome) - log(1 - meanOutcome)
    guard let offset else { return logit }
    var lowest = Double.infinity
    var highest = -Double.infinity
    var mean = 0.0
    for (value, weight) in zip(offset, weights) where weight > 0 {
      lowest = min(lowest, value)
      highest = max(highest, value)
      mean += weight * value
    }
    return interceptRoot(from: logit - highest, to: logit - lowest, start: logit - mean)
  }

  /// Newton on the intercept alone, kept inside a bracket by bisection: the score falls from its
  /// value at `lower`, not below 0, to its value at `upper`, not above 0.
  private func interceptRoot(from lower: Double, to upper: Double, start: Double) -> Double {
    var (lower, upper) = (lower, upper)
    var intercept = min(max(start, lower), upper)
    // A start needs no digits; 100 halvings close any bracket.
    let tolerance = 1e-3 * min(meanOutcome, 1 - meanOutcome)
    for _ in 0..<100 {
      let (score, curvature) = interceptScore(intercept)
      guard abs(score) > tolerance else { break }
      if score > 0 { lower = intercept } else { upper = intercept }
      let newton = intercept + score / curvature
      intercept = newton > lower && newton < upper ? newton : lower + (upper - lower) / 2
    }
    return intercept
  }

  private func interceptScore(_ intercept: Double) -> (score: Double, curvature: Double) {
    var score = 0.0
    var curvature = 0.0
    for row in 0..<rowCount where weights[row] > 0 {
      let sign = Double(signs[row])
      let margin = sign * (intercept + (offset?[row] ?? 0))
      let t = exp(-abs(margin))
      score += weights[row] * sign * (margin >= 0 ? t : 1) / (1 + t)
      curvature += weights[row] * t / ((1 + t) * (1 + t))
    }
    return (score, curvature)
  }

  private static func check(_ count: Int?, of name: String, rows: Int) throws(FitError) {
    guard let count, count != rows else { return }
    throw .countMismatch(of: name, count: count, rows: rows)
  }

  private static func signs(of outcomes: [Double], padding: Int) throws(FitError) -> [Int8] {
    if let row = outcomes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw .outcomeNotBinary(row: row + 1, value: outcomes[row])
    }
    var signs = [Int8](repeating: 1, count: outcomes.count + padding)
    for (row, outcome) in outcomes.enumerated() where outcome == 0 { signs[row] = -1 }
    return signs
  }

  private static func meanOutcome(
    _ outcomes: [Double], shares: [Double], allowsOneClass: Bool
  ) throws(FitError) -> Double {
    var sums = (zero: 0.0, one: 0.0)
    for (outcome, share) in zip(outcomes, shares) {
      if outcome == 1 { sums.one += share } else { sums.zero += share }
    }
    if allowsOneClass { return sums.one / (sums.one + sums.zero) }
    guard sums.one > 0 else { throw .oneClass(outcome: 0) }
    guard sums.zero > 0 else { throw .oneClass(outcome: 1) }
    return sums.one / (sums.one + sums.zero)
  }
}

/// Returns the weights over their sum, and zeros. The largest is divided out first: a sum of weights of
/// 1e308 is not a number.
func sampleShares(
  of sampleWeights: [Double]?, rowCount: Int, padding: Int = 0
) throws(FitError) -> [Double] {
  // In one array from the start: of a hundred million rows a copy is a gigabyte.
  var shares = [Double](repeating: 0, count: rowCount + padding)
  guard let sampleWeights else {
    for row in 0..<rowCount { shares[row] = 1 / Double(rowCount) }
    return shares
  }
  if let row = sampleWeights.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
    throw .invalidWeight(row: row + 1, value: sampleWeights[row])
  }
  guard let largest = sampleWeights.max(), largest > 0 else { throw .noWeight }
  for (row, weight) in sampleWeights.enumerated() { shares[row] = weight / largest }
  let sum = shares.reduce(0, +)
  for row in 0..<rowCount { shares[row] /= sum }
  return shares
}
