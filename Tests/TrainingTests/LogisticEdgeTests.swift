import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct LogisticEdgeTests {
  private let sample = Sample(seed: 77, rowCount: 120, columnCount: 3)
  private let recipe = LogisticRegression(threadCount: 1)
  private let penalized = LogisticRegression(l2Penalty: 0.1, threadCount: 1)

  /// The text of the error that `fit` throws.
  private func failure(_ fit: () throws -> LogisticFit) throws -> String {
    try #require(#expect(throws: FitError.self) { _ = try fit() }).description
  }

  @Test func noRows() throws {
    #expect(
      try failure { try recipe.fit(Matrix(rows: []), outcomes: []) }
        == "there are no rows; check the file or the filter that chose them")
  }

  @Test func oneRow() throws {
    #expect(
      try failure { try penalized.fit(Matrix(rows: [[1]]), outcomes: [1]) }
        == "every row with a weight above 0 has outcome 1; a fit needs both outcomes: "
        + "widen the period or check how the outcome is defined")
  }

  @Test func oneClassByWeight() throws {
    let matrix = Matrix(rows: [[1], [2], [3]])
    let text = try failure {
      try recipe.fit(matrix, outcomes: [0, 1, 0], sampleWeights: [1, 0, 1])
    }
    #expect(text.hasPrefix("every row with a weight above 0 has outcome 0;"))
    #expect(
      try failure { try recipe.fit(matrix, outcomes: [0, 1, 0], sampleWeights: [0, 0, 0]) }
        == "no row has a weight above 0; give at least one row of each outcome a positive weight")
  }

  @Test func countsMustAgree() throws {
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: [0, 1]) }
        == "2 outcomes for 120 rows of features; give one for each row")
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes, sampleWeights: [1]) }
        == "1 weights for 120 rows of features; give one for each row")
    #expect(
      try failure { try recipe.fit(sample.blocks, outcomes: sample.outcomes, offset: []) }
        == "0 offsets for 120 rows of features; give one for each row")
  }

  @Test func settingsAreChecked() throws {
    for (recipe, text) in [
      (LogisticRegression(l2Penalty: -1), "l2Penalty is -1.0; give a value in [0, ∞)"),
      (LogisticRegression(l2Penalty: .nan), "l2Penalty is nan; give a value in [0, ∞)"),
      (
        LogisticRegression(maximumIterations: 0),
        "maximumIterations is 0.0; give a value in [1, ∞)"
      ),
      (LogisticRegression(threadCount: 0), "threadCount is 0.0; give a value in [1, ∞)"),
    ] {
      #expect(try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes) } == text)
    }
  }

  @Test func badValuesAreNamed() throws {
    var outcomes = sample.outcomes
    outcomes[16] = 2
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: outcomes) }
        == "row 17 has outcome 2.0; code the outcome as 0 or 1")
    var weights = [Double](repeating: 1, count: 120)
    for bad in [-1, .nan, .infinity] {
      weights[4] = bad
      #expect(
        try failure {
          try recipe.fit(sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
        } == "row 5 has weight \(bad); weights are finite and not below 0: correct or drop the row")
    }
    weights[4] = .nan
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes, offset: weights) }
        == "row 5 has an offset that is not a finite number; correct or drop the row")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func notFiniteFeaturesAreNamed(value: Double) throws {
    var sample = sample
    sample.rows[16][2] = value
    sample.rows[99][1] = value
    #expect(
      try failure {
        try recipe.fit(
          sample.matrix, outcomes: sample.outcomes, columnNames: ["age", "tenure", "orders"])
      } == "row 100, column 'tenure' is not a finite number; drop the row or impute the column")
    #expect(
      try failure { try recipe.fit(sample.blocks, outcomes: sample.outcomes) }
        == "row 100, column 2 is not a finite number; drop the row or impute the column")
  }

  @Test(arguments: [1e200, 1e-200])
  func scalesBeyondSquaresAreNamed(factor: Double) throws {
    let matrix = Matrix(rows: sample.rows.map { [$0[0], $0[1] * factor] })
    let text = try failure { try recipe.fit(matrix, outcomes: sample.outcomes) }
    #expect(text.hasPrefix("column 2 has values as large as 1.9"))
    #expect(
      text.hasSuffix("whose squares are not representable; rescale the column or leave it out"))
  }

  @Test func constantColumnGetsNoCoefficientUnderAPenalty() throws {
    for constant in [0.0, 0.1, 1e9 + 0.1] {
      var sample = sample
      sample.rows = sample.rows.map { [$0[0], constant, $0[1]] }
      let without = Matrix(rows: sample.rows.map { [$0[0], $0[2]] })
      let expected = try penalized.fit(without, outcomes: sample.outcomes)
      for fit in [
        try penalized.fit(sample.matrix, outcomes: sample.outcomes),
        try penalized.fit(sample.blocks, outcomes: sample.outcomes),
      ] {
        #expect(fit.coefficients[1] == 0)
        #expect(abs(fit.intercept - expected.intercept) < 1e-12)  // the same steps, summed alike
      }
    }
  }

  @Test func constantColumnWithoutAPenaltyIsNamed() throws {
    for constant in [0.0, 0.1, 1e9 + 0.1] {
      var sample = sample
      sample.rows = sample.rows.map { [$0[0], constant, $0[1]] }
      let text =
        "column 'kind' is constant; leave it out or set l2Penalty (--l2) above 0 (a category without a "
        + "penalty needs one level coded as no level)"
      let names = ["age", "kind", "orders"]
      #expect(
        try failure {
          try recipe.fit(sample.matrix, outcomes: sample.outcomes, columnNames: names)
        } == text)
      #expect(
        try failure {
          try recipe.fit(sample.blocks, outcomes: sample.outcomes, columnNames: names)
        } == text)
    }
  }

  @Test func collinearColumnsAreNamed() throws {
    let combined = Matrix(rows: sample.rows.map { $0 + [3 * $0[0] - $0[1] + 5] })
    let duplicate = Matrix(rows: sample.rows.map { [$0[0], $0[0] * 1e6, $0[1]] })
    for offset in [nil, (0..<120).map { Double($0 % 3) }] {
      #expect(
        try failure { try recipe.fit(combined, outcomes: sample.outcomes, offset: offset) }
          .hasPrefix("column 4 is a sum of the intercept and columns 1, 2; leave it out"))
      #expect(
        try failure { try recipe.fit(duplicate, outcomes: sample.outcomes, offset: offset) }
          .hasPrefix("column 2 is a sum of the intercept and column 1;"))
    }
  }

  @Test func duplicatesShareTheirCoefficientUnderAPenalty() throws {
    let fit = try penalized.fit(
      Matrix(rows: sample.rows.map { [$0[0], $0[0], $0[1]] }), outcomes: sample.outcomes)
    #expect(abs(fit.coefficients[0] - fit.coefficients[1]) < 1e-13)  // condition number 10
  }

  @Test func nearlyCollinearColumnsAreFitted() throws {
    // Variance inflation of 10⁸: the coefficients' sum is still known to 10⁻⁸.
    let rows = sample.rows.map { [$0[0], $0[0] + 1e-4 * $0[2], $0[1]] }
    let plain = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let fit = try recipe.fit(Matrix(rows: rows), outcomes: sample.outcomes)
    #expect(abs(fit.coefficients[1] * 1e-4 - plain.coefficients[2]) < 1e-8)
    #expect(abs(fit.coefficients[0] + fit.coefficients[1] - plain.coefficients[0]) < 1e-8)
  }

  @Test func wholeCategoryWithoutAPenaltyIsCollinear() throws {
    let sample = Sample(seed: 3, rowCount: 300, columnCount: 1, levelCounts: [3])
    #expect(
      try failure {
        try recipe.fit(
          sample.blocks, outcomes: sample.outcomes,
          columnNames: ["age", "plan = a", "plan = b", "plan = c"])
      }.hasPrefix(
        "column 'plan = c' is a sum of the intercept and columns 'plan = a', 'plan = b';"))
  }

  @Test func referenceLevelsTakeThePlaceOfAPenalty() throws {
    var sample = Sample(seed: 3, rowCount: 300, columnCount: 1, levelCounts: [3])
    sample.levelCounts = [2]  // level 2 is now the code for no level
    let fit = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    #expect(distance(fit, try recipe.fit(sample.oneHot, outcomes: sample.outcomes)) < 1e-10)
  }

  @Test func moreColumnsThanRows() throws {
    let wide = Sample(seed: 8, rowCount: 12, columnCount: 30)
    #expect(
      try failure { try recipe.fit(wide.matrix, outcomes: wide.outcomes) }
        == "12 rows cannot determine 30 coefficients and an intercept; "
        + "add rows, leave columns out or set l2Penalty (--l2) above 0")
    let fit = try penalized.fit(wide.matrix, outcomes: wide.outcomes)
    let slope = gradient(at: fit, wide.matrix, outcomes: wide.outcomes, l2Penalty: 0.1)
    #expect(slope.allSatisfy { abs($0) < 1e-12 })  // what the last step leaves
  }

  @Test func tooManyColumns() throws {
    let blocks = FeatureBlocks(
      dense: DenseBlock(rowCount: 2, columnCount: 1),
      categories: [CategoryBlock(levelCount: 10_000, codes: [0, 1])])
    #expect(
      try failure { try penalized.fit(blocks, outcomes: [0, 1]) }
        == "the design has 10001 columns, levels of categories included; the limit is 10000: "
        + "merge rare levels or leave columns out")
  }

  @Test func farFromZeroAndWildlyScaledColumnsAreFitted() throws {
    let rows = sample.rows.map { [$0[0] * 1e-9, 1e9 + $0[1], $0[2] * 1e9] }
    // The middle column is rounded to 10⁻⁷; compare with a fit to what is left of it.
    let plain = try recipe.fit(
      Matrix(rows: rows.map { [$0[0] * 1e9, $0[1] - 1e9, $0[2] * 1e-9] }),
      outcomes: sample.outcomes)
    let fit = try recipe.fit(Matrix(rows: rows), outcomes: sample.outcomes)
    #expect(abs(fit.coefficients[0] * 1e-9 - plain.coefficients[0]) < 1e-10)
    #expect(abs(fit.coefficients[1] - plain.coefficients[1]) < 1e-10)
    #expect(abs(fit.coefficients[2] * 1e9 - plain.coefficients[2]) < 1e-10)
    // The intercept is 10⁹ times a coefficient: ten digits after the point are 10⁻¹⁹ of it.
    #expect(abs(fit.intercept + 1e9 * fit.coefficients[1] - plain.intercept) < 1e-6)
  }

  @Test func weightsOverTwelveOrdersAreFitted() throws {
    let weights = (0..<120).map { [1e-12, 1e-6, 1e-3, 1][$0 % 4] }
    let fit = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
    let slope = gradient(at: fit, sample.matrix, outcomes: sample.outcomes, sampleWeights: weights)
    #expect(slope.allSatisfy { abs($0) < 1e-12 })  // what the last step leaves
  }

  @Test func aCategoryOfTinyWeightIsFittedToo() throws {
    // Level 0 has a trillionth of the weight, with one event in eight rows: its odds are 1 to 7.
    let rowCount = 64
    let codes = (0..<rowCount).map { UInt32($0 < 8 ? 0 : 1) }
    let outcomes = (0..<rowCount).map { $0 == 0 || ($0 >= 8 && $0.isMultiple(of: 2)) ? 1.0 : 0 }
    let fit = try recipe.fit(
      FeatureBlocks(
        dense: DenseBlock(rowCount: rowCount, columnCount: 0),
        categories: [CategoryBlock(levelCount: 1, codes: codes)]),
      outcomes: outcomes, sampleWeights: codes.map { $0 == 0 ? 1e-12 : 1 })
    #expect(abs(fit.coefficients[0] + 1.945910149055313) < 1e-9)  // −log 7; gradient of 10⁻¹² parts
  }
}
