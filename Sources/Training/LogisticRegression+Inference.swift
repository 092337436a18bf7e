public import LinearAlgebra
public import Scoring

extension LogisticRegression {
  /// Returns standard errors, intervals and tests for the coefficients that `fit` found.
  ///
  /// - Parameters:
  ///   - fit: what `self` gave for the same rows, weights and offset.
  ///   - standardErrors: which variation to measure; see there for what weights are.
  /// - Throws: `FitError`; among others when the coefficients are not the best ones for the data.
  /// - Complexity: for d dense columns and c categories O(n (d + c)²) and O(p³); memory for about five
  ///   p × p matrices.
  public func inference(
    of fit: LogisticFit, _ features: FeatureBlocks, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil,
    standardErrors: StandardErrors = .classical, columnNames: [String]? = nil
  ) throws(FitError) -> CoefficientInference {
    try CoefficientInference(
      intercept: fit.intercept, coefficients: fit.coefficients, features, outcomes: outcomes,
      sampleWeights: sampleWeights, offset: offset,
      l2Penalties: Array(repeating: l2Penalty, count: features.columnCount), usesL1: false,
      standardErrors: standardErrors, threadCount: threadCount, columnNames: columnNames)
  }

  /// Returns standard errors, intervals and tests for the coefficients that `fit` found.
  ///
  /// - Parameters:
  ///   - fit: what `self` gave for the same rows, weights and offset.
  ///   - standardErrors: which variation to measure; see there for what weights are.
  /// - Throws: `FitError`; among others when the coefficients are not the best ones for the data.
  /// - Complexity: O(n p² + p³); memory for a second copy of the features.
  public func inference(
    of fit: LogisticFit, _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, standardErrors: StandardErrors = .classical,
    columnNames: [String]? = nil
  ) throws(FitError) -> CoefficientInference {
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    let standardized = try StandardizedBlock(
      features, weights: problem.weights, threadCount: threadCount,
      names: columnNaming(columnNames, count: features.columnCount))
    let scaled = standardized.scaled(intercept: fit.intercept, coefficients: fit.coefficients)
    return try CoefficientInference(
      intercept: scaled.intercept, coefficients: scaled.coefficients,
      FeatureBlocks(dense: standardized.block, categories: []), outcomes: outcomes,
      sampleWeights: sampleWeights, offset: offset,
      l2Penalties: standardized.scales.map { l2Penalty / $0 / $0 }, usesL1: false,
      standardErrors: standardErrors, threadCount: threadCount, columnNames: columnNames
    ).unscaled(by: standardized)
  }
}

extension CoefficientInference {
  /// Computes the covariance of coefficients that were found by any solver.
  ///
  /// - Parameters:
  ///   - l2Penalties: one for each of the p columns, of the mean objective (see `LogisticRegression`).
  ///   - usesL1: whether there was an L1 penalty as well. Coefficients of 0 then count as left out, and
  ///     the result says that it is not valid.
  public init(
    intercept: Double, coefficients: [Double], _ features: FeatureBlocks, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil, l2Penalties: [Double], usesL1: Bool,
    standardErrors: StandardErrors = .classical, threadCount: Int, columnNames: [String]? = nil
  ) throws(FitError) {
    let names = columnNaming(columnNames, count: features.columnCount)
    precondition(
      coefficients.count == features.columnCount && l2Penalties.count == features.columnCount,
      "\(coefficients.count) coefficients and \(l2Penalties.count) penalties for "
        + "\(features.columnCount) columns")
    try checkColumnCount(features.columnCount, limit: LogisticRegression.columnLimit)
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    let centered = try CenteredDesign(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    let estimation = CovarianceEstimation(
      centered: centered, problem: problem,
      totalWeight: try sumOfWeights(sampleWeights, rowCount: features.rowCount),
      parameters: centered.parameters(intercept: intercept, coefficients: coefficients),
      penalties: [0] + l2Penalties, usesL1: usesL1, threadCount: threadCount)
    self = try estimation.inference(standardErrors, names: names)
  }

  /// Takes parameters of standardized columns to those of the columns as given.
  func unscaled(by standardized: StandardizedBlock) -> CoefficientInference {
    let (centers, scales) = (standardized.centers, standardized.scales)
    let slopes = scales.indices.map { [(parameter: $0 + 1, factor: 1 / scales[$0])] }
    let intercept = scales.indices.map {
      (parameter: $0 + 1, factor: -centers[$0] / scales[$0])
    }
    return replacing(mapped(by: [[(parameter: 0, factor: 1)] + intercept] + slopes))
  }
}

extension StandardizedBlock {
  /// Takes coefficients of the columns as given to those of the standardized ones.
  func scaled(
    intercept: Double, coefficients: [Double]
  ) -> (intercept: Double, coefficients: [Double]) {
    (
      zip(centers, coefficients).reduce(intercept) { $0 + $1.0 * $1.1 },
      zip(coefficients, scales).map { $0 * $1 }
    )
  }
}
