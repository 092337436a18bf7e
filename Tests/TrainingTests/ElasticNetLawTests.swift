import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct ElasticNetLawTests {
  private let sample = Sample(seed: 301, rowCount: 250, columnCount: 6)
  /// What two ways to one minimum may differ by: an objective within 10⁻¹⁸ leaves 1.5 · 10⁻⁹ times the
  /// inverse root of the curvature, here above 0.02.
  private let promised = 1e-8

  private func recipe(_ l1Share: Double = 1, count: Int = 12) -> ElasticNet {
    var recipe = ElasticNet(l1Share: l1Share, threadCount: 1)
    recipe.penaltyCount = count
    recipe.tolerance = 1e-18
    return recipe
  }

  @Test(arguments: [1, 0.5, 0.05])
  func everyPointMeetsTheConditionsOfAMinimum(l1Share: Double) throws {
    let weights = (0..<250).map { Double($0 % 4) }
    let offset = (0..<250).map { Double($0 % 5) / 2 - 1 }
    let path = try recipe(l1Share).fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights, offset: offset)
    let definition = PenalizedDefinition(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights, offset: offset)
    for point in path.points {
      // An objective within 10⁻¹⁸, a gradient within its root.
      #expect(definition.violation(point) < 1e-8)
      #expect(point.gradientNorm < 1e-8)
      #expect(abs(definition.objective(point) - point.objective) < 1e-14)
    }
    #expect(path.points.last?.activeCount == 6)
  }

  @Test func theDualityGapIsABound() throws {
    for (l1Share, tolerance) in [(1.0, 1e-18), (1, 1e-6), (0.4, 1e-18), (0.4, 1e-4)] {
      var recipe = recipe(l1Share)
      recipe.tolerance = tolerance
      let loose = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
      recipe.tolerance = 1e-18
      recipe.penalties = loose.points.map(\.penalty)
      let exact = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
      let definition = PenalizedDefinition(sample.matrix, outcomes: sample.outcomes)
      for (point, best) in zip(loose.points, exact.points) {
        #expect(point.dualityGap >= 0)
        // The minimum itself is known to a few ulp.
        #expect(point.objective - best.objective <= point.dualityGap + 1e-15)
        // Scaling is bounded, not computed: never less than the gap by definition of the dual.
        if l1Share == 1 {
          #expect(point.dualityGap >= definition.dualityGap(point) - 1e-14)
        }
        if tolerance == 1e-18 { #expect(point.dualityGap < 1e-8) }
      }
    }
  }

  @Test func withoutL1ItIsTheLogisticRegression() throws {
    var recipe = recipe(0)
    recipe.penalties = [10, 0.3, 0.01, 1e-4]
    let path = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    for point in path.points {
      let fit = try LogisticRegression(l2Penalty: point.penalty, threadCount: 1).fit(
        sample.matrix, outcomes: sample.outcomes)
      for (a, b) in zip(point.coefficients, fit.coefficients) { #expect(abs(a - b) < 1e-8) }
      #expect(abs(point.intercept - fit.intercept) < 1e-8)
      #expect(abs(point.objective - fit.objective) < 1e-15)
    }
  }

  @Test func theLargestPenaltyIsTheLeastThatHoldsEverythingAtZero() throws {
    for l1Share in [1, 0.3] {
      let path = try recipe(l1Share).fit(sample.matrix, outcomes: sample.outcomes)
      let largest = path.points[0]
      #expect(largest.coefficients.allSatisfy { $0 == 0 })
      let positives = sample.outcomes.reduce(0, +)
      // log-odds of the mean outcome; one rounding of the mean and one of the logarithm
      #expect(abs(largest.logLoss - meanEntropy(positives / 250)) < 1e-14)
      var slightlyLess = recipe(l1Share)
      slightlyLess.penalties = [largest.penalty * (1 - 1e-6)]
      let next = try slightlyLess.fit(sample.matrix, outcomes: sample.outcomes)
      #expect(next.points[0].activeCount == 1)
      slightlyLess.penalties = [largest.penalty * 5, largest.penalty]
      let above = try slightlyLess.fit(sample.matrix, outcomes: sample.outcomes)
      #expect(above.points.allSatisfy { $0.activeCount == 0 })
    }
  }

  private func meanEntropy(_ share: Double) -> Double {
    let fit = try? LogisticRegression(threadCount: 1).fit(
      Matrix(rowCount: 250, columnCount: 0, repeating: 0), outcomes: sample.outcomes)
    return fit?.logLoss ?? .nan
  }

  @Test func aFactorScalesItsPenalty() throws {
    // A factor of c on a column is the column divided by c, for an l1 penalty.
    var scaled = recipe()
    scaled.penalties = [0.1, 0.02]
    scaled.penaltyFactors = [1, 3, 1, 0.5, 1, 1]
    var plain = recipe()
    plain.penalties = [0.1, 0.02]
    let one = try scaled.fit(sample.matrix, outcomes: sample.outcomes)
    let other = try plain.fit(
      Matrix(rows: sample.rows.map { [$0[0], $0[1] / 3, $0[2], $0[3] / 0.5, $0[4], $0[5]] }),
      outcomes: sample.outcomes)
    for (a, b) in zip(one.points, other.points) {
      #expect(abs(a.objective - b.objective) < 1e-14)
      #expect(abs(a.coefficients[1] - b.coefficients[1] / 3) < promised)
      #expect(abs(a.coefficients[3] - b.coefficients[3] / 0.5) < promised)
    }
  }

  @Test func factorsOfZeroAndInfinity() throws {
    var recipe = recipe(0.8)
    recipe.penaltyFactors = [0, 1, 1, .infinity, 1, 1]
    let path = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let alone = try LogisticRegression(threadCount: 1).fit(
      Matrix(rows: sample.rows.map { [$0[0]] }), outcomes: sample.outcomes)
    #expect(path.points[0].activeCount == 1)
    #expect(abs(path.points[0].coefficients[0] - alone.coefficients[0]) < promised)
    #expect(path.points.allSatisfy { $0.coefficients[3] == 0 })
    let definition = PenalizedDefinition(
      sample.matrix, outcomes: sample.outcomes, factors: recipe.penaltyFactors)
    for point in path.points { #expect(definition.violation(point) < 1e-8) }
  }

  @Test func standardizedColumnsHaveNoUnit() throws {
    var recipe = recipe(0.7)
    recipe.standardization = .deviation
    let units = [1, 1e3, 1e-3, 7, 1e9, 1e-9]
    let path = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let scaled = try recipe.fit(
      Matrix(rows: sample.rows.map { zip($0, units).map { $0 * $1 + $1 } }),
      outcomes: sample.outcomes)
    for (a, b) in zip(path.points, scaled.points) {
      #expect(abs(a.penalty / b.penalty - 1) < 1e-12)
      for (j, unit) in units.enumerated() {
        #expect(abs(a.coefficients[j] - b.coefficients[j] * unit) < promised)
      }
    }
  }

  @Test func weightTwoIsTheRowTwice() throws {
    let weights = (0..<250).map { $0.isMultiple(of: 3) ? 2.0 : 1 }
    let twice = (0..<250).filter { $0.isMultiple(of: 3) }
    let weighted = try recipe(0.9).fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
    let repeated = try recipe(0.9).fit(
      Matrix(rows: sample.rows + twice.map { sample.rows[$0] }),
      outcomes: sample.outcomes + twice.map { sample.outcomes[$0] })
    #expect(distance(weighted, repeated) < promised)
  }

  @Test func rowOrderDoesNotMatter() throws {
    var generator = SeededGenerator(5)
    let order = (0..<250).shuffled(using: &generator)
    var recipe = recipe()
    let plain = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    recipe.penalties = plain.points.map(\.penalty)
    let shuffled = try recipe.fit(
      Matrix(rows: order.map { sample.rows[$0] }), outcomes: order.map { sample.outcomes[$0] })
    #expect(distance(plain, shuffled) < 1e-10)  // the same steps but for rounding
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = Sample(seed: 41, rowCount: 5000, columnCount: 4, levelCounts: [3])
    let paths = try [1, 2, 3].map { threadCount in
      var recipe = ElasticNet(l1Share: 0.9, threadCount: threadCount)
      recipe.penaltyCount = 6
      return try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    }
    #expect(paths[0] == paths[1])
    #expect(paths[0] == paths[2])
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func screeningNeverChangesTheAnswer(seed: UInt64) throws {
    // More columns than a working set takes whole, and neighbours that correlate.
    var generator = SeededGenerator(seed)
    let rows = (0..<40).map { _ in
      var last = 0.0
      return (0..<300).map { _ in
        last = 0.8 * last + Double.random(in: -1...1, using: &generator)
        return last
      }
    }
    let outcomes = rows.map {
      $0[3] - $0[200] + Double.random(in: -1...1, using: &generator) > 0 ? 1.0 : 0
    }
    var recipe = recipe(0.9, count: 5)
    recipe.smallestPenaltyRatio = 0.3
    let screened = try recipe.fit(Matrix(rows: rows), outcomes: outcomes)
    recipe.screensColumns = false
    let whole = try recipe.fit(Matrix(rows: rows), outcomes: outcomes)
    #expect(distance(screened, whole) < promised)
    for (a, b) in zip(screened.points, whole.points) { #expect(a.activeCount == b.activeCount) }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func blocksEqualOneHotColumns(seed: UInt64) throws {
    let sample = Sample(
      seed: seed, rowCount: 700, columnCount: 2, levelCounts: [3, 5], noLevels: true)
    let blocks = try recipe(0.9).fit(sample.blocks, outcomes: sample.outcomes)
    let oneHot = try recipe(0.9).fit(sample.oneHot, outcomes: sample.outcomes)
    #expect(distance(blocks, oneHot) < promised)
    #expect(blocks.points.contains { $0.activeCount > 4 })
  }
}
