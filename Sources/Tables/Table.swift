/// A table in memory: typed columns of equal length.
public struct Table: Sendable {
  public let rowCount: Int
  public let columns: [Column]
  /// The line of the file each row starts on; empty for a table that was read from none.
  private let lines: [Int]
  private let places: [String: Int]

  public init(rowCount: Int, columns: [Column], lines: [Int] = []) {
    precondition(
      lines.isEmpty || lines.count == rowCount, "\(lines.count) lines for \(rowCount) rows")
    self.lines = lines
    for column in columns {
      precondition(
        column.values.count == rowCount,
        "column '\(column.name)' has \(column.values.count) rows, table has \(rowCount)")
    }
    self.rowCount = rowCount
    self.columns = columns
    places = Dictionary(zip(columns.map(\.name), columns.indices)) { first, _ in first }
  }

  /// Where a person finds row `row`, counted from 0.
  public func place(ofRow row: Int) -> RowPlace {
    lines.isEmpty ? .row(row + 1) : .line(lines[row])
  }

  public func column(named name: String) -> Column? { places[name].map { columns[$0] } }
}

/// Where a row stands: on a line of its file, or, where there is none, as the n-th row.
public enum RowPlace: Hashable, Sendable, CustomStringConvertible {
  case line(Int)
  case row(Int)

  public var description: String {
    switch self {
    case .line(let line): "line \(line)"
    case .row(let row): "row \(row)"
    }
  }
}

/// One column: its name, what it means, its values.
public struct Column: Sendable {
  public let name: String
  public let schema: ColumnSchema
  public let values: ColumnValues

  public init(name: String, schema: ColumnSchema, values: ColumnValues) {
    self.name = name
    self.schema = schema
    self.values = values
  }

  public var kind: ColumnKind { schema.type }
}

/// The values of a column, row by row.
public enum ColumnValues: Sendable {
  /// Numbers; booleans as 0 and 1; dates as seconds since 1970-01-01T00:00:00Z. NaN is missing.
  case numbers([Double])
  /// Codes of `levels`; `missingCode` is missing.
  case categories(codes: [UInt32], levels: [String])
  /// Texts that are mostly distinct; empty is missing.
  case text(TextColumn)

  public static let missingCode = UInt32.max

  public var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .categories(let codes, _): codes.count
    case .text(let texts): texts.count
    }
  }

  public func isMissing(_ row: Int) -> Bool {
    switch self {
    case .numbers(let values): values[row].isNaN
    case .categories(let codes, _): codes[row] == Self.missingCode
    case .text(let texts): texts.withBytes(row) { $0.isEmpty }
    }
  }
}
