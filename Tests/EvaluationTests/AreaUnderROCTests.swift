import Evaluation
import SpecialFunctions
import Testing

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func theAreaIsTheShareOfPairsWon(seed: UInt64) {
  let rows = Rows(count: 60, seed: seed, step: 0.5)
  var wins = 0.0
  var pairs = 0.0
  for i in 0..<60 where rows.outcomes[i] == 1 {
    for j in 0..<60 where rows.outcomes[j] == 0 {
      pairs += 1
      let difference = rows.linearPredictors[i] - rows.linearPredictors[j]
      wins += difference > 0 ? 1 : difference == 0 ? 0.5 : 0
    }
  }
  // Halves add exactly: one rounding on either side, in the division.
  #expect(areaUnderROC(scores: rows.linearPredictors, outcomes: rows.outcomes) == wins / pairs)
}

@Test func anIncreasingTransformLeavesTheArea() {
  let rows = Rows(count: 100, seed: 5)
  let scores = rows.linearPredictors.map { 3 * $0 * $0 * $0 + 1 }
  #expect(
    areaUnderROC(scores: scores, outcomes: rows.outcomes)
      == areaUnderROC(scores: rows.linearPredictors, outcomes: rows.outcomes))
}

@Test func oneClassHasNoArea() {
  #expect(areaUnderROC(scores: [], outcomes: []) == nil)
  #expect(areaUnderROC(scores: [1, 2], outcomes: [1, 1]) == nil)
  #expect(areaUnderROC(scores: [1, 2], outcomes: [0, 0]) == nil)
}

@Test func missingScoresAreLeftOut() {
  #expect(areaUnderROC(scores: [2, .nan, 1, .nan], outcomes: [1, 0, 0, 1]) == 1)
  #expect(areaUnderROC(scores: [2, .nan, 1], outcomes: [1, 0, 1]) == nil)
  #expect(areaUnderROC(scores: [.infinity, -.infinity, 0], outcomes: [1, 0, 0]) == 1)
}

@Test func zerosOfEitherSignTie() {
  #expect(areaUnderROC(scores: [0, -0.0], outcomes: [1, 0]) == 0.5)
  #expect(areaUnderROC(scores: [0, -0.0], outcomes: [0, 1]) == 0.5)
}
