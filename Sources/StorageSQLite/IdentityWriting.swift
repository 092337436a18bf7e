import CustomerData
import GRDB

/// Brings the people of a batch into the graph of identities and names the nodes their facts belong to.
struct IdentityWriting {
  private let db: Database
  private let sourceID: Int64
  private let rules: IdentityRules
  private let find: RowStatement
  private let insertIdentity: RowStatement
  private let findLink: RowStatement
  private let insertLink: RowStatement
  /// Nodes whose person must be worked out anew.
  private var touched: Set<Int64> = []
  /// New nodes with at most one partner so far, and that partner: the common case, which needs no search.
  private var fresh: [Int64: Int64?] = [:]
  private var newNodes: [Int64] = []
  /// Numbers are never used again, also not those of an erased person.
  private var nextID: Int64

  init(_ db: Database, sourceID: Int64, rules: IdentityRules) throws {
    self.db = db
    self.sourceID = sourceID
    self.rules = rules
    nextID =
      1
      + (try RowStatement(db, "SELECT seq FROM sqlite_sequence WHERE name = 'identities'")
        .firstInteger() ?? 0)
    find = try RowStatement(
      db, "SELECT identity_id, known_at FROM identities WHERE value = ? AND kind = ?")
    insertIdentity = try RowStatement(
      db,
      """
      INSERT INTO identities (identity_id, kind, value, customer_id, known_at, source_id)
      VALUES (?1, ?2, ?3, ?1, ?4, ?5)
      """
    )
    findLink = try RowStatement(
      db,
      """
      SELECT link_id, known_at FROM identity_links WHERE winner = ? AND loser = ? AND rule = ?
        AND (undone_at IS NULL OR rule <> 'manual')
      """)
    insertLink = try RowStatement(
      db,
      "INSERT INTO identity_links (winner, loser, rule, known_at, source_id) VALUES (?, ?, ?, ?, ?)"
    )
  }

  /// - Returns: the node of each person's strongest identity, in the order of the batch.
  mutating func write(
    _ batch: FactBatch, memory: inout WriterMemory, summary: inout WriteSummary
  ) throws -> [Int64] {
    let nodes = try batch.people.map { person in
      try writePerson(person, &memory, &summary)
    }
    for merge in batch.identityMerges { try write(merge, &memory, &summary) }
    try resolve()
    return nodes
  }

  private mutating func writePerson(
    _ person: Person, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws -> Int64 {
    guard let strongest = person.identities.strongest else {
      throw StoreError.failed(
        store: "a batch", action: "writing a person", reason: "a person has no identity")
    }
    let winner = try node(strongest, person.knownAt, &memory, &summary)
    for identity in person.identities where identity != strongest {
      let loser = try node(identity, person.knownAt, &memory, &summary)
      try link(winner, loser, .sameRecord, person.knownAt, &memory, &summary)
    }
    return winner
  }

  private mutating func write(
    _ merge: StatedMerge, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    let winner = try node(merge.into, merge.knownAt, &memory, &summary)
    let loser = try node(merge.from, merge.knownAt, &memory, &summary)
    guard winner != loser else { return }
    try link(winner, loser, .alias, merge.knownAt, &memory, &summary)
  }

  private mutating func node(
    _ identity: Identity, _ knownAt: Instant, _ memory: inout WriterMemory,
    _ summary: inout WriteSummary
  ) throws -> Int64 {
    let known = knownAt.milliseconds
    if let remembered = memory.identities[identity], remembered.knownAt <= known {
      return remembered.id
    }
    let (id, earliest) = try storedNode(identity, known, &summary)
    memory.identities[identity] = WriterMemory.RememberedIdentity(id: id, knownAt: earliest)
    return id
  }

  private mutating func storedNode(
    _ identity: Identity, _ known: Int64, _ summary: inout WriteSummary
  ) throws -> (id: Int64, knownAt: Int64) {
    find.bind(1, identity.value)
    find.bind(2, identity.kind.rawValue)
    var found: (id: Int64, knownAt: Int64)?
    try find.forEachPair { found = ($0, $1) }
    if let found {
      guard known < found.knownAt else { return found }
      try db.execute(
        sql: "UPDATE identities SET known_at = ? WHERE identity_id = ?",
        arguments: [known, found.id])
      // Who of several equal identities names a person depends on which was known first.
      touched.insert(found.id)
      return (found.id, known)
    }
    let id = nextID
    nextID += 1
    insertIdentity.bind(1, id)
    insertIdentity.bind(2, identity.kind.rawValue)
    insertIdentity.bind(3, identity.value)
    insertIdentity.bind(4, known)
    insertIdentity.bind(5, sourceID)
    try insertIdentity.run()
    fresh[id] = .some(nil)
    newNodes.append(id)
    summary.newIdentities += 1
    return (id, known)
  }

  private mutating func link(
    _ winner: Int64, _ loser: Int64, _ rule: MergeRule, _ knownAt: Instant,
    _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    let known = knownAt.milliseconds
    let key = WriterMemory.LinkKey(winner: winner, loser: loser)
    if rule == .sameRecord, let remembered = memory.links[key], remembered <= known { return }
    findLink.bind(1, winner)
    findLink.bind(2, loser)
    findLink.bind(3, rule.rawValue)
    var found: (id: Int64, knownAt: Int64)?
    try findLink.forEachPair { found = ($0, $1) }
    if let found, found.knownAt > known {
      try db.execute(
        sql: "UPDATE identity_links SET known_at = ? WHERE link_id = ?",
        arguments: [known, found.id])
    }
    if found == nil {
      insertLink.bind(1, winner)
      insertLink.bind(2, loser)
      insertLink.bind(3, rule.rawValue)
      insertLink.bind(4, known)
      insertLink.bind(5, sourceID)
      try insertLink.run()
      summary.newLinks += 1
      noteNewLink(winner, loser, rule)
    }
    if rule == .sameRecord { memory.links[key] = min(known, found?.knownAt ?? known) }
  }

  /// A new node's first link to a stronger one changes nobody else's person; all else is worked out anew.
  private mutating func noteNewLink(_ winner: Int64, _ loser: Int64, _ rule: MergeRule) {
    if rule == .sameRecord, case .some(.none) = fresh[loser] {
      fresh[loser] = winner
    } else {
      touched.insert(loser)
      touched.insert(winner)
    }
  }

  private mutating func resolve() throws {
    let resolution = try IdentityResolution(db, rules: rules)
    for id in newNodes where fresh[id] == .some(nil) { try resolution.startAlone(id) }
    var joined: Set<Int64> = []
    for id in newNodes { try join(id, resolution, &joined) }
    try resolution.resolve(touched)
  }

  /// Joins a new node to its one partner, after that one's own partner.
  private mutating func join(
    _ id: Int64, _ resolution: IdentityResolution, _ joined: inout Set<Int64>
  ) throws {
    var chain = [id]
    while let last = chain.last, let partner = fresh[last] ?? nil, !joined.contains(last) {
      // A circle of links between equals is left to the search.
      guard !chain.contains(partner) else { break }
      chain.append(partner)
    }
    for id in chain.reversed() {
      guard let partner = fresh[id] ?? nil, joined.insert(id).inserted else { continue }
      if try !resolution.joinsWithoutSearch(id, to: partner) {
        try resolution.startAlone(id)
        touched.insert(id)
      }
    }
  }
}
