import Evaluation
import Foundation
import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@testable import Training

/// Customers who each took one of four offers, by age, income and city; each could have had three or four.
struct OfferRows {
  static let offers = ["Card", "Deposit", "Loan", "Travel pass"]
  var header = ["id", "age", "income", "city", "offered", "weight", "offer"]
  var rows: [[String]] = []

  init(_ count: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    for row in 0..<count {
      let age = (generator.nextStandardNormal() * 100).rounded() / 100
      let hasIncome = generator.nextIndex(below: 6) > 0
      let income = (generator.nextStandardNormal() * 100).rounded()
      let city = ["Oslo", "Paris", "Rome"][generator.nextIndex(below: 3)]
      let missing = generator.nextIndex(below: 5)
      let scores = [
        0.9 * age, 0.3, (hasIncome ? income / 100 : 0) - 0.2, city == "Paris" ? 0.8 : -0.6,
      ]
      let noisy = scores.indices.map { k in
        k == missing ? -.infinity : scores[k] - log(-log(max(generator.nextUniform(), 1e-300)))
      }
      let taken = noisy.indices.max { noisy[$0] < noisy[$1] } ?? 0
      rows.append([
        "c\(row)", "\(age)", hasIncome ? "\(income)" : "", city,
        Self.offers.indices.filter { $0 != missing }.map { Self.offers[$0] }.joined(separator: "|"),
        "\(row % 3)", Self.offers[taken],
      ])
    }
  }

  var csv: String {
    ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  func column(_ name: String) -> Int { header.firstIndex(of: name) ?? 0 }

  /// The lists as columns of 0 and 1.
  func flagged() -> OfferRows {
    var flagged = self
    flagged.header += Self.offers.map { "can " + $0 }
    for row in rows.indices {
      let own = rows[row][column("offered")].split(separator: "|").map { String($0) }
      flagged.rows[row] += Self.offers.map { own.contains($0) ? "1" : "0" }
      flagged.rows[row][column("offered")] = ""
    }
    return flagged
  }
}

@Suite struct OfferTrainingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trainer(_ change: (inout Trainer) -> Void = { _ in }) -> Trainer {
    var trainer = Trainer(name: "offer", target: "offer", split: .every(4))
    trainer.specification.kind = .multinomial
    trainer.specification.penalty = .fixed(l1: 0, l2: 0.01)
    trainer.identifier = "id"
    trainer.available = "offered"
    trainer.excluded = ["weight"]
    change(&trainer)
    return trainer
  }

  private func train(
    _ offers: OfferRows, _ trainer: Trainer, name: String = "offers.csv"
  ) throws -> Trainer.Result {
    let path = try folder.write(offers.csv, to: name)
    let file = try CSVFile(path: path)
    let table = try file.table(
      schema: trainer.schema([:], header: file.header), threadCount: trainer.threadCount,
      rejects: RejectLog(path: path, maxRejects: 0))
    return try trainer.train(table, source: noSource)
  }

  private func multinomial(_ result: Trainer.Result) throws -> MultinomialPredictor {
    guard case .multinomial(let multinomial) = result.model.predictor else {
      throw TrainingError.noFeatures
    }
    return multinomial
  }

  @Test func fitIsThatOfScikitLearnOnStandardisedColumns() throws {
    let reference = try InferenceReferences.load().standardized
    let columns = (0..<3).map { j in numbers("x\(j)", reference.rows.map { $0[j] }) }
    let target = words("y", reference.outcomes.map { "class \($0)" })
    var trainer = Trainer(name: "m", target: "y", split: nil)
    trainer.specification.kind = .multinomial
    trainer.specification.penalty = .fixed(l1: 0, l2: reference.l2Penalty)
    trainer.threadCount = 1
    let model = try trainer.train(table(columns + [target]), source: noSource).model
    for (k, scale) in model.originalScales.enumerated() {
      #expect(isClose(scale.intercept, reference.intercepts[k], relative: 1e-7, absolute: 1e-8))
      for (j, term) in scale.coefficients.enumerated() {
        #expect(
          isClose(term.coefficient, reference.coefficients[k][j], relative: 1e-7, absolute: 1e-9))
      }
    }
    #expect(model.predictor.evaluation == nil)
  }

  @Test func trainedModelBeatsTheSharesAndKnowsItsParts() throws {
    let result = try train(OfferRows(1200, seed: 1), trainer())
    let own = try multinomial(result)
    #expect(own.classes.map(\.name) == OfferRows.offers)
    #expect(isClose(own.classes.reduce(0) { $0 + $1.share }, 1, relative: 1e-15))
    #expect(own.availability == .list(column: "offered"))
    let evaluation = try #require(own.evaluation)
    #expect(evaluation.rowCount == 300)
    #expect(evaluation.logLoss < 0.95 * evaluation.baseLogLoss)
    #expect(evaluation.accuracy > evaluation.baseAccuracy)
    // Columns that say what was available are no features.
    #expect(!result.model.encoder.columns.contains("offered"))
    for j in result.model.encoder.designColumns.indices {
      let sum = own.classes.reduce(0) { $0 + $1.equation.coefficients[j] }
      #expect(abs(sum) < 1e-12)
    }
  }

  @Test func listAndFlagsGiveTheSameModel() throws {
    let offers = OfferRows(600, seed: 2)
    let lists = try multinomial(train(offers, trainer()))
    let flags = try multinomial(
      train(offers.flagged(), trainer { $0.available = "can " }, name: "flags.csv"))
    #expect(lists.classes == flags.classes)
    #expect(lists.evaluation == flags.evaluation)
    #expect(flags.availability == .flags(prefix: "can "))
  }

  @Test func weightOfTwoIsTheRowTwiceAndOfNoneTheRowLeftOut() throws {
    let offers = OfferRows(300, seed: 3)
    var twice = offers
    twice.rows = offers.rows.flatMap { row in
      [[String]](repeating: row, count: Int(row[offers.column("weight")]) ?? 0)
    }
    let weighted = try train(
      offers,
      trainer {
        $0.excluded = []
        $0.specification.weightColumn = "weight"
        $0.split = nil
        $0.minLevelCount = 1
      })
    let doubled = try train(
      twice,
      trainer {
        $0.split = nil
        $0.identifier = nil
        $0.excluded = ["weight", "id"]
        $0.minLevelCount = 1
      }, name: "twice.csv")
    let (a, b) = (try multinomial(weighted).classes, try multinomial(doubled).classes)
    for (own, other) in zip(a, b) {
      #expect(isClose(own.share, other.share, relative: 1e-14))
      #expect(isClose(own.equation.intercept, other.equation.intercept, absolute: 1e-10))
      for (c, d) in zip(own.equation.coefficients, other.equation.coefficients) {
        #expect(isClose(c, d, absolute: 1e-10))
      }
    }
    #expect(weighted.model.training.zeroWeightRowCount == 100)
    #expect(weighted.model.training.trainingWeight == 300)
  }

  @Test func threadsDoNotChangeAByte() throws {
    let offers = OfferRows(1500, seed: 4)
    let models = try [1, 2].map { count in
      try train(
        offers,
        trainer {
          $0.threadCount = count
          $0.specification.penalty = .crossValidated(l1Share: 0)
        }
      ).model
    }
    #expect(try ModelFile.encode(models[0]) == ModelFile.encode(models[1]))
    let choice = try #require(models[0].training.fit.choice)
    #expect(choice.path.contains { $0.penalty == choice.penalty })
  }

  @Test(arguments: [1, 2])
  func laterEvaluationEqualsTheTrainersOnItsTestRows(threadCount: Int) throws {
    let offers = OfferRows(700, seed: 5)
    let result = try train(offers, trainer())
    let path = folder.file("offers.csv")
    let later = try LaterEvaluation(model: result.model, threadCount: threadCount).evaluate(
      CSVFile(path: path), keeps: result.isTestRow, rejects: RejectLog(path: path, maxRejects: 0))
    #expect(later.evaluation == result.model.predictor.evaluation)
  }

  @Test func standardErrorsAreKeptWithEachClass() throws {
    let result = try train(
      OfferRows(800, seed: 6), trainer { $0.specification.penalty = .fixed(l1: 0, l2: 0) })
    for scale in result.model.originalScales {
      #expect(scale.interceptWald != nil)
      let known = scale.coefficients.filter { $0.coefficient != 0 }
      #expect(known.allSatisfy { $0.wald != nil } && !known.isEmpty)
    }
    let card = ModelCard(model: result.model, version: "1").markdown
    #expect(card.contains("| Card: age | "))
    #expect(try ModelFile.decode(ModelFile.encode(result.model), path: "m") == result.model)
  }

  @Test func cardSaysWhatTheModelIs() throws {
    let card = ModelCard(
      model: try train(OfferRows(600, seed: 7), trainer()).model, version: "2"
    ).markdown
    for line in [
      "# Model offer, version 2", "Predicts which of 4 classes `offer` is",
      "what is not in the list of `offered` has no probability", "| among the best 2 |",
      "| Travel pass | ", "- `offered`: says what was available",
    ] {
      #expect(card.contains(line), "\(line)")
    }
  }

  @Test func whatWasTakenMustHaveBeenAvailable() throws {
    var offers = OfferRows(200, seed: 8)
    offers.rows[9][offers.column("offered")] = "Deposit"
    offers.rows[9][offers.column("offer")] = "Card"
    #expect(
      fault { _ = try train(offers, trainer()) }
        == "line 11: 'Card' was taken, but is not available by 'offered'; correct the row or drop it"
    )
  }

  @Test func aClassFirstSeenInTheTestRowsIsLeftOutWithANote() throws {
    var offers = OfferRows(200, seed: 9)
    // Rows 3, 7, 11 … are the test.
    for row in [7, 11] {
      offers.rows[row][offers.column("offer")] = "Boat"
      offers.rows[row][offers.column("offered")] = "Boat|Card"
    }
    let result = try train(offers, trainer())
    #expect(try multinomial(result).classes.map(\.name) == OfferRows.offers)
    #expect(try multinomial(result).evaluation?.rowCount == 48)
    #expect(
      result.notes == [
        "class 'Boat': no training row, so that 2 test rows are left out",
        "2 names of offers that no training row took are no part of what was available",
      ])
  }

  @Test func aClassOfOneRowIsFitted() throws {
    var offers = OfferRows(200, seed: 10)
    offers.rows[0][offers.column("offer")] = "Boat"
    offers.rows[0][offers.column("offered")] = "Boat|Card"
    for row in 20..<60 { offers.rows[row][offers.column("offered")] += "|Boat" }
    let own = try multinomial(
      train(offers, trainer { $0.specification.penalty = .crossValidated(l1Share: 0) }))
    #expect(own.classes.map(\.name).contains("Boat"))
    #expect(own.classes.allSatisfy { $0.equation.intercept.isFinite })
  }

  @Test func aClassThatWasNeverPreferredIsNamed() throws {
    var offers = OfferRows(200, seed: 11)
    offers.rows[0][offers.column("offer")] = "Boat"
    offers.rows[0][offers.column("offered")] = "Boat"
    #expect(
      fault { _ = try train(offers, trainer()) }
        == "'Boat' was never taken by a training row that could have had another; "
        + "leave the rows out or merge classes")
  }

  @Test func wrongColumnsOfAvailabilityAreNamed() throws {
    let offers = OfferRows(100, seed: 12)
    #expect(
      fault { _ = try train(offers, trainer { $0.available = "offred" }) }
        == "line 1: no column 'offred', and none whose name begins so for each class; "
        + "is 'offered' meant?")
    var flagged = offers.flagged()
    flagged.header[flagged.column("can Loan")] = "can Lone"
    #expect(
      fault { _ = try train(flagged, trainer { $0.available = "can " }) }
        == "line 1: no column 'can Loan'; see the header for the names it has")
  }

  @Test func aColumnThatTellsAClassIsALeak() throws {
    var offers = OfferRows(300, seed: 13)
    offers.header[offers.column("weight")] = "contract"
    for row in offers.rows.indices {
      let taken = offers.rows[row][offers.column("offer")]
      offers.rows[row][offers.column("contract")] = taken == "Loan" ? "\(row % 9)" : ""
    }
    #expect(
      fault { _ = try train(offers, trainer { $0.excluded = [] }) }
        == "whether column 'contract' is filled in tells who chose 'Loan' (area under ROC 1.000), "
        + "as what is filled in only afterwards does: leave such a column out by --exclude, "
        + "or keep it by --allow-leak")
    for row in offers.rows.indices {
      let taken = offers.rows[row][offers.column("offer")]
      offers.rows[row][offers.column("contract")] =
        taken == "Loan" ? "\(100 + row % 9)" : "\(row % 50)"
    }
    #expect(
      fault { _ = try train(offers, trainer { $0.excluded = [] }) }?.hasPrefix(
        "column 'contract' alone tells who chose 'Loan' (area under ROC 1.000)") == true)
  }

  @Test func moreClassesThanTheLimitAreRefused() throws {
    var offers = OfferRows(900, seed: 14)
    for row in offers.rows.indices { offers.rows[row][offers.column("offer")] = "o\(row % 201)" }
    #expect(
      fault { _ = try train(offers, trainer { $0.available = nil }) }
        == "target 'offer' has 201 values; the limit is 200: merge the rare ones")
  }

  @Test func whatOnlyTwoOutcomesHaveIsRefused() throws {
    let offers = OfferRows(100, seed: 15)
    #expect(
      fault { _ = try train(offers, trainer { $0.specification.penalty = .firth }) }
        == "Firth's method (--firth) is for a target with two values; leave the flag out "
        + "with --kind multinomial or choice")
  }
}
