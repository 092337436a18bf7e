import ArgumentParser
import ExperimentFiles
import Experiments
import Plots
import SpecialFunctions
import Tables

struct ExperimentAuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Deals your own data anew at random, many times, and counts the false calls.",
    discussion: """
      Example: hourglass experiment audit cart.yaml --data exposures.csv conversions.csv
      One row per unit: hourglass experiment audit cart.yaml --data units.csv --outcome bought
      """)

  @Argument(help: "The definition of the experiment, YAML.") var definition: String
  @Option(parsing: .upToNextOption, help: "Files of exposures and conversions, or of units, CSV.")
  var data: [String] = []
  @Option(
    help: ArgumentHelp(
      "The store that keeps the experiment and its events, a SQLite file.", valueName: "file"))
  var store: String?
  @Option(help: "The column with each unit's outcome, where --data has one row per unit.")
  var outcome: String?
  @Option(help: "Looks, after equal numbers of units.") var looks = 20
  @Option(help: "How often the data are dealt anew.") var runs = 1000
  @Option(help: "The seed of every draw.") var seed: UInt64 = 1
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if data.isEmpty == (store == nil) {
      throw ValidationError(
        data.isEmpty
          ? "give --data, one file or more, or --store" : "--data and --store exclude each other")
    }
    if runs < 1 || runs > 1_000_000 {
      throw ValidationError("--runs is \(runs); give a number from 1 to 1000000")
    }
    if looks < 1 { throw ValidationError("--looks is \(looks); give a positive number") }
    if outcome != nil, data.count != 1 {
      throw ValidationError("--outcome reads one file of units; give one --data")
    }
  }

  func run() throws {
    let file = try ExperimentFile(path: definition)
    let outcomes = try outcome.map { try units(data[0], column: $0) } ?? outcomes(file)
    let audit = try ExperimentAudit(
      file.definition, outcomes: outcomes, lookCount: looks, runCount: runs, seed: seed)
    let report = AuditReport(audit, experiment: file.definition.key, seed: seed)
    if json { return try Console.printJSON(report) }
    try Console.print(report.text)
  }

  private func units(_ path: String, column name: String) throws -> [Double] {
    let file = try CSVFile(path: path)
    _ = try file.column(named: name)
    let rejects = try RejectLog(path: path, maxRejects: 0.01)
    let table = try file.table(threadCount: 1, rejects: rejects)
    Console.messages(rejects.notes(header: file.header), about: path)
    guard let column = table.column(named: name), column.kind != .date,
      case .numbers(let values) = column.values
    else {
      throw UsageError(
        "\(path): column '\(name)' does not hold numbers; name one that does, or write it as 0 and 1"
      )
    }
    let present = values.filter(\.isFinite)
    if present.count < values.count {
      Console.message("\(path): \(values.count - present.count) rows without an outcome left out")
    }
    return present
  }

  private func evidence(_ file: ExperimentFile) throws -> Evidence {
    if let store {
      return try ExperimentStoreFile(path: store).evidence(
        Attribution(definition: file.definition))
    }
    var files = EventFiles(definition: file.definition)
    files.columns = file.columns
    files.dealsByHash = file.dealsByHash
    let contents = try files.read(data)
    for note in contents.notes { Console.message(note) }
    return try Attribution(definition: file.definition).evidence(
      exposures: contents.exposures, conversions: contents.conversions,
      exclusions: contents.exclusions, isTimeless: contents.isTimeless)
  }

  private func outcomes(_ file: ExperimentFile) throws -> [Double] {
    var generator = SplitMix64(seed: seed)
    let outcomes = ExperimentAudit.outcomes(try evidence(file), using: &generator)
    guard !outcomes.isEmpty else {
      throw UsageError(
        "metric '\(file.definition.goal.metric.name)' keeps no single outcomes to deal anew; give one row"
          + " per unit and --outcome, or bound the metric")
    }
    return outcomes
  }
}

/// What an audit came to.
private struct AuditReport: Encodable {
  let experiment: String
  let units: Int
  let runs: Int
  let looks: Int
  let seed: UInt64
  let promised: Double
  let falseCalls: Int
  let rate: Double
  /// Three standard errors.
  let margin: Double
  let isAsPromised: Bool
  let rateOfPeeking: Double

  init(_ audit: ExperimentAudit, experiment: String, seed: UInt64) {
    self.experiment = experiment
    self.seed = seed
    units = audit.unitCount
    runs = audit.runCount
    looks = audit.lookCount
    promised = audit.promised
    falseCalls = audit.falseCalls
    rate = audit.rate
    margin = audit.margin
    isAsPromised = audit.isAsPromised
    rateOfPeeking = audit.rateOfPeeking
  }

  var text: String {
    func share(_ value: Double) -> String { NumberText.fixed(100 * value, decimals: 1) + " %" }
    let finding =
      isAsPromised
      ? "as promised: at most \(share(promised)), and chance of \(share(margin))"
      : "MORE than the promised \(share(promised)) and chance of \(share(margin)); do not trust this design"
    return """
      \(experiment): \(NumberText.fixed(Double(units), decimals: 0)) units dealt anew \(runs) times, \
      \(looks) looks each, seed \(seed)
      false calls of the design  \(falseCalls) of \(runs), \(share(rate)): \(finding)
      of a z-test at every look  \(share(rateOfPeeking))
      """
  }
}
