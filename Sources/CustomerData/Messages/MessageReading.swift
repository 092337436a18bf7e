import Tables

/// Why a message is not taken, in words that repeat nothing of it.
struct MessageFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  static let noObject = MessageFault("a JSON value that is no message; give one object a line")
  static let noType = MessageFault("no message type and no event name")
  static let noEventName = MessageFault("a track message without an event name")
  static let noPerson = MessageFault("no user id, anonymous id or other identity")
  static let noTime = MessageFault("no time: timestamp, original or received time")
  static let badTime = MessageFault("a time that cannot be read, or outside the years 0 to 9999")
  static let noPreviousID = MessageFault("an alias without a previous id and a user id")
}

/// How messages are read where they do not say.
package struct MessageOptions: Hashable, Sendable {
  package var normalizer = IdentityNormalizer()
  /// The currency of amounts that name none.
  package var currency: Currency?

  package init() {}
}

/// Turns messages of Segment, RudderStack and their kin into facts, one block of lines at a time.
///
/// The rules of their specifications: a message is a track, identify, page, screen, alias or group; names may
/// be camelCase or snake_case. A client's clock is corrected by what it says of itself: the event time is
/// received − (sent − original), where all three are there.
struct MessageReading {
  var batch: FactBatch
  let options: MessageOptions
  /// The people of the block so far, by the identities of a message.
  private var people: [Fingerprint128: Int] = [:]
  /// The campaigns of the block so far.
  var campaigns: Set<String> = []

  init(source: String, options: MessageOptions) {
    batch = FactBatch(source: source)
    self.options = options
  }

  /// The times that an envelope gives to all the messages in it.
  struct Envelope {
    var sentAt: JSONValue?
    var receivedAt: JSONValue?
    var context: JSONValue?
  }

  /// Reads one line: a message, or an envelope `{"batch": […]}` of many.
  mutating func read(_ root: JSONValue, line: Int) {
    guard root.kind == .object else {
      reject(root, MessageFault.noObject, line)
      return
    }
    let fields = MessageFields(root)
    guard let messages = fields.batch, messages.kind == .array else {
      read(fields, of: root, line)
      return
    }
    let envelope = Envelope(
      sentAt: fields.sentAt, receivedAt: fields.receivedAt, context: fields.context)
    messages.forEachElement { message in
      guard message.kind == .object else {
        reject(message, MessageFault.noObject, line)
        return
      }
      var fields = MessageFields(message)
      fields.sentAt = fields.sentAt ?? envelope.sentAt
      fields.receivedAt = fields.receivedAt ?? envelope.receivedAt
      fields.context = fields.context ?? envelope.context
      read(fields, of: message, line)
    }
  }

  private mutating func read(_ fields: MessageFields, of message: JSONValue, _ line: Int) {
    do throws(MessageFault) {
      try add(fields)
    } catch {
      reject(message, error, line)
    }
  }

  private mutating func reject(_ message: JSONValue, _ fault: MessageFault, _ line: Int) {
    let record = String(decoding: message.jsonBytes.prefix(RejectedFact.maxBytes), as: UTF8.self)
    batch.rejects.append(RejectedFact(line: line, reason: fault.reason, record: record))
  }

  private mutating func add(_ fields: MessageFields) throws(MessageFault) {
    let type = try fields.eventType()
    let times = try MessageTimes(fields)
    let context = ContextFields(fields.context)
    let traits = type == .identify ? fields.traits ?? context.traits : context.traits
    let identities = MessageIdentities(fields, context, traits: traits)
    if type == .alias { try addAlias(fields, times.knownAt) }
    let person = try person(identities, knownAt: times.knownAt)
    let event = try addEvent(fields, type, times, context, person)
    let meaning = EventContext(
      person: person, eventTime: times.eventTime, knownAt: times.knownAt,
      properties: KnownProperties(event.hasMeaning ? fields.properties : nil))
    switch type {
    case .identify: addTraits(traits, meaning)
    case .track: addFacts(event.meaning, meaning)
    case .page, .screen, .alias, .group: break
    }
    if let consent = context.consent { addConsents(consent, meaning) }
  }

  /// The person of a message's identities; each set of them is made out once in a block.
  private mutating func person(
    _ identities: MessageIdentities, knownAt: Instant
  ) throws(MessageFault) -> Int {
    let key = identities.fingerprint
    if let known = people[key] {
      if knownAt < batch.people[known].knownAt { batch.people[known].knownAt = knownAt }
      return known
    }
    let found = identities.identities(options.normalizer)
    guard !found.isEmpty else { throw .noPerson }
    let index = batch.addPerson(Person(identities: found, knownAt: knownAt))
    people[key] = index
    return index
  }

  private mutating func addAlias(
    _ fields: MessageFields, _ knownAt: Instant
  ) throws(MessageFault) {
    let normalizer = options.normalizer
    let userID = fields.userID?.scalarText.flatMap { normalizer.identity(.userID, $0) }
    // The previous id of a browser that nobody had signed in on is an anonymous one (Segment, "Alias").
    guard let userID, let previous = fields.previousID?.scalarText else { throw .noPreviousID }
    for kind in [IdentityKind.anonymousID, .userID] {
      guard let from = normalizer.identity(kind, previous) else { throw .noPreviousID }
      // Which of the two it was, the store knows; a link to the other one joins an identity nobody has.
      batch.identityMerges.append(StatedMerge(from: from, into: userID, knownAt: knownAt))
    }
  }

  private mutating func addTraits(_ traits: JSONValue?, _ context: EventContext) {
    traits?.forEachMember { key, value in
      guard let name = key.string, !name.isEmpty else { return }
      batch.traits.append(
        Trait(
          person: context.person, key: name,
          value: String(decoding: value.jsonBytes, as: UTF8.self), eventTime: context.eventTime,
          knownAt: context.knownAt))
    }
  }

  /// `{"categoryPreferences": {"Advertising": true}}` (Segment's consent in context): purposes of all channels.
  private mutating func addConsents(_ consent: JSONValue, _ context: EventContext) {
    consent.member("categoryPreferences")?.forEachMember { key, value in
      guard let purpose = key.string, value.kind == .yes || value.kind == .no else { return }
      batch.consents.append(
        Consent(
          person: context.person, channel: "*", purpose: purpose,
          status: value.kind == .yes ? .granted : .denied, eventTime: context.eventTime,
          knownAt: context.knownAt))
    }
  }
}

/// What the facts drawn from one event share.
struct EventContext {
  let person: Int
  let eventTime: Instant
  let knownAt: Instant
  let properties: KnownProperties
}

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
