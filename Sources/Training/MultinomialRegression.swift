import Foundation
public import LinearAlgebra
public import Scoring

/// A multinomial logistic regression of K classes with an L2 penalty, before it meets data: which
/// offer, product or segment a customer chooses.
///
/// Minimises, over K intercepts and p × K coefficients,
///
///     (Σ wᵢ logLossᵢ) / (Σ wᵢ)  +  ½ l2Penalty ‖coefficients‖²
///
/// with logLossᵢ = log Σₖ exp(ηᵢₖ) − ηᵢᵧ, the sum over the classes available to row i, y its outcome,
/// and ηᵢₖ = interceptₖ + xᵢ · coefficientsₖ. Intercepts are not penalised. Every class has its own
/// coefficients (the symmetric form): adding one number to those of all classes changes no
/// probability, so intercepts and the coefficients of each column are those with sum 0, which a
/// penalty brings about by itself. A weight of 2 is the row twice, a weight of 0 is the row left out.
///
/// With K = 2 this is the logistic regression with half the penalty: its coefficient is the
/// difference γ of the two, which are ±γ/2, and ½ l (γ²/4 + γ²/4) = ½ (l/2) γ².
///
/// Method: Newton's, each step by conjugate gradients, preconditioned by the second derivatives of a
/// sample of the rows, or of each class by itself when all together are too many; started from fits
/// to samples. It stops when half the squared Newton decrement, which estimates the distance of the
/// objective from its minimum, is at most 10⁻¹² of the objective (of 1, if that is less), and still
/// takes that last step, which leaves about the square of it. What has not converged is an error.
///
/// Finite intercepts are best only when every class was chosen, and no set of classes was always
/// passed over for the others: else the classes are named in an error, to be left out or merged.
/// Without a penalty the coefficients must be determined by the data too, as in `LogisticRegression`.
public struct MultinomialRegression: Sendable, Hashable {
  /// Most classes: at the limit a row's probabilities, which a fit keeps, take 800 bytes.
  public static let classLimit = 200
  /// Most columns, category levels included.
  public static let columnLimit = 10_000

  /// Not below 0; on the scale of the columns as given.
  public var l2Penalty: Double
  /// Newton steps on all rows. 3 to 6 are usual; separated outcomes with a penalty of 10⁻⁹ can take 50.
  public var maximumIterations: Int
  /// Threads over rows. The result has the same bits for any number of them.
  public var threadCount: Int

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(l2Penalty: Double, maximumIterations: Int = 200, threadCount: Int? = nil) {
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
  ///   - outcomes: n classes, each in 0 ..< K.
  ///   - classCount: K, from 2 to `classLimit`.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - available: n × K, the classes each row could have had; all when absent.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row, column or class at fault.
  /// - Complexity: O(n p K) for each of 10 to 30 products; memory for a second copy of the features,
  ///   and 4 n K bytes.
  public func fit(
    _ features: Matrix, outcomes: [Int], classCount: Int, sampleWeights: [Double]? = nil,
    available: Availability? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> MultinomialFit {
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try problem(
      rowCount: features.rowCount, columnCount: features.columnCount, outcomes, classCount,
      sampleWeights, available)
    let standardized = try StandardizedBlock(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    let fit = try fit(
      FeatureBlocks(dense: standardized.block, categories: []), problem: problem,
      penalties: standardized.scales.map { l2Penalty / $0 / $0 }, names: names)
    return fit.unscaled(centers: standardized.centers, scales: standardized.scales)
  }

  /// Fits the model to encoded features, whose categories are never written out as columns.
  ///
  /// - Parameters:
  ///   - features: n rows of dense columns and level codes; p columns in all.
  ///   - outcomes: n classes, each in 0 ..< K.
  ///   - classCount: K, from 2 to `classLimit`.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - available: n × K, the classes each row could have had; all when absent.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row, column or class at fault.
  /// - Complexity: for d dense columns and c categories O(n (d + c) K) for each of 10 to 50 products;
  ///   memory of 4 n K bytes.
  public func fit(
    _ features: FeatureBlocks, outcomes: [Int], classCount: Int, sampleWeights: [Double]? = nil,
    available: Availability? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> MultinomialFit {
    let names = columnNaming(columnNames, count: features.columnCount)
    let problem = try problem(
      rowCount: features.rowCount, columnCount: features.columnCount, outcomes, classCount,
      sampleWeights, available)
    return try fit(
      features, problem: problem,
      penalties: Array(repeating: l2Penalty, count: features.columnCount), names: names)
  }
}

extension MultinomialRegression {
  /// The rows as they are fitted, after every check that needs no features.
  private func problem(
    rowCount: Int, columnCount: Int, _ outcomes: [Int], _ classCount: Int,
    _ sampleWeights: [Double]?, _ available: Availability?
  ) throws(FitError) -> MultinomialProblem {
    try checkSettings(classCount: classCount)
    try checkColumnCount(columnCount, limit: Self.columnLimit)
    let problem = try MultinomialProblem(
      rowCount: rowCount, outcomes: outcomes, classCount: classCount,
      sampleWeights: sampleWeights, available: available)
    if l2Penalty == 0 {
      try checkRowCount(problem.weightedRowCount, columnCount: columnCount)
    }
    return problem
  }

  func checkSettings(classCount: Int) throws(FitError) {
    try checkRecipe(
      l2Penalty: l2Penalty, maximumIterations: maximumIterations, threadCount: threadCount)
    guard classCount >= 2, classCount <= Self.classLimit else {
      throw .settingOutOfRange(
        name: "classCount", value: Double(classCount), allowed: "[2, \(Self.classLimit)]")
    }
  }

  /// Fits with a penalty for each of the p columns.
  private func fit(
    _ blocks: FeatureBlocks, problem: MultinomialProblem, penalties: [Double],
    names: (Int) -> String
  ) throws(FitError) -> MultinomialFit {
    let centered = try CenteredDesign(
      blocks, weights: problem.weights, threadCount: threadCount, names: names)
    let design = centered.design
    if l2Penalty == 0 { try checkRank(design, weights: problem.weights, names: names) }
    let objective = MultinomialObjective(
      problem: problem, design: design, penalties: [0] + penalties,
      spreads: centered.spreads, threadCount: threadCount)
    let solver = MultinomialSolver(
      objective: objective, isPenalized: l2Penalty > 0, maximumIterations: maximumIterations)
    do throws(MultinomialFailure) {
      return MultinomialFit(
        try solver.solve(startingAt: objective.start), design: design)
    } catch {
      throw FitError(error, spreads: objective.spreads, names: names)
    }
  }

  /// Throws for the first column that the columns before it explain.
  func checkRank(
    _ design: Design, weights: [Double], names: (Int) -> String
  ) throws(FitError) {
    let gram = design.sandwich(Array(weights[..<design.rowCount]), threadCount: threadCount)
    var collinear: Int?
    do throws(FactorizationError) {
      let pivots = try Cholesky(gram).pivots
      // An explained column leaves rounding, 10⁻¹³ of its square in a factorization of hundreds of
      // columns; 10⁻¹¹ lets a correlation of 1 − 10⁻¹¹ pass.
      collinear = pivots.indices.first { pivots[$0] <= 1e-11 * gram[$0, $0] }
    } catch {
      guard case .notPositiveDefinite(let column) = error else {
        throw .notConverged(iterations: 0, gradientNorm: .infinity)
      }
      collinear = column
    }
    if let collinear {
      throw .dependent(column: collinear > 0 ? names(collinear - 1) : "intercept")
    }
  }
}

extension FitError {
  init(
    _ failure: MultinomialFailure, spreads: [Double], names: (Int) -> String
  ) {
    switch failure {
    case .separated(let direction):
      let parts = spreads.indices.dropFirst().map { j in
        stride(from: j, to: direction.count, by: spreads.count).reduce(0) {
          max($0, abs(direction[$1]) * spreads[j])
        }
      }
      // Twentieths, as in `SeparatingColumns`.
      let largest = parts.max() ?? 0
      self = .separated(columns: parts.indices.filter { parts[$0] > 0.05 * largest }.map(names))
    case .notConverged(let iterations, let gradientNorm):
      self = .notConverged(iterations: iterations, gradientNorm: gradientNorm)
    }
  }
}
