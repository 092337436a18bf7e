import SpecialFunctions

/// How well linear predictors rank, and their probabilities fit, outcomes of 0 and 1.
///
/// Nothing depends on the order of the rows. Losses are nats per row. Positive rows are those with
/// outcome 1. A row counts in every measure as often as its weight says: a weight of 2 is the row twice.
/// The JSON keys are the names of the properties.
public struct ClassificationEvaluation: Codable, Hashable, Sendable {
  public let rowCount: Int
  public let positiveCount: Int
  /// The sum of the rows' weights; `nil` where each counts once.
  public let totalWeight: Double?
  /// The chance that a positive row outranks a negative one, ties counting half, with the 95 %
  /// interval of DeLong, DeLong & Clarke-Pearson (1988), clipped to [0, 1]. When the classes are
  /// apart the interval is that of k wins in k, k the size of the smaller class.
  public let areaUnderROC: IntervalEstimate
  /// The mean log loss, from the linear predictor, so that no probability of 0 or 1 is in the way.
  public let logLoss: Double
  /// The log loss of giving every row the base rate: what a model has to beat.
  public let baseLogLoss: Double
  /// The mean squared difference between probability and outcome. Brier (1950), *Monthly Weather
  /// Review* 78(1), 1–3, for one of the two classes.
  public let brierScore: Double
  /// Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores, highest first: recall R, precision P, no
  /// interpolation; as `average_precision_score` of scikit-learn.
  public let averagePrecision: Double
  /// The greatest difference between the shares of positive and of negative rows at or above a
  /// score, in either direction.
  public let kolmogorovSmirnov: Double
  /// The mean, over the rows of the ten deciles, of |mean probability − positive rate|. Naeini,
  /// Cooper & Hauskrecht (2015), *AAAI*, 2901–2907, with bins of equal count.
  public let expectedCalibrationError: Double
  /// Highest scores first.
  public let deciles: [Decile]
  /// The lift of decile 1.
  public let liftTopDecile: Double

  /// Evaluates one linear predictor and one outcome a row.
  ///
  /// - Parameters:
  ///   - linearPredictors: n finite values, in log-odds.
  ///   - outcomes: n values, each 0 or 1, with at least one of each.
  ///   - sampleWeights: n values, finite and above 0; 1 for each row when absent.
  ///   - baseRate: The positive rate of the training rows, for `baseLogLoss`; without it that of
  ///     these rows, which favours the base.
  /// - Throws: `EvaluationError`, naming the first row at fault.
  /// - Complexity: O(n log n).
  public init(
    linearPredictors: [Double], outcomes: [Double], sampleWeights: [Double]? = nil,
    baseRate: Double? = nil
  ) throws(EvaluationError) {
    let ranking = try Ranking(
      linearPredictors: linearPredictors, outcomes: outcomes, sampleWeights: sampleWeights)
    let rate = ranking.positiveWeight / ranking.weight
    let base = baseRate ?? rate
    guard base > 0, base < 1 else { throw .baseRateOutOfRange }
    rowCount = outcomes.count
    positiveCount = ranking.positiveRowCount
    totalWeight = sampleWeights == nil ? nil : ranking.weight
    areaUnderROC = ranking.areaUnderROC(alpha: 0.05)
    logLoss = ranking.logLoss
    // The log loss is linear in the outcome, so the mean outcome gives the mean loss.
    baseLogLoss = SpecialFunctions.logLoss(linearPredictor: logit(base), outcome: rate)
    brierScore = ranking.brierScore
    averagePrecision = ranking.averagePrecision
    kolmogorovSmirnov = ranking.kolmogorovSmirnov
    let deciles = ranking.deciles()
    expectedCalibrationError =
      deciles.reduce(0) {
        $0 + $1.rowCount * abs($1.meanProbability - $1.positiveRate)
      } / ranking.weight
    liftTopDecile = deciles[0].lift
    self.deciles = deciles
  }
}

extension Ranking {
  /// Ranks rows by linear predictor, once every one of them is known to be usable.
  fileprivate init(
    linearPredictors: [Double], outcomes: [Double], sampleWeights: [Double]?
  ) throws(EvaluationError) {
    guard linearPredictors.count == outcomes.count else {
      throw .countMismatch(linearPredictors: linearPredictors.count, outcomes: outcomes.count)
    }
    guard !outcomes.isEmpty else { throw .empty }
    if let sampleWeights {
      precondition(
        sampleWeights.count == outcomes.count && sampleWeights.allSatisfy { $0 > 0 && $0.isFinite },
        "\(sampleWeights.count) weights for \(outcomes.count) rows, or one that is not above 0")
    }
    var positives = Ranking.Class(isWeighted: sampleWeights != nil)
    var negatives = Ranking.Class(isWeighted: sampleWeights != nil)
    for row in outcomes.indices {
      guard linearPredictors[row].isFinite else { throw .notFinite(row: row) }
      switch outcomes[row] {
      case 0: negatives.add(linearPredictors[row], weight: sampleWeights?[row])
      case 1: positives.add(linearPredictors[row], weight: sampleWeights?[row])
      default: throw .outcomeNotBinary(row: row)
      }
    }
    if positives.scores.isEmpty { throw .oneClass(outcome: 0, rowCount: outcomes.count) }
    if negatives.scores.isEmpty { throw .oneClass(outcome: 1, rowCount: outcomes.count) }
    self.init(positives: positives, negatives: negatives)
  }

  fileprivate var logLoss: Double {
    mean { linearPredictor, outcome in
      SpecialFunctions.logLoss(linearPredictor: linearPredictor, outcome: outcome)
    }
  }

  fileprivate var brierScore: Double {
    mean { linearPredictor, outcome in
      // The probability of the outcome that did not come, without 1 − p.
      let miss = logistic(outcome == 1 ? -linearPredictor : linearPredictor)
      return miss * miss
    }
  }

  fileprivate var averagePrecision: Double {
    var sum = CompensatedSum()
    var positives = 0.0
    var rows = 0.0
    for tie in ties {
      positives += tie.positives
      rows += tie.weight
      sum.add(tie.positives * positives / rows)
    }
    return sum.value / positiveWeight
  }

  fileprivate var kolmogorovSmirnov: Double {
    // Over both class sizes multiplied, so that the greatest is exact where rows are counted.
    var greatest = 0.0
    var positives = 0.0
    var negatives = 0.0
    for tie in ties {
      positives += tie.positives
      negatives += tie.negatives
      greatest = max(greatest, abs(positives * negativeWeight - negatives * positiveWeight))
    }
    return greatest / (positiveWeight * negativeWeight)
  }

  /// The mean over rows of a quantity of the score and the outcome.
  private func mean(_ quantity: (_ score: Double, _ outcome: Double) -> Double) -> Double {
    var sum = CompensatedSum()
    for tie in ties {
      if tie.positives > 0 { sum.add(tie.positives * quantity(tie.score, 1)) }
      if tie.negatives > 0 { sum.add(tie.negatives * quantity(tie.score, 0)) }
    }
    return sum.value / weight
  }
}
