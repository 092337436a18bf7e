import ArgumentParser
import Experiments
import Plots
import Tables

struct ExperimentSimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulates a design: its false calls, its power, when it stops.",
    discussion: """
      Example: hourglass experiment simulate --baseline 0.05 --effect 0.01 --design soonest-exact
      Simulates conversions unit by unit, 50:50 or by --treatment-share, with the always-valid designs looked at after
      every unit.
      """)

  enum Design: String, ExpressibleByArgument, CaseIterable {
    case unlimitedExact = "unlimited-exact"
    case soonestExact = "soonest-exact"
    case asymptotic
    case groupSequential = "group-sequential"
    case peeking
  }

  @Option(parsing: .unconditional, help: "The share of control units that convert.") var baseline:
    Double
  @Option(
    parsing: .unconditional, help: "The effect that the design is tuned to, in the metric's unit.")
  var effect: Double
  @Option(
    help: ArgumentHelp(
      "One of \(Design.allCases.map(\.rawValue).joined(separator: ", ")); all, if not given."))
  var design: [Design] = []
  @Option(parsing: .unconditional, help: "True effects, in multiples of --effect.") var multiples =
    "0,1,2.5"
  @Option(help: "The two-sided error level.") var alpha = 0.05
  @Option(help: "The chance of finding the effect.") var power = 0.8
  @Option(help: "The share of units that see the treatment.") var treatmentShare = 0.5
  @Option(help: "Looks of the designs that have them.") var looks = 20
  @Option(help: "Where an experiment is left, in sizes of the test with one look.") var horizon =
    3.0
  @Option(help: "Simulated experiments for each effect and design.") var runs = 1000
  @Option(help: "The seed of every draw.") var seed: UInt64 = 1
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if runs < 1 || runs > 10_000_000 {
      throw ValidationError("--runs is \(runs); give a number from 1 to 10000000")
    }
    if looks < 1 || looks > 200 {
      throw ValidationError("--looks is \(looks); give a number from 1 to 200")
    }
    if !(horizon > 0 && horizon <= 1000) {
      throw ValidationError("--horizon is \(horizon); give a number above 0 and up to 1000")
    }
    _ = try parsedMultiples()
  }

  private func parsedMultiples() throws -> [Double] {
    let cells = multiples.split(separator: ",", omittingEmptySubsequences: false)
    let values = cells.compactMap { Double($0) }.filter(\.isFinite)
    guard values.count == cells.count, !values.isEmpty else {
      throw ValidationError("--multiples is '\(multiples)'; give numbers such as 0,1,2.5")
    }
    return values
  }

  func run() throws {
    let fixed = try FixedTest(
      past: MetricPast(share: baseline), alpha: alpha, treatmentShare: treatmentShare)
    let fixedUnits = try fixed.units(effect: effect, power: power)
    let chosen = design.isEmpty ? Design.allCases : design
    let units =
      fixedUnits * horizon * Double(runs * chosen.count) * Double(try parsedMultiples().count)
    guard units <= 1e12 else {
      throw UsageError(
        "this would simulate up to \(NumberText.significant(units, digits: 2)) units, more than 1e12, some"
          + " hours; give a larger --effect, fewer --runs or a lower --horizon")
    }
    var rows: [SimulationReport.Row] = []
    let progress = Progress()
    for design in chosen {
      let rule = try rule(design, fixedUnits: fixedUnits)
      let simulation = try DesignSimulation(
        baseline: baseline, plannedEffect: effect, alpha: alpha, treatmentShare: treatmentShare,
        horizonUnits: Int(min((fixedUnits * horizon).rounded(.up), 1e9)))
      for multiple in try parsedMultiples() {
        progress.show("\(design.rawValue), effect × \(multiple)")
        let summary = try simulation.summary(
          rule, effectMultiple: multiple, runCount: runs, seed: seed)
        rows.append(
          SimulationReport.Row(design.rawValue, multiple, summary, fixedUnits: fixedUnits))
      }
    }
    progress.clear()
    let report = SimulationReport(
      baseline: baseline, effect: effect, alpha: alpha, power: power,
      treatmentShare: treatmentShare, fixedUnits: fixedUnits, horizon: horizon, looks: looks,
      runs: runs, seed: seed, results: rows)
    if json { return try Console.printJSON(report) }
    try Console.print(report.text)
  }

  private func rule(_ design: Design, fixedUnits: Double) throws -> DesignSimulation.Rule {
    switch design {
    case .unlimitedExact: return .unlimitedExact
    case .soonestExact:
      return .soonestExact(
        SoonestPolicy(alpha: alpha / 2, power: power, cap: min(horizon, SoonestPolicy.usualCap)))
    case .asymptotic: return .asymptotic(plannedUnits: fixedUnits)
    case .groupSequential:
      let plan = try GroupSequentialPlan(
        futility: .nonBinding(.obrienFleming), looks: looks, power: power, isOneSided: true)
      let test = try GroupSequentialDesign(alpha: alpha, plan: plan).test()
      let units = Int((test.inflation * fixedUnits).rounded(.up))
      return .groupSequential(test, plannedUnits: units)
    case .peeking: return .peeking(looks: looks, plannedUnits: Int(fixedUnits.rounded(.up)))
    }
  }
}

/// What simulated experiments came to.
struct SimulationReport: Encodable {
  struct Row: Encodable {
    let design: String
    /// The true effect, in multiples of the planned one.
    let effectMultiple: Double
    let better: Double
    let worse: Double
    let futile: Double
    /// Three standard errors of `better`.
    let margin: Double
    let meanUnits: Double
    /// In sizes of the test with one look.
    let meanSize: Double
    let medianUnits: Int
    let ninetiethUnits: Int

    init(_ design: String, _ multiple: Double, _ summary: StoppingSummary, fixedUnits: Double) {
      self.design = design
      effectMultiple = multiple
      better = summary.betterShare
      worse = summary.worseShare
      futile = summary.futileShare
      margin = 3 * summary.standardError(of: summary.betterShare)
      meanUnits = summary.meanUnits
      meanSize = summary.meanUnits / fixedUnits
      medianUnits = summary.unitsQuantile(0.5)
      ninetiethUnits = summary.unitsQuantile(0.9)
    }
  }

  let baseline: Double
  let effect: Double
  let alpha: Double
  let power: Double
  let treatmentShare: Double
  let fixedUnits: Double
  let horizon: Double
  let looks: Int
  let runs: Int
  let seed: UInt64
  let results: [Row]

  var text: String {
    let header = [
      "design", "true effect", "better", "worse", "futile", "mean stop", "half by", "9 in 10 by",
    ]
    let cells = results.map { row in
      [
        row.design, "× \(NumberText.significant(row.effectMultiple, digits: 3))",
        "\(NumberText.fixed(row.better, decimals: 4)) ± \(NumberText.fixed(row.margin, decimals: 4))",
        NumberText.fixed(row.worse, decimals: 4), NumberText.fixed(row.futile, decimals: 4),
        NumberText.fixed(row.meanSize, decimals: 3), size(row.medianUnits),
        size(row.ninetiethUnits),
      ]
    }
    return """
      \(alignedTable([header] + cells))

      Stops in sizes of the test with one look, \(NumberText.fixed(fixedUnits.rounded(.up), decimals: 0)) units; \
      an experiment that has not stopped by \(NumberText.significant(horizon, digits: 3)) sizes counts as stopped there.
      \(runs) runs each, seed \(seed); ± is three standard errors.
      """
  }

  private func size(_ units: Int) -> String {
    NumberText.fixed(Double(units) / fixedUnits, decimals: 3)
  }
}
