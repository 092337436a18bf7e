import Scoring

/// Names the columns to blame for a separation, given the direction that shows it.
struct SeparatingColumns {
  let problem: LogisticProblem
  let blocks: FeatureBlocks
  let spreads: [Double]

  /// Returns indices of columns, from 0: those that separate alone, if any does; else those with a
  /// part in the direction, measured at their largest distance from the mean.
  func columns(of direction: [Double]) -> [Int] {
    let alone = (0..<blocks.dense.columnCount).filter(separatesAlone) + separatingLevels()
    guard alone.isEmpty else { return alone }
    let parts = zip(direction, spreads).dropFirst().map { abs($0 * $1) }
    let largest = parts.max() ?? 0
    // Twentieths: coefficients that have settled have parts of 10⁻⁶ and less, the rest are of size 1.
    return parts.indices.filter { parts[$0] > 0.05 * largest }
  }

  /// A column tells outcomes alone when the ranges of the two classes meet in one value at most.
  private func separatesAlone(_ column: Int) -> Bool {
    var zero = (lowest: Double.infinity, highest: -Double.infinity)
    var one = zero
    for row in 0..<problem.rowCount where problem.weights[row] > 0 {
      let value = blocks.dense[row, column]
      if problem.signs[row] > 0 {
        one = (min(one.lowest, value), max(one.highest, value))
      } else {
        zero = (min(zero.lowest, value), max(zero.highest, value))
      }
    }
    let isConstant = zero.lowest == one.highest && zero.highest == one.lowest
    return !isConstant && (zero.highest <= one.lowest || one.highest <= zero.lowest)
  }

  /// Returns the levels whose rows all have one outcome, as indices of columns.
  private func separatingLevels() -> [Int] {
    var levels: [Int] = []
    var start = blocks.dense.columnCount
    for category in blocks.categories {
      var hasZero = [Bool](repeating: false, count: category.levelCount + 1)
      var hasOne = hasZero
      for row in 0..<problem.rowCount where problem.weights[row] > 0 {
        let code = category.code(row)
        if problem.signs[row] > 0 { hasOne[code] = true } else { hasZero[code] = true }
      }
      levels += (0..<category.levelCount).filter { hasZero[$0] != hasOne[$0] }.map { start + $0 }
      start += category.levelCount
    }
    return levels
  }
}

extension CategoryBlock {
  /// The level of a row; `levelCount` for none.
  func code(_ row: Int) -> Int {
    switch codes {
    case .narrow(let codes): Int(codes[row])
    case .medium(let codes): Int(codes[row])
    case .wide(let codes): Int(codes[row])
    }
  }
}
