import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct MultinomialEdgeTests {
  private let sample = ChoiceSample(seed: 77, rowCount: 120, columnCount: 3, classCount: 3)
  private let recipe = MultinomialRegression(l2Penalty: 0.1, threadCount: 1)

  /// The text of the error that `fit` throws.
  private func failure(_ fit: () throws -> MultinomialFit) throws -> String {
    try #require(#expect(throws: FitError.self) { _ = try fit() }).description
  }

  @Test func noRows() throws {
    #expect(
      try failure { try recipe.fit(Matrix(rows: []), outcomes: [], classCount: 2) }
        == "there are no rows; check the file or the filter that chose them")
  }

  @Test(arguments: [1, 201])
  func classCountIsChecked(count: Int) throws {
    #expect(
      try failure {
        try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: count)
      } == "classCount is \(Double(count)); give a value in [2, 200]")
  }

  @Test func anEmptyClassIsNamed() throws {
    let text = try failure {
      try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 4)
    }
    #expect(
      text == "option 3 was never chosen, so its best intercept is infinite; leave the option out "
        + "or merge it with another")
    // A class is empty too when its rows have no weight.
    let weights = sample.outcomes.map { $0 == 1 ? 0.0 : 1 }
    #expect(throws: FitError.neverChosen(option: 1)) {
      try recipe.fit(
        sample.matrix, outcomes: sample.outcomes, classCount: 3, sampleWeights: weights)
    }
  }

  @Test func badOutcomesAreNamed() throws {
    var outcomes = sample.outcomes
    outcomes[16] = 3
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: outcomes, classCount: 3) }
        == "row 17 has outcome 3; code the 3 outcomes as 0 to 2")
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: [0, 1], classCount: 3) }
        == "2 outcomes for 120 rows of features; give one for each row")
  }

  @Test func theChosenMustBeAvailable() throws {
    var available = Availability(rowCount: 120, optionCount: 3)
    available[40, sample.outcomes[40]] = false
    #expect(
      try failure {
        try recipe.fit(
          sample.matrix, outcomes: sample.outcomes, classCount: 3, available: available)
      } == "row 41 chose option \(sample.outcomes[40]), which was not available to it; correct the "
        + "choice or the availability")
  }

  @Test func classesThatNeverMetAreNamed() throws {
    // Class 2 is chosen only where it stands alone.
    var available = Availability(rowCount: 120, optionCount: 3)
    for row in 0..<120 {
      for k in 0..<3 where (k == 2) != (sample.outcomes[row] == 2) { available[row, k] = false }
    }
    #expect(
      try failure {
        try recipe.fit(
          sample.matrix, outcomes: sample.outcomes, classCount: 3, available: available)
      } == "option 2 was never chosen over another available option, so the best intercepts are "
        + "infinite; leave it out or merge options")
  }

  @Test func valuesThatAreNotFiniteAreNamed() throws {
    var rows = sample.rows
    rows[6][1] = .nan
    #expect(
      try failure {
        try recipe.fit(
          Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3,
          columnNames: ["age", "tenure", "visits"])
      } == "row 7, column 'tenure' is not a finite number; drop the row or impute the column")
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, classCount: 3)
    #expect(throws: FitError.notFinite(row: 7, column: "2")) {
      try fit.probabilities(Matrix(rows: rows))
    }
    var available = Availability(rowCount: 120, optionCount: 3)
    for k in 0..<3 { available[9, k] = false }
    #expect(throws: FitError.nothingAvailable(row: 10)) {
      try fit.probabilities(sample.matrix, available: available)
    }
  }

  @Test func withoutColumnsTheInterceptsAreTheShares() throws {
    let fit = try recipe.fit(
      Matrix(rowCount: 8, columnCount: 0, repeating: 0), outcomes: [0, 0, 0, 0, 1, 1, 1, 2],
      classCount: 3)
    let probabilities = try fit.probabilities(
      Matrix(rowCount: 1, columnCount: 0, repeating: 0))
    for (a, b) in zip(probabilities.values, [0.5, 0.375, 0.125]) { #expect(abs(a - b) < 1e-15) }
  }

  @Test func twoHundredClasses() throws {
    let sample = ChoiceSample(seed: 3, rowCount: 500, columnCount: 2, classCount: 200)
    let fit = try MultinomialRegression(l2Penalty: 0.1, threadCount: 2).fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 200)
    // What the last step leaves of gradients of size 1.
    #expect(fit.gradientNorm < 1e-11)
    let sums = try fit.probabilities(sample.matrix)
    for row in 0..<500 {
      // 200 terms of 1/200.
      #expect(abs((0..<200).reduce(0) { $0 + sums[row, $1] } - 1) < 1e-14)
    }
  }

  @Test func oneLevelPerRow() throws {
    let outcomes = (0..<90).map { $0 % 3 }
    let blocks = FeatureBlocks(
      dense: DenseBlock(rowCount: 90, columnCount: 0),
      categories: [CategoryBlock(levelCount: 90, codes: (0..<90).map(UInt32.init))])
    let fit = try recipe.fit(blocks, outcomes: outcomes, classCount: 3)
    #expect(fit.gradientNorm < 1e-12)
    // Every row is like every other but for its class.
    #expect(abs(fit.coefficients[0, 0] - fit.coefficients[1, 1]) < 1e-10)
    #expect(fit.intercepts.allSatisfy { abs($0) < 1e-10 })
  }

  @Test func perfectSeparationNeedsThePenalty() throws {
    let rows = (0..<90).map { [Double($0)] }
    let outcomes = (0..<90).map { $0 / 30 }
    for l2Penalty in [1e-3, 1e-8] {
      let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: outcomes, classCount: 3)
      // In units of the column's largest distance from its mean; a loss of 10⁻⁴ has derivatives
      // of that size to cancel.
      #expect(fit.gradientNorm < 1e-11)
      #expect(fit.newtonDecrement <= 1e-12 * fit.objective)
    }
    #expect(throws: FitError.separated(columns: ["1"])) {
      try MultinomialRegression(l2Penalty: 0, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: outcomes, classCount: 3)
    }
  }

  @Test func quasiSeparationOfOneClass() throws {
    // Column 2 is 1 for class 2 alone, and for half of it.
    let rows = sample.rows.enumerated().map { i, row in
      [row[0], sample.outcomes[i] == 2 && i.isMultiple(of: 2) ? 1 : 0]
    }
    #expect(throws: FitError.separated(columns: ["2"])) {
      try MultinomialRegression(l2Penalty: 0, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3)
    }
  }

  @Test func collinearColumnsNeedThePenalty() throws {
    let rows = sample.rows.map { [$0[0], $0[1], $0[0] - $0[1]] }
    #expect(throws: FitError.dependent(column: "3")) {
      try MultinomialRegression(l2Penalty: 0, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3)
    }
    let fit = try recipe.fit(Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3)
    #expect(fit.gradientNorm < 1e-11)
  }

  @Test func constantColumnsHaveCoefficientsOfZero() throws {
    let rows = sample.rows.map { [$0[0], 0.1] }
    let fit = try recipe.fit(Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3)
    #expect((0..<3).allSatisfy { fit.coefficients[1, $0] == 0 })
  }

  @Test func scalesFarApart() throws {
    let rows = sample.rows.map { [$0[0] * 1e-9, $0[1] * 1e9 + 1e10, $0[2]] }
    for l2Penalty in [0, 1e-3] {
      let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: sample.outcomes, classCount: 3)
      // A penalty of 10¹⁵ in units of the first column's spread makes a derivative of 10⁻⁹ nothing:
      // what counts is how much lower the objective could be.
      #expect(fit.objectiveGap < 1e-20)
    }
  }

  @Test func weightsOverTwelveOrders() throws {
    let weights = sample.outcomes.indices.map { [1e-6, 1, 1e6][$0 % 3] }
    let fit = try MultinomialRegression(l2Penalty: 1e-4, threadCount: 1).fit(
      sample.matrix, outcomes: sample.outcomes, classCount: 3, sampleWeights: weights)
    let gradient = largestDerivative(
      at: fit, sample.matrix, outcomes: sample.outcomes, sampleWeights: weights, l2Penalty: 1e-4)
    #expect(gradient < 1e-11)
  }

  @Test func aClassThatFewRowsCouldHaveHad() throws {
    // 300 rows chose from classes 0 and 1. Class 2 was there for four rows, and won three of them
    // against a class that 0 always beats: far from where its share of all rows would put it.
    let sample = ChoiceSample(seed: 5, rowCount: 300, columnCount: 2, classCount: 2)
    var available = Availability(rowCount: 404, optionCount: 4)
    for row in 0..<404 {
      for k in 0..<4 {
        available[row, k] = row < 300 ? k < 2 : row < 400 ? k == 0 || k == 3 : k >= 2
      }
    }
    let rows = sample.rows + (0..<104).map { [Double($0 % 3), Double($0 % 5)] }
    let outcomes =
      sample.outcomes + (0..<100).map { $0 == 50 ? 3 : 0 } + [2, 2, 2, 3]
    for l2Penalty in [1e-6, 1e-2] {
      let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
        Matrix(rows: rows), outcomes: outcomes, classCount: 4, available: available)
      let gradient = largestDerivative(
        at: fit, Matrix(rows: rows), outcomes: outcomes, available: available,
        l2Penalty: l2Penalty)
      #expect(gradient < 1e-11)
    }
  }

  /// Newton's first step from far away must not leave the solver where nothing has any curvature.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func outliersOfFeaturesAndWeights(seed: UInt64) throws {
    var sample = ChoiceSample(seed: seed, rowCount: 120, columnCount: 2, classCount: 3)
    sample.sample.rows[7] = [1e4, -1e4]
    sample.sample.rows[50] = [-1e3, 1e5]
    let weights = (0..<120).map { $0 == 50 ? 1e-3 : $0 == 7 ? 1e4 : 1 }
    for l2Penalty in [1e-8, 1e-3] {
      let fit = try MultinomialRegression(l2Penalty: l2Penalty, threadCount: 1).fit(
        sample.matrix, outcomes: sample.outcomes, classCount: 3, sampleWeights: weights)
      #expect(fit.objectiveGap < 1e-18)
      #expect(fit.newtonDecrement <= 1e-12 * fit.objective)
    }
  }
}
