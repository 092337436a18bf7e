import LinearAlgebra
public import Scoring

extension MultinomialRegression {
  /// Most parameters, K (1 + p), whose covariance is computed: their square is kept several times.
  public static let inferenceLimit = 2_000

  /// Returns standard errors for the coefficients that `fit` found: one answer a class.
  ///
  /// Classical, from the observed information I = Σ w (diag(p) − p pᵀ) ⊗ x xᵀ, which for this model is the
  /// expected one. Adding one number to a column's coefficients of all classes changes no probability;
  /// those with sum 0 are estimated, and have the covariance I⁺, or (I + P)⁻¹ I (I + P)⁻¹ with a penalty
  /// P, on what leaves the sums at 0. A weight is how many times a row was seen.
  ///
  /// - Parameters:
  ///   - fit: what `self` gave for the same rows, weights and availability.
  /// - Throws: `FitError`; among others for more than `inferenceLimit` parameters.
  /// - Complexity: O(K² n p² + K³ p³).
  public func inference(
    of fit: MultinomialFit, _ features: FeatureBlocks, sampleWeights: [Double]? = nil,
    available: Availability? = nil, columnNames: [String]? = nil
  ) throws(FitError) -> [CoefficientInference] {
    let (columnCount, classCount) = (1 + features.columnCount, fit.classCount)
    let count = columnCount * classCount
    guard count <= Self.inferenceLimit else {
      throw .tooManyParameters(count: count, limit: Self.inferenceLimit)
    }
    let information = try information(of: fit, features, sampleWeights, available)
    var hessian = information
    let total = try sumOfWeights(sampleWeights, rowCount: features.rowCount)
    for index in 0..<count where index % columnCount > 0 {
      hessian[index, index] += total * l2Penalty
    }
    hessian.addMeans(columnCount: columnCount, classCount: classCount)
    let factor: Cholesky
    do throws(FactorizationError) {
      factor = try Cholesky(hessian)
    } catch {
      guard case .notPositiveDefinite(let index) = error, index % columnCount > 0 else {
        throw .dependent(column: "intercept")
      }
      let names = columnNaming(columnNames, count: features.columnCount)
      throw .dependent(column: names(index % columnCount - 1))
    }
    let covariance = factor.solve(factor.solve(information).transposed())
    try covariance.checkFinite()
    let categories = Design(features).categories { sampleWeights?[$0] ?? 1 > 0 }
    return (0..<classCount).map { k in
      let range = Array(k * columnCount..<(k + 1) * columnCount)
      return CoefficientInference(
        estimates: [fit.intercepts[k]] + fit.coefficients.column(k),
        covariance: covariance.submatrix(range), kind: .classical,
        validity: l2Penalty > 0 ? .shrunk : .asymptotic, categories: categories)
    }
  }

  private func information(
    of fit: MultinomialFit, _ features: FeatureBlocks, _ sampleWeights: [Double]?,
    _ available: Availability?
  ) throws(FitError) -> Matrix {
    let probabilities = try fit.probabilities(features, available: available)
    let design = Design(features)
    let (columnCount, classCount) = (design.columnCount, fit.classCount)
    var information = Matrix(
      rowCount: columnCount * classCount, columnCount: columnCount * classCount, repeating: 0)
    for k in 0..<classCount {
      for m in 0...k {
        let weights = (0..<features.rowCount).map { row in
          let own = probabilities[row, k]
          return (sampleWeights?[row] ?? 1) * own * (k == m ? 1 - own : probabilities[row, m])
        }
        let block = design.sandwich(weights, threadCount: threadCount)
        for j in 0..<columnCount {
          for i in 0..<columnCount {
            let value = k == m ? block[i, j] : -block[i, j]
            information[k * columnCount + i, m * columnCount + j] = value
            information[m * columnCount + j, k * columnCount + i] = value
          }
        }
      }
    }
    return information
  }
}

extension Matrix {
  /// Gives the mean of a column's parameters over the classes, which has no curvature, as much as they
  /// have themselves: it changes nothing of what leaves the mean at 0.
  fileprivate mutating func addMeans(columnCount: Int, classCount: Int) {
    for j in 0..<columnCount {
      let parameters = (0..<classCount).map { $0 * columnCount + j }
      let mean = parameters.reduce(0) { $0 + self[$1, $1] } / Double(classCount)
      let addition = mean > 0 ? mean / Double(classCount) : 1
      for column in parameters {
        for row in parameters { self[row, column] += addition }
        if mean <= 0 { self[column, column] += 1 }  // a constant column: it has no variance
      }
    }
  }
}
