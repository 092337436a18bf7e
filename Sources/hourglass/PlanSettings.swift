import ArgumentParser
import ExperimentFiles
import Experiments
import Tables

/// What a plan is made from: a definition, or numbers on the command line, or both.
struct PlanSettings: ParsableArguments {
  @Argument(help: "The definition of the experiment, YAML; its numbers give way to flags.")
  var definition: String?
  @Option(
    parsing: .unconditional,
    help: "The control's mean: a share such as 0.05, or revenue per customer.")
  var baseline: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The least effect worth having, with its sign: 0.01 in the metric's unit, or +10%.",
      valueName: "effect"))
  var effect: String?
  @Option(help: "The standard deviation of one unit's outcome, where it is no share.")
  var standardDeviation: Double?
  @Option(
    parsing: .unconditional,
    help: "The correlation of the outcome with its forecast from before exposure.")
  var correlation: Double?
  @Option(help: "The two-sided error level.")
  var alpha: Double?
  @Option(help: "The chance of finding the effect.")
  var power: Double?
  @Option(help: "The share of units of each variant, control first, as 0.5,0.5.")
  var split: String?
  @Option(help: ArgumentHelp("Units that enter a day, of all variants.", valueName: "units"))
  var traffic: Double?
  @Option(help: "Days that a unit's conversions are waited for.")
  var windowDays: Double?
  @Option(help: "Simulated experiments for each effect and design.")
  var runs = 500
  @Option(help: "The seed of every draw.")
  var seed: UInt64 = 1

  func validate() throws {
    if runs < 1 || runs > 1_000_000 {
      throw ValidationError("--runs is \(runs); give a number from 1 to 1000000")
    }
    if definition == nil, effect == nil {
      throw ValidationError("give a definition, or --baseline and --effect")
    }
    if let effect { _ = try Self.size(effect) }
    if let split { _ = try Self.shares(split) }
  }

  /// `+10%` is relative, `0.01` absolute; either may be negative.
  static func size(_ text: String) throws -> (sign: Double, size: EffectSize) {
    let isShare = text.hasSuffix("%")
    let digits = isShare ? text.dropLast() : text[...]
    guard let value = Double(digits), value != 0, value.isFinite else {
      throw ValidationError("--effect is '\(text)'; give a number such as 0.01 or +10%")
    }
    let size = abs(value)
    return (value < 0 ? -1 : 1, isShare ? .relative(size / 100) : .absolute(size))
  }

  static func shares(_ text: String) throws -> [Double] {
    let cells = text.split(separator: ",", omittingEmptySubsequences: false)
    let shares = cells.compactMap { Double($0) }
    guard shares.count == cells.count, shares.count >= 2, shares.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--split is '\(text)'; give shares such as 0.5,0.5")
    }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  /// The definition and flags as one request.
  func request(past given: PastData?) throws -> (request: PlanRequest, metric: String) {
    let file = try definition.map { try ExperimentFile(path: $0).definition }
    let past = try past(file, given)
    let (sign, size) = try signedSize(file)
    let looks: GroupSequentialPlan? =
      if case .groupSequential(let plan)? = file?.design { plan } else { nil }
    let soonest: SoonestDesign? =
      if case .soonestExact(let design)? = file?.design { design } else { nil }
    let request = try PlanRequest(
      past: past, effect: sign * size.absolute(controlMean: past.mean),
      alpha: alpha ?? file?.alpha ?? 0.05, power: power ?? looks?.power ?? soonest?.power ?? 0.8,
      shares: try split.map(Self.shares) ?? file?.phases.first?.probabilities ?? [0.5, 0.5],
      unitsPerDay: traffic ?? given?.unitsPerDay,
      windowDays: windowDays ?? file.map { $0.windowSeconds(of: $0.goal.metric) / 86_400 } ?? 14,
      horizonDays: file?.horizonDays, looks: looks,
      capUnits: soonest?.capUnits, runCount: runs, seed: seed)
    return (request, file?.goal.metric.name ?? given?.outcome ?? "the metric")
  }

  private func signedSize(
    _ file: ExperimentDefinition?
  ) throws -> (sign: Double, size: EffectSize) {
    if let effect { return try Self.size(effect) }
    guard let goal = file?.goal else { throw UsageError("give --effect, or a definition with one") }
    return (goal.metric.direction.sign, goal.minimumEffect)
  }

  private func past(_ file: ExperimentDefinition?, _ given: PastData?) throws -> MetricPast {
    let goal = file?.goal
    let mean = baseline ?? given?.past.mean ?? goal?.baseline
    guard let mean else { throw DesignError.noPast(metric: goal?.metric.name ?? "the metric") }
    let correlation = correlation ?? given?.past.correlation ?? goal?.correlation ?? 0
    if let deviation = standardDeviation {
      return try MetricPast(mean: mean, standardDeviation: deviation, correlation: correlation)
    }
    if baseline == nil, let given { return try given.past.with(correlation: correlation) }
    if goal?.metric.isShare ?? true { return try MetricPast(share: mean, correlation: correlation) }
    guard let deviation = goal?.standardDeviation else {
      throw DesignError.noPast(metric: goal?.metric.name ?? "the metric")
    }
    return try MetricPast(mean: mean, standardDeviation: deviation, correlation: correlation)
  }
}
