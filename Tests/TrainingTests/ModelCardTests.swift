import Evaluation
import Foundation
import Scoring
import Tables
import TestSupport
import Testing

@testable import Training

@Suite struct ModelCardTests {
  private func card(_ columns: [Column], leftOut: [String] = []) throws -> String {
    var trainer = Trainer(name: "lead", target: "y", split: .every(5))
    trainer.excluded = leftOut
    let model = try trainer.train(table(columns), source: noSource).model
    return ModelCard(model: model, version: "3").markdown
  }

  private func target(_ rowCount: Int) -> Column {
    words("y", (0..<rowCount).map { $0 % 3 == 0 || $0 % 7 == 0 ? "yes" : "no" })
  }

  @Test func cardSaysWhatTheModelIsAndIsNotFor() throws {
    let text = try card(
      [
        target(300), numbers("x", (0..<300).map { Double($0 % 10) }),
        numbers("z", (0..<300).map { _ in 1 }),
      ])
    for line in [
      "# Model lead, version 3",
      "Predicts `y` = yes by logistic regression on 1 features.",
      "- 300 rows, of which 240 trained the model", "and 60 tested it; 0 rejected, 0 without",
      "- Split: row i with an outcome, counted from 0, is test if i mod 5 = 4.",
      "| area under ROC | 0.",
      "- `z`: constant in the training rows", "## Limits",
    ] {
      #expect(text.contains(line), "\(line)")
    }
    #expect(text.hasSuffix("not what a campaign would cause.\n"))
  }

  @Test func effectsStandInOrderOfStrengthWithTheirOwnNumbers() throws {
    let path: [String?] = (0..<300).map { $0 % 3 == 0 ? "a" : $0 % 3 == 1 ? "b" : nil }
    let noise = numbers("noise", (0..<300).map { Double(($0 * 7919) % 101) })
    let text = try card([target(300), noise, words("path", path)])
    let rows = text.split(separator: "\n").filter {
      $0.contains("path = ") || $0.hasPrefix("| noise")
    }
    #expect(rows.count == 4)
    #expect(rows.first?.hasPrefix("| path = a | ") == true)
    #expect(rows.last?.hasPrefix("| noise | ") == true)
  }

  @Test func cardOfThousandsOfLevelsIsQuick() throws {
    // Building all names for each comparison of the sort took minutes.
    let levels = (0..<1_500).map { "level \($0)" }
    let encoder = Encoder(
      features: [
        Feature(
          name: "c", column: "c", source: .category,
          encoding: .category(
            CategoryEncoding(
              levels: levels, shares: levels.map { _ in 1.0 / 1_500 }, pooledShare: 0,
              missingShare: 0)))
      ], snapshot: nil)
    let small = try Trainer(name: "m", target: "y", split: .every(5)).train(
      table([target(100), numbers("x", (0..<100).map { Double($0 % 9) })]), source: noSource
    ).model
    let model = Model(
      name: "m", target: small.target, identifier: nil, encoder: encoder, intercept: 0,
      coefficients: levels.indices.map { Double($0) }, bands: small.bands,
      training: small.training, evaluation: small.evaluation)
    let text = ModelCard(model: model, version: "1").markdown
    #expect(text.contains("| c = level 1499 | 1499.000000 |"))
    #expect(!text.contains("| c = level 1479 |"))
  }

  @Test func namesThatMarkdownWouldReadAreWrittenAsTheyAre() throws {
    let text = try card([
      target(300), numbers("a|b", (0..<300).map { Double($0 % 10) }),
      numbers("two\nlines", (0..<300).map { Double($0 % 11) }),
    ])
    #expect(text.contains("\n| a\\|b | "))
    #expect(text.contains("\n| two lines | "))
  }

  @Test func digitsAreRoundedAndPadded() {
    #expect(digits(0.99995, 4) == "1.0000")
    #expect(digits(-0.00004, 4) == "0.0000")
    #expect(digits(-12.3456, 2) == "-12.35")
    #expect(digits(2.5, 0) == "3")
    #expect(digits(0.05, 3) == "0.050")
    #expect(digits(1e20, 4) == "1e+20")
  }
}
