import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct AliasTests {
  private let recipe = LogisticRegression(threadCount: 1)

  private func aliases(
    _ rows: [[Double]], names: [String]? = nil, sampleWeights: [Double]? = nil
  ) throws -> [AliasedColumn] {
    var sample = Sample(seed: 1, rowCount: rows.count, columnCount: 0)
    sample.rows = rows
    return try recipe.aliasedColumns(
      sample.blocks, sampleWeights: sampleWeights, columnNames: names)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func independentColumnsHaveNone(seed: UInt64) throws {
    #expect(try aliases(Sample(seed: seed, rowCount: 60, columnCount: 6).rows).isEmpty)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func duplicatesAndSumsAreNamedWithWhatTheyAreSumsOf(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 60, columnCount: 3)
    let rows = sample.rows.map { x in
      [x[0], x[1] * 1e6, -2 * x[0] + 100, x[2], x[0] + x[1] - x[2], 7]
    }
    let found = try aliases(rows, names: ["a", "b", "copy", "c", "sum", "seven"])
    #expect(
      found.map(\.name) == ["copy", "sum", "seven"])
    #expect(found.map(\.sumOf) == [["a"], ["a", "b", "c"], []])
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func wholeCategoriesAreNamedByTheirLastLevel(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 300, columnCount: 1, levelCounts: [3, 4])
    let found = try recipe.aliasedColumns(sample.blocks)
    #expect(found.map(\.name) == ["4", "8"])
    #expect(found.map(\.sumOf) == [["2", "3"], ["5", "6", "7"]])
  }

  @Test func rowsWithoutAWeightDoNotCount() throws {
    let sample = Sample(seed: 4, rowCount: 60, columnCount: 2)
    let rows = sample.rows.enumerated().map { [$1[0], $0 < 10 ? $1[1] : $1[0]] }
    #expect(try aliases(rows).isEmpty)
    let weights = (0..<60).map { $0 < 10 ? 0.0 : 1 }
    #expect(try aliases(rows, sampleWeights: weights).map(\.name) == ["2"])
  }

  @Test func theErrorNamesThemAll() throws {
    let sample = Sample(seed: 2, rowCount: 60, columnCount: 2)
    let matrix = Matrix(rows: sample.rows.map { [$0[0], $0[1], $0[0] + 1, $0[0] - $0[1]] })
    let error = try #require(
      #expect(throws: FitError.self) {
        try recipe.fit(
          matrix, outcomes: sample.outcomes, columnNames: ["age", "tenure", "birthday", "joined"])
      })
    #expect(
      error.description
        == "columns 'birthday', 'joined' add nothing to the others ('birthday' is a sum of the "
        + "intercept and column 'age'; 'joined' is a sum of the intercept and columns 'age', "
        + "'tenure'); leave them out or set l2Penalty (--l2) above 0 (a category without a penalty needs one "
        + "level coded as no level)")
  }

  @Test func nearlyAliasedColumnsAreToldFromAliasedOnes() throws {
    let sample = Sample(seed: 6, rowCount: 200, columnCount: 2)
    // Correlations of 1 − 5 × 10⁻⁹ and 1 − 5 × 10⁻¹⁵.
    #expect(try aliases(sample.rows.map { [$0[0], $0[0] + 1e-4 * $0[1]] }).isEmpty)
    #expect(try aliases(sample.rows.map { [$0[0], $0[0] + 1e-7 * $0[1]] }).map(\.name) == ["2"])
  }
}
