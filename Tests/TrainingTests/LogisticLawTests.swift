import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct LogisticLawTests {
  // After the last step rounding is left: the gradient's, 10⁻¹⁶, times the inverse curvature, at most
  // 100 here. 10⁻¹⁰ is what the objective's users are promised, and holds with room.
  private let promised = 1e-10

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func weightTwoIsTheRowTwice(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 150, columnCount: 3)
    let recipe = LogisticRegression(l2Penalty: 0.01, threadCount: 1)
    let weights = (0..<150).map { $0.isMultiple(of: 3) ? 2.0 : 1 }
    let twice = (0..<150).filter { $0.isMultiple(of: 3) }
    let weighted = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
    let repeated = try recipe.fit(
      Matrix(rows: sample.rows + twice.map { sample.rows[$0] }),
      outcomes: sample.outcomes + twice.map { sample.outcomes[$0] })
    #expect(distance(weighted, repeated) < promised)
    #expect(abs(weighted.objective - repeated.objective) < 1e-14)  // sums of 200 terms near 1/200
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func weightZeroIsTheRowLeftOut(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 150, columnCount: 3)
    let recipe = LogisticRegression(threadCount: 1)
    let kept = (0..<150).filter { !$0.isMultiple(of: 4) }
    var rows = sample.rows
    for i in stride(from: 0, to: 150, by: 4) { rows[i] = [1e6, -1e6, 1e6] }
    let weighted = try recipe.fit(
      Matrix(rows: rows), outcomes: sample.outcomes,
      sampleWeights: (0..<150).map { $0.isMultiple(of: 4) ? 0 : 1 })
    let removed = try recipe.fit(
      Matrix(rows: kept.map { sample.rows[$0] }), outcomes: kept.map { sample.outcomes[$0] })
    #expect(distance(weighted, removed) < promised)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func rowOrderDoesNotMatter(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 600, columnCount: 3)
    var generator = SeededGenerator(seed)
    let order = (0..<600).shuffled(using: &generator)
    let recipe = LogisticRegression(threadCount: 1)
    let shuffled = try recipe.fit(
      Matrix(rows: order.map { sample.rows[$0] }), outcomes: order.map { sample.outcomes[$0] })
    #expect(
      distance(shuffled, try recipe.fit(sample.matrix, outcomes: sample.outcomes)) < promised)
  }

  @Test(arguments: [1e-9, 1e-3, 7, 1e9])
  func scalingAColumnScalesItsCoefficientBack(factor: Double) throws {
    let sample = Sample(seed: 11, rowCount: 200, columnCount: 3)
    let recipe = LogisticRegression(threadCount: 1)
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let scaled = try recipe.fit(
      Matrix(rows: sample.rows.map { [$0[0], $0[1] * factor, $0[2]] }),
      outcomes: sample.outcomes)
    #expect(abs(scaled.coefficients[1] * factor / fit.coefficients[1] - 1) < promised)
    #expect(abs(scaled.coefficients[0] / fit.coefficients[0] - 1) < promised)
    #expect(abs(scaled.intercept - fit.intercept) < promised)
  }

  @Test(arguments: [0, 0.01, 10])
  func gradientAtTheFitIsNearZero(l2Penalty: Double) throws {
    let sample = Sample(seed: 12, rowCount: 300, columnCount: 4)
    let weights = (0..<300).map { Double($0 % 7) + 0.5 }
    let offset = (0..<300).map { Double($0 % 5) - 2 }
    let fit = try LogisticRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights, offset: offset)
    let gradient = gradient(
      at: fit, sample.matrix, outcomes: sample.outcomes, sampleWeights: weights, offset: offset,
      l2Penalty: l2Penalty)
    // The last step starts with a decrement of at most 10⁻¹² and leaves about its size.
    #expect(gradient.allSatisfy { abs($0) < 1e-12 })
    #expect(fit.gradientNorm < 1e-12)
    #expect(fit.newtonDecrement <= 1e-12 * fit.objective)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func blocksEqualOneHotColumns(seed: UInt64) throws {
    let sample = Sample(
      seed: seed, rowCount: 700, columnCount: 2, levelCounts: [3, 2, 5], noLevels: true)
    for l2Penalty in [0, 0.02] {
      let recipe = LogisticRegression(l2Penalty: l2Penalty, threadCount: 2)
      let blocks = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
      let oneHot = try recipe.fit(sample.oneHot, outcomes: sample.outcomes)
      #expect(distance(blocks, oneHot) < promised)
      #expect(abs(blocks.logLoss - oneHot.logLoss) < 1e-14)  // 700 terms near 1/700
    }
  }

  @Test func manyLevelsEqualOneHotColumns() throws {
    // 300 levels need codes of two bytes; the penalty holds the rare ones.
    let sample = Sample(seed: 4, rowCount: 900, columnCount: 1, levelCounts: [300])
    let recipe = LogisticRegression(l2Penalty: 0.1, threadCount: 1)
    let blocks = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    #expect(
      distance(blocks, try recipe.fit(sample.oneHot, outcomes: sample.outcomes)) < promised)
  }

  @Test func threadsDoNotChangeABit() throws {
    // 9000 rows are 18 tiles, so that every one of the eight lanes has rows.
    let sample = Sample(seed: 21, rowCount: 9000, columnCount: 2, levelCounts: [4])
    let fits = try [1, 2, 5].map { threadCount in
      try LogisticRegression(l2Penalty: 0.01, threadCount: threadCount)
        .fit(sample.blocks, outcomes: sample.outcomes)
    }
    #expect(fits[0] == fits[1])
    #expect(fits[0] == fits[2])
  }

  @Test(arguments: [-1e4, -3, 0, 3, 1e4])
  func constantOffsetMovesTheInterceptOnly(shift: Double) throws {
    let sample = Sample(seed: 31, rowCount: 200, columnCount: 3)
    let recipe = LogisticRegression(l2Penalty: 0.01, threadCount: 1)
    let plain = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let shifted = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes,
      offset: Array(repeating: shift, count: 200))
    // 10⁴ has an ulp of 2·10⁻¹², which is the linear predictor's rounding then.
    #expect(abs(shifted.intercept + shift - plain.intercept) < 1e-10)
    for (a, b) in zip(shifted.coefficients, plain.coefficients) { #expect(abs(a - b) < 1e-10) }
  }

  @Test func offsetTakesThePlaceOfAColumn() throws {
    let sample = Sample(seed: 32, rowCount: 400, columnCount: 3)
    let recipe = LogisticRegression(threadCount: 1)
    let whole = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let rest = try recipe.fit(
      Matrix(rows: sample.rows.map { [$0[0], $0[2]] }), outcomes: sample.outcomes,
      offset: sample.rows.map { $0[1] * whole.coefficients[1] })
    #expect(abs(rest.coefficients[0] - whole.coefficients[0]) < promised)
    #expect(abs(rest.coefficients[1] - whole.coefficients[2]) < promised)
    #expect(abs(rest.logLoss - whole.logLoss) < 1e-14)
  }

  @Test func scaleOfTheWeightsDoesNotMatter() throws {
    let sample = Sample(seed: 33, rowCount: 200, columnCount: 2)
    let weights = (0..<200).map { 1 + Double($0 % 3) }
    let recipe = LogisticRegression(l2Penalty: 0.1, threadCount: 1)
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
    for factor in [1e-300, 1e300] {
      let scaled = try recipe.fit(
        sample.matrix, outcomes: sample.outcomes, sampleWeights: weights.map { $0 * factor })
      #expect(distance(scaled, fit) < promised)
    }
  }

  @Test func withoutColumnsTheInterceptIsTheLogOdds() throws {
    let fit = try LogisticRegression(threadCount: 1).fit(
      Matrix(rowCount: 4, columnCount: 0, repeating: 0), outcomes: [0, 0, 0, 1])
    #expect(abs(fit.intercept + 1.0986122886681098) < 1e-15)  // log(1/3), one rounding
    #expect(fit.coefficients.isEmpty)
  }
}
