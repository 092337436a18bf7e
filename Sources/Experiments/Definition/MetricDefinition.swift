/// What is measured on each unit, and which way is better.
public struct MetricDefinition: Hashable, Sendable {
  public let name: String
  public let kind: Kind
  public let direction: Direction
  /// How long after its first exposure a unit's conversions count, in seconds; `nil` for the
  /// experiment's own window.
  public let windowSeconds: Double?

  public enum Direction: String, Hashable, Sendable, CaseIterable {
    case increase, decrease

    /// +1 where more is better, −1 where less is.
    public var sign: Double { self == .increase ? 1 : -1 }
  }

  public enum Kind: Hashable, Sendable {
    /// The share of units with at least one `event`: outcome 0 or 1.
    case conversion(event: String)
    /// The number of `event`s per unit.
    case count(event: String, cap: Cap)
    /// The sum of the values of a unit's `event`s, per unit: revenue per customer.
    case mean(event: String, cap: Cap)
    /// The sum of one measure over the sum of another, both over the same units; by the delta method.
    case ratio(numerator: Measure, denominator: Measure)
    /// A quantile, in (0, 1), of the value of a unit's first `event`, over the units that have one.
    case quantile(event: String, probability: Double)
    /// The share of units with an `event` in the day that begins `day` days after first exposure.
    case retention(event: String, day: Int)
  }

  /// What keeps one large value from deciding.
  public enum Cap: Hashable, Sendable {
    case none
    /// A bound set before the start: values above it count as it. Makes a mean fit for exact rules.
    case bound(Double)
    /// The quantile, in (0, 1), of the pooled variants' units at the latest look (zeros included).
    case winsorised(quantile: Double)
  }

  /// One number per unit: how often it did `event`, or the sum of the values.
  public struct Measure: Hashable, Sendable {
    public enum Quantity: String, Hashable, Sendable, CaseIterable { case count, sum }
    public let event: String
    public let quantity: Quantity

    public init(event: String, quantity: Quantity) {
      self.event = event
      self.quantity = quantity
    }
  }

  /// - Throws: `DesignError` for an empty name or event, a bound that is not positive, a quantile
  ///   outside (0, 1), a day below 1 or a window that is not positive.
  public init(
    name: String, kind: Kind, direction: Direction, windowSeconds: Double? = nil
  ) throws(DesignError) {
    guard !name.isEmpty else { throw .empty("the name of a metric") }
    self.name = name
    self.kind = kind
    self.direction = direction
    self.windowSeconds = windowSeconds
    try check()
  }

  static let longestWindowSeconds = 3_653 * 86_400.0

  /// The largest outcome of a unit, where one was set before the start: 1 for shares.
  public var outcomeBound: Double? {
    switch kind {
    case .conversion, .retention: 1
    case .count(_, .bound(let bound)), .mean(_, .bound(let bound)): bound
    default: nil
    }
  }

  /// Whether every outcome is 0 or 1.
  public var isShare: Bool {
    switch kind {
    case .conversion, .retention: true
    default: false
    }
  }

  public var isRatio: Bool {
    if case .ratio = kind { true } else { false }
  }

  public var isQuantile: Bool {
    if case .quantile = kind { true } else { false }
  }

  /// The events that are read for it.
  public var events: [String] {
    switch kind {
    case .conversion(let event), .count(let event, _), .mean(let event, _),
      .quantile(let event, _), .retention(let event, _):
      [event]
    case .ratio(let numerator, let denominator): [numerator.event, denominator.event]
    }
  }
}

extension MetricDefinition {
  private func check() throws(DesignError) {
    for event in events where event.isEmpty { throw .empty("the event of metric '\(name)'") }
    if let windowSeconds, !(windowSeconds > 0 && windowSeconds <= Self.longestWindowSeconds) {
      throw .outOfRange(
        "the window of metric '\(name)'", windowSeconds, allowed: "(0, 10 years] in seconds")
    }
    switch kind {
    case .count(_, let cap), .mean(_, let cap): try check(cap)
    case .quantile(_, let probability):
      guard probability > 0, probability < 1 else {
        throw .outOfRange("the quantile of metric '\(name)'", probability, allowed: "(0, 1)")
      }
    case .retention(_, let day):
      guard day >= 1, day <= 3_650 else {
        throw .outOfRange("the day of metric '\(name)'", Double(day), allowed: "[1, 3650]")
      }
    case .conversion, .ratio: break
    }
  }

  private func check(_ cap: Cap) throws(DesignError) {
    switch cap {
    case .none: break
    case .bound(let bound):
      guard bound > 0, bound.isFinite else {
        throw .outOfRange("the cap of metric '\(name)'", bound, allowed: "(0, ∞)")
      }
    case .winsorised(let quantile):
      guard quantile > 0, quantile < 1 else {
        throw .outOfRange("the winsorised quantile of '\(name)'", quantile, allowed: "(0, 1)")
      }
    }
  }
}
