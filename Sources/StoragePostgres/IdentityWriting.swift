import CustomerData

/// Brings the people of a batch into the graph of identities and names the nodes their facts belong to.
///
/// Works on the batch as a whole: one question for the identities, one for the links, and copies of what is
/// new.
struct IdentityWriting {
  let connection: PostgresConnection
  let sourceID: Int64
  private let rules: IdentityRules
  private(set) var newNodes: [NewNode] = []
  private var newPlaces: [Int64: Int] = [:]
  /// Nodes whose person must be worked out anew.
  private var touched: Set<Int64> = []

  init(_ connection: PostgresConnection, sourceID: Int64, rules: IdentityRules) {
    self.connection = connection
    self.sourceID = sourceID
    self.rules = rules
  }

  struct NewNode {
    let id: Int64
    let identity: Identity
    let knownAt: Int64
    /// The one node that it is linked to as the weaker side, so far.
    var partner: Int64?
    var customer: Int64
  }

  struct Link: Hashable {
    let winner: Int64
    let loser: Int64
    let rule: MergeRule
  }

  /// - Returns: the node of each person's strongest identity, in the order of the batch.
  mutating func write(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws -> [Int64] {
    let mentions = earliestMentions(batch)
    try findNodes(mentions, &memory)
    let nodes = try batch.people.map { person in
      guard let strongest = person.identities.strongest, let node = memory.identities[strongest]
      else {
        throw StoreError.failed(
          store: "a batch", action: "writing a person", reason: "a person has no identity")
      }
      return node.id
    }
    let links = try newLinks(mentionedLinks(batch, memory), &memory)
    for link in links.sorted(by: { ($0.key.winner, $0.key.loser) < ($1.key.winner, $1.key.loser) })
    {
      note(link.key)
    }
    nameNewNodes(mentions.map(\.identity), &memory)
    try insertNodes()
    try insert(links)
    summary.newIdentities += newNodes.count
    summary.newLinks += links.count
    let resolution = IdentityResolution(connection, rules: rules)
    for (node, customer) in try resolution.resolve(touched) {
      memory.identities[Identity(kind: node.kind, normalizedValue: node.value)]?.customer = customer
    }
    return nodes
  }

  /// Each identity of the batch and when it is first said to be known.
  private func earliestMentions(_ batch: FactBatch) -> [(identity: Identity, knownAt: Int64)] {
    var places: [Identity: Int] = [:]
    var mentions: [(identity: Identity, knownAt: Int64)] = []
    func add(_ identity: Identity, _ knownAt: Instant) {
      if let place = places[identity] {
        mentions[place].knownAt = min(mentions[place].knownAt, knownAt.milliseconds)
      } else {
        places[identity] = mentions.count
        mentions.append((identity, knownAt.milliseconds))
      }
    }
    for person in batch.people {
      for identity in person.identities { add(identity, person.knownAt) }
    }
    for merge in batch.identityMerges {
      add(merge.into, merge.knownAt)
      add(merge.from, merge.knownAt)
    }
    return mentions
  }

  /// Finds the node of each identity, or gives it one, and remembers it.
  private mutating func findNodes(
    _ mentions: [(identity: Identity, knownAt: Int64)], _ memory: inout WriterMemory
  ) throws {
    let open = mentions.filter { mention in
      memory.identities[mention.identity].map { $0.knownAt > mention.knownAt } ?? true
    }
    guard !open.isEmpty else { return }
    let found = try storedNodes(open.map(\.identity))
    let missing = open.filter { found[$0.identity] == nil }
    let numbers = try newNumbers(missing.count)
    var earlier: [(id: Int64, knownAt: Int64)] = []
    for (identity, knownAt) in open {
      guard var node = found[identity] else { continue }
      if knownAt < node.knownAt {
        node.knownAt = knownAt
        earlier.append((node.id, knownAt))
        // Who of several equal identities names a person depends on which was known first.
        touched.insert(node.id)
      }
      memory.identities[identity] = node
    }
    for ((identity, knownAt), id) in zip(missing, numbers) {
      newPlaces[id] = newNodes.count
      newNodes.append(
        NewNode(id: id, identity: identity, knownAt: knownAt, partner: nil, customer: id))
      memory.identities[identity] = WriterMemory.RememberedIdentity(
        id: id, knownAt: knownAt, customer: id)
    }
    try moveEarlier(earlier)
  }

  /// The links that the batch speaks of and memory does not know as early, each with its earliest instant.
  private func mentionedLinks(_ batch: FactBatch, _ memory: WriterMemory) -> [Link: Int64] {
    var links: [Link: Int64] = [:]
    func add(_ winner: Identity, _ loser: Identity, _ rule: MergeRule, _ knownAt: Instant) {
      guard let winner = memory.identities[winner]?.id, let loser = memory.identities[loser]?.id,
        winner != loser
      else { return }
      let known = knownAt.milliseconds
      let key = WriterMemory.LinkKey(winner: winner, loser: loser)
      if rule == .sameRecord, let remembered = memory.links[key], remembered <= known { return }
      links[Link(winner: winner, loser: loser, rule: rule), default: known] =
        min(known, links[Link(winner: winner, loser: loser, rule: rule)] ?? known)
    }
    for person in batch.people where person.identities.count > 1 {
      guard let strongest = person.identities.strongest else { continue }
      for identity in person.identities where identity != strongest {
        add(strongest, identity, .sameRecord, person.knownAt)
      }
    }
    for merge in batch.identityMerges { add(merge.into, merge.from, .alias, merge.knownAt) }
    return links
  }

  /// What of `links` the base does not have; the others are known from the earlier instant on.
  private func newLinks(
    _ links: [Link: Int64], _ memory: inout WriterMemory
  ) throws -> [Link: Int64] {
    guard !links.isEmpty else { return [:] }
    var new = links
    var earlier: [(id: Int64, knownAt: Int64)] = []
    let asked = Array(links.keys)
    try connection.forEachRow(
      of: """
        SELECT l.link_id, l.winner, l.loser, l.rule, l.known_at
        FROM unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]) AS k(winner, loser, rule)
          JOIN identity_links l ON l.winner = k.winner AND l.loser = k.loser AND l.rule = k.rule
        WHERE l.undone_at IS NULL OR l.rule <> 'manual'
        """,
      [
        .integers(asked.map(\.winner)), .integers(asked.map(\.loser)),
        .texts(asked.map(\.rule.rawValue)),
      ]
    ) { row in
      guard let rule = MergeRule(rawValue: try row.text(3)) else { return }
      let link = Link(winner: try row.integer(1), loser: try row.integer(2), rule: rule)
      let known = try row.integer(4)
      if let mentioned = new.removeValue(forKey: link), mentioned < known {
        earlier.append((try row.integer(0), mentioned))
      } else if rule == .sameRecord {
        memory.links[WriterMemory.LinkKey(winner: link.winner, loser: link.loser)] = known
      }
    }
    for (link, known) in links where link.rule == .sameRecord {
      let key = WriterMemory.LinkKey(winner: link.winner, loser: link.loser)
      memory.links[key] = min(known, memory.links[key] ?? known)
    }
    if !earlier.isEmpty {
      try connection.execute(
        """
        UPDATE identity_links l SET known_at = k.known_at
        FROM unnest($1::text[]::bigint[], $2::text[]::bigint[]) AS k(id, known_at)
        WHERE l.link_id = k.id
        """, [.integers(earlier.map(\.id)), .integers(earlier.map(\.knownAt))])
    }
    return new
  }

  /// A new node's first link to a stronger one changes nobody else's person; all else is worked out anew.
  private mutating func note(_ link: Link) {
    if link.rule == .sameRecord, let place = newPlaces[link.loser], newNodes[place].partner == nil {
      newNodes[place].partner = link.winner
    } else {
      touched.insert(link.winner)
      touched.insert(link.loser)
    }
  }

  /// Says whose each new node is, where that needs no look at the graph.
  private mutating func nameNewNodes(_ mentioned: [Identity], _ memory: inout WriterMemory) {
    guard !newNodes.isEmpty else { return }
    var customers: [Int64: Int64] = [:]
    var kinds: [Int64: IdentityKind] = [:]
    for identity in mentioned {
      guard let node = memory.identities[identity], newPlaces[node.id] == nil else { continue }
      customers[node.id] = node.customer
      kinds[node.id] = identity.kind
    }
    // The strongest first: a partner is stronger than its node, and has its customer by then.
    let order = newNodes.indices.sorted {
      (newNodes[$0].identity.kind.strength, $0) < (newNodes[$1].identity.kind.strength, $1)
    }
    for place in order {
      let node = newNodes[place]
      if let partner = node.partner {
        if let customer = customers[partner], let kind = kinds[partner],
          kind.strength < node.identity.kind.strength, rules.limit(of: node.identity.kind) > 0,
          !touched.contains(partner), !touched.contains(node.id)
        {
          newNodes[place].customer = customer
        } else {
          touched.insert(node.id)
        }
      }
      customers[node.id] = newNodes[place].customer
      kinds[node.id] = node.identity.kind
      memory.identities[node.identity]?.customer = newNodes[place].customer
    }
  }
}
