import ArgumentParser
import Experiments
import Tables

/// A file of past units, one row each, and which of its columns mean what.
struct HistoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A CSV file of past units, one row each, to plan from.", valueName: "file"))
  var history: String?
  @Option(help: "The column of --history with the outcome.")
  var outcome: String?
  @Option(
    help: "A column of --history from before exposure that foretells the outcome (repeatable).")
  var covariate: [String] = []
  @Option(help: "The column of --history with each unit's time, for the traffic.")
  var time: String?

  func validate() throws {
    if (history == nil) != (outcome == nil) {
      throw ValidationError("--history and --outcome go together: a file and its column")
    }
    if history == nil, !covariate.isEmpty || time != nil {
      throw ValidationError("--covariate and --time are columns of --history; give it too")
    }
  }

  func read() throws -> PastData? {
    guard let history, let outcome else { return nil }
    return try PastData(path: history, outcome: outcome, covariates: covariate, time: time)
  }
}

/// What a file of past units says of an outcome.
struct PastData {
  let outcome: String
  let past: MetricPast
  let unitCount: Int
  /// Units without an outcome or a covariate.
  let missingCount: Int
  /// `nil` without a column of times.
  let unitsPerDay: Double?

  init(path: String, outcome: String, covariates: [String], time: String?) throws {
    let file = try CSVFile(path: path)
    for name in [outcome] + covariates + (time.map { [$0] } ?? []) {
      _ = try file.column(named: name)
    }
    let rejects = try RejectLog(path: path, maxRejects: 0.01)
    let table = try file.table(threadCount: 1, rejects: rejects)
    let columns = try ([outcome] + covariates).map { try Self.numbers($0, table, path) }
    var moments = CoMoments(dimension: columns.count)
    var isShare = true
    var skipped = 0
    for row in 0..<table.rowCount {
      let values = columns.map { $0[row] }
      guard values.allSatisfy(\.isFinite) else {
        skipped += 1
        continue
      }
      if values[0] != 0, values[0] != 1 { isShare = false }
      moments.add(values)
    }
    let kind: MetricDefinition.Kind =
      isShare ? .conversion(event: outcome) : .mean(event: outcome, cap: .none)
    let metric = try MetricDefinition(name: outcome, kind: kind, direction: .increase)
    do {
      past = try MetricPast(
        metric, past: MetricTally(units: moments.count, conversions: 0, moments: moments),
        covariateCount: covariates.count)
    } catch {
      throw UsageError("\(path): column '\(outcome)' cannot be planned from: \(error)")
    }
    self.outcome = outcome
    unitCount = moments.count
    missingCount = skipped
    unitsPerDay = try time.map { try Self.unitsPerDay($0, table, path) }
  }

  private static func numbers(_ name: String, _ table: Table, _ path: String) throws -> [Double] {
    if let column = table.column(named: name), case .numbers(let values) = column.values,
      column.kind != .date
    {
      return values
    }
    throw UsageError(
      "\(path): column '\(name)' does not hold numbers; name one that does, or write it as 0 and 1")
  }

  private static func unitsPerDay(
    _ name: String, _ table: Table, _ path: String
  ) throws -> Double {
    guard let column = table.column(named: name), column.kind == .date,
      case .numbers(let values) = column.values
    else {
      throw UsageError("\(path): column '\(name)' does not hold dates; name one that does")
    }
    let days = values.filter(\.isFinite).map { ($0 / 86_400).rounded(.down) }
    guard let first = days.min(), let last = days.max() else {
      throw UsageError("\(path): column '\(name)' has no date to count units by")
    }
    return Double(days.count) / (last - first + 1)
  }
}

extension PastData {
  /// What an experiment's control did by the primary metric, and how many units it brought a day.
  init(control evidence: Evidence, of definition: ExperimentDefinition) throws {
    let metric = definition.goal.metric
    let tallies = evidence.looks.flatMap(\.increments).compactMap {
      $0.metrics.first?.tallies.first
    }
    guard let first = tallies.first else { throw ExperimentError.noExposures }
    let tally = tallies.dropFirst().reduce(first, +)
    past = try MetricPast(metric, past: tally, covariateCount: evidence.covariates.count)
    outcome = metric.name
    unitCount = tally.units
    missingCount = 0
    unitsPerDay = Self.unitsPerDay(evidence)
  }

  /// From the first day with an exposure to the last, both whole.
  private static func unitsPerDay(_ evidence: Evidence) -> Double? {
    let days = evidence.looks.compactMap { look -> (end: Double, units: Int)? in
      let units = look.increments.flatMap(\.splits).flatMap(\.units).reduce(0, +)
      return units > 0 ? look.endSeconds.map { ($0, units) } : nil
    }
    guard let first = days.first, let last = days.last else { return nil }
    let count = ((last.end - first.end) / 86_400).rounded() + 1
    return Double(days.map(\.units).reduce(0, +)) / count
  }
}

extension MetricPast {
  func with(correlation: Double) throws -> MetricPast {
    isShare
      ? try MetricPast(share: mean, correlation: correlation)
      : try MetricPast(
        mean: mean, standardDeviation: variance(atMean: mean).squareRoot(),
        correlation: correlation)
  }
}
