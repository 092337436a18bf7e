/// What became known of a lead at `knownAt`; as with orders, a later one may leave out what stands.
public struct Lead: Hashable, Sendable {
  public var leadID: String
  public var person: Int?
  public var createdAt: Instant?
  /// Where it came from: "paid_search", "referral", …
  public var origin: String?
  public var firstResponseAt: Instant?
  public var assignedTo: String?
  public var amount: Money?
  public var lostReason: String?
  /// All else that the source has, a JSON object.
  public var properties: String?
  public var eventTime: Instant
  public var knownAt: Instant

  public init(leadID: String, person: Int?, eventTime: Instant, knownAt: Instant) {
    self.leadID = leadID
    self.person = person
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// A lead enters a stage of the funnel; "won" and "lost" end it.
public struct StageEntry: Hashable, Sendable {
  public var leadID: String
  public var stage: String
  public var actor: String?
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    leadID: String, stage: String, actor: String? = nil, eventTime: Instant, knownAt: Instant
  ) {
    self.leadID = leadID
    self.stage = stage
    self.actor = actor
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

public enum CampaignKind: String, CaseIterable, Hashable, Sendable, Encodable {
  case mass, trigger, ad
}

/// What messages and advertisements are sent under.
public struct Campaign: Hashable, Sendable {
  public var campaignID: String
  public var name: String?
  public var kind: CampaignKind?
  public var channel: String?
  public var startedAt: Instant?
  public var endedAt: Instant?
  public var goal: String?
  public var knownAt: Instant

  public init(campaignID: String, name: String? = nil, knownAt: Instant) {
    self.campaignID = campaignID
    self.name = name
    self.knownAt = knownAt
  }
}

/// A message to a person; what became of it is a sequence of `MessageStep`.
public struct Message: Hashable, Sendable {
  public var messageID: String
  public var person: Int
  public var channel: String
  public var campaignID: String?
  public var ruleID: String?
  public var step: Int?
  public var variantID: String?
  public var cost: Money?
  public var suppressedReason: String?
  /// Anything else the source says of it, a JSON object.
  public var properties: String?
  public var knownAt: Instant

  public init(messageID: String, person: Int, channel: String, knownAt: Instant) {
    self.messageID = messageID
    self.person = person
    self.channel = channel
    self.knownAt = knownAt
  }
}

public enum MessageStepKind: String, CaseIterable, Hashable, Sendable, Encodable {
  case decided, sent, delivered, opened, clicked, bounced, unsubscribed
  case markedAsSpam = "marked_as_spam"
}

/// A message was sent, opened, …; the same kind may come again.
public struct MessageStep: Hashable, Sendable {
  public var messageID: String
  public var kind: MessageStepKind
  public var eventTime: Instant
  public var knownAt: Instant

  public init(messageID: String, kind: MessageStepKind, eventTime: Instant, knownAt: Instant) {
    self.messageID = messageID
    self.kind = kind
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// What a day of advertising cost; a later `knownAt` corrects an earlier one.
public struct Spend: Hashable, Sendable {
  /// Midnight UTC of the day.
  public var day: Instant
  public var platform: String
  public var campaignID: String
  /// "" for a campaign as a whole.
  public var creativeID: String
  public var channel: String?
  public var impressions: Int?
  public var clicks: Int?
  public var cost: Money
  public var knownAt: Instant

  public init(
    day: Instant, platform: String, campaignID: String, creativeID: String = "", cost: Money,
    knownAt: Instant
  ) {
    self.day = day
    self.platform = platform
    self.campaignID = campaignID
    self.creativeID = creativeID
    self.cost = cost
    self.knownAt = knownAt
  }
}
