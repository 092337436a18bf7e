import CustomerData
import ExperimentFiles
import Experiments
import StorageSQLite
import Tables

/// The file that keeps experiments, beside the customer base.
struct ExperimentStoreFile {
  private let path: String

  /// - Throws: `UsageError` for a database that keeps no experiments.
  init(path: String) throws {
    // The address may hold a password: it is not repeated.
    if path.hasPrefix("postgres://") || path.hasPrefix("postgresql://") {
      throw UsageError("--store: PostgreSQL keeps no experiments yet; give a SQLite file")
    }
    self.path = path
  }

  /// Keeps the definition of the file as that of an experiment that begins now.
  func start(_ definition: ExperimentDefinition, source: String) throws -> StartedExperiment {
    let store = try SQLiteStore(path: path)
    try store.start(definition, source: source, atSeconds: Self.nowSeconds)
    return try started(definition.key, in: store)
  }

  func experiments() throws -> [StartedExperiment] { try opened().experiments() }

  func experiment(_ key: String) throws -> StartedExperiment { try started(key, in: opened()) }

  /// What is kept of the experiment up to now, or the instant that is judged as of.
  ///
  /// - Throws: `UsageError` where the definition needs columns of exposures, of which the store has none.
  func evidence(_ attribution: Attribution) throws -> Evidence {
    let needs = attribution.definition.columnNeeds
    guard needs.isEmpty else {
      throw UsageError(
        "--store holds no columns of exposures, and experiment '\(attribution.definition.key)' has"
          + " \(needs.joined(separator: ", ")); give --data")
    }
    return try opened().evidence(
      attribution, nowSeconds: min(Self.nowSeconds, attribution.asOfSeconds ?? .infinity))
  }

  private static var nowSeconds: Double { Double(presentInstant().milliseconds) / 1_000 }

  private func opened() throws -> SQLiteStore { try SQLiteStore(path: path, isReadOnly: true) }

  private func started(_ key: String, in store: SQLiteStore) throws -> StartedExperiment {
    guard let started = try store.experiment(key) else {
      throw ExperimentError.unknownExperiment(key)
    }
    return started
  }
}

extension StartedExperiment {
  /// When it was started, in UTC.
  var startText: String { "\(Instant(milliseconds: Int64(startedSeconds * 1_000)))" }

  /// What its text says.
  func file() throws -> ExperimentFile { try ExperimentFile(yaml: source, path: key) }
}

extension ExperimentDefinition {
  /// The settings that name columns of exposures.
  fileprivate var columnNeeds: [String] {
    var needs = covariates.isEmpty ? [] : ["covariates"]
    if eligibility != nil { needs.append("eligibility") }
    if score != nil { needs.append("a score") }
    if !dimensions.isEmpty { needs.append("dimensions") }
    if allocation != .fixed { needs.append("an allocation that changes") }
    return needs
  }
}
