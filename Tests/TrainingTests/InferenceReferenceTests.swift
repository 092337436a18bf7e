import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Testing
import Training

/// Rows of an inference by other software; see scripts/reference/inference.py.
struct InferenceData: Decodable, Sendable {
  let rows: [[Double]]
  let outcomes: [Double]
  let codes: [UInt32]?
  let sampleWeights: [Double]?
  let offset: [Double]?

  /// The last level is coded as no level.
  var blocks: FeatureBlocks {
    var dense = DenseBlock(rowCount: rows.count, columnCount: rows.first?.count ?? 0)
    for j in 0..<dense.columnCount { dense.setColumn(j, from: rows.map { $0[j] }) { $0 } }
    let categories = codes.map { codes in
      [CategoryBlock(levelCount: Int(codes.max() ?? 0), codes: codes)]
    }
    return FeatureBlocks(dense: dense, categories: categories ?? [])
  }
}

private struct InferenceCase: Decodable {
  struct Joint: Decodable {
    let statistic: Double
    let degreesOfFreedom: Int
    let pValue: Double
  }
  let name: String
  let groups: [Int]
  let l2Penalty: Double
  let estimates: [Double]
  let covariances: [String: [[Double]]]
  let jointParameters: [Int]
  let joint: [String: Joint]
}

private struct Cases<Case: Decodable>: Decodable { let cases: [Case] }

/// Both halves of the case called `name` in a fixture.
func inferenceCase<Case: Decodable>(
  _ name: String, in file: String, _: Case.Type, named: (Case) -> String
) throws -> (InferenceData, Case) {
  let url = try #require(
    Bundle.module.url(forResource: file, withExtension: "json", subdirectory: "Fixtures"))
  let contents = try Data(contentsOf: url)
  let cases = try JSONDecoder().decode(Cases<Case>.self, from: contents).cases
  let index = try #require(cases.firstIndex { named($0) == name })
  return (
    try JSONDecoder().decode(Cases<InferenceData>.self, from: contents).cases[index], cases[index]
  )
}

@Suite struct InferenceReferenceTests {
  private static let names = [
    "plain", "weighted", "offset", "penalised", "category", "weightedCategory",
  ]
  private static let kinds = ["classical", "bayesian", "robustHC0", "robustHC1", "clustered"]

  private func standardErrors(_ kind: String, _ groups: [Int]) -> StandardErrors {
    switch kind {
    case "classical": .classical
    case "bayesian": .bayesian
    case "robustHC0": .robustHC0
    case "robustHC1": .robustHC1
    default: .clustered(by: groups)
    }
  }

  @Test(arguments: names, kinds)
  func covariancesAreThoseOfOtherSoftware(name: String, kind: String) throws {
    let (data, reference) = try inferenceCase(
      name, in: "inference", InferenceCase.self, named: \.name)
    let recipe = LogisticRegression(l2Penalty: reference.l2Penalty, threadCount: 2)
    let fit = try recipe.fit(
      data.blocks, outcomes: data.outcomes, sampleWeights: data.sampleWeights, offset: data.offset)
    let found = try recipe.inference(
      of: fit, data.blocks, outcomes: data.outcomes, sampleWeights: data.sampleWeights,
      offset: data.offset, standardErrors: standardErrors(kind, reference.groups))
    let expected = Matrix(rows: try #require(reference.covariances[kind]))
    // The fit's coefficients are good to 10⁻¹⁰, and a covariance follows them.
    for j in 0..<expected.columnCount {
      #expect(isClose(found.estimates[j], reference.estimates[j], relative: 1e-9, absolute: 1e-11))
      let scale = (expected[0, 0] * expected[j, j]).squareRoot()
      #expect(isClose(found.covariance[0, j], expected[0, j], absolute: 1e-9 * scale))
      #expect(isClose(found.covariance[j, j], expected[j, j], relative: 1e-9))
    }
    let joint = try #require(reference.joint[kind])
    let test = try #require(found.waldTest(of: reference.jointParameters))
    #expect(isClose(test.statistic, joint.statistic, relative: 1e-9))
    #expect(test.degreesOfFreedom == joint.degreesOfFreedom)
    #expect(isClose(test.pValue, joint.pValue, relative: 1e-8))  // magnified by the statistic
    if data.codes != nil { #expect(found.waldTest(ofCategory: 0) == test) }
  }

  @Test(arguments: ["plain", "weighted", "penalised"], kinds)
  func aMatrixHasTheInferenceOfItsBlocks(name: String, kind: String) throws {
    let (data, reference) = try inferenceCase(
      name, in: "inference", InferenceCase.self, named: \.name)
    let recipe = LogisticRegression(l2Penalty: reference.l2Penalty, threadCount: 1)
    let matrix = Matrix(rows: data.rows)
    let fit = try recipe.fit(matrix, outcomes: data.outcomes, sampleWeights: data.sampleWeights)
    let found = try recipe.inference(
      of: fit, matrix, outcomes: data.outcomes, sampleWeights: data.sampleWeights,
      standardErrors: standardErrors(kind, reference.groups))
    let expected = Matrix(rows: try #require(reference.covariances[kind]))
    for j in 0..<expected.columnCount {
      #expect(isClose(found.covariance[j, j], expected[j, j], relative: 1e-9))  // as above
    }
  }
}
