import Foundation
import LinearAlgebra
import Testing
import Training

/// A fit by other software; see scripts/reference/logistic.py.
struct ReferenceCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let rows: [[Double]]
  let outcomes: [Double]
  let l2Penalty: Double
  let sampleWeights: [Double]?
  let offset: [Double]?
  let intercept: Double
  let coefficients: [Double]
  let logLoss: Double

  var testDescription: String { name }

  private struct File: Decodable { let cases: [ReferenceCase] }

  static func named(_ name: String) throws -> ReferenceCase {
    let file = try JSONDecoder().decode(File.self, from: fixture("logistic"))
    return try #require(file.cases.first { $0.name == name })
  }
}

/// A small sample, and a linear program's answer to whether its outcomes are separated.
private struct SeparationCase: Decodable {
  let rows: [[Double]]
  let outcomes: [Double]
  let isSeparated: Bool
}

private func fixture(_ name: String) throws -> Data {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
  return try Data(contentsOf: url)
}

@Suite struct LogisticReferenceTests {
  @Test(arguments: [
    "plain", "penalised", "weighted", "weightedPenalised", "offset", "weightedOffset",
    "oneInAThousand", "correlated", "correlatedPenalised", "skewed", "wide",
  ])
  func coefficientsAreThoseOfFiftyDigits(name: String) throws {
    let reference = try ReferenceCase.named(name)
    let fit = try LogisticRegression(l2Penalty: reference.l2Penalty, threadCount: 1).fit(
      Matrix(rows: reference.rows), outcomes: reference.outcomes,
      sampleWeights: reference.sampleWeights, offset: reference.offset)
    // Rounding of the gradient, 10⁻¹⁶, times the inverse curvature: 10⁶ for the columns that are
    // correlated to 1 − 10⁻⁶, which leaves 10⁻¹⁰ of coefficients of size 100.
    #expect(abs(fit.intercept - reference.intercept) < 1e-8 * max(1, abs(reference.intercept)))
    for (found, expected) in zip(fit.coefficients, reference.coefficients) {
      #expect(abs(found - expected) < 1e-8 * max(abs(expected), 1e-2))
    }
    // 3000 terms in another order.
    #expect(abs(fit.logLoss - reference.logLoss) < 1e-13 * max(1, reference.logLoss))
  }

  @Test func separationIsWhatALinearProgramFinds() throws {
    let cases = try JSONDecoder().decode([SeparationCase].self, from: fixture("separation"))
    let recipe = LogisticRegression(threadCount: 1)
    for (index, sample) in cases.enumerated() {
      var isSeparated = false
      do throws(FitError) {
        let fit = try recipe.fit(Matrix(rows: sample.rows), outcomes: sample.outcomes)
        #expect(fit.gradientNorm < 1e-12, "sample \(index)")  // what the last step leaves
      } catch {
        guard case .separated(let columns) = error else {
          Issue.record("sample \(index): \(error)")
          continue
        }
        #expect(!columns.isEmpty, "sample \(index)")
        isSeparated = true
      }
      #expect(isSeparated == sample.isSeparated, "sample \(index)")
    }
  }
}
