import ArgumentParser
import ExperimentFiles
import Experiments
import FoundationEssentials
import Tables

/// `hourglass experiment start`: keeps a definition, so that it cannot change unnoticed.
struct ExperimentStartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Keeps a definition as that of an experiment that begins now.",
    discussion: """
      Example: hourglass experiment start cart.yaml --store hourglass.db
      From then on 'check --store' refuses a definition that was changed. Starting again what was not changed, \
      or has a phase more, keeps the first instant.
      """)

  @Argument(help: "The definition of the experiment, YAML.") var definition: String
  @Option(
    help: ArgumentHelp(
      "The store to keep it in, a SQLite file; it is made where there is none.", valueName: "file"))
  var store = "hourglass.db"
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let experiment: String
    let fingerprint: String
    let started: String
  }

  func run() throws {
    let experiment = try ExperimentFile(path: definition).definition
    let started = try ExperimentStoreFile(path: store).start(experiment, source: try source())
    let report = Report(
      experiment: started.key, fingerprint: started.fingerprint, started: started.startText)
    if json { return try Console.printJSON(report) }
    try Console.print(
      "\(report.experiment): started \(report.started) as \(report.fingerprint)")
  }

  private func source() throws -> String {
    guard let text = FileManager.default.contents(atPath: definition) else {
      throw TableError.cannotOpen(path: definition, reason: "no readable file of that name")
    }
    return String(decoding: text, as: UTF8.self)
  }
}
