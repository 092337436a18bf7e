import SpecialFunctions
import Testing

@testable import Tables

/// Types are judged over the whole column, whatever the first rows look like.
struct TypeInferenceTests {
  /// A two-column file whose first cells come from `cell`; the second pads rows so that a chunk of
  /// 256 KiB holds about 2 500 of them.
  private func reading(
    rows: Int, schema: [String: ColumnSchema] = [:], name: String = "a", threads: Int = 1,
    _ cell: (Int) -> String
  ) throws -> Reading {
    let padding = String(repeating: "p", count: 95)
    var text = "\(name),padding\n"
    for row in 0..<rows { text += cell(row) + "," + padding + "\n" }
    return try Reading(text, schema: schema, threads: threads)
  }

  @Test func eachTypeIsInferred() throws {
    var text = "n,b,d,c,user_id,note\n"
    for row in 0..<60 {
      let note = String(repeating: "word \(row) ", count: 12)
      text +=
        "\(row).5,\(row % 2 == 0 ? "Yes" : "No"),2024-01-\(row % 28 + 1),c\(row % 3),u\(row)x,\(note)\n"
    }
    #expect(
      try Reading(text).kinds == [.number, .boolean, .date, .category, .identifier, .text])
  }

  @Test(arguments: [
    ["yes", "no"], ["Y", "N"], ["TRUE", "FALSE"], ["да", "нет"], ["ДА", "НЕТ"], ["on", "off"],
    ["Истина", "Ложь"], ["t", "f"],
  ])
  func wordsForYesAndNoAreBooleans(words: [String]) throws {
    let reading = try Reading("a,b\n\(words[0]),1\n\(words[1]),2\n,3\n")
    #expect(reading.kinds[0] == .boolean)
    #expect(reading.cells(0) == ["1.0", "0.0", nil])
  }

  @Test func oneAndZeroAreNumbers() throws {
    #expect(try Reading("a,b\n1,x\n0,y\n").kinds[0] == .number)
  }

  @Test func aLateThirdWordMakesABooleanACategory() throws {
    let reading = try reading(rows: 6_000) {
      $0 == 5_900 ? "maybe" : $0 % 2 == 0 ? "yes" : "no"
    }
    #expect(reading.kinds[0] == .category)
    #expect(reading.cells(0)[5_899...5_901] == ["no", "maybe", "no"])
  }

  @Test func numbersThatTurnIntoTextAreACategory() throws {
    let reading = try reading(rows: 6_000) { $0 < 5_000 ? "\($0 % 9)" : "A" }
    #expect(reading.kinds[0] == .category)
    #expect(reading.cells(0)[4_999...5_000] == ["4", "A"])
    #expect(reading.notes == [])
  }

  @Test func textThatTurnsIntoNumbersStaysACategory() throws {
    let reading = try reading(rows: 6_000) { $0 < 3_000 ? "A" : "\($0 % 9)" }
    #expect(reading.kinds[0] == .category)
  }

  @Test func datesThatTurnIntoTextAreACategory() throws {
    let reading = try reading(rows: 6_000) { $0 < 5_000 ? "2024-01-0\($0 % 9 + 1)" : "never" }
    #expect(reading.kinds[0] == .category)
    #expect(reading.cells(0)[5_000] == "never")
  }

  @Test func oneCellInAHundredMayBeDirt() throws {
    let reading = try reading(rows: 5_000) { $0 % 100 == 99 ? "dirt" : "\($0)" }
    #expect(reading.kinds[0] == .number)
    #expect(reading.numbers(0).count(where: \.isNaN) == 50)
    #expect(
      reading.notes == ["column 'a': 50 unreadable cells taken as missing, first at line 101"])
  }

  @Test func aCellMoreThanOneInAHundredIsNoDirt() throws {
    let reading = try reading(rows: 5_000) { $0 % 100 == 99 || $0 == 4_000 ? "dirt" : "\($0)" }
    #expect(reading.kinds[0] != .number)
    #expect(reading.notes == [])
  }

  /// The first chunk alone would be a category; the dirt is counted all the same.
  @Test(arguments: 1...2)
  func dirtThatComesFirstIsCountedToo(threads: Int) throws {
    let reading = try reading(rows: 6_000, threads: threads) {
      (100..<150).contains($0) ? "dirt" : "\($0 % 50)"
    }
    #expect(reading.kinds[0] == .number)
    #expect(
      reading.notes == ["column 'a': 50 unreadable cells taken as missing, first at line 102"])
  }

  @Test func dirtyDatesThatComeFirstAreCountedToo() throws {
    let reading = try reading(rows: 6_000) {
      (100..<150).contains($0) ? "dirt" : "\($0 % 28 + 1).01.2024"
    }
    #expect(reading.kinds[0] == .date)
    #expect(
      reading.notes == ["column 'a': 50 unreadable cells taken as missing, first at line 102"])
  }

  /// Of the cells that are present: a text in one row of two hundred is a text.
  @Test func aSparseTextIsNotDirtInAnEmptyColumn() throws {
    let reading = try reading(rows: 6_000) { $0 >= 3_000 && $0 % 200 == 0 ? "gold" : "" }
    #expect(reading.kinds[0] == .category)
    #expect(reading.cells(0).count { $0 == "gold" } == 15)
    #expect(reading.notes == [])
  }

  @Test func aColumnWithNothingInItIsNumbersThatAreMissing() throws {
    let reading = try reading(rows: 6_000) { $0 % 2 == 0 ? "" : "NA" }
    #expect(reading.kinds[0] == .number)
    #expect(reading.numbers(0).allSatisfy { $0.isNaN })
    #expect(reading.notes == [])
  }

  @Test func identifiersThatStartToRepeatAreACategory() throws {
    let reading = try reading(rows: 9_000) { $0 < 3_000 ? "v\($0)x" : "v\($0 % 10)x" }
    #expect(reading.kinds[0] == .category)
    #expect(reading.cells(0)[8_999] == "v9x")
  }

  @Test func anIdentifiersNameCountsWhereRowsAreFew() throws {
    for name in ["customerID", "id", "Prospect ID", "user_id", "Id"] {
      #expect(try reading(rows: 5, name: name) { "k\($0)" }.kinds[0] == .identifier)
    }
    for name in ["paid", "Covid", "grid", "VALID_"] {
      #expect(try reading(rows: 5, name: name) { "k\($0)" }.kinds[0] == .category)
    }
  }

  @Test func theOrderOfDatesIsFoundByTheDaysPastTheTwelfth() throws {
    #expect(
      try Reading("a,b\n03/04/2024,1\n13/04/2024,2\n").table.columns[0].schema
        == ColumnSchema(.date, order: .dayFirst))
    #expect(
      try Reading("a,b\n03/04/2024,1\n04/13/2024,2\n").table.columns[0].schema
        == ColumnSchema(.date, order: .monthFirst))
    #expect(
      try Reading("a,b\n2024-03-04,1\n2024-04-13,2\n").table.columns[0].schema
        == ColumnSchema(.date, order: .yearFirst))
  }

  @Test func aFewDaysPastTheTwelfthDecide() throws {
    let reading = try reading(rows: 1_000) { $0 % 200 == 199 ? "15/02/2024" : "01/02/2024" }
    #expect(reading.table.columns[0].schema == ColumnSchema(.date, order: .dayFirst))
    #expect(reading.notes == [])
  }

  @Test func slashDatesThatMayBeEitherStayText() throws {
    #expect(try reading(rows: 300) { "0\($0 % 9 + 1)/02/2024" }.kinds[0] == .category)
    #expect(
      try reading(rows: 300) { "0\($0 % 9 + 1).02.2024" }.table.columns[0].schema
        == ColumnSchema(.date, order: .dayFirst))
  }

  @Test func aLateDaySettlesTheOrderOfSlashDates() throws {
    let reading = try reading(rows: 6_000) { $0 == 5_000 ? "02/13/2024" : "02/0\($0 % 9 + 1)/2024" }
    #expect(reading.table.columns[0].schema == ColumnSchema(.date, order: .monthFirst))
  }

  @Test func aSchemaOverridesWhatIsInferred() throws {
    let text = "a,b,c,d\n1,1,01/02/2024,7\n0,2,03/04/2024,8\n"
    let reading = try Reading(
      text,
      schema: [
        "a": ColumnSchema(.boolean), "b": ColumnSchema(.category),
        "c": ColumnSchema(.date, order: .monthFirst), "d": ColumnSchema(.identifier),
      ])
    #expect(reading.kinds == [.boolean, .category, .date, .identifier])
    #expect(reading.numbers(0) == [1, 0])
    #expect(reading.cells(1) == ["1", "2"])
    #expect(reading.numbers(2)[0] == 1_704_153_600)
    #expect(reading.cells(3) == ["7", "8"])
  }

  @Test(arguments: [ColumnKind.number, .date, .boolean])
  func aSchemaThatTheCellsDoNotKeepToIsAnError(kind: ColumnKind) throws {
    let folder = try Folder()
    let value = kind == .number ? "1" : kind == .date ? "2024-01-02" : "yes"
    let rows = (0..<100).map { $0 == 40 || $0 == 70 ? "dirt,2\n" : "\(value),2\n" }.joined()
    let path = try folder.write("a,b\n" + rows)
    #expect(
      folder.message { _ = try Reading(path: path, schema: ["a": ColumnSchema(kind)]) }
        == "t.csv: column 'a' has 2 cells that cannot be read as \(kind.rawValue), "
        + "first at line 42; correct it, or name another type for it in a schema")
  }

  @Test func aLittleDirtUnderASchemaIsCounted() throws {
    let reading = try reading(rows: 200, schema: ["a": ColumnSchema(.boolean)]) {
      $0 == 7 ? "maybe" : "yes"
    }
    #expect(reading.numbers(0).count(where: \.isNaN) == 1)
    #expect(
      reading.notes == ["column 'a': 1 unreadable cells taken as missing, first at line 9"])
  }

  @Test func aSchemaForAColumnThatIsNotThereIsAnError() throws {
    let folder = try Folder()
    let path = try folder.write("age,b\n1,2\n")
    #expect(
      folder.message { _ = try Reading(path: path, schema: ["agee": ColumnSchema(.number)]) }
        == "t.csv, line 1: no column 'agee'; is 'age' meant?")
  }

  @Test func threadsDoNotChangeATable() throws {
    var rng = SplitMix64(seed: 5)
    var text = "n,c,d,id,t,b\n"
    for row in 0..<12_000 {
      let number = rng.nextIndex(below: 300) == 0 ? "dirt" : "\(rng.nextIndex(below: 1_000))"
      text += "\(number),\"c\(rng.nextIndex(below: row / 500 + 1))\",2024-01-\(row % 31 + 1),"
      text += "id\(row),\(row < 9_000 ? "\(row)" : "x y"),\(row % 3 == 0 ? "yes" : "no")\n"
      if row % 150 == 3 { text += "short,row\n" }
    }
    let one = try Reading(text, threads: 1)
    let two = try Reading(text, threads: 2)
    #expect(one.table.rowCount == two.table.rowCount)
    #expect(one.table.columns.map(\.schema) == two.table.columns.map(\.schema))
    #expect(one.notes == two.notes)
    #expect(one.notes.count == 2)
    for column in one.table.columns.indices {
      #expect(one.cells(column) == two.cells(column))
      if case .categories(let codes, let levels) = one.table.columns[column].values,
        case .categories(let otherCodes, let otherLevels) = two.table.columns[column].values
      {
        #expect(codes == otherCodes && levels == otherLevels)
      }
    }
  }
}
