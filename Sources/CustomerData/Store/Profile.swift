/// Everything that the base knows of one person now.
public struct Profile: Hashable, Sendable, Encodable {
  /// The customer's number in this store.
  public var customer: Int64
  public var identities: [ProfileIdentity] = []
  /// The latest value of each key, by key.
  public var traits: [ProfileTrait] = []
  /// The latest word on each channel and purpose.
  public var consents: [ProfileConsent] = []
  /// The merge log of this person, undone lines included.
  public var merges: [ProfileMerge] = []
  /// The latest entries, oldest first.
  public var timeline: [TimelineEntry] = []
  /// All entries that there are, shown or not.
  public var timelineCount = 0

  public init(customer: Int64) { self.customer = customer }

  /// The last `limit` of `entries` in the order of a timeline, which is the same in every store.
  package static func latest(_ limit: Int, of entries: [TimelineEntry]) -> [TimelineEntry] {
    let ordered = entries.sorted { ($0.eventTime, $0.kind, $0.id) < ($1.eventTime, $1.kind, $1.id) }
    return ordered.suffix(limit)
  }
}

public struct ProfileIdentity: Hashable, Sendable, Encodable {
  public var kind: IdentityKind
  public var value: String
  public var knownAt: Instant
  public var source: String
  /// Shared by too many to join anybody.
  public var isShared: Bool

  public init(
    kind: IdentityKind, value: String, knownAt: Instant, source: String, isShared: Bool
  ) {
    self.kind = kind
    self.value = value
    self.knownAt = knownAt
    self.source = source
    self.isShared = isShared
  }
}

public struct ProfileTrait: Hashable, Sendable, Encodable {
  public var key: String
  /// A JSON value.
  public var value: String
  public var eventTime: Instant
  public var knownAt: Instant
  public var source: String

  public init(key: String, value: String, eventTime: Instant, knownAt: Instant, source: String) {
    self.key = key
    self.value = value
    self.eventTime = eventTime
    self.knownAt = knownAt
    self.source = source
  }
}

public struct ProfileConsent: Hashable, Sendable, Encodable {
  public var channel: String
  public var purpose: String
  public var status: ConsentStatus
  public var eventTime: Instant
  public var source: String

  public init(
    channel: String, purpose: String, status: ConsentStatus, eventTime: Instant, source: String
  ) {
    self.channel = channel
    self.purpose = purpose
    self.status = status
    self.eventTime = eventTime
    self.source = source
  }
}

public struct ProfileMerge: Hashable, Sendable, Encodable {
  public var mergeID: Int64
  public var winner: Identity
  public var loser: Identity
  public var rule: MergeRule
  public var knownAt: Instant
  public var undoneAt: Instant?

  public init(
    mergeID: Int64, winner: Identity, loser: Identity, rule: MergeRule, knownAt: Instant,
    undoneAt: Instant?
  ) {
    self.mergeID = mergeID
    self.winner = winner
    self.loser = loser
    self.rule = rule
    self.knownAt = knownAt
    self.undoneAt = undoneAt
  }
}

/// One line of a person's history.
public struct TimelineEntry: Hashable, Sendable, Encodable {
  public var eventTime: Instant
  public var knownAt: Instant
  /// "event", "order", "refund", "message", "consent", "touchpoint", "stage", "exposure".
  public var kind: String
  /// The event's name, the order's status, the message's step, …
  public var name: String
  /// The id of the order, message or event.
  public var id: String
  /// An amount in words ("19.99 EUR"), a channel, or nothing.
  public var detail: String?
  public var source: String

  public init(
    eventTime: Instant, knownAt: Instant, kind: String, name: String, id: String, detail: String?,
    source: String
  ) {
    self.eventTime = eventTime
    self.knownAt = knownAt
    self.kind = kind
    self.name = name
    self.id = id
    self.detail = detail
    self.source = source
  }
}

extension Array {
  /// The last of each run of equal keys.
  package func lastOfEach<Key: Equatable>(_ key: (Element) -> Key) -> [Element] {
    var result: [Element] = []
    for element in self {
      if let last = result.last, key(last) == key(element) { result.removeLast() }
      result.append(element)
    }
    return result
  }
}

extension Money {
  /// "1999 EUR" in minor units as "19.99 EUR".
  package static func text(ofUnits text: String?) -> String? {
    guard let parts = text?.split(separator: " "), parts.count == 2,
      let units = Int64(parts[0]), let currency = Currency(parts[1])
    else { return nil }
    return Money(minorUnits: units, currency: currency).text
  }
}
