import Evaluation
import Foundation
import SpecialFunctions
import Testing

/// Rows with the measures that scikit-learn gives them; scripts/reference/multiclass_evaluation.py.
private struct Multiclass: Decodable {
  struct Case: Decodable {
    let name: String
    let scores: [[Double]]
    let outcomes: [Int]
    let weights: [Double]?
    let available: [[Bool]]?
    let shares: [Double]
    let logLoss: Double
    let baseLogLoss: Double
    let brierScore: Double
    let hitRates: [Double]
    let areas: [Double]

    func evaluation() throws -> MultinomialEvaluation {
      try MultinomialEvaluation(
        scores: shares.indices.map { k in
          scores.indices.map { available?[$0][k] ?? true ? scores[$0][k] : -.infinity }
        }, outcomes: outcomes, sampleWeights: weights, trainingShares: shares)
    }
  }

  let cases: [Case]

  static func named(_ name: String) throws -> Case {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/multiclass.json")
    let all = try JSONDecoder().decode(Multiclass.self, from: Data(contentsOf: url))
    return try #require(all.cases.first { $0.name == name })
  }
}

@Suite struct MultinomialEvaluationTests {
  @Test(arguments: ["plain", "two", "seven", "weighted", "masked"])
  func measuresAreThoseOfScikitLearn(name: String) throws {
    let reference = try Multiclass.named(name)
    let evaluation = try reference.evaluation()
    // Sums of 400 terms in another order.
    func same(_ a: Double, _ b: Double) -> Bool { isClose(a, b, relative: 1e-12) }
    #expect(same(evaluation.logLoss, reference.logLoss))
    #expect(same(evaluation.baseLogLoss, reference.baseLogLoss))
    #expect(same(evaluation.brierScore, reference.brierScore))
    #expect(zip(evaluation.hitRates, reference.hitRates).allSatisfy(same))
    #expect(evaluation.hitRates.count == reference.hitRates.count)
    #expect(evaluation.accuracy == evaluation.hitRates[0])
    for (own, area) in zip(evaluation.classes, reference.areas) {
      let found = try #require(own.areaUnderROC)
      #expect(same(found.estimate, area))
      #expect(found.lower < found.estimate && found.estimate < found.upper)
    }
    let mean = reference.areas.reduce(0, +) / Double(reference.areas.count)
    #expect(same(try #require(evaluation.meanAreaUnderROC), mean))
  }

  @Test func weightOfTwoIsTheRowTwice() throws {
    let reference = try Multiclass.named("plain")
    let weights = reference.outcomes.indices.map { Double(1 + $0 % 2) }
    let doubled = reference.outcomes.indices.flatMap { [Int](repeating: $0, count: 1 + $0 % 2) }
    let weighted = try MultinomialEvaluation(
      scores: reference.shares.indices.map { k in reference.scores.map { $0[k] } },
      outcomes: reference.outcomes, sampleWeights: weights, trainingShares: reference.shares)
    let twice = try MultinomialEvaluation(
      scores: reference.shares.indices.map { k in doubled.map { reference.scores[$0][k] } },
      outcomes: doubled.map { reference.outcomes[$0] }, trainingShares: reference.shares)
    #expect(isClose(weighted.logLoss, twice.logLoss, relative: 1e-13))
    #expect(isClose(weighted.brierScore, twice.brierScore, relative: 1e-13))
    #expect(zip(weighted.hitRates, twice.hitRates).allSatisfy { isClose($0, $1, relative: 1e-13) })
    for (a, b) in zip(weighted.classes, twice.classes) {
      let (one, other) = (try #require(a.areaUnderROC), try #require(b.areaUnderROC))
      #expect(isClose(one.estimate, other.estimate, relative: 1e-13))
      #expect(
        isClose(try #require(a.meanProbability), try #require(b.meanProbability), relative: 1e-13))
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func orderOfTheRowsChangesNothing(seed: UInt64) throws {
    let reference = try Multiclass.named("seven")
    var generator = SplitMix64(seed: seed)
    let order = Array(reference.outcomes.indices).reproduciblyShuffled(using: &generator)
    let shuffled = try MultinomialEvaluation(
      scores: reference.shares.indices.map { k in order.map { reference.scores[$0][k] } },
      outcomes: order.map { reference.outcomes[$0] }, trainingShares: reference.shares)
    let evaluation = try reference.evaluation()
    #expect(shuffled.hitRates == evaluation.hitRates)
    #expect(shuffled.classes.map(\.areaUnderROC) == evaluation.classes.map(\.areaUnderROC))
    #expect(isClose(shuffled.logLoss, evaluation.logLoss, relative: 1e-14))
  }

  @Test func lossOfACertainOutcomeKeepsItsDigits() throws {
    let evaluation = try MultinomialEvaluation(
      scores: [[800, -800], [0, 0], [-700, 0]], outcomes: [0, 2], trainingShares: [0.5, 0.2, 0.3])
    // Row 1 loses nothing that a Double can hold; row 2 log 2.
    #expect(isClose(evaluation.logLoss, 0.34657359027997264, relative: 1e-15))
    #expect(isClose(logLoss(scores: [700, 0], outcome: 0), exp(-700.0), relative: 1e-15))
    #expect(logLoss(scores: [0, 2000], outcome: 0) == 2000)
  }

  @Test func ofEqualScoresTheEarlierClassComesFirst() throws {
    let evaluation = try MultinomialEvaluation(
      scores: [[1, 1], [1, 1], [0, 0]], outcomes: [0, 1], trainingShares: [0.4, 0.4, 0.2])
    #expect(evaluation.hitRates == [0.5, 1, 1])
  }

  @Test func faultsNameTheRow() {
    func fault(_ scores: [[Double]], _ outcomes: [Int]) -> EvaluationError? {
      do throws(EvaluationError) {
        _ = try MultinomialEvaluation(
          scores: scores, outcomes: outcomes, trainingShares: [0.5, 0.5])
        return nil
      } catch {
        return error
      }
    }
    #expect(fault([[], []], []) == .empty)
    #expect(fault([[0, 0], [0, 0]], [0, 2]) == .outcomeNotClass(row: 1, classCount: 2))
    #expect(fault([[0, -.infinity], [0, 0]], [1, 0]) == .outcomeUnavailable(row: 1))
    #expect(fault([[0, .nan], [0, 0]], [1, 1]) == .notFinite(row: 1))
    #expect(fault([[0, .infinity], [0, 0]], [1, 1]) == .notFinite(row: 1))
    #expect(
      "\(EvaluationError.outcomeUnavailable(row: 1))"
        == "row 1, counted from 0, chose a class that was not available to it;"
        + " correct the choice or the availability")
  }

  @Test func choiceSetsAreJudgedByTheRankOfTheRowTaken() throws {
    var sum = ChoiceEvaluation.Accumulator()
    sum.add([2, 1, 0], chosen: 0)
    sum.add([0, 0], chosen: 1)
    let evaluation = try sum.evaluation()
    #expect(evaluation.choiceSetCount == 2 && evaluation.rowCount == 5)
    #expect(evaluation.hitRates == [0.5, 1, 1, 1, 1])
    #expect(evaluation.meanReciprocalRank == 0.75)
    #expect(isClose(evaluation.evenLogLoss, (log(3.0) + log(2.0)) / 2, relative: 1e-15))
    let first = log(1 + exp(-1.0) + exp(-2.0))
    #expect(isClose(evaluation.logLoss, (first + log(2.0)) / 2, relative: 1e-15))
    #expect(throws: EvaluationError.empty) { try ChoiceEvaluation.Accumulator().evaluation() }
  }
}

@Suite struct ClassFoldsTests {
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func everyClassTrainsInEveryFold(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    // One class with a single row, one with three.
    let classes = (0..<200).map { row in
      row == 7 ? 4 : row % 67 == 1 ? 3 : generator.nextIndex(below: 3)
    }
    let folds = try Folds.stratified(classes: classes, count: 5, seed: seed)
    #expect(folds.testFold(of: 7) == nil)
    for fold in 0..<5 {
      let split = folds.split(fold)
      #expect(Set(split.train.map { classes[$0] }) == Set(classes))
      #expect(split.train.contains(7) && !split.test.isEmpty)
      #expect(Set(split.train).isDisjoint(with: split.test))
    }
    let counts = (0..<5).map { fold in folds.split(fold).test.count }
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func splitLeavesEveryClassARowToTrain(seed: UInt64) throws {
    let classes = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3]
    let split = try SplitRule.fraction(0.5, seed: seed).split(classes: classes)
    #expect(Set(split.train.map { classes[$0] }) == [0, 1, 2, 3])
    #expect(split.test.count { classes[$0] == 0 } == 3)
    #expect(split.test.count { classes[$0] == 3 } == 0)
  }

  @Test func splitOfOneClassIsRefused() {
    #expect(throws: SplitError.oneClass(outcome: 0, rowCount: 2)) {
      try SplitRule.every(3).split(classes: [0, 0, 1])
    }
  }
}
