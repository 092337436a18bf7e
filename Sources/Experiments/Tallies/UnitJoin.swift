/// The join of one partition: its units, each with what it did.
struct UnitJoin {
  private let plan: AttributionPlan
  private let records: ExposureRecords
  private let units: UnitTable
  private let conversions: [Conversion]
  /// The conversions of each unit that has any, in order of key.
  private let groups: [Group]
  private var exclusions = Exclusions()
  /// Whether a unit carries more than variant and time.
  private let isPlain: Bool

  private struct Group {
    let unit: Int
    let range: Range<Int>
  }

  init(_ plan: AttributionPlan, partition: Int) {
    self.plan = plan
    records = plan.exposures.records(ofPartition: partition, ranks: plan.levelRanks)
    units = UnitTable(records)
    var conversions = plan.conversions.sorted(partition: partition)
    exclusions.add(units.repeatCount, .repeatedExposure)
    isPlain = plan.exposures.layout.levelCount + plan.exposures.layout.numberCount == 0
    exclusions.add(Self.removeDuplicates(&conversions), .duplicateConversion)
    self.conversions = conversions
    var groups: [Group] = []
    var start = 0
    while start < conversions.count {
      let key = conversions[start].unit
      var end = start + 1
      while end < conversions.count, conversions[end].unit == key { end += 1 }
      if let unit = units.unit(key.bits, records) {
        groups.append(Group(unit: unit, range: start..<end))
      } else {
        exclusions.add(end - start, .conversionOfUnexposed)
      }
      start = end
    }
    self.groups = groups
  }

  /// Tallies every unit: those that did something in the order of their keys, so that no sum hangs on
  /// the order of arrival.
  ///
  /// - Returns: no grid where there are no units.
  func tally(caps: [Double?]) -> (grid: TallyGrid?, exclusions: Exclusions) {
    guard units.count > 0 else { return (nil, exclusions) }
    var grid = plan.emptyGrid
    var exclusions = exclusions
    var group = [Int32](repeating: -1, count: units.count)
    for (place, entry) in groups.enumerated() {
      group[entry.unit] = Int32(truncatingIfNeeded: place)
    }
    if isPlain {
      var immature = 0
      for unit in 0..<units.count where group[unit] < 0 {
        addSilent(unit, to: &grid, &immature, &exclusions)
      }
      exclusions.add(immature, .immature)
      for entry in groups {
        add(entry.unit, conversions[entry.range], caps, to: &grid, &exclusions)
      }
    } else {
      for unit in unitsByKey {
        let range = group[unit] < 0 ? 0..<0 : groups[Int(group[unit])].range
        add(unit, conversions[range], caps, to: &grid, &exclusions)
      }
    }
    return (grid, exclusions)
  }

  /// The outcomes of one metric over the units that enter its tally: those not 0, and how many are.
  func outcomes(ofMetric metric: Int) -> (values: [Double], zeroCount: Int) {
    let reading = plan.metrics[metric]
    var values: [Double] = []
    var count = 0
    let isWide = records.layout.outcomeCount > 0
    for unit in 0..<units.count where closedLook(unit, reading.windowMilliseconds) != nil {
      count += 1
      if isWide { append(reading, unit, conversions[0..<0], to: &values) }
    }
    for entry in groups where closedLook(entry.unit, reading.windowMilliseconds) != nil {
      append(reading, entry.unit, conversions[entry.range], to: &values)
    }
    return (values, count - values.count)
  }

  private func append(
    _ metric: MetricReading, _ unit: Int, _ conversions: ArraySlice<Conversion>,
    to values: inout [Double]
  ) {
    let outcome = outcome(metric, of: unit, conversions, cap: nil)
    if outcome.isPresent, outcome.value != 0 { values.append(outcome.value) }
  }

  private var unitsByKey: [Int] {
    let keys = units.first.map { records.key(Int($0)) }
    return keys.indices.sorted { keys[$0] < keys[$1] }
  }

  @inline(__always)
  private func milliseconds(_ unit: Int) -> Int {
    plan.isTimeless ? 0 : records.milliseconds(Int(units.first[unit]))
  }

  private func closedLook(_ unit: Int, _ window: Int) -> Int? {
    guard !units.isInTwoVariants[unit], case .success = plan.phase(of: milliseconds(unit)) else {
      return nil
    }
    return plan.closedLook(openedAt: milliseconds(unit), window: window)
  }

  /// The phase of a unit that takes part, else `nil`, with the reason counted.
  @inline(__always)
  private func phase(_ unit: Int, _ exclusions: inout Exclusions) -> Int? {
    guard !units.isInTwoVariants[unit] else {
      exclusions.add(1, .twoVariants)
      return nil
    }
    switch plan.phase(of: milliseconds(unit)) {
    case .success(let phase): return phase
    case .failure(let error):
      exclusions.add(1, error.reason)
      return nil
    }
  }

  @inline(__always)
  private func addSilent(
    _ unit: Int, to grid: inout TallyGrid, _ immature: inout Int, _ exclusions: inout Exclusions
  ) {
    guard let phase = phase(unit, &exclusions) else { return }
    let start = milliseconds(unit)
    grid.addSilent(
      phase: phase, variant: records.variant(Int(units.first[unit])),
      exposedLook: plan.look(of: start),
      closedLook: { plan.closedLook(openedAt: start, window: $0) })
    if isImmature(start) { immature += 1 }
  }

  private func add(
    _ unit: Int, _ conversions: ArraySlice<Conversion>, _ caps: [Double?],
    to grid: inout TallyGrid, _ exclusions: inout Exclusions
  ) {
    guard let phase = phase(unit, &exclusions) else { return }
    let start = milliseconds(unit)
    let outcomes = zip(plan.metrics, caps).map { metric, cap in
      outcome(metric, of: unit, conversions, cap: cap)
    }
    if records.layout.outcomeCount > 0 {
      let missing = zip(plan.metrics, outcomes).filter {
        !$0.definition.isQuantile && !$1.isPresent
      }.count
      exclusions.add(missing, .missingOutcome)
    }
    grid.add(facts(unit, phase: phase), outcomes: outcomes)
    if isImmature(start) { exclusions.add(1, .immature) }
    count(conversions, exposedAt: start, &exclusions)
  }

  private func outcome(
    _ metric: MetricReading, of unit: Int, _ conversions: ArraySlice<Conversion>, cap: Double?
  ) -> MetricReading.Outcome {
    let layout = records.layout
    if layout.outcomeCount > 0 {
      let record = Int(units.first[unit])
      return metric.outcome(
        ofRow: { records.number(layout.outcomeStart + $0, record) }, cap: cap)
    }
    if conversions.isEmpty { return metric.ofNothing }
    return metric.outcome(of: conversions, exposedAt: milliseconds(unit), cap: cap)
  }

  private func facts(_ unit: Int, phase: Int) -> UnitFacts {
    let record = Int(units.first[unit])
    let start = milliseconds(unit)
    var facts = UnitFacts(
      phase: phase, variant: records.variant(record), exposedLook: plan.look(of: start),
      closedLooks: plan.metrics.map {
        plan.closedLook(openedAt: start, window: $0.windowMilliseconds)
      })
    guard !isPlain else { return facts }
    let layout = records.layout
    facts.covariates = plan.columns.values(record, records)
    facts.slices = layout.dimensions.indices.map {
      plan.sliceStarts[$0] + records.level($0, record)
    }
    var column = layout.covariates.count
    if layout.hasScore {
      let score = records.number(column, record)
      facts.score = score.isNaN ? nil : Stratum.rounded(score: score)
      column += 1
    }
    facts.probabilities = (0..<layout.probabilityCount).map {
      records.number(column + $0, record)
    }
    // Of two variants, the probability of one tells the other's.
    if let assigned = facts.probabilities.first, facts.probabilities.count == 1 {
      facts.probabilities =
        facts.variant == 0 ? [assigned, 1 - assigned] : [1 - assigned, assigned]
    }
    return facts
  }

  /// Whether a unit's window is open, by the primary metric: other metrics may close sooner or later.
  @inline(__always)
  private func isImmature(_ start: Int) -> Bool {
    !plan.isTimeless && records.layout.outcomeCount == 0
      && start + plan.metrics[0].windowMilliseconds > plan.asOf
  }

  private func count(
    _ conversions: ArraySlice<Conversion>, exposedAt start: Int, _ exclusions: inout Exclusions
  ) {
    guard !plan.isTimeless, let end = plan.metrics.map(\.windowMilliseconds).max() else { return }
    for conversion in conversions {
      if conversion.milliseconds < start {
        exclusions.add(1, .conversionBeforeExposure)
      } else if conversion.milliseconds >= start + end {
        exclusions.add(1, .conversionAfterWindow)
      }
    }
  }

  /// Removes all but the first of a unit's conversions with one id; returns how many.
  private static func removeDuplicates(_ conversions: inout [Conversion]) -> Int {
    guard conversions.contains(where: { $0.id != nil }) else { return 0 }
    let count = conversions.count
    var seen: Set<UInt64> = []
    var unit: UnitKey?
    conversions.removeAll { conversion in
      if conversion.unit != unit {
        seen.removeAll(keepingCapacity: true)
        unit = conversion.unit
      }
      guard let id = conversion.id else { return false }
      return !seen.insert(id.bits).inserted
    }
    return count - conversions.count
  }
}
