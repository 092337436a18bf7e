/// A logistic regression as it was fitted, and how well the fit went.
public struct LogisticFit: Sendable, Hashable {
  /// The log-odds where every feature is 0 and no category has a level.
  public let intercept: Double
  /// p numbers, in log-odds per unit of the column: dense columns, then the levels of each category.
  public let coefficients: [Double]
  /// Newton steps taken, the last one included.
  public let iterations: Int
  /// The largest derivative of the objective at the result, by the intercept or by a coefficient in
  /// units of its column's largest distance from the mean. It does not depend on the columns' scales.
  public let gradientNorm: Double
  /// Half the squared Newton decrement before the last step, ½ gᵀH⁻¹g: what that step was expected
  /// to lower the objective by. After the step the objective is about its square from the minimum.
  public let newtonDecrement: Double
  /// What was minimised: `logLoss` + ½ l2Penalty ‖coefficients‖².
  public let objective: Double
  /// The weighted mean log loss of the rows it was fitted to, in nats.
  public let logLoss: Double
}
