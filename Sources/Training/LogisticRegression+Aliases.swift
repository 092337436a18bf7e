public import Scoring

extension LogisticRegression {
  /// Returns the columns that are sums of the intercept and of columns before them, over the rows with
  /// a weight; a fit without a penalty needs that there is none.
  ///
  /// - Complexity: O(n (d + c)²) for d dense columns and c categories, and O(p³).
  public func aliasedColumns(
    _ features: FeatureBlocks, sampleWeights: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> [AliasedColumn] {
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: Array(repeating: 0, count: features.rowCount),
      sampleWeights: sampleWeights, offset: nil, allowsOneClass: true)
    let centered = try CenteredDesign(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    return Aliases(of: centered.design, weights: problem.weights, threadCount: threadCount)
      .columns(named: names)
  }
}
