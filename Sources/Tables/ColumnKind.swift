/// What a column means to a model.
public enum ColumnKind: String, Codable, Hashable, Sendable, CaseIterable {
  case number, boolean, date, category, identifier, text
}

/// Which of the two small numbers of a date comes first, where the year is last.
public enum DateOrder: String, Codable, Hashable, Sendable, CaseIterable {
  case yearFirst = "year-first"
  case dayFirst = "day-first"
  case monthFirst = "month-first"
}

/// One column's type, as inferred or as a user's schema says.
public struct ColumnSchema: Codable, Hashable, Sendable {
  public var type: ColumnKind
  /// Only for a date; `nil` reads year-first.
  public var order: DateOrder?
  /// Only for a date: as days before the snapshot (the default) or as its parts.
  public var encode: DateEncoding?

  public init(_ type: ColumnKind, order: DateOrder? = nil, encode: DateEncoding? = nil) {
    self.type = type
    self.order = order
    self.encode = encode
  }
}

/// How a date enters a model: one number, or categories of month and weekday.
public enum DateEncoding: String, Codable, Hashable, Sendable, CaseIterable {
  case days, parts
}
