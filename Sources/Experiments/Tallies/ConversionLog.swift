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

/// Conversions, parted by unit as exposures are, in 24 bytes each and 8 more where they have ids.
public struct ConversionLog: Sendable {
  /// The names of the events that the metrics read, in order.
  public let events: [String]
  public private(set) var count = 0
  private(set) var latest = Int.min
  private var partitions: [[Packed]]
  /// Parallel to `partitions` where any conversion of the partition has an id; 0 for none.
  private var ids: [[UInt64]]

  private struct Packed {
    var unit: UInt64
    /// Time above event: the earlier has the smaller.
    var instantAndEvent: UInt64
    var value: Double
  }

  public init(definition: ExperimentDefinition) {
    events = Set(definition.metrics.flatMap(\.events)).sorted()
    partitions = [[Packed]](repeating: [], count: ExposureLog.partitionCount)
    ids = [[UInt64]](repeating: [], count: ExposureLog.partitionCount)
  }

  public mutating func append(_ conversion: Conversion) {
    precondition(events.indices.contains(conversion.event), "event \(conversion.event)")
    let partition = ExposureLog.partition(of: conversion.unit)
    if let id = conversion.id {
      ids[partition] += repeatElement(0, count: partitions[partition].count - ids[partition].count)
      ids[partition].append(id.bits)
    }
    // By an eighth at a time: doubling would leave a third of the memory empty.
    let held = partitions[partition].count
    if held == partitions[partition].capacity {
      partitions[partition].reserveCapacity(held + held / 8 + 64)
    }
    let instant = UInt64(truncatingIfNeeded: conversion.milliseconds)
    partitions[partition].append(
      Packed(
        unit: conversion.unit.bits,
        instantAndEvent: instant << Self.eventBits | UInt64(conversion.event),
        value: conversion.value))
    count += 1
    latest = max(latest, conversion.milliseconds)
  }

  private static let eventBits: UInt64 = 20

  /// The conversions of one partition by unit, then in an order that does not hang on arrival.
  func sorted(partition: Int) -> [Conversion] {
    let packed = partitions[partition]
    let ids = ids[partition] + repeatElement(0, count: packed.count - ids[partition].count)
    let order = packed.indices.sorted { left, right in
      let (a, b) = (packed[left], packed[right])
      if a.unit != b.unit { return a.unit < b.unit }
      if a.instantAndEvent != b.instantAndEvent { return a.instantAndEvent < b.instantAndEvent }
      if a.value.bitPattern != b.value.bitPattern {
        return a.value.bitPattern < b.value.bitPattern
      }
      return ids[left] < ids[right]
    }
    let eventMask: UInt64 = (1 << Self.eventBits) - 1
    return order.map { place in
      let conversion = packed[place]
      return Conversion(
        unit: UnitKey(bits: conversion.unit),
        milliseconds: Int(conversion.instantAndEvent >> Self.eventBits),
        event: Int(conversion.instantAndEvent & eventMask), value: conversion.value,
        id: ids[place] == 0 ? nil : UnitKey(bits: ids[place]))
    }
  }
}
