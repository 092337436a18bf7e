/// A verdict in the names of the JSON answers, for the command line, the HTTP API and notebooks.
///
/// What is not known, or has no end, is `null`; no number is infinite.
public struct VerdictReport: Encodable, Sendable {
  public let experiment: String
  /// The definition's fingerprint.
  public let fingerprint: String
  public let verdict: String
  public let variant: String?
  public let reason: String
  public let rule: String
  public let alpha: Double
  public let treatments: [Treatment]
  public let metrics: [Metric]
  public let split: Split
  /// Counts by reason.
  public let excluded: [String: Int]
  public let lookCount: Int

  public struct Treatment: Encodable, Sendable {
    public let variant: String
    public let verdict: String
    public let reason: String
    public let expectedLossOfShipping: Double?
    public let expectedLossOfKeeping: Double?
    public let unitsLeft: Int?
  }

  public struct Metric: Encodable, Sendable {
    public let metric: String
    public let role: String
    public let method: String
    public let variant: String
    public let control: Figure
    public let treatment: Figure
    public let finding: String
    public let effect: Interval?
    public let relativeEffect: Interval?
    public let pValue: Double?
    public let adjustedPValue: Double?
    public let marginPValue: Double?
    public let logEvidence: Double?
    public let note: String?
    public let groupSequential: Sequential?
    public let path: [Point]
  }

  public struct Figure: Encodable, Sendable {
    public let units: Int
    public let conversions: Int
    public let value: Double?
  }

  public struct Interval: Encodable, Sendable {
    public let estimate: Double
    public let lower: Double?
    public let upper: Double?
  }

  public struct Point: Encodable, Sendable {
    public let look: Int
    /// Seconds since 1970.
    public let end: Double?
    public let units: Int
    public let effect: Interval
    public let pValue: Double
  }

  /// Where a group-sequential test stands.
  public struct Sequential: Encodable, Sendable {
    /// `running`, `effectAbove` (better), `effectBelow` (worse), `futility` or `noEffectCalled`.
    public let outcome: String
    public let lookCount: Int
    public let units: Int
    public let informationFraction: Double
    public let z: Double
    public let efficacyZ: Double?
    public let futilityZ: Double?
    /// The look that stopped it, and what holds there.
    public let stopLook: Int?
    public let stagewisePValue: Double?
    public let medianUnbiasedEffect: Interval?
  }

  public struct Split: Encodable, Sendable {
    public let units: [Int]
    public let expected: [Double]
    public let pValue: Double
    public let alarms: [Alarm]
  }

  public struct Alarm: Encodable, Sendable {
    public let place: String
    public let look: Int
    public let units: [Int]
    public let expected: [Double]
    public let logEvidence: Double
  }

  public init(_ verdict: Verdict, of definition: ExperimentDefinition, lookCount: Int) {
    experiment = verdict.experiment
    fingerprint = definition.fingerprint
    self.verdict = verdict.decision.name
    variant = verdict.decision.variant
    reason = verdict.reason
    rule = verdict.rule
    alpha = definition.alpha
    treatments = verdict.treatments.map {
      Treatment(
        variant: $0.variant, verdict: $0.decision.name, reason: $0.reason,
        expectedLossOfShipping: $0.expectedLossOfShipping?.ifFinite,
        expectedLossOfKeeping: $0.expectedLossOfKeeping?.ifFinite, unitsLeft: $0.unitsLeft)
    }
    metrics = verdict.answers.map(Metric.init)
    split = Split(
      units: verdict.split.units, expected: verdict.split.expected, pValue: verdict.split.pValue,
      alarms: verdict.split.alarms.map {
        Alarm(
          place: $0.place, look: $0.look + 1, units: $0.units, expected: $0.expected,
          logEvidence: $0.logEvidence)
      })
    excluded = Dictionary(
      uniqueKeysWithValues: verdict.exclusions.counts.map { ($0.key.rawValue, $0.value) })
    self.lookCount = lookCount
  }
}

extension VerdictReport.Metric {
  fileprivate init(_ answer: MetricAnswer) {
    metric = answer.metric
    role = answer.role.rawValue
    method = answer.method.rawValue
    variant = answer.variant
    control = VerdictReport.Figure(answer.control)
    treatment = VerdictReport.Figure(answer.treatment)
    finding = answer.finding.rawValue
    effect = answer.effect.map(VerdictReport.Interval.init)
    relativeEffect = answer.relativeEffect.map(VerdictReport.Interval.init)
    pValue = answer.pValue?.ifFinite
    adjustedPValue = answer.adjustedPValue?.ifFinite
    marginPValue = answer.marginPValue?.ifFinite
    logEvidence = answer.logEvidence?.ifFinite
    note = answer.note
    groupSequential = answer.progress.map(VerdictReport.Sequential.init)
    path = answer.path.map {
      VerdictReport.Point(
        look: $0.look + 1, end: $0.endSeconds, units: $0.units,
        effect: VerdictReport.Interval($0.effect), pValue: $0.pValue)
    }
  }
}

extension VerdictReport.Sequential {
  fileprivate init(_ progress: GroupSequentialProgress) {
    self.init(
      outcome: progress.outcome.rawValue, lookCount: progress.lookCount, units: progress.units,
      informationFraction: progress.boundary.fraction, z: progress.z,
      efficacyZ: progress.boundary.efficacy, futilityZ: progress.boundary.futility,
      stopLook: progress.final?.look, stagewisePValue: progress.final?.pValue.ifFinite,
      medianUnbiasedEffect: progress.final.flatMap { final in
        final.medianUnbiasedEstimate.isFinite
          ? VerdictReport.Interval(
            Estimate(
              value: final.medianUnbiasedEstimate, lower: final.lower, upper: final.upper)) : nil
      })
  }
}

extension VerdictReport.Figure {
  fileprivate init(_ figure: VariantFigure) {
    self.init(units: figure.units, conversions: figure.conversions, value: figure.value?.ifFinite)
  }
}

extension VerdictReport.Interval {
  fileprivate init(_ estimate: Estimate) {
    self.init(
      estimate: estimate.value, lower: estimate.lower.ifFinite, upper: estimate.upper.ifFinite)
  }
}

extension Verdict.Decision {
  /// The variant to ship, `nil` of other decisions.
  public var variant: String? {
    if case .ship(let variant) = self { variant } else { nil }
  }
}

extension Double {
  fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
