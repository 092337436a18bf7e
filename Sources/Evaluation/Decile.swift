import SpecialFunctions

/// One tenth of the rows by score; decile 1 holds the highest.
///
/// Decile k ends with row ⌈k n / 10⌉ of n, so that counts differ by at most one; below ten rows the
/// deciles without a row are left out. A row of weight 2 is two rows; where weights are not whole, decile
/// k ends with k tenths of their sum. Rows that tie across an edge are shared: each decile takes
/// its part of their number, and the same part of their positives. That is the mean over all orders
/// of the tied rows, so `positiveCount` need not be whole.
public struct Decile: Codable, Hashable, Sendable {
  /// 1 to 10; 1 is the tenth with the highest scores.
  public let decile: Int
  /// The weight of its rows: their number where each counts once.
  public let rowCount: Double
  public let positiveCount: Double
  public let meanProbability: Double
  public let positiveRate: Double
  /// `positiveRate` over the positive rate of all rows: 1 is no better than chance.
  public let lift: Double
  /// The share of all positives found in this decile and those above it; 1 in the last.
  public let cumulativeGain: Double
}

extension Ranking {
  /// The deciles by score, the score being the linear predictor.
  ///
  /// - Precondition: There is a positive row.
  func deciles() -> [Decile] {
    var deciles: [Decile] = []
    var cursor = Cursor(self)
    for decile in 1...10 {
      let start = cursor.rowsTaken
      let exact = Double(decile) * weight / 10
      let end = decile == 10 ? weight : isWhole ? exact.rounded(.up) : exact
      guard end > start else { continue }
      let positivesBefore = cursor.positivesTaken
      let probabilities = cursor.advance(to: end)
      let count = end - start
      let positives = cursor.positivesTaken - positivesBefore
      deciles.append(
        Decile(
          decile: decile, rowCount: count, positiveCount: positives,
          meanProbability: probabilities / count, positiveRate: positives / count,
          lift: positives * weight / (count * positiveWeight),
          cumulativeGain: cursor.positivesTaken / positiveWeight))
    }
    return deciles
  }
}

/// A place in a ranking, between rows; inside a tie it has taken a share of each class.
private struct Cursor {
  private let ties: [Ranking.Tie]
  private var tieIndex = 0
  private var rowsBeforeTie = 0.0
  private var positivesBeforeTie = 0.0
  private(set) var rowsTaken = 0.0

  init(_ ranking: Ranking) {
    ties = ranking.ties
  }

  /// Whole at the edge of a tie: positives are counted, and divided only inside one.
  var positivesTaken: Double {
    let rowsInTie = rowsTaken - rowsBeforeTie
    guard rowsInTie > 0 else { return positivesBeforeTie }
    let tie = ties[tieIndex]
    return positivesBeforeTie + tie.positives * rowsInTie / tie.weight
  }

  /// Moves to row `end` and returns the sum of the probabilities of the rows passed.
  mutating func advance(to end: Double) -> Double {
    var probabilities = CompensatedSum()
    // Sums of weights that are not whole may end a rounding short of the last row.
    while rowsTaken < end, tieIndex < ties.count {
      let tie = ties[tieIndex]
      let tieEnd = rowsBeforeTie + tie.weight
      let stop = min(end, tieEnd)
      probabilities.add((stop - rowsTaken) * logistic(tie.score))
      rowsTaken = stop
      guard stop == tieEnd else { break }
      rowsBeforeTie = tieEnd
      positivesBeforeTie += tie.positives
      tieIndex += 1
    }
    return probabilities.value
  }
}
