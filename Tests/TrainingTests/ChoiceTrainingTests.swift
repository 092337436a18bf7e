import Evaluation
import Foundation
import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@testable import Training

/// Choice sets of two to four offers, by price and views.
struct ChoicePairs {
  static let offers = ["Card", "Deposit", "Loan", "Travel pass"]
  var header = ["set", "offer", "price", "views", "channel", "taken"]
  var rows: [[String]] = []

  init(_ count: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    for set in 0..<count {
      let size = 2 + generator.nextIndex(below: 3)
      let offers = Array(0..<4).reproduciblyShuffled(using: &generator).prefix(size)
      let pairs = offers.map { offer -> (offer: Int, price: Int, views: Int, channel: String) in
        (
          offer, 20 + generator.nextIndex(below: 40), generator.nextIndex(below: 5),
          ["app", "web"][generator.nextIndex(below: 2)]
        )
      }
      let scores = pairs.map { pair in
        0.4 * Double(pair.offer) - 0.05 * Double(pair.price) + 0.4 * Double(pair.views)
          + (pair.channel == "app" ? 0.5 : 0)
          - log(-log(max(generator.nextUniform(), 1e-300)))
      }
      let taken = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      for (place, pair) in pairs.enumerated() {
        rows.append([
          "s\(set)", Self.offers[pair.offer], "\(pair.price)", "\(pair.views)", pair.channel,
          place == taken ? "1" : "0",
        ])
      }
    }
  }

  var csv: String { ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined() }
}

@Suite struct ChoiceTrainingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trainer(_ change: (inout Trainer) -> Void = { _ in }) -> Trainer {
    var trainer = Trainer(name: "pick", target: "taken", split: .every(4))
    trainer.specification.kind = .choice
    trainer.specification.penalty = .fixed(l1: 0, l2: 0.001)
    trainer.choiceSetColumn = "set"
    trainer.offerColumn = "offer"
    change(&trainer)
    return trainer
  }

  private func train(_ pairs: ChoicePairs, _ trainer: Trainer) throws -> Trainer.Result {
    let path = try folder.write(pairs.csv, to: "pairs.csv")
    return try trainer.train(folder.table(path, for: trainer), source: noSource)
  }

  private func choice(_ result: Trainer.Result) throws -> ChoicePredictor {
    guard case .choice(let choice) = result.model.predictor else { throw TrainingError.noFeatures }
    return choice
  }

  @Test func fitIsThatOfTheConditionalLogit() throws {
    struct References: Decodable {
      struct Case: Decodable {
        let name: String
        let rows: [[Double]]
        let choiceSets: [Int]
        let chosen: [Bool]
        let offers: [Int]?
        let offerIntercepts: [Double]
        let coefficients: [Double]
      }
      let conditional: [Case]
    }
    let url = try #require(
      Bundle.module.url(
        forResource: "multinomial", withExtension: "json", subdirectory: "Fixtures"))
    let reference = try #require(
      JSONDecoder().decode(References.self, from: Data(contentsOf: url)).conditional
        .first { $0.name == "conditionalOffers" })
    let columns =
      (0..<3).map { j in numbers("x\(j)", reference.rows.map { $0[j] }) } + [
        words("set", reference.choiceSets.map { "s\($0)" }),
        words("offer", (reference.offers ?? []).map { "o\($0)" }),
        words("taken", reference.chosen.map { $0 ? "1" : "0" }),
      ]
    let model = try trainer {
      $0.specification.penalty = .fixed(l1: 0, l2: 0)
      $0.split = nil
    }.train(table(columns), source: noSource).model
    let terms = model.originalScales[0].coefficients
    let found = terms.filter { $0.feature == "offer" }.map(\.coefficient)
    for (a, b) in zip(found, reference.offerIntercepts) { #expect(abs(a - b) < 1e-9) }
    let slopes = terms.filter { $0.feature != "offer" }.map(\.coefficient)
    #expect(slopes.count == 3 && found.count == 5)
    for (a, b) in zip(slopes, reference.coefficients) { #expect(abs(a - b) < 1e-9) }
  }

  @Test func trainedModelBeatsEqualChances() throws {
    let result = try train(
      ChoicePairs(500, seed: 1), trainer { $0.specification.penalty = .crossValidated(l1Share: 0) })
    let evaluation = try #require(try choice(result).evaluation)
    #expect(evaluation.choiceSetCount == 125)
    #expect(evaluation.logLoss < 0.9 * evaluation.evenLogLoss)
    #expect(evaluation.accuracy > evaluation.evenAccuracy)
    let terms = result.model.originalScales[0].coefficients
    let price = try #require(terms.first { $0.feature == "price" }).coefficient
    // The truth is −0.05; its standard error here is about 0.006.
    #expect(abs(price + 0.05) < 0.02)
  }

  @Test func setsAreNeverParted() throws {
    let pairs = ChoicePairs(200, seed: 2)
    for rule in [SplitRule.every(3), .fraction(0.3, seed: 4)] {
      let result = try train(pairs, trainer { $0.split = rule })
      for row in pairs.rows.indices.dropFirst() where pairs.rows[row][0] == pairs.rows[row - 1][0] {
        #expect(result.isTestRow[row] == result.isTestRow[row - 1])
      }
      #expect(result.isTestRow.contains(true) && result.isTestRow.contains(false))
    }
  }

  @Test(arguments: [1, 2])
  func laterEvaluationEqualsTheTrainersOnItsTestRows(threadCount: Int) throws {
    let result = try train(ChoicePairs(300, seed: 3), trainer())
    let path = folder.file("pairs.csv")
    let later = try LaterEvaluation(model: result.model, threadCount: threadCount).evaluate(
      CSVFile(path: path), keeps: result.isTestRow, rejects: RejectLog(path: path, maxRejects: 0))
    #expect(later.evaluation == result.model.predictor.evaluation)
    #expect(try ModelFile.decode(ModelFile.encode(result.model), path: "m") == result.model)
    #expect(ModelCard(model: result.model, version: "1").markdown.contains("mean reciprocal rank"))
  }

  @Test func faultsOfTheSetsNameTheLine() throws {
    var split = ChoicePairs(50, seed: 4)
    split.rows.append(["s0", "Boat", "10", "1", "app", "1"])
    #expect(
      fault { _ = try train(split, trainer()) }
        == "line \(split.rows.count + 1): its choice set ended before it; sort the rows by 'set'")
    var twice = ChoicePairs(50, seed: 4)
    for row in twice.rows.indices where twice.rows[row][0] == "s0" {
      twice.rows[row][5] = row < 2 ? "1" : "0"
    }
    #expect(
      fault { _ = try train(twice, trainer()) }
        == "line 2: the choice set that starts here has 2 rows with yes in 'taken'; "
        + "a choice is exactly one: correct or drop the set")
    var repeated = ChoicePairs(50, seed: 4)
    repeated.rows[1][1] = repeated.rows[0][1]
    #expect(
      fault { _ = try train(repeated, trainer()) }
        == "line 3: 'offer' has an offer a second time in its choice set; keep one row of each")
    var lacking = ChoicePairs(50, seed: 4)
    lacking.rows[3][1] = ""
    #expect(
      fault { _ = try train(lacking, trainer()) }
        == "line 5: 'offer' is empty; fill it in or drop the row")
  }

  @Test func anOfferNobodyTookIsNamed() throws {
    var pairs = ChoicePairs(60, seed: 5)
    for row in stride(from: 1, to: pairs.rows.count, by: 7) where pairs.rows[row][5] == "0" {
      pairs.rows[row][1] = "Boat"
    }
    #expect(
      fault { _ = try train(pairs, trainer { $0.split = nil }) }
        == "'Boat' was never taken by a training row that could have had another; "
        + "leave the rows out or merge classes")
  }
}
