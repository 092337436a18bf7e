public import LinearAlgebra
public import Scoring

/// A multinomial regression as it was fitted, and how well the fit went.
public struct MultinomialFit: Sendable, Hashable {
  /// K numbers with sum 0: the log-odds against the geometric mean of all classes where every feature
  /// is 0 and no category has a level.
  public let intercepts: [Double]
  /// p × K, one column a class: dense columns, then the levels of each category. Rows have sum 0.
  public let coefficients: Matrix
  /// Newton steps on all rows, the last one included.
  public let iterations: Int
  /// Products with the second derivatives of all rows, each one reading of the data, as each
  /// iteration is.
  public let curvatureProducts: Int
  /// The largest derivative of the objective at the result, by an intercept or by a coefficient in
  /// units of its column's largest distance from the mean. It does not depend on the columns' scales.
  public let gradientNorm: Double
  /// Half the squared Newton decrement before the last step, ½ gᵀH⁻¹g: what that step was expected
  /// to lower the objective by.
  public let newtonDecrement: Double
  /// ½ gᵀM⁻¹g at the result, M being the preconditioner: about how far the objective is above its
  /// minimum.
  public let objectiveGap: Double
  /// What was minimised: `logLoss` + ½ l2Penalty ‖coefficients‖².
  public let objective: Double
  /// The weighted mean log loss of the rows it was fitted to, in nats.
  public let logLoss: Double

  public var classCount: Int { intercepts.count }
}

extension MultinomialFit {
  /// Takes a solution on centered columns back to the columns as given.
  init(_ solution: MultinomialSolver.Solution, design: Design) {
    let parameters = solution.evaluation.parameters
    let count = design.columnCount
    let classes = stride(from: 0, to: parameters.count, by: count).map {
      Array(parameters[$0..<$0 + count])
    }
    self.init(
      intercepts: classes.map { parameters in
        zip(design.centers, parameters.dropFirst()).reduce(parameters[0]) { $0 - $1.0 * $1.1 }
      },
      coefficients: Matrix(
        rowCount: count - 1, columnCount: classes.count,
        columnMajor: classes.flatMap { $0.dropFirst() }),
      iterations: solution.iterations, curvatureProducts: solution.productCount,
      gradientNorm: solution.gradientNorm, newtonDecrement: solution.newtonDecrement,
      objectiveGap: solution.objectiveGap, objective: solution.evaluation.objective,
      logLoss: solution.evaluation.logLoss)
  }

  func unscaled(centers: [Double], scales: [Double]) -> MultinomialFit {
    var coefficients = coefficients
    var intercepts = intercepts
    for k in intercepts.indices {
      for j in scales.indices {
        coefficients[j, k] /= scales[j]
        intercepts[k] -= centers[j] * coefficients[j, k]
      }
    }
    return MultinomialFit(
      intercepts: intercepts, coefficients: coefficients, iterations: iterations,
      curvatureProducts: curvatureProducts, gradientNorm: gradientNorm,
      newtonDecrement: newtonDecrement, objectiveGap: objectiveGap, objective: objective,
      logLoss: logLoss)
  }
}

extension MultinomialFit {
  /// Returns the probabilities of the K classes for each of n rows, n × K; 0 for a class that is not
  /// available, and the others in the same proportions as without the mask.
  ///
  /// - Parameters:
  ///   - features: n × p, the columns of the fit.
  ///   - available: n × K; everything when absent.
  /// - Throws: `FitError` for a value that is not finite, and for a row with nothing available.
  public func probabilities(
    _ features: Matrix, available: Availability? = nil
  ) throws(FitError) -> Matrix {
    precondition(
      features.columnCount == coefficients.rowCount,
      "\(features.columnCount) columns for \(coefficients.rowCount) coefficients a class")
    var scores = scores(rowCount: features.rowCount)
    scores.withUnsafeMutableValues { values in
      guard let target = values.baseAddress else { return }
      Products.addTimes(
        features.values, rowCount: features.rowCount, columnCount: features.columnCount,
        leadingDimension: max(1, features.rowCount), panel: coefficients.values,
        panelStride: max(1, coefficients.rowCount), panelCount: classCount, to: target,
        resultStride: max(1, features.rowCount))
    }
    return try softmax(scores, available: available) { row in
      (0..<features.columnCount).first { !features[row, $0].isFinite }
    }
  }

  /// Returns the probabilities of the K classes for each of n encoded rows, n × K.
  ///
  /// - Parameters:
  ///   - features: n rows of dense columns and level codes, p columns in all.
  ///   - available: n × K; everything when absent.
  /// - Throws: `FitError` for a value that is not finite, and for a row with nothing available.
  public func probabilities(
    _ features: FeatureBlocks, available: Availability? = nil
  ) throws(FitError) -> Matrix {
    precondition(
      features.columnCount == coefficients.rowCount,
      "\(features.columnCount) columns for \(coefficients.rowCount) coefficients a class")
    let design = Design(features)
    let scores = Matrix(
      rowCount: features.rowCount, columnCount: classCount,
      columnMajor: intercepts.indices.flatMap {
        design.times([intercepts[$0]] + coefficients.column($0), threadCount: 1)
      })
    return try softmax(scores, available: available) { row in
      (0..<features.dense.columnCount).first { !features.dense[row, $0].isFinite }
    }
  }

  private func scores(rowCount: Int) -> Matrix {
    Matrix(
      rowCount: rowCount, columnCount: classCount,
      columnMajor: intercepts.flatMap { Array(repeating: $0, count: rowCount) })
  }

  private func softmax(
    _ scores: Matrix, available: Availability?, badColumn: (Int) -> Int?
  ) throws(FitError) -> Matrix {
    let rowCount = scores.rowCount
    for row in 0..<rowCount where !(0..<classCount).allSatisfy({ scores[row, $0].isFinite }) {
      let column = badColumn(row)
      throw .notFinite(row: row + 1, column: column.map { "\($0 + 1)" } ?? "linear predictor")
    }
    return try availableProbabilities(scores, available: available)
  }
}

/// Returns the softmax of each row of `scores`, over what is available.
private func availableProbabilities(
  _ scores: Matrix, available: Availability?
) throws(FitError) -> Matrix {
  let (rowCount, classCount) = (scores.rowCount, scores.columnCount)
  precondition(
    available.map { $0.rowCount == rowCount && $0.optionCount == classCount } ?? true,
    "availability of another shape than \(rowCount) × \(classCount)")
  if let available {
    for row in 0..<rowCount where !(0..<classCount).contains(where: { available[row, $0] }) {
      throw .nothingAvailable(row: row + 1)
    }
  }
  var result = scores
  let softmax = Softmax(rowCount: tileRows, classCount: classCount)
  result.withUnsafeMutableValues { values in
    for first in stride(from: 0, to: rowCount, by: tileRows) {
      let count = min(tileRows, rowCount - first)
      for k in 0..<classCount {
        for i in 0..<count { softmax.scores[k * tileRows + i] = values[k * rowCount + first + i] }
      }
      softmax.setTerms(available: available, firstRow: first, count: count)
      softmax.setSums()
      for k in 0..<classCount {
        for i in 0..<count {
          values[k * rowCount + first + i] = softmax.terms[k * tileRows + i] / softmax.sums[i]
        }
      }
    }
  }
  return result
}
