import Evaluation
import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct ElasticNetEdgeTests {
  private let sample = Sample(seed: 55, rowCount: 120, columnCount: 3)

  private func failure(_ fit: () throws -> ElasticNetPath) throws -> String {
    try #require(#expect(throws: FitError.self) { _ = try fit() }).description
  }

  private func recipe(_ l1Share: Double = 1) -> ElasticNet {
    var recipe = ElasticNet(l1Share: l1Share, threadCount: 1)
    recipe.penaltyCount = 10
    recipe.tolerance = 1e-16
    return recipe
  }

  @Test func duplicateColumnsShareTheEffect() throws {
    let doubled = Matrix(rows: sample.rows.map { $0 + [$0[0], $0[1]] })
    for l1Share in [1, 0.5] {
      let path = try recipe(l1Share).fit(doubled, outcomes: sample.outcomes)
      let definition = PenalizedDefinition(doubled, outcomes: sample.outcomes)
      for point in path.points {
        #expect(definition.violation(point) < 1e-6)
        // With some L2 the split is even; the lasso does not say.
        if l1Share < 1 {
          #expect(abs(point.coefficients[0] - point.coefficients[3]) < 1e-5)
        }
      }
    }
  }

  @Test func collinearColumnsHaveAMinimumAllTheSame() throws {
    let matrix = Matrix(rows: sample.rows.map { $0 + [$0[0] + $0[1] - 2 * $0[2]] })
    let path = try recipe().fit(matrix, outcomes: sample.outcomes)
    let definition = PenalizedDefinition(matrix, outcomes: sample.outcomes)
    for point in path.points { #expect(definition.violation(point) < 1e-6) }
  }

  @Test(arguments: [1e-3, 1e-5])
  func nearlyCollinearColumnsTakeDigitsThatASharedCurvatureHasNot(difference: Double) throws {
    let matrix = Matrix(rows: sample.rows.map { [$0[0], $0[0] + difference * $0[1], $0[2]] })
    for recipe in [recipe(), recipe(0.5)] {
      var recipe = recipe
      recipe.smallestPenaltyRatio = 1e-6
      let path = try recipe.fit(matrix, outcomes: sample.outcomes)
      let definition = PenalizedDefinition(matrix, outcomes: sample.outcomes)
      for point in path.points { #expect(definition.violation(point) < 1e-7) }
    }
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 1)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: [1e-3, 1e-7], matrix, outcomes: sample.outcomes)
    for (row, fits) in zip(result.rows, result.fits) {
      let alone = try LogisticRegression(l2Penalty: row.penalty, threadCount: 1).fit(
        matrix, outcomes: sample.outcomes,
        sampleWeights: (0..<120).map { folds.trains(row: $0, in: 0) ? 1 : 0 })
      #expect(abs(fits[0].objective - alone.objective) < 1e-14)
    }
  }

  @Test func moreColumnsThanRows() throws {
    let sample = Sample(seed: 8, rowCount: 40, columnCount: 120)
    var recipe = recipe()
    recipe.smallestPenaltyRatio = 0.05
    let path = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let definition = PenalizedDefinition(sample.matrix, outcomes: sample.outcomes)
    for point in path.points { #expect(definition.violation(point) < 1e-6) }
    #expect(path.points.allSatisfy { $0.activeCount <= 40 })
  }

  @Test(arguments: [0.0, 0.1, 1e9 + 0.1])
  func aConstantColumnGetsNoCoefficient(constant: Double) throws {
    let matrix = Matrix(rows: sample.rows.map { [$0[0], constant, $0[1]] })
    for standardization in [Standardization.none, .deviation] {
      var recipe = recipe()
      recipe.standardization = standardization
      let path = try recipe.fit(matrix, outcomes: sample.outcomes)
      let without = try recipe.fit(
        Matrix(rows: sample.rows.map { [$0[0], $0[1]] }), outcomes: sample.outcomes)
      for (a, b) in zip(path.points, without.points) {
        #expect(a.coefficients[1] == 0)
        #expect(abs(a.coefficients[0] - b.coefficients[0]) < 1e-6)
      }
    }
  }

  @Test func onlyConstantColumns() throws {
    let matrix = Matrix(rowCount: 120, columnCount: 2, repeating: 3)
    #expect(
      try failure { try recipe().fit(matrix, outcomes: sample.outcomes) }
        == "no penalised column changes the log loss: each is constant, left out or unrelated to "
        + "the outcome; check the features or give the penalties")
  }

  @Test func scalesFarApart() throws {
    let units = [1e-9, 1, 1e9]
    var recipe = recipe(0.9)
    recipe.standardization = .deviation
    let matrix = Matrix(rows: sample.rows.map { zip($0, units).map(*) })
    let path = try recipe.fit(matrix, outcomes: sample.outcomes)
    let plain = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    for (a, b) in zip(path.points, plain.points) {
      for j in 0..<3 { #expect(abs(a.coefficients[j] * units[j] - b.coefficients[j]) < 1e-5) }
    }
    // Without, the penalty of the small column is 10⁹ times its worth, and of the large one nothing.
    recipe.standardization = .none
    let last = try #require(try recipe.fit(matrix, outcomes: sample.outcomes).points.last)
    #expect(last.coefficients[0] == 0)
  }

  @Test func oneEventInTenThousand() throws {
    var generator = SeededGenerator(6)
    let rows = (0..<10_000).map { _ in
      (0..<3).map { _ in Double.random(in: -2...2, using: &generator) }
    }
    let outcomes = rows.indices.map { $0 == 1700 ? 1.0 : 0 }
    let path = try recipe().fit(Matrix(rows: rows), outcomes: outcomes)
    for point in path.points {
      #expect(point.gradientNorm < 1e-9)
      #expect(point.logLoss < 0.0011)  // of the mean alone: (1 + log 10⁴) / 10,000
    }
  }

  @Test func separatedOutcomesHaveAPathAllTheSame() throws {
    let outcomes = sample.rows.map { $0[0] > 0 ? 1.0 : 0 }
    let path = try recipe().fit(sample.matrix, outcomes: outcomes)
    let definition = PenalizedDefinition(sample.matrix, outcomes: outcomes)
    for point in path.points { #expect(definition.violation(point) < 1e-7) }
  }

  @Test(arguments: [-1e4, 1e4])
  func aLargeConstantOffsetMovesTheInterceptOnly(shift: Double) throws {
    let plain = try recipe().fit(sample.matrix, outcomes: sample.outcomes)
    let shifted = try recipe().fit(
      sample.matrix, outcomes: sample.outcomes, offset: Array(repeating: shift, count: 120))
    for (a, b) in zip(plain.points, shifted.points) {
      #expect(abs(a.intercept - b.intercept - shift) < 1e-5)
      for (x, y) in zip(a.coefficients, b.coefficients) { #expect(abs(x - y) < 1e-5) }
    }
  }

  @Test func settingsAreChecked() throws {
    func text(_ change: (inout ElasticNet) -> Void) throws -> String {
      var recipe = recipe()
      change(&recipe)
      return try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes) }
    }
    #expect(try text { $0.l1Share = 1.5 } == "l1Share is 1.5; give a value in [0, 1]")
    #expect(
      try text { $0.l1Share = 0 } == "l1Share is 0.0; give a value in (0, 1] or give penalties")
    #expect(try text { $0.tolerance = 0 } == "tolerance is 0.0; give a value in [1e-20, 0.01]")
    #expect(
      try text { $0.smallestPenaltyRatio = 1 }
        == "smallestPenaltyRatio is 1.0; give a value in (0, 1)")
    #expect(try text { $0.penalties = [1, 0] } == "penalty 2 is 0.0; give a value in (0, ∞)")
    #expect(try text { $0.penalties = [] } == "count of penalties is 0.0; give a value in [1, ∞)")
    #expect(
      try text { $0.penalties = [1, 2] }
        == "penalty 2 is not below the one before it; give them from the largest down")
    #expect(
      try text { $0.penaltyFactors = [1, -1, 1] }
        == "penalty factor 2 is -1.0; give a value in [0, ∞]")
  }

  @Test func columnsWithoutPenaltyMustNotRepeatEachOther() throws {
    var recipe = recipe()
    recipe.penaltyFactors = [0, 0, 1]
    #expect(
      try failure {
        try recipe.fit(
          Matrix(rows: sample.rows.map { [$0[0], 2 * $0[0], $0[1]] }), outcomes: sample.outcomes)
      }.hasPrefix("column 2 is a sum of the intercept and the columns before it;"))
  }

  @Test func whatDoesNotConvergeIsAnError() throws {
    var recipe = recipe()
    recipe.maximumIterations = 1
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes) }
        .hasPrefix("no minimum found in 1 iterations (gradient "))
  }

  @Test func oneClass() throws {
    #expect(
      try failure { try recipe().fit(sample.matrix, outcomes: sample.outcomes.map { _ in 0 }) }
        .hasPrefix("every row with a weight above 0 has outcome 0;"))
  }
}
