import CustomerData

/// Keeps `identities.customer_id` and `customers` as `IdentityGraph` has them now.
struct IdentityResolution {
  private let connection: PostgresConnection
  private let rules: IdentityRules

  init(_ connection: PostgresConnection, rules: IdentityRules) {
    self.connection = connection
    self.rules = rules
  }

  /// Works out anew who everybody connected with `ids` is.
  /// - Returns: each of them with the number of its customer.
  @discardableResult
  func resolve(_ ids: Set<Int64>) throws -> [(node: IdentityNode, customer: Int64)] {
    guard !ids.isEmpty else { return [] }
    return try apply(IdentityComponent(connection, around: ids.sorted()))
  }

  func resolveAll() throws { _ = try apply(IdentityComponent(connection)) }

  private func apply(
    _ component: IdentityComponent
  ) throws -> [(node: IdentityNode, customer: Int64)] {
    let graph = IdentityGraph(nodes: component.nodes, links: component.links, rules: rules)
    let ids = component.nodes.map(\.id)
    let customers = ids.map { graph.customer(of: $0) }
    let shared = ids.map { graph.sharedIdentities.contains($0) ? "t" : "f" }
    try connection.execute(
      """
      UPDATE identities i SET customer_id = k.customer, is_shared = k.shared
      FROM unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]::boolean[])
        AS k(id, customer, shared)
      WHERE i.identity_id = k.id AND (i.customer_id <> k.customer OR i.is_shared <> k.shared)
      """, [.integers(ids), .integers(customers), .texts(shared)])
    let named = zip(ids, customers).filter { $0 == $1 }.map(\.0)
    try connection.execute(
      """
      INSERT INTO customers (customer_id, created_at)
        SELECT identity_id, known_at FROM identities WHERE identity_id = ANY($1::text[]::bigint[])
      ON CONFLICT (customer_id) DO UPDATE SET merged_into = NULL
        WHERE customers.merged_into IS NOT NULL
      """, [.integers(named)])
    let retired = zip(ids, customers).filter { $0 != $1 }
    try connection.execute(
      """
      UPDATE customers c SET merged_into = k.customer
      FROM unnest($1::text[]::bigint[], $2::text[]::bigint[]) AS k(id, customer)
      WHERE c.customer_id = k.id
      """, [.integers(retired.map(\.0)), .integers(retired.map(\.1))])
    return Array(zip(component.nodes, customers))
  }
}

/// The identities connected with one another by links of any standing, and those links.
struct IdentityComponent {
  private(set) var nodes: [IdentityNode] = []
  private(set) var links: [IdentityLink] = []

  /// The whole graph.
  init(_ connection: PostgresConnection) throws {
    try connection.forEachRow(
      of: "SELECT identity_id, kind, value, known_at FROM identities ORDER BY identity_id"
    ) { try add(node: $0) }
    try connection.forEachRow(
      of: """
        SELECT link_id, winner, loser, rule, known_at, undone_at FROM identity_links
        ORDER BY link_id
        """
    ) { try add(link: $0) }
  }

  /// What can be reached from `starts`.
  init(_ connection: PostgresConnection, around starts: [Int64]) throws {
    // Two searches, each by its own index; UNION drops what was reached before, so circles end.
    try connection.forEachRow(
      of: """
        WITH RECURSIVE reached(id) AS (
          SELECT unnest($1::text[]::bigint[])
          UNION
          SELECT next.id FROM reached, LATERAL (
            SELECT loser FROM identity_links WHERE winner = reached.id
            UNION ALL SELECT winner FROM identity_links WHERE loser = reached.id) AS next(id))
        SELECT i.identity_id, i.kind, i.value, i.known_at
        FROM reached JOIN identities i ON i.identity_id = reached.id ORDER BY i.identity_id
        """, [.integers(starts)]
    ) { try add(node: $0) }
    // Both ends of a link are reached when one is.
    try connection.forEachRow(
      of: """
        SELECT link_id, winner, loser, rule, known_at, undone_at FROM identity_links
        WHERE winner = ANY($1::text[]::bigint[]) ORDER BY link_id
        """, [.integers(nodes.map(\.id))]
    ) { try add(link: $0) }
  }

  private mutating func add(node row: PostgresRow) throws(PostgresError) {
    guard let kind = IdentityKind(rawValue: try row.text(1)) else { return }
    nodes.append(
      IdentityNode(
        id: try row.integer(0), kind: kind, value: try row.text(2),
        knownAt: Instant(milliseconds: try row.integer(3))))
  }

  private mutating func add(link row: PostgresRow) throws(PostgresError) {
    guard let rule = MergeRule(rawValue: try row.text(3)) else { return }
    links.append(
      IdentityLink(
        id: try row.integer(0), winner: try row.integer(1), loser: try row.integer(2), rule: rule,
        knownAt: Instant(milliseconds: try row.integer(4)),
        undoneAt: try row.optionalInteger(5).map { Instant(milliseconds: $0) }))
  }
}
