import Glibc
import SpecialFunctions

/// How well scores tell which row of each choice set was taken.
///
/// Losses are nats per choice set. The JSON keys are the names of the properties.
public struct ChoiceEvaluation: Codable, Hashable, Sendable {
  public let choiceSetCount: Int
  public let rowCount: Int
  /// The mean log loss.
  public let logLoss: Double
  /// The log loss of giving the rows of a set equal chances.
  public let evenLogLoss: Double
  /// The share of sets whose taken row has the highest score; of equal ones the first row counts.
  public let accuracy: Double
  /// The accuracy of a row drawn from each set.
  public let evenAccuracy: Double
  /// For k = 1, 2, … 5: the share of sets whose taken row is among the k with the highest scores.
  public let hitRates: [Double]
  /// The mean of 1 / rank of the taken row.
  public let meanReciprocalRank: Double

  /// Adds up choice sets one by one, so that a file of any length can be judged.
  public struct Accumulator: Sendable {
    private var choiceSetCount = 0
    private var weight = 0.0
    private var rowCount = 0
    private var logLoss = CompensatedSum()
    private var evenLogLoss = CompensatedSum()
    private var evenAccuracy = CompensatedSum()
    private var reciprocalRank = CompensatedSum()
    private var hits = [Double](repeating: 0, count: 5)

    public init() {}

    /// Adds one choice set: finite scores, which of them was taken, and how often the set counts.
    public mutating func add(_ scores: ArraySlice<Double>, chosen: Int, weight: Double = 1) {
      precondition(scores.indices.contains(chosen), "row \(chosen) of \(scores.indices)")
      let rank = scores.indices.count {
        scores[$0] > scores[chosen] || (scores[$0] == scores[chosen] && $0 < chosen)
      }
      choiceSetCount += 1
      rowCount += scores.count
      self.weight += weight
      logLoss.add(
        weight * SpecialFunctions.logLoss(scores: scores, outcome: chosen - scores.startIndex))
      evenLogLoss.add(weight * log(Double(scores.count)))
      evenAccuracy.add(weight / Double(scores.count))
      reciprocalRank.add(weight / Double(rank + 1))
      for place in hits.indices where rank <= place { hits[place] += weight }
    }

    /// - Throws: `EvaluationError.empty` before the first choice set.
    public func evaluation() throws(EvaluationError) -> ChoiceEvaluation {
      guard choiceSetCount > 0 else { throw .empty }
      let count = weight
      let hitRates = hits.map { $0 / count }
      return ChoiceEvaluation(
        choiceSetCount: choiceSetCount, rowCount: rowCount, logLoss: logLoss.value / count,
        evenLogLoss: evenLogLoss.value / count, accuracy: hitRates[0],
        evenAccuracy: evenAccuracy.value / count, hitRates: hitRates,
        meanReciprocalRank: reciprocalRank.value / count)
    }
  }
}
