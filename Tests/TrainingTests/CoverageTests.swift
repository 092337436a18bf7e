import Evaluation
import LinearAlgebra
import SpecialFunctions
import Testing
import Training

/// How often 95 % intervals cover, in samples whose truth is known.
@Suite struct CoverageTests {
  private let recipe = LogisticRegression(threadCount: 1)
  private let sampleCount = 150
  /// 142.5 are expected, with a standard deviation of 2.7: four of them to either side.
  private let plausible = 132...150

  @Test(arguments: [1, 2] as [UInt64])
  func waldIntervalsCoverAsOftenAsTheySay(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var classical = 0
    var robust = 0
    for _ in 0..<sampleCount {
      let rows = (0..<150).map { _ in [generator.nextStandardNormal()] }
      let outcomes = rows.map { generator.nextUniform() < logistic(-0.5 + 0.8 * $0[0]) ? 1.0 : 0 }
      let matrix = Matrix(rows: rows)
      let fit = try recipe.fit(matrix, outcomes: outcomes)
      if try covers(0.8, fit, matrix, outcomes, .classical) { classical += 1 }
      if try covers(0.8, fit, matrix, outcomes, .robustHC1) { robust += 1 }
    }
    #expect(plausible.contains(classical))
    #expect(plausible.contains(robust))
  }

  @Test(arguments: [3, 4] as [UInt64])
  func onlyClusteredIntervalsCoverWhereRowsOfAGroupAreAlike(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var clustered = 0
    var classical = 0
    // 60 customers with 5 rows each; the column is the customer's and has no effect.
    let groups = (0..<300).map { $0 / 5 }
    for _ in 0..<sampleCount {
      let columns = (0..<60).map { _ in generator.nextStandardNormal() }
      let effects = (0..<60).map { _ in 1.5 * generator.nextStandardNormal() }
      let outcomes = groups.map { generator.nextUniform() < logistic(effects[$0]) ? 1.0 : 0 }
      let matrix = Matrix(rows: groups.map { [columns[$0]] })
      let fit = try recipe.fit(matrix, outcomes: outcomes)
      if try covers(0, fit, matrix, outcomes, .clustered(by: groups)) { clustered += 1 }
      if try covers(0, fit, matrix, outcomes, .classical) { classical += 1 }
    }
    // With 60 groups normal quantiles are a little short: 94 % is what is to be expected.
    #expect((plausible.lowerBound - 2...150).contains(clustered))
    #expect(!plausible.contains(classical))
  }

  private func covers(
    _ truth: Double, _ fit: LogisticFit, _ matrix: Matrix, _ outcomes: [Double],
    _ standardErrors: StandardErrors
  ) throws -> Bool {
    let inference = try recipe.inference(
      of: fit, matrix, outcomes: outcomes, standardErrors: standardErrors)
    let interval = try #require(inference[1].interval())
    return interval.lower <= truth && truth <= interval.upper
  }
}
