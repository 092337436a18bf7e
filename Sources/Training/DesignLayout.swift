import LinearAlgebra

/// Where the numbers of a design's columns, and of their pairs, stand in memory.
///
/// Two orders are used. *Parameters*: intercept, dense columns, levels. *Slots*: the same, with one
/// more after the levels of each category, for rows with no level; sums into it are dropped, and its
/// coefficient is 0, so that the loops over rows need no branch.
struct DesignLayout: Sendable {
  /// Dense columns and the intercept.
  let denseCount: Int
  let levelCounts: [Int]
  /// 1 + p.
  let columnCount: Int
  /// The first parameter of each category.
  let parameterStarts: [Int]
  /// The first slot of each category.
  let slotStarts: [Int]
  let slotCount: Int
  /// Where the table of category k by dense columns starts; column j has its levels together. The
  /// intercept's column is the sum of the weights of each level, hence also the category by itself.
  let denseTableStarts: [Int]
  /// Where the table of categories k < m starts, at [k][m − k − 1]; the levels of m are together.
  let pairTableStarts: [[Int]]
  /// Elements of a sandwich: dense × dense, then the tables.
  let sandwichCount: Int

  init(denseCount: Int, levelCounts: [Int]) {
    let dense = denseCount + 1
    self.denseCount = dense
    self.levelCounts = levelCounts
    parameterStarts = Self.starts(levelCounts, from: dense).starts
    columnCount = Self.starts(levelCounts, from: dense).end
    (slotStarts, slotCount) = Self.starts(levelCounts.map { $0 + 1 }, from: dense)
    let tables = Self.starts(levelCounts.map { ($0 + 1) * dense }, from: dense * dense)
    denseTableStarts = tables.starts
    var end = tables.end
    pairTableStarts = levelCounts.indices.map { k in
      let sizes = levelCounts[(k + 1)...].map { ($0 + 1) * (levelCounts[k] + 1) }
      let row = Self.starts(sizes, from: end)
      end = row.end
      return row.starts
    }
    sandwichCount = end
  }

  /// Eight lanes keep two to eight threads busy; fewer when each would hold more than 2²⁴ sums
  /// (128 MB), and never less than two.
  var laneCount: Int { min(8, max(2, (1 << 27) / max(1, sandwichCount))) }

  /// Returns parameters as slots. The centers go into the first: [1, x − c] β = β₀ − cβ + xβ.
  func slots(_ parameters: [Double], centers: [Double]) -> [Double] {
    precondition(
      parameters.count == columnCount, "\(parameters.count) parameters for \(columnCount) columns")
    var slots = [Double](repeating: 0, count: slotCount)
    slots.replaceSubrange(..<denseCount, with: parameters[..<denseCount])
    for (j, center) in centers.enumerated() { slots[0] -= center * parameters[j + 1] }
    for (k, count) in levelCounts.enumerated() {
      for level in 0..<count {
        slots[slotStarts[k] + level] = parameters[parameterStarts[k] + level]
      }
    }
    return slots
  }

  /// Returns the sums over rows in `slots` as parameters. The centers leave the dense columns:
  /// Σ r (x − c) = Σ r x − c Σ r.
  func parameters(_ slots: [Double], centers: [Double]) -> [Double] {
    var parameters = [Double](repeating: 0, count: columnCount)
    parameters.replaceSubrange(..<denseCount, with: slots[..<denseCount])
    for (j, center) in centers.enumerated() { parameters[j + 1] -= center * slots[0] }
    for (k, count) in levelCounts.enumerated() {
      for level in 0..<count {
        parameters[parameterStarts[k] + level] = slots[slotStarts[k] + level]
      }
    }
    return parameters
  }

  /// Returns the upper triangle of a sandwich as a matrix with zeros below it.
  func upperTriangle(_ sums: [Double]) -> Matrix {
    var matrix = Matrix(rowCount: columnCount, columnCount: columnCount, repeating: 0)
    matrix.withUnsafeMutableValues { values in
      sums.withUnsafeBufferPointer { sums in
        fillDense(values, from: sums)
        for k in levelCounts.indices {
          fillDenseTable(values, from: sums, category: k)
          for m in (k + 1)..<max(k + 1, levelCounts.count) {
            fillPairTable(values, from: sums, categories: (k, m))
          }
        }
      }
    }
    return matrix
  }

  /// Returns a sandwich as a whole matrix.
  func symmetric(_ sums: [Double]) -> Matrix {
    var matrix = upperTriangle(sums)
    let count = columnCount
    matrix.withUnsafeMutableValues { values in
      for j in 0..<count {
        for i in 0..<j { values[i * count + j] = values[j * count + i] }
      }
    }
    return matrix
  }

  private func fillDense(
    _ values: UnsafeMutableBufferPointer<Double>, from sums: UnsafeBufferPointer<Double>
  ) {
    for j in 0..<denseCount {
      for i in 0...j { values[j * columnCount + i] = sums[j * denseCount + i] }
    }
  }

  private func fillDenseTable(
    _ values: UnsafeMutableBufferPointer<Double>, from sums: UnsafeBufferPointer<Double>,
    category k: Int
  ) {
    for level in 0..<levelCounts[k] {
      let column = parameterStarts[k] + level
      for j in 0..<denseCount {
        let sum = sums[denseTableStarts[k] + j * (levelCounts[k] + 1) + level]
        values[column * columnCount + j] = sum
        if j == 0 { values[column * columnCount + column] = sum }
      }
    }
  }

  private func fillPairTable(
    _ values: UnsafeMutableBufferPointer<Double>, from sums: UnsafeBufferPointer<Double>,
    categories: (Int, Int)
  ) {
    let (k, m) = categories
    let start = pairTableStarts[k][m - k - 1]
    for first in 0..<levelCounts[k] {
      for second in 0..<levelCounts[m] {
        values[(parameterStarts[m] + second) * columnCount + parameterStarts[k] + first] =
          sums[start + first * (levelCounts[m] + 1) + second]
      }
    }
  }

  private static func starts(_ sizes: [Int], from start: Int) -> (starts: [Int], end: Int) {
    var end = start
    let starts = sizes.map { size in
      defer { end += size }
      return end
    }
    return (starts, end)
  }
}
