import Evaluation
import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Testing

@testable import Training

/// Standard errors by other software; see scripts/reference/multinomial_inference.py.
struct InferenceReferences: Decodable {
  struct Case: Decodable {
    let name: String
    let rows: [[Double]]
    let outcomes: [Int]
    let classCount: Int
    let l2Penalty: Double
    let sampleWeights: [Double]?
    let available: [Bool]?
    let estimates: [[Double]]
    let standardErrors: [[Double]]
  }

  /// A fit by scikit-learn of columns divided by their standard deviation, on the columns' own scale.
  struct Standardized: Decodable {
    let rows: [[Double]]
    let outcomes: [Int]
    let l2Penalty: Double
    let intercepts: [Double]
    let coefficients: [[Double]]
  }

  let cases: [Case]
  let standardized: Standardized

  static func load() throws -> InferenceReferences {
    let url = try #require(
      Bundle.module.url(
        forResource: "multinomial-inference", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(InferenceReferences.self, from: Data(contentsOf: url))
  }
}

/// Dense columns as they are.
func denseBlocks(_ rows: [[Double]]) -> FeatureBlocks {
  var block = DenseBlock(rowCount: rows.count, columnCount: rows.first?.count ?? 0)
  for j in 0..<block.columnCount { block.setColumn(j, from: rows.map { $0[j] }) { $0 } }
  return FeatureBlocks(dense: block, categories: [])
}

@Suite struct MultinomialInferenceTests {
  @Test(arguments: ["plain", "weighted", "penalised", "masked"])
  func standardErrorsAreThoseOfOtherSoftware(name: String) throws {
    let reference = try #require(try InferenceReferences.load().cases.first { $0.name == name })
    let features = denseBlocks(reference.rows)
    let recipe = MultinomialRegression(l2Penalty: reference.l2Penalty, threadCount: 1)
    let available = reference.available.map {
      Availability(
        rowCount: reference.rows.count, optionCount: reference.classCount, rowMajor: $0)
    }
    let fit = try recipe.fit(
      features, outcomes: reference.outcomes, classCount: reference.classCount,
      sampleWeights: reference.sampleWeights, available: available)
    let inference = try recipe.inference(
      of: fit, features, sampleWeights: reference.sampleWeights, available: available)
    for k in 0..<reference.classCount {
      for (j, parameter) in inference[k].parameters.enumerated() {
        // Both minima are exact to 10⁻⁸ or better, and the errors follow them.
        #expect(
          isClose(parameter.estimate, reference.estimates[k][j], relative: 1e-6, absolute: 1e-8))
        #expect(
          isClose(
            try #require(parameter.standardError), reference.standardErrors[k][j], relative: 1e-6))
      }
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func twoClassesHaveHalfTheErrorsOfTheLogisticRegression(seed: UInt64) throws {
    let sample = ChoiceSample(seed: seed, rowCount: 300, columnCount: 2, classCount: 2)
    let features = denseBlocks(sample.rows)
    let recipe = MultinomialRegression(l2Penalty: 0, threadCount: 1)
    let fit = try recipe.fit(features, outcomes: sample.outcomes, classCount: 2)
    let halves = try recipe.inference(of: fit, features)[1]
    let binary = LogisticRegression(l2Penalty: 0, threadCount: 1)
    let outcomes = sample.outcomes.map { Double($0) }
    let whole = try binary.inference(
      of: binary.fit(features, outcomes: outcomes), features, outcomes: outcomes)
    for (half, whole) in zip(halves.parameters, whole.parameters) {
      let (a, b) = (try #require(half.standardError), try #require(whole.standardError))
      // Both from information matrices of 300 terms at fits that agree to 10⁻⁹.
      #expect(isClose(2 * a, b, relative: 1e-8))
    }
  }

  @Test func weightOfTwoIsTheRowTwice() throws {
    let sample = ChoiceSample(seed: 5, rowCount: 120, columnCount: 2, classCount: 3)
    let twice = sample.rows + sample.rows
    let recipe = MultinomialRegression(l2Penalty: 0.01, threadCount: 1)
    let weights = [Double](repeating: 2, count: 120)
    let one = denseBlocks(sample.rows)
    let weighted = try recipe.inference(
      of: recipe.fit(one, outcomes: sample.outcomes, classCount: 3, sampleWeights: weights), one,
      sampleWeights: weights)
    let both = denseBlocks(twice)
    let doubled = try recipe.inference(
      of: recipe.fit(both, outcomes: sample.outcomes + sample.outcomes, classCount: 3), both)
    for (a, b) in zip(weighted, doubled) {
      for (own, other) in zip(a.parameters, b.parameters) {
        #expect(
          isClose(
            try #require(own.standardError), try #require(other.standardError), relative: 1e-9))
      }
    }
  }

  @Test func tooManyParametersAreRefusedWithTheirNumber() throws {
    let sample = ChoiceSample(seed: 1, rowCount: 400, columnCount: 19, classCount: 101)
    let features = denseBlocks(sample.rows)
    let recipe = MultinomialRegression(l2Penalty: 1, threadCount: 1)
    let fit = try recipe.fit(features, outcomes: sample.outcomes, classCount: 101)
    #expect(throws: FitError.tooManyParameters(count: 2020, limit: 2000)) {
      try recipe.inference(of: fit, features)
    }
  }
}

@Suite struct MultinomialCrossValidationTests {
  private let penalties = [0.3, 0.03, 0.003]

  @Test(arguments: [false, true])
  func lossesOutOfFoldAreThoseOfFoldsFittedAlone(isMasked: Bool) throws {
    let sample = ChoiceSample(seed: 3, rowCount: 400, columnCount: 3, classCount: 4)
    let features = denseBlocks(sample.rows)
    let available = isMasked ? sample.availability(seed: 4, share: 0.6) : nil
    let weights = (0..<400).map { 0.5 + Double($0 % 3) }
    let folds = try Folds.stratified(classes: sample.outcomes, count: 5, seed: 9)
    let recipe = MultinomialRegression(l2Penalty: 0, threadCount: 1)
    let result = try recipe.crossValidated(
      penalties, folds: folds, features, outcomes: sample.outcomes, classCount: 4,
      sampleWeights: weights, available: available)
    for row in result.rows {
      for fold in 0..<5 {
        let fit = try MultinomialRegression(l2Penalty: row.penalty, threadCount: 1).fit(
          features, outcomes: sample.outcomes, classCount: 4,
          sampleWeights: (0..<400).map { folds.trains(row: $0, in: fold) ? weights[$0] : 0 },
          available: available)
        let probabilities = try fit.probabilities(features, available: available)
        var (loss, total) = (0.0, 0.0)
        for row in 0..<400 where folds.testFold(of: row) == fold {
          loss -= weights[row] * log(probabilities[row, sample.outcomes[row]])
          total += weights[row]
        }
        // A gap of 10⁻⁷ in the objective moves coefficients, and losses elsewhere, by its root.
        #expect(isClose(row.foldLogLosses[fold], loss / total, relative: 1e-3))
      }
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = ChoiceSample(seed: 8, rowCount: 1500, columnCount: 3, classCount: 3)
    let features = denseBlocks(sample.rows)
    let folds = try Folds.stratified(classes: sample.outcomes, count: 3, seed: 1)
    let results = try [1, 2].map {
      try MultinomialRegression(l2Penalty: 0, threadCount: $0).crossValidated(
        penalties, folds: folds, features, outcomes: sample.outcomes, classCount: 3)
    }
    #expect(results[0] == results[1])
  }

  @Test func weakerPenaltiesAreNotTriedOnceThreeHaveDoneWorse() throws {
    // Noise: the strongest penalty is the best.
    var sample = ChoiceSample(seed: 2, rowCount: 200, columnCount: 6, classCount: 3)
    sample.outcomes = sample.outcomes.indices.map { ($0 * 7919) % 3 }
    let folds = try Folds.stratified(classes: sample.outcomes, count: 5, seed: 1)
    let strengths = (0..<12).map { 10 / Double(1 << (2 * $0)) }
    let result = try MultinomialRegression(l2Penalty: 0, threadCount: 1).crossValidated(
      strengths, folds: folds, denseBlocks(sample.rows), outcomes: sample.outcomes, classCount: 3)
    let best = result.rows.indices.min {
      result.rows[$0].meanLogLoss < result.rows[$1].meanLogLoss
    }
    #expect(result.rows.count == (best ?? 0) + 4)
    #expect(result.rows.count < 12)
  }

  @Test func aClassOfOneRowIsNeverHeldOut() throws {
    var sample = ChoiceSample(seed: 6, rowCount: 150, columnCount: 2, classCount: 3)
    sample.outcomes = sample.outcomes.map { min($0, 1) }
    sample.outcomes[17] = 2
    let folds = try Folds.stratified(classes: sample.outcomes, count: 5, seed: 3)
    let result = try MultinomialRegression(l2Penalty: 0, threadCount: 1).crossValidated(
      penalties, folds: folds, denseBlocks(sample.rows), outcomes: sample.outcomes, classCount: 3)
    #expect(result.rows.allSatisfy { $0.meanLogLoss.isFinite && $0.meanLogLoss < 2 })
  }

  @Test func wrongSettingsAreNamed() throws {
    let sample = ChoiceSample(seed: 6, rowCount: 60, columnCount: 2, classCount: 3)
    let folds = try Folds.stratified(classes: sample.outcomes, count: 3, seed: 3)
    func fault(_ penalties: [Double]) -> FitError? {
      do throws(FitError) {
        _ = try MultinomialRegression(l2Penalty: 0, threadCount: 1).crossValidated(
          penalties, folds: folds, denseBlocks(sample.rows), outcomes: sample.outcomes,
          classCount: 3)
        return nil
      } catch {
        return error
      }
    }
    #expect(fault([0.1, 0.2]) == .penaltiesNotDescending(index: 2))
    #expect(fault([0.1, 0]) == .settingOutOfRange(name: "penalty 2", value: 0, allowed: "(0, ∞)"))
    #expect(
      fault([]) == .settingOutOfRange(name: "count of penalties", value: 0, allowed: "[1, ∞)"))
  }
}
