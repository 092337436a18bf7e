import Evaluation
import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@testable import Training

/// Fits as a specification asks for them, on data that are hard on purpose.
@Suite struct TrainerFitTests {
  /// Numbers and outcomes of a known law.
  private struct Sample {
    var numbers: [[Double]] = []
    var outcomes: [Double] = []

    init(_ rowCount: Int, columnCount: Int = 2, seed: UInt64 = 1, intercept: Double = -0.3) {
      var generator = SplitMix64(seed: seed)
      for _ in 0..<columnCount {
        numbers.append((0..<rowCount).map { _ in generator.nextStandardNormal() })
      }
      for row in 0..<rowCount {
        let eta = numbers.enumerated().reduce(intercept) {
          $0 + $1.element[row] * ($1.offset % 2 == 0 ? 0.8 : -0.5)
        }
        outcomes.append(generator.nextUniform() < logistic(eta) ? 1 : 0)
      }
    }

    var columns: [Column] {
      numbers.enumerated().map { TrainingTests.numbers("x\($0)", $1) } + [target]
    }

    var target: Column { words("y", outcomes.map { $0 == 1 ? "yes" : "no" }) }
  }

  private func train(
    _ columns: [Column], _ penalty: FitSpecification.Penalty,
    _ change: (inout FitSpecification) -> Void = { _ in }
  ) throws -> Model {
    var trainer = Trainer(name: "m", target: "y", split: nil)
    trainer.specification.penalty = penalty
    change(&trainer.specification)
    trainer.minLevelCount = 1
    return try trainer.train(table(columns), source: noSource).model
  }

  private let none = FitSpecification.Penalty.fixed(l1: 0, l2: 0)

  /// The derivatives of the unpenalised mean log loss by the columns as they stand, in units of their
  /// spread: 0 at the best coefficients.
  private func gradient(_ model: Model, _ sample: Sample, weights: [Double]? = nil) -> [Double] {
    let scale = model.originalScale
    let total = weights?.reduce(0, +) ?? Double(sample.outcomes.count)
    var sums = [Double](repeating: 0, count: sample.numbers.count + 1)
    for row in sample.outcomes.indices {
      let eta = zip(scale.coefficients, sample.numbers).reduce(scale.intercept) {
        $0 + $1.0.coefficient * $1.1[row]
      }
      let residual = (logistic(eta) - sample.outcomes[row]) * (weights?[row] ?? 1) / total
      sums[0] += residual
      for (j, column) in sample.numbers.enumerated() {
        sums[j + 1] += residual * column[row] / (column.map { abs($0) }.max() ?? 1)
      }
    }
    return sums
  }

  @Test func thePenaltyOnTheColumnsAsTheyAreIsThatOfTheMatrix() throws {
    var sample = Sample(400, columnCount: 3)
    sample.numbers[1] = sample.numbers[1].map { 1e3 * $0 + 5e4 }
    let model = try train(sample.columns, .fixed(l1: 0, l2: 0.02)) { $0.penaltyScale = .original }
    let features = Matrix(
      rowCount: 400, columnCount: 3, columnMajor: sample.numbers.flatMap { $0 })
    let fit = try LogisticRegression(l2Penalty: 0.02).fit(features, outcomes: sample.outcomes)
    for (term, coefficient) in zip(model.originalScale.coefficients, fit.coefficients) {
      // Both are within 1e-10 of the optimum.
      #expect(isClose(term.coefficient, coefficient, relative: 1e-9))
    }
    #expect(model.training.fit.penaltyScale == .original)
    #expect(isClose(model.training.fit.objective, fit.objective, relative: 1e-12))
  }

  @Test(arguments: [1e-9, 1e9])
  func columnsOfAnyScaleGiveTheSamePredictions(scale: Double) throws {
    let sample = Sample(300)
    var scaled = sample
    scaled.numbers[0] = sample.numbers[0].map { $0 * scale }
    for penalty in [none, .fixed(l1: 0, l2: 0.01), .fixed(l1: 0.01, l2: 0.01), .firth] {
      let one = try train(sample.columns, penalty)
      let other = try train(scaled.columns, penalty)
      let (ours, theirs) = (one.originalScale.coefficients, other.originalScale.coefficients)
      #expect(isClose(ours[0].coefficient, theirs[0].coefficient * scale, relative: 1e-7))
      #expect(isClose(ours[1].coefficient, theirs[1].coefficient, relative: 1e-7))
    }
  }

  @Test(arguments: [-1e4, 1e4])
  func aHugeConstantOffsetMovesTheInterceptAlone(offset: Double) throws {
    let sample = Sample(300)
    let plain = try train(sample.columns, none)
    let moved = try train(
      sample.columns + [numbers("o", sample.outcomes.map { _ in offset })], none
    ) { $0.offsetColumn = "o" }
    for (one, other) in zip(
      plain.originalScale.coefficients, moved.originalScale.coefficients)
    {
      // The intercept of 1e4 costs four digits of sixteen.
      #expect(isClose(one.coefficient, other.coefficient, relative: 1e-9))
    }
    #expect(
      isClose(plain.originalScale.intercept, moved.originalScale.intercept + offset, absolute: 1e-8)
    )
  }

  @Test func weightsOverTwelveOrdersOfMagnitudeReachTheOptimum() throws {
    let sample = Sample(500)
    let weights = sample.outcomes.indices.map { pow(10, Double($0 % 13) - 6) }
    let model = try train(sample.columns + [numbers("w", weights)], none) { $0.weightColumn = "w" }
    // A sum of 500 shares below 1, each rounded.
    #expect(gradient(model, sample, weights: weights).allSatisfy { abs($0) < 1e-13 })
    // Those of weight below 1 are a millionth of the sum.
    let kept = weights.indices.filter { weights[$0] >= 1 }
    var heavy = sample
    heavy.numbers = sample.numbers.map { column in kept.map { column[$0] } }
    heavy.outcomes = kept.map { sample.outcomes[$0] }
    let other = try train(heavy.columns + [numbers("w", kept.map { weights[$0] })], none) {
      $0.weightColumn = "w"
    }
    for (one, other) in zip(
      model.originalScale.coefficients, other.originalScale.coefficients)
    {
      #expect(isClose(one.coefficient, other.coefficient, relative: 1e-4))
    }
  }

  @Test func oneEventInAHundredThousandIsFitted() throws {
    // 3 events: by weight, as rows would take the test's time.
    var sample = Sample(400, columnCount: 1)
    sample.outcomes = sample.outcomes.indices.map { $0 % 134 == 5 ? 1 : 0 }
    let weights = sample.outcomes.map { $0 == 1 ? 1 : 300_000.0 / 397 }
    let columns = sample.columns + [numbers("w", weights)]
    let model = try train(columns, none) { $0.weightColumn = "w" }
    #expect(isClose(try #require(model.training.baseRate), 3 / 300_003, relative: 1e-12))
    #expect(gradient(model, sample, weights: weights).allSatisfy { abs($0) < 1e-15 })
    let firth = try train(columns, .firth) { $0.weightColumn = "w" }
    #expect(firth.originalScale.intercept < -8 && firth.originalScale.intercept > -14)
    // Three events are too few for five folds: two are made, or the penalty is to be given.
    let chosen = try train(columns, .crossValidated(l1Share: 0)) { $0.weightColumn = "w" }
    #expect(chosen.training.fit.choice?.folds == "3 folds, stratified by outcome, seed 0")
  }

  @Test func duplicateColumnsAreNamedWithoutAPenaltyAndShareWithOne() throws {
    let sample = Sample(200)
    let columns = sample.columns + [numbers("twin", sample.numbers[0])]
    #expect(
      fault { _ = try train(columns, none) }
        == "column 'twin' is a sum of the intercept and column 'x0'; leave it out or set l2Penalty "
        + "(--l2) above 0 (a category without a penalty needs one level coded as no level)")
    let terms = try train(columns, .fixed(l1: 0, l2: 0.01)).originalScale.coefficients
    #expect(isClose(terms[0].coefficient, terms[2].coefficient, relative: 1e-9))
  }

  @Test func aLevelForEveryRowIsRefusedOrPenalized() throws {
    let sample = Sample(60)
    let columns = [words("each", (0..<60).map { "r\($0)" }), sample.columns[0], sample.target]
    #expect(
      fault { _ = try train(columns, none) }
        == "60 rows cannot determine 60 coefficients and an intercept; add rows, leave columns out or "
        + "set l2Penalty (--l2) above 0")
    let model = try train(columns, .fixed(l1: 0, l2: 0.1))
    #expect(model.coefficients.count == 61)
    #expect(model.training.fit.gradientNorm < 1e-9)
  }

  @Test func moreColumnsThanRowsAreRefusedOrPenalized() throws {
    let sample = Sample(40, columnCount: 60)
    #expect(
      fault { _ = try train(sample.columns, none) }?.hasPrefix("40 rows cannot determine 60")
        == true)
    #expect(fault { _ = try train(sample.columns, .firth) }?.hasPrefix("40 rows cannot") == true)
    for penalty in [FitSpecification.Penalty.fixed(l1: 0, l2: 0.05), .fixed(l1: 0.05, l2: 0)] {
      let model = try train(sample.columns, penalty)
      #expect(model.coefficients.allSatisfy { $0.isFinite })
      #expect(model.training.fit.gradientNorm < 1e-7)
    }
  }

  @Test func aColumnWithoutAnyValueIsLeftOut() throws {
    let sample = Sample(100)
    let empty = numbers("empty", sample.outcomes.map { _ in nil })
    let model = try train([empty] + sample.columns, none)
    #expect(model.training.leftOut.first?.reason == "empty in every training row")
    #expect(try train(sample.columns, none).coefficients == model.coefficients)
  }

  @Test func quasiSeparationNamesTheLevel() throws {
    let sample = Sample(300)
    let level = sample.outcomes.enumerated().map { row, outcome in
      outcome == 1 && row % 4 == 0 ? "sure" : row % 2 == 0 ? "a" : "b"
    }
    let columns = sample.columns + [words("c", level)]
    #expect(
      fault { _ = try train(columns, none) }
        == "column 'c=sure' tells some outcomes without error, so the best coefficients are infinite; "
        + "set l2Penalty (--l2) above 0, fit by FirthRegression (--firth) or leave the column out")
    #expect(try train(columns, .firth).coefficients.allSatisfy { abs($0) < 20 })
  }

  // MARK: Class weights

  /// N / (K Nₖ) of a row's outcome.
  private func balance(_ outcomes: [Double], classCount: Int) -> [Double] {
    let counts = (0..<classCount).map { k in Double(outcomes.count { $0 == Double(k) }) }
    return counts.map { Double(outcomes.count) / (Double(classCount) * $0) }
  }

  @Test(arguments: [0, 0.02])
  func balancedOutcomesAreRowsOfThatWeightWithTheInterceptSetBack(l1: Double) throws {
    let sample = Sample(600, intercept: -2.2)
    let weights = balance(sample.outcomes, classCount: 2)
    let balanced = try train(sample.columns, .fixed(l1: l1, l2: 0)) { $0.classWeights = .balanced }
    let rows = numbers("w", sample.outcomes.map { weights[Int($0)] })
    let penalty = FitSpecification.Penalty.fixed(l1: l1, l2: 0)
    // On the columns as they are: deviations are of the rows without class weights.
    let change: (inout FitSpecification) -> Void = { $0.penaltyScale = .original }
    let weighted = try train(sample.columns + [rows], penalty) {
      $0.weightColumn = "w"
      change(&$0)
    }
    let ours = try train(sample.columns, penalty) {
      $0.classWeights = .balanced
      change(&$0)
    }
    for (one, other) in zip(
      ours.originalScale.coefficients, weighted.originalScale.coefficients)
    {
      #expect(isClose(one.coefficient, other.coefficient, relative: 1e-8))
    }
    #expect(
      isClose(
        ours.originalScale.intercept,
        weighted.originalScale.intercept - log(weights[1] / weights[0]), relative: 1e-8))
    #expect(balanced.training.fit.classWeights == .balanced)
    #expect(weighted.training.fit.classWeights == nil)
    let scale = balanced.originalScale
    let mean =
      sample.outcomes.indices.reduce(0.0) { sum, row in
        sum
          + logistic(
            zip(scale.coefficients, sample.numbers).reduce(scale.intercept) {
              $0 + $1.0.coefficient * $1.1[row]
            })
      } / 600
    let rate = try #require(balanced.training.baseRate)
    // Not undone it would be near a half.
    #expect(rate < 0.2 && abs(mean - rate) < 0.02)
  }

  @Test func balancedClassesAreRowsOfThatWeightWithInterceptsSetBack() throws {
    let sample = Sample(500, columnCount: 2)
    let classes = sample.outcomes.indices.map { row in
      sample.outcomes[row] == 1 ? 2.0 : sample.numbers[1][row] + Double(row % 3) > 1 ? 1 : 0
    }
    let weights = balance(classes, classCount: 3)
    let columns =
      Array(sample.columns.dropLast()) + [words("y", classes.map { "c\(Int($0))" })]
    let penalty = FitSpecification.Penalty.fixed(l1: 0, l2: 0.01)
    let balanced = try train(columns, penalty) {
      ($0.kind, $0.penaltyScale, $0.classWeights) = (.multinomial, .original, .balanced)
    }
    let rows = numbers("w", classes.map { weights[Int($0)] })
    let weighted = try train(columns + [rows], penalty) {
      ($0.kind, $0.penaltyScale, $0.weightColumn) = (.multinomial, .original, "w")
    }
    let shift = weights.map { log($0) }
    let mean = shift.reduce(0, +) / 3
    for (k, (ours, theirs)) in zip(balanced.originalScales, weighted.originalScales).enumerated() {
      for (one, other) in zip(ours.coefficients, theirs.coefficients) {
        #expect(isClose(one.coefficient, other.coefficient, absolute: 1e-8))
      }
      #expect(isClose(ours.intercept, theirs.intercept - shift[k] + mean, absolute: 1e-8))
    }
  }

  @Test func classWeightsRefuseWhatTheyDoNotHave() {
    let columns = Sample(100).columns
    #expect(
      fault { _ = try train(columns, .firth) { $0.classWeights = .balanced } }
        == "class weights do not go with Firth's method (--firth); leave one out")
    #expect(
      fault {
        _ = try train(columns, none) { ($0.classWeights, $0.errors) = (.balanced, .robust) }
      } == "class weights do not go with standard errors (--se); leave one out")
  }

  @Test func elasticNetIsChosenOnAPath() throws {
    let model = try train(Sample(200, columnCount: 4).columns, .crossValidated(l1Share: 0.5))
    let fit = model.training.fit
    let choice = try #require(fit.choice)
    #expect(choice.path.count == 50 && choice.l1Share == 0.5)
    #expect(fit.l1Penalty == choice.penalty / 2 && fit.l2Penalty == choice.penalty / 2)
    #expect(
      choice.path.map(\.meanLogLoss).min()
        == choice.path.first { $0.penalty == choice.penalty }?.meanLogLoss)
    #expect(try #require(fit.dualityGap) < 1e-6)
  }
}
