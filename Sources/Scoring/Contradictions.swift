import Evaluation
import Tables

// What no training writes but a file may hold: each would otherwise end a run in the middle.

extension Encoder {
  /// What cannot be, with the feature's name; `nil` where all fits together.
  var contradiction: String? {
    var names: Set<String> = []
    for feature in features {
      guard names.insert(feature.name).inserted else {
        return "two features are named '\(feature.name)'"
      }
      if let contradiction = feature.contradiction { return contradiction }
    }
    return nil
  }
}

extension Feature {
  fileprivate var contradiction: String? {
    switch (source, encoding) {
    case (.number, .number(let number)), (.boolean, .number(let number)),
      (.daysBeforeSnapshot, .number(let number)):
      return number.scale > 0 ? nil : "the scale of feature '\(name)' is \(number.scale)"
    case (.number, .offset(let offset)):
      return offset.mean.isFinite ? nil : "the mean of offset '\(name)' is no number"
    case (.category, .category(let category)), (.month, .category(let category)),
      (.weekday, .category(let category)):
      return contradiction(category)
    default:
      return "feature '\(name)' is encoded as another kind than its source"
    }
  }

  private func contradiction(_ category: CategoryEncoding) -> String? {
    let levelCount = category.levels.count
    guard category.shares.count == levelCount else {
      return "feature '\(name)' has \(levelCount) levels and \(category.shares.count) shares"
    }
    guard LevelDictionary(category.levels).count == levelCount else {
      return "a level of feature '\(name)' is listed twice"
    }
    if let reference = category.reference, !category.parts.indices.contains(reference) {
      return
        "the reference of feature '\(name)' is level \(reference) of \(category.parts.count)"
    }
    return nil
  }
}

extension DecileBands {
  var contradiction: String? {
    let descends = zip(cuts, cuts.dropFirst()).allSatisfy { $0 >= $1 }
    return cuts.count == 9 && descends
      ? nil : "there are \(cuts.count) cuts of the bands, not 9 in descending order"
  }
}

extension Model {
  /// What cannot be in a model; `nil` where all fits together.
  var contradiction: String? {
    if let contradiction = encoder.contradiction { return contradiction }
    let columnCount = encoder.designColumns.count
    guard predictor.equations.allSatisfy({ $0.coefficients.count == columnCount }) else {
      return "coefficients and encoder differ in number"
    }
    for equation in predictor.equations {
      guard let inference = equation.inference else { continue }
      let count = encoder.originalScale(equation).coefficients.count
      guard inference.standardErrors.count == count else {
        return "standard errors and coefficients differ in number"
      }
    }
    return predictor.contradiction(encoder)
  }
}

extension Predictor {
  fileprivate func contradiction(_ encoder: Encoder) -> String? {
    switch self {
    case .binary(let binary): return binary.bands.contradiction
    case .multinomial(let multinomial): return multinomial.contradiction
    case .choice(let choice):
      let names = encoder.features.map(\.name)
      return names.contains(choice.offerColumn)
        ? nil : "the offer '\(choice.offerColumn)' is none of the features"
    }
  }
}

extension MultinomialPredictor {
  fileprivate var contradiction: String? {
    guard classes.count >= 2 else { return "there are \(classes.count) classes, not 2 or more" }
    guard LevelDictionary(classes.map(\.name)).count == classes.count else {
      return "a class of '\(column)' is listed twice"
    }
    guard classes.allSatisfy({ $0.share > 0 && $0.share <= 1 }) else {
      return "a class of '\(column)' has a share that is not between 0 and 1"
    }
    return evaluation.map { $0.classes.count == classes.count } ?? true
      ? nil : "classes and their measures differ in number"
  }
}
