import Foundation
import Scoring
import Serving
import SpecialFunctions
import Tables
import TestSupport
import Testing

@Suite struct BatchScoringInputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let header = "id,age,income,city,plan,member,signup\n"
  private let rows = """
    Анна,40.5,1000.25,Киров,basic,да,2026-01-23
    Борис,31.25,,Париж,pro,нет,2025-11-20

    """

  @Test func missingColumnIsNamedAndNoFileIsLeft() throws {
    let path = try folder.write(
      "id,age,income,City,plan,member,signup\na,1,2,Paris,pro,yes,2026-01-23\n", to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel()) }
        == "\(path), line 1: no column 'city'; is 'City' meant?")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func missingIdentifierIsNamedAndNoFileIsLeft() throws {
    let path = try folder.write(header + rows, to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel(), identifier: "Prospect ID") }
        == "\(path), line 1: no column 'Prospect ID'; see the header for the names it has")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func featureCannotIdentifyRows() throws {
    let path = try folder.write(header + rows, to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel(), identifier: "city") }
        == "column 'city' is a feature of the model and cannot identify its rows; name another")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func unreadableCellsCountAsMissingAndAreCounted() throws {
    let usual = "c,40,3,Paris,pro,yes,2026-01-23\nd,41,4,Paris,pro,no,2026-01-23\n"
    let clean = try folder.score(
      text: header + "a,,,Paris,pro,,\nb,40,,Paris,pro,yes,2026-01-23\n" + usual,
      by: servingModel())
    let dirty = try folder.score(
      text: header + "a,forty,1-2,Paris,pro,perhaps,soon\nb,40,inf,Paris,pro,yes,2026-01-23\n"
        + usual, by: servingModel())
    #expect(clean.unreadable == [0, 0, 0, 0, 0, 0, 0])
    #expect(dirty.unreadable == [0, 1, 2, 0, 0, 1, 1])
    #expect(dirty.text == clean.text)
    #expect(
      dirty.summary.unreadable.map { "\($0.column) \($0.count)" }
        == ["age 1", "income 2", "member 1", "signup 1"])
    #expect(dirty.summary.unusual == clean.summary.unusual)
  }

  @Test func columnOfAnotherTypeIsRefused() throws {
    let path = try folder.write(
      header + "a,old,1,Paris,pro,yes,2026-01-23\nb,young,2,Paris,pro,yes,2026-01-23\n",
      to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel()) }
        == "\(path): column 'age' has 2 cells that cannot be read as number, first at line 2; "
        + "correct it, or name another type for it in a schema")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func windows1251ScoresAsUTF8() throws {
    let model = try servingModel(numberName: "возраст")
    let text = (header + rows).replacing("age", with: "возраст")
    let plain = try folder.score(text: text, by: model, reasonCount: 6)
    let path = folder.file("cp1251.csv")
    try #require(text.data(using: .windowsCP1251)).write(to: URL(fileURLWithPath: path))
    #expect(try folder.score(path, by: model, reasonCount: 6).text == plain.text)
    #expect(plain.text.contains("Анна"))
    #expect(plain.text.contains("возраст"))
  }

  @Test func decimalCommaScoresAsDecimalPoint() throws {
    let plain = try folder.score(text: header + rows, by: servingModel())
    let text = (header + rows).replacing(",", with: ";").replacing(".", with: ",")
      .replacing("1000,25", with: "1\u{a0}000,25")
    #expect(try folder.score(text: text, by: servingModel()).text == plain.text)
  }

  @Test func gzipScoresAsPlainText() throws {
    let text = header + String(repeating: rows, count: 1_000)
    let plain = try folder.score(text: text, by: servingModel(), identifier: nil)
    let path = folder.file("rows.csv.gz")
    try Data(gzipped(Array(text.utf8))).write(to: URL(fileURLWithPath: path))
    let unpacked = try folder.score(path, by: servingModel(), identifier: nil, threadCount: 2)
    #expect(unpacked.text == plain.text)
    #expect(unpacked.summary == plain.summary)
  }

  /// `bytes` as a gzip file of stored blocks (RFC 1951, 1952).
  private func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    for start in stride(from: 0, to: bytes.count, by: 65_535) {
      let block = bytes[start..<min(start + 65_535, bytes.count)]
      let length = UInt32(block.count)
      result += [block.endIndex == bytes.count ? 1 : 0] + little(length, 2) + little(~length, 2)
      result += block
    }
    var checksum = UInt32.max
    for byte in bytes {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return result + little(~checksum, 4) + little(UInt32(bytes.count), 4)
  }

  @Test func rejectedRowsAreLeftOutCountedAndWritten() throws {
    let path = try folder.write(header + "a,1,2\n" + rows + "b,1\n", to: "rows.csv")
    let scored = try folder.score(
      path, by: servingModel(), maxRejects: 0.5, rejectsPath: folder.file("rejects.csv"))
    #expect(scored.rows.map { $0[0] } == ["Анна", "Борис"])
    #expect(scored.summary.rowCount == 2)
    #expect(scored.summary.rejectedRowCount == 2)
    #expect(
      try String(contentsOfFile: folder.file("rejects.csv"), encoding: .utf8) == """
        line,reason,row
        2,3 fields where the header has 7,"a,1,2"
        5,2 fields where the header has 7,"b,1"

        """)
  }

  @Test func tooManyRejectsLeaveNoScores() throws {
    let path = try folder.write(header + rows + "b,1\n", to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: servingModel(), maxRejects: 0.3) }
        == "\(path): 1 of 3 rows rejected, more than --max-rejects 0.3; "
        + "first at line 4: 2 fields where the header has 7; correct them, "
        + "or allow more by --max-rejects; --rejects FILE lists them")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func unclosedQuoteLeavesNoScores() throws {
    let path = try folder.write(header + rows + "\"b,1,2,3,4,5,6\n", to: "rows.csv")
    #expect(fault { try folder.score(path, by: servingModel()) }?.contains("line 4") == true)
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func valueTooExtremeToScoreIsAnErrorThatNamesIt() throws {
    let model = try servingModel(coefficients: [100, 100, -2, 0.25, -1, 1, -1, 2, 0.5, -0.5])
    let path = try folder.write(header + rows + "c,40,1e307,Paris,pro,да,\n", to: "rows.csv")
    #expect(
      fault { try folder.score(path, by: model) }
        == "\(path), line 4, feature 'income': a value so extreme that the score is not a number; "
        + "correct it or leave the row out")
    // Two infinities that would cancel to NaN, which no comparison catches.
    let opposite = try folder.write(
      header + "c,-1e308,1e308,Paris,pro,да,2026-01-23\n", to: "rows.csv")
    #expect(
      fault { try folder.score(opposite, by: model, reasonCount: 3) }
        == "\(opposite), line 2, feature 'age': a value so extreme that the score is not a number; "
        + "correct it or leave the row out")
    #expect(folder.contents == ["rows.csv"])
  }

  @Test func earlierScoresStayWhereARunFails() throws {
    _ = try folder.score(text: header + rows, by: servingModel())
    let before = try String(contentsOfFile: folder.file("scores.csv"), encoding: .utf8)
    let path = try folder.write(header + "a\n", to: "rows.csv")
    #expect(fault { try folder.score(path, by: servingModel()) } != nil)
    #expect(try String(contentsOfFile: folder.file("scores.csv"), encoding: .utf8) == before)
    #expect(folder.contents == ["rows.csv", "scores.csv"])
  }
}
