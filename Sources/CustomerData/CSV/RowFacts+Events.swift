import Tables

extension RowFacts {
  /// A row of a warehouse's table of events: a message, and what it says of an order or of a person.
  mutating func addEvent(_ row: MappedRow) throws(RowFault) {
    let times = try EventTimes(row)
    let person = try requiredPerson(of: row, knownAt: times.knownAt)
    let type = row.plan.mapping.eventType
    if type == .identify {
      addTraits(row, person: person, times)
    }
    let given = type == .identify ? "Identify" : try row.required(.event)
    let known = KnownEvent.named(given)
    let name = known.map { "\($0.name)" } ?? given
    let place = batch.addEvent(
      messageID: row.text(.messageID), person: person, type: type, name: name,
      eventTime: times.eventTime, knownAt: times.knownAt, properties: row.rest())
    batch.events[place].sentAt = times.sentAt
    batch.events[place].receivedAt = times.receivedAt
    batch.events[place].userID = batch.add(row.text(.userID))
    batch.events[place].anonymousID = batch.add(row.text(.anonymousID))
    batch.events[place].channel = batch.add(row.text(.channel))
    guard case .orderCompleted? = known?.meaning, row.text(.orderID) != nil else { return }
    var order = try OrderRow(row, context)
    order.placedAt = times.eventTime
    order.knownAt = times.knownAt
    try addOrder(order)
  }

  private mutating func addTraits(_ row: MappedRow, person: Int, _ times: EventTimes) {
    for place in row.plan.rest {
      let name = row.plan.header[place]
      // What the client's library adds about itself is no trait of a person.
      guard !name.hasPrefix("context_") || name.hasPrefix("context_traits_") else { continue }
      row.columns[place].withBytes(row.row) { bytes in
        guard !row.plan.missing.contains(bytes) else { return }
        let key = name.hasPrefix("context_traits_") ? String(name.dropFirst(15)) : name
        batch.traits.append(
          Trait(
            person: person, key: key, value: JSONText.value(bytes), eventTime: times.eventTime,
            knownAt: times.knownAt))
      }
    }
  }
}

extension KnownEvent {
  /// The event of the specifications that `name` is a spelling of.
  fileprivate static func named(_ name: String) -> KnownEvent? {
    var name = name
    return name.withUTF8 { byName[UnsafeRawBufferPointer($0)] }
  }
}

/// When an event happened and was learned of.
private struct EventTimes {
  let eventTime: Instant
  let knownAt: Instant
  let sentAt: Instant?
  let receivedAt: Instant?

  /// Without a time of the server's own making, the client's clock is corrected by what the server saw of
  /// it: original + (received − sent), the rule of Segment's and RudderStack's `timestamp`.
  init(_ row: MappedRow) throws(RowFault) {
    receivedAt = try row.instant(.knownAt)
    sentAt = try row.instant(.sentAt)
    let original = try row.instant(.originalTime)
    var eventTime = try row.instant(.eventTime)
    if eventTime == nil, let original, let sentAt, let receivedAt {
      eventTime = original + (receivedAt.milliseconds - sentAt.milliseconds)
    }
    guard let happened = eventTime ?? original ?? receivedAt else { throw RowFault("no date") }
    self.eventTime = happened
    knownAt = receivedAt ?? happened
  }
}
