import Glibc
import SpecialFunctions

/// Rows sorted by score and gathered into ties.
///
/// Every measure is computed from the ties, highest score first, so that none can depend on the
/// order in which the rows came. A row counts as often as its weight says: a weight of 2 is the row twice.
struct Ranking {
  /// The rows that share one score.
  struct Tie {
    let score: Double
    /// The weights of its positive and of its negative rows; their numbers where each counts once.
    var positives = 0.0
    var negatives = 0.0

    var weight: Double { positives + negatives }
  }

  /// The rows of one class.
  struct Class {
    var scores: [Double] = []
    /// Above 0, one a row; `nil` where each counts once.
    var weights: [Double]?

    init(isWeighted: Bool) { weights = isWeighted ? [] : nil }

    fileprivate init(scores: [Double], weights: [Double]?) {
      self.scores = scores
      self.weights = weights
    }

    mutating func add(_ score: Double, weight: Double?) {
      scores.append(score)
      if let weight { weights?.append(weight) }
    }
  }

  /// Highest score first.
  let ties: [Tie]
  let positiveRowCount: Int
  let negativeRowCount: Int
  /// The sums of the weights, in the order of the ties.
  let positiveWeight: Double
  let negativeWeight: Double
  /// Whether every weight is a whole number, as where rows are counted.
  let isWhole: Bool

  var weight: Double { positiveWeight + negativeWeight }

  /// - Precondition: No score is NaN.
  /// - Complexity: O(n log n).
  init(positives: Class, negatives: Class) {
    positiveRowCount = positives.scores.count
    negativeRowCount = negatives.scores.count
    isWhole = [positives, negatives].allSatisfy {
      $0.weights?.allSatisfy { $0 == $0.rounded() } ?? true
    }
    ties = Self.merged(positives.sorted, negatives.sorted)
    positiveWeight = ties.reduce(0) { $0 + $1.positives }
    negativeWeight = ties.reduce(0) { $0 + $1.negatives }
  }

  /// Merges the rows of either class, each highest first.
  private static func merged(_ positives: Class, _ negatives: Class) -> [Tie] {
    var ties: [Tie] = []
    var i = 0
    var j = 0
    while i < positives.scores.count || j < negatives.scores.count {
      let score = max(
        i < positives.scores.count ? positives.scores[i] : -.infinity,
        j < negatives.scores.count ? negatives.scores[j] : -.infinity)
      var tie = Tie(score: score)
      while i < positives.scores.count, positives.scores[i] == score {
        tie.positives += positives.weights?[i] ?? 1
        i += 1
      }
      while j < negatives.scores.count, negatives.scores[j] == score {
        tie.negatives += negatives.weights?[j] ?? 1
        j += 1
      }
      ties.append(tie)
    }
    return ties
  }
}

extension Ranking.Class {
  /// Highest score first; of equal scores the largest weight, so that sums do not depend on the order.
  fileprivate var sorted: Ranking.Class {
    guard let weights else { return Ranking.Class(scores: scores.sorted(by: >), weights: nil) }
    let order = scores.indices.sorted { (scores[$0], weights[$0]) > (scores[$1], weights[$1]) }
    return Ranking.Class(
      scores: order.map { scores[$0] }, weights: order.map { weights[$0] })
  }
}

extension Ranking {
  /// The chance that a positive row outranks a negative one, ties counting half.
  ///
  /// - Precondition: Both classes have rows.
  var areaUnderROC: Double {
    precondition(
      positiveRowCount > 0 && negativeRowCount > 0,
      "\(positiveRowCount) positive and \(negativeRowCount) negative rows")
    // Twice the wins, whole numbers where rows are counted: exact up to 6 × 10⁷ rows of each class.
    var doubledWins = 0.0
    var negativesBelow = negativeWeight
    for tie in ties {
      negativesBelow = max(0, negativesBelow - tie.negatives)
      doubledWins += tie.positives * (2 * negativesBelow + tie.negatives)
    }
    return min(1, doubledWins / (2 * positiveWeight * negativeWeight))
  }

  /// The area under the ROC curve with its interval of level 1 − `alpha`, clipped to [0, 1].
  ///
  /// Variance of DeLong, DeLong & Clarke-Pearson (1988), *Biometrics* 44(3), 837–845, by midranks
  /// as in Sun & Xu (2014), *IEEE Signal Processing Letters* 21(11), 1389–1393: O(n) once sorted.
  ///
  /// That variance is 0 when the classes are apart, however few the rows. The k disjoint pairs that
  /// can be formed, k the size of the smaller class, are then all won or all lost, and the interval
  /// is that of Clopper & Pearson (1934), *Biometrika* 26(4), for k of k. With one row in a class
  /// there is no variance, and where all scores tie it is 0 because nothing was ranked: an area between 0
  /// and 1 then has the interval [0, 1].
  func areaUnderROC(alpha: Double) -> IntervalEstimate {
    let area = areaUnderROC
    let allWon = pow(alpha / 2, 1 / min(positiveWeight, negativeWeight))
    if area == 1 { return IntervalEstimate(estimate: 1, lower: allWon, upper: 1) }
    if area == 0 { return IntervalEstimate(estimate: 0, lower: 0, upper: 1 - allWon) }
    guard let variance = areaUnderROCVariance(area: area), variance > 0 else {
      return IntervalEstimate(estimate: area, lower: 0, upper: 1)
    }
    let halfWidth = normalQuantile(1 - alpha / 2) * variance.squareRoot()
    return IntervalEstimate(
      estimate: area, lower: max(0, area - halfWidth), upper: min(1, area + halfWidth))
  }

  /// DeLong's variance of `area`; `nil` with no more than one row of a class.
  func areaUnderROCVariance(area: Double) -> Double? {
    guard positiveWeight > 1, negativeWeight > 1 else { return nil }
    let (m, n) = (positiveWeight, negativeWeight)
    var positivesAbove = 0.0
    var negativesBelow = n
    var positiveSpread = CompensatedSum()
    var negativeSpread = CompensatedSum()
    for tie in ties {
      let (positives, negatives) = (tie.positives, tie.negatives)
      negativesBelow -= negatives
      // V10 and V01: how often a row of one class is on the right side of the other's rows.
      let positiveDeviation = (negativesBelow + negatives / 2) / n - area
      let negativeDeviation = (positivesAbove + positives / 2) / m - area
      positiveSpread.add(positives * positiveDeviation * positiveDeviation)
      negativeSpread.add(negatives * negativeDeviation * negativeDeviation)
      positivesAbove += positives
    }
    return positiveSpread.value / ((m - 1) * m) + negativeSpread.value / ((n - 1) * n)
  }
}
