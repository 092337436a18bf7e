public import CustomerData
import GRDB

extension SQLiteStore {
  public func customers(
    matching text: String, kind: IdentityKind?
  ) throws(StoreError) -> [CustomerMatch] {
    try reading("looking for a customer") { db in
      if text.hasPrefix("#"), let number = Int64(text.dropFirst()) {
        return try Self.customer(ofNode: number, db)
      }
      return try Row.fetchAll(
        db,
        sql: "SELECT customer_id, kind FROM identities WHERE value = ? ORDER BY identity_id",
        arguments: [text]
      ).compactMap { row in
        guard let found = IdentityKind(rawValue: row[1]), kind == nil || found == kind else {
          return nil
        }
        return CustomerMatch(customer: row[0], kind: found)
      }
    }
  }

  private static func customer(ofNode id: Int64, _ db: Database) throws -> [CustomerMatch] {
    try Row.fetchAll(
      db, sql: "SELECT customer_id, kind FROM identities WHERE identity_id = ?", arguments: [id]
    ).compactMap { row in
      IdentityKind(rawValue: row[1]).map { CustomerMatch(customer: row[0], kind: $0) }
    }
  }

  public func identityNodes(of customer: Int64?) throws(StoreError) -> [IdentityNode] {
    try reading("reading identities") { db in
      try customer.map { try IdentityComponent(db, around: $0).nodes }
        ?? IdentityComponent(db).nodes
    }
  }

  public func identityLinks(of customer: Int64?) throws(StoreError) -> [IdentityLink] {
    try reading("reading the merge log") { db in
      try customer.map { try IdentityComponent(db, around: $0).links }
        ?? IdentityComponent(db).links
    }
  }

  public func merge(
    _ loser: Int64, into winner: Int64, at instant: Instant
  ) throws(StoreError) -> Int64 {
    try writing("merging customers") { db, memory in
      for id in [loser, winner] where try Self.customer(ofNode: id, db).first?.customer != id {
        throw StoreError.noCustomer(store: location)
      }
      guard loser != winner else { throw StoreError.alreadyOnePerson(store: location) }
      try db.execute(
        sql: """
          INSERT INTO identity_links (winner, loser, rule, known_at, source_id)
          VALUES (?, ?, 'manual', ?, ?)
          """,
        arguments: [winner, loser, instant.milliseconds, Self.sourceID("manual", db, &memory)])
      let id = db.lastInsertedRowID
      try IdentityResolution(db, rules: rules).resolve([winner, loser])
      return id
    }
  }

  public func undoMerge(_ mergeID: Int64, at instant: Instant) throws(StoreError) {
    try writing("undoing a merge") { db, _ in
      let links = try IdentityLink.fetchAll(db, where: "WHERE link_id = ?", [mergeID])
      guard let link = links.first, link.undoneAt == nil else {
        throw StoreError.noMerge(store: location, mergeID: mergeID)
      }
      try db.execute(
        sql: "UPDATE identity_links SET undone_at = ? WHERE link_id = ?",
        arguments: [max(instant, link.knownAt).milliseconds, mergeID])
      try IdentityResolution(db, rules: rules).resolve([link.winner, link.loser])
    }
  }
}
