/// A model's numbers on the scale of the columns as they stand in the file, to be held against other
/// software: score = `intercept` + Σ coefficient × value, a category's or an absent number's coefficient
/// being added as it is.
///
/// Terms stand in the order of the features. A reference level has the coefficient 0. What has no term, an
/// absent number or a level training never met, counts as the average training customer.
public struct OriginalScale: Codable, Hashable, Sendable {
  public struct Term: Codable, Hashable, Sendable {
    public let feature: String
    /// The level of a category; `(other)` pools rare and unseen levels, `(missing)` is no value.
    public let level: String?
    /// In log-odds: per unit of a number, per day of a date.
    public let coefficient: Double
    /// With standard errors, absent for a reference level and where the data say nothing.
    public fileprivate(set) var wald: WaldEstimate?
  }

  public let intercept: Double
  public let interceptWald: WaldEstimate?
  public let coefficients: [Term]
}

extension Encoder {
  /// `equation`, which is on the scale of the encoded design, on that of the columns.
  public func originalScale(_ equation: LinearEquation) -> OriginalScale {
    var intercept = equation.intercept
    var terms: [OriginalScale.Term] = []
    var slope = 0.0
    for effect in effects(equation.coefficients) {
      var coefficient = effect.coefficient
      if case .number(let number) = effect.feature.encoding {
        if effect.part == .value {
          slope = coefficient / number.scale
          intercept -= slope * number.mean
          coefficient = slope
        } else if number.columnParts.contains(.value) {
          // An absent number stands at the mean, and the intercept has moved to zero.
          coefficient += slope * number.mean
        }
      }
      terms.append(
        .init(
          feature: effect.feature.name, level: effect.part.level, coefficient: coefficient))
    }
    // Their number is checked where a file is read.
    for (index, error) in (equation.inference?.standardErrors ?? []).prefix(terms.count)
      .enumerated()
    {
      terms[index].wald = WaldEstimate(estimate: terms[index].coefficient, standardError: error)
    }
    return OriginalScale(
      intercept: intercept,
      interceptWald: WaldEstimate(
        estimate: intercept, standardError: equation.inference?.interceptStandardError),
      coefficients: terms)
  }
}

extension Model {
  /// One for each equation of the predictor.
  public var originalScales: [OriginalScale] { predictor.equations.map(encoder.originalScale) }
}

extension DesignColumn.Part {
  fileprivate var level: String? {
    switch self {
    case .value: nil
    case .level(let level): level
    case .pooled: "(other)"
    case .missing: "(missing)"
    }
  }
}
