import Foundation
import LinearAlgebra
import Testing
import Training

/// A path by other software; see scripts/reference/elastic_net.py.
private struct PathCase: Decodable {
  let name: String
  let rows: [[Double]]
  let outcomes: [Double]
  let l1Share: Double
  let standardize: Bool
  let sampleWeights: [Double]?
  let offset: [Double]?
  let penaltyFactors: [Double]?
  let points: [Point]

  struct Point: Decodable {
    let penalty: Double
    let intercept: Double
    let coefficients: [Double]
    let objective: Double
  }

  private struct File: Decodable { let cases: [PathCase] }

  static func named(_ name: String) throws -> PathCase {
    let url = try #require(
      Bundle.module.url(
        forResource: "elastic-net", withExtension: "json", subdirectory: "Fixtures"))
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    return try #require(file.cases.first { $0.name == name })
  }
}

@Suite struct ElasticNetReferenceTests {
  @Test(arguments: [
    "lasso", "mixed", "ridge", "weighted", "offset", "factors", "standardized", "correlated",
    "wide", "rare",
  ])
  func coefficientsAreThoseOfFiftyDigits(name: String) throws {
    let reference = try PathCase.named(name)
    var recipe = ElasticNet(
      l1Share: reference.l1Share, penalties: reference.points.map(\.penalty), threadCount: 1)
    recipe.penaltyFactors = reference.penaltyFactors
    recipe.standardization = reference.standardize ? .deviation : .none
    recipe.tolerance = 1e-18
    let path = try recipe.fit(
      Matrix(rows: reference.rows), outcomes: reference.outcomes,
      sampleWeights: reference.sampleWeights, offset: reference.offset)
    for (point, expected) in zip(path.points, reference.points) {
      for (a, b) in zip(point.coefficients, expected.coefficients) {
        #expect((a == 0) == (b == 0))
        #expect(abs(a - b) <= 1e-6 * max(abs(b), 1e-3))
      }
      #expect(abs(point.intercept - expected.intercept) <= 1e-6 * abs(expected.intercept))
      #expect(abs(point.objective - expected.objective) <= 1e-14)
    }
  }
}
