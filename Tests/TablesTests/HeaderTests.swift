import Testing

@testable import Tables

struct HeaderTests {
  private func header(_ text: String, options: CSVOptions = CSVOptions()) throws -> [String] {
    let folder = try Folder()
    return try CSVFile(path: try folder.write(text), options: options).header
  }

  private func failure(_ text: String) throws -> String {
    let folder = try Folder()
    let path = try folder.write(text)
    return folder.message { _ = try Reading(path: path) }
  }

  @Test func namesLoseTheirQuotesAndBlanks() throws {
    #expect(try header("\"a\", b ,\"c,d\",\u{A0}e\n1,2,3,4\n") == ["a", "b", "c,d", "e"])
  }

  @Test func onlyAQuotedNameUndoublesItsQuotes() throws {
    #expect(
      try header("\"say \"\"a\"\"\",b\"\"c,\"\"\"\"\"\"\n1,2,3\n") == [
        "say \"a\"", "b\"\"c", "\"\"",
      ])
  }

  @Test func aNameMayHoldALineBreak() throws {
    let reading = try Reading(
      "\"first\nname\",b\nx,1\ny\nz,2\n", options: CSVOptions(maxRejects: 0.5))
    #expect(reading.file.header == ["first\nname", "b"])
    #expect(
      reading.notes == ["1 row rejected, first at line 4: 1 fields where the header has 2"])
  }

  @Test func aColumnWithoutANameIsNamedByItsPlace() throws {
    #expect(try header(",a,\n0,1,2\n") == ["column 1", "a", "column 3"])
  }

  @Test func aNameGivenTwiceIsAnErrorThatNamesBothColumns() throws {
    #expect(
      try failure("a,b,\"a\"\n1,2,3\n")
        == "t.csv, line 1: columns 1 and 3 are both named 'a'; rename one")
    #expect(
      try failure("column 2,\n1,2\n")
        == "t.csv, line 1: columns 1 and 2 are both named 'column 2'; rename one")
  }

  @Test func anEmptyFileIsSaidToBeEmpty() throws {
    for text in ["", "\n", "\r\n\r\n", "  \n", "\u{FEFF}", "\u{FEFF}\n"] {
      #expect(try failure(text) == "t.csv is empty; give a CSV file with a header line")
    }
  }

  @Test func lineBreaksOfReturnsAloneAreSaidToBeThat() throws {
    for text in ["a,b\r1,2\r3,4\r", "a,b\r1,2", "\u{FEFF}\"a\",\"b\"\r\"1\",\"2\"\r"] {
      #expect(
        try failure(text)
          == "t.csv: cannot be read: line breaks are CR only; save it with LF or CR LF line breaks")
    }
    let long = "a,b\r" + String(repeating: "1,2\r", count: 500_000)
    #expect(try failure(long).contains("line breaks are CR only"))
    #expect(try header("a,b\r\n1,2\r\n") == ["a", "b"])
  }

  @Test func aHeaderAloneIsSaidToHaveNoRows() throws {
    for text in ["a,b", "a,b\n", "a,b\r\n", "\u{FEFF}a,b\n", "a,b\n\n\n", "\n\na,b"] {
      #expect(
        try failure(text) == "t.csv, line 1: a header and no rows; export the rows too")
    }
  }

  @Test func oneRowIsATable() throws {
    let reading = try Reading("a,b\n1,x")
    #expect(reading.table.rowCount == 1)
    #expect(reading.numbers(0) == [1])
    #expect(reading.cells(1) == ["x"])
  }

  @Test func aQuoteThatTheHeaderNeverClosesIsNamed() throws {
    #expect(
      try failure("\n\"a,b\n1,2\n")
        == "t.csv, line 2: a quote opened here is never closed; double it (\"\") or remove it")
  }

  @Test func textAfterANamesClosingQuoteIsAnError() throws {
    #expect(
      try failure("\"a\"x,b\n1,2\n")
        == "t.csv: cannot be read: line 1: text after a closing quote in the header; "
        + "double the quote or remove it")
  }

  /// The first read takes 1 MiB: a header that ends with it, or beyond it, is read whole.
  @Test(arguments: [-1, 0, 1, 100])
  func aHeaderAsLongAsTheFirstReadIsReadWhole(excess: Int) throws {
    let length = (1 << 20) + excess
    let text = "a,\"b\n" + String(repeating: "x", count: length - 7) + "\"\n1,2\n3,4\n"
    let folder = try Folder()
    let path = try folder.write(text)
    #expect(try CSVFile(path: path).header.map(\.utf8.count) == [1, length - 5])
    #expect(try streamed(path: path, [.text, .text]) == [["1", "3"], ["2", "4"]])
    #expect(try Reading(path: path).numbers(0) == [1, 3])
  }

  @Test func aColumnThatIsNotThereIsNamedWithTheNearest() throws {
    let folder = try Folder()
    let file = try CSVFile(path: try folder.write("Converted,Age\n1,2\n"))
    #expect(try file.column(named: "Age") == 1)
    #expect(
      folder.message { _ = try file.column(named: "convertd") }
        == "t.csv, line 1: no column 'convertd'; is 'Converted' meant?")
    #expect(
      folder.message { _ = try file.column(named: "Revenue") }
        == "t.csv, line 1: no column 'Revenue'; see the header for the names it has")
    #expect(nearestName(to: "", among: ["", "ab"]) == "")
    #expect(nearestName(to: "x", among: []) == nil)
  }
}
