import Glibc
import SpecialFunctions

/// Makes the tracks of one treatment: which method judges which metric, and how it is tuned.
///
/// Tuning looks at the definition alone.
struct TrackFactory {
  let definition: ExperimentDefinition
  let variant: Int
  let covariateCount: Int

  /// What a metric is tuned by where the definition has no effect for it.
  static let usualEffect = EffectSize.relative(0.1)
  /// What the asymptotic sequence is tuned at where nothing tells the planned size.
  static let usualUnits = 10_000.0

  func tracks() -> [TreatmentTrack] {
    definition.metrics.indices.map { index in
      let setting = setting(index)
      return TreatmentTrack(setting, engine: engine(setting))
    }
  }

  private func setting(_ index: Int) -> TrackSetting {
    let metric = definition.metrics[index]
    let treatments = Double(definition.variants.count - 1)
    let role = role(index)
    return TrackSetting(
      metric: metric, role: role, metricIndex: index, variantIndex: variant,
      variant: definition.variants[variant],
      dimension: 1 + (metric.isRatio ? 1 : 0) + covariateCount,
      alpha: definition.alpha / treatments)
  }

  private func role(_ index: Int) -> MetricAnswer.Role {
    index == 0 ? .primary : index <= definition.guardrails.count ? .guardrail : .secondary
  }

  /// The effect and baseline that a metric is tuned by.
  private func tuning(_ setting: TrackSetting) -> (effect: EffectSize, baseline: Double?) {
    switch setting.role {
    case .primary: (definition.goal.minimumEffect, definition.goal.baseline)
    case .guardrail:
      (
        definition.guardrails[setting.metricIndex - 1].margin,
        definition.guardrails[setting.metricIndex - 1].baseline
      )
    case .secondary: (Self.usualEffect, nil)
    }
  }

  private func engine(_ setting: TrackSetting) -> any EvidenceEngine {
    let metric = setting.metric
    if case .quantile(_, let probability) = metric.kind {
      return QuantileEngine(
        sequence: QuantileSequence(probability: probability, plannedUnits: plannedUnits / 2),
        alpha: setting.alpha)
    }
    if setting.role == .primary, case .groupSequential(let plan) = definition.design {
      let fixed = definition.fixedUnits(variant: variant, power: plan.power, alpha: setting.alpha)
      return GroupSequentialEngine(
        plan: plan, alpha: setting.alpha, fixedUnits: fixed ?? Self.usualUnits,
        isRatio: setting.isRatio, direction: metric.direction.sign, pairShare: pairShare)
    }
    guard let bound = metric.outcomeBound, isExact(setting) else {
      return AsymptoticEngine(
        sequence: AsymptoticSequence(alpha: setting.alpha, plannedUnits: plannedUnits),
        isRatio: setting.isRatio, gate: .standard)
    }
    return BettingEngine(
      betting(setting, bound: bound), multinomial: metric.isShare ? multinomial(setting) : nil,
      testsConversionsAlone: setting.role == .primary && definition.design == .multinomial,
      bound: bound, alpha: setting.alpha)
  }

  /// Bounded metrics are judged exactly, but for a primary one whose design is another.
  private func isExact(_ setting: TrackSetting) -> Bool {
    guard setting.role == .primary else { return true }
    return switch definition.design {
    case .unlimitedExact, .soonestExact, .multinomial: true
    case .asymptotic, .groupSequential: false
    }
  }

  func betting(
    _ setting: TrackSetting, bound: Double, controlFactor: Double = 1
  ) -> BettingSequence {
    let (effect, baseline) = tuning(setting)
    let isPrimary = setting.role == .primary
    return BettingSequence(
      minimumEffect: effect.scaled(by: bound), baseline: baseline.flatMap { scaled($0, bound) },
      isShare: setting.metric.isShare,
      variance: isPrimary ? definition.goal.standardDeviation.map { $0 * $0 / bound / bound } : nil,
      correlation: isPrimary && definition.score != nil ? definition.goal.correlation : 0,
      controlFactor: controlFactor)
  }

  func soonest(_ policy: SoonestPolicy) -> SoonestSequence {
    let goal = definition.goal
    let bound = goal.metric.outcomeBound ?? 1
    return SoonestSequence(
      policy: policy, minimumEffect: goal.minimumEffect.scaled(by: bound),
      direction: goal.metric.direction.sign, baseline: goal.baseline.flatMap { scaled($0, bound) },
      isShare: goal.metric.isShare,
      variance: goal.standardDeviation.map { $0 * $0 / bound / bound },
      correlation: definition.score != nil ? goal.correlation : 0)
  }

  private func multinomial(_ setting: TrackSetting) -> MultinomialSequence {
    let (effect, baseline) = tuning(setting)
    let relative: Double =
      switch effect {
      case .relative(let share): share
      case .absolute(let value): value / (baseline ?? value * 10)
      }
    let probabilities = definition.phases[0].probabilities
    return MultinomialSequence(
      strength: MultinomialSequence.strength(
        relativeEffect: setting.metric.direction.sign > 0 ? relative : -min(0.99, relative),
        probability: probabilities[variant] / (probabilities[0] + probabilities[variant])))
  }

  /// A mean over the bound; `nil` where the past has none that an outcome could have.
  private func scaled(_ mean: Double, _ bound: Double) -> Double? {
    mean > 0 && mean < bound ? mean / bound : nil
  }

  /// Units of both variants that the asymptotic sequence is tuned at: as stated, else the fixed test's.
  var plannedUnits: Double {
    if case .asymptotic(let units?) = definition.design { return Double(units) }
    if case .groupSequential(let plan) = definition.design, let units = plan.plannedUnits {
      return Double(units)
    }
    return definition.fixedUnits ?? Self.usualUnits
  }

  /// The share of all units that fall into control and the treatment.
  private var pairShare: Double {
    let shares = definition.phases[0].probabilities
    return shares[0] + shares[variant]
  }

  /// `nil` where the definition does not stop by it.
  var conditionalPower: ConditionalPower? {
    guard let rule = definition.futility else { return nil }
    return ConditionalPower(
      rule, pairShare: pairShare, fixedUnits: definition.fixedUnits,
      plannedUnits: plannedUnits, alpha: definition.alpha / Double(definition.variants.count - 1))
  }
}

extension EffectSize {
  /// The same effect on outcomes divided by `bound`.
  func scaled(by bound: Double) -> EffectSize {
    switch self {
    case .relative: self
    case .absolute(let value): .absolute(value / bound)
    }
  }
}

extension ExperimentDefinition {
  /// The level of one comparison with control: Bonferroni over the treatments.
  var comparisonAlpha: Double { alpha / Double(variants.count - 1) }

  /// The size of the fixed test of control and the first treatment at 80 % power and the whole of alpha,
  /// both together, from the past; `nil` where the past does not tell.
  var fixedUnits: Double? { fixedUnits(variant: 1, power: 0.8, alpha: alpha) }

  /// The same of any treatment, at a power and a two-sided level.
  func fixedUnits(variant: Int, power: Double, alpha: Double) -> Double? {
    guard let baseline = goal.baseline else { return nil }
    let effect = goal.minimumEffect.absolute(controlMean: baseline)
    let moved = baseline + goal.metric.direction.sign * effect
    let variances: [Double]
    if let deviation = goal.standardDeviation {
      variances = [deviation * deviation, deviation * deviation]
    } else if goal.metric.isShare, moved > 0, moved < 1 {
      variances = [baseline * (1 - baseline), moved * (1 - moved)]
    } else {
      return nil
    }
    let shares = phases[0].probabilities
    let pair = shares[0] + shares[variant]
    let variance = variances[0] * pair / shares[0] + variances[1] * pair / shares[variant]
    let z = normalQuantile(power) - normalQuantile(alpha / 2)
    return z * z * variance * (1 - goal.correlation * goal.correlation) / (effect * effect)
  }

  /// The policies of the soonest design, one for each treatment; empty for other designs.
  func soonestPolicies() -> [SoonestPolicy] {
    guard case .soonestExact(let design) = design else { return [] }
    var known: [Double: SoonestPolicy] = [:]
    return variants.indices.dropFirst().map { variant in
      let cap = capSize(design, variant: variant)
      let policy =
        known[cap]
        ?? SoonestPolicy(alpha: comparisonAlpha / 2, power: design.power, cap: cap)
      known[cap] = policy
      return policy
    }
  }

  /// The cap of the soonest design in sizes of the fixed test of its own power and level.
  func capSize(_ design: SoonestDesign, variant: Int) -> Double {
    statedCapSize(design, variant: variant) ?? SoonestPolicy.usualCap
  }

  /// `nil` where no cap is stated, or the past does not tell its size.
  func statedCapSize(_ design: SoonestDesign, variant: Int) -> Double? {
    guard let units = design.capUnits,
      var fixed = fixedUnits(variant: variant, power: design.power, alpha: comparisonAlpha)
    else { return nil }
    // The test counts its time by the score alone.
    if score == nil { fixed /= 1 - goal.correlation * goal.correlation }
    let shares = phases[0].probabilities
    return Double(units) * (shares[0] + shares[variant]) / fixed
  }
}
