/// How one metric's outcome is read from a unit's conversions.
struct MetricReading: Sendable {
  let definition: MetricDefinition
  /// Milliseconds after first exposure at which the window closes.
  let windowMilliseconds: Int
  private let events: [Int]

  init(
    _ metric: MetricDefinition, of experiment: ExperimentDefinition, events names: [String]
  ) {
    definition = metric
    windowMilliseconds = Int((experiment.windowSeconds(of: metric) * 1_000).rounded())
    events = metric.events.map { name in names.firstIndex(of: name) ?? -1 }
  }

  /// What a unit's conversions come to: an outcome, and a denominator where the metric is a ratio.
  struct Outcome: Hashable, Sendable {
    var value = 0.0
    var denominator = 0.0
    /// Whether there is a value at all; of quantiles, not every unit has one.
    var isPresent = true
  }

  /// The outcome of a unit without any conversion; of quantiles, none.
  var ofNothing: Outcome {
    if case .quantile = definition.kind { return Outcome(isPresent: false) }
    return Outcome()
  }

  /// - Parameter conversions: the unit's, in order of time.
  func outcome(
    of conversions: ArraySlice<Conversion>, exposedAt start: Int, cap: Double?
  ) -> Outcome {
    var outcome = ofNothing
    var from = start
    if case .retention(_, let day) = definition.kind { from += day * 86_400_000 }
    let end = start + windowMilliseconds
    for conversion in conversions
    where conversion.milliseconds >= from && conversion.milliseconds < end {
      add(conversion, to: &outcome)
    }
    outcome.value = capped(outcome.value, cap)
    return outcome
  }

  /// The outcome of a unit whose row holds it; where a cell is missing, there is none.
  func outcome(ofRow number: (_ event: Int) -> Double, cap: Double?) -> Outcome {
    let values = events.map(number)
    guard values.allSatisfy(\.isFinite) else { return Outcome(isPresent: false) }
    switch definition.kind {
    case .conversion, .retention: return Outcome(value: values[0] != 0 ? 1 : 0)
    case .count, .mean, .quantile: return Outcome(value: capped(values[0], cap))
    case .ratio: return Outcome(value: values[0], denominator: values[1])
    }
  }

  /// `value` inside the metric's bounds: refunds net against purchases, below 0 there is nothing.
  func capped(_ value: Double, _ cap: Double?) -> Double {
    if let bound = definition.outcomeBound { return min(max(value, 0), bound) }
    return cap.map { min(value, $0) } ?? value
  }

  private func add(_ conversion: Conversion, to outcome: inout Outcome) {
    switch definition.kind {
    case .conversion, .retention:
      if conversion.event == events[0] { outcome.value = 1 }
    case .count:
      if conversion.event == events[0] { outcome.value += 1 }
    case .mean:
      if conversion.event == events[0], conversion.value.isFinite {
        outcome.value += conversion.value
      }
    case .quantile:
      guard conversion.event == events[0], !outcome.isPresent, conversion.value.isFinite else {
        return
      }
      outcome.value = conversion.value
      outcome.isPresent = true
    case .ratio(let numerator, let denominator):
      if conversion.event == events[0] {
        outcome.value += Self.amount(conversion, numerator)
      }
      if conversion.event == events[1] {
        outcome.denominator += Self.amount(conversion, denominator)
      }
    }
  }

  private static func amount(
    _ conversion: Conversion, _ measure: MetricDefinition.Measure
  ) -> Double {
    switch measure.quantity {
    case .count: 1
    case .sum: conversion.value.isFinite ? conversion.value : 0
    }
  }
}
