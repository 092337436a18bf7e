import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@Suite struct OffsetTests {
  private var encoder: Encoder {
    Encoder(
      features: [
        Feature(
          name: "prior", column: "prior", source: .number,
          encoding: .offset(OffsetEncoding(mean: -2, minimum: -3, maximum: -1))),
        Feature(
          name: "x", column: "x", source: .number,
          encoding: .number(
            NumberEncoding(mean: 1, scale: 2, minimum: 0, maximum: 9, missingShare: 0))),
      ], snapshot: nil)
  }

  private func scores(_ encoder: Encoder, _ rows: [[FeatureInput]]) -> [Double] {
    Scorer(encoder: encoder, intercept: 0.5, coefficients: [3]).scores(encoder.batch(rows))
  }

  @Test func offsetIsAddedWithTheCoefficientOne() {
    #expect(encoder.designColumns.map(\.name) == ["x"])
    #expect(encoder.fittedFeatureCount == 1)
    // 0.5 + prior + 3 (x − 1) / 2, in numbers that are exact.
    #expect(
      scores(encoder, [[.number(-1.5), .number(3)], [.number(4), .number(1)]]) == [2, 4.5])
    #expect(encoder.offsets(encoder.batch([[.number(-1.5), .missing]])) == [-1.5])
  }

  @Test func theAverageOffsetStandsInTheBase() {
    let scorer = Scorer(encoder: encoder, intercept: 0.5, coefficients: [3])
    #expect(scorer.base == -1.5)
    #expect(scorer.contributions(encoder.batch([[.number(-1.5), .number(3)]])) == [[0.5], [3]])
  }

  @Test func aRowWithoutAnOffsetHasNoScore() {
    #expect(scores(encoder, [[.missing, .number(3)]])[0].isNaN)
  }

  @Test func withoutTheOffsetItIsZero() {
    #expect(encoder.withoutOffset.columns == ["x"])
    #expect(scores(encoder.withoutOffset, [[.number(3)]]) == [3.5])
    #expect(scores(encoder, [[.number(0), .number(3)]]) == [3.5])
  }

  @Test func aModelWithAnOffsetSurvivesItsFile() throws {
    let model = try everyKindModel(encoder: encoder, coefficients: [3])
    let read = try ModelFile.decode(ModelFile.encode(model), path: "model.json")
    #expect(read == model)
    #expect(model.originalScale.coefficients.map(\.feature) == ["x"])
  }

  @Test func aNumberOfOneValueHasNoColumnButItsAbsence() {
    let number = NumberEncoding(mean: 7, scale: 1, minimum: 7, maximum: 7, missingShare: 0.25)
    let encoder = Encoder(
      features: [Feature(name: "n", column: "n", source: .number, encoding: .number(number))],
      snapshot: nil)
    #expect(encoder.designColumns.map(\.name) == ["n=(missing)"])
    let scorer = Scorer(encoder: encoder, intercept: 1, coefficients: [2])
    // The value is worth nothing, whatever it is.
    #expect(scorer.scores(encoder.batch([[.number(7)], [.number(1e9)], [.missing]])) == [1, 1, 3])
    #expect(encoder.blocks(encoder.batch([[.number(7)], [.missing]])).dense[1, 0] == 1)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func bandsCountAScoreAsOftenAsItsWeight(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let scores = (0..<300).map { _ in (generator.nextStandardNormal() * 8).rounded() / 8 }
    let counts = (0..<300).map { _ in 1 + generator.nextIndex(below: 4) }
    let repeated = zip(scores, counts).flatMap { Array(repeating: $0, count: $1) }
    #expect(
      DecileBands(scores: scores, sampleWeights: counts.map { Double($0) })
        == DecileBands(scores: repeated))
    #expect(
      DecileBands(scores: scores, sampleWeights: scores.map { _ in 1 })
        == DecileBands(scores: scores))
  }
}
