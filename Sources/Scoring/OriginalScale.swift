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
    let numbers = Dictionary(
      uniqueKeysWithValues: encoder.features.compactMap { feature -> (String, NumberEncoding)? in
        guard case .number(let number) = feature.encoding else { return nil }
        return (feature.name, number)
      })
    var slope = 0.0
    for (column, coefficient) in zip(encoder.designColumns, coefficients) {
      let number = numbers[column.feature]
      switch (column.part, number) {
      case (.value, .some(let number)):
        slope = coefficient / number.scale
        intercept -= slope * number.mean
        terms.append(.init(feature: column.feature, level: nil, coefficient: slope))
      case (.missing, .some(let number)):
        // An absent number stands at the mean, and the intercept has moved to zero.
        terms.append(
          .init(
            feature: column.feature, level: "(missing)",
            coefficient: coefficient + slope * number.mean))
      case (.level(let level), _):
        terms.append(.init(feature: column.feature, level: level, coefficient: coefficient))
      case (.pooled, _):
        terms.append(.init(feature: column.feature, level: "(other)", coefficient: coefficient))
      case (.missing, .none):
        terms.append(.init(feature: column.feature, level: "(missing)", coefficient: coefficient))
      case (.value, .none): break
      }
    }
    return OriginalScale(intercept: intercept, coefficients: terms)
  }
}
