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
