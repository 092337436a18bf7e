import Scoring

/// The categories whose coefficients add up to 0 at the minimum.
///
/// Where every row has one of the levels, adding a number to all of them and taking it off the intercept
/// changes no linear predictor; so the penalty alone decides, and it is least where they add up to 0. Steps
/// that keep the sums at 0 never have to find that out along directions that are almost flat.
struct ZeroSums: Sendable {
  /// By category; `nil` where a row has no level or the penalties differ.
  private let ranges: [Range<Int>?]

  init(_ design: Design, penalties: [Double]) {
    ranges = design.blocks.categories.enumerated().map { index, category in
      let start = design.layout.parameterStarts[index]
      let range = start..<start + category.levelCount
      let isUniform = penalties[range].allSatisfy { $0 == penalties[start] }
      return isUniform && category.everyRowHasLevel ? range : nil
    }
  }

  func hold(_ category: Int) -> Bool { ranges[category] != nil }

  /// Returns `step` with every mean of a category's coefficients moved into the intercept.
  func centered(_ step: [Double]) -> [Double] {
    var step = step
    for range in ranges.compactMap(\.self) where !range.isEmpty {
      let mean = step[range].reduce(0, +) / Double(range.count)
      for j in range { step[j] -= mean }
      step[0] += mean
    }
    return step
  }
}

extension CategoryBlock {
  fileprivate var everyRowHasLevel: Bool {
    switch codes {
    case .narrow(let codes): !codes.contains(levelCount)
    case .medium(let codes): !codes.contains(levelCount)
    case .wide(let codes): !codes.contains(levelCount)
    }
  }
}

extension BlockStorage where Element: FixedWidthInteger {
  fileprivate func contains(_ code: Int) -> Bool {
    withUnsafeBufferPointer { codes in codes.contains { Int($0) == code } }
  }
}
