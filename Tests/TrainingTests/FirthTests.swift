import Evaluation
import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Testing
import Training

private struct FirthCase: Decodable {
  struct Profile: Decodable {
    let lower: Double
    let upper: Double
    let statistic: Double
  }
  let name: String
  let estimates: [Double]
  let standardErrors: [Double]
  let penalizedLogLikelihood: Double
  let profiles: [Profile]?
}

@Suite struct FirthTests {
  private let recipe = FirthRegression(threadCount: 1)
  // A step of 10⁻¹⁰ standard errors is left, which the curvature of separated outcomes magnifies.
  private let promised = 1e-8

  private func firthCase(_ name: String) throws -> (InferenceData, FirthCase) {
    try inferenceCase(name, in: "firth", FirthCase.self, named: \.name)
  }

  @Test(arguments: [
    "endometrial", "separated", "rare", "weightedOffset", "categoryWithoutEvents", "noEvents",
  ])
  func fitsAreThoseOfOtherSoftware(name: String) throws {
    let (data, reference) = try firthCase(name)
    var fits = [
      try recipe.fit(
        data.blocks, outcomes: data.outcomes, sampleWeights: data.sampleWeights,
        offset: data.offset)
    ]
    if data.codes == nil {
      fits.append(
        try recipe.fit(
          Matrix(rows: data.rows), outcomes: data.outcomes, sampleWeights: data.sampleWeights,
          offset: data.offset))
    }
    for fit in fits {
      for (j, expected) in reference.estimates.enumerated() {
        #expect(isClose(fit.inference.estimates[j], expected, relative: promised))
        #expect(
          isClose(
            try #require(fit.inference[j].standardError), reference.standardErrors[j],
            relative: promised))
      }
      #expect([fit.intercept] + fit.coefficients == fit.inference.estimates)
      #expect(
        isClose(fit.penalizedLogLikelihood, reference.penalizedLogLikelihood, relative: 1e-12))
      #expect(fit.inference.validity == .firth)
    }
  }

  @Test func profilesOfTheEndometrialDataAreThePublishedOnes() throws {
    // Heinze and Schemper (2002): NV 2.93 (0.61, 7.85), PI −0.03 (−0.12, 0.04), EH −2.60 (−4.37, −1.23).
    try profilesAgree("endometrial")
  }

  @Test func profilesOfSeparatedOutcomesAreFinite() throws {
    try profilesAgree("separated")
  }

  private func profilesAgree(_ name: String) throws {
    let (data, reference) = try firthCase(name)
    let expected = try #require(reference.profiles)
    let matrix = Matrix(rows: data.rows)
    let fit = try recipe.fit(matrix, outcomes: data.outcomes)
    let found = try recipe.profiles(
      of: Array(expected.indices), around: fit, matrix, outcomes: data.outcomes)
    for (profile, reference) in zip(found, expected) {
      #expect(isClose(profile.interval.lower, reference.lower, relative: 1e-7))
      #expect(isClose(profile.interval.upper, reference.upper, relative: 1e-7))
      #expect(isClose(profile.test.statistic, reference.statistic, relative: 1e-7))
      #expect(isClose(profile.interval.estimate, fit.coefficients[profile.column], relative: 1e-7))
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func weightTwoIsTheRowTwice(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 40, columnCount: 2)
    let twice = (0..<40).filter { $0.isMultiple(of: 3) }
    let weighted = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes,
      sampleWeights: (0..<40).map { $0.isMultiple(of: 3) ? 2 : $0 == 7 ? 0 : 1 })
    let kept = (0..<40).filter { $0 != 7 } + twice
    let repeated = try recipe.fit(
      Matrix(rows: kept.map { sample.rows[$0] }), outcomes: kept.map { sample.outcomes[$0] })
    #expect(distance(weighted.fit, repeated.fit) < promised)
    #expect(
      isClose(weighted.penalizedLogLikelihood, repeated.penalizedLogLikelihood, relative: 1e-12))
    for j in 0..<3 {
      #expect(
        isClose(
          try #require(weighted.inference[j].standardError),
          try #require(repeated.inference[j].standardError), relative: promised))
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func separatedOutcomesAreFittedAlikeEitherWayRound(seed: UInt64) throws {
    var sample = Sample(seed: seed, rowCount: 50, columnCount: 3)
    sample.outcomes = sample.rows.map { $0[1] > 0.2 ? 1 : 0 }
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let swapped = try recipe.fit(sample.matrix, outcomes: sample.outcomes.map { 1 - $0 })
    #expect(fit.coefficients[1] > 1)
    for (a, b) in zip(fit.inference.estimates, swapped.inference.estimates) {
      #expect(isClose(a, -b, relative: promised, absolute: promised))
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func rowOrderAndScaleDoNotMatter(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 60, columnCount: 2)
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    var generator = SeededGenerator(seed)
    let order = (0..<60).shuffled(using: &generator)
    let other = try recipe.fit(
      Matrix(rows: order.map { [sample.rows[$0][0] * 1e6 + 1e8, sample.rows[$0][1]] }),
      outcomes: order.map { sample.outcomes[$0] })
    #expect(isClose(other.coefficients[0] * 1e6, fit.coefficients[0], relative: promised))
    #expect(isClose(other.coefficients[1], fit.coefficients[1], relative: promised))
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func blocksEqualOneHotColumns(seed: UInt64) throws {
    let sample = Sample(
      seed: seed, rowCount: 600, columnCount: 2, levelCounts: [3, 5], noLevels: true)
    let blocks = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    let oneHot = try recipe.fit(sample.oneHot, outcomes: sample.outcomes)
    #expect(distance(blocks.fit, oneHot.fit) < promised)
    #expect(
      isClose(blocks.penalizedLogLikelihood, oneHot.penalizedLogLikelihood, relative: 1e-12))
  }

  @Test func withManyRowsItIsMaximumLikelihood() throws {
    var gaps: [Double] = []
    for rowCount in [200, 2000] {
      let sample = Sample(seed: 14, rowCount: rowCount, columnCount: 2)
      let likelihood = try LogisticRegression(threadCount: 1)
        .fit(sample.blocks, outcomes: sample.outcomes)
      let firth = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
      gaps.append(distance(firth.fit, likelihood))
      // The bias taken off is of order p / n, toward 0 for the larger coefficients.
      #expect(gaps.last ?? 1 < 10 / Double(rowCount))
      #expect(abs(firth.coefficients[0]) < abs(likelihood.coefficients[0]))
    }
    #expect(gaps[1] < gaps[0] / 3)
  }

  @Test func withoutColumnsItAddsHalfAnOutcomeOfEachKind() throws {
    let fit = try recipe.fit(
      Matrix(rowCount: 9, columnCount: 0, repeating: 0), outcomes: [1, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(isClose(fit.intercept, log(2.5 / 7.5), relative: 1e-9))
    let none = try recipe.fit(
      Matrix(rowCount: 9, columnCount: 0, repeating: 0), outcomes: Array(repeating: 0, count: 9))
    #expect(isClose(none.intercept, log(0.5 / 9.5), relative: 1e-9))
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = Sample(seed: 21, rowCount: 4500, columnCount: 1, levelCounts: [2], noLevels: true)
    let fits = try [1, 2].map {
      try FirthRegression(threadCount: $0).fit(sample.blocks, outcomes: sample.outcomes)
    }
    #expect(fits[0] == fits[1])
  }

  @Test func whatFirthCannotDoIsAnError() throws {
    let sample = Sample(seed: 3, rowCount: 60, columnCount: 1, levelCounts: [3])
    func failure(_ fit: () throws -> FirthFit) throws -> String {
      try #require(#expect(throws: FitError.self) { _ = try fit() }).description
    }
    #expect(
      try failure { try recipe.fit(sample.blocks, outcomes: sample.outcomes) }
        .hasPrefix("column 4 is a sum of the intercept and columns 2, 3;"))
    let wide = Sample(seed: 8, rowCount: 12, columnCount: 30)
    #expect(
      try failure { try recipe.fit(wide.matrix, outcomes: wide.outcomes) }
        .hasPrefix("12 rows cannot determine 30 coefficients"))
    #expect(
      try failure {
        try FirthRegression(maximumIterations: 1, threadCount: 1)
          .fit(Sample(seed: 8, rowCount: 50, columnCount: 2).matrix, outcomes: sample.outcomes)
      }.hasPrefix("60 outcomes for 50 rows"))
    #expect(
      try failure {
        try FirthRegression(maximumIterations: 1, threadCount: 1)
          .fit(wide.blocks(columns: 3), outcomes: wide.outcomes)
      }.hasPrefix("no minimum found in 1 iterations"))
  }
}

extension Sample {
  /// The first `columns` dense columns.
  fileprivate func blocks(columns: Int) -> FeatureBlocks {
    var sample = self
    sample.rows = rows.map { Array($0.prefix(columns)) }
    return sample.blocks
  }
}
