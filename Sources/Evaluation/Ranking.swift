import Glibc
import SpecialFunctions

/// Rows sorted by score and gathered into ties.
///
/// Every measure is computed from the ties, highest score first, so that none can depend on the
/// order in which the rows came.
struct Ranking {
  /// The rows that share one score.
  struct Tie {
    let score: Double
    var positiveCount = 0
    var negativeCount = 0

    var rowCount: Int { positiveCount + negativeCount }
  }

  /// Highest score first.
  let ties: [Tie]
  let positiveCount: Int
  let negativeCount: Int

  var rowCount: Int { positiveCount + negativeCount }

  /// - Precondition: No score is NaN.
  /// - Complexity: O(n log n).
  init(positiveScores: [Double], negativeScores: [Double]) {
    positiveCount = positiveScores.count
    negativeCount = negativeScores.count
    ties = Self.merged(
      positiveScores.sorted(by: >), negativeScores.sorted(by: >))
  }

  /// Merges the scores of either class, each highest first.
  private static func merged(_ positives: [Double], _ negatives: [Double]) -> [Tie] {
    var ties: [Tie] = []
    ties.reserveCapacity(positives.count + negatives.count)
    var i = 0
    var j = 0
    while i < positives.count || j < negatives.count {
      let score =
        if j == negatives.count {
          positives[i]
        } else if i == positives.count {
          negatives[j]
        } else {
          max(positives[i], negatives[j])
        }
      var tie = Tie(score: score)
      while i < positives.count, positives[i] == score {
        tie.positiveCount += 1
        i += 1
      }
      while j < negatives.count, negatives[j] == score {
        tie.negativeCount += 1
        j += 1
      }
      ties.append(tie)
    }
    return ties
  }
}

extension Ranking {
  /// The chance that a positive row outranks a negative one, ties counting half.
  ///
  /// - Precondition: Both classes have rows.
  var areaUnderROC: Double {
    precondition(
      positiveCount > 0 && negativeCount > 0,
      "\(positiveCount) positive and \(negativeCount) negative rows")
    // Twice the wins, to stay in integers: 10⁹ rows of each class give 2 × 10¹⁸, below 2⁶³.
    var doubledWins = 0
    var negativesBelow = negativeCount
    for tie in ties {
      negativesBelow -= tie.negativeCount
      doubledWins += tie.positiveCount * (2 * negativesBelow + tie.negativeCount)
    }
    return Double(doubledWins) / (2 * Double(positiveCount) * Double(negativeCount))
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
    let allWon = pow(alpha / 2, 1 / Double(min(positiveCount, negativeCount)))
    if area == 1 { return IntervalEstimate(estimate: 1, lower: allWon, upper: 1) }
    if area == 0 { return IntervalEstimate(estimate: 0, lower: 0, upper: 1 - allWon) }
    guard let variance = areaUnderROCVariance(area: area), variance > 0 else {
      return IntervalEstimate(estimate: area, lower: 0, upper: 1)
    }
    let halfWidth = normalQuantile(1 - alpha / 2) * variance.squareRoot()
    return IntervalEstimate(
      estimate: area, lower: max(0, area - halfWidth), upper: min(1, area + halfWidth))
  }

  /// DeLong's variance of `area`; `nil` with fewer than two rows of a class.
  func areaUnderROCVariance(area: Double) -> Double? {
    guard positiveCount > 1, negativeCount > 1 else { return nil }
    let m = Double(positiveCount)
    let n = Double(negativeCount)
    var positivesAbove = 0.0
    var negativesBelow = n
    var positiveSpread = CompensatedSum()
    var negativeSpread = CompensatedSum()
    for tie in ties {
      let positives = Double(tie.positiveCount)
      let negatives = Double(tie.negativeCount)
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
