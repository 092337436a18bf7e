public import Evaluation

/// A logistic regression as Firth's method fitted it.
public struct FirthFit: Sendable, Hashable {
  /// The coefficients. Its `objective` is −`penalizedLogLikelihood` per unit of weight; its `iterations`
  /// are steps.
  public let fit: LogisticFit
  /// The log-likelihood + ½ log det I, for the columns as given.
  public let penalizedLogLikelihood: Double
  /// Classical, from the information at the fit.
  public let inference: CoefficientInference

  public var intercept: Double { fit.intercept }
  public var coefficients: [Double] { fit.coefficients }
}

/// What the penalised likelihood says of one coefficient when all others follow.
public struct FirthProfile: Sendable, Hashable {
  /// The index of the column, from 0.
  public let column: Int
  /// The values that a likelihood ratio test does not reject.
  public let interval: IntervalEstimate
  /// The likelihood ratio test that the coefficient is 0: chi-squared with 1 degree of freedom.
  public let test: WaldTest
}
