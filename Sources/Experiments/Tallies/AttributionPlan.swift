/// What every partition's join needs to know: instants, looks, windows, columns.
struct AttributionPlan: Sendable {
  let definition: ExperimentDefinition
  let metrics: [MetricReading]
  let exposures: ExposureLog
  let conversions: ConversionLog
  let includesImmature: Bool
  let isTimeless: Bool
  /// Milliseconds since 1990 up to which the data are complete.
  let asOf: Int
  let shape: TallyShape
  let levelRanks: [[UInt32]]
  let columns: CovariateColumns
  let slices: [Slice]
  /// The first slice of each dimension.
  let sliceStarts: [Int]
  private let origin: Int
  private let lookLength: Int
  private let phaseStarts: [Int]
  private let end: Int

  init(
    _ attribution: Attribution, exposures: ExposureLog, conversions: ConversionLog,
    span: ClosedRange<Int>, isTimeless: Bool
  ) throws(ExperimentError) {
    definition = attribution.definition
    self.exposures = exposures
    self.conversions = conversions
    self.isTimeless = isTimeless
    includesImmature = attribution.includesImmature
    metrics = definition.metrics.map { [definition] in
      MetricReading($0, of: definition, events: conversions.events)
    }
    let latest = max(span.upperBound, conversions.count > 0 ? conversions.latest : span.upperBound)
    asOf = attribution.asOfSeconds.flatMap(LogInstant.milliseconds) ?? latest
    lookLength = max(1, Int((attribution.lookSeconds * 1_000).rounded()))
    phaseStarts = definition.phases.map { phase in
      phase.startSeconds.map {
        Int(($0 * 1_000).rounded()) - LogInstant.epochMilliseconds
      } ?? Int.min
    }
    let first = max(span.lowerBound, phaseStarts[0])
    end = definition.horizonDays.map { first + Int($0 * 86_400_000) } ?? Int.max
    // Looks end where days do, in UTC; 1990 began with a day.
    origin = isTimeless ? 0 : first / lookLength * lookLength
    let lookCount = isTimeless ? 1 : max(1, (asOf - origin) / lookLength + 1)
    guard lookCount <= 100_000 else {
      throw .shapeMismatch(
        "the data span \(lookCount) looks; check their times, or give a longer look")
    }
    shape = TallyShape(
      phaseCount: definition.phases.count, lookCount: lookCount,
      variantCount: definition.variants.count)
    let levels = exposures.sortedLevels
    levelRanks = levels.ranks
    columns = CovariateColumns(
      exposures, levelNames: levels.names, ranks: levels.ranks)
    let dimensions = exposures.layout.dimensions
    slices = zip(dimensions, levels.names).flatMap { dimension, names in
      names.map { Slice(dimension: dimension, level: $0) }
    }
    sliceStarts = dimensions.indices.map { place in
      levels.names[..<place].reduce(0) { $0 + $1.count }
    }
  }

  var emptyGrid: TallyGrid {
    TallyGrid(
      shape: shape, metrics: metrics, covariateCount: columns.names.count,
      hasStrata: exposures.layout.hasScore || exposures.layout.probabilityCount > 0)
  }

  /// The phase of a first exposure, or why the unit is left out.
  @inline(__always)
  func phase(of milliseconds: Int) -> Result<Int, ReasonError> {
    if isTimeless { return .success(0) }
    if milliseconds < phaseStarts[0] { return .failure(ReasonError(reason: .beforeStart)) }
    if milliseconds >= end { return .failure(ReasonError(reason: .afterHorizon)) }
    if milliseconds > asOf { return .failure(ReasonError(reason: .exposureInFuture)) }
    var phase = 0
    while phase + 1 < phaseStarts.count, milliseconds >= phaseStarts[phase + 1] { phase += 1 }
    return .success(phase)
  }

  struct ReasonError: Error { let reason: Exclusions.Reason }

  @inline(__always)
  func look(of milliseconds: Int) -> Int {
    isTimeless ? 0 : (milliseconds - origin) / lookLength
  }

  /// The look in which a window closes that opened at `milliseconds`; `nil` while it is open.
  @inline(__always)
  func closedLook(openedAt milliseconds: Int, window: Int) -> Int? {
    // A wide row says what its unit did in the end: there is no window to wait for.
    if isTimeless || exposures.layout.outcomeCount > 0 { return look(of: milliseconds) }
    let close = milliseconds + window
    if close <= asOf { return look(of: close) }
    return includesImmature ? look(of: asOf) : nil
  }

  func evidence(_ grid: TallyGrid, exclusions: Exclusions, caps: [Double?]) -> Evidence {
    let ends: [Double?] = (0..<shape.lookCount).map { look in
      isTimeless ? nil : LogInstant.seconds(origin + (look + 1) * lookLength)
    }
    let named = zip(definition.metrics, caps).compactMap { metric, cap in
      cap.map { (metric.name, $0) }
    }
    return Evidence(
      looks: grid.looks(
        probabilities: definition.phases.map(\.probabilities), slices: slices, endSeconds: ends),
      covariates: columns.names, exclusions: exclusions,
      caps: Dictionary(named, uniquingKeysWith: { first, _ in first }))
  }
}

/// The covariates as variables: numbers as they are, with an indicator where some are missing; texts as
/// indicators of all levels but the first.
struct CovariateColumns: Sendable {
  let names: [String]
  private let layout: ExposureLayout
  /// What stands for a missing number, by column; `nil` where none is missing.
  private let fills: [Double?]
  private let levelCounts: [Int]

  init(_ exposures: ExposureLog, levelNames: [[String]], ranks: [[UInt32]]) {
    layout = exposures.layout
    let columns = levelNames.dropFirst(layout.dimensions.count)
    levelCounts = columns.map(\.count)
    fills = layout.covariates.indices.map { Self.fill(exposures, column: $0, ranks: ranks) }
    var names: [String] = []
    for (name, fill) in zip(layout.covariates, fills) {
      names.append(name)
      if fill != nil { names.append("\(name)?missing") }
    }
    for (name, levels) in zip(layout.categories, columns) {
      names.append(contentsOf: levels.dropFirst().map { "\(name)=\($0)" })
    }
    self.names = names
  }

  /// The mean of the numbers that are there, where some are missing.
  private static func fill(
    _ exposures: ExposureLog, column: Int, ranks: [[UInt32]]
  ) -> Double? {
    var sum = 0.0
    var count = 0
    var missing = 0
    for partition in 0..<ExposureLog.partitionCount {
      let records = exposures.records(ofPartition: partition, ranks: ranks)
      // By value, so that the order of arrival does not change the last digit.
      let values = (0..<records.count).map { records.number(column, $0) }
      let present = values.filter { !$0.isNaN }.sorted()
      missing += values.count - present.count
      sum += present.reduce(0, +)
      count += present.count
    }
    return missing == 0 ? nil : count == 0 ? 0 : sum / Double(count)
  }

  func values(_ record: Int, _ records: ExposureRecords) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(names.count)
    for (column, fill) in fills.enumerated() {
      let value = records.number(column, record)
      guard let fill else {
        values.append(value)
        continue
      }
      values.append(value.isNaN ? fill : value)
      values.append(value.isNaN ? 1 : 0)
    }
    for (column, count) in levelCounts.enumerated() {
      let level = records.level(layout.dimensions.count + column, record)
      for place in 1..<max(1, count) { values.append(level == place ? 1 : 0) }
    }
    return values
  }
}
