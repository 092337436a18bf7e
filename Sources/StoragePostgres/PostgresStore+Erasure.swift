public import CustomerData
import StorageSQL

extension PostgresStore {
  public func erase(
    _ customer: Int64, at instant: Instant
  ) throws(StoreError) -> [StoreTable: Int] {
    let removed = try writing("erasing a customer") { state in
      let connection = state.connection
      let identities = try Self.identities(of: customer, connection)
      guard !identities.isEmpty else { throw StoreError.noCustomer(store: location) }
      let tombstones = try Self.tombstones(connection, makingKey: true)
      var hashes = identities.map { tombstones.hash($0) }
      for row in try connection.execute(
        Statement(ErasureStatements.subjects), [.integer(customer)])
      {
        guard let subject = Tombstones.Subject(rawValue: try row.text(0)) else { continue }
        hashes.append(tombstones.hash(subject, try row.text(1)))
      }
      var removed: [StoreTable: Int] = [:]
      removed[.rejects] = try Self.eraseRejects(
        naming: IdentitySearch(identities), tombstones, &hashes, connection)
      try connection.execute(Statement(ErasureStatements.keepTotals), [.integer(customer)])
      for deletion in ErasureStatements.deletions {
        let sql = Statement.joined(deletion.sql.map { Statement($0) }, separator: "")
        removed[deletion.table] = try connection.execute(sql, [.integer(customer)]).affectedCount
      }
      try connection.execute(
        """
        INSERT INTO tombstones (hash, erased_at) SELECT unnest($1::text[]), $2
        ON CONFLICT (hash) DO NOTHING
        """, [.texts(hashes), .integer(instant.milliseconds)])
      state.memory.forgetIdentities()
      return removed.filter { $0.value > 0 }
    }
    try vacuum()
    return removed
  }

  public func allow(_ identities: [Identity]) throws(StoreError) -> Int {
    try writing("allowing an identity again") { state in
      let tombstones = try Self.tombstones(state.connection)
      state.memory.tombstones = nil
      return try state.connection.execute(
        "DELETE FROM tombstones WHERE hash = ANY($1::text[])",
        [.texts(identities.map { tombstones.hash($0) })]
      ).affectedCount
    }
  }

  private static func identities(
    of customer: Int64, _ connection: PostgresConnection
  ) throws -> [Identity] {
    try connection.execute(
      "SELECT kind, value FROM identities WHERE customer_id = $1", [.integer(customer)]
    ).compactMap { row in
      guard let kind = IdentityKind(rawValue: try row.text(0)) else { return nil }
      return Identity(kind: kind, normalizedValue: try row.text(1))
    }
  }

  /// What the base must not take in again.
  static func tombstones(
    _ connection: PostgresConnection, makingKey: Bool = false
  ) throws -> Tombstones {
    let stored = try connection.execute("SELECT value FROM settings WHERE key = 'erasure_key'")
    if stored.count == 0, makingKey {
      let key = Tombstones.newKey()
      try connection.execute("INSERT INTO settings VALUES ('erasure_key', $1)", [.text(key)])
      return Tombstones(key: key, hashes: [])
    }
    guard stored.count > 0 else { return Tombstones(key: "", hashes: []) }
    let hashes = try connection.execute("SELECT hash FROM tombstones").map { try $0.text(0) }
    return Tombstones(key: try stored[0].text(0), hashes: hashes)
  }

  private static func eraseRejects(
    naming search: IdentitySearch, _ tombstones: Tombstones, _ hashes: inout [String],
    _ connection: PostgresConnection
  ) throws -> Int {
    var files: [String] = []
    var lines: [Int64] = []
    try connection.forEachRow(of: "SELECT file, line, record FROM import_rejects") { row in
      guard search.finds(in: try row.text(2)) else { return }
      files.append(try row.text(0))
      lines.append(try row.integer(1))
    }
    hashes += zip(files, lines).map { tombstones.hash(.reject, "\($0):\($1)") }
    return try connection.execute(
      """
      DELETE FROM import_rejects r USING unnest($1::text[], $2::text[]::bigint[]) AS k(file, line)
      WHERE r.file = k.file AND r.line = k.line
      """, [.texts(files), .integers(lines)]
    ).affectedCount
  }

  /// Deleted rows stay in the files until their pages are cleaned.
  private func vacuum() throws(StoreError) {
    try alone("cleaning erased rows") { connection in
      try connection.run(
        """
        VACUUM event_conflicts, events, traits, consents, scores, exposures, touchpoints,
          message_steps, messages, stages, leads, refunds, order_lines, orders, identity_links,
          customers, identities, import_rejects
        """)
    }
  }
}
