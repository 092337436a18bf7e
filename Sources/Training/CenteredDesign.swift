import Scoring

/// A design whose dense columns are centered at their weighted means.
struct CenteredDesign {
  let design: Design
  /// The largest distance from the center of each parameter's column; 1 for intercept and levels.
  let spreads: [Double]

  /// - Parameter weights: shares of the rows, padded to whole tiles.
  init(
    _ blocks: FeatureBlocks, weights: [Double], threadCount: Int, names: (Int) -> String
  ) throws(FitError) {
    let summaries = try Design.summaries(
      of: blocks.dense, weights: weights, threadCount: threadCount, names: names)
    let levelCount = blocks.columnCount - blocks.dense.columnCount
    design = Design(blocks, centers: summaries.map(\.center))
    spreads = [1] + summaries.map(\.spread) + Array(repeating: 1, count: levelCount)
  }

  /// The intercept of the columns as given, and p coefficients, as parameters of the centered columns.
  func parameters(intercept: Double, coefficients: [Double]) -> [Double] {
    let shifted = zip(design.centers, coefficients).reduce(intercept) { $0 + $1.0 * $1.1 }
    return [shifted] + coefficients
  }

  /// The parameters of the columns as given, as sums of those of the centered columns.
  var uncentering: [[(parameter: Int, factor: Double)]] {
    let intercept = design.centers.enumerated().map { (parameter: $0 + 1, factor: -$1) }
    return [[(parameter: 0, factor: 1)] + intercept]
      + (1..<design.columnCount).map { [(parameter: $0, factor: 1)] }
  }
}
