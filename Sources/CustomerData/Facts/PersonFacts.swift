/// One value of one property of a person from `eventTime` on; history is never overwritten.
public struct Trait: Hashable, Sendable {
  public var person: Int
  public var key: String
  /// A JSON value: "\"Омск\"", "42", "null".
  public var value: String
  public var eventTime: Instant
  public var knownAt: Instant

  public init(person: Int, key: String, value: String, eventTime: Instant, knownAt: Instant) {
    self.person = person
    self.key = key
    self.value = value
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

public enum ConsentStatus: String, CaseIterable, Hashable, Sendable, Encodable {
  case granted, denied, revoked, expired
}

/// What a person said about being written to, by channel and purpose.
public struct Consent: Hashable, Sendable {
  public var person: Int
  /// "email", "sms", "push", "phone", …; "*" for all.
  public var channel: String
  /// "marketing", "service", …
  public var purpose: String
  public var status: ConsentStatus
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    person: Int, channel: String, purpose: String = "marketing", status: ConsentStatus,
    eventTime: Instant, knownAt: Instant
  ) {
    self.person = person
    self.channel = channel
    self.purpose = purpose
    self.status = status
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// A contact of a person with the shop's own name: an impression, a click, a visit, a call, a shop.
public struct Touchpoint: Hashable, Sendable {
  public var touchID: String
  public var person: Int
  public var kind: String
  public var channel: String
  public var campaignID: String?
  public var creativeID: String?
  public var cost: Money?
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    touchID: String, person: Int, kind: String, channel: String, eventTime: Instant,
    knownAt: Instant
  ) {
    self.touchID = touchID
    self.person = person
    self.kind = kind
    self.channel = channel
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// A model's answer for a person as of an instant.
public struct CustomerScore: Hashable, Sendable {
  public var person: Int
  /// NAME/VERSION.
  public var modelID: String
  public var asOf: Instant
  /// In [0, 1].
  public var probability: Double
  public var interval: ClosedRange<Double>?
  /// 1 is the best tenth.
  public var decile: Int?
  /// A JSON array.
  public var reasons: String?
  public var knownAt: Instant

  public init(
    person: Int, modelID: String, asOf: Instant, probability: Double, knownAt: Instant
  ) {
    self.person = person
    self.modelID = modelID
    self.asOf = asOf
    self.probability = probability
    self.knownAt = knownAt
  }
}

/// A person saw a variant of an experiment (Experiment Viewed).
public struct ExperimentExposure: Hashable, Sendable {
  public var experimentID: String
  public var variantID: String
  public var person: Int
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    experimentID: String, variantID: String, person: Int, eventTime: Instant, knownAt: Instant
  ) {
    self.experimentID = experimentID
    self.variantID = variantID
    self.person = person
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}
