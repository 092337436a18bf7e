/// A model's numbers on the scale of the columns as they stand in the file, to be held against other
/// software: score = `intercept` + Σ coefficient × value, a category's or an absent number's coefficient
/// being added as it is.
public struct OriginalScale: Codable, Hashable, Sendable {
  public struct Term: Codable, Hashable, Sendable {
    public let feature: String
    /// The level of a category; `(other)` pools rare and unseen levels, `(missing)` is no value.
    public let level: String?
    /// In log-odds: per unit of a number, per day of a date.
    public let coefficient: Double
  }

  public let intercept: Double
  public let coefficients: [Term]
}

extension Model {
  public var originalScale: OriginalScale {
    var intercept = self.intercept
    var terms: [OriginalScale.Term] = []
    var slope = 0.0
    for (column, coefficient) in zip(encoder.designColumns, coefficients) {
      var level: String?
      var onOwnScale = coefficient
      switch (column.part, column.feature.encoding) {
      case (.value, .number(let number)):
        slope = coefficient / number.scale
        intercept -= slope * number.mean
        onOwnScale = slope
      case (.missing, .number(let number)):
        // An absent number stands at the mean, and the intercept has moved to zero.
        level = "(missing)"
        onOwnScale = coefficient + slope * number.mean
      case (.missing, .category): level = "(missing)"
      case (.pooled, _): level = "(other)"
      case (.level(let name), _): level = name
      case (.value, .category): break
      }
      terms.append(.init(feature: column.feature.name, level: level, coefficient: onOwnScale))
    }
    return OriginalScale(intercept: intercept, coefficients: terms)
  }
}
