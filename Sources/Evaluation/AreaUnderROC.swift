/// Returns the chance that a positive row has a higher score than a negative one, ties counting
/// half; `nil` when either class has no row.
///
/// Rows whose score is NaN, a missing value, are left out. Scores may be infinite.
///
/// - Parameter sampleWeights: how many times each row counts, above 0; once where absent.
/// - Precondition: One outcome a score, each 0 or 1.
/// - Complexity: O(n log n).
public func areaUnderROC(
  scores: [Double], outcomes: [Double], sampleWeights: [Double]? = nil
) -> Double? {
  precondition(
    scores.count == outcomes.count, "\(scores.count) scores, \(outcomes.count) outcomes")
  var positives = Ranking.Class(isWeighted: sampleWeights != nil)
  var negatives = Ranking.Class(isWeighted: sampleWeights != nil)
  for row in scores.indices where !scores[row].isNaN {
    precondition(outcomes[row] == 0 || outcomes[row] == 1, "outcome \(outcomes[row]), row \(row)")
    if outcomes[row] == 1 {
      positives.add(scores[row], weight: sampleWeights?[row])
    } else {
      negatives.add(scores[row], weight: sampleWeights?[row])
    }
  }
  guard !positives.scores.isEmpty, !negatives.scores.isEmpty else { return nil }
  return Ranking(positives: positives, negatives: negatives).areaUnderROC
}
