import Tables

/// The names of the columns in exposures and conversions, where they are not the usual ones.
public struct ColumnNames: Hashable, Sendable {
  public enum Role: String, CaseIterable, Hashable, Sendable {
    case unit, variant, time, experiment, event, value, id, probability
  }

  private var names: [Role: String]

  public init(_ names: [Role: String] = [:]) { self.names = names }

  public subscript(role: Role) -> String? {
    get { names[role] }
    set { names[role] = newValue }
  }

  /// Names that exports use, in order of preference.
  private static func usual(_ role: Role, unit: String) -> [String] {
    switch role {
    case .unit:
      [unit]
        + ["unit", "unit_id", "customer_id", "user_id", "userId", "anonymous_id", "anonymousId"]
        .filter { $0 != unit }
    case .variant:
      ["variant", "variant_id", "variation", "variation_id", "variation_name", "arm", "group"]
    case .time:
      [
        "time", "timestamp", "event_time", "exposed_at", "converted_at", "occurred_at", "sent_at",
        "created_at", "datetime", "date",
      ]
    case .experiment: ["experiment", "experiment_key", "experiment_id"]
    case .event: ["event", "event_name"]
    case .value: ["value", "revenue", "amount"]
    case .id: ["message_id", "messageId", "event_id", "conversion_id", "order_id"]
    case .probability: ["probability", "propensity", "propensity_score"]
    }
  }

  /// The place of the column of `role`, `nil` where the file has none under a usual name.
  ///
  /// - Throws: `TableError` where the name was given and is not there.
  func place(_ role: Role, in file: CSVFile, unit: String) throws(TableError) -> Int? {
    if let name = names[role] { return try file.column(named: name) }
    for name in Self.usual(role, unit: unit) {
      if let place = file.header.firstIndex(of: name) { return place }
    }
    return nil
  }

  /// The same, where there is no doing without it.
  func required(_ role: Role, in file: CSVFile, unit: String) throws -> Int {
    if let place = try place(role, in: file, unit: unit) { return place }
    throw ExperimentFileError.data(
      path: file.path, line: 1,
      problem: "no column of the \(role.rawValue): none is named "
        + Self.usual(role, unit: unit).map { "'\($0)'" }.joined(separator: ", ")
        + "; name it in the definition under 'columns: {\(role.rawValue): …}'")
  }
}
