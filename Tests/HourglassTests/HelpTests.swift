import Foundation
import Testing

/// What the program says of itself and of commands it cannot make sense of.
struct HelpTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private static let threadLimit = 4 * ProcessInfo.processInfo.activeProcessorCount

  private static let helps: [(command: [String], lines: [String])] = [
    (
      [],
      [
        "OVERVIEW: Scores customers for CRM marketing.",
        "Data goes to standard output, messages to standard error.",
        "USAGE: hourglass <subcommand>",
      ]
    ),
    (
      ["train"],
      [
        "USAGE: hourglass train [<options>] <name> --data <data> --target <column>",
        "  --target <column>       The column to predict; it has two values.",
        "  --id <column>           The column that identifies a customer.",
        "  --exclude <column>      A column to leave out (repeatable).",
        "  --print-schema          Print the column types found, as YAML, and stop.",
        "  --threads <threads>     Threads; the result does not depend on it.",
        "  --seed <seed>           The seed of every draw. (default: 1)",
        "  --json                  Print one JSON object.",
      ]
    ),
    (
      ["evaluate"],
      [
        "OVERVIEW: Judges a model on a file of rows whose outcomes are known.",
        "USAGE: hourglass evaluate [<options>] <name> --data <data>",
        "  --version <version>     A version, instead of the one in service.",
      ]
    ),
    (
      ["score"],
      [
        "USAGE: hourglass score [<options>] <name> --data <data>",
        "  --out <file>            Where the scores go; else standard output.",
        "  --reasons <reasons>     Reasons per customer; 0 for none. (default: 3)",
        "  --rejects <file>        Where rejected rows go, as CSV.",
      ]
    ),
    (
      ["models"],
      [
        "OVERVIEW: Lists models, shows one, and chooses which version is in service.",
        "  list (default)          Lists every version of every model; * is in service.",
        "  rollback                Puts the version back that was in service before.",
      ]
    ),
    (["models", "list"], ["USAGE: hourglass models list [--models <folder>] [--json]"]),
    (
      ["models", "show"],
      ["USAGE: hourglass models show <name> [--models <folder>] [--version <version>] [--json]"]
    ),
    (
      ["models", "promote"],
      ["USAGE: hourglass models promote <name> <version> [--models <folder>]"]
    ),
    (["models", "rollback"], ["USAGE: hourglass models rollback <name> [--models <folder>]"]),
    (["simulate"], ["OVERVIEW: Writes seeded, made-up data whose truth is known."]),
    (
      ["simulate", "leads"],
      [
        "Example: hourglass simulate leads --rows 20000 --seed 7 --out leads.csv",
        "  --truth <file>          Where the true probabilities go, by id.",
      ]
    ),
    (["version"], ["USAGE: hourglass version [--json]"]),
  ]

  @Test func everySubcommandExplainsItself() throws {
    for help in Self.helps {
      let answer = try place.run(help.command + ["--help"])
      #expect(answer.exitCode == 0)
      #expect(answer.error == "")
      for line in help.lines {
        #expect(answer.lines.contains(line), "\(help.command) lacks: \(line)")
      }
    }
  }

  @Test(arguments: [
    (["trian"], "Unexpected argument 'trian'"),
    (["train"], "Missing expected argument '<name>'"),
    (["train", "m", "--data", "a"], "Missing expected argument '--target <column>'"),
    (["train", "m", "--target", "t"], "Missing expected argument '--data <data>'"),
    (["score", "m", "--data", "a", "--frobnicate"], "Unknown option '--frobnicate'"),
    (["score", "m", "--data", "a", "--reasons=-1"], "--reasons is -1; give 0 or more"),
    (["score", "m", "--data", "a", "--threads", "0"], "--threads is 0; give a positive number"),
    (
      ["score", "m", "--data", "a", "--threads", "100000"],
      "--threads is 100000; give at most \(threadLimit), 4 per processor"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--missing", "-999", "--l2", "-1"],
      "--l2 is -1.0; give 0 or a positive number"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--exclude", "x", "--id", "x"],
      "--id 'x' cannot be excluded too; an id is no feature anyway"
    ),
    (
      ["score", "m", "--data", "a", "--delimiter", "::"],
      "--delimiter is '::'; give one ASCII character, or 'tab'"
    ),
    (
      ["score", "m", "--data", "a", "--encoding", "koi8-r"],
      "--encoding is 'koi8-r'; give utf-8 or windows-1251"
    ),
    (["score", "m", "--data", "a", "--decimal", ";"], "--decimal is ';'; give '.' or ','"),
    (
      ["score", "m", "--data", "a", "--max-rejects", "some"],
      "--max-rejects is 'some'; give a share such as 0.01 or 1%"
    ),
    (
      ["score", "m", "--data", "a", "--max-rejects", "101%"],
      "--max-rejects is '101%'; give a share such as 0.01 or 1%"
    ),
    (
      ["score", "m", "--data", "a", "--json"],
      "--json prints the summary where the scores would go; give --out too"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--test-every", "1"],
      "--test-every is 1; give 2 or more"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--test-fraction", "1"],
      "--test-fraction is 1.0; give a share between 0 and 1"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--test-after", "2026-01-01"],
      "--test-after and --time go together: a date and the column it cuts"
    ),
    (
      [
        "train", "m", "--data", "a", "--target", "t", "--test-every", "5", "--test-fraction", "0.1",
      ],
      "give one of --test-fraction, --test-every, --test-after and --fit-all"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--snapshot", "soon"],
      "--snapshot is 'soon'; give a date such as 2026-05-31"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--l2=-1"],
      "--l2 is -1.0; give 0 or a positive number"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--min-level-count", "0"],
      "--min-level-count is 0; give a positive number"
    ),
    (
      ["train", "m", "--data", "a", "--target", "t", "--exclude", "t"],
      "--target 't' cannot be the id or excluded too"
    ),
    (["simulate", "leads", "--rows", "0"], "--rows is 0; give a positive number"),
    (
      ["simulate", "leads", "--out", "a", "--truth", "./a"],
      "--truth names the file of --out, './a'; name another"
    ),
  ])
  func aCommandThatMakesNoSenseIsToldWhy(arguments: [String], message: String) throws {
    let answer = try place.run(arguments)
    #expect(answer.exitCode == 64)
    let command =
      ["hourglass"] + arguments.prefix { !["m", "trian"].contains($0) && !$0.hasPrefix("-") }
    #expect(
      answer.error
        == "hourglass: \(message); see '\(command.joined(separator: " ")) --help'\n")
    #expect(answer.output == "")
    #expect(try place.names() == [])
  }

  @Test func theVersionNamesTheAlgebraLibraryAndItsThreads() throws {
    #expect(try place.run("version").output == "hourglass 0.1.0\n")
    let report = try place.run("version", "--json").json()
    #expect(try report.string("version") == "0.1.0")
    #expect(try report.string("blas.configuration").hasPrefix("OpenBLAS "))
    #expect(try !report.string("blas.coreType").isEmpty)
    #expect(try report.number("blas.threads") == 1)
  }

  private static let referenceBLAS = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: Self.referenceBLAS),
      "needs the reference BLAS, libblas3"))
  func aReferenceBLASIsWarnedOf() throws {
    let slow = ["LD_PRELOAD": Self.referenceBLAS]
    let version = try place.run("version", "--json", environment: slow)
    #expect(version.exitCode == 0)
    #expect(try version.json().bool("blas.isOpenBLAS") == false)
    let warning = "hourglass: warning: OpenBLAS is linked but does not answer (products by "
    #expect(version.error.hasPrefix(warning))
    #expect(version.errorLines.count == 1)
    try place.write(Customers().text, to: "customers.csv")
    let training = try place.run(
      "train", "m", "--data", "customers.csv", "--target", "bought", "--id", "id",
      environment: slow)
    #expect(training.exitCode == 0)
    #expect(training.errorLines.first?.hasPrefix(warning) == true)
  }
}
