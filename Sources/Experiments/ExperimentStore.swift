/// Where experiments, exposures and conversions are kept. Every conformance passes the one suite of
/// laws in Tests/StoreContract.
///
/// Calls block: a server keeps them off the threads that serve requests. One object may be used from
/// several threads.
public protocol ExperimentStore: AnyObject, Sendable {
  /// Its path or address, without a password: for messages.
  var location: String { get }

  /// Keeps the definition as that of an experiment that begins now; starting it again unchanged, or with
  /// a phase added, keeps the first instant.
  ///
  /// - Parameter source: the text of its file.
  /// - Throws: `.changedDefinition` where another definition of the key has been started.
  func start(
    _ definition: ExperimentDefinition, source: String, atSeconds: Double
  ) throws(ExperimentError)

  /// The experiments that were started, by key.
  func experiments() throws(ExperimentError) -> [StartedExperiment]
  func experiment(_ key: String) throws(ExperimentError) -> StartedExperiment?

  /// Keeps exposures and conversions; a conversion whose id its unit has already is dropped.
  func record(
    exposures: [StoredExposure], conversions: [StoredConversion]
  ) throws(ExperimentError)

  /// Hands out exposures of an experiment, in any order.
  func forEachExposure(
    of key: String, _ body: (StoredExposure) -> Void
  ) throws(ExperimentError)

  /// Hands out conversions of the events, in any order.
  func forEachConversion(
    of events: [String], _ body: (StoredConversion) -> Void
  ) throws(ExperimentError)
}

/// An experiment as it was started.
public struct StartedExperiment: Hashable, Sendable {
  public let key: String
  public let settings: [ExperimentDefinition.Setting]
  /// The text of the definition's file.
  public let source: String
  public let startedSeconds: Double

  public init(
    key: String, settings: [ExperimentDefinition.Setting], source: String, startedSeconds: Double
  ) {
    self.key = key
    self.settings = settings
    self.source = source
    self.startedSeconds = startedSeconds
  }

  public var fingerprint: String { ExperimentDefinition.fingerprint(of: settings) }
}

public struct StoredExposure: Hashable, Sendable {
  public var experiment: String
  public var unit: String
  public var variant: String
  public var seconds: Double

  public init(experiment: String, unit: String, variant: String, seconds: Double) {
    self.experiment = experiment
    self.unit = unit
    self.variant = variant
    self.seconds = seconds
  }
}

public struct StoredConversion: Hashable, Sendable {
  public var unit: String
  public var event: String
  public var seconds: Double
  public var value: Double?
  /// What tells a repeated delivery.
  public var id: String?

  public init(
    unit: String, event: String, seconds: Double, value: Double? = nil, id: String? = nil
  ) {
    self.unit = unit
    self.event = event
    self.seconds = seconds
    self.value = value
    self.id = id
  }
}

extension ExperimentStore {
  /// Joins what is kept of an experiment into evidence.
  ///
  /// - Parameter nowSeconds: later instants are clocks gone wrong: left out and counted.
  /// - Throws: `.changedDefinition` where the experiment was started as another,
  ///   `.unknownExperiment` where it never was.
  public func evidence(
    _ attribution: Attribution, nowSeconds: Double
  ) throws(ExperimentError) -> Evidence {
    let definition = attribution.definition
    guard let started = try experiment(definition.key) else {
      throw .unknownExperiment(definition.key)
    }
    try definition.check(against: started.settings)
    var exclusions = Exclusions()
    let exposures = try exposureLog(definition, nowSeconds, &exclusions)
    let conversions = try conversionLog(definition, nowSeconds, &exclusions)
    return try attribution.evidence(
      exposures: exposures, conversions: conversions, exclusions: exclusions)
  }

  private func exposureLog(
    _ definition: ExperimentDefinition, _ nowSeconds: Double, _ exclusions: inout Exclusions
  ) throws(ExperimentError) -> ExposureLog {
    var log = ExposureLog()
    var batch = ExposureRows()
    var counted = exclusions
    var unknown: String?
    try forEachExposure(of: definition.key) { exposure in
      guard let variant = definition.variants.firstIndex(of: exposure.variant) else {
        unknown = unknown ?? exposure.variant
        return
      }
      guard exposure.seconds <= nowSeconds else { return counted.add(1, .exposureInFuture) }
      guard let instant = LogInstant.milliseconds(exposure.seconds) else {
        return counted.add(1, .noExposureTime)
      }
      batch.units.append(UnitKey(exposure.unit))
      batch.variants.append(UInt8(variant))
      batch.milliseconds.append(instant)
      if batch.units.count == 65_536 { batch.move(to: &log) }
    }
    if let unknown { throw .unknownVariant(unknown, known: definition.variants) }
    batch.move(to: &log)
    exclusions = counted
    return log
  }

  private func conversionLog(
    _ definition: ExperimentDefinition, _ nowSeconds: Double, _ exclusions: inout Exclusions
  ) throws(ExperimentError) -> ConversionLog {
    var log = ConversionLog(definition: definition)
    let events = log.events
    var counted = exclusions
    try forEachConversion(of: events) { conversion in
      guard let event = events.firstIndex(of: conversion.event) else { return }
      guard conversion.seconds <= nowSeconds else { return counted.add(1, .conversionInFuture) }
      guard let instant = LogInstant.milliseconds(conversion.seconds) else {
        return counted.add(1, .noConversionTime)
      }
      log.append(
        Conversion(
          unit: UnitKey(conversion.unit), milliseconds: instant, event: event,
          value: conversion.value ?? .nan, id: conversion.id.map { UnitKey($0) }))
    }
    exclusions = counted
    return log
  }
}

/// Exposures on their way into a log.
private struct ExposureRows {
  var units: [UnitKey] = []
  var variants: [UInt8] = []
  var milliseconds: [Int] = []

  mutating func move(to log: inout ExposureLog) {
    log.append(ExposureBatch(units: units, variants: variants, milliseconds: milliseconds))
    self = ExposureRows()
  }
}
