import Foundation
import Glibc
import Testing

/// Where data comes from and goes to: pipes, archives, other encodings, full disks, missing folders.
struct StreamTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.train()
  }

  private var scores: String {
    get throws { try place.run("score", "buyers", "--data", "customers.csv").output }
  }

  @Test func scoringReadsAPipeAndAnArchiveLikeTheFile() throws {
    let expected = try scores
    for script in [
      "cat customers.csv | hourglass score buyers --data /dev/stdin",
      "hourglass score buyers --data /dev/stdin < customers.csv",
      "hourglass score buyers --data - --out - < customers.csv",
      "mkfifo pipe && { cat customers.csv > pipe & } && hourglass score buyers --data pipe",
      "gzip -k customers.csv && hourglass score buyers --data customers.csv.gz",
      "gzip -c customers.csv | hourglass score buyers --data /dev/stdin",
    ] {
      let answer = try place.shell(script)
      #expect(answer.exitCode == 0)
      #expect(answer.output == expected, "\(script)")
    }
  }

  @Test func standardOutputMayBeAFileAPipeOrNamed() throws {
    let expected = try scores
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/dev/stdout")
    #expect(try place.shell("hourglass score buyers --data customers.csv | cat").output == expected)
    let named = try place.run("score", "buyers", "--data", "customers.csv", "--out", "/dev/stdout")
    #expect(named.output == expected)
    _ = try place.shell("hourglass score buyers --data customers.csv > scores.csv")
    #expect(try place.text("scores.csv") == expected)
    // An unprivileged program cannot replace the link; a privileged one must not.
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "/dev/stdout") == link)
  }

  @Test func aReaderThatLeavesEarlyIsNoCrash() throws {
    for (command, firstLine) in [
      ("simulate leads --rows 20000", "Prospect ID,Created,Lead Origin"),
      ("score buyers --data many.csv", "id,score,probability,decile,reason1"),
    ] {
      try place.write(Customers(count: 20_000).text, to: "many.csv")
      let answer = try place.shell("hourglass \(command) | head -1; echo ${PIPESTATUS[0]}")
      #expect(answer.lines.first?.hasPrefix(firstLine) == true)
      #expect(answer.lines.last == "1")
      #expect(
        answer.errorLines.last == "hourglass: /dev/stdout: cannot be written: Broken pipe",
        "\(answer.error)")
    }
  }

  @Test func trainingFromAPipeIsRefused() throws {
    let before = try place.names()
    let answer = try place.shell(
      "cat customers.csv | hourglass train m --data /dev/stdin --target bought")
    #expect(answer.exitCode == 64)
    #expect(
      answer.error == "hourglass: --data '/dev/stdin' is a pipe, "
        + "and training reads its file more than once; save it to a file first\n")
    #expect(try place.names() == before)
    let schema = try place.shell(
      "cat customers.csv | hourglass train m --data /dev/stdin --target bought --print-schema")
    #expect(schema.exitCode == 0)
    #expect(schema.lines.first == "columns:")
  }

  @Test func anArchiveTrainsTheModelOfItsFile() throws {
    _ = try place.shell("gzip -k customers.csv")
    let answer = try place.run(
      "train", "zipped", "--data", "customers.csv.gz", "--target", "bought", "--id", "id",
      "--l2", "0.001")
    #expect(answer.exitCode == 0)
    #expect(
      try coefficients(of: "zipped") == coefficients(of: "buyers"))
  }

  /// A Russian spreadsheet's export: windows-1251, semicolons, decimal commas.
  @Test func anotherCountrysFileTrainsTheSameModel() throws {
    var customers = Customers().mapping("age") { $0.replacing(".", with: ",") }
      .mapping("bought") { $0 == "1" ? "да" : "нет" }.renaming("bought", "купил")
    customers.delimiter = ";"
    try place.write(
      try #require(customers.text.data(using: .windowsCP1251)), to: "customers-1251.csv")
    let answer = try place.run(
      "train", "russian", "--data", "customers-1251.csv", "--target", "купил", "--id", "id",
      "--l2", "0.001")
    #expect(answer.exitCode == 0, "\(answer.error)")
    #expect(try coefficients(of: "russian") == coefficients(of: "buyers"))
    let scoring = try place.run("score", "russian", "--data", "customers-1251.csv")
    #expect(try scoring.output == scores)
    let told = try place.run(
      "score", "russian", "--data", "customers-1251.csv", "--delimiter", ";", "--encoding",
      "windows-1251", "--decimal", ",")
    #expect(told.output == scoring.output)
  }

  private func coefficients(of name: String) throws -> [Double] {
    try place.run("models", "show", name, "--json").json().array("coefficients")
      .map { try $0.number("coefficient") }
  }

  @Test func theTargetAndOtherColumnsDoNotDisturbScoring() throws {
    let expected = try scores
    try place.write(Customers().dropping("bought").text, to: "base.csv")
    #expect(try place.run("score", "buyers", "--data", "base.csv").output == expected)
    try place.write(Customers().mapping("bought") { _ in "?" }.text, to: "base.csv")
    #expect(try place.run("score", "buyers", "--data", "base.csv").output == expected)
  }

  @Test func aMissingColumnIsNamed() throws {
    for column in ["colour", "joined", "id"] {
      try place.write(Customers().dropping(column).text, to: "base.csv")
      try place.expectRefusal(
        ["score", "buyers", "--data", "base.csv", "--out", "scores.csv"], exitCode: 65,
        message: "base.csv, line 1: no column '\(column)'; see the header for the names it has")
    }
    try place.expectRefusal(
      ["score", "buyers", "--data", "customers.csv", "--out", "scores.csv", "--id", "age"],
      exitCode: 64,
      message: "column 'age' is a feature of the model and cannot identify its rows; name another")
  }

  @Test func anOutputThatCannotBeWrittenIsNamed() throws {
    let score = ["score", "buyers", "--data", "customers.csv", "--out"]
    try place.expectRefusal(
      score + ["nowhere/scores.csv"], exitCode: 1,
      message: "nowhere/scores.csv: cannot be written: its folder does not exist; create it first")
    try place.expectRefusal(
      score + ["models"], exitCode: 1,
      message: "models: cannot be written: it is a directory; name a file in it")
    try place.expectRefusal(
      score + ["/dev/full"], exitCode: 1,
      message: "/dev/full: cannot be written: No space left on device")
    try place.expectRefusal(
      score + ["scores.csv", "--rejects", "nowhere/rejects.csv"], exitCode: 1,
      message: "nowhere/rejects.csv: cannot be written: its folder does not exist; create it first")
    try place.expectRefusal(
      ["simulate", "leads", "--rows", "10", "--out", "nowhere/leads.csv"], exitCode: 1,
      message: "nowhere/leads.csv: cannot be written: its folder does not exist; create it first")
    try place.expectRefusal(
      ["train", "m", "--data", "customers.csv", "--target", "bought", "--models", "customers.csv"],
      exitCode: 1,
      message: "customers.csv/m: cannot be written: Not a directory; no version was added")
  }

  @Test func anAnswerThatNobodyGetsIsAFailure() throws {
    for command in [
      "models", "models show buyers", "version --json", "evaluate buyers --data customers.csv",
      "score buyers --data customers.csv", "simulate leads --rows 10",
    ] {
      let answer = try place.shell("hourglass \(command) > /dev/full")
      #expect(answer.exitCode == 1)
      #expect(
        answer.errorLines.last
          == "hourglass: /dev/stdout: cannot be written: No space left on device", "\(command)")
    }
  }

  @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func aSignalLeavesNoPartialFile(signal: String, exitCode: Int) throws {
    let before = try place.names()
    let answer = try place.shell(
      """
      set -m
      "$PROGRAM" simulate leads --rows 100000000 --out leads.csv & program=$!
      until compgen -G 'leads.csv.*.partial' > /dev/null; do :; done
      kill -\(signal) $program
      wait $program
      echo $?
      """)
    #expect(answer.lines.last == "\(exitCode)")
    #expect(try place.names() == before)
  }

  @Test func aLimitOnTheSizeOfFilesIsSaid() throws {
    let before = try place.names()
    let answer = try place.shell(
      "ulimit -f 10; hourglass simulate leads --rows 20000 --out leads.csv; echo $?")
    #expect(answer.lines.last == "1")
    #expect(
      answer.error == "hourglass: leads.csv: cannot be written: File too large; "
        + "nothing was left under that name\n")
    #expect(try place.names() == before)
  }

  @Test func noResultReplacesTheFileItIsMadeFrom() throws {
    let customers = try place.bytes("customers.csv")
    for (command, message) in [
      (
        ["score", "buyers", "--data", "customers.csv", "--out", "./customers.csv"],
        "--out names the file of --data, './customers.csv'; name another"
      ),
      (
        ["score", "buyers", "--data", "customers.csv", "--out", "new.csv", "--rejects", "new.csv"],
        "--out names the file of --rejects, 'new.csv'; name another"
      ),
      (
        [
          "train", "m", "--data", "customers.csv", "--target", "bought", "--rejects",
          "customers.csv",
        ],
        "--rejects names the file of --data, 'customers.csv'; name another"
      ),
    ] {
      let answer = try place.run(command)
      #expect(answer.exitCode == 64)
      #expect(answer.error.hasPrefix("hourglass: \(message); see 'hourglass "), "\(answer.error)")
      #expect(try place.bytes("customers.csv") == customers)
    }
  }

  @Test(
    .enabled(if: SmallDisk.canBeMounted, "only root may mount a small disk, and not everywhere"))
  func aFullDiskLeavesNothing() throws {
    let disk = try #require(try SmallDisk(at: place.path("disk")))
    defer { disk.unmount() }
    try place.write(Customers(count: 3_000).text, to: "many.csv")
    try place.expectRefusal(
      ["score", "buyers", "--data", "many.csv", "--out", "disk/scores.csv"], exitCode: 1,
      message: "disk/scores.csv: cannot be written: No space left on device; "
        + "nothing was left under that name")
    try place.expectRefusal(
      ["simulate", "leads", "--rows", "3000", "--out", "disk/leads.csv"], exitCode: 1,
      message: "disk/leads.csv: cannot be written: No space left on device; "
        + "nothing was left under that name")
    try place.write(Data(count: 60_000), to: "disk/filler")
    try place.expectRefusal(
      [
        "train", "m", "--data", "customers.csv", "--target", "bought", "--id", "id", "--models",
        "disk/models",
      ], exitCode: 1,
      message: "disk/models/m: cannot be written: No space left on device; no version was added")
  }
}

/// 64 KiB of memory as a disk, which is soon full.
private struct SmallDisk {
  private let path: String

  /// `nil` where the system does not let this user mount.
  init?(at folder: URL) throws {
    path = folder.path
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return nil }
  }

  /// Detached, so that nothing stays mounted even if a file in it is still open.
  func unmount() { umount2(path, Int32(MNT_DETACH)) }

  static let canBeMounted: Bool = {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    guard let disk = try? SmallDisk(at: folder) else { return false }
    disk.unmount()
    return true
  }()
}
