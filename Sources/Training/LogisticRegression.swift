import Foundation
public import LinearAlgebra
public import Scoring

/// A logistic regression with an L2 penalty, before it meets data.
///
/// Minimises, over the intercept and the p coefficients,
///
///     (Σ wᵢ logLossᵢ) / (Σ wᵢ)  +  ½ l2Penalty ‖coefficients‖²
///
/// with logLossᵢ = log(1 + exp(ηᵢ)) − yᵢ ηᵢ and ηᵢ = offsetᵢ + intercept + xᵢ · coefficients. The
/// intercept is not penalised. A weight of 2 is the row twice, a weight of 0 is the row left out, and
/// multiplying all weights by one number changes nothing.
///
/// Method: Newton with step halving, each step from a Cholesky factor of all second derivatives. It
/// stops when half the squared Newton decrement, which estimates the distance of the objective from
/// its minimum, is at most 10⁻¹² of the objective (of 1, if that is less) and no linear predictor
/// would move by more than 10⁻⁵; then it takes that last step in full, which squares the error. What
/// has not converged is an error.
///
/// Without a penalty the coefficients must be determined by the data: columns that are sums of others,
/// more columns than rows, and outcomes that columns tell without error are errors that name the
/// columns. The levels of a category add up to the intercept's column of ones; without a penalty,
/// code one level of each category as no level (the code `levelCount`).
public struct LogisticRegression: Sendable, Hashable {
  /// The most columns, category levels included, that a fit accepts: at the limit its second
  /// derivatives take 0.8 GB, and a fit holds about five such arrays.
  public static let columnLimit = 10_000

  /// Not below 0; on the scale of the columns as given.
  public var l2Penalty: Double
  /// 4 to 8 are usual; outcomes that are almost separated take one more for each unit of log-odds.
  public var maximumIterations: Int
  /// Threads over rows. The result has the same bits for any number of them.
  public var threadCount: Int

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(
    l2Penalty: Double = 0, maximumIterations: Int = 100, threadCount: Int? = nil
  ) {
    self.l2Penalty = l2Penalty
    self.maximumIterations = maximumIterations
    self.threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Fits the model to the columns of a matrix, of any scale and with any mean.
  ///
  /// The columns are centered and scaled inside; penalty and coefficients are of the columns as given.
  ///
  /// - Parameters:
  ///   - features: n × p, without a column of ones; p may be 0.
  ///   - outcomes: n values, each 0 or 1.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - offset: n values added to the linear predictor, in log-odds.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row or column at fault. A value that is not finite is an
  ///   error in a row of weight 0 too.
  /// - Complexity: O(n p² + p³) per iteration; memory for a second copy of the features.
  public func fit(
    _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> LogisticFit {
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try problem(
      rowCount: features.rowCount, columnCount: features.columnCount, outcomes, sampleWeights,
      offset)
    let standardized = try StandardizedBlock(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    let fit = try fit(
      FeatureBlocks(dense: standardized.block, categories: []), problem: problem,
      penalties: standardized.scales.map { l2Penalty / $0 / $0 }, names: names)
    return fit.unscaled(by: standardized)
  }

  /// Fits the model to encoded features, whose categories are never written out as columns.
  ///
  /// The dense columns are centered inside, and their scales do not matter to the solver; a mean of
  /// more than 10⁶ standard deviations costs digits, so the encoder should take it out.
  ///
  /// - Parameters:
  ///   - features: n rows of dense columns and level codes; p columns in all.
  ///   - outcomes: n values, each 0 or 1.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - offset: n values added to the linear predictor, in log-odds.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row or column at fault.
  /// - Complexity: for d dense columns and c categories O(n (d + c)²) and O(p³) per iteration.
  public func fit(
    _ features: FeatureBlocks, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> LogisticFit {
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try problem(
      rowCount: features.rowCount, columnCount: features.columnCount, outcomes, sampleWeights,
      offset)
    return try fit(
      features, problem: problem,
      penalties: Array(repeating: l2Penalty, count: features.columnCount), names: names)
  }
}

extension LogisticRegression {
  /// The rows as they are fitted, after every check that needs no features.
  private func problem(
    rowCount: Int, columnCount: Int, _ outcomes: [Double], _ sampleWeights: [Double]?,
    _ offset: [Double]?
  ) throws(FitError) -> LogisticProblem {
    try checkRecipe(
      l2Penalty: l2Penalty, maximumIterations: maximumIterations, threadCount: threadCount)
    let problem = try LogisticProblem(
      rowCount: rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    if l2Penalty == 0 {
      try checkRowCount(problem.weightedRowCount, columnCount: columnCount)
    }
    return problem
  }

  /// Fits with a penalty for each of the p columns.
  private func fit(
    _ blocks: FeatureBlocks, problem: LogisticProblem, penalties: [Double],
    names: (Int) -> String
  ) throws(FitError) -> LogisticFit {
    let centered = try CenteredDesign(
      blocks, weights: problem.weights, threadCount: threadCount, names: names)
    let design = centered.design
    let objective = LogisticObjective(
      problem: problem, design: design, penalties: [0] + penalties,
      spreads: centered.spreads, threadCount: threadCount)
    var start = [Double](repeating: 0, count: design.columnCount)
    start[0] = problem.startingIntercept()
    if l2Penalty > 0,
      let solution = QuasiNewtonSolver(objective: objective).solve(startingAt: start)
    {
      return LogisticFit(solution, centers: design.centers)
    }
    // Newton's method keeps all pairs of columns in memory.
    try checkColumnCount(blocks.columnCount, limit: Self.columnLimit)
    let solver = NewtonSolver(
      objective: objective, isPenalized: l2Penalty > 0, maximumIterations: maximumIterations)
    do throws(NewtonFailure) {
      return LogisticFit(try solver.solve(startingAt: start), centers: design.centers)
    } catch {
      throw FitError(error, solver: solver, names: names)
    }
  }
}

extension LogisticFit {
  /// Takes a solution on centered columns back to the columns as given.
  fileprivate init(_ solution: NewtonSolver.Solution, centers: [Double]) {
    let parameters = solution.evaluation.parameters
    self.init(
      intercept: zip(centers, parameters.dropFirst()).reduce(parameters[0]) { $0 - $1.0 * $1.1 },
      coefficients: Array(parameters.dropFirst()), iterations: solution.iterations,
      gradientNorm: solution.gradientNorm, newtonDecrement: solution.newtonDecrement,
      objective: solution.evaluation.objective, logLoss: solution.evaluation.logLoss)
  }

  /// Takes a fit to standardized columns to the columns as given.
  ///
  /// - Parameter objective: where it depends on the columns' scales.
  func unscaled(by standardized: StandardizedBlock, objective: Double? = nil) -> LogisticFit {
    let coefficients = zip(coefficients, standardized.scales).map { $0 / $1 }
    return LogisticFit(
      intercept: zip(coefficients, standardized.centers).reduce(intercept) { $0 - $1.0 * $1.1 },
      coefficients: coefficients, iterations: iterations, gradientNorm: gradientNorm,
      newtonDecrement: newtonDecrement, objective: objective ?? self.objective,
      logLoss: logLoss)
  }
}

extension FitError {
  fileprivate init(_ failure: NewtonFailure, solver: NewtonSolver, names: (Int) -> String) {
    switch failure {
    case .collinear(let parameter):
      let aliases = Aliases(
        of: solver.objective.design, weights: solver.objective.problem.weights,
        threadCount: solver.objective.threadCount, including: parameter)
      self = .collinear(aliases.columns(named: names))
    case .separated(let direction):
      let columns = SeparatingColumns(
        problem: solver.objective.problem, blocks: solver.objective.design.blocks,
        spreads: solver.objective.spreads
      ).columns(of: direction)
      self = .separated(columns: columns.map(names))
    case .offsetDecides:
      self = .offsetDecides
    case .notConverged(let iterations, let gradientNorm):
      let aliases = solver.unsettledColumns(named: names)
      self =
        aliases.isEmpty
        ? .notConverged(iterations: iterations, gradientNorm: gradientNorm)
        : .penaltyTooSmall(aliases)
    }
  }
}

extension NewtonSolver {
  /// Sums of other columns that the penalty is too small to settle: below the rounding of curvatures.
  fileprivate func unsettledColumns(named names: (Int) -> String) -> [AliasedColumn] {
    guard objective.penalties.allSatisfy({ $0 < 1e-9 }) else { return [] }
    return Aliases(
      of: objective.design, weights: objective.problem.weights,
      threadCount: objective.threadCount
    ).columns(named: names)
  }
}
