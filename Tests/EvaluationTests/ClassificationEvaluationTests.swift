import Evaluation
import Foundation
import SpecialFunctions
import Testing

/// Sums of some hundred terms in another order, and the references' own rounding.
private let roundings = 1e-13

@Test(arguments: Fixture.names)
func measuresAgreeWithOtherSoftware(name: String) throws {
  let fixture = try Fixture(named: name)
  let expected = fixture.expected
  let evaluation = try fixture.evaluation()
  #expect(evaluation.rowCount == expected.rowCount)
  #expect(evaluation.positiveCount == expected.positiveCount)
  let pairs = [
    (evaluation.areaUnderROC.estimate, expected.areaUnderROC),
    (evaluation.logLoss, expected.logLoss),
    (evaluation.baseLogLoss, expected.baseLogLoss),
    (evaluation.brierScore, expected.brierScore),
    (evaluation.averagePrecision, expected.averagePrecision),
    (evaluation.kolmogorovSmirnov, expected.kolmogorovSmirnov),
    (evaluation.expectedCalibrationError, expected.expectedCalibrationError),
  ]
  for (index, pair) in pairs.enumerated() {
    #expect(isClose(pair.0, pair.1, relative: roundings, absolute: 1e-15), "measure \(index)")
  }
}

/// Not of scores that all tie: their sums are 0, which is no interval.
@Test(arguments: Fixture.names.filter { $0 != "constant" })
func theIntervalAgreesWithDeLongsSumsOverPairs(name: String) throws {
  let fixture = try Fixture(named: name)
  let interval = try fixture.evaluation().areaUnderROC
  // Of the root of a variance of which half the digits may cancel against the mean.
  #expect(isClose(interval.lower, fixture.expected.lower, relative: roundings, absolute: 1e-13))
  #expect(isClose(interval.upper, fixture.expected.upper, relative: roundings, absolute: 1e-13))
}

@Test(arguments: Fixture.names)
func decilesAgreeWithOtherSoftware(name: String) throws {
  let fixture = try Fixture(named: name)
  let deciles = try fixture.evaluation().deciles
  #expect(deciles.map(\.decile) == fixture.expected.deciles.map(\.decile))
  #expect(deciles.map(\.rowCount) == fixture.expected.deciles.map(\.rowCount))
  let measures: [KeyPath<Decile, Double>] = [
    \.positiveCount, \.meanProbability, \.positiveRate, \.lift, \.cumulativeGain,
  ]
  for (decile, expected) in zip(deciles, fixture.expected.deciles) {
    for measure in measures {
      let values = (decile[keyPath: measure], expected[keyPath: measure])
      #expect(isClose(values.0, values.1, relative: roundings, absolute: 1e-14), "\(decile.decile)")
    }
  }
}

@Test(arguments: 1...10 as ClosedRange<UInt64>)
func rowOrderDoesNotMatter(seed: UInt64) throws {
  // Ties across the edges of deciles, and both zeros among the scores.
  let rows = Rows(count: 300, seed: seed, step: 0.5)
  let shuffled = rows.shuffled(seed: seed + 1)
  let evaluation = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors, outcomes: rows.outcomes)
  // Equal to the last bit: every sum runs over sorted ties.
  #expect(
    try ClassificationEvaluation(
      linearPredictors: shuffled.linearPredictors, outcomes: shuffled.outcomes) == evaluation)
}

@Test(arguments: 1...10 as ClosedRange<UInt64>)
func everyRowTwiceChangesOnlyCountsAndInterval(seed: UInt64) throws {
  let rows = Rows(count: 150, seed: seed, step: 0.25)
  let once = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors, outcomes: rows.outcomes)
  let twice = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors + rows.linearPredictors,
    outcomes: rows.outcomes + rows.outcomes)
  #expect(twice.areaUnderROC.estimate == once.areaUnderROC.estimate)
  #expect(twice.areaUnderROC.lower > once.areaUnderROC.lower)
  #expect(twice.kolmogorovSmirnov == once.kolmogorovSmirnov)
  // The same terms, doubled and divided by a doubled count; precisions differ by a rounding each.
  #expect(isClose(twice.averagePrecision, once.averagePrecision, relative: 1e-15))
  #expect(isClose(twice.logLoss, once.logLoss, relative: 1e-15))
  #expect(isClose(twice.brierScore, once.brierScore, relative: 1e-15))
  #expect(isClose(twice.liftTopDecile, once.liftTopDecile, relative: 1e-15))
}

@Test(arguments: 1...10 as ClosedRange<UInt64>)
func exchangingTheClassesMirrorsTheMeasures(seed: UInt64) throws {
  let rows = Rows(count: 200, seed: seed, step: 0.25)
  let evaluation = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors, outcomes: rows.outcomes)
  let mirrored = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors.map { -$0 }, outcomes: rows.outcomes.map { 1 - $0 })
  // The same terms in another order: a few ulps.
  #expect(mirrored.areaUnderROC.estimate == evaluation.areaUnderROC.estimate)
  #expect(
    isClose(mirrored.areaUnderROC.lower, evaluation.areaUnderROC.lower, relative: 1e-14))
  #expect(isClose(mirrored.logLoss, evaluation.logLoss, relative: 1e-14))
  #expect(isClose(mirrored.brierScore, evaluation.brierScore, relative: 1e-14))
  #expect(mirrored.kolmogorovSmirnov == evaluation.kolmogorovSmirnov)
}

@Test func decilesHoldEveryRowOnce() throws {
  let rows = Rows(count: 97, seed: 3, step: 0.5)
  let evaluation = try ClassificationEvaluation(
    linearPredictors: rows.linearPredictors, outcomes: rows.outcomes)
  #expect(evaluation.deciles.map(\.rowCount) == [10, 10, 10, 9, 10, 10, 9, 10, 10, 9])
  let positives = evaluation.deciles.reduce(0) { $0 + $1.positiveCount }
  #expect(isClose(positives, Double(evaluation.positiveCount), relative: 1e-14))  // ten additions
  #expect(evaluation.deciles.last?.cumulativeGain == 1)
  #expect(evaluation.deciles.first?.lift == evaluation.liftTopDecile)
}

@Test(arguments: [2, 10, 3_000]) func scoresThatAllTieTellNothingOfTheArea(count: Int) throws {
  let outcomes = (0..<2 * count).map { $0 % 3 == 0 || $0 == 1 ? 1.0 : 0.0 }
  let evaluation = try ClassificationEvaluation(
    linearPredictors: outcomes.map { _ in -1.25 }, outcomes: outcomes)
  #expect(
    evaluation.areaUnderROC == IntervalEstimate(estimate: 0.5, lower: 0, upper: 1))
}

@Test func tiedRowsAreSharedBetweenDeciles() throws {
  // Twenty rows with one score: each decile takes two of them and a tenth of the five positives.
  let outcomes = (0..<20).map { $0 < 5 ? 1.0 : 0.0 }
  let evaluation = try ClassificationEvaluation(
    linearPredictors: [Double](repeating: logit(0.25), count: 20), outcomes: outcomes)
  #expect(evaluation.deciles.allSatisfy { $0.positiveCount == 0.5 && $0.lift == 1 })
  #expect(isClose(evaluation.expectedCalibrationError, 0, absolute: 1e-16))  // of 0.25
  #expect(evaluation.areaUnderROC.estimate == 0.5)
}

@Test func theBaseLogLossIsThatOfTheTrainingRate() throws {
  let predictors = [1.0, 0.5, -0.5, -1]
  let outcomes = [1.0, 0, 1, 0]
  let own = try ClassificationEvaluation(linearPredictors: predictors, outcomes: outcomes)
  #expect(isClose(own.baseLogLoss, 0.6931471805599453, relative: 1e-15))
  let trained = try ClassificationEvaluation(
    linearPredictors: predictors, outcomes: outcomes, baseRate: 0.2)
  #expect(isClose(trained.baseLogLoss, 0.9162907318741551, relative: 1e-15))  // −log(0.16) / 2
}

@Test func separatedClassesHaveTheIntervalOfWinsOnly() throws {
  let perfect = try ClassificationEvaluation(
    linearPredictors: [3, 2, 1, 0, -1], outcomes: [1, 1, 0, 0, 0])
  #expect(perfect.areaUnderROC.estimate == 1)
  #expect(isClose(perfect.areaUnderROC.lower, 0.15811388300841897, relative: 1e-15))  // √0.025
  #expect(perfect.areaUnderROC.upper == 1)
  let inverted = try ClassificationEvaluation(
    linearPredictors: [-3, -2, 1, 2, 3], outcomes: [1, 1, 0, 0, 0])
  #expect(inverted.areaUnderROC.estimate == 0)
  #expect(inverted.areaUnderROC.lower == 0)
  #expect(isClose(inverted.areaUnderROC.upper, 0.841886116991581, relative: 1e-15))
  #expect(perfect.averagePrecision == 1)
  #expect(perfect.kolmogorovSmirnov == 1)
}

@Test func oneRowInAClassLeavesTheAreaOpen() throws {
  let evaluation = try ClassificationEvaluation(
    linearPredictors: [3, 2, 1, 0], outcomes: [0, 1, 0, 0])
  #expect(isClose(evaluation.areaUnderROC.estimate, 2 / 3, relative: 1e-15))
  #expect(evaluation.areaUnderROC.lower == 0)
  #expect(evaluation.areaUnderROC.upper == 1)
}

@Test func theIntervalCoversTheTrueAreaAsPromised() throws {
  // Two normals one apart: the true area is Φ(1 / √2). 400 data sets of 40 + 60 rows.
  let truth = normalCDF(0.7071067811865476)
  let outcomes = (0..<100).map { $0 < 40 ? 1.0 : 0.0 }
  var generator = SplitMix64(seed: 11)
  var covered = 0
  for _ in 0..<400 {
    let predictors = outcomes.map { $0 + generator.nextStandardNormal() }
    let interval = try ClassificationEvaluation(linearPredictors: predictors, outcomes: outcomes)
      .areaUnderROC
    if interval.lower <= truth, truth <= interval.upper { covered += 1 }
  }
  // 380 of 400 expected; outside 361 to 396 comes by chance less than once in 10⁴.
  #expect((361...396).contains(covered), "\(covered) of 400")
}

@Test func jsonKeysAreThePropertyNames() throws {
  let evaluation = try Fixture(named: "few").evaluation()
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let data = try encoder.encode(evaluation)
  let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  #expect(
    object.keys.sorted() == [
      "areaUnderROC", "averagePrecision", "baseLogLoss", "brierScore", "deciles",
      "expectedCalibrationError", "kolmogorovSmirnov", "liftTopDecile", "logLoss", "positiveCount",
      "rowCount",
    ])
  let area = try #require(object["areaUnderROC"] as? [String: Any])
  #expect(area.keys.sorted() == ["estimate", "lower", "upper"])
  #expect(try JSONDecoder().decode(ClassificationEvaluation.self, from: data) == evaluation)
}

private func evaluate(_ predictors: [Double], _ outcomes: [Double], baseRate: Double? = nil)
  -> String
{
  do throws(EvaluationError) {
    _ = try ClassificationEvaluation(
      linearPredictors: predictors, outcomes: outcomes, baseRate: baseRate)
    return "no error"
  } catch {
    return error.description
  }
}

@Test func errorsSayWhatIsWrongAndWhatToDo() {
  #expect(
    evaluate([], []) == "there are no rows to evaluate; give at least one row of each outcome")
  #expect(
    evaluate([1, 2], [1])
      == "counts differ: linear predictors 2, outcomes 1; give one of each a row")
  #expect(
    evaluate([1, .nan, .infinity], [1, 0, 1])
      == "row 1, counted from 0, has a linear predictor that is not a finite number;"
      + " drop the row or impute its features")
  #expect(
    evaluate([1, 2, 3], [1, 0, 2])
      == "row 2, counted from 0, has an outcome other than 0 and 1;"
      + " code the outcome as 0 or 1, or drop the row")
  #expect(
    evaluate([1, 2, 3], [0, 0, 0])
      == "all 3 rows to evaluate have outcome 0, so ranking cannot be judged;"
      + " evaluate rows that hold both outcomes")
  for baseRate in [0, 1, .nan] {
    #expect(
      evaluate([1, 2], [0, 1], baseRate: baseRate)
        == "the base rate is not between 0 and 1, exclusive;"
        + " give the positive rate of training rows that hold both outcomes")
  }
}
