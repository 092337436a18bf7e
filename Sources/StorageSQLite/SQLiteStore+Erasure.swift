public import CustomerData
import GRDB
import StorageSQL

extension SQLiteStore {
  public func erase(
    _ customer: Int64, at instant: Instant
  ) throws(StoreError) -> [StoreTable: Int] {
    let removed = try writing("erasing a customer") { db, memory in
      // Pages that are freed are overwritten with zeros.
      try db.execute(sql: "PRAGMA secure_delete = ON")
      let identities = try Self.identities(of: customer, db)
      guard !identities.isEmpty else { throw StoreError.noCustomer(store: location) }
      let tombstones = try Self.tombstones(db, makingKey: true)
      var hashes = identities.map { tombstones.hash($0) }
      for row in try Row.fetchAll(
        db, sql: ErasureStatements.subjects.description, arguments: ["1": customer])
      {
        guard let subject = Tombstones.Subject(rawValue: row[0]) else { continue }
        hashes.append(tombstones.hash(subject, row[1]))
      }
      var removed: [StoreTable: Int] = [:]
      removed[.rejects] = try Self.eraseRejects(
        naming: IdentitySearch(identities), tombstones, &hashes, db)
      try db.execute(sql: ErasureStatements.keepTotals.description, arguments: ["1": customer])
      for deletion in ErasureStatements.deletions {
        let sql = deletion.sql.map(\.description).joined()
        try db.execute(sql: sql, arguments: ["1": customer])
        removed[deletion.table] = db.changesCount
      }
      for hash in hashes {
        try db.execute(
          sql: "INSERT OR IGNORE INTO tombstones VALUES (?, ?)",
          arguments: [hash, instant.milliseconds])
      }
      memory = WriterMemory()
      return removed.filter { $0.value > 0 }
    }
    try truncateLog()
    return removed
  }

  public func allow(_ identities: [Identity]) throws(StoreError) -> Int {
    try writing("allowing an identity again") { db, memory in
      let tombstones = try Self.tombstones(db)
      memory.tombstones = nil
      return try identities.reduce(0) { count, identity in
        try db.execute(
          sql: "DELETE FROM tombstones WHERE hash = ?", arguments: [tombstones.hash(identity)])
        return count + db.changesCount
      }
    }
  }

  private static func identities(of customer: Int64, _ db: Database) throws -> [Identity] {
    try Row.fetchAll(
      db, sql: "SELECT kind, value FROM identities WHERE customer_id = ?", arguments: [customer]
    ).compactMap { row in
      IdentityKind(rawValue: row[0]).map { Identity(kind: $0, normalizedValue: row[1]) }
    }
  }

  /// What the base must not take in again.
  static func tombstones(_ db: Database, makingKey: Bool = false) throws -> Tombstones {
    let sql = "SELECT value FROM settings WHERE key = 'erasure_key'"
    guard let key = try String.fetchOne(db, sql: sql) else {
      guard makingKey else { return Tombstones(key: "", hashes: []) }
      let key = Tombstones.newKey()
      try db.execute(sql: "INSERT INTO settings VALUES ('erasure_key', ?)", arguments: [key])
      return Tombstones(key: key, hashes: [])
    }
    return Tombstones(key: key, hashes: try String.fetchAll(db, sql: "SELECT hash FROM tombstones"))
  }

  private static func eraseRejects(
    naming search: IdentitySearch, _ tombstones: Tombstones, _ hashes: inout [String],
    _ db: Database
  ) throws -> Int {
    var found: [(file: String, line: Int64)] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT file, line, record FROM import_rejects")
    while let row = try rows.next() {
      if search.finds(in: row[2]) { found.append((row[0], row[1])) }
    }
    for (file, line) in found {
      hashes.append(tombstones.hash(.reject, "\(file):\(line)"))
      try db.execute(
        sql: "DELETE FROM import_rejects WHERE file = ? AND line = ?", arguments: [file, line])
    }
    return found.count
  }
}
