import ArgumentParser
import ExperimentFiles
import Experiments
import Foundation
import Tables

/// Where an experiment's evidence comes from, and how it is read.
struct ExperimentDataOptions: ParsableArguments {
  @Argument(help: "The definition of the experiment, YAML; see docs/experiment-definition.md.")
  var definition: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Exposures and conversions, or with --arm one row per unit, CSV.", valueName: "file"))
  var data: [String] = []

  @Option(help: ArgumentHelp("Cumulative counts per day and variant, CSV.", valueName: "file"))
  var tallies: String?

  @Option(
    help: ArgumentHelp(
      "The store that keeps the experiment and its events, a SQLite file.", valueName: "file"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Of a file with one row per unit: the column of the variant.", valueName: "column"))
  var arm: String?

  @Option(
    help: ArgumentHelp(
      "With --arm: a metric to judge, by name; one that the definition lacks is secondary, its column "
        + "of that name and its kind after a colon, as spend:mean (repeatable).",
      valueName: "name"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp(
      "A column from before exposure that adjusts estimates, besides the definition's (repeatable).",
      valueName: "column"))
  var covariate: [String] = []

  @Option(
    help: ArgumentHelp(
      "Judge as of this instant; else as of the latest in the data.", valueName: "date"))
  var asOf: String?

  @Flag(help: "Count units whose window is still open. Late conversions then bias the answer.")
  var immature = false

  @Option(
    help: ArgumentHelp(
      "The share of rows that may be rejected; 0.01 if not given.", valueName: "share"))
  var maxRejects: Double?

  @Option(help: "Threads; the result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    try validateSource()
    if threads < 1 || threads > 256 {
      throw ValidationError("--threads is \(threads); give a number from 1 to 256")
    }
    if let maxRejects, !(maxRejects >= 0 && maxRejects <= 1) {
      throw ValidationError("--max-rejects is \(maxRejects); give a share such as 0.01")
    }
    if arm == nil, !metric.isEmpty {
      throw ValidationError("--metric goes with --arm; name other files' metrics in the definition")
    }
    if tallies != nil, arm != nil || !covariate.isEmpty || immature || asOf != nil {
      throw ValidationError(
        "--tallies holds no units: --arm, --covariate, --immature and --as-of have no use")
    }
    if store != nil, arm != nil || !covariate.isEmpty || maxRejects != nil {
      throw ValidationError(
        "--store holds events: --arm, --covariate and --max-rejects have no use")
    }
    _ = try asOfSeconds()
  }

  private func validateSource() throws {
    switch (data.isEmpty ? 0 : 1) + (tallies == nil ? 0 : 1) + (store == nil ? 0 : 1) {
    case 0: throw ValidationError("give --data, --tallies or --store")
    case 1: return
    default: throw ValidationError("--data, --tallies and --store exclude each other")
    }
  }

  /// What a verdict is a function of, and what a user is to be told of the files.
  struct Loaded {
    let definition: ExperimentDefinition
    let evidence: Evidence
    let notes: [String]
  }

  func load() throws -> Loaded {
    let file = try ExperimentFile(path: definition)
    var options = CSVOptions()
    options.maxRejects = maxRejects ?? 0.01
    if let tallies {
      var snapshots = SnapshotFile(definition: file.definition)
      snapshots.columns = file.columns
      snapshots.options = options
      let contents = try snapshots.read(path: tallies)
      return Loaded(
        definition: file.definition, evidence: contents.evidence, notes: contents.notes)
    }
    if let store {
      let evidence = try ExperimentStoreFile(path: store).evidence(
        try attribution(file.definition))
      return Loaded(definition: file.definition, evidence: evidence, notes: [])
    }
    let experiment = try widened(file.definition)
    let (contents, evidence) = try join(experiment, file, options)
    var notes = contents.notes
    if contents.isTimeless, arm == nil {
      notes.append(
        "the exposures have no times: every unit counts as mature, conversions whenever they were")
    }
    return Loaded(definition: experiment, evidence: evidence, notes: notes)
  }

  private func join(
    _ experiment: ExperimentDefinition, _ file: ExperimentFile, _ options: CSVOptions
  ) throws -> (EventFiles.Contents, Evidence) {
    var files = EventFiles(definition: experiment)
    files.columns = file.columns
    files.dealsByHash = file.dealsByHash
    if let arm { files.columns[.variant] = arm }
    files.isWide = arm != nil
    files.options = options
    files.threadCount = threads
    // Later rows are not to be counted.
    files.nowSeconds = min(Date().timeIntervalSince1970, try asOfSeconds() ?? .infinity)
    let contents = try files.read(data)
    let evidence = try attribution(experiment).evidence(
      exposures: contents.exposures, conversions: contents.conversions,
      exclusions: contents.exclusions, isTimeless: contents.isTimeless)
    return (contents, evidence)
  }

  private func asOfSeconds() throws -> Double? {
    try asOf.map { try instant($0, flag: "--as-of") }
  }

  private func attribution(_ experiment: ExperimentDefinition) throws -> Attribution {
    var attribution = Attribution(definition: experiment)
    attribution.asOfSeconds = try asOfSeconds()
    attribution.includesImmature = immature
    attribution.threadCount = threads
    return attribution
  }

  /// The definition with the metrics and covariates that flags name.
  private func widened(_ definition: ExperimentDefinition) throws -> ExperimentDefinition {
    let covariates =
      definition.covariates + covariate.filter { !definition.covariates.contains($0) }
    guard arm != nil, !metric.isEmpty else {
      return try definition.with(secondary: definition.secondary, covariates: covariates)
    }
    let chosen = try metric.map { try named($0, in: definition) }
    let names = Set(chosen.map(\.name))
    let own = Set(([definition.goal.metric] + definition.guardrails.map(\.metric)).map(\.name))
    let kept = definition.secondary.filter { names.contains($0.name) }
    let added = chosen.filter { metric in
      !own.contains(metric.name) && !kept.contains { $0.name == metric.name }
    }
    return try definition.with(secondary: kept + added, covariates: covariates)
  }

  private func named(
    _ text: String, in definition: ExperimentDefinition
  ) throws -> MetricDefinition {
    let parts = text.split(separator: ":", maxSplits: 1).map { String($0) }
    let name = parts.first ?? ""
    if let known = definition.metrics.first(where: { $0.name == name }) { return known }
    let kind: MetricDefinition.Kind
    switch parts.dropFirst().first ?? "conversion" {
    case "conversion": kind = .conversion(event: name)
    case "mean": kind = .mean(event: name, cap: .none)
    case "count": kind = .count(event: name, cap: .none)
    case let other:
      throw UsageError(
        "--metric \(text): '\(other)' is no kind; give conversion, mean or count, or put the metric"
          + " into the definition")
    }
    return try MetricDefinition(name: name, kind: kind, direction: .increase)
  }
}

extension ExperimentDefinition {
  func with(
    secondary: [MetricDefinition], covariates: [String]
  ) throws(DesignError) -> ExperimentDefinition {
    try ExperimentDefinition(
      key: key, unit: unit, goal: goal, guardrails: guardrails, secondary: secondary, alpha: alpha,
      design: design, futility: futility, phases: phases, allocation: allocation,
      windowSeconds: windowSeconds,
      horizonDays: horizonDays, eligibility: eligibility, covariates: covariates, score: score,
      dimensions: dimensions)
  }
}
