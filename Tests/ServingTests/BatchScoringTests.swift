import Foundation
import Scoring
import Serving
import SpecialFunctions
import Tables
import TestSupport
import Testing

@Suite struct BatchScoringTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let header = "id,age,income,city,plan,member,signup\n"

  /// Rows in many chunks: `padding` fills them up with a column that no one asks for.
  private func longFile(rowCount: Int = 4_000, seed: UInt64 = 1) throws -> String {
    var generator = SplitMix64(seed: seed)
    func draw(_ cells: [String]) -> String { cells[generator.nextIndex(below: cells.count)] }
    let padding = String(repeating: "x", count: 150)
    var text = "id,padding,age,income,city,plan,member,signup\n"
    for row in 0..<rowCount {
      text += "customer \(row),\(padding),\(draw(["31.25", "40", "58", ""])),"
      text += "\(draw(["1", "-0.3", "NA"])),\(draw(["Paris", "Киров", "Rome", ""])),"
      text += "\(draw(["basic", "pro", "gold"])),\(draw(["yes", "no", ""])),"
      text += "\(draw(["2026-05-30", "2026-01-01", "2025-06-01"]))\n"
    }
    return try folder.write(text, to: "rows.csv")
  }

  @Test func rowsAreScoredByTheModel() throws {
    let scored = try folder.score(
      text: header + """
        a,40,0,Paris,basic,yes,2026-01-23
        b,48,,Rome,pro,no,2025-11-20
        c,,2,Киров,gold,,2026-05-31

        """, by: servingModel())
    // −1 + (age − 40) / 8 + income / 2 or −2 + city + plan + (member − ½) / 4 − (days − 128) / 64;
    // an unknown plan is the average of ½ and −½, the absent member is ½.
    #expect(
      scored.text == """
        id,score,probability,decile
        a,0.625,\(logistic(0.625)),5
        b,-1.625,\(logistic(-1.625)),7
        c,1.0,\(logistic(1)),5

        """)
  }

  @Test(arguments: [1, 2, 3])
  func orderIsKeptAndBytesAreThoseOfOneThread(threadCount: Int) throws {
    let path = try longFile()
    let model = try servingModel()
    let one = try folder.score(path, by: model, reasonCount: 3)
    let many = try folder.score(path, by: model, reasonCount: 3, threadCount: threadCount)
    #expect(many.text == one.text)
    #expect(many.summary == one.summary)
    #expect(many.rows.map { $0[0] } == (0..<4_000).map { "customer \($0)" })
  }

  @Test func streamedRowsScoreAsTheWholeTable() throws {
    let path = try longFile()
    let model = try servingModel()
    let table = try CSVFile(path: path).table(
      schema: ["city": ColumnSchema(.category), "plan": ColumnSchema(.category)], threadCount: 1,
      rejects: RejectLog(path: path, maxRejects: 0))
    let scores = model.scorer.scores(model.encoder.batch(table))
    let rows = try folder.score(path, by: model).rows
    #expect(rows.map { Double($0[1]) } == scores)
    #expect(rows.map { Double($0[2]) } == scores.map { logistic($0) })
    #expect(rows.map { Int($0[3]) } == scores.map { model.bands.decile(of: $0) })
  }

  @Test func summaryCountsWhatWasWritten() throws {
    let scored = try folder.score(longFile(), by: servingModel(), threadCount: 2)
    #expect(scored.summary.rowCount == 4_000)
    #expect(scored.summary.rejectedRowCount == 0)
    let deciles = scored.rows.compactMap { Int($0[3]) }
    #expect(
      scored.summary.decileCounts == (1...10).map { decile in deciles.count { $0 == decile } })
    let mean = scored.rows.compactMap { Double($0[2]) }.reduce(0, +) / 4_000
    // Two orders of adding 6 000 numbers below 1: each costs at most n ulp.
    #expect(isClose(try #require(scored.summary.meanProbability), mean, relative: 1e-12))
  }

  @Test func valuesUnlikeTheTrainingRowsAreCountedByFeature() throws {
    let scored = try folder.score(
      text: header + """
        a,57,0,Paris,gold,yes,2026-05-31
        b,23,,,,,2001-01-01
        c,56,9,Rome,basic,no,

        """, by: servingModel())
    #expect(
      scored.summary.unusual.map(\.feature)
        == ["age", "income", "city", "plan", "member", "signup"])
    #expect(
      scored.summary.unusual.map { [$0.imputedCount, $0.unknownLevelCount, $0.outsideRangeCount] }
        == [[0, 0, 2], [0, 0, 1], [1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 1]])
  }

  @Test func datesAfterTheSnapshotAreRefusedUnlessTheDayWasChosen() throws {
    let path = try folder.write(header + "a,40,,Paris,pro,yes,2026-06-30\n", to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel()) }
        == "\(path): 1 of 1 rows have a date after 2026-05-31, the day the model counts back from; "
        + "give the day of these rows by --as-of")
    #expect(folder.contents == ["rows.csv"])
    var scoring = try BatchScoring(
      model: servingModel(), identifier: "id", reasonCount: 0, threadCount: 1)
    scoring.refusesDatesAfterSnapshot = false
    let output = try OutputFile(path: folder.file("scores.csv"))
    let summary = try scoring.run(
      CSVFile(path: path), to: output, rejects: RejectLog(path: path, maxRejects: 0))
    #expect(summary.rowCount == 1)
  }

  @Test func usualValuesAreNotReported() throws {
    let scored = try folder.score(
      text: header + "a,40,,Paris,pro,yes,2026-05-31\n", by: servingModel())
    #expect(scored.summary.unusual.isEmpty)
  }

  @Test func identifiersAreQuotedWhereTheyMust() throws {
    let scored = try folder.score(
      text: header + """
        "Petrova, Anna",40,0,Paris,basic,yes,2026-01-23
        "the ""big"" one",40,0,Paris,basic,yes,2026-01-23
        "two
        lines",40,0,Paris,basic,yes,2026-01-23
        Анна Петрова,40,0,Paris,basic,yes,2026-01-23
        ,40,0,Paris,basic,yes,2026-01-23
         007 ,40,0,Paris,basic,yes,2026-01-23
        NA,40,0,Paris,basic,yes,2026-01-23

        """, by: servingModel())
    let rest = ",0.625,\(logistic(0.625)),5"
    #expect(
      scored.text == """
        id,score,probability,decile
        "Petrova, Anna"\(rest)
        "the ""big"" one"\(rest)
        "two
        lines"\(rest)
        Анна Петрова\(rest)
        \(rest)
        007\(rest)
        NA\(rest)

        """)
    #expect(scored.summary.rowCount == 7)
  }

  @Test func rowsWithoutAnIdentifierGoByTheirLineThroughAllChunks() throws {
    let scored = try folder.score(
      longFile(), by: servingModel(), identifier: nil, reasonCount: 2, threadCount: 2)
    #expect(scored.rows.map { $0[0] } == (2...4_001).map { "\($0)" })
    #expect(scored.rows.allSatisfy { $0.count == 8 })
  }

  @Test func linesSkipRejectedRows() throws {
    let path = try folder.write(
      """
      age,income,city,plan,member,signup
      48,0,Paris,basic,yes,2026-01-23
      48,0
      56,0,Paris,basic,yes,2026-01-23

      """, to: "rows.csv")
    let scored = try folder.score(path, by: servingModel(), identifier: nil, maxRejects: 1)
    #expect(scored.rows.map { $0[0] } == ["2", "4"])
  }

  @Test func linesAreThoseOfTheFileWhereAReasonHoldsALineBreak() throws {
    let scored = try folder.score(
      text: """
        "age
        in years",income,city,plan,member,signup
        48,0,Paris,basic,yes,2026-01-23
        56,0,Paris,basic,yes,2026-01-23

        """, by: servingModel(numberName: "age\nin years"), identifier: nil, reasonCount: 1)
    #expect(
      scored.text == """
        line,score,probability,decile,reason1,contribution1
        3,1.625,\(logistic(1.625)),4,"age
        in years",1.0
        4,2.625,\(logistic(2.625)),3,"age
        in years",2.0

        """)
  }

  @Test func reasonsAreSortedByStrengthAndAddUpToTheScore() throws {
    let model = try servingModel()
    let scored = try folder.score(longFile(rowCount: 500), by: model, reasonCount: 99)
    #expect(
      scored.text.hasPrefix(
        "id,score,probability,decile,"
          + (1...6).map { "reason\($0),contribution\($0)" }.joined(separator: ",") + "\n"))
    for row in scored.rows {
      let contributions = stride(from: 5, to: row.count, by: 2).compactMap { Double(row[$0]) }
      let reasons = stride(from: 4, to: row.count, by: 2).map { row[$0] }
      #expect(contributions.map { abs($0) } == contributions.map { abs($0) }.sorted(by: >))
      #expect(reasons.sorted() == model.encoder.features.map(\.name).sorted())
      let score = try #require(Double(row[1]))
      // Seven numbers below 10, added in another order.
      #expect(isClose(contributions.reduce(model.scorer.base, +), score, absolute: 1e-13))
    }
  }

  @Test func fewerReasonsAreTheFirstOfMore() throws {
    let path = try longFile(rowCount: 300)
    let all = try folder.score(path, by: servingModel(), reasonCount: 6).rows
    for reasonCount in 0...6 {
      let some = try folder.score(path, by: servingModel(), reasonCount: reasonCount).rows
      #expect(some == all.map { Array($0.prefix(4 + 2 * reasonCount)) })
    }
  }

  @Test func ofTwoReasonsAlikeTheEarlierFeatureComesFirst() throws {
    let scored = try folder.score(
      text: header + "a,48,0,Rome,pro,yes,2025-11-20\n", by: servingModel(), reasonCount: 3)
    // Signup −1 and age +1 are as strong; Rome is 2 above an average of ¾.
    #expect(
      scored.rows.first.map { Array($0.suffix(6)) }
        == ["city", "1.25", "age", "1.0", "signup", "-1.0"])
  }

  @Test func columnsThatNoFeatureNeedsAreIgnored() throws {
    let plain = try folder.score(
      text: header + "a,40,0,Paris,basic,yes,2026-01-23\n", by: servingModel())
    let more = try folder.score(
      text: """
        Converted,signup,member,note,plan,city,income,age,id,extra
        perhaps,2026-01-23,yes,"a, b",basic,Paris,0,40,a,9

        """, by: servingModel())
    #expect(more.text == plain.text)
    #expect(more.summary == plain.summary)
  }
}
