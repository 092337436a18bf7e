public import CustomerData
import Synchronization

/// The customer base in a PostgreSQL database, in a schema of its own.
///
/// One connection, whose users take turns. Writers of several processes take turns too, by an advisory lock
/// that each transaction holds; readers wait for nobody.
public final class PostgresStore: CustomerStore {
  public let location: String
  let rules: IdentityRules
  let isTrial: Bool
  private let waitSeconds: Int
  private let state: Mutex<State>

  /// What the lock guards: a connection belongs to one thread at a time.
  struct State {
    let connection: PostgresConnection
    let isTrial: Bool
    var memory = WriterMemory()
    /// Whether a transaction is under way, and whether it goes on after this call.
    var isOpen = false
    var staysOpen = false
  }

  /// Opens the base at `url`, or makes its tables.
  ///
  /// - Parameters:
  ///   - url: postgres://user:password@host:port/database.
  ///   - rules: kept in the base; `nil` takes those it was written with.
  ///   - isReadOnly: makes no tables and changes none.
  ///   - isTrial: this object sees what it writes and keeps nothing of it; other writers wait until it is gone.
  ///   - waitSeconds: how long to wait for another program that writes.
  public init(
    url: String, rules: IdentityRules? = nil, isReadOnly: Bool = false,
    isTrial: Bool = false, waitSeconds: Int = 30
  ) throws(StoreError) {
    let opened = try StoreError.of("PostgreSQL", "opening") {
      let connection = try PostgresConnection(url: url)
      let location = "postgres://\(connection.server)"
      return try StoreError.of(location, "opening") {
        let stored = try Self.prepare(
          connection, location: location, isReadOnly: isReadOnly, waitSeconds: waitSeconds)
        return Opened(connection: connection, location: location, rules: stored)
      }
    }
    location = opened.location
    self.rules = rules ?? opened.rules ?? .standard
    self.waitSeconds = waitSeconds
    self.isTrial = isTrial
    state = Mutex(State(connection: opened.connection, isTrial: isTrial))
    if let rules, rules != opened.rules, !isReadOnly { try changeRules(rules) }
  }

  private struct Opened: @unchecked Sendable {
    // Handed from one line of `init` to the next, on one thread.
    let connection: PostgresConnection
    let location: String
    let rules: IdentityRules?
  }

  /// Brings the tables up to date and returns the identity rules kept with them.
  private static func prepare(
    _ connection: PostgresConnection, location: String, isReadOnly: Bool, waitSeconds: Int
  ) throws -> IdentityRules? {
    try connection.execute(
      "SELECT set_config('lock_timeout', $1, false), set_config('search_path', 'hourglass', false)",
      // 0 would be to wait for ever.
      [.text(waitSeconds > 0 ? "\(waitSeconds)s" : "1ms")])
    let exists = try connection.execute("SELECT to_regclass('hourglass.migrations') IS NOT NULL")
    if isReadOnly {
      try connection.run("SET default_transaction_read_only = on")
      guard try exists[0].boolean(0) else {
        throw StoreError.cannotOpen(
          store: location, reason: "the database holds no customer base; import into it first")
      }
    } else {
      try migrate(connection, location: location)
    }
    try refuseNewer(connection, location: location)
    let text = try connection.execute("SELECT value FROM settings WHERE key = 'identity_rules'")
    return text.count > 0 ? text[0].optionalText(0).flatMap(IdentityRules.init(stored:)) : nil
  }

  private static func migrate(_ connection: PostgresConnection, location: String) throws {
    try connection.transaction {
      try takeTurn(connection)
      try connection.run(Migrations.prepare)
      let applied = try appliedNames(connection)
      for (name, change) in Migrations.all where !applied.contains(name) {
        try connection.run(change)
        try connection.execute("INSERT INTO migrations (name) VALUES ($1)", [.text(name)])
      }
    }
  }

  private static func appliedNames(_ connection: PostgresConnection) throws -> Set<String> {
    Set(try connection.execute("SELECT name FROM migrations").map { try $0.text(0) })
  }

  private static func refuseNewer(_ connection: PostgresConnection, location: String) throws {
    let newer = try appliedNames(connection).subtracting(Migrations.all.map(\.name)).min()
    if let newer { throw StoreError.newerFormat(store: location, migration: newer) }
  }

  /// A batch asks for some thousand rows by their keys, of tables whose size the planner does not know
  /// while they fill: what is right is always the index.
  private static let byIndices: Statement = """
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off;
    SET LOCAL jit = off;
    """

  /// Waits for other writers; the number is the word "hourglas" in ASCII.
  private static func takeTurn(_ connection: PostgresConnection) throws {
    try connection.run("SELECT pg_advisory_xact_lock(7525373463399031155)")
  }

  private func changeRules(_ rules: IdentityRules) throws(StoreError) {
    try writing("changing the identity rules") { state in
      try state.connection.execute(
        """
        INSERT INTO settings VALUES ('identity_rules', $1)
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
        """, [.text(rules.storedText)])
      try IdentityResolution(state.connection, rules: rules).resolveAll()
    }
  }

  /// Reads in one transaction: all that `body` sees is of one instant.
  func reading<Value>(
    _ action: String, _ body: (PostgresConnection) throws -> Value
  ) throws(StoreError) -> Value {
    try locked(action) { state in
      guard !state.isOpen else { return try body(state.connection) }
      return try state.connection.transaction(
        begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
      ) { try body(state.connection) }
    }
  }

  /// Writes in one transaction, in this program's turn among those that write.
  /// The next call goes on in this transaction where `body` sets `staysOpen`.
  func writing<Value>(
    _ action: String, _ body: (inout State) throws -> Value
  ) throws(StoreError) -> Value {
    try locked(action) { state in
      do {
        if !state.isOpen { try Self.begin(&state) }
        state.staysOpen = false
        let result = try body(&state)
        if !state.isTrial, !state.staysOpen {
          try state.connection.run("COMMIT")
          state.isOpen = false
        }
        return result
      } catch {
        // Where the connection is gone, so is the transaction; the first error is the one to tell.
        _ = Result { () throws(PostgresError) in try state.connection.run("ROLLBACK") }
        state.isOpen = false
        // What was remembered of rows that are not there after all must go.
        state.memory = WriterMemory(after: state.memory)
        throw error
      }
    }
  }

  private static func begin(_ state: inout State) throws {
    try state.connection.run("BEGIN")
    state.isOpen = true
    try takeTurn(state.connection)
    try state.connection.run(byIndices)
    let version = try state.connection.execute(
      "UPDATE writes SET version = version + 1 RETURNING version")[0].integer(0)
    state.memory.noticeOtherWriters(version: version)
  }

  /// Runs what may not be in a transaction.
  func alone(
    _ action: String, _ body: (PostgresConnection) throws -> Void
  ) throws(StoreError) {
    try locked(action) { try body($0.connection) }
  }

  /// What needs no transaction of its own.
  func remembering(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

  private func locked<Value>(
    _ action: String, _ body: (inout State) throws -> Value
  ) throws(StoreError) -> Value {
    try StoreError.of(location, action, waitSeconds: waitSeconds) {
      try state.withLock { state in
        // The value was made on this thread and leaves with it.
        nonisolated(unsafe) let value = try body(&state)
        return value
      }
    }
  }
}

extension StoreError {
  /// Runs `body` and names what PostgreSQL says in the words of the protocol.
  static func of<Value>(
    _ location: String, _ action: String, waitSeconds: Int = 0, _ body: () throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let error as PostgresError {
      throw StoreError(error, location, action, waitSeconds)
    } catch {
      throw .failed(store: location, action: action, reason: "unexpected \(type(of: error))")
    }
  }

  private init(
    _ error: PostgresError, _ location: String, _ action: String, _ waitSeconds: Int
  ) {
    switch error {
    case .invalidURL, .unreachable, .refused, .lost, .exhausted:
      self = .unavailable(reason: error.description)
    case .permissionDenied(_, let reason) where reason.contains("read-only"):
      self = .readOnly(store: location)
    case .permissionDenied: self = .unavailable(reason: error.description)
    case .failed(_, "55P03", _): self = .locked(store: location, waitedSeconds: waitSeconds)
    case .failed(_, let state, let reason):
      self = .failed(store: location, action: action, reason: "\(reason) (\(state))")
    case .unexpectedValue:
      self = .notAStore(store: location, reason: error.description)
    }
  }
}
