import Glibc
import SpecialFunctions

/// How well the probabilities of K classes fit, and rank, the classes that rows chose.
///
/// Losses are nats per row; nothing depends on the order of the rows. A row counts in every measure as
/// often as its weight says: a weight of 2 is the row twice. Classes that a row could not have
/// take no part in it: they have no probability there, and the row says nothing of their ranking. The
/// JSON keys are the names of the properties.
public struct MultinomialEvaluation: Codable, Hashable, Sendable {
  public let rowCount: Int
  /// The sum of the rows' weights; `nil` where each counts once.
  public let totalWeight: Double?
  /// The mean log loss.
  public let logLoss: Double
  /// The log loss of giving every row the shares of the training rows, divided among the classes it could
  /// have: what a model has to beat.
  public let baseLogLoss: Double
  /// The mean of Σ (probability − outcome)² over the classes, 0 to 2. Brier (1950), *Monthly Weather
  /// Review* 78(1), 1–3.
  public let brierScore: Double
  /// The share of rows whose class has the highest probability; of equal ones the first counts.
  public let accuracy: Double
  /// The accuracy of always giving the class with the largest training share among those a row could have.
  public let baseAccuracy: Double
  /// For k = 1, 2, … 5, at most K: the share of rows whose class is among the k most probable.
  public let hitRates: [Double]
  /// `hitRates` of the training shares in place of the model's probabilities.
  public let baseHitRates: [Double]
  /// The unweighted mean of the classes' areas; `nil` where no class has one.
  public let meanAreaUnderROC: Double?
  /// By class.
  public let classes: [ClassMeasures]

  /// One class against the rest.
  public struct ClassMeasures: Codable, Hashable, Sendable {
    /// Rows that chose it.
    public let rowCount: Int
    /// Rows that could have had it.
    public let availableRowCount: Int
    /// The chance that a row that chose it has a higher probability of it than one that could have had it
    /// and did not, with the 95 % interval of `ClassificationEvaluation`; `nil` where either kind of row
    /// is lacking.
    public let areaUnderROC: IntervalEstimate?
    /// Over the rows that could have had it, to be held against `shareChosen`; `nil` without such rows.
    public let meanProbability: Double?
    public let shareChosen: Double?
  }

  /// Evaluates the linear predictors of K classes.
  ///
  /// - Parameters:
  ///   - scores: one column of n values a class; −∞ for a class the row could not have.
  ///   - outcomes: n classes, counted from 0.
  ///   - sampleWeights: n values, finite and above 0; 1 for each row when absent.
  ///   - trainingShares: the classes' shares of the training rows, each above 0, for the base.
  /// - Throws: `EvaluationError`, naming the first row at fault.
  /// - Complexity: O(K n log n).
  public init(
    scores: [[Double]], outcomes: [Int], sampleWeights: [Double]? = nil, trainingShares: [Double]
  ) throws(EvaluationError) {
    precondition(
      sampleWeights.map { $0.count == outcomes.count && $0.allSatisfy { $0 > 0 } } ?? true,
      "\(sampleWeights?.count ?? 0) weights for \(outcomes.count) rows, or one that is not above 0")
    try Self.check(scores, outcomes, trainingShares)
    let base = trainingShares.indices.map { k in
      scores[k].map { $0 == -.infinity ? -.infinity : log(trainingShares[k]) }
    }
    let fit = ClassScores(scores, outcomes: outcomes, weights: sampleWeights)
    let shares = ClassScores(base, outcomes: outcomes, weights: sampleWeights)
    rowCount = outcomes.count
    totalWeight = sampleWeights == nil ? nil : fit.totalWeight
    logLoss = fit.logLoss
    baseLogLoss = shares.logLoss
    brierScore = fit.brierScore
    hitRates = fit.hitRates
    baseHitRates = shares.hitRates
    accuracy = fit.hitRates[0]
    baseAccuracy = shares.hitRates[0]
    classes = trainingShares.indices.map(fit.measures)
    let areas = classes.compactMap(\.areaUnderROC?.estimate)
    meanAreaUnderROC = areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
  }

  private static func check(
    _ scores: [[Double]], _ outcomes: [Int], _ shares: [Double]
  ) throws(EvaluationError) {
    precondition(
      scores.count == shares.count && scores.count >= 2,
      "\(scores.count) columns of scores, \(shares.count) shares")
    guard !outcomes.isEmpty else { throw .empty }
    for column in scores where column.count != outcomes.count {
      throw .countMismatch(linearPredictors: column.count, outcomes: outcomes.count)
    }
    guard shares.allSatisfy({ $0 > 0 && $0 <= 1 }) else { throw .baseRateOutOfRange }
    for (row, outcome) in outcomes.enumerated() {
      guard scores.indices.contains(outcome) else {
        throw .outcomeNotClass(row: row, classCount: scores.count)
      }
      guard scores[outcome][row] != -.infinity else { throw .outcomeUnavailable(row: row) }
      for column in scores where !(column[row] < .infinity) { throw .notFinite(row: row) }
    }
  }
}

/// The scores of K classes beside their probabilities and the outcomes.
private struct ClassScores {
  /// By class; −∞ where it could not be had.
  let scores: [[Double]]
  /// As `scores`, class by class in one array.
  let probabilities: [Double]
  let outcomes: [Int]
  let weights: [Double]?

  init(_ scores: [[Double]], outcomes: [Int], weights: [Double]?) {
    self.scores = scores
    self.outcomes = outcomes
    self.weights = weights
    var probabilities = Array(scores.joined())
    probabilities.withUnsafeMutableBufferPointer {
      classProbabilities($0, rowCount: outcomes.count, classCount: scores.count)
    }
    self.probabilities = probabilities
  }

  var rowCount: Int { outcomes.count }

  var totalWeight: Double { weights?.reduce(0, +) ?? Double(rowCount) }

  private func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  func probability(_ row: Int, _ k: Int) -> Double { probabilities[k * rowCount + row] }

  var logLoss: Double {
    mean { row in
      SpecialFunctions.logLoss(scores: scores.lazy.map { $0[row] }, outcome: outcomes[row])
    }
  }

  var brierScore: Double {
    mean { row in
      scores.indices.reduce(0) { sum, k in
        let miss = probability(row, k) - (outcomes[row] == k ? 1 : 0)
        return sum + miss * miss
      }
    }
  }

  var hitRates: [Double] {
    var counts = [Double](repeating: 0, count: min(5, scores.count))
    for (row, outcome) in outcomes.enumerated() {
      let own = scores[outcome][row]
      // Of equal scores the earlier class stands first, as when offers are ordered.
      let rank = scores.indices.count { k in
        scores[k][row] > own || (scores[k][row] == own && k < outcome)
      }
      for place in counts.indices where rank <= place { counts[place] += weight(row) }
    }
    return counts.map { $0 / totalWeight }
  }

  func measures(of k: Int) -> MultinomialEvaluation.ClassMeasures {
    var chosen = Ranking.Class(isWeighted: weights != nil)
    var others = chosen
    var (total, chosenWeight, weight) = (CompensatedSum(), 0.0, 0.0)
    for row in 0..<rowCount where scores[k][row] != -.infinity {
      let probability = probability(row, k)
      let own = self.weight(row)
      total.add(own * probability)
      weight += own
      if outcomes[row] == k {
        chosenWeight += own
        chosen.add(probability, weight: weights?[row])
      } else {
        others.add(probability, weight: weights?[row])
      }
    }
    let isRanked = !chosen.scores.isEmpty && !others.scores.isEmpty
    return MultinomialEvaluation.ClassMeasures(
      rowCount: chosen.scores.count,
      availableRowCount: chosen.scores.count + others.scores.count,
      areaUnderROC: isRanked
        ? Ranking(positives: chosen, negatives: others).areaUnderROC(alpha: 0.05) : nil,
      meanProbability: weight == 0 ? nil : total.value / weight,
      shareChosen: weight == 0 ? nil : chosenWeight / weight)
  }

  /// The mean of a quantity over the rows; compensated, so that their order does not show.
  private func mean(_ quantity: (Int) -> Double) -> Double {
    var sum = CompensatedSum()
    for row in 0..<rowCount { sum.add(weight(row) * quantity(row)) }
    return sum.value / totalWeight
  }
}
