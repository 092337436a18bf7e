public import CustomerData

extension PostgresStore {
  public func customers(
    matching text: String, kind: IdentityKind?
  ) throws(StoreError) -> [CustomerMatch] {
    try reading("looking for a customer") { connection in
      if text.hasPrefix("#"), let number = Int64(text.dropFirst()) {
        return try Self.customer(ofNode: number, connection)
      }
      return try Self.matches(
        connection.execute(
          "SELECT customer_id, kind FROM identities WHERE value = $1 ORDER BY identity_id",
          [.text(text)])
      ).filter { kind == nil || $0.kind == kind }
    }
  }

  static func customer(
    ofNode id: Int64, _ connection: PostgresConnection
  ) throws -> [CustomerMatch] {
    try matches(
      connection.execute(
        "SELECT customer_id, kind FROM identities WHERE identity_id = $1", [.integer(id)]))
  }

  private static func matches(_ rows: PostgresRows) throws -> [CustomerMatch] {
    try rows.compactMap { row in
      guard let kind = IdentityKind(rawValue: try row.text(1)) else { return nil }
      return CustomerMatch(customer: try row.integer(0), kind: kind)
    }
  }

  public func identityNodes(of customer: Int64?) throws(StoreError) -> [IdentityNode] {
    try reading("reading identities") { try Self.component($0, of: customer).nodes }
  }

  public func identityLinks(of customer: Int64?) throws(StoreError) -> [IdentityLink] {
    try reading("reading the merge log") { try Self.component($0, of: customer).links }
  }

  private static func component(
    _ connection: PostgresConnection, of customer: Int64?
  ) throws -> IdentityComponent {
    guard let customer else { return try IdentityComponent(connection) }
    return try IdentityComponent(connection, around: [customer])
  }

  public func merge(
    _ loser: Int64, into winner: Int64, at instant: Instant
  ) throws(StoreError) -> Int64 {
    try writing("merging customers") { state in
      let connection = state.connection
      for id in [loser, winner] {
        let found = try Self.customer(ofNode: id, connection)
        guard found.first?.customer == id else { throw StoreError.noCustomer(store: location) }
      }
      guard loser != winner else { throw StoreError.alreadyOnePerson(store: location) }
      let source = try Self.sourceID("manual", connection, &state.memory)
      let link = try connection.execute(
        """
        INSERT INTO identity_links (winner, loser, rule, known_at, source_id)
        VALUES ($1, $2, 'manual', $3, $4) RETURNING link_id
        """,
        [
          .integer(winner), .integer(loser), .integer(instant.milliseconds), .integer(source),
        ])[0].integer(0)
      try IdentityResolution(connection, rules: rules).resolve([winner, loser])
      state.memory.forgetIdentities()
      return link
    }
  }

  public func undoMerge(_ mergeID: Int64, at instant: Instant) throws(StoreError) {
    try writing("undoing a merge") { state in
      let connection = state.connection
      let undone = try connection.execute(
        """
        UPDATE identity_links SET undone_at = greatest($2, known_at)
        WHERE link_id = $1 AND undone_at IS NULL RETURNING winner, loser
        """, [.integer(mergeID), .integer(instant.milliseconds)])
      guard undone.count == 1 else {
        throw StoreError.noMerge(store: location, mergeID: mergeID)
      }
      try IdentityResolution(connection, rules: rules)
        .resolve([try undone[0].integer(0), try undone[0].integer(1)])
      state.memory.forgetIdentities()
    }
  }
}
