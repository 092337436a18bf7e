import LinearAlgebra
import Scoring

/// What a penalised fit needs of its data: the rows, the columns, and what each column's penalty is.
struct PenaltyDesign: Sendable {
  let problem: LogisticProblem
  let design: Design
  /// The largest distance from the center of each parameter's column; 1 for intercept and levels.
  let spreads: [Double]
  /// What a penalty of 1 is on each parameter; infinite where it is left out, 0 for the intercept.
  let l1Scales: [Double]
  let l2Scales: [Double]
  /// The dense columns that vary and are not left out.
  let usable: [Int]
  /// Coefficients of the dense columns are divided by these, and belong to columns less these.
  private let scales: [Double]
  private let names: [String]
  private let origins: [Double]

  /// Reads a matrix, whose columns are centered and scaled inside.
  init(
    _ features: Matrix, problem: LogisticProblem, factors: [Double],
    standardization:
      Standardization, threadCount: Int, names: (Int) -> String
  ) throws(FitError) {
    let block = try StandardizedBlock(
      features, weights: problem.weights, threadCount: threadCount, names: names)
    try self.init(
      FeatureBlocks(dense: block.block, categories: []), scales: block.scales,
      origins: block.centers, problem: problem, factors: factors,
      standardization: standardization, threadCount: threadCount, names: names)
  }

  /// Reads encoded features; the dense columns are centered inside.
  init(
    _ features: FeatureBlocks, problem: LogisticProblem, factors: [Double],
    standardization:
      Standardization, threadCount: Int, names: (Int) -> String
  ) throws(FitError) {
    let count = features.dense.columnCount
    try self.init(
      features, scales: Array(repeating: 1, count: count),
      origins: Array(repeating: 0, count: count), problem: problem, factors: factors,
      standardization: standardization, threadCount: threadCount, names: names)
  }

  private init(
    _ features: FeatureBlocks, scales: [Double], origins: [Double], problem: LogisticProblem,
    factors: [Double], standardization: Standardization, threadCount: Int,
    names: (Int) -> String
  ) throws(FitError) {
    let summaries = try Design.summaries(
      of: features.dense, weights: problem.weights, threadCount: threadCount, names: names)
    self.problem = problem
    self.scales = scales
    self.names = (0..<features.columnCount).map(names)
    self.origins = origins
    let design = Design(features, centers: summaries.map(\.center))
    self.design = design
    let levelCount = features.columnCount - features.dense.columnCount
    spreads = [1] + summaries.map(\.spread) + Array(repeating: 1, count: levelCount)
    usable = summaries.indices.filter { summaries[$0].spread > 0 && factors[$0] < .infinity }
    var units = scales.map { 1 / $0 }
    if standardization == .deviation {
      units = Self.deviations(of: design, weights: problem.weights, threadCount: threadCount)
    }
    units += Array(repeating: 1, count: levelCount)
    l1Scales = [0] + zip(factors, units).map { $0 < .infinity ? $0 * $1 : .infinity }
    l2Scales = [0] + zip(factors, units).map { $0 < .infinity ? $0 * $1 * $1 : 0 }
  }

  /// The name of a column, from 0, for errors.
  func name(_ column: Int) -> String { names[column] }

  /// The penalty on each parameter.
  func penalty(l1: Double, l2: Double) -> PenaltyTerms {
    PenaltyTerms(
      l1: l1Scales.map { $0 < .infinity ? l1 * $0 : .infinity }, l2: l2Scales.map { l2 * $0 })
  }

  /// The penalty that holds every penalised parameter at 0.
  var infinitePenalty: PenaltyTerms {
    PenaltyTerms(l1: l1Scales.map { $0 > 0 ? .infinity : 0 }, l2: l1Scales.map { _ in 0 })
  }

  /// Returns intercept and coefficients of the columns as given.
  func original(_ parameters: [Double]) -> (intercept: Double, coefficients: [Double]) {
    var intercept = parameters[0]
    var coefficients = Array(parameters.dropFirst())
    for (j, center) in design.centers.enumerated() {
      intercept -= coefficients[j] * center
      coefficients[j] /= scales[j]
      intercept -= coefficients[j] * origins[j]
    }
    return (intercept, coefficients)
  }

  /// Returns the parameters of a fit to the columns as given.
  func centered(intercept: Double, coefficients: [Double]) -> [Double] {
    var parameters = [intercept] + coefficients
    for (j, center) in design.centers.enumerated() {
      parameters[0] += coefficients[j] * origins[j]
      parameters[j + 1] *= scales[j]
      parameters[0] += parameters[j + 1] * center
    }
    return parameters
  }

  /// The weighted standard deviations of the dense columns, with divisor Σ weights.
  private static func deviations(
    of design: Design, weights: [Double], threadCount: Int
  ) -> [Double] {
    let dense = Design(
      FeatureBlocks(dense: design.blocks.dense, categories: []), centers: design.centers)
    let lanes = dense.mapLanes(threadCount: threadCount) { kernel, tiles in
      var squares = [Double](repeating: 0, count: dense.columnCount)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.take(weights, into: kernel.weight)
        kernel.addWeightedSquares(to: &squares)
      }
      return squares
    }
    return dense.sum(lanes).dropFirst().map { $0.squareRoot() }
  }
}

/// What a penalty of a dense column is measured in. Levels of categories are 0 or 1 in either case.
public enum Standardization: String, Hashable, Sendable {
  /// The penalty is on the coefficient as it is reported.
  case none
  /// The penalty is on the coefficient of the column divided by its standard deviation (divisor n), so
  /// that units do not matter. The coefficient reported is of the column as given all the same.
  case deviation
}
