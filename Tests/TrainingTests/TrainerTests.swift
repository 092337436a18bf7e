import Evaluation
import Foundation
import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@testable import Training

@Suite struct TrainerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trainer(split: SplitRule = .every(5)) -> Trainer {
    var trainer = Trainer(name: "lead", target: "Converted", split: split)
    trainer.identifier = "id"
    trainer.specification.penalty = .fixed(l1: 0, l2: 0.001)
    return trainer
  }

  private func customers(_ rowCount: Int = 900, seed: UInt64 = 1) throws -> String {
    var customers = Customers(rowCount, seed: seed)
    return try folder.write(customers.csv(), to: "customers-\(seed).csv")
  }

  private func train(
    _ path: String, by trainer: Trainer, threadCount: Int = 1
  ) throws -> Trainer.Result {
    var trainer = trainer
    trainer.threadCount = threadCount
    return try trainer.train(
      folder.table(path, for: trainer, threadCount: threadCount), source: noSource)
  }

  @Test func sameBytesOnEveryRunAndAnyThreads() throws {
    let path = try customers(1_600)
    var trainer = trainer(split: .fraction(0.25, seed: 7))
    trainer.seed = 7
    let files = try [1, 1, 2, 3].map { threadCount in
      try ModelFile.encode(train(path, by: trainer, threadCount: threadCount).model)
    }
    #expect(Set(files).count == 1)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func modelFindsTheTruth(seed: UInt64) throws {
    let model = try train(customers(2_000, seed: seed), by: trainer()).model
    let terms = model.originalScale.coefficients
    func coefficient(_ feature: String, _ level: String? = nil) throws -> Double {
      try #require(terms.first { $0.feature == feature && $0.level == level }).coefficient
    }
    // Standard errors are near 0.07, 0.15 and 0.14: four of them.
    #expect(isClose(try coefficient("age"), 1.2, absolute: 0.3))
    #expect(isClose(try coefficient("income", "(missing)"), -0.8, absolute: 0.6))
    let paris = try coefficient("city", "Paris")
    #expect(isClose(paris - (try coefficient("city", "Oslo")), 0.9, absolute: 0.6))
    // The truth itself ranks with an area near 0.79.
    let evaluation = try #require(model.evaluation)
    #expect(evaluation.areaUnderROC.estimate > 0.7)
    #expect(evaluation.logLoss < evaluation.baseLogLoss)
  }

  @Test func evaluationIsOfTheHeldOutRowsAlone() throws {
    let path = try customers()
    let trainer = trainer()
    let table = try folder.table(path, for: trainer)
    let result = try trainer.train(table, source: noSource)
    #expect(result.isTestRow == (0..<900).map { $0 % 5 == 4 })
    let reading = try TargetReading(
      #require(table.column(named: "Converted")), rows: Array(0..<table.rowCount), positive: nil)
    let model = result.model
    let test = (0..<900).filter { $0 % 5 == 4 }
    let train = (0..<900).filter { $0 % 5 != 4 }
    let batch = model.encoder.batch(table)
    let baseRate = train.reduce(0) { $0 + reading.outcomes[$1] } / 720
    #expect(
      try model.evaluation
        == ClassificationEvaluation(
          linearPredictors: model.scorer.scores(batch.rows(test)),
          outcomes: test.map { reading.outcomes[$0] }, baseRate: baseRate))
    #expect(model.bands == DecileBands(scores: model.scorer.scores(batch.rows(train))))
    #expect(model.training.trainingRowCount == 720)
    #expect(model.training.trainingPositiveCount == Int((baseRate * 720).rounded()))
    #expect(model.training.split == "row i with an outcome, counted from 0, is test if i mod 5 = 4")
  }

  @Test func testRowsDoNotMoveTheModel() throws {
    let path = try customers()
    var lines = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n").map { String($0) }
    for row in stride(from: 4, to: 900, by: 5) {
      // The outcome turned round and every value another; the types stay as they are.
      let outcome = lines[row + 1].hasSuffix("Yes") ? "No" : "Yes"
      lines[row + 1] = "t\(row),99,-1e6,Atlantis,yes,2031-07-01,nothing,\(outcome)"
    }
    let other = try folder.write(lines.joined(separator: "\n") + "\n", to: "other.csv")
    let models = try [path, other].map { try train($0, by: trainer()).model }
    #expect(models[0].encoder == models[1].encoder)
    #expect(models[0].coefficients == models[1].coefficients)
    #expect(models[0].bands == models[1].bands)
    #expect(models[0].evaluation != models[1].evaluation)
  }

  @Test func gradientOfTheObjectiveIsZeroAtTheModel() throws {
    let path = try customers(400)
    var trainer = trainer()
    trainer.specification.penalty = .fixed(l1: 0, l2: 0.01)
    let table = try folder.table(path, for: trainer)
    let model = try trainer.train(table, source: noSource).model
    let rows = (0..<400).filter { $0 % 5 != 4 }
    let outcomes = try TargetReading(
      #require(table.column(named: "Converted")), rows: Array(0..<table.rowCount), positive: nil
    )
    .outcomes
    let blocks = model.encoder.blocks(model.encoder.batch(table).rows(rows))
    let fit = LogisticFit(
      intercept: model.intercept, coefficients: model.coefficients, iterations: 0, gradientNorm: 0,
      newtonDecrement: 0, objective: 0, logLoss: 0)
    let slope = gradient(
      at: fit, Sample(blocks).oneHot, outcomes: rows.map { outcomes[$0] }, l2Penalty: 0.01)
    // 320 terms below 4, each rounded: some 1e-15; Newton's last step leaves less.
    #expect(slope.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func aGivenPenaltyIsThePenalty() throws {
    let path = try customers(300)
    var trainer = trainer()
    trainer.specification.penalty = .fixed(l1: 0, l2: 0.5)
    #expect(try train(path, by: trainer).model.training.fit.l2Penalty == 0.5)
    trainer.specification.penalty = .fixed(l1: 0, l2: -1)
    #expect(
      fault { _ = try train(path, by: trainer) } == "l2Penalty is -1.0; give a value in [0, ∞)")
  }

  @Test func withoutAPenaltyEveryCategoryHasAReference() throws {
    var trainer = trainer()
    trainer.specification.penalty = .fixed(l1: 0, l2: 0)
    let model = try train(customers(), by: trainer).model
    for feature in model.encoder.features {
      guard case .category(let category) = feature.encoding else { continue }
      #expect(category.reference != nil)
    }
    let terms = model.originalScale.coefficients.filter { $0.feature == "city" }
    #expect(terms.count == 4)
    #expect(terms.count { $0.coefficient == 0 } == 1)
  }

  @Test func recordSaysWhatWasLeftOutAndWhy() throws {
    var trainer = trainer(split: .after(secondsSince1970: 1_768_435_200))
    trainer.timeColumn = "signup"
    trainer.excluded = ["member"]
    let training = try train(customers(), by: trainer).model.training
    #expect(
      training.leftOut.map { "\($0.column): \($0.reason)" } == [
        "id: identifies customers", "member: excluded", "signup: splits the rows by time",
        "note: free text", "Converted: the target",
      ])
    #expect(training.split == "rows with signup from 2026-01-15 on are test")
  }

  @Test func excludedTimeColumnStillSplits() throws {
    var trainer = trainer(split: .after(secondsSince1970: 1_768_435_200))
    trainer.timeColumn = "signup"
    trainer.excluded = ["signup"]
    let result = try train(customers(300), by: trainer)
    #expect(result.model.encoder.snapshot == nil)
    #expect(result.isTestRow.contains(true))
  }

  @Test func rowsWithoutAnOutcomeAreLeftOutAndCounted() throws {
    let text = try String(contentsOfFile: customers(), encoding: .utf8)
    var lines = text.split(separator: "\n").map { String($0) }
    for row in stride(from: 10, through: 30, by: 10) {
      lines[row] = String(lines[row].prefix { $0 != "," }) + ",1e9,-1e9,Paris,no,2031-01-01,x,"
    }
    let gaps = try folder.write(lines.joined(separator: "\n"), to: "gaps.csv")
    let whole = lines.enumerated().filter { ![10, 20, 30].contains($0.offset) }.map(\.element)
    let without = try folder.write(whole.joined(separator: "\n"), to: "without.csv")
    let results = try [gaps, without].map { try train($0, by: trainer()) }
    #expect(results[0].model.training.unlabelledRowCount == 3)
    #expect(results[0].model.training.rowCount == 900)
    #expect(results[0].model.coefficients == results[1].model.coefficients)
    #expect(results[0].model.evaluation == results[1].model.evaluation)
    #expect(results[0].isTestRow.count == 900)
    #expect(!results[0].isTestRow[9])
  }

  @Test func duplicateIdentifiersAreRefused() throws {
    let path = try customers(200)
    let text = try String(contentsOfFile: path, encoding: .utf8)
      .replacing("\nc7,", with: "\nc3,").replacing("\nc9,", with: "\nc3,")
      .replacing("\nc11,", with: "\nc10,")
    let duplicates = try folder.write(text, to: "duplicates.csv")
    #expect(
      fault { _ = try train(duplicates, by: trainer()) }
        == "identifier 'id': 3 rows repeat an earlier one (first: line 9 repeats line 5); "
        + "keep one row per customer, or train without --id")
  }

  @Test func emptyIdentifiersAreRefused() throws {
    let text = try String(contentsOfFile: customers(200), encoding: .utf8)
      .replacing("\nc4,", with: "\n,").replacing("\nc6,", with: "\n  ,")
    let empty = try folder.write(text, to: "empty.csv")
    #expect(
      fault { _ = try train(empty, by: trainer()) }
        == "identifier 'id': empty in 2 rows, first in line 6; fill it in, or train without --id")
  }

  @Test func leaksAreRefusedUnlessAllowed() throws {
    let text = try String(contentsOfFile: customers(300), encoding: .utf8)
    let lines = text.split(separator: "\n").enumerated().map { index, line in
      index == 0 ? "status," + line : (line.hasSuffix("Yes") ? "won," : "lost,") + line
    }
    let path = try folder.write(lines.joined(separator: "\n"), to: "leak.csv")
    #expect(
      fault { _ = try train(path, by: trainer()) }
        == "column 'status' alone ranks the outcome (area under ROC 1.000), as what is known only "
        + "afterwards does: leave such a column out by --exclude, or keep it by --allow-leak")
    var allowing = trainer()
    allowing.allowedLeaks = ["status"]
    #expect(try train(path, by: allowing).model.encoder.columns.contains("status"))
    var excluding = trainer()
    excluding.excluded = ["status"]
    #expect(try !train(path, by: excluding).model.encoder.columns.contains("status"))
  }

  @Test func splitErrorsSurface() throws {
    let path = try customers(60)
    func splitFault(_ split: SplitRule, time: String? = nil) -> String? {
      var trainer = trainer(split: split)
      trainer.timeColumn = time
      return fault { _ = try train(path, by: trainer) }
    }
    #expect(splitFault(.every(1)) == SplitError.everyOutOfRange(1).description)
    #expect(splitFault(.fraction(0, seed: 1)) == SplitError.fractionOutOfRange.description)
    #expect(splitFault(.after(secondsSince1970: 0)) == SplitError.noTimes.description)
    #expect(
      splitFault(.after(secondsSince1970: 4e9), time: "signup")?.hasPrefix(
        "no row is left to test; ")
        == true)
    #expect(
      splitFault(.after(secondsSince1970: 0), time: "city")
        == "--time column 'city' was read as category, not as a date; "
        + "give its type and order in a --schema")
  }

  @Test func missingColumnsAreNamedWithTheNearest() throws {
    let table = try folder.table(customers(60), for: trainer())
    var trainer = trainer()
    trainer.target = "Convertd"
    #expect(
      fault { _ = try trainer.train(table, source: noSource) }
        == "line 1: no column 'Convertd'; is 'Converted' meant?")
    trainer = self.trainer()
    trainer.excluded = ["telephone"]
    #expect(
      fault { _ = try trainer.train(table, source: noSource) }
        == "line 1: no column 'telephone'; see the header for the names it has")
  }

  @Test func tableWithoutAFeatureIsRefused() {
    let rows = (0..<40).map { "c\($0)" }
    let outcomes = (0..<40).map { $0 % 3 == 0 ? "yes" : "no" }
    var trainer = Trainer(name: "m", target: "y", split: .every(2))
    trainer.excluded = ["a"]
    #expect(
      fault {
        _ = try trainer.train(
          table([words("y", outcomes), words("a", rows)]), source: noSource)
      }
        == "no column is left to predict from; see the columns left out, or give types in a --schema"
    )
  }

  @Test func extremeNumbersAreLeftOutAndTheModelCanBeWritten() throws {
    let values = (0..<200).map { $0 % 2 == 0 ? 1e200 : -1e200 }
    let outcomes = (0..<200).map { $0 % 3 == 0 ? "yes" : "no" }
    let model = try Trainer(name: "m", target: "y", split: .every(5)).train(
      table([
        numbers("huge", values), numbers("x", (0..<200).map { Double($0 % 7) }),
        words("y", outcomes),
      ]),
      source: noSource
    ).model
    #expect(model.encoder.columns == ["x"])
    #expect(try ModelFile.decode(ModelFile.encode(model), path: "m") == model)
  }
}

extension Sample {
  /// The rows of `blocks`, to be written out.
  fileprivate init(_ blocks: FeatureBlocks) {
    self.init(seed: 0, rowCount: 0, columnCount: 0)
    rows = (0..<blocks.rowCount).map { row in
      (0..<blocks.dense.columnCount).map { blocks.dense[row, $0] }
    }
    levelCounts = blocks.categories.map(\.levelCount)
    codes = blocks.categories.map { category in
      switch category.codes {
      case .narrow(let codes): codes.elements.map { UInt32($0) }
      case .medium(let codes): codes.elements.map { UInt32($0) }
      case .wide(let codes): codes.elements
      }
    }
  }
}
