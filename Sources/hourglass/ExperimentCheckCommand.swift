import ArgumentParser
import Experiments
import Plots
import Tables

struct ExperimentCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Judges an experiment; the answer holds at any look.",
    discussion: """
      Example: hourglass experiment check cart.yaml --data exposures.csv conversions.csv
      One row per unit: hourglass experiment check mail.yaml --data units.csv --arm segment
      Counts per day: hourglass experiment check cart.yaml --tallies snapshots.csv
      What was started and imported: hourglass experiment check cart.yaml --store hourglass.db
      """)

  @OptionGroup var input: ExperimentDataOptions
  @Option(
    help: ArgumentHelp("Where the primary effect over time goes, as SVG.", valueName: "file"))
  var svg: String?
  @Option(
    help: ArgumentHelp(
      "A folder for the page, its numbers and a notebook, as 'experiment report' writes them.",
      valueName: "folder"))
  var report: String?
  @Flag(
    help:
      "Let the exit code be the verdict: 0 ship, 10 continue, 11 no useful effect, 12 harm, 13 invalid."
  )
  var gate = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let loaded = try input.load()
    for note in loaded.notes { Console.message(note) }
    let verdict = try ExperimentJudge(loaded.definition).verdict(on: loaded.evidence)
    if let report {
      try ExperimentReportFolder.write(loaded.definition, loaded.evidence, verdict, to: report)
    }
    if let svg { try writeChart(verdict, loaded, to: svg) }
    if json {
      try Console.printJSON(
        VerdictReport(
          verdict, of: loaded.definition, lookCount: loaded.evidence.looks.count))
    } else {
      let text = VerdictText(verdict, of: loaded.definition, on: loaded.evidence)
      try Console.print(text.text)
    }
    if gate { throw ExitCode(verdict.decision.gateCode) }
  }

  private func writeChart(
    _ verdict: Verdict, _ loaded: ExperimentDataOptions.Loaded, to path: String
  ) throws {
    let charts = ExperimentReportCharts(
      data: ExperimentReportData(loaded.definition, loaded.evidence, verdict),
      definition: loaded.definition)
    let variant = verdict.decision.variant ?? verdict.treatments.first?.variant ?? ""
    let chart = try charts.sequence(metric: loaded.definition.goal.metric, variant: variant)
    guard let chart else { throw UsageError("--svg: no look has an answer to draw yet") }
    let output = try OutputFile(path: path)
    try output.write(Array(chart.svg().utf8))
    try output.commit()
  }
}

extension Verdict.Decision {
  /// What a pipeline asks before rollout; 0 is yes.
  fileprivate var gateCode: Int32 {
    switch self {
    case .ship: 0
    case .proceed: 10
    case .stopNoUsefulEffect: 11
    case .stopHarm: 12
    case .invalid: 13
    }
  }
}
