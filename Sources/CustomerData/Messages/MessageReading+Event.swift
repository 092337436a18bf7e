import Tables

extension MessageReading {
  /// What an event came to be called and to mean.
  struct AddedEvent {
    let meaning: EventMeaning

    var hasMeaning: Bool { if case .none = meaning { false } else { true } }
  }

  /// Adds the message itself as an event.
  mutating func addEvent(
    _ fields: MessageFields, _ type: EventType, _ times: MessageTimes, _ context: ContextFields,
    _ person: Int
  ) throws(MessageFault) -> AddedEvent {
    let (name, meaning) = try name(fields, type)
    let body = bodyHash(fields, context)
    let (messageID, idHash) = messageID(fields, body)
    var event = Event(
      messageID: messageID, idHash: idHash, bodyHash: body.value.high, person: person, type: type,
      name: name, eventTime: times.eventTime, knownAt: times.knownAt)
    event.sentAt = times.sentAt
    event.receivedAt = times.receivedAt
    event.userID = add(fields.userID)
    event.anonymousID = add(fields.anonymousID)
    event.sessionID = add(context.sessionID)
    event.pageURL = add(context.pageURL)
    event.referrer = add(context.referrer)
    event.channel = add(fields.channel)
    addCampaign(context.campaign, &event)
    event.properties = properties(fields, type)
    batch.events.append(event)
    return AddedEvent(meaning: meaning)
  }

  private mutating func name(
    _ fields: MessageFields, _ type: EventType
  ) throws(MessageFault) -> (TextSpan, EventMeaning) {
    guard type == .track else { return (batch.add(type.eventName), .none) }
    guard let event = fields.event, event.kind == .string, !event.bytes.isEmpty else {
      throw .noEventName
    }
    guard let known = KnownEvent.byName[event.bytes] else { return (add(event), .none) }
    return (batch.add(known.name), known.meaning)
  }

  /// Everything but the times of delivery: a message delivered twice is one message.
  private func bodyHash(_ fields: MessageFields, _ context: ContextFields) -> Fingerprint128 {
    var hash = Fingerprint128()
    func add(_ value: JSONValue?) {
      if let value { hash.add(value.bytes) } else { hash.add(UInt64.max) }
    }
    add(fields.type)
    add(fields.event)
    add(fields.name)
    add(fields.userID)
    add(fields.anonymousID)
    add(fields.previousID)
    add(fields.originalTimestamp ?? fields.timestamp)
    add(fields.properties)
    add(fields.traits)
    add(context.campaign)
    add(context.traits)
    add(context.pageURL)
    return hash
  }

  /// The message's id, or one made of its content where it has none.
  private mutating func messageID(
    _ fields: MessageFields, _ body: Fingerprint128
  ) -> (TextSpan, UInt64) {
    var hash = Fingerprint128()
    var span = add(fields.messageID)
    if span.isAbsent { span = batch.add("made-" + body.hexText) }
    batch.bytes.withUnsafeBytes { bytes in
      hash.add(
        UnsafeRawBufferPointer(rebasing: bytes[Int(span.offset)..<Int(span.offset + span.length)]))
    }
    return (span, hash.value.high)
  }

  /// The properties as they came, with the name of a page, which stands beside them, put in.
  private mutating func properties(_ fields: MessageFields, _ type: EventType) -> TextSpan {
    guard let properties = fields.properties, properties.kind == .object else {
      return pageName(fields, type).map { batch.add("{\"name\":\($0)}") } ?? .absent
    }
    guard properties.bytes.count > 2 else { return .absent }
    guard let name = pageName(fields, type), properties.member("name") == nil else {
      return batch.add(properties.bytes)
    }
    return batch.add(
      "{\"name\":\(name)," + String(decoding: properties.bytes.dropFirst(), as: UTF8.self))
  }

  private func pageName(_ fields: MessageFields, _ type: EventType) -> String? {
    guard type == .page || type == .screen, let name = fields.name, name.kind == .string else {
      return nil
    }
    return String(decoding: name.jsonBytes, as: UTF8.self)
  }

  private mutating func addCampaign(_ campaign: JSONValue?, _ event: inout Event) {
    campaign?.forEachMember { key, value in
      switch CampaignField.byName[key.bytes] {
      case .source: event.campaignSource = add(value)
      case .medium: event.campaignMedium = add(value)
      case .name: event.campaignName = add(value)
      case .term: event.campaignTerm = add(value)
      case .content: event.campaignContent = add(value)
      case nil: break
      }
    }
  }

  /// The characters of a text, a number or a truth value; all else is absent.
  mutating func add(_ value: JSONValue?) -> TextSpan {
    guard let value else { return .absent }
    switch value.kind {
    case .string where value.isEscaped:
      let start = batch.bytes.count
      value.appendUnescaped(to: &batch.bytes)
      return TextSpan(offset: start, length: batch.bytes.count - start)
    case .string, .number, .yes, .no: return batch.add(value.bytes)
    case .object, .array, .null: return .absent
    }
  }
}

extension EventType {
  /// What messages that are no track are called among events.
  var eventName: StaticString {
    switch self {
    case .track: "Track"
    case .identify: "Identify"
    case .page: "Page"
    case .screen: "Screen"
    case .alias: "Alias"
    case .group: "Group"
    }
  }
}

extension FactBatch {
  mutating func add(_ text: StaticString) -> TextSpan {
    add(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
