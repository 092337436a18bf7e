import ArgumentParser
import Experiments
import Plots
import Tables

struct ExperimentPlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says how many units and days an experiment takes, and what each design costs.",
    discussion: """
      Example: hourglass experiment plan --baseline 0.05 --effect 0.01 --traffic 1200
      From the past: hourglass experiment plan cart.yaml --history past.csv --outcome bought
      """)

  @OptionGroup var settings: PlanSettings
  @OptionGroup var history: HistoryOptions
  @Option(help: ArgumentHelp("Where the power curve goes, as SVG.", valueName: "file"))
  var svg: String?
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let past = try history.read()
    if let past, past.missingCount > 0 {
      Console.message(
        "\(history.history ?? ""): \(past.missingCount) rows without an outcome or covariate left out"
      )
    }
    let (request, metric) = try settings.request(past: past)
    let plan = try ExperimentPlan(request)
    for warning in PlanText(plan, metric: metric).warnings { Console.message(warning) }
    if let svg {
      let output = try OutputFile(path: svg)
      try output.write(Array(try PlanText(plan, metric: metric).powerCurve().svg().utf8))
      try output.commit()
    }
    if json { return try Console.printJSON(PlanReport(plan, metric: metric)) }
    try Console.print(PlanText(plan, metric: metric).text)
  }
}
