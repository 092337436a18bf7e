import Testing

@testable import Tables

struct MissingTokensTests {
  @Test func theStandingTokensAreMissingInAnyCase() throws {
    let tokens = ["", "NA", "na", "NaN", "nan", "NULL", "null", "\\N", "\\n", "  ", "\" NA \""]
    let reading = try Reading(
      "a,b,c\n" + tokens.map { "\($0),\($0),\($0)\n" }.joined() + "1,x,2020-01-02\n")
    #expect(reading.kinds == [.number, .category, .date])
    for column in 0..<3 {
      #expect(reading.cells(column).dropLast().allSatisfy { $0 == nil })
      #expect(reading.cells(column).last != .some(nil))
    }
    #expect(reading.notes == [])
  }

  @Test func aUsersTokensAreMissingInAnyCase() throws {
    let options = CSVOptions(missing: ["Нет данных", " n/a "])
    let reading = try Reading(
      "a,b\nНЕТ ДАННЫХ,x\nнет данных,N/A\n1,n/a\n2,y\n", options: options)
    #expect(reading.cells(0) == [nil, nil, "1.0", "2.0"])
    #expect(reading.cells(1) == ["x", nil, nil, "y"])
    #expect(reading.notes == [])
    let narrow = try Reading(windows1251("a,b\nНЕТ ДАННЫХ,x\n3,y\n"), options: options)
    #expect(narrow.cells(0) == [nil, "3.0"])
  }

  @Test func aUsersTokenMayLookLikeAValue() throws {
    let options = CSVOptions(missing: ["-999", "01.01.1900", "n"])
    let text = "a,b,c\n-999,01.01.1900,n\n1,31.12.2020,yes\n-99,30.12.2020,yes\n"
    let folder = try Folder()
    let path = try folder.write(text)
    let reading = try Reading(path: path, options: options)
    #expect(reading.kinds == [.number, .date, .boolean])
    for column in 0..<3 { #expect(reading.numbers(column).map(\.isNaN) == [true, false, false]) }
    let columns = try streamed(
      path: path, options: options, [.number, .date(.dayFirst), .boolean])
    for column in 0..<3 {
      #expect(columns[column] == reading.numbers(column).map { "\($0.bitPattern)" })
    }
  }

  /// The column turns from number to category on the way and back, so it is read as levels.
  @Test func aUsersTokenIsMissingAlsoAmongLevels() throws {
    let rows = (0..<60).map { $0 < 5 ? "\($0)x,1\n" : "\($0 % 7),1\n" }
    let options = CSVOptions(missing: ["3"] + (0..<5).map { "\($0)x" })
    let reading = try Reading("a,b\n" + rows.joined(), options: options)
    #expect(reading.kinds[0] == .number)
    #expect(reading.numbers(0).count { $0 == 3 } == 0)
  }

  @Test func aMissingTextIsEmpty() throws {
    let rows = (0..<40).map { "u-\($0)x,\($0)\n" }.joined()
    let reading = try Reading("id,b\nNULL,1\n" + rows + ",2\n")
    #expect(reading.kinds[0] == .identifier)
    #expect(reading.table.columns[0].values.isMissing(0))
    #expect(reading.table.columns[0].values.isMissing(41))
    #expect(!reading.table.columns[0].values.isMissing(1))
  }
}
