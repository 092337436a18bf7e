import Scoring

/// Some of a design's dense columns, and all of its categories: what a solver works on while the other
/// columns' coefficients stay at 0.
struct DesignColumns: Sendable {
  /// Indices of dense columns, ascending.
  let dense: [Int]
  let centers: [Double]
  let layout: DesignLayout
  /// For each parameter of `layout`, the design's parameter.
  let parameters: [Int]
  /// Whether no column is left out.
  let isWhole: Bool

  init(_ design: Design, dense: [Int]) {
    self.dense = dense
    centers = dense.map { design.centers[$0] }
    layout = DesignLayout(denseCount: dense.count, levelCounts: design.layout.levelCounts)
    parameters = [0] + dense.map { $0 + 1 } + Array(design.layout.denseCount..<design.columnCount)
    isWhole = dense.count == design.blocks.dense.columnCount
  }

  init(_ design: Design) {
    self.init(design, dense: Array(0..<design.blocks.dense.columnCount))
  }

  /// Returns the elements of `full`, one for each parameter of the design, that these columns have.
  func reduced(_ full: [Double]) -> [Double] {
    isWhole ? full : parameters.map { full[$0] }
  }

  /// Returns `reduced` with 0 for every parameter left out.
  func expanded(_ reduced: [Double], count: Int) -> [Double] {
    if isWhole { return reduced }
    var full = [Double](repeating: 0, count: count)
    for (value, parameter) in zip(reduced, parameters) { full[parameter] = value }
    return full
  }
}
