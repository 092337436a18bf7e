/// A definition's settings as texts, to tell one definition from another and say where they differ.
extension ExperimentDefinition {
  public struct Setting: Hashable, Sendable, Codable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Every setting, in a fixed order, named as its key in the YAML file.
  public var settings: [Setting] {
    var named: [(String, String)] =
      [
        ("experiment", key), ("unit", unit), ("variants", variants.joined(separator: "\u{1F}")),
        ("primary", Self.text(goal)), ("alpha", "\(alpha)"), ("design", design.settingText),
        ("window", "\(windowSeconds)"), ("horizon", Self.text(horizonDays)),
        ("allocation", allocation.settingText), ("eligibility", Self.text(eligibility)),
        ("covariates", covariates.joined(separator: "\u{1F}")), ("score", score ?? ""),
        ("dimensions", dimensions.joined(separator: "\u{1F}")),
      ]
      + guardrails.map { ("guardrail \($0.metric.name)", Self.text($0)) }
      + secondary.map { ("secondary \($0.name)", Self.text($0)) }
      + phases.enumerated().map { ("phase \($0 + 1)", Self.text($1)) }
    // Told only where it is set: definitions from before it keep their fingerprint.
    if let futility { named.append(("futility", Self.text(futility))) }
    return named.map { Setting(name: $0.0, value: $0.1) }
  }

  /// Sixteen hexadecimal digits that change with any setting.
  public var fingerprint: String { Self.fingerprint(of: settings) }

  public static func fingerprint(of settings: [Setting]) -> String {
    // Each field after its length: "a", "bc" must not read as "ab", "c".
    let text = settings.flatMap { [$0.name, $0.value] }.map { "\($0.utf8.count):\($0)" }.joined()
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3  // FNV-1a, 64 bits
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What differs from the settings that the experiment was started with; a phase added at the end is
  /// no difference.
  public func changes(since started: [Setting]) -> [String] {
    let now = settings
    let before = Dictionary(started.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let after = Dictionary(now.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let names = started.map(\.name) + now.map(\.name).filter { before[$0] == nil }
    return names.filter { name in
      if before[name] == nil, name.hasPrefix("phase ") { return false }
      return before[name] != after[name]
    }
  }

  /// - Throws: `.changedDefinition`, naming what changed.
  public func check(against started: [Setting]) throws(ExperimentError) {
    let changes = changes(since: started)
    guard !changes.isEmpty else { return }
    throw .changedDefinition(
      key: key, started: Self.fingerprint(of: started), now: fingerprint, changes: changes)
  }

  private static func text(_ metric: MetricDefinition) -> String {
    "\(metric.name) \(metric.kind.settingText) \(metric.direction.rawValue)"
      + " \(text(metric.windowSeconds))"
  }

  private static func text(_ goal: Goal) -> String {
    "\(text(goal.metric)) \(goal.minimumEffect.settingText) \(text(goal.baseline))"
      + " \(text(goal.standardDeviation)) \(goal.correlation)"
  }

  private static func text(_ guardrail: Guardrail) -> String {
    "\(text(guardrail.metric)) \(guardrail.margin.settingText) \(text(guardrail.baseline))"
  }

  private static func text(_ futility: FutilityStop) -> String {
    "\(futility.leastPower) \(futility.units.map { "\($0)" } ?? "")"
  }

  private static func text(_ eligibility: Eligibility?) -> String {
    eligibility.map { "\($0.column): \($0.levels.joined(separator: "\u{1F}"))" } ?? ""
  }

  private static func text(_ phase: Phase) -> String {
    let assignment = phase.assignment
    let place =
      assignment.namespace.map { "\($0.id) \($0.range.lowerBound) \($0.range.upperBound)" } ?? ""
    let holdout = assignment.holdout.map { "\($0.salt) \($0.share)" } ?? ""
    return "\(text(phase.startSeconds)) \(assignment.hashVersion.rawValue) \(assignment.salt)"
      + " \(assignment.weights.map { "\($0)" }.joined(separator: "/")) \(assignment.coverage) [\(place)] [\(holdout)]"
  }

  private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
}

// Written out, for a case that is renamed must not look like another setting.

extension EffectSize {
  fileprivate var settingText: String {
    switch self {
    case .relative(let value): "relative \(value)"
    case .absolute(let value): "absolute \(value)"
    }
  }
}

extension MetricDefinition.Kind {
  fileprivate var settingText: String {
    switch self {
    case .conversion(let event): "conversion \(event)"
    case .count(let event, let cap): "count \(event) \(cap.settingText)"
    case .mean(let event, let cap): "mean \(event) \(cap.settingText)"
    case .ratio(let numerator, let denominator):
      "ratio \(numerator.settingText) / \(denominator.settingText)"
    case .quantile(let event, let probability): "quantile \(probability) \(event)"
    case .retention(let event, let day): "retention \(day) \(event)"
    }
  }
}

extension MetricDefinition.Cap {
  fileprivate var settingText: String {
    switch self {
    case .none: "uncapped"
    case .bound(let bound): "cap \(bound)"
    case .winsorised(let quantile): "winsorised \(quantile)"
    }
  }
}

extension MetricDefinition.Measure {
  fileprivate var settingText: String { "\(quantity.rawValue) \(event)" }
}

extension Allocation {
  fileprivate var settingText: String {
    switch self {
    case .fixed: "fixed"
    case .thompson(let floor): "thompson \(floor)"
    }
  }
}

extension StoppingDesign {
  fileprivate var settingText: String {
    switch self {
    case .unlimitedExact: "unlimited"
    case .soonestExact(let design):
      "soonest \(design.power) \(design.capUnits.map { "\($0)" } ?? "")"
    case .multinomial: "multinomial"
    case .asymptotic(let units): "asymptotic \(units.map { "\($0)" } ?? "")"
    case .groupSequential(let plan):
      "groupSequential \(plan.spending.settingText) \(plan.futility.settingText) \(plan.looks)"
        + " \(plan.plannedUnits.map { "\($0)" } ?? "") \(plan.power)"
        + " \(plan.isOneSided ? "one" : "two")"
    }
  }
}

extension GroupSequentialPlan.Spending {
  fileprivate var settingText: String {
    switch self {
    case .obrienFleming: "obrienFleming"
    case .pocock: "pocock"
    case .kimDeMets(let power): "kimDeMets \(power)"
    case .hwangShihDeCani(let gamma): "hwangShihDeCani \(gamma)"
    }
  }
}

extension GroupSequentialPlan.Futility {
  fileprivate var settingText: String {
    switch self {
    case .none: "none"
    case .nonBinding(let spending): "nonBinding \(spending.settingText)"
    case .binding(let spending): "binding \(spending.settingText)"
    }
  }
}
