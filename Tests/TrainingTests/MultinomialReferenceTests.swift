import Foundation
import LinearAlgebra
import Scoring
import Testing
import Training

/// Fits by other software; see scripts/reference/multinomial.py.
private struct References: Decodable {
  let multinomial: [MultinomialCase]
  let conditional: [ConditionalCase]

  static func load() throws -> References {
    let url = try #require(
      Bundle.module.url(
        forResource: "multinomial", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(References.self, from: Data(contentsOf: url))
  }
}

private struct MultinomialCase: Decodable {
  let name: String
  let rows: [[Double]]
  let outcomes: [Int]
  let classCount: Int
  let l2Penalty: Double
  let sampleWeights: [Double]?
  let available: [Bool]?
  let intercepts: [Double]
  let coefficients: [[Double]]
  let logLoss: Double
}

private struct ConditionalCase: Decodable {
  let name: String
  let rows: [[Double]]
  let choiceSets: [Int]
  let chosen: [Bool]
  let offers: [Int]?
  let l2Penalty: Double
  let sampleWeights: [Double]?
  let offerIntercepts: [Double]
  let coefficients: [Double]
  let logLoss: Double
}

@Suite struct MultinomialReferenceTests {
  // The last step leaves 10⁻¹² in units of the curvature, whose inverse root is 10² for a class with
  // three rows; 10⁻² of a coefficient is the least that the error is held against.
  private let tolerance = 1e-8

  @Test(arguments: [
    "plain", "penalised", "weighted", "masked", "maskedUnpenalised", "wide", "rare", "twelve",
    "skewed",
  ])
  func coefficientsAreThoseOfFiftyDigits(name: String) throws {
    let reference = try #require(try References.load().multinomial.first { $0.name == name })
    let fit = try MultinomialRegression(l2Penalty: reference.l2Penalty, threadCount: 1).fit(
      Matrix(rows: reference.rows), outcomes: reference.outcomes,
      classCount: reference.classCount, sampleWeights: reference.sampleWeights,
      available: reference.available.map {
        Availability(
          rowCount: reference.rows.count, optionCount: reference.classCount, rowMajor: $0)
      })
    for k in 0..<reference.classCount {
      let expected = [reference.intercepts[k]] + reference.coefficients[k]
      for (a, b) in zip([fit.intercepts[k]] + fit.coefficients.column(k), expected) {
        #expect(abs(a - b) < tolerance * max(1e-2, abs(b)))
      }
    }
    #expect(abs(fit.logLoss - reference.logLoss) < 1e-13)  // 600 terms in another order
  }

  @Test(arguments: ["conditional", "conditionalOffers", "conditionalPenalised"])
  func conditionalLogitsAreThoseOfFiftyDigits(name: String) throws {
    let reference = try #require(try References.load().conditional.first { $0.name == name })
    let fit = try ConditionalLogit(l2Penalty: reference.l2Penalty, threadCount: 1).fit(
      Matrix(rows: reference.rows), choiceSets: reference.choiceSets, chosen: reference.chosen,
      offers: reference.offers, sampleWeights: reference.sampleWeights)
    #expect(fit.offerIntercepts.count == reference.offerIntercepts.count)
    let found = fit.offerIntercepts + fit.coefficients
    for (a, b) in zip(found, reference.offerIntercepts + reference.coefficients) {
      // Newton's last step squares an error of 10⁻⁶: rounding is left.
      #expect(abs(a - b) < 1e-10 * max(1e-2, abs(b)))
    }
    #expect(abs(fit.logLoss - reference.logLoss) < 1e-13)
  }
}
