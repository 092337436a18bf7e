import Tables

extension RowFacts {
  /// A person with traits. Without a column that tells when a row changed, its traits became known when the
  /// file was written: a city of today is not the city of an order years ago.
  mutating func addCustomer(_ row: MappedRow) throws(RowFault) {
    let createdAt = try row.instant(.eventTime)
    let knownAt = try row.instant(.knownAt) ?? context.writtenAt
    let person = try requiredPerson(of: row, knownAt: createdAt ?? knownAt)
    for place in row.plan.rest {
      row.columns[place].withBytes(row.row) { bytes in
        guard !row.plan.missing.contains(bytes) else { return }
        batch.traits.append(
          Trait(
            person: person, key: row.plan.header[place], value: JSONText.value(bytes),
            eventTime: knownAt, knownAt: knownAt))
      }
    }
    if let createdAt {
      batch.traits.append(
        Trait(
          person: person, key: "created_at", value: JSONText.string(createdAt.text),
          eventTime: createdAt, knownAt: createdAt))
    }
    try addMarketingConsent(row, person: person, at: knownAt)
  }

  /// The one yes or no to e-mail that shops export with a customer or an order.
  mutating func addMarketingConsent(
    _ row: MappedRow, person: Int, at instant: Instant
  ) throws(RowFault) {
    guard let word = row.text(.acceptsMarketing) else { return }
    guard let status = StatusWords.consent(word) else {
      throw RowFault(
        "\(row.name(.acceptsMarketing)) is neither yes nor no; map its words by 'values'")
    }
    batch.consents.append(
      Consent(
        person: person, channel: "email", status: status, eventTime: instant, knownAt: instant))
  }

  mutating func addConsent(_ row: MappedRow) throws(RowFault) {
    let eventTime = try requiredInstant(row, .eventTime)
    let knownAt = try row.instant(.knownAt) ?? eventTime
    let person = try requiredPerson(of: row, knownAt: knownAt)
    guard let status = StatusWords.consent(try row.required(.status)) else {
      throw RowFault("\(row.name(.status)) is no state of consent; map its words by 'values'")
    }
    batch.consents.append(
      Consent(
        person: person, channel: try row.required(.channel).lowercased(),
        purpose: row.text(.purpose)?.lowercased() ?? "marketing", status: status,
        eventTime: eventTime, knownAt: knownAt))
  }

  mutating func addTouchpoint(_ row: MappedRow) throws(RowFault) {
    let eventTime = try requiredInstant(row, .eventTime)
    let knownAt = try row.instant(.knownAt) ?? eventTime
    let person = try requiredPerson(of: row, knownAt: knownAt)
    let channel = try row.required(.channel)
    var touch = Touchpoint(
      touchID: row.text(.touchID) ?? madeID("touch", row, person: person, at: eventTime, channel),
      person: person, kind: row.text(.event) ?? "visit", channel: channel, eventTime: eventTime,
      knownAt: knownAt)
    touch.campaignID = row.text(.campaignID)
    touch.creativeID = row.text(.creativeID)
    touch.cost = try money(row, .cost)
    batch.touchpoints.append(touch)
  }

  func requiredInstant(_ row: MappedRow, _ field: ImportField) throws(RowFault) -> Instant {
    guard let instant = try row.instant(field) else {
      throw RowFault("\(row.name(field)) is missing")
    }
    return instant
  }

  /// An amount with its currency; `nil` where there is no amount.
  func money(_ row: MappedRow, _ field: ImportField) throws(RowFault) -> Money? {
    guard row.text(field) != nil else { return nil }
    let currency = try row.currency()
    return try row.amount(field, digits: currency.minorDigits)
      .map { Money(minorUnits: $0, currency: currency) }
  }

  /// An id made of the content, where the source has none: a re-import finds it again.
  func madeID(
    _ prefix: String, _ row: MappedRow, person: Int?, at instant: Instant, _ more: String...
  ) -> String {
    var fingerprint = Fingerprint128()
    fingerprint.add(batch.source)
    for identity in person.map({ batch.people[$0].identities }) ?? [] {
      fingerprint.add(identity.value)
    }
    fingerprint.add(String(instant.milliseconds))
    for text in more { fingerprint.add(text) }
    return "\(prefix)-\(fingerprint.hexText)"
  }
}
