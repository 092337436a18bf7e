import CustomerData
import GRDB
import GRDBSQLite

/// A prepared statement bound by position, without a box for each value: an import binds a hundred million.
struct RowStatement {
  private let statement: Statement
  private let handle: SQLiteStatement
  private let connection: SQLiteConnection?
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
    connection = db.sqliteConnection
    sqlite3_reset(handle)
  }

  @inline(__always)
  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

  @inline(__always)
  func bind(_ index: Int32, _ value: Int64?) {
    if let value {
      sqlite3_bind_int64(handle, index, value)
    } else {
      sqlite3_bind_null(handle, index)
    }
  }

  func bind(_ index: Int32, _ value: Double?) {
    if let value {
      sqlite3_bind_double(handle, index, value)
    } else {
      sqlite3_bind_null(handle, index)
    }
  }

  func bind(_ index: Int32, _ value: String?) {
    guard var value else {
      sqlite3_bind_null(handle, index)
      return
    }
    value.withUTF8 { bytes in
      // A null address would bind NULL where the text is empty.
      _ = withUnsafePointer(to: CChar(0)) { empty in
        sqlite3_bind_text(
          handle, index,
          UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self) ?? empty,
          Int32(clamping: bytes.count), Self.transient)
      }
    }
  }

  /// Binds text that lies in `bytes`, which must stay there until the step is done.
  @inline(__always)
  func bind(_ index: Int32, _ span: TextSpan, in bytes: UnsafePointer<CChar>) {
    if span.isAbsent {
      sqlite3_bind_null(handle, index)
    } else {
      sqlite3_bind_text(handle, index, bytes + Int(span.offset), Int32(span.length), nil)
    }
  }

  /// Runs a statement that gives no rows.
  /// - Returns: how many rows it changed.
  @discardableResult
  func run() throws -> Int {
    let code = sqlite3_step(handle)
    sqlite3_reset(handle)
    guard code == SQLITE_DONE else { throw failure(code) }
    return Int(sqlite3_changes(connection))
  }

  /// The first column of the first row; `nil` where there is none or it is NULL.
  func firstInteger() throws -> Int64? {
    defer { sqlite3_reset(handle) }
    let code = sqlite3_step(handle)
    if code == SQLITE_DONE { return nil }
    guard code == SQLITE_ROW else { throw failure(code) }
    return sqlite3_column_type(handle, 0) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, 0)
  }

  /// Calls `body` with two integer columns of each row.
  func forEachPair(_ body: (Int64, Int64) -> Void) throws {
    defer { sqlite3_reset(handle) }
    while true {
      let code = sqlite3_step(handle)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw failure(code) }
      body(sqlite3_column_int64(handle, 0), sqlite3_column_int64(handle, 1))
    }
  }

  private func failure(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: connection.map { String(cString: sqlite3_errmsg($0)) })
  }
}

/// What a second row under a table's key does.
enum SecondRow {
  /// Nothing: the first stays.
  case dropped
  /// Its values fill the columns that are still NULL.
  case fills
}

/// Insertion into one table, idempotent by its key.
struct TableInsertion {
  private let statement: RowStatement

  /// - Parameter columns: in the order in which they are bound; the key's are among them.
  init(
    _ db: Database, into table: StoreTable, key: [String], _ columns: [String], second: SecondRow
  ) throws {
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    var sql =
      "INSERT INTO \(table.rawValue) (\(columns.joined(separator: ", "))) VALUES (\(places))"
    switch second {
    case .dropped: sql += " ON CONFLICT (\(key.joined(separator: ", "))) DO NOTHING"
    case .fills: sql += Self.filling(columns.filter { !key.contains($0) }, table, key)
    }
    statement = try RowStatement(db, sql)
  }

  private static func filling(_ columns: [String], _ table: StoreTable, _ key: [String]) -> String {
    let name = table.rawValue
    let sets = columns.map { "\($0) = coalesce(\(name).\($0), excluded.\($0))" }
    let gains = columns.map { "(\(name).\($0) IS NULL AND excluded.\($0) IS NOT NULL)" }
    return " ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET "
      + sets.joined(separator: ", ") + " WHERE " + gains.joined(separator: " OR ")
  }

  /// - Parameter bind: binds the columns from 1 on.
  /// - Returns: whether the store learned anything.
  func insert(_ bind: (RowStatement) -> Void) throws -> Bool {
    bind(statement)
    return try statement.run() > 0
  }
}
