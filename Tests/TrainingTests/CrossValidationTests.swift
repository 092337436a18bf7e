import Evaluation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Testing
import Training

@Suite struct CrossValidationTests {
  private let strengths = [3, 0.1, 0.01, 1e-4]

  /// Holds every fit against one of the fold alone, and the table against the fits.
  private func expectFitsAlone(
    _ result: CrossValidationResult, _ features: FeatureBlocks, oneHot: Matrix,
    outcomes: [Double], folds: Folds, weights: [Double]? = nil, offset: [Double]? = nil
  ) throws {
    for (row, fits) in zip(result.rows, result.fits) {
      for (fold, fit) in fits.enumerated() {
        let alone = try LogisticRegression(l2Penalty: row.penalty, threadCount: 1).fit(
          features, outcomes: outcomes,
          sampleWeights: outcomes.indices.map {
            folds.trains(row: $0, in: fold) ? weights?[$0] ?? 1 : 0
          }, offset: offset)
        for (a, b) in zip(
          [fit.intercept] + fit.coefficients, [alone.intercept] + alone.coefficients)
        {
          #expect(isClose(a, b, relative: 1e-8, absolute: 1e-8))
        }
        #expect(isClose(fit.objective, alone.objective, relative: 1e-13))
        #expect(isClose(fit.logLoss, alone.logLoss, relative: 1e-8))
        var (loss, total) = (0.0, 0.0)
        for i in outcomes.indices where folds.testFold(of: i) == fold {
          let eta = alone.coefficients.indices.reduce(alone.intercept + (offset?[i] ?? 0)) {
            $0 + alone.coefficients[$1] * oneHot[i, $1]
          }
          loss += (weights?[i] ?? 1) * logLoss(linearPredictor: eta, outcome: outcomes[i])
          total += weights?[i] ?? 1
        }
        #expect(isClose(fit.heldOutLogLoss, loss / total, relative: 1e-8))
        #expect(row.foldLogLosses[fold] == fit.heldOutLogLoss)
      }
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func everyFoldIsFittedAsIfAlone(seed: UInt64) throws {
    let sample = Sample(seed: seed, rowCount: 300, columnCount: 4)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 4, seed: seed)
    let weights = (0..<300).map { Double($0 % 3) + 0.5 }
    let offset = (0..<300).map { Double($0 % 5) / 4 }
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: strengths, sample.blocks, outcomes: sample.outcomes, sampleWeights: weights,
      offset: offset)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.matrix, outcomes: sample.outcomes, folds: folds,
      weights: weights, offset: offset)
  }

  @Test func aSampleOfTheRowsIsOnlyAStart() throws {
    // 18 tiles: every 16th of them has two.
    let sample = Sample(seed: 9, rowCount: 9000, columnCount: 2)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 1)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: [0.1, 1e-4], sample.blocks, outcomes: sample.outcomes)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.matrix, outcomes: sample.outcomes, folds: folds)
  }

  @Test func categoriesAreFittedAsIfAlone() throws {
    let sample = Sample(
      seed: 12, rowCount: 400, columnCount: 2, levelCounts: [3, 6], noLevels: true)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 4)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: strengths, sample.blocks, outcomes: sample.outcomes)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.oneHot, outcomes: sample.outcomes, folds: folds)
  }

  @Test func rollingFoldsAreFittedAsIfAlone() throws {
    let sample = Sample(seed: 13, rowCount: 500, columnCount: 3)
    let times = (0..<500).map { Double($0 * 7919 % 500) }
    let folds = try Folds.rolling(times: times, count: 3, embargoSeconds: 20)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: strengths, sample.blocks, outcomes: sample.outcomes)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.matrix, outcomes: sample.outcomes, folds: folds)
  }

  @Test func moreColumnsThanRowsAreFittedAsIfAlone() throws {
    let sample = Sample(seed: 21, rowCount: 40, columnCount: 60)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 2)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: strengths, sample.blocks, outcomes: sample.outcomes)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.matrix, outcomes: sample.outcomes, folds: folds)
  }

  /// So many levels are fitted one fold after the other, each from the last.
  @Test func foldsOfManyLevelsAreFittedAsIfAlone() throws {
    let sample = Sample(seed: 16, rowCount: 17_000, columnCount: 2, levelCounts: [1_100, 3])
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 2, seed: 0)
    let weights = sample.outcomes.indices.map { Double($0 % 2 + 1) }
    let recipe = CrossValidation(folds: folds, threadCount: 2)
    let result = try recipe.fit(
      l2Penalties: [1e-2, 1e-4], sample.blocks, outcomes: sample.outcomes, sampleWeights: weights)
    for (row, fits) in zip(result.rows, result.fits) {
      for (fold, fit) in fits.enumerated() where fold == 1 {
        let alone = try LogisticRegression(l2Penalty: row.penalty, threadCount: 2).fit(
          sample.blocks, outcomes: sample.outcomes,
          sampleWeights: weights.indices.map { folds.trains(row: $0, in: fold) ? weights[$0] : 0 })
        // Steps end when the objective is within 1e-11, less the last step; the coefficients within about
        // its root.
        #expect(isClose(fit.objective, alone.objective, relative: 1e-11))
        for (a, b) in zip(fit.coefficients, alone.coefficients) {
          #expect(isClose(a, b, relative: 1e-6, absolute: 1e-6))
        }
      }
    }
  }

  @Test func aMatrixOfAnyScaleGivesTheSameTable() throws {
    let sample = Sample(seed: 14, rowCount: 300, columnCount: 3)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 0)
    let recipe = CrossValidation(folds: folds, threadCount: 1)
    let units = [1e-3, 1, 1e3]
    let matrix = Matrix(rows: sample.rows.map { zip($0, units).map { $0 * $1 + 5 * $1 } })
    let result = try recipe.fit(l2Penalties: [0.01], matrix, outcomes: sample.outcomes)
    for (fold, fit) in result.fits[0].enumerated() {
      let alone = try LogisticRegression(l2Penalty: 0.01, threadCount: 1).fit(
        matrix, outcomes: sample.outcomes,
        sampleWeights: (0..<300).map { folds.trains(row: $0, in: fold) ? 1 : 0 })
      for (a, b) in zip(fit.coefficients, alone.coefficients) {
        #expect(isClose(a, b, relative: 1e-8, absolute: 1e-12))
      }
      #expect(isClose(fit.intercept, alone.intercept, relative: 1e-8))
    }
  }

  @Test func elasticNetFoldsAreFittedAsIfAlone() throws {
    let sample = Sample(seed: 15, rowCount: 300, columnCount: 5, levelCounts: [3])
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 0)
    var recipe = ElasticNet(l1Share: 0.8, threadCount: 1)
    recipe.penaltyCount = 8
    recipe.tolerance = 1e-18
    let (result, path) = try CrossValidation(folds: folds, threadCount: 1).fit(
      recipe, sample.blocks, outcomes: sample.outcomes)
    let whole = try recipe.fit(sample.blocks, outcomes: sample.outcomes)
    #expect(distance(path, whole) < 1e-8)
    recipe.penalties = path.points.map(\.penalty)
    for fold in 0..<3 {
      let alone = try recipe.fit(
        sample.blocks, outcomes: sample.outcomes,
        sampleWeights: (0..<300).map { folds.trains(row: $0, in: fold) ? 1 : 0 })
      for (k, point) in alone.points.enumerated() {
        let fit = result.fits[k][fold]
        for (a, b) in zip(fit.coefficients, point.coefficients) {
          #expect(isClose(a, b, absolute: 1e-8))
        }
        #expect(isClose(fit.objective, point.objective, relative: 1e-13))
      }
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = Sample(seed: 16, rowCount: 5000, columnCount: 2, levelCounts: [3])
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 0)
    let results = try [1, 2].map {
      try CrossValidation(folds: folds, threadCount: $0).fit(
        l2Penalties: [0.1, 0.001], sample.blocks, outcomes: sample.outcomes)
    }
    #expect(results[0] == results[1])
  }

  @Test func theTableIsMeansAndStandardErrors() throws {
    let sample = Sample(seed: 17, rowCount: 200, columnCount: 8)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 4, seed: 2)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: [10, 1, 0.1, 0.03, 0.01, 1e-3, 1e-5], sample.blocks, outcomes: sample.outcomes)
    for row in result.rows {
      // Folds of equal size: the mean and its standard error are those of a sample of four.
      let mean = row.foldLogLosses.reduce(0, +) / 4
      let squares = row.foldLogLosses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      #expect(isClose(row.meanLogLoss, mean, relative: 1e-14))
      #expect(isClose(row.standardError, (squares / 12).squareRoot(), relative: 1e-10))
    }
    let best = result.choice(.minimum)
    #expect(result.rows.allSatisfy { $0.meanLogLoss >= best.meanLogLoss })
    let simpler = result.choice(.oneStandardError)
    #expect(simpler.penalty > best.penalty)
    #expect(simpler.meanLogLoss <= best.meanLogLoss + best.standardError)
    for row in result.rows where row.penalty > simpler.penalty {
      #expect(row.meanLogLoss > best.meanLogLoss + best.standardError)
    }
  }

  @Test func separatedFoldsAreSolvedUnderAPenalty() throws {
    let sample = Sample(seed: 18, rowCount: 120, columnCount: 2)
    let outcomes = sample.rows.map { $0[0] + $0[1] > 0.3 ? 1.0 : 0 }
    let folds = try Folds.stratified(outcomes: outcomes, count: 3, seed: 0)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: [1e-2, 1e-5], sample.blocks, outcomes: outcomes)
    try expectFitsAlone(
      result, sample.blocks, oneHot: sample.matrix, outcomes: outcomes, folds: folds)
  }

  @Test func errorsNameTheFold() throws {
    let sample = Sample(seed: 19, rowCount: 60, columnCount: 2)
    func text(
      _ folds: Folds, _ penalties: [Double] = [1], _ outcomes: [Double]? = nil,
      weights: [Double]? = nil
    ) throws -> String {
      try #require(
        #expect(throws: FitError.self) {
          _ = try CrossValidation(folds: folds, threadCount: 1).fit(
            l2Penalties: penalties, sample.blocks, outcomes: outcomes ?? sample.outcomes,
            sampleWeights: weights)
        }
      ).description
    }
    let halves = try Folds.grouped(by: (0..<60).map { UInt32($0 / 30) }, count: 2)
    #expect(
      try text(halves, [1], (0..<60).map { $0 < 30 ? 1 : 0 })
        == "no row with a weight above 0 and outcome 1 trains fold 1; use fewer folds or "
        + "stratified ones")
    let thirds = try Folds.grouped(by: (0..<60).map { UInt32($0 % 3) }, count: 3)
    #expect(
      try text(thirds, weights: (0..<60).map { $0 % 3 == 1 ? 0 : 1 })
        == "no row with a weight above 0 is held out of fold 2; use fewer folds")
    #expect(
      try text(thirds, [1, 2])
        == "penalty 2 is not below the one before it; give them from the largest down")
    #expect(try text(thirds, [-1]) == "penalty 1 is -1.0; give a value in [0, ∞)")
    #expect(
      try text(Folds.stratified(outcomes: [0, 1, 0, 1], count: 2, seed: 0))
        == "4 fold numbers for 60 rows of features; give one for each row")
  }

  @Test func withoutAPenaltySeparationIsFoundOut() throws {
    let sample = Sample(seed: 20, rowCount: 90, columnCount: 2)
    let folds = try Folds.stratified(outcomes: sample.outcomes, count: 3, seed: 0)
    let result = try CrossValidation(folds: folds, threadCount: 1).fit(
      l2Penalties: [0.1, 0], sample.blocks, outcomes: sample.outcomes)
    #expect(result.rows.map(\.penalty) == [0.1, 0])
    let outcomes = sample.rows.map { $0[0] > 0 ? 1.0 : 0 }
    let error = try #require(
      #expect(throws: FitError.self) {
        _ = try CrossValidation(
          folds: .stratified(outcomes: outcomes, count: 3, seed: 0), threadCount: 1
        ).fit(l2Penalties: [0.1, 0], sample.blocks, outcomes: outcomes)
      })
    #expect(error.description.hasPrefix("column 1 tells some outcomes without error"))
  }

  @Test func thePenaltyChosenForATraining() throws {
    let sample = Sample(seed: 21, rowCount: 200, columnCount: 2)
    let choice = try PenaltyChoice.l2Penalty(
      for: sample.blocks, outcomes: sample.outcomes, seed: 7, rule: .minimum, threadCount: 1)
    #expect(choice.rows.count == 11)
    #expect(isClose(choice.rows[0].penalty, 1000 / 200, relative: 1e-15))
    #expect(isClose(choice.rows[10].penalty, 0.01 / 200, relative: 1e-15))
    #expect(choice.rows.contains { $0.penalty == choice.l2Penalty })
    let error = #expect(throws: FitError.self) {
      _ = try PenaltyChoice.l2Penalty(
        for: Sample(seed: 1, rowCount: 6, columnCount: 1).blocks, outcomes: [0, 0, 0, 0, 0, 1])
    }
    #expect(
      error?.description
        == "1 rows have outcome 1, fewer than the 5 folds; give more rows")
  }
}
