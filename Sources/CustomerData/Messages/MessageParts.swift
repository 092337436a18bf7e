import Tables

/// The fields of one message, each the last of its name, `null` as if it were not there.
struct MessageFields {
  var type: JSONValue?
  var event: JSONValue?
  var messageID: JSONValue?
  var userID: JSONValue?
  var anonymousID: JSONValue?
  var previousID: JSONValue?
  var timestamp: JSONValue?
  var originalTimestamp: JSONValue?
  var sentAt: JSONValue?
  var receivedAt: JSONValue?
  var properties: JSONValue?
  var traits: JSONValue?
  var context: JSONValue?
  var name: JSONValue?
  var channel: JSONValue?
  var batch: JSONValue?

  init(_ message: JSONValue) {
    message.forEachMember { key, value in
      guard !value.isNull, let field = MessageField.byName[key.bytes] else { return }
      switch field {
      case .type: type = value
      case .event: event = value
      case .messageID: messageID = value
      case .userID: userID = value
      case .anonymousID: anonymousID = value
      case .previousID: previousID = value
      case .groupID: break
      case .timestamp: timestamp = value
      case .originalTimestamp: originalTimestamp = value
      case .sentAt: sentAt = value
      case .receivedAt: receivedAt = value
      case .properties: properties = value
      case .traits: traits = value
      case .context: context = value
      case .name: name = value
      case .channel: channel = value
      case .batch: batch = value
      }
    }
  }

  /// The type said, or track where only an event is named.
  func eventType() throws(MessageFault) -> EventType {
    guard let type else {
      if event == nil { throw .noType }
      return .track
    }
    for known in EventType.allCases where type.isText(known.word) { return known }
    let folded = type.string?.lowercased()
    guard let known = EventType.allCases.first(where: { $0.name == folded }) else { throw .noType }
    return known
  }
}

extension EventType {
  fileprivate var word: StaticString {
    switch self {
    case .track: "track"
    case .identify: "identify"
    case .page: "page"
    case .screen: "screen"
    case .alias: "alias"
    case .group: "group"
    }
  }
}

/// When a message's event was, and when it became known.
struct MessageTimes {
  let eventTime: Instant
  let knownAt: Instant
  let sentAt: Instant?
  let receivedAt: Instant?

  init(_ fields: MessageFields) throws(MessageFault) {
    sentAt = try Self.instant(fields.sentAt)
    receivedAt = try Self.instant(fields.receivedAt)
    let original = try Self.instant(fields.originalTimestamp)
    let stated = try Self.instant(fields.timestamp)
    let time: Instant
    if let receivedAt, let sentAt, let original {
      time = receivedAt + (original.milliseconds - sentAt.milliseconds)
    } else {
      guard let first = stated ?? original ?? receivedAt ?? sentAt else { throw .noTime }
      time = first
    }
    guard time >= .earliest, time <= .latest else { throw .badTime }
    eventTime = time
    // Without a time of receipt, an event counts as known when it was.
    knownAt = receivedAt ?? time
  }

  private static func instant(_ value: JSONValue?) throws(MessageFault) -> Instant? {
    guard let value else { return nil }
    guard let instant = Instant(json: value) else { throw .badTime }
    return instant
  }
}

/// The parts of a message's context that have columns of their own.
struct ContextFields {
  var campaign: JSONValue?
  var pageURL: JSONValue?
  var referrer: JSONValue?
  var traits: JSONValue?
  var deviceID: JSONValue?
  var sessionID: JSONValue?
  var consent: JSONValue?

  init(_ context: JSONValue?) {
    context?.forEachMember { key, value in
      guard !value.isNull, let field = ContextField.byName[key.bytes] else { return }
      switch field {
      case .campaign: campaign = value
      case .page:
        pageURL = value.member("url")
        referrer = value.member("referrer")
      case .traits: traits = value
      case .device: deviceID = value.member("id")
      case .sessionID: sessionID = value
      case .referrer: referrer = value.kind == .object ? value.member("url") : value
      case .consent: consent = value
      }
    }
  }
}

/// The names that a message gives its person, as they stand.
struct MessageIdentities {
  private let names: [(kind: IdentityKind, value: JSONValue)]

  init(_ fields: MessageFields, _ context: ContextFields, traits: JSONValue?) {
    var names: [(kind: IdentityKind, value: JSONValue)] = []
    names.reserveCapacity(4)
    if let userID = fields.userID { names.append((.userID, userID)) }
    if let anonymousID = fields.anonymousID { names.append((.anonymousID, anonymousID)) }
    if let deviceID = context.deviceID { names.append((.device, deviceID)) }
    traits?.forEachMember { key, value in
      switch TraitField.byName[key.bytes] {
      case .email: names.append((.email, value))
      case .phone: names.append((.phone, value))
      case .loyaltyCard: names.append((.loyaltyCard, value))
      case nil: break
      }
    }
    self.names = names
  }

  var fingerprint: Fingerprint128 {
    var fingerprint = Fingerprint128()
    for name in names {
      fingerprint.add(UInt64(name.kind.strength))
      fingerprint.add(name.value.bytes)
    }
    return fingerprint
  }

  func identities(_ normalizer: IdentityNormalizer) -> [Identity] {
    var found: [Identity] = []
    for name in names {
      guard let text = name.value.scalarText, let identity = normalizer.identity(name.kind, text),
        !found.contains(identity)
      else { continue }
      found.append(identity)
    }
    return found
  }
}
