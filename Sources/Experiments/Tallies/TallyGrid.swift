/// Where a unit's numbers go: its phase, look and variant.
struct TallyShape: Hashable, Sendable {
  let phaseCount: Int
  let lookCount: Int
  let variantCount: Int

  var cellCount: Int { phaseCount * lookCount * variantCount }

  @inline(__always)
  func cell(phase: Int, look: Int, variant: Int) -> Int {
    (phase * lookCount + look) * variantCount + variant
  }
}

/// What is known of one unit when it is tallied.
struct UnitFacts {
  var phase: Int
  var variant: Int
  var exposedLook: Int
  /// The look in which the window of each metric closed; `nil` while it is open.
  var closedLooks: [Int?]
  /// Of each variant, where the exposure has them; else empty, and the phase's hold.
  var probabilities: [Double] = []
  var score: Double?
  var covariates: [Double] = []
  /// The slice of each dimension that the unit is in.
  var slices: [Int] = []
}

/// Tallies under way; parts of the units pool with `+=`, in the order of the parts.
struct TallyGrid: Sendable {
  let shape: TallyShape
  let metrics: [MetricReading]
  /// The variables after outcome and denominator.
  let covariateCount: Int
  /// Whether rules need more than counts by variant: a score or logged probabilities are there.
  let hasStrata: Bool
  /// First exposures by cell, of units under the phase's probabilities.
  private(set) var exposed: [Int]
  /// Units of which nothing is known but that their window closed and nothing happened, by metric's
  /// window and cell.
  private(set) var silent: [[Int]]
  /// Tallies of all other units, by metric and cell.
  private(set) var tallies: [[MetricTally?]]
  /// Units by what an exact rule tells them apart, by metric: all where `hasStrata`, else those whose
  /// outcome is neither 0 nor 1.
  private(set) var strata: [[StratumCell: Int]]
  private(set) var slices: [SliceCell: SliceTally] = [:]
  /// First exposures under logged probabilities.
  private(set) var logged: [LoggedCell: Int] = [:]
  /// Each metric's place in `windows`.
  let windowPlaces: [Int]
  let windows: [Int]

  struct StratumCell: Hashable, Sendable {
    var cell: Int
    var probabilities: [Double]
    var score: Double?
    var outcome: Double
  }

  struct SliceCell: Hashable, Sendable {
    var slice: Int
    var cell: Int
  }

  struct LoggedCell: Hashable, Sendable {
    var cell: Int
    var probabilities: [Double]
  }

  struct SliceTally: Sendable {
    var exposed = 0
    var tallies: [MetricTally?]
  }

  init(
    shape: TallyShape, metrics: [MetricReading], covariateCount: Int, hasStrata: Bool
  ) {
    self.shape = shape
    self.metrics = metrics
    self.covariateCount = covariateCount
    self.hasStrata = hasStrata
    windows = Set(metrics.map(\.windowMilliseconds)).sorted()
    windowPlaces = metrics.map { [windows] in windows.firstIndex(of: $0.windowMilliseconds) ?? 0 }
    exposed = [Int](repeating: 0, count: shape.cellCount)
    silent = [[Int]](repeating: exposed, count: windows.count)
    tallies = [[MetricTally?]](
      repeating: [MetricTally?](repeating: nil, count: shape.cellCount), count: metrics.count)
    strata = [[StratumCell: Int]](repeating: [:], count: metrics.count)
  }

  /// Adds a unit that is in no stratum or slice, has no covariates and did nothing.
  @inline(__always)
  mutating func addSilent(
    phase: Int, variant: Int, exposedLook: Int, closedLook: (_ window: Int) -> Int?
  ) {
    exposed[shape.cell(phase: phase, look: exposedLook, variant: variant)] += 1
    for window in windows.indices {
      guard let look = closedLook(windows[window]) else { continue }
      silent[window][shape.cell(phase: phase, look: look, variant: variant)] += 1
    }
  }

  mutating func add(_ unit: UnitFacts, outcomes: [MetricReading.Outcome]) {
    let cell = shape.cell(phase: unit.phase, look: unit.exposedLook, variant: unit.variant)
    if unit.probabilities.isEmpty {
      exposed[cell] += 1
    } else {
      logged[LoggedCell(cell: cell, probabilities: unit.probabilities), default: 0] += 1
    }
    for slice in unit.slices { edit(slice, cell) { $0.exposed += 1 } }
    for (metric, outcome) in outcomes.enumerated() {
      guard outcome.isPresent, let look = unit.closedLooks[metric] else { continue }
      add(
        unit, outcome, metric: metric,
        cell: shape.cell(phase: unit.phase, look: look, variant: unit.variant))
    }
  }

  private mutating func add(
    _ unit: UnitFacts, _ outcome: MetricReading.Outcome, metric: Int, cell: Int
  ) {
    var values = [outcome.value]
    if metrics[metric].definition.isRatio { values.append(outcome.denominator) }
    values.append(contentsOf: unit.covariates)
    let zero = zero(metric)
    var tally = tallies[metric][cell] ?? zero
    tallies[metric][cell] = nil  // else adding would copy
    tally.add(values)
    tallies[metric][cell] = tally
    for slice in unit.slices {
      edit(slice, cell) {
        var tally = $0.tallies[metric] ?? zero
        tally.add(values)
        $0.tallies[metric] = tally
      }
    }
    guard metrics[metric].definition.outcomeBound != nil else { return }
    guard hasStrata || (outcome.value != 0 && outcome.value != 1) else { return }
    let key = StratumCell(
      cell: cell, probabilities: unit.probabilities, score: unit.score, outcome: outcome.value)
    strata[metric][key, default: 0] += 1
  }

  private mutating func edit(_ slice: Int, _ cell: Int, _ change: (inout SliceTally) -> Void) {
    let empty = SliceTally(tallies: [MetricTally?](repeating: nil, count: metrics.count))
    change(&slices[SliceCell(slice: slice, cell: cell), default: empty])
  }

  /// The tally of no units, in the shape of the metric's.
  func zero(_ metric: Int) -> MetricTally {
    MetricTally(
      dimension: (metrics[metric].definition.isRatio ? 2 : 1) + covariateCount,
      hasDistribution: metrics[metric].definition.isQuantile)
  }

  static func += (left: inout TallyGrid, right: TallyGrid) {
    precondition(left.shape == right.shape, "grids of two shapes")
    for cell in left.exposed.indices { left.exposed[cell] += right.exposed[cell] }
    for window in left.silent.indices {
      for cell in left.exposed.indices { left.silent[window][cell] += right.silent[window][cell] }
    }
    for metric in left.metrics.indices {
      for cell in left.exposed.indices {
        guard let other = right.tallies[metric][cell] else { continue }
        left.tallies[metric][cell] = left.tallies[metric][cell].map { $0 + other } ?? other
      }
      left.strata[metric].merge(right.strata[metric], uniquingKeysWith: +)
    }
    left.logged.merge(right.logged, uniquingKeysWith: +)
    left.slices.merge(right.slices) { mine, other in
      SliceTally(
        exposed: mine.exposed + other.exposed,
        tallies: zip(mine.tallies, other.tallies).map { mine, other in
          guard let mine, let other else { return mine ?? other }
          return mine + other
        })
    }
  }
}
