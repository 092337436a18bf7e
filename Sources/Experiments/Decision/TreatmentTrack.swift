import Glibc

/// One metric of one treatment against control, as looks come in: running evidence, the running
/// intersection of intervals and the path.
struct TreatmentTrack {
  let setting: TrackSetting
  private(set) var control: MetricTally
  private(set) var treatment: MetricTally
  private var engine: any EvidenceEngine
  private(set) var path: [PathPoint] = []
  private(set) var latest: EngineReading?
  private(set) var relative: Estimate?
  /// The largest log evidence of each direction so far.
  private(set) var highestAbove = -Double.infinity
  private(set) var highestBelow = -Double.infinity
  private var bounds = -Double.infinity...Double.infinity
  private var relativeBounds = -1...Double.infinity

  init(_ setting: TrackSetting, engine: any EvidenceEngine) {
    self.setting = setting
    self.engine = engine
    control = MetricTally(dimension: setting.dimension, hasDistribution: setting.isQuantile)
    treatment = control
  }

  var progress: GroupSequentialProgress? { engine.progress }
  var units: Int { control.units + treatment.units }

  mutating func add(_ look: Look, number: Int) {
    var outcomes: [PairOutcome] = []
    for increment in look.increments {
      let metric = increment.metrics[setting.metricIndex]
      control += metric.tallies[0]
      treatment += metric.tallies[setting.variantIndex]
      outcomes += setting.pairOutcomes(metric.strata)
    }
    guard let reading = engine.reading(after: outcomes, control: control, treatment: treatment)
    else { return }
    latest = reading
    highestAbove = max(highestAbove, reading.logEvidenceAbove)
    highestBelow = max(highestBelow, reading.logEvidenceBelow)
    narrow(reading)
    path.append(
      PathPoint(
        look: number, endSeconds: look.endSeconds, units: units, effect: effect(reading),
        pValue: pValue))
  }

  /// Two-sided: twice the better of the two sides, and 1 at most.
  var pValue: Double { min(1, 2 * exp(-max(highestAbove, highestBelow))) }

  var effect: Estimate? { latest.map(effect) }

  private mutating func narrow(_ reading: EngineReading) {
    bounds = Self.intersection(bounds, reading.interval)
    guard let ratio = reading.relative else {
      relative = nil
      return
    }
    relativeBounds = Self.intersection(relativeBounds, reading.relativeInterval)
    relative = Self.estimate(ratio, relativeBounds)
  }

  private func effect(_ reading: EngineReading) -> Estimate {
    Self.estimate(reading.difference, bounds)
  }

  /// Ends that have crossed meet: the truth has moved, or the sequence has missed it.
  private static func intersection(
    _ left: ClosedRange<Double>, _ right: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    let lower = max(left.lowerBound, right.lowerBound)
    let upper = min(left.upperBound, right.upperBound)
    if lower <= upper { return lower...upper }
    return right.lowerBound > left.upperBound
      ? left.upperBound...left.upperBound : left.lowerBound...left.lowerBound
  }

  /// Where earlier looks exclude what is now estimated, the interval reaches to the estimate: it is
  /// still a superset of the intersection.
  private static func estimate(_ value: Double, _ bounds: ClosedRange<Double>) -> Estimate {
    Estimate(
      value: value, lower: min(bounds.lowerBound, value), upper: max(bounds.upperBound, value))
  }
}

/// What a track needs to know of the definition.
struct TrackSetting {
  let metric: MetricDefinition
  let role: MetricAnswer.Role
  /// In the definition's order.
  let metricIndex: Int
  let variantIndex: Int
  let variant: String
  /// Variables of the tallies.
  let dimension: Int
  /// The error level of this comparison's interval.
  let alpha: Double

  var isQuantile: Bool { metric.isQuantile }
  var isRatio: Bool { metric.isRatio }

  /// The units of the two variants, outcomes and scores over the bound.
  func pairOutcomes(_ strata: [Stratum]) -> [PairOutcome] {
    guard let bound = metric.outcomeBound else { return [] }
    return strata.flatMap { stratum -> [PairOutcome] in
      let sum = stratum.probabilities[0] + stratum.probabilities[variantIndex]
      // A unit that could only fall into one of the two tells nothing of their difference.
      guard stratum.probabilities[0] > 0, stratum.probabilities[variantIndex] > 0 else { return [] }
      return stratum.outcomes.compactMap { outcome in
        guard outcome.variant == 0 || outcome.variant == variantIndex else { return nil }
        return PairOutcome(
          probability: stratum.probabilities[variantIndex] / sum,
          isTreatment: outcome.variant != 0, outcome: min(1, max(0, outcome.outcome / bound)),
          score: stratum.score.map { $0 / bound }, count: outcome.count)
      }
    }
  }
}
