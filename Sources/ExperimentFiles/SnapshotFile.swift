public import Experiments
import SpecialFunctions
public import Tables

/// Reads cumulative counts per day, variant and metric: evidence without a row per unit.
///
/// Long form: `day` or `time`, `variant`, `metric` (where there are several), `units`, and
/// `conversions` of a share or `mean` and `variance`. Wide form, of two variants a row, as the ASOS data have it:
/// `time_since_start`, `metric_id`, `variant_id`, `count_c`, `count_t`, `mean_c`, `mean_t`,
/// `variance_c`, `variance_t`; `variant_id` is the treatment's. How many outcomes of a mean are not 0 may stand
/// in `conversions` too; without it the least number that mean and variance allow is taken. Either may have a column of the
/// experiment, whose other rows are left out and counted.
public struct SnapshotFile: Sendable {
  public let definition: ExperimentDefinition
  public var columns = ColumnNames()
  public var options = CSVOptions()

  public init(definition: ExperimentDefinition) { self.definition = definition }

  /// What the file held.
  public struct Contents: Sendable {
    public let evidence: Evidence
    /// What a user is to be told, a line each.
    public let notes: [String]
  }

  /// - Throws: `ExperimentFileError`, with the line of a count that goes down, is given twice or cannot
  ///   be, or `TableError`.
  public func read(path: String) throws -> Contents {
    try refuseUnsupported(path)
    let file = try CSVFile(path: path, options: options)
    let rejects = try RejectLog(path: path, maxRejects: 0)
    let table = try file.table(threadCount: 1, rejects: rejects)
    let cells = SnapshotCells(table, path: path)
    var exclusions = Exclusions()
    var snapshots: [Snapshot] = []
    for row in 0..<table.rowCount {
      if let experiment = try cells.text(row, ["experiment", "experiment_key", "experiment_id"]),
        experiment != definition.key
      {
        exclusions.add(1, .otherExperiment)
        continue
      }
      if table.column(named: "count_c") != nil {
        snapshots += try pair(cells, row)
      } else {
        snapshots.append(try snapshot(cells, row))
      }
    }
    guard !snapshots.isEmpty else {
      throw ExperimentFileError.data(
        path: path, line: nil,
        problem: "no snapshot of experiment '\(definition.key)';"
          + " give the file of this experiment, or correct the key of the definition")
    }
    return Contents(
      evidence: Evidence(looks: try looks(snapshots, path: path), exclusions: exclusions),
      notes: notes(snapshots, path: path))
  }

  private func notes(_ snapshots: [Snapshot], path: String) -> [String] {
    let uncounted = Set(snapshots.filter { !$0.isCounted }.map(\.metric)).sorted()
    return uncounted.map {
      "\(path): metric '\(definition.metrics[$0].name)' has no 'conversions'; of its outcomes, so many count as"
        + " other than 0 as mean and variance show at least"
    }
  }

  struct Snapshot {
    let time: Double
    let isInstant: Bool
    let variant: Int
    let metric: Int
    let tally: MetricTally
    /// Whether outcomes other than 0 were counted, or units that converted.
    let isCounted: Bool
    let line: Int
  }

  private func refuseUnsupported(_ path: String) throws {
    guard definition.allocation == .fixed else {
      throw ExperimentFileError.data(
        path: path, line: nil,
        problem: "snapshots have no probabilities of single decisions, which the allocation of"
          + " '\(definition.key)' changes; give the exposures with the probability of each, by --data"
      )
    }
    for metric in definition.metrics {
      switch metric.kind {
      case .ratio, .quantile:
        throw ExperimentFileError.data(
          path: path, line: nil,
          problem: "snapshots cannot tell metric '\(metric.name)', which needs rows of units;"
            + " give --data, or take it out of the definition")
      default: break
      }
    }
  }

  private func snapshot(_ cells: SnapshotCells, _ row: Int) throws -> Snapshot {
    let (time, isInstant) = try cells.time(row)
    guard
      let name = try cells.text(
        row, [columns[.variant], "variant", "variant_id"].compactMap(\.self))
    else { throw cells.fault(row, "no column 'variant'; name the variant of every row") }
    let metric = try self.metric(cells, row, ["metric", "metric_id"])
    let units = try cells.count(row, "units")
    let tally = try tally(
      cells, row, metric, units: units, conversions: "conversions", mean: "mean",
      variance: "variance")
    return Snapshot(
      time: time, isInstant: isInstant, variant: try variant(name, cells, row), metric: metric,
      tally: tally, isCounted: isCounted(metric, cells, "conversions"), line: cells.line(row))
  }

  /// The two snapshots of a row in the wide form: the control's and one treatment's.
  private func pair(_ cells: SnapshotCells, _ row: Int) throws -> [Snapshot] {
    let (time, isInstant) = try cells.time(row)
    let metric = try self.metric(cells, row, ["metric_id", "metric"])
    var treatment = 1
    if definition.variants.count > 2 {
      guard let name = try cells.text(row, ["variant_id", "variant"]) else {
        throw cells.fault(row, "no column 'variant_id'; name the treatment of every row")
      }
      treatment = try variant(name, cells, row)
    }
    return try [("c", 0), ("t", treatment)].map { suffix, variant in
      let units = try cells.count(row, "count_\(suffix)")
      let tally = try tally(
        cells, row, metric, units: units, conversions: "conversions_\(suffix)",
        mean: "mean_\(suffix)", variance: "variance_\(suffix)")
      return Snapshot(
        time: time, isInstant: isInstant, variant: variant, metric: metric, tally: tally,
        isCounted: isCounted(metric, cells, "conversions_\(suffix)"), line: cells.line(row))
    }
  }

  private func isCounted(_ metric: Int, _ cells: SnapshotCells, _ conversions: String) -> Bool {
    definition.metrics[metric].isShare || cells.has(conversions)
  }

  private func variant(_ name: String, _ cells: SnapshotCells, _ row: Int) throws -> Int {
    if let place = definition.variants.firstIndex(of: name) { return place }
    throw cells.fault(
      row,
      "unknown variant '\(name)'; the definition has "
        + "\(definition.variants.joined(separator: ", ")); correct either")
  }

  /// A metric goes by its name or its event; where there is one metric, it needs neither.
  private func metric(_ cells: SnapshotCells, _ row: Int, _ names: [String]) throws -> Int {
    let metrics = definition.metrics
    guard let name = try cells.text(row, names) else {
      if metrics.count == 1 { return 0 }
      throw cells.fault(row, "no column 'metric'; name the metric of every row")
    }
    if let place = metrics.firstIndex(where: { $0.name == name || $0.events == [name] }) {
      return place
    }
    throw cells.fault(
      row,
      "unknown metric '\(name)'; the definition has "
        + "\(metrics.map(\.name).joined(separator: ", ")); leave out rows of others")
  }

  private func tally(
    _ cells: SnapshotCells, _ row: Int, _ metric: Int, units: Int, conversions: String,
    mean: String, variance: String
  ) throws -> MetricTally {
    let definition = definition.metrics[metric]
    if definition.isShare {
      let count = try conversionCount(cells, row, definition, units, conversions, mean: mean)
      return MetricTally(units: units, conversions: count)
    }
    let average = try cells.number(row, mean)
    let spread = try cells.number(row, variance)
    guard spread >= 0 else {
      throw cells.fault(row, "the variance is \(spread); it cannot be negative")
    }
    // Squares and sums of them must stay numbers.
    guard abs(average) < 1e100, spread < 1e150 else {
      throw cells.fault(
        row,
        "the mean is \(average) and the variance \(spread); no outcomes are that large,"
          + " export them again")
    }
    let count = cells.has(conversions) ? try cells.count(row, conversions) : 0
    guard count <= units else { throw tooMany(count, units, cells, row) }
    return MetricTally(
      units: units, conversions: count,
      moments: CoMoments(
        count: units, means: [average], products: [spread * Double(max(0, units - 1))]))
  }

  /// The units that converted, as counted or as their share tells.
  private func conversionCount(
    _ cells: SnapshotCells, _ row: Int, _ metric: MetricDefinition, _ units: Int,
    _ conversions: String, mean: String
  ) throws -> Int {
    let count: Int
    if cells.has(conversions) {
      count = try cells.count(row, conversions)
    } else {
      let share = try cells.number(row, mean)
      guard share >= 0, share <= 1 else {
        throw cells.fault(row, "\(mean) is \(share); a share of units is between 0 and 1")
      }
      count = Int((share * Double(units)).rounded())
      guard abs(Double(count) - share * Double(units)) < 0.01 + 1e-6 * Double(units) else {
        throw cells.fault(
          row,
          "\(mean) times units is \(share * Double(units)), no count of conversions;"
            + " metric '\(metric.name)' is a share: give '\(conversions)'")
      }
    }
    guard count <= units else { throw tooMany(count, units, cells, row) }
    return count
  }

  private func tooMany(
    _ count: Int, _ units: Int, _ cells: SnapshotCells, _ row: Int
  ) -> ExperimentFileError {
    cells.fault(
      row, "\(count) conversions of \(units) units; a unit converts once: count units, not events")
  }
}

extension SnapshotFile {
  /// Differences of one snapshot and the one before it, by time.
  private func looks(_ snapshots: [Snapshot], path: String) throws -> [Look] {
    var last = definition.metrics.map { _ in
      [Snapshot?](repeating: nil, count: definition.variants.count)
    }
    var looks: [Look] = []
    for (time, group) in Dictionary(grouping: snapshots, by: \.time).sorted(by: { $0.key < $1.key })
    {
      var increments = definition.metrics.map { _ in
        [MetricTally](repeating: MetricTally(), count: definition.variants.count)
      }
      var seen: Set<[Int]> = []
      for snapshot in group.sorted(by: { $0.line < $1.line }) {
        let (metric, variant) = (snapshot.metric, snapshot.variant)
        guard seen.insert([metric, variant]).inserted || isSame(last[metric][variant], snapshot)
        else {
          throw fault(path, snapshot, "is given twice for this time; remove one of the two rows")
        }
        increments[metric][variant] += try increment(
          snapshot, since: last[metric][variant], path: path)
        last[metric][variant] = snapshot
      }
      looks.append(
        look(time, isInstant: group[0].isInstant, increments))
    }
    return looks
  }

  /// The control of a file with several treatments stands in the row of each.
  private func isSame(_ earlier: Snapshot?, _ later: Snapshot) -> Bool {
    later.variant == 0 && earlier?.time == later.time && earlier?.tally == later.tally
  }

  private func increment(
    _ snapshot: Snapshot, since earlier: Snapshot?, path: String
  ) throws -> MetricTally {
    let isShare = definition.metrics[snapshot.metric].isShare
    let now = snapshot.tally
    let before = earlier?.tally ?? MetricTally()
    guard let moments = now.moments.subtracting(before.moments) else {
      throw wentDown(path, snapshot, earlier, before.units, now.units, "units")
    }
    guard now.conversions >= before.conversions else {
      throw wentDown(
        path, snapshot, earlier, before.conversions, now.conversions, "conversions")
    }
    let (units, conversions) = (now.units - before.units, now.conversions - before.conversions)
    guard conversions <= units else {
      throw fault(
        path, snapshot,
        "has \(conversions) more conversions and only \(units) more units;"
          + " count a unit's conversion when its window has closed, not when it happens")
    }
    if isShare { return MetricTally(units: units, conversions: conversions) }
    // New units add to the sum of squares round the mean; what was rounded in the export is let pass.
    let squares = (before.moments.centredProduct(0, 0), now.moments.centredProduct(0, 0))
    guard squares.1 >= squares.0 * (1 - 1e-6) else {
      throw fault(
        path, snapshot,
        "went down in its sum of squares round the mean, variance × (units − 1), from \(squares.0)"
          + " (line \(earlier?.line ?? 0)) to \(squares.1); snapshots are cumulative: export them again"
          + " from the start, with all digits")
    }
    return MetricTally(
      units: units, conversions: snapshot.isCounted ? conversions : moments.leastNonZeroCount,
      moments: moments)
  }

  private func wentDown(
    _ path: String, _ snapshot: Snapshot, _ earlier: Snapshot?, _ before: Int, _ now: Int,
    _ what: String
  ) -> ExperimentFileError {
    fault(
      path, snapshot,
      "went down from \(before) \(what) (line \(earlier?.line ?? 0)) to \(now); snapshots are cumulative:"
        + " export them again from the start")
  }

  private func look(
    _ time: Double, isInstant: Bool, _ tallies: [[MetricTally]]
  ) -> Look {
    var phase = 0
    if isInstant {
      // The counts came in before the snapshot was taken.
      phase = definition.phases.lastIndex { ($0.startSeconds ?? -.infinity) < time } ?? 0
    }
    let probabilities = definition.phases[phase].probabilities
    let metrics = zip(definition.metrics, tallies).map { metric, tallies in
      metric.isShare
        ? MetricIncrement(
          probabilities: probabilities, units: tallies.map(\.units),
          conversions: tallies.map(\.conversions))
        : MetricIncrement(tallies: tallies)
    }
    let units = tallies.first { $0.contains { $0.units > 0 } }?.map(\.units)
    let splits = units.map { [SplitCount(probabilities: probabilities, units: $0)] } ?? []
    return Look(
      endSeconds: isInstant ? time : nil,
      increments: [PhaseIncrement(phase: phase, splits: splits, metrics: metrics)])
  }

  private func fault(_ path: String, _ snapshot: Snapshot, _ problem: String) -> ExperimentFileError
  {
    .data(
      path: path, line: snapshot.line,
      problem: "variant '\(definition.variants[snapshot.variant])', metric"
        + " '\(definition.metrics[snapshot.metric].name)' \(problem)")
  }
}

extension CoMoments {
  /// (Σ y)² / Σ y², the least number of values that can be other than 0, by Cauchy and Schwarz.
  fileprivate var leastNonZeroCount: Int {
    let sum = Double(count) * means[0]
    let squares = centredProduct(0, 0) + sum * means[0]
    let ratio = sum * sum / squares
    guard squares > 0, ratio.isFinite else { return 0 }
    // Rounding must not make it one more than there are.
    return Int(min(Double(count), max(0, ratio + 1e-9)).rounded(.down))
  }
}
