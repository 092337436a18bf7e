import Scoring
import SpecialFunctions
import Tables
import Testing

@testable import Training

@Suite struct LeakageGuardTests {
  /// Outcomes of one in four, by a coin of `seed` that shares no draw with `noise`.
  private func outcomes(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix64(seed: ~seed)
    return (0..<count).map { _ in generator.nextIndex(below: 4) == 0 ? 1 : 0 }
  }

  private func leaks(_ columns: [Column], _ outcomes: [Double]) -> [Leak] {
    let table = table(columns)
    let encoder = EncoderFitting(
      table: table, rows: Array(0..<table.rowCount), minLevelCount: 1, snapshot: nil,
      fixesReference: false
    ).fit(reserved: [:]).encoder
    return LeakageGuard(encoder: encoder, batch: encoder.batch(table), outcomes: outcomes).leaks()
  }

  private func noise(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in generator.nextStandardNormal() }
  }

  @Test(arguments: [1.0, -1])
  func numberThatTellsTheOutcomeIsNamed(sign: Double) {
    let outcomes = outcomes(400)
    let leak = zip(outcomes, noise(400, seed: 2)).map { sign * ($0 + 0.1 * $1) }
    let found = leaks([numbers("duration", leak), numbers("x", noise(400, seed: 3))], outcomes)
    #expect(found == [.ranksOutcome(column: "duration", areaUnderROC: 1)])
    #expect(
      found.first?.description
        == "column 'duration' alone ranks the outcome (area under ROC 1.000), "
        + "as what is known only afterwards does")
  }

  @Test func booleanAndDateThatTellTheOutcomeAreNamed() {
    let outcomes = outcomes(300)
    let found = leaks(
      [booleans("paid", outcomes), dates("closed", outcomes.map { 100 - $0 })], outcomes)
    #expect(found.map(\.column) == ["paid", "closed"])
  }

  @Test func categoryThatTellsTheOutcomeIsNamed() {
    let outcomes = outcomes(400)
    let statuses = zip(outcomes, 0...).map { $0 == 1 ? "won \($1 % 3)" : "lost \($1 % 5)" }
    let found = leaks([words("status", statuses)], outcomes)
    #expect(found == [.ranksOutcome(column: "status", areaUnderROC: 1)])
  }

  @Test func categoryLeakIsNamedWhereTheOutcomesAlternate() {
    // Cases and controls in turn, as matched samples are exported.
    let outcomes = (0..<400).map { Double($0 % 2) }
    let statuses = outcomes.map { $0 == 1 ? "won" : "lost" }
    #expect(
      leaks([words("status", statuses)], outcomes)
        == [.ranksOutcome(column: "status", areaUnderROC: 1)])
  }

  @Test func absenceThatTellsTheOutcomeIsNamed() {
    let outcomes = outcomes(400)
    let values = zip(outcomes, noise(400, seed: 5)).map { $0 == 1 ? $1 : nil }
    let reasons = zip(outcomes, 0...).map { $0 == 1 ? nil : "reason \($1 % 4)" }
    let found = leaks([numbers("order value", values), words("refusal", reasons)], outcomes)
    #expect(
      found == [
        .absenceRanksOutcome(column: "order value", areaUnderROC: 1),
        .absenceRanksOutcome(column: "refusal", areaUnderROC: 1),
      ])
    #expect(
      found.first?.description
        == "whether column 'order value' is filled in ranks the outcome "
        + "(area under ROC 1.000), as what is filled in only afterwards does")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func absenceByChanceIsHonest(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let values = noise(300, seed: 7).map { generator.nextIndex(below: 3) > 0 ? $0 : nil }
    #expect(leaks([numbers("x", values)], outcomes(300, seed: seed)) == [])
  }

  @Test(arguments: [(1.0, 1.0), (500_000, 5), (900, -4)])
  func runningNumberIsNamed(first: Double, step: Double) {
    let values = (0..<200).map { first + step * Double($0) }
    let found = leaks([numbers("nr", values)], outcomes(200))
    #expect(found == [.identifiesRow(column: "nr")])
    #expect(found.first?.description == "column 'nr' is a running number or identifier")
  }

  @Test func distinctWholeNumbersNamedAsAnIdentifierAreNamed() {
    var generator = SplitMix64(seed: 4)
    let values = (0..<200).map { Double($0) * 1_000 + 17 }
      .reproduciblyShuffled(using: &generator)
    #expect(
      leaks([numbers("customer_id", values)], outcomes(200))
        == [.identifiesRow(column: "customer_id")])
    #expect(leaks([numbers("turnover", values)], outcomes(200)) == [])
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func strongButHonestFeatureIsNotNamed(seed: UInt64) throws {
    let outcomes = outcomes(600, seed: seed)
    // Means two and a half deviations apart: an area of Φ(2.5/√2) = 0.961.
    let strong = zip(outcomes, noise(600, seed: seed &+ 99)).map { 2.5 * $0 + $1 }
    #expect(leaks([numbers("strong", strong)], outcomes) == [])
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func noiseOfManyLevelsIsNotNamed(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    for levelCount in [2, 50, 150, 300, 5000] {
      let values = (0..<300).map { _ in "level \(generator.nextIndex(below: levelCount))" }
      #expect(leaks([words("noise", values)], outcomes(300, seed: seed)) == [])
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func numberThatFewRowsHaveIsNotNamed(seed: UInt64) {
    // Four of 600 rows have it, of which chance alone often ranks the one positive first or last.
    let values = noise(600, seed: seed).enumerated().map { $0.offset % 150 == 0 ? $0.element : nil }
    #expect(leaks([numbers("rarely asked", values)], outcomes(600, seed: seed)) == [])
  }

  @Test func nothingIsSaidOfFewerThanTenRowsOfAnOutcome() {
    let outcomes = (0..<300).map { $0 < 9 ? 1.0 : 0 }
    #expect(leaks([numbers("x", outcomes)], outcomes) == [])
    let ten = (0..<300).map { $0 < 10 ? 1.0 : 0 }
    #expect(leaks([numbers("x", ten)], ten).count == 1)
  }

  @Test func leaksStandInTheOrderOfTheColumns() {
    let outcomes = outcomes(200)
    let found = leaks(
      [
        numbers("b", outcomes), numbers("nr", (0..<200).map { Double($0) }),
        words("a", outcomes.map { "\($0)" }),
      ], outcomes)
    #expect(found.map(\.column) == ["b", "nr", "a"])
    #expect(
      TrainingError.leaks(Array(found.prefix(2))).description
        == "column 'b' alone ranks the outcome (area under ROC 1.000), "
        + "as what is known only afterwards does; column 'nr' is a running number or identifier: "
        + "leave such a column out by --exclude, or keep it by --allow-leak")
  }
}
