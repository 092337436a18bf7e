import Scoring
import SpecialFunctions
import Testing

@Suite struct ScorerTests {
  /// The score by its definition: intercept + Σ coefficient × column of the design.
  private func plainScore(
    _ blocks: FeatureBlocks, row: Int, intercept: Double, coefficients: [Double]
  ) -> Double {
    var columns = (0..<blocks.dense.columnCount).map { blocks.dense[row, $0] }
    for category in blocks.categories {
      let code =
        switch category.codes {
        case .narrow(let codes): Int(codes[row])
        case .medium(let codes): Int(codes[row])
        case .wide(let codes): Int(codes[row])
        }
      columns += (0..<category.levelCount).map { $0 == code ? 1 : 0 }
    }
    return zip(columns, coefficients).reduce(intercept) { $0 + $1.0 * $1.1 }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>, [false, true])
  func scoreEqualsTheDesignTimesTheCoefficients(seed: UInt64, fixesReference: Bool) {
    let encoder = everyKindEncoder(fixesReference: fixesReference)
    let coefficients = randomCoefficients(encoder, seed: seed)
    let batch = encoder.batch(encoder.randomRows(60, seed: seed))
    let blocks = encoder.blocks(batch)
    #expect(blocks.columnCount == coefficients.count)
    let scores = Scorer(encoder: encoder, intercept: 0.7, coefficients: coefficients).scores(batch)
    for (row, score) in scores.enumerated() {
      let plain = plainScore(blocks, row: row, intercept: 0.7, coefficients: coefficients)
      // Some thirty terms below 100: 30 × 100 ulp is 4e-13.
      #expect(isClose(score, plain, absolute: 1e-12), "row \(row)")
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func baseAndContributionsAddUpToTheScoreExactly(seed: UInt64) {
    let encoder = everyKindEncoder()
    let scorer = Scorer(
      encoder: encoder, intercept: -3, coefficients: randomCoefficients(encoder, seed: seed))
    let batch = encoder.batch(encoder.randomRows(60, seed: seed))
    let contributions = scorer.contributions(batch)
    for (row, score) in scorer.scores(batch).enumerated() {
      #expect(score == contributions.reduce(scorer.base) { $0 + $1[row] })
    }
  }

  @Test(arguments: [1, 2, 7, 513, 1100])
  func rowsScoreTheSameBitsInBatchesOfAnySize(size: Int) {
    let encoder = everyKindEncoder()
    let scorer = Scorer(
      encoder: encoder, intercept: 0.1, coefficients: randomCoefficients(encoder, seed: 3))
    let rows = encoder.randomRows(1100, seed: 4)
    let whole = encoder.batch(rows)
    let parts = stride(from: 0, to: rows.count, by: size).flatMap { first in
      scorer.scores(encoder.batch(Array(rows[first..<min(first + size, rows.count)])))
    }
    #expect(parts == scorer.scores(whole))
    let backwards = Array(rows.indices.reversed())
    #expect(scorer.scores(whole.rows(backwards)) == parts.reversed())
  }

  @Test func averageContributionOfTheTrainingRowsIsZero() {
    // Rows in exactly the encoder's shares and moments.
    let encoder = Encoder(
      features: [
        feature("x", .number, number(mean: 2, scale: 1, missingShare: 0.5)),
        feature("c", .category, category(["a"], [0.5], pooled: 0.25, missing: 0.25)),
      ], snapshot: nil)
    let rows: [[FeatureInput]] = [
      [.number(1), .level("a")], [.number(3), .level("a")], [.missing, .level("rare")],
      [.missing, .missing],
    ]
    let scorer = Scorer(encoder: encoder, intercept: 0.5, coefficients: [2, -1, 3, 5, 7])
    for contributions in scorer.contributions(encoder.batch(rows)) {
      #expect(contributions.reduce(0, +) == 0)
    }
    // 0.5 + −1 × ½ + 3 × ½ + 5 × ¼ + 7 × ¼
    #expect(scorer.base == 4.5)
  }

  @Test func missingNumberIsTheMeanWithoutAnIndicatorAndMovesByItWithOne() {
    let encoder = Encoder(
      features: [
        feature("plain", .number, number(mean: 10, scale: 4)),
        feature("marked", .number, number(mean: -3, scale: 0.5, missingShare: 0.25)),
      ], snapshot: nil)
    let scorer = Scorer(encoder: encoder, intercept: 1, coefficients: [2, 0.5, -8])
    let scores = scorer.scores(
      encoder.batch([
        [.number(10), .number(-3)], [.missing, .number(-3)], [.number(10), .missing],
        [.number(14), .number(-2.5)],
      ]))
    #expect(scores == [1, 1, -7, 3.5])
  }

  @Test func unseenLevelIsThePooledOneOrElseTheAverageCustomer() {
    let encoder = Encoder(
      features: [
        feature("pools", .category, category(["a", "b"], [0.5, 0.25], pooled: 0.25)),
        feature("averages", .category, category(["a", "b"], [0.75, 0.25])),
      ], snapshot: nil)
    let scorer = Scorer(encoder: encoder, intercept: 0, coefficients: [1, 2, 4, 8, 16])
    let rows: [[FeatureInput]] = [
      [.level("zzz"), .level("a")], [.level("a"), .level("zzz")], [.level("a"), .missing],
      [.missing, .level("b")],
    ]
    // The average of the second is 8 × ¾ + 16 × ¼ = 10; of the first ½ + ½ + 1 = 2.
    #expect(scorer.scores(encoder.batch(rows)) == [12, 11, 11, 18])
    let contributions = scorer.contributions(encoder.batch(rows))
    #expect(contributions[1][1] == 0)
    #expect(contributions[1][2] == 0)
    #expect(contributions[0][3] == 0)
  }

  @Test func missingLevelHasAnEffectOfItsOwn() {
    let encoder = Encoder(
      features: [feature("c", .category, category(["a"], [0.75], missing: 0.25))], snapshot: nil)
    let scorer = Scorer(encoder: encoder, intercept: 0, coefficients: [1, 5])
    #expect(scorer.scores(encoder.batch([[.level("a")], [.missing]])) == [1, 5])
  }

  @Test(arguments: 0...3)
  func referenceHasEffectZeroWhereverItStands(reference: Int) {
    let encoding = category(
      ["a", "b"], [0.25, 0.25], pooled: 0.25, missing: 0.25, reference: reference)
    let encoder = Encoder(features: [feature("c", .category, encoding)], snapshot: nil)
    #expect(encoder.designColumns.count == 3)
    let scorer = Scorer(encoder: encoder, intercept: 0, coefficients: [1, 2, 4])
    let rows: [[FeatureInput]] = [[.level("a")], [.level("b")], [.level("?")], [.missing]]
    var expected = [1.0, 2, 4]
    expected.insert(0, at: reference)
    #expect(scorer.scores(encoder.batch(rows)) == expected)
  }

  @Test func noRowsScoreToNothing() {
    let encoder = everyKindEncoder()
    let scorer = Scorer(
      encoder: encoder, intercept: 0, coefficients: randomCoefficients(encoder, seed: 1))
    #expect(scorer.scores(encoder.batch([])).isEmpty)
    let contributions = scorer.contributions(encoder.batch([]))
    #expect(contributions.allSatisfy { $0.isEmpty })
  }
}

@Suite struct DecileBandsTests {
  @Test(arguments: [10, 37, 100, 1003])
  func eachDecileHoldsATenthOfTheTrainingRows(count: Int) {
    let scores = (0..<count).map { Double(($0 * 7919) % count) }
    let bands = DecileBands(scores: scores)
    for decile in 1...10 {
      let held = scores.count { bands.decile(of: $0) == decile }
      #expect(abs(held - count / 10) <= 1)
    }
    #expect(bands.decile(of: 1e9) == 1)
    #expect(bands.decile(of: -1e9) == 10)
  }

  @Test func aScoreAtACutBelongsToTheBetterDecile() {
    let bands = DecileBands(scores: (1...20).map { Double($0) })
    #expect(bands.cuts == [19, 17, 15, 13, 11, 9, 7, 5, 3])
    #expect(bands.decile(of: 19) == 1)
    #expect(bands.decile(of: 18.999) == 2)
  }

  @Test(arguments: 1...9)
  func fewRowsStillHaveNineCuts(count: Int) {
    let bands = DecileBands(scores: (0..<count).map { Double($0) })
    #expect(bands.cuts.count == 9)
    #expect(bands.cuts == bands.cuts.sorted(by: >))
  }
}
