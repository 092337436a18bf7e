import Foundation
public import LinearAlgebra
public import Scoring

/// A path of logistic regressions with l1 and L2 penalties, before it meets data.
///
/// For each penalty, minimises over the intercept and the p coefficients
///
///     (Σ wᵢ logLossᵢ) / (Σ wᵢ)  +  Σⱼ factorⱼ (l1Penalty |coefficientⱼ| + ½ l2Penalty coefficientⱼ²)
///
/// with logLossᵢ as in `LogisticRegression`, l1Penalty = `l1Share` × penalty and l2Penalty =
/// (1 − `l1Share`) × penalty. The intercept is not penalised. A weight of 2 is the row twice.
///
/// Method: proximal Newton with coordinate descent on the second derivatives, several penalties side by
/// side, strong rules, and a check of the optimality conditions of every column at each penalty; see
/// `PenaltyPath` and `PenaltyBatch`. What has not converged is an error.
public struct ElasticNet: Sendable, Hashable {
  /// The part of the penalty that is l1, in [0, 1]: 1 is the lasso, 0 ridge.
  public var l1Share: Double
  /// Descending, each above 0. Where `nil`, `penaltyCount` penalties on a logarithmic scale, from the
  /// least that holds every penalised coefficient at 0 to `smallestPenaltyRatio` of it.
  public var penalties: [Double]?
  public var penaltyCount = 50
  public var smallestPenaltyRatio = 1e-3
  /// One for each column, not below 0: 0 for a column without penalty, infinite for one left out; 1 for
  /// each when absent.
  public var penaltyFactors: [Double]?
  public var standardization = Standardization.none
  /// A fit ends when one more step would lower the objective by this part of it, or of 1. In
  /// [10⁻²⁰, 10⁻²]; the coefficients' error is about its root.
  public var tolerance = 1e-10
  /// The most readings of the rows for one batch of penalties.
  public var maximumIterations = 100
  /// Threads over rows. The result has the same bits for any number of them.
  public var threadCount: Int
  /// Whether columns are screened by the strong rule; the answer is the same without.
  package var screensColumns = true

  /// Creates a recipe; without `threadCount` it uses the active processors.
  public init(l1Share: Double = 1, penalties: [Double]? = nil, threadCount: Int? = nil) {
    self.l1Share = l1Share
    self.penalties = penalties
    self.threadCount = threadCount ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Fits the path to the columns of a matrix, of any scale and with any mean.
  ///
  /// - Parameters:
  ///   - features: n × p, without a column of ones. p may be above n.
  ///   - outcomes: n values, each 0 or 1.
  ///   - sampleWeights: n values not below 0; 1 for each row when absent.
  ///   - offset: n values added to the linear predictor, in log-odds.
  ///   - columnNames: p names for errors; columns are numbered from 1 when absent.
  /// - Throws: `FitError`, naming the first row or column at fault.
  /// - Complexity: O(n p) for each penalty and O(n a²) for a few, a the columns that may have a part;
  ///   memory for a second copy of the features.
  public func fit(
    _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> ElasticNetPath {
    try checkSettings(columnCount: features.columnCount)
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    return try fit(
      PenaltyDesign(
        features, problem: problem, factors: factors(features.columnCount),
        standardization: standardization, threadCount: threadCount,
        names: columnNaming(columnNames, count: features.columnCount)))
  }

  /// Fits the path to encoded features, whose categories are never written out as columns.
  ///
  /// Columns and levels are as in `LogisticRegression`; every level has its coefficient.
  ///
  /// - Throws: `FitError`, naming the first row or column at fault.
  /// - Complexity: as for a matrix; levels always count as columns that may have a part.
  public func fit(
    _ features: FeatureBlocks, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> ElasticNetPath {
    try checkSettings(columnCount: features.columnCount)
    try Self.checkLevels(of: features)
    let problem = try LogisticProblem(
      rowCount: features.rowCount, outcomes: outcomes, sampleWeights: sampleWeights, offset: offset)
    return try fit(
      PenaltyDesign(
        features, problem: problem, factors: factors(features.columnCount),
        standardization: standardization, threadCount: threadCount,
        names: columnNaming(columnNames, count: features.columnCount)))
  }
}

extension ElasticNet {
  private func fit(_ data: PenaltyDesign) throws(FitError) -> ElasticNetPath {
    let (penalties, points) = try follow(
      data, sweep: PanelSweep(data, threadCount: threadCount),
      folds: [nil])
    return path(data, penalties, points)
  }

  /// Follows the penalties on the rows of each of `folds`, `nil` first.
  func follow(
    _ data: PenaltyDesign, sweep: PanelSweep, folds: [Int?]
  ) throws(FitError) -> (penalties: [Double], points: [[PenaltyPath.Point]]) {
    let path = PenaltyPath(
      data: data, sweep: sweep, folds: folds, l1Share: l1Share, tolerance: tolerance,
      maximumSweeps: maximumIterations, screens: screensColumns)
    let start = try path.start()
    let chosen: [Double]
    if let penalties { chosen = penalties } else { chosen = try grid(path.largestUseful(start[0])) }
    return (chosen, try path.follow(chosen, from: start))
  }

  /// The fits on all rows, which come first at each penalty.
  func path(
    _ data: PenaltyDesign, _ penalties: [Double], _ points: [[PenaltyPath.Point]]
  ) -> ElasticNetPath {
    ElasticNetPath(points: zip(penalties, points).map { point(data, $0, $1[0]) })
  }

  private func point(
    _ data: PenaltyDesign, _ penalty: Double, _ point: PenaltyPath.Point
  ) -> ElasticNetPoint {
    let (l1, l2) = (l1Share * penalty, (1 - l1Share) * penalty)
    let terms = data.penalty(l1: l1, l2: l2)
    let solution = point.solution
    let (intercept, coefficients) = data.original(solution.point)
    return ElasticNetPoint(
      penalty: penalty, l1Penalty: l1, l2Penalty: l2, intercept: intercept,
      coefficients: coefficients, logLoss: solution.answer.logLoss, objective: solution.objective,
      dualityGap: DualityGap(
        parameters: solution.point, gradient: point.gradient, penalty: terms,
        spreads: data.spreads, meanOdds: solution.answer.meanOdds
      ).value,
      gradientNorm: terms.violation(
        solution.point, gradient: point.gradient, spreads: data.spreads),
      expectedDecrease: solution.decrease, sweeps: solution.sweeps)
  }

  private func grid(_ largest: Double?) throws(FitError) -> [Double] {
    guard let largest else {
      if l1Share > 0 { throw .nothingToPenalize }
      throw .settingOutOfRange(name: "l1Share", value: 0, allowed: "(0, 1] or give penalties")
    }
    guard penaltyCount > 1 else { return [largest] }
    return (0..<penaltyCount).map { k in
      largest * pow(smallestPenaltyRatio, Double(k) / Double(penaltyCount - 1))
    }
  }

  private func factors(_ count: Int) -> [Double] {
    penaltyFactors ?? Array(repeating: 1, count: count)
  }

  func checkSettings(columnCount: Int) throws(FitError) {
    func check(_ name: String, _ value: Double, _ allowed: String, _ holds: Bool) throws(FitError) {
      if !holds { throw .settingOutOfRange(name: name, value: value, allowed: allowed) }
    }
    try check("l1Share", l1Share, "[0, 1]", l1Share >= 0 && l1Share <= 1)
    try check(
      "smallestPenaltyRatio", smallestPenaltyRatio, "(0, 1)",
      smallestPenaltyRatio > 0 && smallestPenaltyRatio < 1)
    try check("tolerance", tolerance, "[1e-20, 0.01]", tolerance >= 1e-20 && tolerance <= 0.01)
    try check("penaltyCount", Double(penaltyCount), "[1, ∞)", penaltyCount >= 1)
    try checkRecipe(maximumIterations: maximumIterations, threadCount: threadCount)
    if let penalties { try checkPenalties(penalties) }
    if let penaltyFactors {
      precondition(
        penaltyFactors.count == columnCount,
        "\(penaltyFactors.count) penalty factors for \(columnCount) columns")
      for (j, factor) in penaltyFactors.enumerated() {
        try check("penalty factor \(j + 1)", factor, "[0, ∞]", factor >= 0)
      }
    }
  }

  /// Levels always have a part in the second derivatives.
  static func checkLevels(of features: FeatureBlocks) throws(FitError) {
    let levels = features.columnCount - features.dense.columnCount
    try checkColumnCount(levels, limit: LogisticRegression.columnLimit)
  }
}
