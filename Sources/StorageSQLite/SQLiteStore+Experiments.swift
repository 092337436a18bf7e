import CustomerData
public import Experiments
import Foundation
import GRDB

/// Experiments beside the customer base: exposures and conversions are those that were imported, and
/// those that were recorded here.
///
/// A recorded unit whose id is a known user id is that customer, so that what it did elsewhere counts.
extension SQLiteStore: ExperimentStore {
  public func start(
    _ definition: ExperimentDefinition, source: String, atSeconds: Double
  ) throws(ExperimentError) {
    let known = try experiment(definition.key)
    if let known { try definition.check(against: known.settings) }
    let settings = try Self.text(definition.settings, location)
    try keeping("starting an experiment") { db in
      try db.execute(
        sql: """
          INSERT INTO experiments (key, settings, source, started_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (key) DO UPDATE SET settings = excluded.settings, source = excluded.source
          """,
        arguments: [definition.key, settings, source, Self.milliseconds(atSeconds)])
    }
  }

  public func experiments() throws(ExperimentError) -> [StartedExperiment] {
    try started("SELECT key, settings, source, started_at FROM experiments ORDER BY key", [])
  }

  public func experiment(_ key: String) throws(ExperimentError) -> StartedExperiment? {
    try started("SELECT key, settings, source, started_at FROM experiments WHERE key = ?", [key])
      .first
  }

  public func record(
    exposures: [StoredExposure], conversions: [StoredConversion]
  ) throws(ExperimentError) {
    try keeping("recording exposures and conversions") { db in
      let exposed = try db.cachedStatement(
        sql: """
          INSERT INTO recorded_exposures (experiment_id, unit, variant_id, event_time)
          VALUES (?, ?, ?, ?)
          """)
      for exposure in exposures {
        try exposed.execute(arguments: [
          exposure.experiment, exposure.unit, exposure.variant, Self.milliseconds(exposure.seconds),
        ])
      }
      let converted = try db.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO recorded_conversions (unit, name, event_time, value, message_id)
          VALUES (?, ?, ?, ?, ?)
          """)
      for conversion in conversions {
        try converted.execute(arguments: [
          conversion.unit, conversion.event, Self.milliseconds(conversion.seconds),
          conversion.value, conversion.id,
        ])
      }
    }
  }

  public func forEachExposure(
    of key: String, _ body: (StoredExposure) -> Void
  ) throws(ExperimentError) {
    try asking("reading exposures") { db in
      let rows = try Row.fetchCursor(db, sql: Self.exposures, arguments: [key, key])
      while let row = try rows.next() {
        body(
          StoredExposure(
            experiment: key, unit: row[0], variant: row[1], seconds: Self.seconds(row[2])))
      }
    }
  }

  public func forEachConversion(
    of events: [String], _ body: (StoredConversion) -> Void
  ) throws(ExperimentError) {
    try asking("reading conversions") { db in
      for event in Set(events).sorted() {
        let rows = try Row.fetchCursor(db, sql: Self.conversions, arguments: [event, event])
        while let row = try rows.next() {
          body(
            StoredConversion(
              unit: row[0], event: event, seconds: Self.seconds(row[1]), value: row[2], id: row[3]))
        }
      }
    }
  }
}

extension SQLiteStore {
  /// A customer's number stands for all its identities; a unit that is none of the base's stays itself.
  private static let unitOfRecord = """
    coalesce((SELECT 'customer ' || customer_id FROM identities
              WHERE value = unit AND kind = 'user_id'), unit)
    """

  private static let exposures = """
    SELECT 'customer ' || customer_id, variant_id, event_time
    FROM exposures JOIN identities USING (identity_id) WHERE experiment_id = ?
    UNION ALL
    SELECT \(unitOfRecord), variant_id, event_time FROM recorded_exposures WHERE experiment_id = ?
    """

  /// The worth of an event is its revenue, else its value, else its total, as the events' standard has
  /// them.
  private static let conversions = """
    SELECT 'customer ' || customer_id, event_time,
      CAST(coalesce(properties ->> '$.revenue', properties ->> '$.value',
                    properties ->> '$.total') AS REAL), message_id
    FROM events JOIN identities USING (identity_id) WHERE name = ?
    UNION ALL
    SELECT \(unitOfRecord), event_time, value, message_id FROM recorded_conversions WHERE name = ?
    """

  private func started(
    _ sql: String, _ arguments: StatementArguments
  ) throws(ExperimentError) -> [StartedExperiment] {
    let rows = try asking("reading experiments") {
      try Row.fetchAll($0, sql: sql, arguments: arguments)
    }
    var experiments: [StartedExperiment] = []
    for row in rows {
      experiments.append(
        StartedExperiment(
          key: row[0], settings: try Self.settings(row[1], location), source: row[2],
          startedSeconds: Self.seconds(row[3])))
    }
    return experiments
  }

  private func keeping(
    _ action: String, _ body: (Database) throws -> Void
  ) throws(ExperimentError) {
    do {
      try writing(action) { db, _ in try body(db) }
    } catch { throw .store(location: location, problem: "\(error)") }
  }

  private func asking<Value>(
    _ action: String, _ body: (Database) throws -> Value
  ) throws(ExperimentError) -> Value {
    do {
      let value = try reading(action) { db in
        // A store opened to read alone is not brought up to date.
        try db.tableExists("experiments") ? try body(db) : nil
      }
      if let value { return value }
    } catch { throw .store(location: location, problem: "\(error)") }
    throw .store(
      location: location,
      problem:
        "it was made before experiments were kept; 'hourglass experiment start' or any import"
        + " brings it up to date")
  }

  private static func text(
    _ settings: [ExperimentDefinition.Setting], _ location: String
  ) throws(ExperimentError) -> String {
    do {
      return String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
    } catch { throw .store(location: location, problem: "the settings cannot be written") }
  }

  private static func settings(
    _ text: String, _ location: String
  ) throws(ExperimentError) -> [ExperimentDefinition.Setting] {
    do {
      return try JSONDecoder().decode(
        [ExperimentDefinition.Setting].self, from: Data(text.utf8))
    } catch {
      throw .store(location: location, problem: "the settings of an experiment cannot be read")
    }
  }

  private static func milliseconds(_ seconds: Double) -> Int64 {
    Int64((min(max(seconds, -1e12), 1e12) * 1_000).rounded())
  }

  private static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1_000 }
}
