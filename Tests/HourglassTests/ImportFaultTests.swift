import Foundation
import Testing

@Suite struct ImportFaultTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func line(_ id: Int, _ more: String = "") -> String {
    #"{"event":"A","userId":"u\#(id)","messageId":"m\#(id)","timestamp":"2026-01-01T00:00:00Z"\#(more)}"#
  }

  private func run(_ arguments: String...) throws -> Workplace.Answer {
    try place.run(["import", "--store", "base.db"] + arguments)
  }

  @Test func aFileCutInTheMiddleOfALineKeepsTheOthers() throws {
    try place.write(
      (0..<200).map { line($0) }.joined(separator: "\n") + "\n{\"event\":\"B", to: "a.jsonl")
    let answer = try run("--json", "a.jsonl")
    #expect(answer.exitCode == 0)
    #expect(try answer.json().number("tables.events") == 200)
    #expect(try answer.json().array("files")[0].number("firstRejectedLine") == 201)
  }

  @Test func aGzipFileCutInTheMiddleKeepsWhatCameBefore() throws {
    try place.write(
      (0..<30_000).map { line($0, #","properties":{"n":\#($0 * 7_919)}"#) }.joined(separator: "\n"),
      to: "a.jsonl")
    _ = try place.shell(
      "gzip -k a.jsonl; head -c $(( $(stat -c %s a.jsonl.gz) - 1000 )) a.jsonl.gz > cut.jsonl.gz")
    let cut = try run("cut.jsonl.gz")
    #expect(cut.exitCode == 65)
    #expect(
      cut.error
        == "hourglass: cut.jsonl.gz: cannot be read: the gzip data ends early; copy the file again\n"
    )
    let whole = try run("--json", "a.jsonl.gz").json()
    #expect(try whole.number("tables.events") == 30_000)
    #expect(try whole.array("files")[0].number("knownFacts") > 10_000)
  }

  @Test func aGzipBombAndAHugeValueAreRejectedLinesInLittleMemory() throws {
    let answer = try place.shell(
      """
      (echo '\(line(1))'; head -c 600000000 /dev/zero; echo; echo '\(line(2))') | gzip -1 > bomb.jsonl.gz
      (echo '\(line(3))'; printf '{"event":"'; head -c 100000000 /dev/zero | tr '\\0' x; echo '"}'; \
      echo '\(line(4))') > huge.jsonl
      ulimit -v 4000000
      hourglass import --store base.db --max-rejects 50% --json bomb.jsonl.gz huge.jsonl
      """)
    #expect(answer.exitCode == 0, "\(answer.error)")
    let files = try answer.json().array("files")
    #expect(try files.map { try $0.number("newFacts") } == [2, 2])
    #expect(try files.map { try $0.number("firstRejectedLine") } == [2, 2])
    #expect(try files[1].string("firstRejectedReason").contains("a line of 100000013 bytes"))
  }

  @Test func bytesThatAreNoTextAreRejectedByLine() throws {
    var bytes = Data((line(1) + "\n").utf8)
    bytes += Data([0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D, 0x0A])
    bytes += Data((line(2) + "\n").utf8)
    try place.write(bytes, to: "a.jsonl")
    let answer = try run("--json", "--max-rejects", "50%", "a.jsonl")
    #expect(try answer.json().number("tables.events") == 2)
    #expect(
      try answer.json().array("files")[0].string("firstRejectedReason")
        == "bytes that are not UTF-8 (byte 3 of the record)")
  }

  @Test(arguments: [
    ("empty.jsonl", 65, "empty.jsonl is empty"),
    ("nowhere.jsonl", 66, "nowhere.jsonl: cannot be opened"),
    ("noise.txt", 65, "noise.txt, line 1: a header and no rows"),
    ("none.jsonl", 65, "none.jsonl: none of its 2 records could be read; first at line 1"),
    (".", 66, ".: cannot be opened: it is a directory"),
  ])
  func whatIsNoImportIsOneLine(file: String, code: Int32, text: String) throws {
    try place.write("", to: "empty.jsonl")
    try place.write("lorem ipsum\n", to: "noise.txt")
    try place.write("{}\n{}\n", to: "none.jsonl")
    let answer = try run(file)
    #expect(answer.exitCode == code)
    #expect(answer.errorLines.count == 1)
    #expect(answer.error.contains(text), "\(answer.error)")
  }

  @Test func aStoreInUseIsOneLine() throws {
    try place.write(line(1), to: "a.jsonl")
    #expect(try run("a.jsonl").exitCode == 0)
    try place.write(line(2), to: "b.jsonl")
    // Another program's transaction, which goes on until it is killed.
    let answer = try place.shell(
      """
      python3 -c 'base = __import__("sqlite3").connect("base.db", isolation_level=None); \
      base.execute("BEGIN IMMEDIATE"); open("held", "w"); __import__("signal").pause()' & holder=$!
      while [ ! -e held ] && kill -0 $holder; do :; done
      hourglass import --store base.db --wait 0 b.jsonl; code=$?
      kill -9 $holder; exit $code
      """)
    #expect(answer.exitCode == 69)
    #expect(
      answer.error.contains(
        "hourglass: base.db: another program has been writing to it for 0 s; try again when it is done"
      ))
    #expect(try run("--json", "b.jsonl").json().number("tables.events") == 2)
  }

  @Test func aFullDiskIsOneLineAndNothingIsLost() throws {
    try place.write((0..<20_000).map { line($0) }.joined(separator: "\n"), to: "a.jsonl")
    // A limit on the size of files stands in for a full disk, which only root can make.
    let full = try place.shell("ulimit -f 1500; hourglass import --store base.db a.jsonl")
    #expect(full.exitCode == 69)
    #expect(full.errorLines.count == 1, "\(full.error)")
    let answer = try run("--json", "a.jsonl")
    #expect(answer.exitCode == 0, "\(answer.error)")
    #expect(try answer.json().number("tables.events") == 20_000)
  }

  @Test func aStoreThatMayOnlyBeReadIsOneLine() throws {
    try place.write(line(1), to: "a.jsonl")
    let answer = try place.shell(
      "mkdir closed; hourglass import --store /proc/base.db a.jsonl")
    #expect(answer.exitCode == 69)
    #expect(answer.errorLines.count == 1, "\(answer.error)")
  }
}
