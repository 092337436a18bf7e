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

  /// Reads one line: a message, an envelope `{"batch": […]}` of many, or an array of messages.
  mutating func read(_ root: JSONValue, line: Int) {
    if root.kind == .array { return readAll(root, Envelope(), line) }
    guard root.kind == .object else { return reject(root, MessageFault.noObject, line) }
    let fields = MessageFields(root)
    guard let messages = fields.batch, messages.kind == .array else {
      read(fields, of: root, line)
      return
    }
    let envelope = Envelope(
      sentAt: fields.sentAt, receivedAt: fields.receivedAt, context: fields.context)
    readAll(messages, envelope, line)
  }

  private mutating func readAll(_ messages: JSONValue, _ envelope: Envelope, _ line: Int) {
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
