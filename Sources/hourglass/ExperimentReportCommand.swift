import ArgumentParser
import Experiments
import Tables

struct ExperimentReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes an experiment's page, its numbers and a notebook that redraws it.",
    discussion: """
      Example: hourglass experiment report cart.yaml --data exposures.csv conversions.csv --out report
      Writes report.html and report.json, and CSV tables with a notebook in notebooks-export/.
      """,
    aliases: ["export"])

  @OptionGroup var input: ExperimentDataOptions
  @Option(help: ArgumentHelp("The folder to write into; it is created.", valueName: "folder"))
  var out: String

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out is empty; name a folder") }
  }

  func run() throws {
    let loaded = try input.load()
    for note in loaded.notes { Console.message(note) }
    let verdict = try ExperimentJudge(loaded.definition).verdict(on: loaded.evidence)
    try ExperimentReportFolder.write(loaded.definition, loaded.evidence, verdict, to: out)
    Console.message("\(verdict.experiment): \(verdict.decision.name); see \(out)/report.html")
  }
}
