import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import TestSupport
import Testing
import Training

@Suite struct InferenceLawTests {
  // The fits agree to 10⁻¹⁰, and standard errors follow the coefficients.
  private let promised = 1e-9
  private let recipe = LogisticRegression(threadCount: 1)

  private func inference(
    _ sample: Sample, _ standardErrors: StandardErrors, sampleWeights: [Double]? = nil,
    l2Penalty: Double = 0
  ) throws -> CoefficientInference {
    let recipe = LogisticRegression(l2Penalty: l2Penalty, threadCount: 1)
    let fit = try recipe.fit(
      sample.blocks, outcomes: sample.outcomes, sampleWeights: sampleWeights)
    return try recipe.inference(
      of: fit, sample.blocks, outcomes: sample.outcomes, sampleWeights: sampleWeights,
      standardErrors: standardErrors)
  }

  /// The largest relative difference of standard errors.
  private func distance(_ a: CoefficientInference, _ b: CoefficientInference) throws -> Double {
    try zip(a.parameters, b.parameters).reduce(0) {
      let (left, right) = (try #require($1.0.standardError), try #require($1.1.standardError))
      return max($0, abs(left / right - 1))
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func weightTwoIsTheRowTwice(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 150, columnCount: 2, levelCounts: [2], noLevels: true)
    let twice = (0..<150).filter { $0.isMultiple(of: 3) }
    var repeated = sample
    repeated.rows += twice.map { sample.rows[$0] }
    repeated.outcomes += twice.map { sample.outcomes[$0] }
    repeated.codes[0] += twice.map { sample.codes[0][$0] }
    let weights = (0..<150).map { $0.isMultiple(of: 3) ? 2.0 : 1 }
    for kind in [StandardErrors.classical, .bayesian, .robustHC0, .robustHC1] {
      #expect(
        try distance(
          inference(sample, kind, sampleWeights: weights), inference(repeated, kind)) < promised)
    }
  }

  @Test(arguments: [0, 0.05], [1e-3, 1, 1e6])
  func clusteredErrorsDoNotDependOnTheScaleOfTheWeights(l2Penalty: Double, factor: Double) throws {
    let sample = Sample(seed: 6, rowCount: 150, columnCount: 3)
    let weights = (0..<150).map { Double($0 % 4) + 0.5 }
    let groups = (0..<150).map { $0 / 3 }
    let plain = try inference(
      sample, .clustered(by: groups), sampleWeights: weights, l2Penalty: l2Penalty)
    let scaled = try inference(
      sample, .clustered(by: groups), sampleWeights: weights.map { $0 * factor },
      l2Penalty: l2Penalty)
    #expect(try distance(plain, scaled) < promised)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func robustIsClusteredByRowUpToTheFactors(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 600, columnCount: 2, levelCounts: [3], noLevels: true)
    let robust = try inference(sample, .robustHC0)
    let clustered = try inference(sample, .clustered(by: Array(0..<600)))
    guard case .clustered(let groupCount, let factor) = clustered.kind else {
      Issue.record("\(clustered.kind)")
      return
    }
    #expect(groupCount == 600)
    let expected = 600.0 / 599 * 599 / 594
    #expect(factor == expected)
    for (a, b) in zip(robust.parameters, clustered.parameters) {
      let (left, right) = (try #require(a.standardError), try #require(b.standardError))
      #expect(isClose(left * factor.squareRoot(), right, relative: promised))
    }
    guard case .robustHC1(let finite) = try inference(sample, .robustHC1).kind else { return }
    let ratio = 600.0 / 594
    #expect(finite == ratio)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func rowOrderDoesNotMatter(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 600, columnCount: 2, levelCounts: [3], noLevels: true)
    var generator = SeededGenerator(seed)
    let order = (0..<600).shuffled(using: &generator)
    var shuffled = sample
    shuffled.rows = order.map { sample.rows[$0] }
    shuffled.outcomes = order.map { sample.outcomes[$0] }
    shuffled.codes[0] = order.map { sample.codes[0][$0] }
    let groups = (0..<600).map { ($0 * 7) % 100 }
    #expect(
      try distance(inference(sample, .robustHC0), inference(shuffled, .robustHC0)) < promised)
    #expect(
      try distance(
        inference(sample, .clustered(by: groups)),
        inference(shuffled, .clustered(by: order.map { groups[$0] }))) < promised)
  }

  @Test(arguments: [1e-6, 3, 1e9])
  func scalingAColumnScalesItsStandardErrorBack(factor: Double) throws {
    let sample = Sample(seed: 8, rowCount: 200, columnCount: 3)
    let scaled = Matrix(rows: sample.rows.map { [$0[0], $0[1] * factor + 7 * factor, $0[2]] })
    for kind in [StandardErrors.classical, .robustHC1] {
      let plain = try recipe.inference(
        of: recipe.fit(sample.matrix, outcomes: sample.outcomes), sample.matrix,
        outcomes: sample.outcomes, standardErrors: kind)
      let found = try recipe.inference(
        of: recipe.fit(scaled, outcomes: sample.outcomes), scaled, outcomes: sample.outcomes,
        standardErrors: kind)
      for (j, unit) in [1, factor, 1].enumerated() {
        let (a, b) = (try #require(found[j + 1].zValue), try #require(plain[j + 1].zValue))
        #expect(isClose(a, b, relative: promised))
        #expect(
          isClose(
            try #require(found[j + 1].standardError) * unit,
            try #require(plain[j + 1].standardError), relative: promised))
      }
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = Sample(seed: 21, rowCount: 4500, columnCount: 2, levelCounts: [4], noLevels: true)
    let groups = (0..<4500).map { $0 % 2000 }
    let fit = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    let inferences = try [1, 2, 5].map { threadCount in
      try LogisticRegression(threadCount: threadCount).inference(
        of: fit, sample.blocks, outcomes: sample.outcomes,
        standardErrors: .clustered(by: groups))
    }
    #expect(inferences[0] == inferences[1])
    #expect(inferences[0] == inferences[2])
  }

  @Test func aPenaltyOrAReferenceAskTheSameOfACategory() throws {
    // A penalty of next to nothing gives the differences of levels of a fit with a reference level.
    var sample = Sample(seed: 3, rowCount: 400, columnCount: 1, levelCounts: [4])
    for kind in [StandardErrors.classical, .bayesian, .robustHC0] {
      sample.levelCounts = [4]
      let penalized = try #require(
        try inference(sample, kind, l2Penalty: 1e-9).waldTest(ofCategory: 0))
      sample.levelCounts = [3]  // level 3 is now the code for no level
      let reference = try #require(try inference(sample, kind).waldTest(ofCategory: 0))
      #expect(penalized.degreesOfFreedom == 3)
      #expect(reference.degreesOfFreedom == 3)
      // The penalty moves coefficients by 10⁻⁹ over a curvature of 0.05.
      #expect(isClose(penalized.statistic, reference.statistic, relative: 1e-6))
    }
  }

  @Test func theDifferenceOfLevelsIsACombination() throws {
    let sample = Sample(seed: 5, rowCount: 400, columnCount: 1, levelCounts: [3], noLevels: true)
    let found = try inference(sample, .classical)
    let difference = found.combination([(parameter: 2, factor: 1), (parameter: 3, factor: -1)])
    #expect(difference.estimate == found.estimates[2] - found.estimates[3])
    let variance =
      found.covariance[2, 2] + found.covariance[3, 3] - found.covariance[2, 3]
      - found.covariance[3, 2]
    #expect(isClose(try #require(difference.standardError), variance.squareRoot(), relative: 1e-14))
  }

  @Test func oneParameterIsItsOwnJointTest() throws {
    let found = try inference(Sample(seed: 5, rowCount: 200, columnCount: 2), .classical)
    let test = try #require(found.waldTest(of: [1]))
    let z = try #require(found[1].zValue)
    #expect(isClose(test.statistic, z * z, relative: 1e-14))
    #expect(isClose(test.pValue, try #require(found[1].pValue), relative: 1e-12))
  }
}

@Suite struct InferenceEdgeTests {
  private let sample = Sample(seed: 77, rowCount: 120, columnCount: 3)
  private let recipe = LogisticRegression(threadCount: 1)

  private func failure(
    _ standardErrors: StandardErrors, sampleWeights: [Double]? = nil
  ) throws -> String {
    let fit = try recipe.fit(
      sample.matrix, outcomes: sample.outcomes, sampleWeights: sampleWeights)
    return try #require(
      #expect(throws: FitError.self) {
        try recipe.inference(
          of: fit, sample.matrix, outcomes: sample.outcomes, sampleWeights: sampleWeights,
          standardErrors: standardErrors)
      }
    ).description
  }

  @Test func groupsAreChecked() throws {
    #expect(
      try failure(.clustered(by: [1, 2]))
        == "2 groups for 120 rows of features; give one for each row")
    #expect(
      try failure(.clustered(by: Array(repeating: 7, count: 120)))
        == "1 group has rows with a weight above 0; clustered standard errors need 2, and are good "
        + "from about 40 on")
  }

  @Test func weightsThatDoNotCountRowsAreRefusedByTheirFactor() throws {
    #expect(
      try failure(.robustHC1, sampleWeights: Array(repeating: 1.0 / 128, count: 120))
        == "the weights have the sum 0.9375, for 4.0 coefficients: here a weight is how many times a "
        + "row was seen; cluster by row for weights of another kind")
  }

  @Test func otherRowsThanThoseOfTheFitAreAnError() throws {
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes)
    let error = try #require(
      #expect(throws: FitError.self) {
        try LogisticRegression(l2Penalty: 1, threadCount: 1).inference(
          of: fit, sample.matrix, outcomes: sample.outcomes)
      })
    #expect(error.description.hasPrefix("the coefficients are "))
    #expect(
      error.description.hasSuffix(
        " standard errors away from the best ones for this data; give the rows, weights, offset and "
          + "penalty that they were fitted with"))
  }

  @Test func aConstantColumnUnderAPenaltyHasNoStandardError() throws {
    let matrix = Matrix(rows: sample.rows.map { [$0[0], 0.1, $0[1]] })
    let penalized = LogisticRegression(l2Penalty: 0.1, threadCount: 1)
    let fit = try penalized.fit(matrix, outcomes: sample.outcomes)
    let found = try penalized.inference(of: fit, matrix, outcomes: sample.outcomes)
    #expect(found[2].standardError == nil)
    #expect(found[2].pValue == nil)
    #expect(found[2].interval() == nil)
    #expect(found.waldTest(of: [2]) == nil)
    #expect(found.waldTest(of: [1, 2, 3])?.degreesOfFreedom == 2)
  }

  @Test func whatAnInferenceIsWorthIsSaid() throws {
    let fit = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    let plain = try recipe.inference(of: fit, sample.blocks, outcomes: sample.outcomes)
    #expect(plain.validity == .asymptotic)
    #expect(plain.validity.note == nil)
    let penalized = LogisticRegression(l2Penalty: 0.1, threadCount: 1)
    let shrunk = try penalized.inference(
      of: penalized.fit(sample.blocks, outcomes: sample.outcomes), sample.blocks,
      outcomes: sample.outcomes)
    #expect(shrunk.validity == .shrunk)
    #expect(!shrunk.validity.isValid)
    let chosen = try CoefficientInference(
      intercept: fit.intercept, coefficients: [fit.coefficients[0], 0, fit.coefficients[2]],
      sample.blocks, outcomes: sample.outcomes, l2Penalties: [0, 0, 0], usesL1: true,
      threadCount: 1)
    #expect(chosen.validity == .notValidAfterL1)
    #expect(chosen.validity.note?.hasPrefix("not valid: the L1 penalty chose the columns") == true)
    #expect(chosen[2].standardError == nil)
    #expect(chosen[1].standardError != nil)
  }

  @Test func farFromZeroColumnsKeepTheirStandardErrors() throws {
    let far = Matrix(rows: sample.rows.map { [$0[0], 1e7 + $0[1], $0[2]] })
    let plain = try recipe.inference(
      of: recipe.fit(sample.matrix, outcomes: sample.outcomes), sample.matrix,
      outcomes: sample.outcomes)
    let found = try recipe.inference(
      of: recipe.fit(far, outcomes: sample.outcomes), far, outcomes: sample.outcomes)
    for j in 1...3 {
      // The column has lost 10⁻⁹ of itself.
      #expect(
        isClose(
          try #require(found[j].standardError), try #require(plain[j].standardError),
          relative: 1e-7))
    }
  }

  @Test func onTheOriginalScaleTheCoefficientsAreTheModels() throws {
    let number = NumberEncoding(mean: 40, scale: 8, minimum: 0, maximum: 90, missingShare: 0.1)
    let category = CategoryEncoding(
      levels: ["a", "b"], shares: [0.5, 0.3], pooledShare: 0.2, missingShare: 0, reference: 0)
    let encoder = Encoder(
      features: [
        Feature(name: "age", column: "age", source: .number, encoding: .number(number)),
        Feature(name: "plan", column: "plan", source: .category, encoding: .category(category)),
      ], snapshot: nil)
    // Two dense columns, age and its absence, and two levels: b and the pooled one.
    let sample = Sample(seed: 9, rowCount: 300, columnCount: 2, levelCounts: [2], noLevels: true)
    let fit = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    let inference = try recipe.inference(of: fit, sample.blocks, outcomes: sample.outcomes)
    let found = inference.onOriginalScale(of: encoder)
    #expect(found.terms.map(\.feature) == ["age", "age", "plan", "plan", "plan"])
    #expect(found.terms.map(\.level) == [nil, "(missing)", "a", "b", "(other)"])
    #expect(found.inference[3].estimate == 0)
    #expect(found.inference[3].standardError == nil)
    // As if the columns had not been standardized: age = 40 + 8 x, and 0 where it is absent.
    var raw = sample
    raw.rows = sample.rows.map { [40 + 8 * $0[0] - 40 * $0[1], $0[1]] }
    let direct = try recipe.inference(
      of: recipe.fit(raw.blocks, outcomes: sample.outcomes), raw.blocks,
      outcomes: sample.outcomes)
    for (j, known) in [0, 1, 2, 4, 5].enumerated() {
      #expect(isClose(found.inference.estimates[known], direct.estimates[j], absolute: 1e-8))
      #expect(
        isClose(
          try #require(found.inference[known].standardError),
          try #require(direct[j].standardError), relative: 1e-8))
    }
  }
}
