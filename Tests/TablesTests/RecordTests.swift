import Foundation
import Testing

@testable import Tables

/// RFC 4180 and what real exports make of it.
struct RecordTests {
  /// The rows as texts, through a schema that takes every column as it stands.
  private func rows(_ text: String, options: CSVOptions = CSVOptions()) throws -> [[String]] {
    let folder = try Folder()
    let path = try folder.write(text)
    let width = try CSVFile(path: path, options: options).header.count
    let columns = try streamed(
      path: path, options: options, [ColumnAction](repeating: .text, count: width))
    return columns[0].indices.map { row in columns.map { $0[row] } }
  }

  @Test func quotesHoldDelimitersAndLineBreaks() throws {
    #expect(
      try rows("a,b\n\"x,y\",\"one\ntwo\"\n1,\"three\r\nfour\"\n") == [
        ["x,y", "one\ntwo"], ["1", "three\r\nfour"],
      ])
  }

  @Test func aDoubledQuoteIsOneQuote() throws {
    #expect(
      try rows("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n\"\",\"\"\"\"\"\"\n") == [
        ["say \"hi\"", "\""], ["", "\"\""],
      ])
  }

  @Test func aQuoteInsideAnUnquotedFieldIsText() throws {
    #expect(
      try rows("a,b\n5\" disk,x\"\"y\nq \"z\" q,\"w\"\n") == [
        ["5\" disk", "x\"\"y"], ["q \"z\" q", "w"],
      ])
  }

  @Test(arguments: ["\n", "\r\n"], [true, false])
  func bothLineBreaksEndARecordAndTheLastNeedsNone(lineBreak: String, isClosed: Bool) throws {
    let text = ["a,b", "1,2", "\"3\",\"4\""].joined(separator: lineBreak)
    #expect(try rows(text + (isClosed ? lineBreak : "")) == [["1", "2"], ["3", "4"]])
  }

  @Test func anEmptyLastFieldCounts() throws {
    #expect(try rows("a,b\n1,\n,\n2,") == [["1", ""], ["", ""], ["2", ""]])
    #expect(try rows("a,b\r\n1,\r\n2,\"\"") == [["1", ""], ["2", ""]])
  }

  @Test func blankLinesAreNoRows() throws {
    #expect(try rows("\n\r\na,b\n\n1,2\r\n\r\n\n3,4\n\n\n") == [["1", "2"], ["3", "4"]])
    #expect(try rows("a,b\n1,2\n\r") == [["1", "2"]])
  }

  @Test func blanksRoundACellAreNotPartOfIt() throws {
    #expect(try rows("a,b\n  1\t, x y \n\"  2 \",\u{A0}z\u{A0}\n") == [["1", "x y"], ["2", "z"]])
  }

  @Test func aCarriageReturnInsideALineIsText() throws {
    #expect(try rows("a,b\nx\ry,z\n") == [["x\ry", "z"]])
  }

  @Test func aRowOfTheWrongWidthIsRejectedWithItsLine() throws {
    let reading = try Reading(
      "a,b\n1,2\n\"x\ny\",3\n4\n5,6,7\n\n8,9\n", options: CSVOptions(maxRejects: 0.5))
    #expect(reading.table.rowCount == 3)
    #expect(reading.rejects.rejectedCount == 2)
    #expect(
      reading.notes == ["2 rows rejected, first at line 5: 1 fields where the header has 2"])
  }

  @Test func rejectedRowsGoToTheirFileWithLineAndReason() throws {
    let folder = try Folder()
    let path = try folder.write(
      "a,b\n1,2\n\"x\ny\",3\n4\n\"5\",6,7\r\n\"q\"r,s\n8,\u{0}9\n")
    let log = try RejectLog(
      path: path, rejectsPath: folder.path + "/rejects.csv", maxRejects: 1)
    _ = try streamed(path: path, [.text, .text], rejects: log)
    #expect(
      try String(contentsOfFile: folder.path + "/rejects.csv", encoding: .utf8) == """
        line,reason,row
        5,1 fields where the header has 2,4
        6,3 fields where the header has 2,"\"\"5\"\",6,7"
        7,text after a closing quote,"\"\"q\"\"r,s"
        8,a NUL byte,"8,\u{0}9"

        """)
  }

  @Test func linesStayRightAcrossChunks() throws {
    // 3 lines to a record; rejects on both sides of every border of 256 KiB.
    var text = "a,b\n"
    var expected: [Int] = []
    var line = 2
    for row in 0..<24_000 {
      if row % 1_000 == 17 {
        text += "only one\n"
        expected.append(line)
        line += 1
      } else {
        text += "\"x\n\(row)\n\",\(row)\n"
        line += 3
      }
    }
    let folder = try Folder()
    let path = try folder.write(text)
    for threads in 1...2 {
      let rejectsPath = folder.path + "/rejects\(threads).csv"
      let log = try RejectLog(path: path, rejectsPath: rejectsPath, maxRejects: 0.1)
      let columns = try streamed(path: path, [.skip, .number], threads: threads, rejects: log)
      #expect(columns[1].count == 24_000 - expected.count)
      let lines = try String(contentsOfFile: rejectsPath, encoding: .utf8)
        .split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } }
      #expect(lines.map(String.init) == expected.map(String.init))
    }
  }

  @Test func tooManyRejectsAreAnErrorThatNamesTheFirst() throws {
    let folder = try Folder()
    let path = try folder.write("a,b\n1,2\n3\n4,5\n")
    #expect(
      folder.message { _ = try Reading(path: path) }
        == "t.csv: 1 of 3 rows rejected, more than --max-rejects 0.01; "
        + "first at line 3: 1 fields where the header has 2; correct them, "
        + "or allow more by --max-rejects; --rejects FILE lists them")
  }

  @Test func ofTooManyRejectsTheFileIsCompleteSoThatTheyCanBeMended() throws {
    let folder = try Folder()
    let path = try folder.write("a,b\n1,2\n3\n4,5,6\n")
    #expect(throws: TableError.self) {
      let log = try RejectLog(
        path: path, rejectsPath: folder.path + "/rejects.csv", maxRejects: 0.01)
      _ = try CSVFile(path: path).table(threadCount: 2, rejects: log)
    }
    #expect(try folder.names == ["rejects.csv", "t.csv"])
    let rejects = try String(contentsOfFile: folder.path + "/rejects.csv", encoding: .utf8)
    #expect(rejects.split(separator: "\n").count == 3)
  }

  @Test func exactlyAsManyRejectsAsAllowedAreFine() throws {
    let good = String(repeating: "1,2\n", count: 99)
    #expect(try Reading("a,b\n" + good + "3\n").rejects.rejectedCount == 1)
    let folder = try Folder()
    let path = try folder.write("a,b\n" + good + "3\n3\n")
    #expect(throws: TableError.self) { _ = try Reading(path: path) }
  }

  @Test func anUnclosedQuoteIsNamedByItsLine() throws {
    let folder = try Folder()
    let wanted = "t.csv, line 4: a quote opened here is never closed; double it (\"\") or remove it"
    let path = try folder.write("a,b\n\"1\n\",2\n3,\"4\n5,6\n7,8\n")
    #expect(folder.message { _ = try Reading(path: path) } == wanted)
    #expect(folder.message { _ = try streamed(path: path, [.text, .text]) } == wanted)
  }

  @Test func anUnclosedQuoteFarDownIsNamedByItsLine() throws {
    let folder = try Folder()
    let path = try folder.write(
      "a,b\n" + String(repeating: "1234567,1234567\n", count: 20_000) + "\"x,y\n"
        + String(repeating: "1234567,1234567\n", count: 20_000))
    let wanted =
      "t.csv, line 20002: a quote opened here is never closed; double it (\"\") or remove it"
    #expect(folder.message { _ = try Reading(path: path) } == wanted)
    #expect(folder.message { _ = try streamed(path: path, [.text, .text]) } == wanted)
  }

  @Test func nothingIsLeftOfTheRejectsOfAFileThatCannotBeRead() throws {
    let folder = try Folder()
    let path = try folder.write("a,b\n1\n3,\"4\n5,6\n")
    #expect(throws: TableError.unclosedQuote(path: path, line: 3)) {
      let log = try RejectLog(
        path: path, rejectsPath: folder.path + "/rejects.csv", maxRejects: 1)
      _ = try streamed(path: path, [.text, .text], rejects: log)
    }
    #expect(try folder.names == ["t.csv"])
  }

  @Test(arguments: [false, true])
  func anEndlessRowIsRefusedInBoundedMemory(isFirst: Bool) throws {
    // 64 GiB of NUL bytes without a line break, of which the disk stores none.
    let folder = try Folder()
    let path = try folder.write(isFirst ? "a,b\n" : "a,b\n1,2\n")
    #expect(truncate(path, 64 << 30) == 0)
    let wanted =
      "t.csv, line \(isFirst ? 2 : 3): a row longer than 16777216 bytes; "
      + "give a CSV file with line breaks, or close its quotes"
    #expect(folder.message { _ = try Reading(path: path) } == wanted)
    #expect(folder.message { _ = try streamed(path: path, [.text, .text]) } == wanted)
  }

  @Test func anEndlessHeaderIsRefusedInBoundedMemory() throws {
    let folder = try Folder()
    let path = try folder.write("a")
    #expect(truncate(path, 64 << 30) == 0)
    #expect(
      folder.message { _ = try CSVFile(path: path) }
        == "t.csv, line 1: a row longer than 16777216 bytes; "
        + "give a CSV file with line breaks, or close its quotes")
  }

  @Test func theLongestRowIsTheSameByTableAndByStream() throws {
    let folder = try Folder()
    for (excess, isRead) in [(0, true), (1, false)] {
      let cell = [UInt8](repeating: 120, count: Chunk.maxRecordBytes - 3 + excess)
      let path = try folder.write(Array("a,b\n1,2\n".utf8) + cell + Array(",1\n3,4\n".utf8))
      let wanted = TableError.recordTooLong(
        path: path, line: 3, limitBytes: Chunk.maxRecordBytes)
      if isRead {
        #expect(try streamed(path: path, [.skip, .number])[1].count == 3)
        let contents = try CSVFile(path: path).contents()
        try contents.stream(
          [.skip, .number], threadCount: 1, rejects: RejectLog(path: path, maxRejects: 0),
          work: { $0.rowCount }, deliver: { _, _ in })
      } else {
        #expect(throws: wanted) { _ = try streamed(path: path, [.skip, .number]) }
        #expect(throws: wanted) { _ = try Reading(path: path) }
      }
    }
  }

  @Test func aHundredThousandColumnsAreRead() throws {
    let width = 100_000
    let header = (0..<width).map { "column_\($0)" }.joined(separator: ",")
    let row = (0..<width).map { String($0 % 10) }.joined(separator: ",")
    let reading = try Reading(header + "\n" + row + "\n" + row + "\n" + row)
    #expect(reading.table.columns.count == width)
    #expect(reading.table.rowCount == 3)
    #expect(reading.numbers(99_998) == [8, 8, 8])
  }
}
