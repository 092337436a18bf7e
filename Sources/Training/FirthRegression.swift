import Evaluation
import Foundation
public import LinearAlgebra
public import Scoring

/// A logistic regression by Firth's method, before it meets data: for outcomes that are rare, or that
/// columns tell without error.
///
/// Maximises, over the intercept and the p coefficients, the log-likelihood + ½ log det I, I being the
/// information of all of them, which takes the bias of order 1/n off the coefficients and keeps them
/// finite: with separated outcomes, and even with all outcomes alike. A weight of 2 is the row twice.
///
/// The intercept is part of the correction, so that the mean of the fitted probabilities is not the mean
/// outcome but a little nearer to ½. The coefficients do not depend on the scales of the columns.
///
/// Method: Firth (1993), *Biometrika* 80, 27–38; Heinze and Schemper (2002), *Statistics in Medicine* 21,
/// 2409–2419. It stops when a scoring step would be at most 10⁻¹⁰ standard errors long.
public struct FirthRegression: Sendable, Hashable {
  /// 10 to 20 are usual; many separated rows take more, as the coefficients are large then.
  public var maximumIterations: Int
  /// Threads over rows. The result has the same bits for any number of them.
  public var threadCount: Int

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(maximumIterations: Int = 500, threadCount: Int? = nil) {
    self.maximumIterations = maximumIterations
    self.threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Fits the model to encoded features.
  ///
  /// - Parameters:
  ///   - features: n rows of dense columns and level codes; no column a sum of others, so that each
  ///     category has a level that is coded as no level.
  ///   - outcomes: n values, each 0 or 1.
  ///   - sampleWeights: n values not below 0, how many times each row was seen; 1 when absent.
  ///   - offset: n values added to the linear predictor, in log-odds.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row or column at fault.
  /// - Complexity: for d dense columns and c categories O(n (d + c)²) and O(p³) per iteration.
  public func fit(
    _ features: FeatureBlocks, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> FirthFit {
    let objective = try objective(
      features, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset,
      columnNames: columnNames)
    let solver = FirthSolver(objective: objective, maximumIterations: maximumIterations)
    return try FirthFit(solver.solve(startingAt: objective.start), solver: solver)
  }

  /// Fits the model to the columns of a matrix, of any scale and with any mean.
  ///
  /// - Parameters: as for encoded features.
  /// - Throws: `FitError`, naming the first row or column at fault.
  /// - Complexity: O(n p² + p³) per iteration; memory for a second copy of the features.
  public func fit(
    _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> FirthFit {
    let standardized = try standardized(
      features, outcomes: outcomes, sampleWeights: sampleWeights, columnNames: columnNames)
    let fit = try fit(
      FeatureBlocks(dense: standardized.block, categories: []), outcomes: outcomes,
      sampleWeights: sampleWeights, offset: offset, columnNames: columnNames)
    return fit.unscaled(
      by: standardized,
      totalWeight: try sumOfWeights(sampleWeights, rowCount: features.rowCount))
  }

  /// Returns profile likelihood intervals and tests for some coefficients of `fit`.
  ///
  /// - Parameters:
  ///   - columns: indices from 0. The intercept has none.
  ///   - fit: what `self` gave for the same rows, weights and offset.
  ///   - confidence: the share of samples whose intervals cover, in large samples.
  /// - Throws: `FitError`.
  /// - Complexity: 30 to 100 iterations of a fit for each column.
  public func profiles(
    of columns: [Int], around fit: FirthFit, _ features: FeatureBlocks, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil, confidence: Double = 0.95
  ) throws(FitError) -> [FirthProfile] {
    let objective = try objective(
      features, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset, columnNames: nil)
    let start = objective.centered.parameters(
      intercept: fit.intercept, coefficients: fit.coefficients)
    let profiling = try FirthProfiling(
      FirthSolver(objective: objective, maximumIterations: maximumIterations), around: start,
      confidence: confidence)
    var profiles: [FirthProfile] = []
    for column in columns { profiles.append(try profiling.profile(of: column)) }
    return profiles
  }

  /// Returns profile likelihood intervals and tests for some coefficients of `fit`.
  public func profiles(
    of columns: [Int], around fit: FirthFit, _ features: Matrix, outcomes: [Double],
    sampleWeights: [Double]? = nil, offset: [Double]? = nil, confidence: Double = 0.95
  ) throws(FitError) -> [FirthProfile] {
    let standardized = try standardized(
      features, outcomes: outcomes, sampleWeights: sampleWeights, columnNames: nil)
    let scaled = standardized.scaled(intercept: fit.intercept, coefficients: fit.coefficients)
    let profiles = try profiles(
      of: columns, around: fit.replacing(scaled),
      FeatureBlocks(dense: standardized.block, categories: []), outcomes: outcomes,
      sampleWeights: sampleWeights, offset: offset, confidence: confidence)
    return profiles.map { $0.divided(by: standardized.scales[$0.column]) }
  }
}

extension FirthRegression {
  private func objective(
    _ features: FeatureBlocks, outcomes: [Double], sampleWeights: [Double]?, offset: [Double]?,
    columnNames: [String]?
  ) throws(FitError) -> FirthObjective {
    try checkRecipe(maximumIterations: maximumIterations, threadCount: threadCount)
    try checkColumnCount(features.columnCount, limit: LogisticRegression.columnLimit)
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset,
      allowsOneClass: true)
    try checkRowCount(problem.weightedRowCount, columnCount: features.columnCount)
    let centered = try CenteredDesign(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    let aliases = Aliases(of: centered.design, weights: problem.weights, threadCount: threadCount)
    guard aliases.isEmpty else { throw .collinear(aliases.columns(named: names)) }
    return FirthObjective(
      centered: centered, problem: problem,
      totalWeight: try sumOfWeights(sampleWeights, rowCount: features.rowCount),
      threadCount: threadCount)
  }

  private func standardized(
    _ features: Matrix, outcomes: [Double], sampleWeights: [Double]?, columnNames: [String]?
  ) throws(FitError) -> StandardizedBlock {
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: nil,
      allowsOneClass: true)
    return try StandardizedBlock(
      features, weights: problem.weights, threadCount: max(1, threadCount),
      names: columnNaming(columnNames, count: features.columnCount))
  }
}

extension FirthObjective {
  /// No effects, and an intercept near the best one; half an outcome of each kind is added, so that
  /// there are both.
  fileprivate var start: [Double] {
    var start = [Double](repeating: 0, count: centered.design.columnCount)
    if problem.offset != nil, problem.meanOutcome > 0, problem.meanOutcome < 1 {
      start[0] = problem.startingIntercept()
    } else {
      let positive = totalWeight * problem.meanOutcome
      let meanOffset = zip(problem.offset ?? [], problem.weights).reduce(0) { $0 + $1.0 * $1.1 }
      start[0] = log((positive + 0.5) / (totalWeight - positive + 0.5)) - meanOffset
    }
    return start
  }
}

extension FirthFit {
  fileprivate init(_ solution: FirthSolver.Solution, solver: FirthSolver) throws(FitError) {
    let objective = solver.objective
    let point = solution.point
    inference = CoefficientInference(
      estimates: point.parameters, covariance: try objective.covariance(point),
      kind: .classical, validity: .firth,
      categories: objective.centered.design.categories { objective.problem.weights[$0] > 0 }
    ).uncentered(by: objective.centered)
    penalizedLogLikelihood = objective.penalizedLogLikelihood(point.value)
    fit = LogisticFit(
      intercept: inference.estimates[0], coefficients: Array(point.parameters.dropFirst()),
      iterations: solution.iterations, gradientNorm: solver.gradientNorm(point),
      newtonDecrement: solution.distance * solution.distance / (2 * objective.totalWeight),
      objective: -penalizedLogLikelihood / objective.totalWeight, logLoss: point.logLoss)
  }

  /// Takes a fit to standardized columns to the columns as given, whose information has a determinant
  /// greater by the squares of their scales.
  fileprivate func unscaled(by standardized: StandardizedBlock, totalWeight: Double) -> FirthFit {
    let logScales = standardized.scales.reduce(0) { $0 + log($1) }
    return FirthFit(
      fit: fit.unscaled(by: standardized, objective: fit.objective - logScales / totalWeight),
      penalizedLogLikelihood: penalizedLogLikelihood + logScales,
      inference: inference.unscaled(by: standardized))
  }

  /// The same fit with other coefficients, those of standardized columns.
  fileprivate func replacing(
    _ scaled: (intercept: Double, coefficients: [Double])
  ) -> FirthFit {
    FirthFit(
      fit: LogisticFit(
        intercept: scaled.intercept, coefficients: scaled.coefficients, iterations: fit.iterations,
        gradientNorm: fit.gradientNorm, newtonDecrement: fit.newtonDecrement,
        objective: fit.objective, logLoss: fit.logLoss),
      penalizedLogLikelihood: penalizedLogLikelihood, inference: inference)
  }
}

extension FirthProfile {
  fileprivate func divided(by scale: Double) -> FirthProfile {
    FirthProfile(
      column: column,
      interval: IntervalEstimate(
        estimate: interval.estimate / scale, lower: interval.lower / scale,
        upper: interval.upper / scale),
      test: test)
  }
}
