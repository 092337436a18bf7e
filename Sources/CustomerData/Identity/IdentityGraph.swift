/// An identity as a node of the graph of who is who; a store numbers them.
public struct IdentityNode: Hashable, Sendable {
  public let id: Int64
  public let kind: IdentityKind
  public let value: String
  public let knownAt: Instant

  public init(id: Int64, kind: IdentityKind, value: String, knownAt: Instant) {
    self.id = id
    self.kind = kind
    self.value = value
    self.knownAt = knownAt
  }
}

/// Why two identities are held to be of one person.
public enum MergeRule: String, CaseIterable, Hashable, Sendable, Encodable {
  /// One record carries both; `IdentityRules` say whether that counts.
  case sameRecord = "same_record"
  /// An alias message says so.
  case alias
  /// A person said so, by hand.
  case manual
}

/// A line of the merge log: evidence that two identities are one person, perhaps undone since.
public struct IdentityLink: Hashable, Sendable {
  public let id: Int64
  /// The stronger identity, or the one merged into.
  public let winner: Int64
  public let loser: Int64
  public let rule: MergeRule
  public let knownAt: Instant
  public let undoneAt: Instant?

  public init(
    id: Int64, winner: Int64, loser: Int64, rule: MergeRule, knownAt: Instant, undoneAt: Instant?
  ) {
    self.id = id
    self.winner = winner
    self.loser = loser
    self.rule = rule
    self.knownAt = knownAt
    self.undoneAt = undoneAt
  }
}

/// Who is one person, as a pure function of nodes, links, rules and the instant of knowledge.
///
/// The order in which facts were imported does not matter, and nothing known after `asOf` does: a link
/// learned later, or an undoing, is as if it were not. Method: union by size with path halving (Tarjan & van
/// Leeuwen 1984, *J. ACM* 31(2), 245–281).
public struct IdentityGraph: Sendable {
  private var parent: [Int64: Int64] = [:]
  private var size: [Int64: Int] = [:]
  private var canonical: [Int64: Int64] = [:]
  /// Links that the rules do not let count: their weaker identity has too many partners.
  public private(set) var sharedIdentities: Set<Int64> = []

  public init(
    nodes: some Sequence<IdentityNode>, links: some Sequence<IdentityLink>,
    rules: IdentityRules, asOf: Instant = .latest
  ) {
    let nodes = Dictionary(nodes.lazy.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let links = links.filter { $0.knownAt <= asOf && ($0.undoneAt.map { $0 > asOf } ?? true) }
    var partners: [Int64: Set<Int64>] = [:]
    for link in links where link.rule == .sameRecord {
      partners[link.loser, default: []].insert(link.winner)
    }
    for (id, winners) in partners {
      guard let kind = nodes[id]?.kind, winners.count > rules.limit(of: kind) else { continue }
      sharedIdentities.insert(id)
    }
    for link in links
    where link.rule != .sameRecord || !sharedIdentities.contains(link.loser) {
      unite(link.winner, link.loser)
    }
    nameComponents(nodes)
  }

  /// The identity that stands for the person whom `id` belongs to; itself where it is joined to nobody.
  public func customer(of id: Int64) -> Int64 { canonical[root(of: id)] ?? id }

  /// The strongest identity names a component; of several, the one known first, then by its text.
  private mutating func nameComponents(_ nodes: [Int64: IdentityNode]) {
    var best: [Int64: IdentityNode] = [:]
    for id in parent.keys {
      guard let node = nodes[id] else { continue }
      let root = root(of: id)
      if let other = best[root], !Self.precedes(node, other) { continue }
      best[root] = node
    }
    canonical = best.mapValues(\.id)
  }

  private static func precedes(_ left: IdentityNode, _ right: IdentityNode) -> Bool {
    (left.kind.strength, left.knownAt, left.value) < (
      right.kind.strength, right.knownAt, right.value
    )
  }

  private mutating func unite(_ left: Int64, _ right: Int64) {
    var (large, small) = (halvedRoot(of: left), halvedRoot(of: right))
    guard large != small else { return }
    if size[large, default: 1] < size[small, default: 1] { swap(&large, &small) }
    parent[small] = large
    size[large] = size[large, default: 1] + size[small, default: 1]
  }

  private mutating func halvedRoot(of id: Int64) -> Int64 {
    if parent[id] == nil { parent[id] = id }
    var id = id
    while let above = parent[id], above != id {
      let next = parent[above] ?? above
      parent[id] = next
      id = next
    }
    return id
  }

  private func root(of id: Int64) -> Int64 {
    var id = id
    while let above = parent[id], above != id { id = above }
    return id
  }
}
