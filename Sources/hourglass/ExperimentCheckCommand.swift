import ArgumentParser
import Experiments
import Tables

struct ExperimentCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Judges an experiment; the answer holds at any look.",
    discussion: """
      Example: hourglass experiment check cart.yaml --data exposures.csv conversions.csv
      One row per unit: hourglass experiment check mail.yaml --data units.csv --arm segment
      Counts per day: hourglass experiment check cart.yaml --tallies snapshots.csv
      """)

  @OptionGroup var input: ExperimentDataOptions
  @Option(
    help: ArgumentHelp("Where the primary effect over time goes, as SVG.", valueName: "file"))
  var svg: String?
  @Flag(
    help:
      "Let the exit code be the verdict: 0 ship, 10 continue, 11 no useful effect, 12 harm, 13 invalid."
  )
  var gate = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let loaded = try input.load()
    for note in loaded.notes { Console.message(note) }
  }
}
