public import Scoring

/// The parameters on the scale of the columns as they stand in the file, with their covariance.
public struct OriginalScaleInference: Sendable, Hashable {
  public struct Term: Sendable, Hashable {
    public let feature: String
    /// The level of a category; `(other)` pools rare and unseen levels, `(missing)` is no value.
    public let level: String?
  }

  /// In the order of `OriginalScale.coefficients`; term j is parameter j + 1 of `inference`. A reference
  /// level is 0 and has no standard error.
  public let terms: [Term]
  public let inference: CoefficientInference
}

extension CoefficientInference {
  /// Takes parameters of the encoder's columns, standardized numbers and levels, to the columns as they
  /// stand in the file: the same linear map as `Model.originalScale`.
  public func onOriginalScale(of encoder: Encoder) -> OriginalScaleInference {
    let columns = encoder.designColumns
    precondition(
      columns.count + 1 == estimates.count,
      "\(estimates.count) parameters for \(columns.count) columns and an intercept")
    var parameters: [Feature: [DesignColumn.Part: Int]] = [:]
    for (j, column) in columns.enumerated() {
      parameters[column.feature, default: [:]][column.part] = j + 1
    }
    var terms: [OriginalScaleInference.Term] = []
    var intercept = [(parameter: 0, factor: 1.0)]
    var map: [[(parameter: Int, factor: Double)]] = []
    for feature in encoder.features {
      for part in feature.encoding.parts {
        let parameter = parameters[feature]?[part]
        var row = parameter.map { [(parameter: $0, factor: 1.0)] } ?? []
        if let parameter, case .number(let number) = feature.encoding {
          if part == .value {
            row = [(parameter: parameter, factor: 1 / number.scale)]
            intercept.append((parameter: parameter, factor: -number.mean / number.scale))
          } else {
            // An absent number stands at the mean of the column before its indicator, if there is one.
            if let slope = parameters[feature]?[.value] {
              row.append((parameter: slope, factor: number.mean / number.scale))
            }
          }
        }
        map.append(row)
        terms.append(.init(feature: feature.name, level: part.level))
      }
    }
    return OriginalScaleInference(terms: terms, inference: mapped(by: [intercept] + map))
  }
}

extension FeatureEncoding {
  /// What the feature can be, reference level included.
  fileprivate var parts: [DesignColumn.Part] {
    switch self {
    case .number(let number): number.columnParts
    case .offset: []
    case .category(let category): category.parts
    }
  }
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
