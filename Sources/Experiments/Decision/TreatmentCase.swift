import Glibc
import SpecialFunctions

/// One treatment's tracks, and what follows from them.
struct TreatmentCase {
  private let definition: ExperimentDefinition
  private let variant: Int
  private var tracks: [TreatmentTrack]
  private var margins: [MarginTrack]
  private var soonest: SoonestSequence?
  private let conditionalPower: ConditionalPower?

  init(_ judge: ExperimentJudge, _ evidence: Evidence, variant: Int) {
    definition = judge.definition
    self.variant = variant
    let factory = TrackFactory(
      definition: definition, variant: variant, covariateCount: evidence.covariates.count)
    tracks = factory.tracks()
    margins = zip(definition.guardrails, tracks.dropFirst()).map {
      MarginTrack($0, $1.setting, factory)
    }
    soonest = judge.policies.isEmpty ? nil : factory.soonest(judge.policies[variant - 1])
    conditionalPower = factory.conditionalPower
  }

  mutating func add(_ look: Look, number: Int) {
    for place in tracks.indices { tracks[place].add(look, number: number) }
    for place in margins.indices { margins[place].add(look, tracks[place + 1]) }
    if soonest != nil {
      soonest?.add(
        look.increments.flatMap { tracks[0].setting.pairOutcomes($0.metrics[0].strata) })
    }
  }

  /// One for each metric, uncorrected.
  func answers() -> [MetricAnswer] {
    tracks.indices.map { place in
      let margin = place >= 1 && place <= margins.count ? margins[place - 1] : nil
      return answer(tracks[place], margin: margin)
    }
  }

  private func answer(_ track: TreatmentTrack, margin: MarginTrack?) -> MetricAnswer {
    let isSoonest = track.setting.role == .primary && soonest != nil
    let pValue = track.latest.map { _ in
      isSoonest ? soonestPValue : track.pValue
    }
    return MetricAnswer(
      metric: track.setting.metric.name, role: track.setting.role, variant: track.setting.variant,
      method: method(track.setting), control: figure(track, track.control),
      treatment: figure(track, track.treatment), finding: finding(track, margin),
      effect: track.effect, relativeEffect: track.relative, pValue: pValue,
      adjustedPValue: pValue,
      logEvidence: track.latest.map {
        isSoonest ? soonest?.logWealth ?? 0 : Self.twoSided($0)
      },
      marginPValue: margin?.pValue, note: note(track), path: track.path,
      progress: track.progress,
      callSign: track.latest.map { _ in track.highestAbove >= track.highestBelow ? 1 : -1 })
  }

  private var soonestPValue: Double {
    min(1, 2 * exp(-(soonest?.highestLogWealth ?? 0)))
  }

  /// The mean of the two sides' e-values is one against no difference.
  private static func twoSided(_ reading: EngineReading) -> Double {
    logSumExp(
      [reading.logEvidenceAbove, reading.logEvidenceBelow], weights: [0.5, 0.5])
  }

  private func method(_ setting: TrackSetting) -> MetricAnswer.Method {
    if case .quantile = setting.metric.kind { return .quantile }
    guard setting.role == .primary else {
      return setting.metric.outcomeBound == nil ? .asymptotic : .betting
    }
    return switch definition.design {
    case .unlimitedExact: .betting
    case .soonestExact: .soonest
    case .multinomial: .multinomial
    case .asymptotic: .asymptotic
    case .groupSequential: .groupSequential
    }
  }

  private func figure(_ track: TreatmentTrack, _ tally: MetricTally) -> VariantFigure {
    VariantFigure(
      units: tally.units, conversions: tally.conversions,
      value: tally.figure(of: track.setting.metric))
  }

  private func note(_ track: TreatmentTrack) -> String? {
    guard track.latest == nil else { return nil }
    return Gate.standard.missing(track.control, track.treatment)
      ?? "no answer yet: the outcomes do not vary, or too few have come in"
  }

  private func finding(_ track: TreatmentTrack, _ margin: MarginTrack?) -> MetricAnswer.Finding {
    guard let effect = track.effect else { return .tooEarly }
    if let margin {
      if isHarmed(track) { return .worse }
      return margin.isPassed ? .withinMargin : .undecided
    }
    guard track.setting.role == .primary else { return .undecided }
    if let soonest {
      if soonest.outcome == .better { return .better }
      if track.pValue <= definition.alpha, isWorse(track) { return .worse }
      if soonest.outcome != .running { return .noUsefulEffect }
    }
    if track.progress?.outcome == .futility || track.progress?.outcome == .noEffectCalled {
      return .noUsefulEffect
    }
    let sign = track.setting.metric.direction.sign
    let most = sign > 0 ? effect.upper : -effect.lower
    return most < minimumEffect || isHopeless ? .noUsefulEffect : .undecided
  }

  /// Whether the chance of finding the minimum effect has fallen below the definition's level.
  private var isHopeless: Bool {
    guard let futility = definition.futility, let chanceLeft else { return false }
    return chanceLeft < futility.leastPower
  }

  /// The conditional power, where the definition stops by it and there are data to tell it from.
  private var chanceLeft: Double? {
    guard let conditionalPower, Gate.standard.isOpen(tracks[0].control, tracks[0].treatment),
      let estimate = estimate(tracks[0])
    else { return nil }
    let sign = tracks[0].setting.metric.direction.sign
    return conditionalPower.chance(
      estimate: sign * estimate.difference, standardError: estimate.standardError,
      effect: minimumEffect, units: Double(estimate.units))
  }

  private func isWorse(_ track: TreatmentTrack) -> Bool {
    let sign = track.setting.metric.direction.sign
    return sign * (track.highestAbove - track.highestBelow) < 0
  }

  /// Each guardrail of each treatment has an equal part of alpha, one-sided.
  private func isHarmed(_ track: TreatmentTrack) -> Bool {
    let highest =
      track.setting.metric.direction.sign > 0 ? track.highestBelow : track.highestAbove
    let count = Double(definition.guardrails.count * (definition.variants.count - 1))
    return highest >= log(count / definition.alpha)
  }

  /// In the primary metric's unit.
  private var minimumEffect: Double {
    definition.goal.minimumEffect.absolute(
      controlMean: definition.goal.baseline ?? figure(tracks[0], tracks[0].control).value ?? 0)
  }
}

extension TreatmentCase {
  func verdict(given answers: [MetricAnswer], split: SplitReading) -> TreatmentVerdict {
    let (decision, reason) = decide(answers, split)
    let loss = expectedLoss()
    return TreatmentVerdict(
      variant: definition.variants[variant], decision: decision, reason: reason,
      expectedLossOfShipping: loss?.shipping, expectedLossOfKeeping: loss?.keeping,
      unitsLeft: decision == .proceed && answers[0].finding == .undecided ? unitsLeft() : nil)
  }

  private func decide(
    _ answers: [MetricAnswer], _ split: SplitReading
  ) -> (Verdict.Decision, String) {
    let name = definition.variants[variant]
    if let alarm = split.alarms.first { return (.invalid, Self.reason(alarm)) }
    if let harmed = answers.first(where: { $0.finding == .worse && $0.role != .secondary }) {
      return (.stopHarm(metric: harmed.metric), "\(name) is worse on \(harmed.metric)")
    }
    let primary = answers[0]
    let open = answers.filter { $0.role == .guardrail && $0.finding != .withinMargin }
    switch primary.finding {
    case .better where open.isEmpty:
      return (.ship(variant: name), "\(name) is better on \(primary.metric)" + guardrailText)
    case .better:
      let names = open.map(\.metric).joined(separator: ", ")
      return (.proceed, "\(name) is better on \(primary.metric); not yet within margin: \(names)")
    case .noUsefulEffect:
      return (.stopNoUsefulEffect, noEffectReason(name, primary))
    case .tooEarly:
      return (.proceed, primary.note ?? "too early")
    case .worse, .withinMargin, .undecided:
      return (.proceed, "\(name) is not told apart from control on \(primary.metric) yet")
    }
  }

  private var guardrailText: String {
    definition.guardrails.isEmpty
      ? ""
      : " and within the margin on "
        + definition.guardrails.map(\.metric.name).joined(separator: ", ")
  }

  private func noEffectReason(_ name: String, _ primary: MetricAnswer) -> String {
    switch soonest?.outcome {
    case .futile:
      "what is left to bet on \(name) is not worth the units that \(primary.metric) would take"
    case .capped: "\(name) has reached the cap of its design without an effect on \(primary.metric)"
    default: shortReason(name, primary)
    }
  }

  private func shortReason(_ name: String, _ primary: MetricAnswer) -> String {
    switch primary.progress?.outcome {
    case .futility: return "\(name) is at or below the futility boundary on \(primary.metric)"
    case .noEffectCalled:
      return "the planned end is reached without an effect of \(name) on \(primary.metric)"
    default: break
    }
    guard isHopeless, let futility = definition.futility, let conditionalPower else {
      return "the effect of \(name) on \(primary.metric) is short of the minimum effect"
    }
    return "the chance of finding the minimum effect of \(name) on \(primary.metric) by"
      + " \(Int(conditionalPower.horizonUnits.rounded())) units is under \(100 * futility.leastPower) %"
  }

  private static func reason(_ alarm: SplitReading.Alarm) -> String {
    let expected = alarm.expected.map { "\(Int($0.rounded()))" }.joined(separator: ":")
    let units = alarm.units.map(String.init).joined(separator: ":")
    return "the split is not as designed (\(alarm.place), look \(alarm.look + 1)): units"
      + " \(units), expected \(expected)"
  }

  private func expectedLoss() -> ExpectedLoss? {
    let track = tracks[0]
    let sign = track.setting.metric.direction.sign
    if track.setting.metric.isShare {
      return ExpectedLoss(control: track.control, treatment: track.treatment, direction: sign)
    }
    guard !track.setting.isQuantile, track.latest != nil, let estimate = estimate(track) else {
      return nil
    }
    return ExpectedLoss(
      difference: sign * estimate.difference, standardError: estimate.standardError)
  }

  private func estimate(_ track: TreatmentTrack) -> DifferenceEstimate? {
    DifferenceEstimate(
      control: track.control, treatment: track.treatment, isRatio: track.setting.isRatio)
  }

  /// From the fixed test's size at the spread seen so far, times what the design takes on average; `nil`
  /// beyond it, where nothing is known of what is left.
  private func unitsLeft() -> Int? {
    guard !tracks[0].setting.isQuantile, let estimate = estimate(tracks[0]), minimumEffect > 0
    else { return nil }
    let z = normalQuantile(0.8) - normalQuantile(definition.alpha / 2)
    let units = Double(estimate.units)
    let variance = estimate.standardError * estimate.standardError * units
    let size = z * z * variance / (minimumEffect * minimumEffect) * definition.design.averageSize
    let left = (size - units).rounded(.up)
    return left > 0 && left < 1e15 ? Int(left) : nil
  }
}

extension StoppingDesign {
  /// Its mean size at the minimum effect, in sizes of the fixed test; measured, see
  /// docs/experiments.md.
  var averageSize: Double {
    switch self {
    case .unlimitedExact: 1.02
    case .soonestExact: 0.67
    case .multinomial: 1.2
    case .asymptotic: 1.1
    case .groupSequential: 0.85
    }
  }
}
