public import Evaluation
public import LinearAlgebra
import SpecialFunctions

/// The coefficients of a fit with their covariance: standard errors, intervals and tests.
///
/// Parameter 0 is the intercept, parameter j > 0 column j − 1 of the features.
public struct CoefficientInference: Sendable, Hashable {
  /// Intercept, then coefficients.
  public let estimates: [Double]
  /// (1 + p) × (1 + p). A parameter that the data say nothing of (a constant column under a penalty, a
  /// coefficient that an L1 penalty holds at 0) has zeros.
  public let covariance: Matrix
  public let kind: StandardErrorKind
  public let validity: InferenceValidity
  /// The parameters of each category, in the order of the features.
  let categories: [Category]

  struct Category: Hashable, Sendable {
    let parameters: Range<Int>
    /// Whether every row has one of its levels, so that only differences of levels are determined.
    let isWhole: Bool
  }

  init(
    estimates: [Double], covariance: Matrix, kind: StandardErrorKind, validity: InferenceValidity,
    categories: [Category]
  ) {
    precondition(
      covariance.rowCount == estimates.count && covariance.columnCount == estimates.count,
      "\(estimates.count) estimates, covariance of \(covariance.rowCount) × \(covariance.columnCount)"
    )
    self.estimates = estimates
    self.covariance = covariance
    self.kind = kind
    self.validity = validity
    self.categories = categories
  }

  /// The estimate of one parameter.
  public subscript(parameter: Int) -> CoefficientEstimate {
    CoefficientEstimate(
      estimate: estimates[parameter], variance: covariance[parameter, parameter])
  }

  /// The estimates of all parameters, the intercept first.
  public var parameters: [CoefficientEstimate] { estimates.indices.map { self[$0] } }

  /// Returns the sum of `terms`, each a factor times a parameter, such as the difference of two levels.
  public func combination(_ terms: [(parameter: Int, factor: Double)]) -> CoefficientEstimate {
    let mapped = mapped(by: [terms])
    return mapped[0]
  }

  /// Returns other parameters that are sums of these, one for each row of `map`, with their covariance.
  ///
  /// - Complexity: O(m p) for m terms in all.
  public func mapped(by map: [[(parameter: Int, factor: Double)]]) -> CoefficientInference {
    let count = estimates.count
    // L C, by columns of its transpose, then L (L C)ᵀ.
    var half = Matrix(rowCount: count, columnCount: map.count, repeating: 0)
    half.withUnsafeMutableValues { half in
      covariance.values.withUnsafeBufferPointer { covariance in
        for (i, row) in map.enumerated() {
          for term in row {
            precondition(term.parameter < count, "parameter \(term.parameter) of \(count)")
            for j in 0..<count {
              half[i * count + j] += term.factor * covariance[term.parameter * count + j]
            }
          }
        }
      }
    }
    var result = Matrix(rowCount: map.count, columnCount: map.count, repeating: 0)
    for j in map.indices {
      for (i, row) in map.enumerated() {
        result[i, j] = row.reduce(0) { $0 + $1.factor * half[$1.parameter, j] }
      }
    }
    return CoefficientInference(
      estimates: map.map { $0.reduce(0) { $0 + $1.factor * estimates[$1.parameter] } },
      covariance: result, kind: kind, validity: validity, categories: [])
  }
}

/// A number estimated from data.
public struct CoefficientEstimate: Sendable, Hashable {
  public let estimate: Double
  /// `nil` where the data say nothing of the parameter.
  public let standardError: Double?

  init(estimate: Double, variance: Double) {
    self.estimate = estimate
    standardError = variance > 0 ? variance.squareRoot() : nil
  }

  /// The estimate in standard errors.
  public var zValue: Double? { standardError.map { estimate / $0 } }

  /// The two-sided Wald test that the parameter is 0.
  public var pValue: Double? { zValue.map { 2 * normalCDF(-abs($0)) } }

  /// The Wald interval that covers the parameter with probability `confidence`, in large samples.
  ///
  /// - Precondition: `confidence` is in (0, 1).
  public func interval(confidence: Double = 0.95) -> IntervalEstimate? {
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence), not in (0, 1)")
    let z = -normalQuantile((1 - confidence) / 2)
    return standardError.map {
      IntervalEstimate(estimate: estimate, lower: estimate - z * $0, upper: estimate + z * $0)
    }
  }
}
