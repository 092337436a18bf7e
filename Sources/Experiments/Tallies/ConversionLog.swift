/// One thing that a unit did.
public struct Conversion: Hashable, Sendable {
  public var unit: UnitKey
  /// Since 1990, see `LogInstant`; 0 where time is unknown.
  public var milliseconds: Int
  /// The place of the event in `ConversionLog.events`.
  public var event: Int
  /// NaN where it has none.
  public var value: Double
  /// What tells a repeated delivery; `nil` where deliveries have no id.
  public var id: UnitKey?

  public init(unit: UnitKey, milliseconds: Int, event: Int, value: Double, id: UnitKey?) {
    self.unit = unit
    self.milliseconds = milliseconds
    self.event = event
    self.value = value
    self.id = id
  }
}

/// Conversions, parted by unit as exposures are.
public struct ConversionLog: Sendable {
  /// The names of the events that the metrics read, in order.
  public let events: [String]
  public private(set) var count = 0
  private(set) var latest = Int.min
  private var partitions: [[Conversion]]

  public init(definition: ExperimentDefinition) {
    events = Set(definition.metrics.flatMap(\.events)).sorted()
    partitions = [[Conversion]](repeating: [], count: ExposureLog.partitionCount)
  }

  public mutating func append(_ conversion: Conversion) {
    precondition(events.indices.contains(conversion.event), "event \(conversion.event)")
    partitions[ExposureLog.partition(of: conversion.unit)].append(conversion)
    count += 1
    latest = max(latest, conversion.milliseconds)
  }

  /// The conversions of one partition by unit, then in an order that does not hang on arrival.
  func sorted(partition: Int) -> [Conversion] {
    partitions[partition].sorted { left, right in
      if left.unit != right.unit { return left.unit < right.unit }
      if left.milliseconds != right.milliseconds { return left.milliseconds < right.milliseconds }
      if left.event != right.event { return left.event < right.event }
      if left.value.bitPattern != right.value.bitPattern {
        return left.value.bitPattern < right.value.bitPattern
      }
      return (left.id?.bits ?? 0) < (right.id?.bits ?? 0)
    }
  }
}
