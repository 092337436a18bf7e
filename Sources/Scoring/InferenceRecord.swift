import SpecialFunctions

/// How sure a fit is of its coefficients, on the scale of the columns as they stand in the file.
public struct InferenceRecord: Codable, Hashable, Sendable {
  /// The joint test that the levels of one category do not differ.
  public struct FeatureTest: Codable, Hashable, Sendable {
    public let feature: String
    /// Chi-squared, of Wald.
    public let statistic: Double
    public let degreesOfFreedom: Int
    public let pValue: Double

    public init(feature: String, statistic: Double, degreesOfFreedom: Int, pValue: Double) {
      self.feature = feature
      self.statistic = statistic
      self.degreesOfFreedom = degreesOfFreedom
      self.pValue = pValue
    }
  }

  /// Classical, robust or clustered, with what was counted for them.
  public let kind: String
  /// Whether intervals cover, and tests reject, as often as they say.
  public let isValid: Bool
  /// What a reader must know; `nil` where there is nothing.
  public let note: String?
  public let interceptStandardError: Double?
  /// In the order of `OriginalScale.coefficients`; `nil` where the data say nothing of a coefficient.
  public let standardErrors: [Double?]
  public let tests: [FeatureTest]

  public init(
    kind: String, isValid: Bool, note: String?, interceptStandardError: Double?,
    standardErrors: [Double?], tests: [FeatureTest]
  ) {
    self.kind = kind
    self.isValid = isValid
    self.note = note
    self.interceptStandardError = interceptStandardError
    self.standardErrors = standardErrors
    self.tests = tests
  }
}

/// A coefficient's standard error with the Wald test and the 95 % interval that go with it.
public struct WaldEstimate: Codable, Hashable, Sendable {
  public let standardError: Double
  /// The estimate in standard errors.
  public let zValue: Double
  /// Two-sided, that the coefficient is 0.
  public let pValue: Double
  public let lower: Double
  public let upper: Double

  /// `nil` where there is no standard error, or the numbers leave the range of a `Double`.
  init?(estimate: Double, standardError: Double?) {
    guard let standardError, standardError > 0 else { return nil }
    let zValue = estimate / standardError
    let reach = normalQuantile(0.975) * standardError
    guard zValue.isFinite, (estimate - reach).isFinite, (estimate + reach).isFinite else {
      return nil
    }
    self.standardError = standardError
    self.zValue = zValue
    pValue = 2 * normalCDF(-abs(zValue))
    lower = estimate - reach
    upper = estimate + reach
  }
}
