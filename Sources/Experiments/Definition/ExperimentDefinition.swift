/// What an experiment is, decided before it starts: checked here once, unchanged ever after.
///
/// Every number in a verdict is a function of this and of the `Evidence`.
public struct ExperimentDefinition: Hashable, Sendable {
  public let key: String
  /// What is randomised: `customer_id`, `device`.
  public let unit: String
  /// The variants' names, the control first.
  public let variants: [String]
  public let goal: Goal
  public let guardrails: [Guardrail]
  public let secondary: [MetricDefinition]
  /// The two-sided error level: the chance, over all looks together, of calling a difference of the
  /// primary metric where there is none. One-sided rules spend half of it.
  public let alpha: Double
  public let design: StoppingDesign
  /// `nil`: gives up only where the whole interval is short of the minimum effect.
  public let futility: FutilityStop?
  /// At least one, in order of time.
  public let phases: [Phase]
  public let allocation: Allocation
  /// How long after first exposure a conversion counts, in seconds, where a metric has no window of
  /// its own.
  public let windowSeconds: Double
  /// The longest the experiment may last, in days; `nil` without end.
  public let horizonDays: Double?
  public let eligibility: Eligibility?
  /// Pre-exposure columns that adjust estimates (CUPED, regression); text columns make indicators.
  public let covariates: [String]
  /// The pre-exposure column with the unit's predicted primary outcome.
  public let score: String?
  /// Columns whose levels the split is watched by and results are broken down by.
  public let dimensions: [String]

  /// Checks the settings.
  ///
  /// - Throws: `DesignError`, naming the setting at fault and the remedy.
  public init(
    key: String, unit: String, goal: Goal, guardrails: [Guardrail] = [],
    secondary: [MetricDefinition] = [], alpha: Double = 0.05,
    design: StoppingDesign = .unlimitedExact, futility: FutilityStop? = nil, phases: [Phase],
    allocation: Allocation = .fixed,
    windowSeconds: Double = 14 * 86_400, horizonDays: Double? = nil,
    eligibility: Eligibility? = nil, covariates: [String] = [], score: String? = nil,
    dimensions: [String] = []
  ) throws(DesignError) {
    guard !key.isEmpty else { throw .empty("the key of the experiment") }
    guard !unit.isEmpty else { throw .empty("the unit of the experiment") }
    guard alpha > 0, alpha < 1 else { throw .outOfRange("alpha", alpha, allowed: "(0, 1)") }
    guard windowSeconds > 0, windowSeconds <= MetricDefinition.longestWindowSeconds else {
      throw .outOfRange("the window", windowSeconds, allowed: "(0, 10 years] in seconds")
    }
    if let horizonDays, !(horizonDays > 0 && horizonDays <= 36_500) {
      throw .outOfRange("the horizon in days", horizonDays, allowed: "(0, 36500]")
    }
    self.key = key
    self.unit = unit
    self.goal = goal
    self.guardrails = guardrails
    self.secondary = secondary
    self.alpha = alpha
    self.design = design
    self.futility = futility
    self.phases = phases
    self.allocation = allocation
    self.windowSeconds = windowSeconds
    self.horizonDays = horizonDays
    self.eligibility = eligibility
    self.covariates = covariates
    self.score = score
    self.dimensions = dimensions
    variants = phases.first?.assignment.variants ?? []
    try checkPhases()
    try checkMetrics()
    try checkDesign()
    try checkFutility()
    try checkAllocation()
  }

  public var control: String { variants[0] }

  /// The primary metric, then the guardrails', then the secondary ones: the order of all tallies.
  public var metrics: [MetricDefinition] {
    [goal.metric] + guardrails.map(\.metric) + secondary
  }

  /// How long after first exposure conversions of `metric` count, in seconds.
  public func windowSeconds(of metric: MetricDefinition) -> Double {
    if case .retention(_, let day) = metric.kind { return Double(day + 1) * 86_400 }
    return metric.windowSeconds ?? windowSeconds
  }
}

extension ExperimentDefinition {
  private func checkPhases() throws(DesignError) {
    guard !phases.isEmpty else { throw .empty("the list of phases") }
    guard variants.count <= ExposureLog.maxVariants else {
      throw .outOfRange(
        "the number of variants", Double(variants.count),
        allowed: "[2, \(ExposureLog.maxVariants)]")
    }
    for case let start? in phases.map(\.startSeconds) where !LogInstant.range.contains(start) {
      throw .outOfRange(
        "the start of a phase", start, allowed: "1990 to 2059, in seconds since 1970")
    }
    for (index, (phase, next)) in zip(phases, phases.dropFirst()).enumerated() {
      guard next.assignment.variants == variants else {
        throw .variantsChange(phase: index + 2)
      }
      guard let start = next.startSeconds, start > phase.startSeconds ?? -.infinity else {
        throw .phasesNotInOrder(phase: index + 2)
      }
    }
  }

  private func checkMetrics() throws(DesignError) {
    var seen: Set<String> = []
    for metric in metrics where !seen.insert(metric.name).inserted {
      throw .duplicateMetric(metric.name)
    }
    switch design {
    case .unlimitedExact, .soonestExact:
      guard goal.metric.outcomeBound != nil else { throw .noBound(metric: goal.metric.name) }
    case .multinomial:
      guard goal.metric.isShare else { throw .notAShare(metric: goal.metric.name) }
    case .asymptotic, .groupSequential: break
    }
  }

  /// A design whose end is stated or can be told from the past.
  private func checkDesign() throws(DesignError) {
    switch design {
    case .unlimitedExact, .multinomial, .asymptotic: break
    case .soonestExact(let design):
      guard design.capUnits != nil else { return }
      for variant in variants.indices.dropFirst() {
        guard let size = statedCapSize(design, variant: variant) else {
          throw .noPlannedSize(metric: goal.metric.name, setting: "cap")
        }
        try SoonestPolicy.check(cap: size)
      }
    case .groupSequential(let plan):
      _ = try GroupSequentialDesign(alpha: comparisonAlpha, plan: plan)
      guard plan.plannedUnits != nil || fixedUnits != nil else {
        throw .noPlannedSize(metric: goal.metric.name, setting: "plannedUnits")
      }
    }
  }

  private func checkFutility() throws(DesignError) {
    guard let futility else { return }
    switch design {
    case .soonestExact: throw .ownFutility(design: "soonest")
    case .groupSequential: throw .ownFutility(design: "groupSequential")
    case .unlimitedExact, .multinomial, .asymptotic: break
    }
    guard !goal.metric.isQuantile, futility.units != nil || fixedUnits != nil else {
      throw .noConditionalPower(metric: goal.metric.name)
    }
  }

  private func checkAllocation() throws(DesignError) {
    guard case .thompson(let floor) = allocation else { return }
    let most = 1 / Double(variants.count)
    guard floor > 0, floor < most else {
      throw .outOfRange("the floor of the allocation", floor, allowed: "(0, \(most))")
    }
  }
}
