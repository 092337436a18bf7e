import LinearAlgebra
import Testing
import Training

@Suite struct SeparationTests {
  private let recipe = LogisticRegression(threadCount: 1)

  private func failure(_ fit: () throws -> LogisticFit) throws -> String {
    try #require(#expect(throws: FitError.self) { _ = try fit() }).description
  }

  @Test func aColumnThatTellsEveryOutcomeIsNamed() throws {
    var sample = Sample(seed: 7, rowCount: 100, columnCount: 3)
    sample.outcomes = sample.rows.map { $0[1] > 0.2 ? 1 : 0 }
    #expect(
      try failure {
        try recipe.fit(
          sample.matrix, outcomes: sample.outcomes, columnNames: ["age", "refund", "orders"])
      }
        == "column 'refund' tells some outcomes without error, so the best coefficients are "
        + "infinite; set l2Penalty (--l2) above 0, fit by FirthRegression (--firth) or leave the column out"
    )
    let fit = try LogisticRegression(l2Penalty: 1e-3, threadCount: 1)
      .fit(sample.matrix, outcomes: sample.outcomes)
    #expect(fit.coefficients[1] > 1)
  }

  @Test func columnsThatTellEveryOutcomeTogetherAreNamed() throws {
    var sample = Sample(seed: 7, rowCount: 200, columnCount: 3)
    sample.outcomes = sample.rows.map { $0[0] + $0[2] > 0.1 ? 1 : 0 }
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes) }
        == "columns 1, 3 together tell some outcomes without error, so the best coefficients are "
        + "infinite; set l2Penalty (--l2) above 0, fit by FirthRegression (--firth) or leave the columns "
        + "out")
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func anIndicatorWithoutEventsIsNamed(seed: UInt64) throws {
    var sample = Sample(seed: seed, rowCount: 300, columnCount: 3)
    for i in sample.rows.indices {
      sample.rows[i][1] = i < 6 ? 1 : 0
      if i < 6 { sample.outcomes[i] = 0 }
    }
    #expect(
      try failure { try recipe.fit(sample.matrix, outcomes: sample.outcomes) }
        .hasPrefix("column 2 tells some outcomes without error"))
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func aLevelWithoutEventsIsNamed(seed: UInt64) throws {
    var sample = Sample(
      seed: seed, rowCount: 400, columnCount: 2, levelCounts: [4], noLevels: true)
    for i in sample.rows.indices where sample.codes[0][i] == 2 { sample.outcomes[i] = 1 }
    let offset = (0..<400).map { Double($0 % 3) - 1 }
    #expect(
      try failure {
        try recipe.fit(sample.blocks, outcomes: sample.outcomes, offset: offset)
      }.hasPrefix("column 5 tells some outcomes without error"))
  }

  @Test func aReferenceLevelWithoutEventsNamesTheOtherLevels() throws {
    var sample = Sample(
      seed: 9, rowCount: 400, columnCount: 2, levelCounts: [2], noLevels: true)
    for i in sample.rows.indices where sample.codes[0][i] == 2 { sample.outcomes[i] = 0 }
    #expect(
      try failure { try recipe.fit(sample.blocks, outcomes: sample.outcomes) }
        .hasPrefix("columns 3, 4 together tell some outcomes without error"))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func almostSeparatedIsFitted(seed: UInt64) throws {
    // One row against the rule is enough for finite coefficients.
    var sample = Sample(seed: seed, rowCount: 100, columnCount: 2)
    sample.outcomes = sample.rows.map { $0[1] > 0.2 ? 1 : 0 }
    sample.outcomes[50] = 1 - sample.outcomes[50]
    sample.rows[50] = [0, sample.outcomes[50] == 1 ? -1 : 1]
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    #expect(fit.gradientNorm < 1e-12)  // what the last step leaves
  }
}
