import CustomerData
import GRDB

/// Keeps `identities.customer_id` and `customers` as `IdentityGraph` has them now.
struct IdentityResolution {
  private let db: Database
  private let rules: IdentityRules
  private let setCustomer: RowStatement
  private let addCustomer: RowStatement
  private let retireCustomer: RowStatement
  private let describe: RowStatement

  init(_ db: Database, rules: IdentityRules) throws {
    self.db = db
    self.rules = rules
    setCustomer = try RowStatement(
      db, "UPDATE identities SET customer_id = ?, is_shared = ? WHERE identity_id = ?")
    addCustomer = try RowStatement(
      db,
      """
      INSERT INTO customers (customer_id, created_at)
        SELECT identity_id, known_at FROM identities WHERE identity_id = ?
      ON CONFLICT (customer_id) DO UPDATE SET merged_into = NULL WHERE merged_into IS NOT NULL
      """)
    retireCustomer = try RowStatement(
      db, "UPDATE customers SET merged_into = ? WHERE customer_id = ?")
    let kinds = IdentityKind.allCases.enumerated().map { "WHEN '\($1.rawValue)' THEN \($0)" }
    describe = try RowStatement(
      db,
      """
      SELECT CASE kind \(kinds.joined(separator: " ")) END, customer_id FROM identities
      WHERE identity_id = ?
      """)
  }

  /// Enters a new node that is joined to nobody: it was written as its own customer.
  func startAlone(_ id: Int64) throws {
    addCustomer.bind(1, id)
    try addCustomer.run()
  }

  /// Joins a new node, whose only link this is, to a stronger one: nobody else's person changes by it.
  /// - Returns: false where that cannot be said without a look at the graph.
  func joinsWithoutSearch(_ id: Int64, to partner: Int64) throws -> Bool {
    let (kind, _) = try kindAndCustomer(of: id)
    let (partnerKind, customer) = try kindAndCustomer(of: partner)
    guard let kind, let partnerKind, rules.limit(of: kind) > 0,
      partnerKind.strength < kind.strength
    else { return false }
    setCustomer.bind(1, customer)
    setCustomer.bind(2, 0)
    setCustomer.bind(3, id)
    try setCustomer.run()
    return true
  }

  /// Works out anew who everybody connected with `ids` is.
  func resolve(_ ids: Set<Int64>) throws {
    var remaining = ids.sorted()
    var done: Set<Int64> = []
    while let id = remaining.popLast() {
      guard !done.contains(id) else { continue }
      let component = try IdentityComponent(db, around: id)
      try apply(
        IdentityGraph(nodes: component.nodes, links: component.links, rules: rules), component)
      done.formUnion(component.nodes.lazy.map(\.id))
    }
  }

  func resolveAll() throws {
    let component = try IdentityComponent(db)
    try apply(
      IdentityGraph(nodes: component.nodes, links: component.links, rules: rules), component)
  }

  private func apply(_ graph: IdentityGraph, _ component: IdentityComponent) throws {
    for node in component.nodes {
      try set(
        node.id, customer: graph.customer(of: node.id),
        isShared: graph.sharedIdentities.contains(node.id))
    }
  }

  private func set(_ id: Int64, customer: Int64, isShared: Bool) throws {
    setCustomer.bind(1, customer)
    setCustomer.bind(2, isShared ? 1 : 0)
    setCustomer.bind(3, id)
    try setCustomer.run()
    if customer == id {
      addCustomer.bind(1, id)
      try addCustomer.run()
    } else {
      retireCustomer.bind(1, customer)
      retireCustomer.bind(2, id)
      try retireCustomer.run()
    }
  }

  private func kindAndCustomer(of id: Int64) throws -> (kind: IdentityKind?, customer: Int64) {
    var kind: IdentityKind?
    var customer = id
    describe.bind(1, id)
    try describe.forEachPair {
      kind = IdentityKind.allCases[Int($0)]
      customer = $1
    }
    return (kind, customer)
  }
}

/// The identities connected with one another by links of any standing, and those links.
struct IdentityComponent {
  private(set) var nodes: [IdentityNode] = []
  private(set) var links: [IdentityLink] = []

  /// The whole graph.
  init(_ db: Database) throws {
    nodes = try IdentityNode.fetchAll(db, where: "", [])
    links = try IdentityLink.fetchAll(db, where: "", [])
  }

  /// What can be reached from `start`.
  init(_ db: Database, around start: Int64) throws {
    var seen: Set<Int64> = [start]
    var seenLinks: Set<Int64> = []
    var waiting = [start]
    while let id = waiting.popLast() {
      nodes += try IdentityNode.fetchAll(db, where: "WHERE identity_id = ?", [id])
      // Two searches, each by its own index.
      for side in ["winner", "loser"] {
        for link in try IdentityLink.fetchAll(db, where: "WHERE \(side) = ?", [id])
        where seenLinks.insert(link.id).inserted {
          links.append(link)
          for end in [link.winner, link.loser] where seen.insert(end).inserted {
            waiting.append(end)
          }
        }
      }
    }
    nodes.sort { $0.id < $1.id }
    links.sort { $0.id < $1.id }
  }
}

extension IdentityNode {
  static func fetchAll(
    _ db: Database, where condition: String, _ arguments: StatementArguments
  ) throws -> [IdentityNode] {
    let statement = try db.cachedStatement(
      sql: "SELECT identity_id, kind, value, known_at FROM identities \(condition) ORDER BY 1")
    return try Row.fetchAll(statement, arguments: arguments).compactMap { row in
      guard let kind = IdentityKind(rawValue: row[1]) else { return nil }
      return IdentityNode(
        id: row[0], kind: kind, value: row[2], knownAt: Instant(milliseconds: row[3]))
    }
  }
}

extension IdentityLink {
  static func fetchAll(
    _ db: Database, where condition: String, _ arguments: StatementArguments
  ) throws -> [IdentityLink] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT link_id, winner, loser, rule, known_at, undone_at FROM identity_links \(condition)
        ORDER BY 1
        """)
    return try Row.fetchAll(statement, arguments: arguments).compactMap { row in
      guard let rule = MergeRule(rawValue: row[3]) else { return nil }
      let undone: Int64? = row[5]
      return IdentityLink(
        id: row[0], winner: row[1], loser: row[2], rule: rule,
        knownAt: Instant(milliseconds: row[4]), undoneAt: undone.map(Instant.init(milliseconds:)))
    }
  }
}
