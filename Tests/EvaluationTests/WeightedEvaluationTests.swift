import Evaluation
import SpecialFunctions
import Testing

@Suite struct WeightedEvaluationTests {
  /// Rows, a weight for each, and the rows written out as often as they count.
  private func weighted(
    seed: UInt64, weight: (Int) -> Int
  ) -> (rows: Rows, weights: [Double], repeated: Rows) {
    let rows = Rows(count: 400, seed: seed, step: 0.25)
    var repeated = Rows(count: 0, seed: seed)
    var weights: [Double] = []
    for index in rows.outcomes.indices {
      let count = weight(index)
      weights.append(Double(count))
      for _ in 0..<count {
        repeated.linearPredictors.append(rows.linearPredictors[index])
        repeated.outcomes.append(rows.outcomes[index])
      }
    }
    return (rows, weights, repeated)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func aWeightOfTwoIsTheRowTwice(seed: UInt64) throws {
    let (rows, weights, repeated) = weighted(seed: seed) { 1 + ($0 * 7) % 3 }
    let one = try ClassificationEvaluation(
      linearPredictors: rows.linearPredictors, outcomes: rows.outcomes, sampleWeights: weights)
    let other = try ClassificationEvaluation(
      linearPredictors: repeated.linearPredictors, outcomes: repeated.outcomes)
    #expect(one.rowCount == 400)
    #expect(one.totalWeight == Double(other.rowCount))
    // Whole weights are added without rounding, so that ties are the same.
    #expect(one.areaUnderROC == other.areaUnderROC)
    #expect(one.kolmogorovSmirnov == other.kolmogorovSmirnov)
    #expect(one.averagePrecision == other.averagePrecision)
    #expect(one.logLoss == other.logLoss)
    #expect(one.baseLogLoss == other.baseLogLoss)
    #expect(one.brierScore == other.brierScore)
    #expect(one.deciles == other.deciles)
    #expect(one.expectedCalibrationError == other.expectedCalibrationError)
  }

  @Test(arguments: [1e-9, 0.3, 1e9])
  func measuresButTheIntervalDoNotDependOnTheScaleOfTheWeights(scale: Double) throws {
    let (rows, weights, _) = weighted(seed: 4) { 1 + $0 % 5 }
    let evaluations = try [1, scale].map { scale in
      try ClassificationEvaluation(
        linearPredictors: rows.linearPredictors, outcomes: rows.outcomes,
        sampleWeights: weights.map { $0 * scale })
    }
    // 400 sums of rounded weights.
    for measure in [
      \ClassificationEvaluation.areaUnderROC.estimate, \.logLoss, \.brierScore, \.averagePrecision,
      \.kolmogorovSmirnov, \.baseLogLoss,
    ] {
      #expect(
        isClose(
          evaluations[0][keyPath: measure], evaluations[1][keyPath: measure], relative: 1e-12))
    }
    // Edges of deciles are rounded up to whole rows only where weights are whole.
    #expect(evaluations[1].deciles.count == 10)
    #expect(isClose(evaluations[1].deciles[9].cumulativeGain, 1, relative: 1e-12))
  }

  @Test func theOrderOfWeightedRowsDoesNotMatter() throws {
    let (rows, weights, _) = weighted(seed: 9) { 1 + $0 % 7 }
    let odd = weights.map { $0 / 3 }
    let order = rows.outcomes.indices.reversed()
    let one = try ClassificationEvaluation(
      linearPredictors: rows.linearPredictors, outcomes: rows.outcomes, sampleWeights: odd)
    let other = try ClassificationEvaluation(
      linearPredictors: order.map { rows.linearPredictors[$0] },
      outcomes: order.map { rows.outcomes[$0] }, sampleWeights: order.map { odd[$0] })
    #expect(one == other)
  }

  @Test func theAreaOfWeightedScoresIsThatOfRowsRepeated() {
    let area = areaUnderROC(
      scores: [1, 2, 2, .nan, 3], outcomes: [0, 0, 1, 1, 1], sampleWeights: [2, 1, 3, 9, 1])
    #expect(
      area
        == areaUnderROC(scores: [1, 1, 2, 2, 2, 2, 3], outcomes: [0, 0, 0, 1, 1, 1, 1]))
  }
}
