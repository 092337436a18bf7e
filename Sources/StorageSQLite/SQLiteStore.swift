public import CustomerData
import GRDB
import Glibc

/// The customer base in one SQLite file, in write-ahead mode: readers and one writer do not wait for each other.
public final class SQLiteStore: CustomerStore {
  public let location: String
  let rules: IdentityRules
  private let database: any DatabaseWriter
  private let busySeconds: Int
  /// What this object remembers of the file between batches. Only touched inside `database`'s writing,
  /// which lets in one thread at a time.
  nonisolated(unsafe) private var memory = WriterMemory()
  let isTrial: Bool

  /// Pages of log after which it is moved into the file. What is moved at once is begun anew, and so stays in
  /// the memory of the operating system; a checkpoint waits for the disk.
  static let logPages = 8_192
  /// Of a connection.
  static let cacheKilobytes = 32_768

  /// Opens the store at `path`, or makes one.
  ///
  /// - Parameters:
  ///   - rules: kept in the store; `nil` takes those it was written with.
  ///   - isReadOnly: opens no file that is not there, and changes none.
  ///   - isTrial: this object sees what it writes and keeps nothing of it; other writers wait until it is gone.
  ///   - busySeconds: how long to wait for another program that writes.
  public convenience init(
    path: String, rules: IdentityRules? = nil, isReadOnly: Bool = false,
    isTrial: Bool = false, busySeconds: Int = 30
  ) throws(StoreError) {
    if isReadOnly, access(path, F_OK) != 0 {
      throw .cannotOpen(store: path, reason: "there is no such file; import into it first")
    }
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .callback { Self.waits(busySeconds, attempt: $0) }
    // An import holds a transaction open over several batches.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { db in
      if !isReadOnly {
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.logPages)")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
      }
      try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKilobytes); PRAGMA temp_store = FILE")
    }
    let database: any DatabaseWriter = try StoreError.of(path, "opening", busySeconds) {
      if isReadOnly { return try DatabaseQueue(path: path, configuration: configuration) }
      try StoreFile.prepare(path, configuration)
      return try DatabasePool(path: path, configuration: configuration)
    }
    try self.init(
      database, location: path, rules: rules, isReadOnly: isReadOnly, isTrial: isTrial,
      busySeconds: busySeconds)
  }

  private init(
    _ database: any DatabaseWriter, location: String, rules: IdentityRules?, isReadOnly: Bool,
    isTrial: Bool, busySeconds: Int
  ) throws(StoreError) {
    self.database = database
    self.isTrial = isTrial
    self.location = location
    self.busySeconds = busySeconds
    let (stored, newer) = try StoreError.of(location, "opening", busySeconds) {
      try Self.migrate(database, isReadOnly: isReadOnly)
    }
    if let newer { throw .newerFormat(store: location, migration: newer) }
    self.rules = rules ?? stored ?? .standard
    if let rules, rules != stored { try changeRules(rules) }
  }

  /// Waits a little for another program's transaction, more often than SQLite's own handler does (100 ms):
  /// an import leaves but a short while between two of its transactions.
  private static func waits(_ seconds: Int, attempt: Int) -> Bool {
    guard attempt * waitMicroseconds < seconds * 1_000_000 else { return false }
    usleep(UInt32(waitMicroseconds))
    return true
  }
  private static let waitMicroseconds = 1_000
  /// Between two transactions of an import.
  static let pauseMicroseconds: UInt32 = 2_000

  private static func migrate(
    _ database: any DatabaseWriter, isReadOnly: Bool
  ) throws -> (rules: IdentityRules?, newer: String?) {
    let migrator = Migrations.migrator
    let newer = try database.read { db -> String? in
      guard try db.tableExists("grdb_migrations") else { return nil }
      return try migrator.appliedIdentifiers(db).subtracting(migrator.migrations).min()
    }
    if newer != nil { return (nil, newer) }
    if !isReadOnly { try StoreFile.update(database) }
    let text = try database.read {
      try String.fetchOne($0, sql: "SELECT value FROM settings WHERE key = 'identity_rules'")
    }
    return (text.flatMap(IdentityRules.init(stored:)), nil)
  }

  private func changeRules(_ rules: IdentityRules) throws(StoreError) {
    try writing("changing the identity rules") { db, memory in
      try db.execute(
        sql: "INSERT OR REPLACE INTO settings VALUES ('identity_rules', ?)",
        arguments: [rules.storedText])
      try IdentityResolution(db, rules: rules).resolveAll()
    }
  }

  /// Reads in one transaction: all that `body` sees is of one instant.
  func reading<Value>(
    _ action: String, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    try StoreError.of(location, action, busySeconds) {
      // A trial is seen by its own connection alone.
      isTrial ? try database.writeWithoutTransaction(body) : try database.read(body)
    }
  }

  /// Empties the write-ahead log into the file: what was deleted stands in neither.
  func truncateLog() throws(StoreError) {
    try StoreError.of(location, "emptying the log", busySeconds) {
      _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }
  }

  /// Writes in one transaction, which waits for other programs' transactions before its first read.
  /// The next call goes on in this transaction where `body` sets `staysOpen`.
  func writing<Value>(
    _ action: String, _ body: (Database, inout WriterMemory) throws -> Value
  ) throws(StoreError) -> Value {
    try StoreError.of(location, action, busySeconds) {
      try database.writeWithoutTransaction { db in
        do {
          if !db.isInsideTransaction {
            try db.beginTransaction(.immediate)
            try memory.noticeOtherWriters(db)
          }
          memory.staysOpen = false
          let result = try body(db, &memory)
          if !isTrial, !memory.staysOpen { try db.commit() }
          return result
        } catch {
          // Where the disk is full, SQLite has undone the transaction by itself.
          if db.isInsideTransaction { try db.rollback() }
          // What was remembered of rows that are not there after all must go.
          memory = WriterMemory()
          throw error
        }
      }
    }
  }

  /// Changes what is remembered, outside of any transaction.
  func remembering(
    _ action: String, _ body: (Database, inout WriterMemory) throws -> Void
  ) throws(StoreError) {
    try StoreError.of(location, action, busySeconds) {
      try database.writeWithoutTransaction { db in try body(db, &memory) }
    }
  }
}

extension StoreError {
  /// Runs `body` and names what SQLite says in the words of the protocol.
  static func of<Value>(
    _ location: String, _ action: String, _ busySeconds: Int, _ body: () throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let error as DatabaseError {
      throw StoreError(error, location, action, busySeconds)
    } catch {
      throw .failed(store: location, action: action, reason: "unexpected \(type(of: error))")
    }
  }

  private init(
    _ error: DatabaseError, _ location: String, _ action: String, _ busySeconds: Int
  ) {
    // SQLite's message names tables and columns, never values; the statement's arguments stay out.
    let reason = error.message ?? "result code \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(store: location, waitedSeconds: busySeconds)
    case .SQLITE_READONLY: self = .readOnly(store: location)
    case .SQLITE_FULL: self = .full(store: location)
    case .SQLITE_NOTADB: self = .notAStore(store: location, reason: "it is no SQLite file")
    case .SQLITE_CORRUPT:
      self = .notAStore(store: location, reason: "it is damaged (\(reason))")
    case .SQLITE_CANTOPEN:
      self = .cannotOpen(
        store: location,
        reason: access(location, F_OK) == 0
          ? "its folder or file may not be written" : "its folder does not exist or is closed to us"
      )
    default: self = .failed(store: location, action: action, reason: reason)
    }
  }
}
