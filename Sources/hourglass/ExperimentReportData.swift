import Experiments

/// All that a report shows, in tidy rows: one source for the page, `report.json` and the CSV files.
struct ExperimentReportData: Encodable {
  struct VariantLook: Encodable {
    let look: Int
    let endSeconds: Double?
    let variant: String
    /// First exposed in this look, and so far.
    let exposedUnits: Int
    let exposedUnitsSoFar: Int
    /// The share of all units exposed so far, and the one by design.
    let shareSoFar: Double?
    let designedShare: Double?
    /// Units of the primary metric whose window closed in this look, and what they did.
    let units: Int
    let conversions: Int
    let unitsSoFar: Int
    let conversionsSoFar: Int
    /// The primary metric's figure: a share, mean, ratio or quantile.
    let valueSoFar: Double?
  }

  struct Point: Encodable {
    let metric: String
    let variant: String
    let look: Int
    let endSeconds: Double?
    let units: Int
    let effect: Double
    let lower: Double?
    let upper: Double?
    let pValue: Double
  }

  struct Answer: Encodable {
    struct Interval: Encodable {
      let value: Double
      let lower: Double?
      let upper: Double?

      init(_ estimate: Estimate) {
        value = estimate.value
        lower = finite(estimate.lower)
        upper = finite(estimate.upper)
      }
    }

    let metric: String
    let role: String
    let variant: String
    let method: String
    let finding: String
    let controlUnits: Int
    let controlConversions: Int
    let controlValue: Double?
    let treatmentUnits: Int
    let treatmentConversions: Int
    let treatmentValue: Double?
    let effect: Interval?
    let relativeEffect: Interval?
    let pValue: Double?
    let adjustedPValue: Double?
    let note: String?

    init(_ answer: MetricAnswer) {
      metric = answer.metric
      role = answer.role.rawValue
      variant = answer.variant
      method = answer.method.rawValue
      finding = answer.finding.rawValue
      controlUnits = answer.control.units
      controlConversions = answer.control.conversions
      controlValue = answer.control.value
      treatmentUnits = answer.treatment.units
      treatmentConversions = answer.treatment.conversions
      treatmentValue = answer.treatment.value
      effect = answer.effect.map(Interval.init)
      relativeEffect = answer.relativeEffect.map(Interval.init)
      pValue = answer.pValue
      adjustedPValue = answer.adjustedPValue
      note = answer.note
    }
  }

  struct SliceRow: Encodable {
    let dimension: String
    let level: String
    let variant: String
    let controlUnits: Int
    let treatmentUnits: Int
    let controlMean: Double
    let treatmentMean: Double
    let effect: Double
    let lower: Double
    let upper: Double
    let adjustedPValue: Double
    let shrunkenEffect: Double
    let shrunkenLower: Double
    let shrunkenUpper: Double
  }

  struct Homogeneity: Encodable {
    let dimension: String
    let variant: String
    let slices: Int
    let pValue: Double?
    let inconsistency: Double?
    /// Units of the levels that are too small for a difference.
    let tooSmall: [String: Int]
  }

  let experiment: String
  let decision: String
  let reason: String
  let rule: String
  let alpha: Double
  let control: String
  let primaryMetric: String
  let answers: [Answer]
  let splitPValue: Double
  let splitAlarms: [String]
  let exclusions: [String: Int]
  let sequence: [Point]
  let daily: [VariantLook]
  let breakdown: [SliceRow]
  /// Why there is none, where the definition has dimensions.
  let breakdownNote: String?
  let homogeneity: [Homogeneity]

  init(_ definition: ExperimentDefinition, _ evidence: Evidence, _ verdict: Verdict) {
    experiment = verdict.experiment
    decision = verdict.decision.name
    reason = verdict.reason
    rule = verdict.rule
    alpha = definition.alpha
    control = definition.control
    primaryMetric = definition.goal.metric.name
    answers = verdict.answers.map(Answer.init)
    splitPValue = verdict.split.pValue
    splitAlarms = verdict.split.alarms.map { "\($0.place), from look \($0.look + 1)" }
    exclusions = Dictionary(
      uniqueKeysWithValues: verdict.exclusions.counts.map { ($0.rawValue, $1) })
    sequence = verdict.answers.flatMap { answer in
      answer.path.map { point in
        Point(
          metric: answer.metric, variant: answer.variant, look: point.look + 1,
          endSeconds: point.endSeconds, units: point.units, effect: point.effect.value,
          lower: finite(point.effect.lower), upper: finite(point.effect.upper),
          pValue: point.pValue)
      }
    }
    daily = Self.daily(definition, evidence)
    breakdownNote =
      definition.goal.metric.isRatioOrQuantile && !definition.dimensions.isEmpty
      ? "no breakdown: it compares means per unit, and '\(definition.goal.metric.name)' is a"
        + " \(definition.goal.metric.isRatio ? "ratio" : "quantile")" : nil
    let breakdowns = SliceTallies(definition, evidence).breakdowns(definition)
    breakdown = breakdowns.flatMap { variant, breakdown in
      breakdown.rows.map { SliceRow($0, variant: variant) }
    }
    homogeneity = breakdowns.map { variant, breakdown in
      Homogeneity(
        dimension: breakdown.dimension, variant: variant, slices: breakdown.rows.count,
        pValue: breakdown.heterogeneityPValue, inconsistency: breakdown.inconsistency,
        tooSmall: breakdown.tooSmall)
    }
  }

  private static func daily(
    _ definition: ExperimentDefinition, _ evidence: Evidence
  ) -> [VariantLook] {
    let count = definition.variants.count
    var exposed = [Int](repeating: 0, count: count)
    var designed = [Double](repeating: 0, count: count)
    var tallies = [MetricTally?](repeating: nil, count: count)
    var rows: [VariantLook] = []
    for (look, entry) in evidence.looks.enumerated() {
      var newUnits = [Int](repeating: 0, count: count)
      var matured = [Int](repeating: 0, count: count)
      var converted = [Int](repeating: 0, count: count)
      for increment in entry.increments {
        for split in increment.splits {
          let total = Double(split.units.reduce(0, +))
          for variant in 0..<count {
            newUnits[variant] += split.units[variant]
            designed[variant] += total * split.probabilities[variant]
          }
        }
        for (variant, tally) in (increment.metrics.first?.tallies ?? []).enumerated() {
          matured[variant] += tally.units
          converted[variant] += tally.conversions
          tallies[variant] = tallies[variant].map { $0 + tally } ?? tally
        }
      }
      for variant in 0..<count { exposed[variant] += newUnits[variant] }
      let all = exposed.reduce(0, +)
      let allDesigned = designed.reduce(0, +)
      rows += (0..<count).map { variant in
        VariantLook(
          look: look + 1, endSeconds: entry.endSeconds, variant: definition.variants[variant],
          exposedUnits: newUnits[variant], exposedUnitsSoFar: exposed[variant],
          shareSoFar: all > 0 ? Double(exposed[variant]) / Double(all) : nil,
          designedShare: allDesigned > 0 ? designed[variant] / allDesigned : nil,
          units: matured[variant], conversions: converted[variant],
          unitsSoFar: tallies[variant]?.units ?? 0,
          conversionsSoFar: tallies[variant]?.conversions ?? 0,
          valueSoFar: tallies[variant]?.figure(of: definition.goal.metric))
      }
    }
    return rows
  }
}

/// The primary metric's tallies by slice, over all looks.
private struct SliceTallies {
  private var tallies: [Slice: [MetricTally]] = [:]

  init(_ definition: ExperimentDefinition, _ evidence: Evidence) {
    for look in evidence.looks {
      for increment in look.increments {
        for slice in increment.slices {
          guard let primary = slice.tallies.first else { continue }
          tallies[slice.slice] =
            tallies[slice.slice].map { zip($0, primary).map(+) } ?? primary
        }
      }
    }
  }

  /// One for each dimension and treatment.
  func breakdowns(_ definition: ExperimentDefinition) -> [(variant: String, Breakdown)] {
    guard !definition.goal.metric.isRatioOrQuantile else { return [] }
    return definition.dimensions.flatMap { dimension in
      definition.variants.indices.dropFirst().map { variant in
        let slices = tallies.keys.filter { $0.dimension == dimension }.sorted().compactMap {
          slice in
          tallies[slice].map { (slice: slice, control: $0[0], treatment: $0[variant]) }
        }
        let breakdown = Breakdown(
          dimension: dimension, slices: slices,
          alpha: definition.alpha / Double(definition.variants.count - 1))
        return (definition.variants[variant], breakdown)
      }
    }
  }
}

extension MetricDefinition {
  /// Whether a difference of means is not what the metric is about.
  var isRatioOrQuantile: Bool { isRatio || isQuantile }
}

extension ExperimentReportData.SliceRow {
  fileprivate init(_ row: Breakdown.Row, variant: String) {
    self.init(
      dimension: row.slice.dimension, level: row.slice.level, variant: variant,
      controlUnits: row.controlUnits, treatmentUnits: row.treatmentUnits,
      controlMean: row.controlMean, treatmentMean: row.treatmentMean, effect: row.effect,
      lower: row.interval.lowerBound, upper: row.interval.upperBound,
      adjustedPValue: row.adjustedPValue, shrunkenEffect: row.shrunkenEffect,
      shrunkenLower: row.shrunkenInterval.lowerBound,
      shrunkenUpper: row.shrunkenInterval.upperBound)
  }
}

/// `nil` for an end that is not known.
func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
