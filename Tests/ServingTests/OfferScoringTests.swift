import Foundation
import Scoring
import Serving
import SpecialFunctions
import Tables
import TestSupport
import Testing

/// A model of four classes on the features of `servingModel`; its numbers are exact in binary.
private func offerModel(availability: AvailabilitySource? = nil) throws -> Model {
  let base = try servingModel()
  let shifts: [Double] = [1.5, 0.5, -0.5, -1.5]
  let classes = shifts.enumerated().map { k, shift in
    MultinomialPredictor.Class(
      name: ["Card", "Loan, large", "Pass", "Оферта"][k], share: 0.25,
      equation: LinearEquation(
        intercept: shift / 4,
        coefficients: base.coefficients.map { $0 * shift }))
  }
  return Model(
    name: "offer", identifier: "id", encoder: base.encoder,
    predictor: .multinomial(
      MultinomialPredictor(
        column: "taken", classes: classes, availability: availability, evaluation: nil)),
    training: base.training)
}

@Suite struct OfferScoringTests {
  private let folder: TemporaryFolder
  private let header = "id,age,income,city,plan,member,signup,offered"

  init() throws { folder = try TemporaryFolder() }

  /// Rows with every kind of value; drawn from a seed.
  private func rows(_ count: Int, seed: UInt64) -> [String] {
    var generator = SplitMix64(seed: seed)
    func one(_ words: [String]) -> String { words[generator.nextIndex(below: words.count)] }
    return (0..<count).map { row in
      let age = "\(Double(generator.nextIndex(below: 600)) / 8)"
      let income = one(["", "0.5", "-1.25"])
      return [
        "c\(row)", age, income, one(["Paris", "Киров", "Rome", ""]), one(["basic", "pro"]),
        one(["yes", "no"]), "2026-0\(1 + generator.nextIndex(below: 5))-11",
        one(["Card|Pass", "Card|Loan, large|Pass|Оферта", "Pass", "", "Boat|Card"]),
      ].map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",")
    }
  }

  private func lines(
    _ rows: [String], _ change: (inout BatchScoring) -> Void = { _ in }, threadCount: Int = 1,
    reasonCount: Int = 2, availability: AvailabilitySource? = .list(column: "offered")
  ) throws -> (lines: [String], summary: BatchScoring.Summary) {
    let path = try folder.write(
      ([header] + rows).joined(separator: "\n") + "\n", to: "rows.csv")
    let output = try OutputFile(path: folder.file("scores.csv"))
    var scoring = BatchScoring(
      model: try offerModel(availability: availability), identifier: "id", reasonCount: reasonCount,
      threadCount: threadCount)
    change(&scoring)
    let summary = try scoring.run(
      CSVFile(path: path), to: output, rejects: RejectLog(path: path, maxRejects: 0))
    try output.commit()
    let text = try String(contentsOfFile: folder.file("scores.csv"), encoding: .utf8)
    return (text.split(separator: "\n").map { String($0) }, summary)
  }

  @Test func aFileAndItsRowsOneByOneGiveTheSameLines() throws {
    let rows = rows(60, seed: 1)
    let whole = try lines(rows).lines
    let single = try rows.flatMap { try lines([$0]).lines.dropFirst() }
    #expect(Array(whole.dropFirst()) == single)
    #expect(
      whole[0] == "id,rank,offer,score,probability,reason1,contribution1,reason2,contribution2")
  }

  @Test func threadsDoNotChangeAByte() throws {
    let rows = rows(3000, seed: 2)
    let (one, two) = (try lines(rows), try lines(rows, threadCount: 2))
    #expect(one.lines == two.lines)
    #expect(one.summary == two.summary)
  }

  @Test func onlyWhatIsAvailableHasALine() throws {
    let given = [
      "a,40,0.5,Paris,basic,yes,2026-05-11,Card|Pass", "b,40,0.5,Paris,basic,yes,2026-05-11,",
      "c,40,0.5,Paris,basic,yes,2026-05-11,Boat|Pass",
    ]
    let (lines, summary) = try lines(given, reasonCount: 0)
    let cells = lines.dropFirst().map { $0.split(separator: ",").map { String($0) } }
    #expect(
      cells.map { [$0[0], $0[1], $0[2]] }.sorted { $0[0] < $1[0] }.map { $0[0] } == ["a", "a", "c"])
    #expect(Set(cells.filter { $0[0] == "a" }.map { $0[2] }) == ["Card", "Pass"])
    #expect(cells.last?[2] == "Pass" && cells.last?[4] == "1.0")
    let offers = try #require(summary.offers)
    #expect(offers.withoutOfferCount == 1 && offers.unknownOfferCount == 1)
    #expect(offers.offers.map(\.availableCount) == [1, 0, 2, 0])
    #expect(offers.offers.reduce(0) { $0 + $1.firstCount } == 2)
    #expect(offers.meanExpectedValue == nil && summary.meanProbability == nil)
  }

  @Test func scoreIsBaseAndAllContributions() throws {
    let model = try offerModel()
    let table = try lines(rows(40, seed: 3), { $0.top = 4 }, reasonCount: 6, availability: nil)
      .lines
    for line in table.dropFirst() {
      // The one name with a comma is quoted.
      let cells = line.replacing("\"Loan, large\"", with: "Loan").split(
        separator: ",", omittingEmptySubsequences: false
      ).map { String($0) }
      let k = try #require(["Card", "Loan", "Pass", "Оферта"].firstIndex(of: cells[2]))
      let contributions = stride(from: 6, to: cells.count, by: 2).compactMap { Double(cells[$0]) }
      #expect(contributions.count == 6)
      // Strongest first, so that the sum has another order: a few ulp of numbers below 100.
      let sum = contributions.reduce(model.scorer.bases[k], +)
      #expect(isClose(sum, try #require(Double(cells[3])), absolute: 1e-12))
    }
  }

  @Test func marginsAddAColumnAndOrderByIt() throws {
    let margins = [OfferMargin(margin: 1), .init(margin: 100), .init(margin: 1), .init(margin: -1)]
    let (table, summary) = try lines(
      rows(50, seed: 4),
      {
        $0.margins = margins
        $0.top = 2
      }, reasonCount: 0, availability: nil)
    #expect(table[0] == "id,rank,offer,score,probability,expected_value")
    #expect(table.count == 101)
    #expect(try #require(summary.offers).meanExpectedValue != nil)
    #expect(try #require(summary.offers).withoutGainCount == 0)
  }

  @Test func rowsGoByTheirLineWithoutAnIdentifier() throws {
    let path = try folder.write(
      ([header] + rows(3, seed: 5)).joined(separator: "\n") + "\n", to: "rows.csv")
    let output = try OutputFile(path: folder.file("scores.csv"))
    _ = try BatchScoring(
      model: try offerModel(), identifier: nil, reasonCount: 0, threadCount: 1
    ).run(CSVFile(path: path), to: output, rejects: RejectLog(path: path, maxRejects: 0))
    try output.commit()
    let text = try String(contentsOfFile: folder.file("scores.csv"), encoding: .utf8)
    let first = text.split(separator: "\n").map { String($0.prefix { $0 != "," }) }
    #expect(first == ["line"] + [2, 3, 4].flatMap { [String](repeating: String($0), count: 4) })
  }

  @Test func missingColumnOfAvailabilityIsNamed() throws {
    let error = #expect(throws: TableError.self) {
      _ = try lines(rows(3, seed: 6), availability: .list(column: "ofered"))
    }
    #expect(
      error.map { "\($0)".contains("no column 'ofered'; is 'offered' meant?") } == true)
  }
}
