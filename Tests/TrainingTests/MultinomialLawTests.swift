import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct MultinomialLawTests {
  // The last step starts 10⁻⁶ from the minimum, in units of the curvature, and leaves its square;
  // the curvatures are of 10⁻².
  private let promised = 1e-10
  private let recipe = MultinomialRegression(l2Penalty: 0.01, threadCount: 1)

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func weightTwoIsTheRowTwice(seed: UInt64) throws {
    let sample = ChoiceSample(seed: seed, rowCount: 150, columnCount: 3, classCount: 4)
    let twice = (0..<150).filter { $0.isMultiple(of: 3) }
    let weighted = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 4,
      sampleWeights: (0..<150).map { $0.isMultiple(of: 3) ? 2 : 1 })
    let repeated = try recipe.fit(
      Matrix(rows: sample.rows + twice.map { sample.rows[$0] }),
      outcomes: sample.outcomes + twice.map { sample.outcomes[$0] }, classCount: 4)
    #expect(distance(weighted, repeated) < promised)
    #expect(abs(weighted.objective - repeated.objective) < 1e-14)  // sums of 200 terms near 1/200
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func weightZeroIsTheRowLeftOut(seed: UInt64) throws {
    let sample = ChoiceSample(seed: seed, rowCount: 150, columnCount: 3, classCount: 3)
    let kept = (0..<150).filter { !$0.isMultiple(of: 4) }
    var rows = sample.rows
    for i in stride(from: 0, to: 150, by: 4) { rows[i] = [1e6, -1e6, 1e6] }
    let weighted = try recipe.fit(
      Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3,
      sampleWeights: (0..<150).map { $0.isMultiple(of: 4) ? 0 : 1 })
    let removed = try recipe.fit(
      Matrix(rows: kept.map { sample.rows[$0] }), outcomes: kept.map { sample.outcomes[$0] },
      classCount: 3)
    #expect(distance(weighted, removed) < promised)
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func rowOrderDoesNotMatter(seed: UInt64) throws {
    // 2600 rows are more than 3 × 16 for each of 27 parameters: the start comes from a sample.
    let sample = ChoiceSample(seed: seed, rowCount: 2600, columnCount: 2, classCount: 3)
    var generator = SeededGenerator(seed)
    let order = (0..<2600).shuffled(using: &generator)
    let shuffled = try recipe.fit(
      Matrix(rows: order.map { sample.rows[$0] }), outcomes: order.map { sample.outcomes[$0] },
      classCount: 3)
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 3)
    #expect(distance(shuffled, fit) < promised)
  }

  /// γ = β₁ − β₀ = 2 β₁, so ½ l ‖β‖² = ½ l (γ²/4 + γ²/4) = ½ (l/2) γ².
  @Test(arguments: [0, 0.02, 1])
  func twoClassesAreTheLogisticRegressionWithHalfThePenalty(l2Penalty: Double) throws {
    let sample = ChoiceSample(seed: 8, rowCount: 200, columnCount: 3, classCount: 2)
    let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 2)
    let binary = try LogisticRegression(l2Penalty: l2Penalty / 2, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes.map(Double.init))
    #expect(abs(fit.intercepts[1] - fit.intercepts[0] - binary.intercept) < promised)
    for j in 0..<3 {
      let difference = fit.coefficients[j, 1] - fit.coefficients[j, 0]
      #expect(abs(difference - binary.coefficients[j]) < promised)
    }
    #expect(abs(fit.objective - binary.objective) < 1e-14)  // 200 terms near 1/200
  }

  @Test func maskToTwoClassesIsTheBinaryFitOfThem() throws {
    // Every row could have had classes 0 and 1. Class 2 wins and loses once against class 0, where
    // all columns are 0: that settles its intercept, and says nothing of anything else.
    let sample = ChoiceSample(seed: 9, rowCount: 200, columnCount: 2, classCount: 2)
    var available = Availability(rowCount: 202, optionCount: 3)
    for row in 0..<200 { available[row, 2] = false }
    for row in 200..<202 { available[row, 1] = false }
    let fit = try recipe.fit(
      Matrix(rows: sample.rows + [[0, 0], [0, 0]]), outcomes: sample.outcomes + [2, 0],
      classCount: 3, available: available)
    // 200 of 202 rows carry the loss.
    let binary = try LogisticRegression(l2Penalty: 0.005 * 202 / 200, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes.map(Double.init))
    for j in 0..<2 {
      let difference = fit.coefficients[j, 1] - fit.coefficients[j, 0]
      #expect(abs(difference - binary.coefficients[j]) < promised)
      #expect(abs(fit.coefficients[j, 2]) < promised)
    }
    #expect(abs(fit.intercepts[1] - fit.intercepts[0] - binary.intercept) < promised)
    #expect(abs(fit.intercepts[2] - fit.intercepts[0]) < promised)
  }

  @Test func aFullMaskIsNoMask() throws {
    let sample = ChoiceSample(seed: 10, rowCount: 200, columnCount: 2, classCount: 3)
    let plain = try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 3)
    let masked = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 3,
      available: Availability(rowCount: 200, optionCount: 3))
    #expect(distance(plain, masked) < promised)
  }

  @Test func relabellingTheClassesPermutesTheFit() throws {
    let sample = ChoiceSample(seed: 11, rowCount: 250, columnCount: 3, classCount: 4)
    let order = [2, 0, 3, 1]
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 4)
    let relabelled = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes.map { order[$0] }, classCount: 4)
    for k in 0..<4 {
      #expect(abs(fit.intercepts[k] - relabelled.intercepts[order[k]]) < promised)
      for j in 0..<3 {
        #expect(abs(fit.coefficients[j, k] - relabelled.coefficients[j, order[k]]) < promised)
      }
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func blocksEqualOneHotColumns(seed: UInt64) throws {
    let sample = ChoiceSample(
      seed: seed, rowCount: 600, columnCount: 2, classCount: 3, levelCounts: [3, 5])
    let blocks = try recipe.fit(sample.sample.blocks, outcomes: sample.outcomes, classCount: 3)
    let oneHot = try recipe.fit(sample.sample.oneHot, outcomes: sample.outcomes, classCount: 3)
    #expect(distance(blocks, oneHot) < promised)
    let probabilities = try (
      blocks.probabilities(sample.sample.blocks), oneHot.probabilities(sample.sample.oneHot)
    )
    for (a, b) in zip(probabilities.0.values, probabilities.1.values) {
      #expect(abs(a - b) < promised)
    }
  }

  @Test func manyLevelsEqualOneHotColumns() throws {
    // 1 + 300 columns of 3 classes are too many for one factor: each class has its own, and the
    // levels their diagonal.
    let sample = ChoiceSample(
      seed: 4, rowCount: 700, columnCount: 1, classCount: 3, levelCounts: [299])
    let recipe = MultinomialRegression(l2Penalty: 0.1, threadCount: 2)
    let blocks = try recipe.fit(sample.sample.blocks, outcomes: sample.outcomes, classCount: 3)
    let gradient = largestDerivative(
      at: blocks, sample.sample.oneHot, outcomes: sample.outcomes, l2Penalty: 0.1)
    #expect(gradient < 1e-11)
  }

  @Test(arguments: [0, 0.001, 1], [false, true])
  func gradientAtTheFitIsNearZero(l2Penalty: Double, isMasked: Bool) throws {
    let sample = ChoiceSample(seed: 12, rowCount: 300, columnCount: 4, classCount: 4)
    let weights = (0..<300).map { Double($0 % 7) + 0.5 }
    let available = isMasked ? sample.availability(seed: 13, share: 0.5) : nil
    let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 4, sampleWeights: weights,
      available: available)
    let gradient = largestDerivative(
      at: fit, sample.matrix, outcomes: sample.outcomes, sampleWeights: weights,
      available: available, l2Penalty: l2Penalty)
    // What the last step leaves is 10⁻¹² at most, of gradients of size 1.
    #expect(gradient < 1e-11)
    #expect(fit.gradientNorm < 1e-11)
    #expect(fit.newtonDecrement <= 1e-12 * fit.objective)
    #expect(fit.objectiveGap <= 1e-20)
    #expect(abs(fit.intercepts.reduce(0, +)) < 1e-13)  // four numbers of size 1
  }

  @Test func threadsDoNotChangeABit() throws {
    // 4300 rows are 9 tiles, so that every one of the eight lanes has rows.
    let sample = ChoiceSample(
      seed: 21, rowCount: 4300, columnCount: 2, classCount: 3, levelCounts: [4])
    let fits = try [1, 2, 5].map { threadCount in
      try MultinomialRegression(l2Penalty: 0.01, threadCount: threadCount)
        .fit(sample.sample.blocks, outcomes: sample.outcomes, classCount: 3)
    }
    #expect(fits[0] == fits[1])
    #expect(fits[0] == fits[2])
  }

  @Test func unavailableClassesHaveProbabilityZero() throws {
    let sample = ChoiceSample(seed: 14, rowCount: 700, columnCount: 2, classCount: 5)
    let available = sample.availability(seed: 15, share: 0.4)
    let fit = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 5, available: available)
    let masked = try fit.probabilities(sample.matrix, available: available)
    let plain = try fit.probabilities(sample.matrix)
    for row in 0..<700 {
      let had = (0..<5).filter { available[row, $0] }
      let sum = had.reduce(0) { $0 + plain[row, $1] }
      for k in 0..<5 {
        // Five terms, each to a rounding or two.
        let expected = available[row, k] ? plain[row, k] / sum : 0
        #expect(abs(masked[row, k] - expected) <= 1e-15)
        if !available[row, k] { #expect(masked[row, k] == 0) }
      }
    }
  }

  @Test(arguments: [1e-9, 1e9])
  func scalingAColumnScalesItsCoefficientsBack(factor: Double) throws {
    // The penalty is on the scale as given, hence small enough here to leave the others alone.
    let sample = ChoiceSample(seed: 16, rowCount: 200, columnCount: 2, classCount: 3)
    let recipe = MultinomialRegression(l2Penalty: 0, threadCount: 1)
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 3)
    let scaled = try recipe.fit(
      Matrix(rows: sample.rows.map { [$0[0], $0[1] * factor + factor] }),
      outcomes: sample.outcomes, classCount: 3)
    for k in 0..<3 {
      #expect(abs(scaled.coefficients[0, k] - fit.coefficients[0, k]) < promised)
      #expect(abs(scaled.coefficients[1, k] * factor - fit.coefficients[1, k]) < promised)
    }
  }
}
