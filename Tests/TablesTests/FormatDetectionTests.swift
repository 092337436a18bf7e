import Foundation
import Testing

@testable import Tables

struct FormatDetectionTests {
  private func format(
    _ bytes: some Sequence<UInt8>, options: CSVOptions = CSVOptions()
  ) throws -> CSVFormat {
    let folder = try Folder()
    return try CSVFile(path: try folder.write(bytes), options: options).format
  }

  private func format(_ text: String) throws -> CSVFormat { try format(text.utf8) }

  @Test(arguments: [",", ";", "\t", "|"])
  func eachDelimiterIsFound(delimiter: String) throws {
    let text = ["a,b;c", "x 1", "\"y;,|\t\n\""]
    let line = text.map { $0.contains("\"") ? $0 : "\"\($0)\"" }.joined(separator: delimiter)
    #expect(
      try format("p\(delimiter)q\(delimiter)r\n\(line)\n\(line)\n").delimiter
        == delimiter.utf8.first)
  }

  @Test func theDelimiterThatCutsEveryRowAlikeWins() throws {
    #expect(try format("price, USD;name;x\n1;2;3\n4;5;6\n").delimiter == UInt8(ascii: ";"))
    #expect(try format("a;b\n1,5;2,5\n3,5;4,5\n").delimiter == UInt8(ascii: ";"))
  }

  @Test func oneColumnIsCommaSeparated() throws {
    #expect(try format("name\nAnna\nBoris\n").delimiter == UInt8(ascii: ","))
  }

  @Test func aUsersDelimiterIsTaken() throws {
    let options = CSVOptions(delimiter: UInt8(ascii: "|"))
    #expect(try Reading("a,b|c\n1,2|3\n", options: options).file.header == ["a,b", "c"])
  }

  @Test func aByteOrderMarkIsNotPartOfTheFirstName() throws {
    let reading = try Reading("\u{FEFF}\"имя\",b\nда,1\n")
    #expect(reading.file.header == ["имя", "b"])
    #expect(reading.file.format.encoding == .utf8)
    #expect(try Reading("имя,b\nда,1\n").file.header == ["имя", "b"])
  }

  @Test func windows1251IsFoundAndDecoded() throws {
    let text =
      "Город;\u{A0}Имя «новое» №\u{A0}\nМосква;Ёлка\nКазань;\"а\"\"б\"\n\u{A0}Москва\u{A0};я\n"
    let reading = try Reading(windows1251(text))
    #expect(reading.file.format.encoding == .windows1251)
    #expect(reading.file.header == ["Город", "Имя «новое» №"])
    #expect(reading.cells(0) == ["Москва", "Казань", "Москва"])
    #expect(reading.cells(1) == ["Ёлка", "а\"б", "я"])
  }

  /// 0xC2 0xA0 is a no-break space in UTF-8, but "В" and a no-break space in windows-1251.
  @Test func aNameThatEndsInVeKeepsItInWindows1251() throws {
    let reading = try Reading(windows1251("ШКАФ В\u{A0},b\nВ\u{A0},\u{A0}1\u{A0}\n"))
    #expect(reading.file.header == ["ШКАФ В", "b"])
    #expect(reading.cells(0) == ["В"])
    #expect(reading.numbers(1) == [1])
  }

  @Test func everyByteOfWindows1251IsFoundationsCharacter() {
    for byte in UInt8.min...UInt8.max where byte != 0x98 {
      let expected = String(data: Data([byte]), encoding: .windowsCP1251)
      #expect(TextEncoding.windows1251.decode([byte]) == expected, "byte \(byte)")
    }
    #expect(TextEncoding.windows1251.decode([0x98]) == "\u{FFFD}")
  }

  /// Two bytes that could begin a character are no sign of UTF-8 where the file ends after them.
  @Test(arguments: ["Да", "р", "а,б"])
  func windows1251IsFoundByItsVeryLastLetters(ending: String) throws {
    let bytes = Array("id,c,d\n1,x,".utf8) + windows1251(ending)
    #expect(try format(bytes).encoding == .windows1251)
  }

  @Test(arguments: 0..<4)
  func aCharacterCutByTheFirstReadIsStillUTF8(shift: Int) throws {
    let row = "1,€😀д\n"
    let text =
      String(repeating: "x", count: shift) + ",b\n"
      + String(repeating: row, count: (1 << 20) / row.utf8.count + 10)
    #expect(try format(text).encoding == .utf8)
  }

  @Test func aDamagedCharacterDoesNotMakeAFileWindows1251() throws {
    // A text cut at a byte, as database exports do.
    let bytes = Array("имя,город\nАнна,Мос".utf8) + [0xD0] + Array("\nОльга,Казань\n".utf8)
    let reading = try Reading(bytes)
    #expect(reading.file.format.encoding == .utf8)
    #expect(reading.file.header == ["имя", "город"])
    #expect(reading.cells(1) == ["Мос\u{FFFD}", "Казань"])
  }

  @Test func afterAByteOrderMarkBadBytesAreStillUTF8() throws {
    let bytes = [0xEF, 0xBB, 0xBF] + Array("a,b\n1,".utf8) + [0xC0, 0xC1, 0x0A]
    #expect(try format(bytes).encoding == .utf8)
  }

  @Test func bytesThatAreNoUTF8GiveLevelsThatAreDistinct() throws {
    let bytes = Array("a,b\nx,1\n".utf8) + [0xFF, 0x2C, 0x31, 0x0A, 0xC0, 0x2C, 0x32, 0x0A]
    let folder = try Folder()
    let path = try folder.write(bytes)
    let options = CSVOptions(encoding: .utf8)
    let reading = try Reading(path: path, options: options)
    guard case .categories(let codes, let levels) = reading.table.columns[0].values else {
      Issue.record("not categories")
      return
    }
    #expect(levels == ["x", "\u{FFFD}"])
    #expect(codes == [0, 1, 1])
    // The same cells meet the same levels when they are streamed.
    let known = try streamed(
      path: path, options: options, [.knownLevels(LevelDictionary(levels)), .skip])
    #expect(known[0] == ["0", "1", "1"])
  }

  @Test func aDecimalCommaIsFound() throws {
    let reading = try Reading("a;b\n1,5;x\n-2,25;y\n1 234,5;z\n")
    #expect(reading.file.format.decimalMark == UInt8(ascii: ","))
    #expect(reading.numbers(0) == [1.5, -2.25, 1234.5])
    #expect(try Reading("a,b\n\"1,5\",2\n\"12,25\",3\n").numbers(0) == [1.5, 12.25])
    #expect(try format("a;b\n1.5;x\n2.5;1,2,3\n").decimalMark == UInt8(ascii: "."))
  }

  /// Read as a decimal comma, 12,345 customers would silently become 12.345.
  @Test func thousandsCommasAreNotDecimalCommas() throws {
    let reading = try Reading("a,b\n\"12,345\",x\n\"1,234\",y\n\"2,500\",z\n")
    #expect(reading.file.format.decimalMark == UInt8(ascii: "."))
    #expect(reading.kinds[0] != .number)
    #expect(try format("a;b\n1,125;2\n3,250;4\n").decimalMark == UInt8(ascii: ","))
  }

  @Test func aUsersDecimalMarkIsTaken() throws {
    let options = CSVOptions(decimalMark: UInt8(ascii: ","))
    #expect(try Reading("a;b\n1.5;2\n", options: options).kinds == [.category, .number])
  }

  @Test func spacesBetweenThousandsAreRead() throws {
    let text = "a;b\n1 234;1\n1\u{A0}234\u{A0}567,5;2\n12\u{202F}345;3\n"
    #expect(try Reading(text).numbers(0) == [1234, 1_234_567.5, 12345])
    let narrow = "a;b\n1\u{A0}234,5;д\n\u{A0}1 234 567\u{A0};ж\n"
    let reading = try Reading(windows1251(narrow))
    #expect(reading.file.format.encoding == .windows1251)
    #expect(reading.numbers(0) == [1234.5, 1_234_567])
  }

  @Test func filesThatAreNoTextAreNamedForWhatTheyAre() throws {
    let kinds: [(bytes: [UInt8], text: String)] = [
      (
        [0x50, 0x4B, 3, 4, 0, 0],
        "an Excel workbook or zip archive, not CSV text; save the sheet as CSV"
      ),
      ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook, not CSV text; save the sheet as CSV"),
      ([0xFF, 0xFE, 0x61, 0], "UTF-16 text, not CSV text; save it as UTF-8"),
      ([0xFE, 0xFF, 0, 0x61], "UTF-16 text, not CSV text; save it as UTF-8"),
      ([0x61, 0, 0x2C, 0, 0x0A, 0], "binary data, not CSV text; give a CSV file"),
      (
        [0x7F, 0x45, 0x4C, 0x46, 2, 1, 0, 0, 0x0A],
        "binary data, not CSV text; give a CSV file"
      ),
      (Array("PAR1".utf8) + [0x15, 4], "a Parquet file, not CSV text; export it as CSV"),
      (Array("%PDF-1.7\n".utf8), "a PDF document, not CSV text; export the table as CSV"),
      (
        Array("BZh91AY&SY".utf8),
        "bzip2-compressed data, not CSV text; unpack it first; only .gz is read directly"
      ),
      (
        [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0],
        "xz-compressed data, not CSV text; unpack it first; only .gz is read directly"
      ),
      (
        [0x28, 0xB5, 0x2F, 0xFD],
        "zstd-compressed data, not CSV text; unpack it first; only .gz is read directly"
      ),
    ]
    for kind in kinds {
      let folder = try Folder()
      let path = try folder.write(kind.bytes)
      #expect(
        folder.message { _ = try CSVFile(path: path) } == "t.csv, line 1: looks like \(kind.text)")
    }
  }

  @Test func columnsNamedLikeFileFormatsAreColumns() throws {
    #expect(try Reading("PAR1,PAR2\n1,2\n").file.header == ["PAR1", "PAR2"])
    #expect(try Reading("BZh,b\n1,2\n").file.header == ["BZh", "b"])
  }
}
