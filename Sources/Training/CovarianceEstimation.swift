import LinearAlgebra
import Scoring

/// From a fit and its data to the covariance of its parameters.
struct CovarianceEstimation {
  let centered: CenteredDesign
  let problem: LogisticProblem
  /// N, the rows that the weights count.
  let totalWeight: Double
  /// Of the centered design.
  let parameters: [Double]
  /// One for each parameter; 0 for the intercept.
  let penalties: [Double]
  /// Whether an L1 penalty holds coefficients of 0 where they are.
  let usesL1: Bool
  let threadCount: Int

  private var design: Design { centered.design }
  private var isPenalized: Bool { penalties.contains { $0 > 0 } }

  func inference(
    _ standardErrors: StandardErrors, names: (Int) -> String
  ) throws(FitError) -> CoefficientInference {
    let rows = RowDerivatives(
      design: design, problem: problem, parameters: parameters, threadCount: threadCount)
    let information = design.sandwich(rows.curvatures, threadCount: threadCount)
    let known = known(information)
    let curvature = information.submatrix(known)
    let factor = try factor(curvature, known: known, names: names)
    if !usesL1 { try checkGradient(rows, factor: factor, known: known) }
    let (kind, meat) = try meat(
      standardErrors, rows: rows, curvature: curvature, factor: factor, known: known)
    var covariance = Matrix(
      rowCount: design.columnCount, columnCount: design.columnCount, repeating: 0)
    covariance.fill(known, from: meat.map { factor.sandwich($0) } ?? factor.inverse())
    try covariance.checkFinite()
    return CoefficientInference(
      estimates: parameters, covariance: covariance.scaled(by: scale(of: kind)), kind: kind,
      validity: usesL1 ? .notValidAfterL1 : isPenalized ? .shrunk : .asymptotic,
      categories: design.categories { problem.weights[$0] > 0 }
    ).uncentered(by: centered)
  }

  /// The parameters that the data say something of.
  private func known(_ information: Matrix) -> [Int] {
    parameters.indices.filter { j in
      guard j > 0 else { return true }
      let isHeld = usesL1 && parameters[j] == 0
      return !isHeld && centered.spreads[j] > 0 && information[j, j] > 0
    }
  }

  /// The factor of the information per unit of weight with the penalties, I / N + P.
  private func factor(
    _ curvature: Matrix, known: [Int], names: (Int) -> String
  ) throws(FitError) -> Cholesky {
    var hessian = curvature
    for (i, j) in known.enumerated() { hessian[i, i] += penalties[j] }
    do throws(FactorizationError) {
      return try Cholesky(hessian)
    } catch {
      let aliases = Aliases(of: design, weights: problem.weights, threadCount: threadCount)
      guard !aliases.isEmpty else { throw .offsetDecides }
      throw .collinear(aliases.columns(named: names))
    }
  }

  /// Where the gradient is not 0, the data are not those of the fit. A thousandth of a standard error
  /// is more than any fit that converged leaves.
  private func checkGradient(
    _ rows: RowDerivatives, factor: Cholesky, known: [Int]
  ) throws(FitError) {
    let sums = design.transposeTimes(rows.residuals, threadCount: threadCount)
    let gradient = known.map { sums[$0] + penalties[$0] * parameters[$0] }
    let square = zip(gradient, factor.solve(gradient)).reduce(0) { $0 + $1.0 * $1.1 }
    let distance = (totalWeight * square).squareRoot()
    guard distance <= 1e-3 else { throw .notAtMinimum(standardErrors: distance) }
  }

  /// The middle of the sandwich, on the scale of the information per unit of weight; `nil` where it
  /// is the inverse of the outer parts.
  private func meat(
    _ standardErrors: StandardErrors, rows: RowDerivatives, curvature: Matrix, factor: Cholesky,
    known: [Int]
  ) throws(FitError) -> (StandardErrorKind, Matrix?) {
    switch standardErrors {
    case .classical:
      return (.classical, isPenalized ? curvature : nil)
    case .bayesian:
      return (.bayesian, nil)
    case .robustHC0:
      return (.robustHC0, robustMeat(rows, known: known))
    case .robustHC1:
      let freedom = coefficientCount(curvature, factor: factor)
      guard totalWeight > freedom else {
        throw .weightsNotCounts(sum: totalWeight, coefficients: freedom)
      }
      let factor = totalWeight / (totalWeight - freedom)
      return (.robustHC1(factor: factor), robustMeat(rows, known: known))
    case .clustered(let groups):
      let freedom = coefficientCount(curvature, factor: factor)
      let (kind, meat) = try clusteredMeat(rows, groups: groups, freedom: freedom)
      return (kind, meat.submatrix(known))
    }
  }

  /// Σ shareᵢ rᵢ² xᵢ xᵢᵀ: a weight counts rows, so that it is not squared.
  private func robustMeat(_ rows: RowDerivatives, known: [Int]) -> Matrix {
    let squares = (0..<design.rowCount).map { i in
      problem.weights[i] > 0 ? rows.residuals[i] * rows.residuals[i] / problem.weights[i] : 0
    }
    return design.sandwich(squares, threadCount: threadCount).submatrix(known)
  }

  private func clusteredMeat(
    _ rows: RowDerivatives, groups: [Int], freedom: Double
  ) throws(FitError) -> (StandardErrorKind, Matrix) {
    guard groups.count == design.rowCount else {
      throw .countMismatch(of: "groups", count: groups.count, rows: design.rowCount)
    }
    let scores = ClusterScores(
      design, residuals: rows.residuals, groups: groups, weights: problem.weights)
    let groupCount = Double(scores.groupCount)
    guard groupCount > 1 else { throw .tooFewGroups(count: scores.groupCount) }
    let rowCount = Double(problem.weightedRowCount)
    guard rowCount > freedom else {
      throw .fewerRowsThanColumns(rows: problem.weightedRowCount, columns: design.columnCount - 1)
    }
    let factor = groupCount / (groupCount - 1) * (rowCount - 1) / (rowCount - freedom)
    return (
      .clustered(groupCount: scores.groupCount, factor: factor),
      scores.products(threadCount: threadCount)
    )
  }

  /// k: the coefficients and the intercept; under a penalty as many of them as the data determine, the
  /// trace of (I + P)⁻¹ I.
  private func coefficientCount(_ curvature: Matrix, factor: Cholesky) -> Double {
    guard isPenalized else { return Double(curvature.columnCount) }
    let ratio = factor.solve(curvature)
    return (0..<ratio.columnCount).reduce(0) { $0 + ratio[$1, $1] }
  }

  /// Scores of clusters are sums over all rows; the others are means.
  private func scale(of kind: StandardErrorKind) -> Double {
    switch kind {
    case .classical, .bayesian, .robustHC0: 1 / totalWeight
    case .robustHC1(let factor): factor / totalWeight
    case .clustered(_, let factor): factor
    }
  }
}

extension Design {
  /// The categories' parameters, for tests of whole categories.
  ///
  /// - Parameter isCounted: whether a row has a weight above 0.
  func categories(isCounted: (Int) -> Bool) -> [CoefficientInference.Category] {
    var start = 1 + blocks.dense.columnCount
    return blocks.categories.map { category in
      defer { start += category.levelCount }
      let isWhole = (0..<rowCount).allSatisfy {
        !isCounted($0) || category.code($0) < category.levelCount
      }
      return .init(parameters: start..<start + category.levelCount, isWhole: isWhole)
    }
  }
}

/// Returns how many rows the weights count, 1 for each without them.
func sumOfWeights(_ sampleWeights: [Double]?, rowCount: Int) throws(FitError) -> Double {
  guard let sampleWeights else { return Double(rowCount) }
  let sum = sampleWeights.reduce(0, +)
  guard sum.isFinite else {
    throw .scaleOutOfRange(column: "weights", largest: sampleWeights.max() ?? 0)
  }
  return sum
}

extension CoefficientInference {
  /// Takes parameters of the centered columns to those of the columns as given.
  func uncentered(by centered: CenteredDesign) -> CoefficientInference {
    replacing(mapped(by: centered.uncentering))
  }

  /// The other's numbers, with the categories of this one.
  func replacing(_ other: CoefficientInference) -> CoefficientInference {
    CoefficientInference(
      estimates: other.estimates, covariance: other.covariance, kind: kind, validity: validity,
      categories: categories)
  }
}

extension Cholesky {
  /// Returns A⁻¹ `meat` A⁻¹, both triangles alike.
  fileprivate func sandwich(_ meat: Matrix) -> Matrix {
    var product = solve(solve(meat).transposed())
    for j in 0..<product.columnCount {
      for i in 0..<j {
        let mean = (product[i, j] + product[j, i]) / 2
        product[i, j] = mean
        product[j, i] = mean
      }
    }
    return product
  }
}

extension Matrix {
  /// Returns the rows and columns `indices`.
  func submatrix(_ indices: [Int]) -> Matrix {
    if indices.count == rowCount { return self }
    var result = Matrix(rowCount: indices.count, columnCount: indices.count, repeating: 0)
    for (j, column) in indices.enumerated() {
      for (i, row) in indices.enumerated() { result[i, j] = self[row, column] }
    }
    return result
  }

  /// Writes `block` into the rows and columns `indices`.
  fileprivate mutating func fill(_ indices: [Int], from block: Matrix) {
    for (j, column) in indices.enumerated() {
      for (i, row) in indices.enumerated() { self[row, column] = block[i, j] }
    }
  }

  /// Throws where a covariance is not of finite numbers: where products of the rows overflow.
  func checkFinite() throws(FitError) {
    guard values.allSatisfy(\.isFinite) else { throw .covarianceNotFinite }
  }

  /// Returns the matrix with every element times `factor`.
  func scaled(by factor: Double) -> Matrix {
    var result = self
    result.withUnsafeMutableValues { values in
      for i in values.indices { values[i] *= factor }
    }
    return result
  }
}
