import Experiments
import Yams

/// Reads a metric, as goal, guardrail or secondary metric.
struct MetricReader {
  static let metricKeys = [
    "name", "kind", "event", "direction", "window", "cap", "winsorise", "numerator", "denominator",
    "quantile", "day",
  ]
  static let primaryKeys =
    metricKeys + ["minimumEffect", "baseline", "standardDeviation", "correlation"]
  static let guardrailKeys = metricKeys + ["margin", "baseline"]

  private let yaml: YAMLMapping

  init(_ yaml: YAMLMapping) { self.yaml = yaml }

  private enum Kind: String, CaseIterable {
    case conversion, count, mean, ratio, quantile, retention
  }

  func goal() throws -> Goal {
    let metric = try metric()
    guard let effect = try effect("minimumEffect") else {
      throw yaml.fault(
        "\(yaml.name) has no 'minimumEffect'; say what difference is worth having,"
          + " as 5% of the control's mean or {absolute: 0.01}")
    }
    return try yaml.at("minimumEffect") {
      try Goal(
        metric: metric, minimumEffect: effect, baseline: yaml.share("baseline"),
        standardDeviation: yaml.number("standardDeviation"),
        correlation: yaml.number("correlation") ?? 0)
    }
  }

  func guardrail() throws -> Guardrail {
    let metric = try metric()
    guard let margin = try effect("margin") else {
      throw yaml.fault(
        "\(yaml.name) has no 'margin'; say what loss is still borne,"
          + " as 10% of the control's mean or {absolute: 0.001}")
    }
    return try yaml.at("margin") {
      try Guardrail(metric: metric, margin: margin, baseline: yaml.share("baseline"))
    }
  }

  func metric() throws -> MetricDefinition {
    let name = try yaml.requiredString("name", "give it a name")
    guard let direction: MetricDefinition.Direction = try yaml.word("direction") else {
      throw yaml.fault("\(yaml.name) has no 'direction'; say increase or decrease")
    }
    let kind = try kind(event: yaml.string("event") ?? name)
    return try yaml.at {
      try MetricDefinition(
        name: name, kind: kind, direction: direction, windowSeconds: yaml.seconds("window"))
    }
  }

  private func kind(event: String) throws -> MetricDefinition.Kind {
    let kind: Kind = try yaml.word("kind") ?? .conversion
    try refuse(unless: kind == .ratio, "numerator", "denominator")
    try refuse(unless: kind == .quantile, "quantile")
    try refuse(unless: kind == .retention, "day")
    try refuse(unless: kind == .mean || kind == .count, "cap", "winsorise")
    switch kind {
    case .conversion: return .conversion(event: event)
    case .count: return .count(event: event, cap: try cap())
    case .mean: return .mean(event: event, cap: try cap())
    case .quantile:
      guard let probability = try yaml.share("quantile") else {
        throw yaml.fault("\(yaml.name) has no 'quantile'; give one, as 0.5 or 90%")
      }
      return .quantile(event: event, probability: probability)
    case .retention:
      guard let day = try yaml.count("day") else {
        throw yaml.fault("\(yaml.name) has no 'day'; give one, as 7")
      }
      return .retention(event: event, day: day)
    case .ratio:
      return .ratio(
        numerator: try measure("numerator"), denominator: try measure("denominator"))
    }
  }

  private func refuse(unless isAllowed: Bool, _ keys: String...) throws {
    for key in keys where !isAllowed && yaml.has(key) {
      throw yaml.fault(key, "\(yaml.name) has a '\(key)', which its kind has no use for; remove it")
    }
  }

  private func cap() throws -> MetricDefinition.Cap {
    if yaml.has("cap"), yaml.has("winsorise") {
      throw yaml.fault("cap", "\(yaml.name) has a 'cap' and a 'winsorise'; remove one")
    }
    if let bound = try yaml.number("cap") { return .bound(bound) }
    return try yaml.share("winsorise").map { .winsorised(quantile: $0) } ?? .none
  }

  /// `{event: purchase, quantity: sum}`; a word alone is an event that is counted.
  private func measure(_ key: String) throws -> MetricDefinition.Measure {
    guard let node = yaml.node(key) else {
      throw yaml.fault(
        "\(yaml.name) has no '\(key)'; give one, as {event: purchase, quantity: sum}")
    }
    if let event = node.string { return MetricDefinition.Measure(event: event, quantity: .count) }
    let mapping = try YAMLMapping(
      node, path: yaml.path, name: "the \(key) of \(yaml.name)", keys: ["event", "quantity"])
    return MetricDefinition.Measure(
      event: try mapping.requiredString("event", "name the event"),
      quantity: try mapping.word("quantity") ?? .count)
  }

  /// `5%`, `{relative: 0.05}` or `{absolute: 0.01}`; a bare number could be either, and is refused.
  private func effect(_ key: String) throws -> EffectSize? {
    guard let node = yaml.node(key) else { return nil }
    if let text = node.string {
      guard text.hasSuffix("%"), let value = Double(text.dropLast()), value.isFinite else {
        throw yaml.fault(
          key,
          "'\(key)' of \(yaml.name) is '\(text)'; write 5% for a share of the control's mean,"
            + " or {absolute: 0.01} for the metric's own unit")
      }
      return .relative(value / 100)
    }
    let mapping = try YAMLMapping(
      node, path: yaml.path, name: "'\(key)' of \(yaml.name)", keys: ["relative", "absolute"])
    switch (try mapping.share("relative"), try mapping.number("absolute")) {
    case (let relative?, nil): return .relative(relative)
    case (nil, let absolute?): return .absolute(absolute)
    default: throw yaml.fault(key, "'\(key)' of \(yaml.name): give either relative or absolute")
    }
  }
}
