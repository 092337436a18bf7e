import Foundation
import Glibc
import Testing

/// Files that are no tables, tried as a new user would: one line that says what to do, and nothing left.
struct BadFileTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private static let good = Customers()

  private static let files: [BadInput] = [
    BadInput("empty", "", message: "bad.csv is empty; give a CSV file with a header line"),
    BadInput("blank", "\n \n\n", message: "bad.csv is empty; give a CSV file with a header line"),
    BadInput(
      "header only", Customers(count: 0).text,
      message: "bad.csv, line 1: a header and no rows; export the rows too"),
    BadInput(
      "two columns of one name", good.renaming("visits", "age").text,
      message: "bad.csv, line 1: columns 2 and 3 are both named 'age'; rename one"),
    BadInput(
      "binary", Data([0x7F, 0x45, 0x4C, 0x46, 0x02, 0x01]) + noise(count: 5_000),
      message: "bad.csv, line 1: looks like binary data, not CSV text; give a CSV file"),
    BadInput(
      "text behind a quote in the header", "id,\"age\"x,bought\n\(Customers.secret),1,1\n",
      message: "bad.csv: cannot be read: line 1: text after a closing quote in the header; "
        + "double the quote or remove it"),
    BadInput(
      "a workbook", Data([0x50, 0x4B, 0x03, 0x04]) + noise(count: 5_000),
      message: "bad.csv, line 1: looks like an Excel workbook or zip archive, not CSV text; "
        + "save the sheet as CSV"),
    BadInput(
      "an unclosed quote", good.text + "\(Customers.secret),\"21,1,red,Yes,2025-01-01,1\n",
      message: "bad.csv, line 302: a quote opened here is never closed; double it (\"\") "
        + "or remove it"),
    BadInput(
      "a row longer than 16 MiB",
      good.text + Customers.secret + String(repeating: "x", count: 17 << 20) + ",1,1,red,,,1\n",
      message: "bad.csv, line 302: a row longer than 16777216 bytes; "
        + "give a CSV file with line breaks, or close its quotes"),
    BadInput(
      "one line of 17 MiB", String(repeating: "x", count: 17 << 20),
      message: "bad.csv, line 1: a row longer than 16777216 bytes; "
        + "give a CSV file with line breaks, or close its quotes"),
  ]

  private static func noise(count: Int) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ ($0 / 7) &* 31) })
  }

  @Test(arguments: files) func trainingNamesTheFileTheLineAndTheRemedy(_ input: BadInput) throws {
    try place.write(input.data, to: input.name)
    try place.expectRefusal(
      ["train", "m", "--data", input.name, "--target", "bought", "--id", "id"],
      exitCode: input.exitCode, message: input.message)
  }

  @Test func scoringNamesTheFileTheLineAndTheRemedy() throws {
    try place.train()
    for input in Self.files {
      try place.write(input.data, to: input.name)
      try place.expectRefusal(
        ["score", "buyers", "--data", input.name, "--out", "scores.csv"],
        exitCode: input.exitCode, message: input.message)
    }
  }

  @Test func oneRowIsTooFew() throws {
    try place.write(Customers(count: 1).text, to: "bad.csv")
    let answer = try place.run("train", "m", "--data", "bad.csv", "--target", "bought")
    #expect(answer.exitCode == 65)
    #expect(
      answer.error == "hourglass: bad.csv: target 'bought' is '1' in every row; "
        + "a model needs rows of both outcomes\n")
    try place.train()
    let scoring = try place.run("score", "buyers", "--data", "bad.csv")
    #expect(scoring.exitCode == 0)
    #expect(scoring.lines.count == 2)
  }

  @Test func aFolderOrNothingIsNoInput() throws {
    try FileManager.default.createDirectory(
      at: place.path("folder"), withIntermediateDirectories: false)
    for command in [["train", "m", "--target", "bought"], ["train", "m", "--target", "x"]] {
      try place.expectRefusal(
        command + ["--data", "folder"], exitCode: 66,
        message: "folder: cannot be opened: it is a directory; name a file in it")
      try place.expectRefusal(
        command + ["--data", "nowhere.csv"], exitCode: 66,
        message: "nowhere.csv: cannot be opened: No such file or directory")
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may read every file"))
  func aFileThatMayNotBeReadIsNoInput() throws {
    try place.write(Self.good.text, to: "bad.csv")
    #expect(chmod(place.path("bad.csv").path, 0) == 0)
    try place.expectRefusal(
      ["train", "m", "--data", "bad.csv", "--target", "bought"], exitCode: 66,
      message: "bad.csv: cannot be opened: Permission denied")
  }

  @Test func aDamagedArchiveIsBadData() throws {
    try place.write(Self.good.text, to: "good.csv")
    let answer = try place.shell(
      "gzip -n good.csv && head -c 1000 good.csv.gz > bad.csv.gz && rm good.csv.gz")
    #expect(answer.exitCode == 0)
    try place.expectRefusal(
      ["train", "m", "--data", "bad.csv.gz", "--target", "bought"], exitCode: 65,
      message: "bad.csv.gz: cannot be read: the gzip data ends early; copy the file again")
    try place.write(place.bytes("bad.csv.gz").prefix(200) + Self.noise(count: 2_000), to: "bad.gz")
    try place.expectRefusal(
      ["train", "m", "--data", "bad.gz", "--target", "bought"], exitCode: 65,
      message: "bad.gz: cannot be read: the gzip data is damaged; copy the file again")
  }

  @Test func aHundredThousandColumnsAreReadInBoundedTime() throws {
    let names = (1...100_000).map { "c\($0)" }.joined(separator: ",")
    let rows = Customers(count: 24).rows.enumerated().map { index, row in
      (row + (1...100_000).map { "\(($0 * 7 + index * $0) % 10)" }).joined(separator: ",") + "\n"
    }
    try place.write(
      Customers().header.joined(separator: ",") + ",\(names)\n" + rows.joined(), to: "wide.csv")
    // Each run takes seconds, unoptimised; a cost that grows with the square of the columns takes longer than
    // the workplace waits.
    let training = try place.run(
      "train", "m", "--data", "wide.csv", "--target", "bought", "--id", "id", "--test-every", "4")
    #expect(training.exitCode == 65)
    #expect(
      training.error
        == "hourglass: wide.csv: the design has 90004 columns, levels of categories included; "
        + "the limit is 10000: merge rare levels or leave columns out\n")
    try place.train()
    let scoring = try place.run("score", "buyers", "--data", "wide.csv")
    #expect(scoring.exitCode == 0)
    #expect(scoring.lines.count == 25)
  }

  @Test func rowsWithANULByteAreRejected() throws {
    let customers = Self.good.setting("colour", row: 8, to: "re\0d")
    let answer = try place.train(on: customers)
    #expect(answer.exitCode == 0)
    #expect(answer.error == "customers.csv: 1 row rejected, first at line 9: a NUL byte\n")
  }
}
