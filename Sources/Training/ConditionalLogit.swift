import Foundation
public import LinearAlgebra

/// A conditional logit, before it meets data: which of the offers in front of a customer is chosen,
/// by features of the pair (customer, offer), such as views of that offer's category.
///
/// A row is a pair; the rows of one decision stand together as a choice set, in which one row is
/// chosen. An offer that was not available has no row. Minimises
///
///     (Σ wₛ logLossₛ) / (Σ wₛ)  +  ½ l2Penalty ‖coefficients‖²
///
/// over choice sets s, with logLossₛ = log Σᵢ exp(ηᵢ) − η of the chosen row and
/// ηᵢ = intercept of the row's offer + xᵢ · coefficients. The coefficients are shared by all offers.
/// Intercepts are there when offers are given; they are not penalised, and those with sum 0 are taken.
/// A number added to a feature throughout a choice set changes nothing.
///
/// Method: Newton's with step halving, each step from a Cholesky factor of all second derivatives
/// (McFadden 1974, "Conditional logit analysis of qualitative choice behavior"). It stops when half
/// the squared Newton decrement is at most 10⁻¹² of the objective (of 1, if that is less), and takes
/// that last step. What has not converged is an error. Finite intercepts and, without a penalty,
/// finite coefficients are best only under the conditions of `MultinomialRegression`.
public struct ConditionalLogit: Sendable, Hashable {
  /// Most offers with an intercept.
  public static let offerLimit = 1_000
  /// Most columns of features.
  public static let columnLimit = 5_000

  /// Not below 0; on the scale of the columns as given.
  public var l2Penalty: Double
  public var maximumIterations: Int
  /// Threads over choice sets. The result has the same bits for any number of them.
  public var threadCount: Int

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(
    l2Penalty: Double = 0, maximumIterations: Int = 100, threadCount: Int? = nil
  ) {
    self.l2Penalty = l2Penalty
    self.maximumIterations = maximumIterations
    self.threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Fits the model to the rows of choice sets.
  ///
  /// - Parameters:
  ///   - features: n × p, of any scale and with any mean; p may be 0.
  ///   - choiceSets: n numbers, the same for the rows of a set, which stand together.
  ///   - chosen: n flags, one of them true in each set.
  ///   - offers: n offers, counted from 0, each once in a set; without them there is no intercept.
  ///   - sampleWeights: one value not below 0 for each choice set in their order.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row, column or offer at fault.
  /// - Complexity: O(n (p + K)² + (p + K)³) per iteration for K offers.
  public func fit(
    _ features: Matrix, choiceSets: [Int], chosen: [Bool], offers: [Int]? = nil,
    sampleWeights: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> ConditionalLogitFit {
    let names = columnNaming(columnNames, count: features.columnCount)
    try checkRecipe(
      l2Penalty: l2Penalty, maximumIterations: maximumIterations, threadCount: threadCount)
    try checkColumnCount(features.columnCount, limit: Self.columnLimit)
    let problem = try ChoiceProblem(
      features, choiceSets: choiceSets, chosen: chosen, offers: offers,
      sampleWeights: sampleWeights, threadCount: threadCount, names: names)
    let solver = ConditionalSolver(
      objective: ChoiceObjective(
        problem: problem,
        penalties: Array(repeating: 0, count: problem.offerCount)
          + problem.scales.map { l2Penalty / $0 / $0 },
        threadCount: threadCount),
      isPenalized: l2Penalty > 0, maximumIterations: maximumIterations)
    do throws(ConditionalFailure) {
      return ConditionalLogitFit(try solver.solve(), problem: problem)
    } catch {
      throw FitError(error, objective: solver.objective, names: names)
    }
  }
}

extension FitError {
  fileprivate init(
    _ failure: ConditionalFailure, objective: ChoiceObjective, names: (Int) -> String
  ) {
    let offerCount = objective.problem.offerCount
    switch failure {
    case .constant(let column):
      self = .constantInChoiceSets(column: names(column))
    case .collinear(let parameter):
      self = .dependent(
        column: parameter < offerCount ? "offer \(parameter)" : names(parameter - offerCount))
    case .separated(let direction):
      self = .separated(columns: objective.separatingColumns(of: direction).map(names))
    case .notConverged(let iterations, let gradientNorm):
      self = .notConverged(iterations: iterations, gradientNorm: gradientNorm)
    }
  }
}

extension ChoiceObjective {
  /// Returns the columns that separate by themselves, if any does; else those with a part in the
  /// direction.
  fileprivate func separatingColumns(of direction: [Double]) -> [Int] {
    let parts = direction.dropFirst(problem.offerCount).map { abs($0) }
    let alone = parts.indices.filter { j in
      var column = [Double](repeating: 0, count: direction.count)
      column[problem.offerCount + j] = direction[problem.offerCount + j]
      let leads = leads(column)
      return leads.lowerBound >= 0 && leads.upperBound > 0
    }
    guard alone.isEmpty else { return alone }
    // Twentieths, as in `SeparatingColumns`.
    let largest = parts.max() ?? 0
    return parts.indices.filter { parts[$0] > 0.05 * largest }
  }
}
