import Evaluation
import Foundation
import Scoring
import Tables
import TestSupport
import Testing

@testable import Training

@Suite struct LaterEvaluationTests {
  private let folder: TemporaryFolder
  private let path: String
  private let trained: Trainer.Result

  init() throws {
    folder = try TemporaryFolder()
    var customers = Customers(600, seed: 3)
    path = try folder.write(customers.csv(), to: "customers.csv")
    var trainer = Trainer(name: "lead", target: "Converted", split: .every(4))
    trainer.identifier = "id"
    trained = try trainer.train(folder.table(path, for: trainer), source: noSource)
  }

  private func evaluate(
    _ path: String, keeps: [Bool]? = nil, threadCount: Int = 1, missing: [String] = []
  ) throws -> LaterEvaluation.Result {
    let file = try CSVFile(path: path, options: CSVOptions(missing: missing))
    return try LaterEvaluation(model: trained.model, threadCount: threadCount).evaluate(
      file, keeps: keeps, rejects: RejectLog(path: path, maxRejects: 0))
  }

  /// The file with its lines put through `change`, the header being line 0.
  private func changed(_ change: (Int, String) -> String) throws -> String {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let text = lines.enumerated().map { change($0.offset, String($0.element)) }
    return try folder.write(text.joined(separator: "\n") + "\n", to: "changed.csv")
  }

  @Test(arguments: [1, 2])
  func equalsTheTrainersEvaluationOnItsTestRows(threadCount: Int) throws {
    let later = try evaluate(path, keeps: trained.isTestRow, threadCount: threadCount)
    #expect(later.evaluation == trained.model.predictor.evaluation)
    #expect(later.unlabelledRowCount == 0)
  }

  @Test func allRowsAreJudgedUnlessSomeAreKept() throws {
    #expect(try evaluate(path).evaluation.rowCount == 600)
    let few = [true, true, true, true, true, true, true, true, true, true]
    #expect(try evaluate(path, keeps: few).evaluation.rowCount == 10)
  }

  @Test func otherSpellingsOfYesAndNoAreUnderstood() throws {
    let spelled = try changed { index, line in
      guard index > 0 else { return line }
      return line.hasSuffix("Yes")
        ? line.dropLast(3) + ["да", "TRUE", "1", "Yes"][index % 4]
        : line.dropLast(2) + ["нет", "false", "0", "No"][index % 4]
    }
    #expect(try evaluate(spelled).evaluation == evaluate(path).evaluation)
  }

  @Test func unknownOutcomeIsAnErrorThatNamesItsRow() throws {
    let third = try changed { index, line in
      index == 400 ? line.replacing(/(Yes|No)$/, with: "perhaps") : line
    }
    #expect(
      fault { _ = try evaluate(third, threadCount: 2) }
        == "line 401: target 'Converted' is none of the values the model was trained on "
        + "('Yes', 'No'); correct the row, or train on the new values")
  }

  @Test func rowsWithoutAnOutcomeAreLeftOutAndCounted() throws {
    let tokens = ["", "NA", "null", " ", "unknown"]
    let gaps = try changed { index, line in
      index > 0 && index <= 5 ? line.replacing(/(Yes|No)$/, with: tokens[index - 1]) : line
    }
    let keeps = (0..<600).map { $0 >= 5 }
    let later = try evaluate(gaps, missing: ["unknown"])
    #expect(later.unlabelledRowCount == 5)
    #expect(try later.evaluation == evaluate(path, keeps: keeps).evaluation)
    #expect(try evaluate(gaps, keeps: keeps, missing: ["unknown"]).unlabelledRowCount == 0)
  }

  @Test func missingTargetIsNamedWithTheNearest() throws {
    let renamed = try changed { $0 == 0 ? $1.replacing("Converted", with: "converted") : $1 }
    #expect(
      fault { _ = try evaluate(renamed) }
        == "\(renamed), line 1: no column 'Converted'; is 'converted' meant?")
  }

  @Test func missingFeatureIsNamed() throws {
    let renamed = try changed { $0 == 0 ? $1.replacing("city", with: "town") : $1 }
    #expect(
      fault { _ = try evaluate(renamed) }
        == "\(renamed), line 1: no column 'city'; see the header for the names it has")
  }

  @Test func oneOutcomeCannotBeJudged() throws {
    let keeps = (0..<600).map { $0 < 0 }
    #expect(
      fault { _ = try evaluate(path, keeps: keeps) }
        == "there are no rows to evaluate; give at least one row of each outcome")
    let ones = try changed { $0 > 0 ? $1.replacing(/(Yes|No)$/, with: "Yes") : $1 }
    #expect(
      fault { _ = try evaluate(ones) }
        == "all 600 rows to evaluate have outcome 1, so ranking cannot be judged; "
        + "evaluate rows that hold both outcomes")
  }

  @Test func orderOfColumnsDoesNotMatter() throws {
    let turned = try changed { _, line in
      line.split(separator: ",", omittingEmptySubsequences: false).reversed()
        .joined(separator: ",")
    }
    #expect(try evaluate(turned).evaluation == evaluate(path).evaluation)
  }
}
