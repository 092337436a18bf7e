import Synchronization

/// Experiments, exposures and conversions in memory: for tests, simulations and small jobs.
public final class MemoryExperimentStore: ExperimentStore {
  public let location = "memory"
  private let state = Mutex(State())

  private struct State {
    var experiments: [String: StartedExperiment] = [:]
    var exposures: [String: [StoredExposure]] = [:]
    var conversions: [String: [StoredConversion]] = [:]
    var ids: Set<[String]> = []
  }

  public init() {}

  public func start(
    _ definition: ExperimentDefinition, source: String, atSeconds: Double
  ) throws(ExperimentError) {
    let known = try experiment(definition.key)
    if let known { try definition.check(against: known.settings) }
    let started = StartedExperiment(
      key: definition.key, settings: definition.settings, source: source,
      startedSeconds: known?.startedSeconds ?? atSeconds)
    state.withLock { $0.experiments[definition.key] = started }
  }

  public func experiments() throws(ExperimentError) -> [StartedExperiment] {
    state.withLock { $0.experiments.values.sorted { $0.key < $1.key } }
  }

  public func experiment(_ key: String) throws(ExperimentError) -> StartedExperiment? {
    state.withLock { $0.experiments[key] }
  }

  public func record(
    exposures: [StoredExposure], conversions: [StoredConversion]
  ) throws(ExperimentError) {
    state.withLock { state in
      for exposure in exposures {
        state.exposures[exposure.experiment, default: []].append(exposure)
      }
      for conversion in conversions {
        if let id = conversion.id, !state.ids.insert([conversion.unit, id]).inserted { continue }
        state.conversions[conversion.event, default: []].append(conversion)
      }
    }
  }

  public func forEachExposure(
    of key: String, _ body: (StoredExposure) -> Void
  ) throws(ExperimentError) {
    for exposure in state.withLock({ $0.exposures[key] ?? [] }) { body(exposure) }
  }

  public func forEachConversion(
    of events: [String], _ body: (StoredConversion) -> Void
  ) throws(ExperimentError) {
    for event in Set(events).sorted() {
      for conversion in state.withLock({ $0.conversions[event] ?? [] }) { body(conversion) }
    }
  }
}
