/// Returns the chance that a positive row has a higher score than a negative one, ties counting
/// half; `nil` when either class has no row.
///
/// Rows whose score is NaN, a missing value, are left out. Scores may be infinite.
///
/// - Precondition: One outcome a score, each 0 or 1.
/// - Complexity: O(n log n).
public func areaUnderROC(scores: [Double], outcomes: [Double]) -> Double? {
  precondition(
    scores.count == outcomes.count, "\(scores.count) scores, \(outcomes.count) outcomes")
  var positiveScores: [Double] = []
  var negativeScores: [Double] = []
  for row in scores.indices where !scores[row].isNaN {
    precondition(outcomes[row] == 0 || outcomes[row] == 1, "outcome \(outcomes[row]), row \(row)")
    if outcomes[row] == 1 {
      positiveScores.append(scores[row])
    } else {
      negativeScores.append(scores[row])
    }
  }
  guard !positiveScores.isEmpty, !negativeScores.isEmpty else { return nil }
  return Ranking(positiveScores: positiveScores, negativeScores: negativeScores).areaUnderROC
}
