import Evaluation
import Foundation

/// Rows with the measures that other software gives them; scripts/reference/evaluation.py writes it.
struct Fixture: Decodable {
  struct Expected: Decodable {
    let rowCount: Int
    let positiveCount: Int
    let areaUnderROC: Double
    let lower: Double
    let upper: Double
    let logLoss: Double
    let baseLogLoss: Double
    let brierScore: Double
    let averagePrecision: Double
    let kolmogorovSmirnov: Double
    let expectedCalibrationError: Double
    let deciles: [Decile]
  }

  static let names = [
    "handmade", "distinct", "ties", "rare", "reversed", "constant", "few", "extreme",
  ]

  let linearPredictors: [Double]
  let outcomes: [Double]
  let expected: Expected

  init(named name: String) throws {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
    self = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }

  func evaluation() throws -> ClassificationEvaluation {
    try ClassificationEvaluation(linearPredictors: linearPredictors, outcomes: outcomes)
  }
}
