/// What one part of a feature adds to the score, on the scale of the encoded design.
package struct Effect: Hashable, Sendable {
  package let feature: Feature
  package let part: DesignColumn.Part
  /// 0 for a reference level, which has no column.
  package let coefficient: Double
  /// The share of the training rows the part is true of; `nil` for a number's value.
  package let share: Double?
}

extension Encoder {
  /// The effects of every part of every feature, in the order of the features, given p coefficients.
  package func effects(_ coefficients: [Double]) -> [Effect] {
    var dense = coefficients.prefix(denseColumnCount)
    var levels = coefficients.dropFirst(denseColumnCount)
    return features.flatMap { feature -> [Effect] in
      switch feature.encoding {
      case .number(let number):
        let parts = number.columnParts
        let own = dense.prefix(parts.count)
        dense = dense.dropFirst(own.count)
        return zip(parts, own).map {
          Effect(
            feature: feature, part: $0, coefficient: $1,
            share: $0 == .missing ? number.missingShare : nil)
        }
      case .category(let category):
        let own = levels.prefix(category.columnParts.count)
        levels = levels.dropFirst(own.count)
        return zip(zip(category.parts, category.partShares), category.effects(own)).map {
          Effect(feature: feature, part: $0.0, coefficient: $1, share: $0.1)
        }
      case .offset: return []
      }
    }
  }
}
