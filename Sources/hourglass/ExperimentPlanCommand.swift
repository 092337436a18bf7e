import ArgumentParser
import ExperimentFiles
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
      From what was started and imported: hourglass experiment plan cart.yaml --store hourglass.db
      """)

  @OptionGroup var settings: PlanSettings
  @OptionGroup var history: HistoryOptions
  @Option(
    help: ArgumentHelp(
      "The store that keeps the experiment, a SQLite file: plan from its control and its traffic.",
      valueName: "file"))
  var store: String?
  @Option(help: ArgumentHelp("Where the power curve goes, as SVG.", valueName: "file"))
  var svg: String?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard store != nil else { return }
    if settings.definition == nil {
      throw ValidationError("--store keeps experiments; give the definition of one")
    }
    if history.history != nil {
      throw ValidationError("--history and --store exclude each other")
    }
  }

  func run() throws {
    let past = try kept() ?? history.read()
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

  private func kept() throws -> PastData? {
    guard let store, let path = settings.definition else { return nil }
    let definition = try ExperimentFile(path: path).definition
    let evidence = try ExperimentStoreFile(path: store).evidence(
      Attribution(definition: definition))
    return try PastData(control: evidence, of: definition)
  }
}
