/// Which variation of the coefficients standard errors are to measure.
///
/// A weight is how many times a row was seen, so that a weight of 2 gives the standard errors of the
/// row twice. For weights of another kind (sampling, importance) use `clustered`, with a group for each
/// row if there are no others: it does not depend on the scale of the weights.
public enum StandardErrors: Hashable, Sendable {
  /// From the curvature of the log loss: right where the model is. Without a penalty the inverse
  /// information I⁻¹; with one, (I + P)⁻¹ I (I + P)⁻¹, the variation of the penalised estimate.
  case classical
  /// The spread of the posterior under a normal prior with the penalty's variance, (I + P)⁻¹. Without
  /// a penalty the same as `classical`.
  case bayesian
  /// From the squared residuals, which allows a wrong variance: the sandwich of Huber (1967) and White
  /// (1982, *Econometrica* 50, 1–25), without a small-sample factor.
  case robustHC0
  /// `robustHC0` times N / (N − k), for a sum of weights N and k coefficients with the intercept.
  case robustHC1
  /// From the scores summed within groups, which allows any dependence inside a group: one code a row.
  /// The factor is G / (G − 1) × (n − 1) / (n − k), for G groups and n rows with a weight above 0, as in
  /// statsmodels.
  case clustered(by: [Int])
}

/// Which standard errors are at hand, with what was counted for them.
public enum StandardErrorKind: Hashable, Sendable {
  case classical
  case bayesian
  case robustHC0
  case robustHC1(factor: Double)
  case clustered(groupCount: Int, factor: Double)
}

extension StandardErrorKind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .classical: "classical"
    case .bayesian: "Bayesian, the penalty being a normal prior"
    case .robustHC0: "robust (sandwich, HC0)"
    case .robustHC1(let factor): "robust (sandwich, HC1: variances × \(factor))"
    case .clustered(let groupCount, let factor):
      "clustered in \(groupCount) groups (sandwich, variances × \(factor))"
    }
  }
}

/// What intervals and p-values are worth after the fit they come from. Reports carry `note`.
public enum InferenceValidity: String, Codable, Hashable, Sendable {
  /// A fit by maximum likelihood: right for many rows.
  case asymptotic
  /// A fit with an L2 penalty.
  case shrunk
  /// A fit by Firth's method.
  case firth
  /// A fit with an L1 penalty.
  case notValidAfterL1

  /// Whether intervals cover, and tests reject, as often as they say.
  public var isValid: Bool { self == .asymptotic || self == .firth }

  /// What a reader must know; `nil` where there is nothing.
  public var note: String? {
    switch self {
    case .asymptotic: nil
    case .shrunk:
      "the penalty pulls coefficients toward 0, which the intervals do not make good: read them as "
        + "the precision of the penalised coefficients"
    case .firth:
      "Wald intervals are symmetric; where the outcomes are separated, profile likelihood intervals "
        + "are to be preferred"
    case .notValidAfterL1:
      "not valid: the L1 penalty chose the columns by the same data, so that the intervals are too "
        + "narrow and the p-values too small"
    }
  }
}
