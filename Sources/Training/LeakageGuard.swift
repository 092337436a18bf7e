import Evaluation
import Scoring
import SpecialFunctions
import Tables

/// Finds features that are too good to be known before the outcome.
///
/// A feature is named when it alone ranks the training rows with an area under the ROC of more than
/// 0.98; when its absence alone does with more than 0.9; or when it is a running number. With fewer than
/// ten rows of either outcome that have a value nothing can be said, and nothing is.
struct LeakageGuard {
  static let areaLimit = 0.98
  static let absenceAreaLimit = 0.9
  static let minimumClassCount = 10

  let encoder: Encoder
  /// The training rows.
  let batch: FeatureBatch
  let outcomes: [Double]
  /// How many times each row counts; once where `nil`.
  var weights: [Double]?

  func leaks() -> [Leak] {
    let positives = outcomes.count { $0 == 1 }
    guard min(positives, outcomes.count - positives) >= Self.minimumClassCount else { return [] }
    return zip(encoder.features, batch.values).compactMap { feature, values in
      feature.isOffset ? nil : leak(feature, values)
    }
  }

  private func leak(_ feature: Feature, _ values: FeatureValues) -> Leak? {
    let absence = Self.absences(values)
    if let area = areaEitherWay(absence), area > Self.absenceAreaLimit {
      return .absenceRanksOutcome(column: feature.column, areaUnderROC: area)
    }
    switch values {
    case .numbers(let numbers):
      if feature.source == .number, Self.isRunningNumber(numbers, name: feature.column) {
        return .identifiesRow(column: feature.column)
      }
      guard let area = areaEitherWay(numbers), area > Self.areaLimit else { return nil }
      return .ranksOutcome(column: feature.column, areaUnderROC: area)
    case .codes(let codes):
      guard
        let area = areaUnderROC(
          scores: outOfFoldRates(codes), outcomes: outcomes, sampleWeights: weights),
        area > Self.areaLimit
      else { return nil }
      return .ranksOutcome(column: feature.column, areaUnderROC: area)
    }
  }

  static func absences(_ values: FeatureValues) -> [Double] {
    switch values {
    case .numbers(let numbers): numbers.map { $0.isNaN ? 1 : 0 }
    case .codes(let codes): codes.map { $0 == ColumnValues.missingCode ? 1 : 0 }
    }
  }

  /// `nil` where too few rows of an outcome have a score.
  private func areaEitherWay(_ scores: [Double]) -> Double? {
    let positives = zip(scores, outcomes).count { !$0.isNaN && $1 == 1 }
    let negatives = scores.count { !$0.isNaN } - positives
    guard min(positives, negatives) >= Self.minimumClassCount else { return nil }
    return areaUnderROC(scores: scores, outcomes: outcomes, sampleWeights: weights)
      .map { max($0, 1 - $0) }
  }

  /// Whole numbers, no two alike, that are named as an identifier or count the rows one by one.
  static func isRunningNumber(_ values: [Double], name: String) -> Bool {
    guard values.allSatisfy({ $0 == $0.rounded() }) else { return false }
    let steps = zip(values, values.dropFirst())
    let isMonotone = steps.allSatisfy { $1 > $0 } || steps.allSatisfy { $1 < $0 }
    let span = abs((values.last ?? 0) - (values.first ?? 0))
    // Training rows are a part of the file, so a running number has gaps, of the order of the part.
    if isMonotone, span < 10 * Double(values.count) { return true }
    return namesIdentifier(name) && Set(values).count == values.count
  }

  /// The positive rate of each row's level among the rows of the other half: a level seen once cannot
  /// tell its own outcome.
  private func outOfFoldRates(_ codes: [UInt32]) -> [Double] {
    // A coin for each row: by turns, a file of one positive after each negative would be halved by outcome.
    var generator = SplitMix64(seed: 0)
    let folds = codes.map { _ in Int(generator.next() & 1) }
    let levelCount =
      codes.lazy.filter { $0 != ColumnValues.missingCode }.max().map { Int($0) + 1 } ?? 0
    let levels = codes.map { $0 == ColumnValues.missingCode ? levelCount : Int($0) }
    var positives = [Double](repeating: 0, count: 2 * (levelCount + 1))
    var rows = positives
    for (row, level) in levels.enumerated() {
      let weight = weights?[row] ?? 1
      positives[2 * level + folds[row]] += weight * outcomes[row]
      rows[2 * level + folds[row]] += weight
    }
    let rate = positives.reduce(0, +) / rows.reduce(0, +)
    return levels.enumerated().map { row, level in
      let other = 2 * level + 1 - folds[row]
      // One row's worth of the overall rate, so that a level unseen in the other half is neutral.
      return (positives[other] + rate) / (rows[other] + 1)
    }
  }
}
