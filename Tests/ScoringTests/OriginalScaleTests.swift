import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@Suite struct OriginalScaleTests {
  /// The score of one row by the numbers on the columns' own scale.
  private func score(
    _ scale: OriginalScale, _ encoder: Encoder, _ row: [FeatureInput]
  ) -> Double {
    zip(encoder.features, row).reduce(scale.intercept) { sum, pair in
      let terms = scale.coefficients.filter { $0.feature == pair.0.name }
      func coefficient(_ level: String?) -> Double? {
        terms.first { $0.level == level }?.coefficient
      }
      return switch pair.1 {
      case .number(let value): sum + (coefficient(nil) ?? .nan) * value
      case .missing: sum + (coefficient("(missing)") ?? 0)
      case .level(let level): sum + (coefficient(level) ?? coefficient("(other)") ?? 0)
      }
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>, [false, true])
  func originalScaleGivesTheSameScore(seed: UInt64, fixesReference: Bool) throws {
    let encoder = everyKindEncoder(fixesReference: fixesReference)
    let model = try everyKindModel(seed: seed, encoder: encoder)
    let rows = encoder.randomRows(50, seed: seed)
    for (row, expected) in zip(rows, model.scorer.scores(encoder.batch(rows))) {
      // Each term is at most 1e2, of which an ulp is 1e-14; relative to 1 for scores near 0.
      let found = score(model.originalScale, encoder, row)
      #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)))
    }
  }

  @Test func everyColumnOfTheDesignHasATerm() throws {
    let model = try everyKindModel()
    let terms = model.originalScale.coefficients
    #expect(terms.count == model.encoder.designColumns.count)
    #expect(terms.first { $0.feature == "city" }?.level == "Moscow")
  }

  @Test func featuresThatShareANameKeepTheirOwnNumbers() throws {
    let encoder = Encoder(
      features: [
        feature("visit month", .number, number(mean: 6, scale: 2)),
        feature(
          "visit month", .month(.yearFirst), column: "visit",
          category(["1"], [0.5], pooled: 0.25, missing: 0.25)),
        feature("visit month", .number, column: "other", number(mean: 1, scale: 4)),
      ], snapshot: snapshot)
    let model = try everyKindModel(
      encoder: encoder, coefficients: [2, 4, 1, 2, 3], intercept: 0)
    // −6 × 2 / 2 − 1 × 4 / 4
    #expect(model.originalScale.intercept == -7)
    #expect(model.originalScale.coefficients.map(\.coefficient) == [1, 1, 2, 3, 1])
  }
}
