import Evaluation
import Scoring
import Tables

/// Finds features that are too good to be known before the outcome.
///
/// A feature is named when it alone ranks the training rows with an area under the ROC of more than
/// 0.98; when its absence alone does with more than 0.9; or when it is a running number. With fewer than
/// ten rows of either outcome nothing can be said, and nothing is.
struct LeakageGuard {
  static let areaLimit = 0.98
  static let absenceAreaLimit = 0.9
  static let minimumClassCount = 10

  let encoder: Encoder
  /// The training rows.
  let batch: FeatureBatch
  let outcomes: [Double]

  func leaks() -> [Leak] {
    let positives = outcomes.count { $0 == 1 }
    guard min(positives, outcomes.count - positives) >= Self.minimumClassCount else { return [] }
    return zip(encoder.features, batch.values).compactMap { feature, values in
      leak(feature, values)
    }
  }

  private func leak(_ feature: Feature, _ values: FeatureValues) -> Leak? {
    let absence = absences(values)
    if let area = areaEitherWay(absence, outcomes), area > Self.absenceAreaLimit {
      return .absenceRanksOutcome(column: feature.column, areaUnderROC: area)
    }
    switch values {
    case .numbers(let numbers):
      if feature.source == .number, isRunningNumber(numbers, name: feature.column) {
        return .identifiesRow(column: feature.column)
      }
      guard let area = areaEitherWay(numbers, outcomes), area > Self.areaLimit else { return nil }
      return .ranksOutcome(column: feature.column, areaUnderROC: area)
    case .codes(let codes):
      guard let area = areaUnderROC(scores: outOfFoldRates(codes), outcomes: outcomes),
        area > Self.areaLimit
      else { return nil }
      return .ranksOutcome(column: feature.column, areaUnderROC: area)
    }
  }

  private func absences(_ values: FeatureValues) -> [Double] {
    switch values {
    case .numbers(let numbers): numbers.map { $0.isNaN ? 1 : 0 }
    case .codes(let codes): codes.map { $0 == ColumnValues.missingCode ? 1 : 0 }
    }
  }

  private func areaEitherWay(_ scores: [Double], _ outcomes: [Double]) -> Double? {
    areaUnderROC(scores: scores, outcomes: outcomes).map { max($0, 1 - $0) }
  }

  /// Whole numbers, no two alike, that are named as an identifier or count the rows one by one.
  private func isRunningNumber(_ values: [Double], name: String) -> Bool {
    guard values.allSatisfy({ $0 == $0.rounded() }) else { return false }
    let isConsecutive = zip(values, values.dropFirst()).allSatisfy { $1 > $0 }
    let span = (values.last ?? 0) - (values.first ?? 0)
    // Training rows are a part of the file, so a running number has gaps, of the order of the part.
    if isConsecutive, span < 10 * Double(values.count) { return true }
    return namesIdentifier(name) && Set(values).count == values.count
  }

  /// The positive rate of each row's level among the rows of the other parity: a level seen once cannot
  /// tell its own outcome.
  private func outOfFoldRates(_ codes: [UInt32]) -> [Double] {
    var sums: [UInt32: (positives: [Double], rows: [Double])] = [:]
    for (row, code) in codes.enumerated() {
      sums[code, default: ([0, 0], [0, 0])].positives[row % 2] += outcomes[row]
      sums[code, default: ([0, 0], [0, 0])].rows[row % 2] += 1
    }
    let rate = outcomes.reduce(0, +) / Double(outcomes.count)
    return codes.enumerated().map { row, code in
      guard let sum = sums[code] else { return rate }
      let other = 1 - row % 2
      // One row's worth of the overall rate, so that a level unseen in the other half is neutral.
      return (sum.positives[other] + rate) / (sum.rows[other] + 1)
    }
  }
}
