import CLibPQ

/// One connection to a PostgreSQL server.
///
/// Not `Sendable`: it is used by one thread at a time. Calls block, so it stays off the threads that serve
/// requests. SQL is made of this module's literals (`Statement`), so that no value can be
/// spliced into it.
final class PostgresConnection {
  /// Host, port and database, for messages: neither account nor password.
  let server: String
  private let handle: OpaquePointer

  /// Connects to `url` (postgres://user:password@host:port/database?setting=value). What it leaves out
  /// comes from libpq's environment (PGHOST, PGPASSWORD, …) and password file.
  init(url: String) throws(PostgresError) {
    let settings = try ConnectionSettings(url: url)
    let handle = settings.connect()
    server = handle.map(Self.server) ?? settings.server
    guard let handle, PQstatus(handle) == CONNECTION_OK else {
      let error = PostgresError(
        connecting: handle, server: settings.server, secrets: settings.secrets)
      PQfinish(handle)
      throw error
    }
    self.handle = handle
    // Notices ("table exists, skipping") would go to standard error.
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  private static func server(_ handle: OpaquePointer) -> String {
    func text(_ part: UnsafeMutablePointer<CChar>?) -> String {
      part.map { String(cString: $0) } ?? ""
    }
    return "\(text(PQhost(handle))):\(text(PQport(handle)))/\(text(PQdb(handle)))"
  }

  /// Runs statements without values, one after another.
  func run(_ sql: Statement) throws(PostgresError) {
    let result = PQexec(handle, sql.text)
    defer { PQclear(result) }
    try check(result)
  }

  /// Runs one statement with its values bound as $1, $2, ….
  @discardableResult
  func execute(
    _ sql: Statement, _ values: [PostgresValue] = []
  ) throws(PostgresError) -> PostgresRows {
    let result = values.withCStrings { texts in
      PQexecParams(handle, sql.text, Int32(texts.count), nil, texts.baseAddress, nil, nil, 0)
    }
    guard let result else { throw PostgresError(nil, of: handle, server: server) }
    let rows = PostgresRows(result, server: server)
    try check(result)
    return rows
  }

  /// Runs one query and hands over its rows one at a time, in constant memory.
  func forEachRow<Failure: Error>(
    of sql: Statement, _ values: [PostgresValue] = [],
    _ body: (PostgresRow) throws(Failure) -> Void
  ) throws {
    let sent = values.withCStrings { texts in
      PQsendQueryParams(handle, sql.text, Int32(texts.count), nil, texts.baseAddress, nil, nil, 0)
    }
    guard sent == 1, PQsetSingleRowMode(handle) == 1 else {
      throw PostgresError(nil, of: handle, server: server)
    }
    var failure: (any Error)?
    while let result = PQgetResult(handle) {
      let rows = PostgresRows(result, server: server)
      // After a failure the rest is taken and dropped, or the connection could not go on.
      guard failure == nil else { continue }
      do {
        try check(result)
        for row in 0..<rows.count { try body(rows[row]) }
      } catch {
        failure = error
        cancel()
      }
    }
    if let failure { throw failure }
  }

  /// Runs `body` in one transaction, which is undone where it throws.
  func transaction<Result>(
    begin: Statement = "BEGIN", _ body: () throws -> Result
  ) throws -> Result {
    try run(begin)
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Where the connection is gone, so is the transaction; the first error is the one to tell.
      _ = Swift.Result { () throws(PostgresError) in try run("ROLLBACK") }
      throw error
    }
  }

  /// Runs a statement whose names cannot be bound: for the databases of tests.
  func administer(_ sql: String) throws(PostgresError) {
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    try check(result)
  }

  /// Begins `COPY … FROM STDIN (FORMAT binary)`, to be followed by `put` and `endCopy`.
  func beginCopy(_ sql: Statement) throws(PostgresError) {
    let result = PQexec(handle, sql.text)
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_COPY_IN else {
      throw PostgresError(result, of: handle, server: server)
    }
  }

  func put(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    // A message of the protocol holds 2³¹ bytes; a COPY may be cut anywhere.
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, 1 << 24)
      let chars = (start + done).assumingMemoryBound(to: CChar.self)
      guard PQputCopyData(handle, chars, Int32(count)) == 1 else { return try failCopy() }
      done += count
    }
  }

  /// The server checks the rows as they come; its verdict is the result that follows the end.
  func endCopy() throws(PostgresError) {
    guard PQputCopyEnd(handle, nil) == 1 else { return try failCopy() }
    try drain()
  }

  private func failCopy() throws(PostgresError) {
    _ = PQputCopyEnd(handle, "given up")
    try drain()
    throw .lost(server: server)
  }

  private func drain() throws(PostgresError) {
    var failure: PostgresError?
    while let result = PQgetResult(handle) {
      defer { PQclear(result) }
      if failure == nil, !Self.isSuccess(result) {
        failure = PostgresError(result, of: handle, server: server)
      }
    }
    if let failure { throw failure }
    guard PQstatus(handle) == CONNECTION_OK else { throw .lost(server: server) }
  }

  /// Asks the server to stop the query that runs; it may be over by then.
  private func cancel() {
    guard let request = PQgetCancel(handle) else { return }
    defer { PQfreeCancel(request) }
    var reason = [CChar](repeating: 0, count: 256)
    PQcancel(request, &reason, Int32(reason.count))
  }

  private func check(_ result: OpaquePointer?) throws(PostgresError) {
    guard Self.isSuccess(result) else {
      throw PostgresError(result, of: handle, server: server)
    }
  }

  private static func isSuccess(_ result: OpaquePointer?) -> Bool {
    let status = PQresultStatus(result)
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE
      || status == PGRES_EMPTY_QUERY
  }
}

/// A URL taken apart by libpq.
struct ConnectionSettings {
  private var names: [String] = []
  private var values: [String] = []

  init(url: String) throws(PostgresError) {
    // libpq's own message on a malformed URL repeats it, password and all.
    guard let options = PQconninfoParse(url, nil) else { throw .invalidURL }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        names.append(String(cString: keyword))
        values.append(String(cString: value))
      }
      option += 1
    }
    set("application_name", "hourglass", isDefault: true)
    set("client_encoding", "UTF8", isDefault: false)
    // A network that swallows packets must not hang a nightly job.
    set("connect_timeout", "10", isDefault: true)
  }

  private mutating func set(_ name: String, _ value: String, isDefault: Bool) {
    if let index = names.firstIndex(of: name) {
      if !isDefault { values[index] = value }
    } else {
      names.append(name)
      values.append(value)
    }
  }

  private func value(_ name: String) -> String? {
    names.firstIndex(of: name).map { values[$0] }
  }

  var secrets: [String] { ["password", "passfile", "sslpassword"].compactMap(value) }

  /// The address as the URL gives it.
  var server: String {
    "\(value("host") ?? "localhost"):\(value("port") ?? "5432")/\(value("dbname") ?? "")"
  }

  func connect() -> OpaquePointer? {
    names.withCStrings { names in
      values.withCStrings { values in PQconnectdbParams(names, values, 0) }
    }
  }
}

extension [String] {
  /// Calls `body` with a list of C strings that ends in a null.
  fileprivate func withCStrings<Result>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    map { PostgresValue.text($0) }.withCStrings { body($0.baseAddress) }
  }
}
