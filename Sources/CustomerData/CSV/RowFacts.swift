import Tables

/// What rows are read with, besides their plan.
package struct ImportContext: Hashable, Sendable {
  package var normalizer = IdentityNormalizer()
  /// When the file was written: what it says without a date of its own became known then.
  package var writtenAt: Instant

  package init(writtenAt: Instant, normalizer: IdentityNormalizer = IdentityNormalizer()) {
    self.writtenAt = writtenAt
    self.normalizer = normalizer
  }
}

/// Gathers the facts of rows into a batch.
struct RowFacts {
  var batch: FactBatch
  let context: ImportContext
  private var people: [[Identity]: Int] = [:]

  init(source: String, context: ImportContext) {
    batch = FactBatch(source: source)
    self.context = context
  }

  /// The place of a person in the batch; `nil` for nobody.
  mutating func person(_ identities: [Identity], knownAt: Instant) -> Int? {
    guard !identities.isEmpty else { return nil }
    if let place = people[identities] {
      if knownAt < batch.people[place].knownAt { batch.people[place].knownAt = knownAt }
      return place
    }
    let place = batch.addPerson(Person(identities: identities, knownAt: knownAt))
    people[identities] = place
    return place
  }

  mutating func reject(line: Int, _ reason: String, record: String) {
    batch.rejects.append(RejectedFact(line: line, reason: reason, record: record))
  }
}

/// Who a row is about.
struct RowPerson: Hashable, Sendable {
  var identities: [Identity] = []
  /// Cells that are there and are no e-mail or no phone: kept as traits, so that nothing is lost.
  var unreadable: [(kind: IdentityKind, text: String)] = []

  static func == (left: RowPerson, right: RowPerson) -> Bool { left.identities == right.identities }
  func hash(into hasher: inout Hasher) { hasher.combine(identities) }
}

extension MappedRow {
  func person(_ context: ImportContext) -> RowPerson {
    var person = RowPerson()
    for (field, kind) in ImportField.identities {
      guard var text = text(field) else { continue }
      if kind == .userID { text = Self.withoutZeroFraction(text) }
      if kind == .external, let system = plan.mapping.externalSystem { text = "\(system):\(text)" }
      if let identity = context.normalizer.identity(kind, text) {
        person.identities.append(identity)
      } else if kind == .email || kind == .phone {
        person.unreadable.append((kind, text))
      }
    }
    return person
  }

  /// A spreadsheet or data frame that took ids for numbers writes 17850 as 17850.0.
  private static func withoutZeroFraction(_ text: String) -> String {
    let utf8 = text.utf8
    guard utf8.count > 2, utf8.suffix(2).elementsEqual(".0".utf8),
      utf8.dropLast(2).allSatisfy({ $0 &- 0x30 <= 9 })
    else { return text }
    return String(text.dropLast(2))
  }
}

extension RowFacts {
  /// Adds the person of a row and keeps what of its identities could not be read.
  mutating func person(of row: MappedRow, knownAt: Instant) -> Int? {
    let found = row.person(context)
    guard let person = person(found.identities, knownAt: knownAt) else { return nil }
    addUnreadable(found, person: person, knownAt: knownAt)
    return person
  }

  mutating func addUnreadable(_ found: RowPerson, person: Int, knownAt: Instant) {
    for (kind, text) in found.unreadable {
      batch.traits.append(
        Trait(
          person: person, key: "unreadable_\(kind.rawValue)", value: JSONText.string(text),
          eventTime: knownAt, knownAt: knownAt))
    }
  }

  mutating func requiredPerson(of row: MappedRow, knownAt: Instant) throws(RowFault) -> Int {
    guard let person = person(of: row, knownAt: knownAt) else {
      throw RowFault("nobody: no column that tells who has an id that can be read")
    }
    return person
  }

  /// Adds what one row says, by the kind of its file.
  mutating func add(_ row: MappedRow) throws(RowFault) {
    switch row.plan.mapping.record {
    case .customers: try addCustomer(row)
    case .events: try addEvent(row)
    case .orders: try addOrder(OrderRow(row, context))
    case .orderLines: throw RowFault("lines of orders are gathered before they are added")
    case .leads: try addLead(row)
    case .messages: try addMessage(row)
    case .spend: try addSpend(row)
    case .products: try addProduct(row)
    case .refunds: try addRefund(row)
    case .consents: try addConsent(row)
    case .touchpoints: try addTouchpoint(row)
    }
  }
}
