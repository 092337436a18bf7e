import CustomerData

/// What the base has of identities, and how new ones get there.
extension IdentityWriting {
  func storedNodes(
    _ identities: [Identity]
  ) throws -> [Identity: WriterMemory.RememberedIdentity] {
    var found: [Identity: WriterMemory.RememberedIdentity] = [:]
    try connection.forEachRow(
      of: """
        SELECT i.identity_id, i.kind, i.value, i.known_at, i.customer_id
        FROM unnest($1::text[], $2::text[]) AS k(kind, value)
          JOIN identities i ON i.value = k.value AND i.kind = k.kind
        """, [.texts(identities.map(\.kind.rawValue)), .texts(identities.map(\.value))]
    ) { row in
      guard let kind = IdentityKind(rawValue: try row.text(1)) else { return }
      found[Identity(kind: kind, normalizedValue: try row.text(2))] =
        WriterMemory.RememberedIdentity(
          id: try row.integer(0), knownAt: try row.integer(3), customer: try row.integer(4))
    }
    return found
  }

  func newNumbers(_ count: Int) throws -> [Int64] {
    guard count > 0 else { return [] }
    return try connection.execute(
      "SELECT nextval('identity_numbers') FROM generate_series(1, $1::bigint)",
      [.integer(Int64(count))]
    ).map { try $0.integer(0) }
  }

  func moveEarlier(_ nodes: [(id: Int64, knownAt: Int64)]) throws {
    guard !nodes.isEmpty else { return }
    try connection.execute(
      """
      UPDATE identities i SET known_at = k.known_at
      FROM unnest($1::text[]::bigint[], $2::text[]::bigint[]) AS k(id, known_at)
      WHERE i.identity_id = k.id
      """, [.integers(nodes.map(\.id)), .integers(nodes.map(\.knownAt))])
  }

  func insertNodes() throws {
    guard !newNodes.isEmpty else { return }
    var identities = CopyBuffer()
    var customers = CopyBuffer()
    for node in newNodes {
      identities.beginRow(fieldCount: 6)
      identities.put(node.id)
      identities.put(node.identity.kind.rawValue)
      identities.put(node.identity.value)
      identities.put(node.customer)
      identities.put(node.knownAt)
      identities.put(sourceID)
      guard node.customer == node.id else { continue }
      customers.beginRow(fieldCount: 2)
      customers.put(node.id)
      customers.put(node.knownAt)
    }
    try connection.copy(
      identities,
      by: """
        COPY identities (identity_id, kind, value, customer_id, known_at, source_id)
        FROM STDIN (FORMAT binary)
        """)
    guard newNodes.contains(where: { $0.customer == $0.id }) else { return }
    try connection.copy(
      customers, by: "COPY customers (customer_id, created_at) FROM STDIN (FORMAT binary)")
  }

  func insert(_ links: [Link: Int64]) throws {
    guard !links.isEmpty else { return }
    var rows = CopyBuffer()
    let sorted = links.sorted {
      ($0.key.winner, $0.key.loser, $0.key.rule.rawValue)
        < ($1.key.winner, $1.key.loser, $1.key.rule.rawValue)
    }
    for (link, knownAt) in sorted {
      rows.beginRow(fieldCount: 5)
      rows.put(link.winner)
      rows.put(link.loser)
      rows.put(link.rule.rawValue)
      rows.put(knownAt)
      rows.put(sourceID)
    }
    try connection.copy(
      rows,
      by: """
        COPY identity_links (winner, loser, rule, known_at, source_id) FROM STDIN (FORMAT binary)
        """)
  }
}
