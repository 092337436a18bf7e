/// What a message of an event stream is.
public enum EventType: Int, CaseIterable, Hashable, Sendable, Encodable {
  case track, identify, page, screen, alias, group

  public var name: String { "\(self)" }
}

/// Something that happened, as a track, page or other message tells it.
public struct Event: Hashable, Sendable {
  /// The message's own id; where it has none, one made of its content, so that a copy is found.
  public var messageID: TextSpan
  /// Of `messageID`: what duplicates are sought by.
  package var idHash: UInt64
  /// Of all but the times of delivery: copies of one message agree in it.
  package var bodyHash: UInt64
  /// Into `FactBatch.people`.
  public var person: Int
  public var type: EventType
  /// In the words of the Segment specification where it is one of its events ("Order Completed").
  public var name: TextSpan
  public var eventTime: Instant
  public var knownAt: Instant
  public var sentAt: Instant?
  public var receivedAt: Instant?
  public var userID: TextSpan = .absent
  public var anonymousID: TextSpan = .absent
  public var sessionID: TextSpan = .absent
  public var campaignSource: TextSpan = .absent
  public var campaignMedium: TextSpan = .absent
  public var campaignName: TextSpan = .absent
  public var campaignTerm: TextSpan = .absent
  public var campaignContent: TextSpan = .absent
  public var pageURL: TextSpan = .absent
  public var referrer: TextSpan = .absent
  public var channel: TextSpan = .absent
  /// A JSON object as it came, known and unknown properties alike.
  public var properties: TextSpan = .absent

  public init(
    messageID: TextSpan, idHash: UInt64, bodyHash: UInt64, person: Int, type: EventType,
    name: TextSpan, eventTime: Instant, knownAt: Instant
  ) {
    self.messageID = messageID
    self.idHash = idHash
    self.bodyHash = bodyHash
    self.person = person
    self.type = type
    self.name = name
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

extension FactBatch {
  /// Adds an event given as texts: for readers of small or slow formats.
  /// - Parameter messageID: `nil` where the source has none; then one is made of the content.
  @discardableResult
  public mutating func addEvent(
    messageID: String?, person: Int, type: EventType, name: String, eventTime: Instant,
    knownAt: Instant, properties: String? = nil
  ) -> Int {
    var body = Fingerprint128()
    body.add(name)
    body.add(String(eventTime.milliseconds))
    for identity in people[person].identities { body.add(identity.value) }
    body.add(properties ?? "")
    let id = messageID.flatMap { $0.isEmpty ? nil : $0 } ?? "made-" + body.hexText
    var idHash = Fingerprint128()
    idHash.add(id)
    var event = Event(
      messageID: add(id), idHash: idHash.value.high, bodyHash: body.value.high, person: person,
      type: type, name: add(name), eventTime: eventTime, knownAt: knownAt)
    event.properties = add(properties)
    events.append(event)
    return events.count - 1
  }
}
