public import CustomerData
import GRDB

extension SQLiteStore {
  public func profile(of customer: Int64, timelineLimit: Int) throws(StoreError) -> Profile? {
    try reading("reading a customer") { db in
      let exists = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM identities WHERE customer_id = ?)",
        arguments: [customer])
      guard exists == true else { return nil }
      return try ProfileReading(db: db, customer: customer).profile(timelineLimit: timelineLimit)
    }
  }
}

/// Gathers what the tables hold of one customer.
private struct ProfileReading {
  let db: Database
  let customer: Int64

  func profile(timelineLimit: Int) throws -> Profile {
    var profile = Profile(customer: customer)
    profile.identities = try identities()
    profile.traits = try traits()
    profile.consents = try consents()
    profile.merges = try merges()
    profile.timeline = Profile.latest(
      timelineLimit, of: try Self.timelineParts.flatMap { try entries($0, limit: timelineLimit) })
    profile.timelineCount = try Self.timelineParts.reduce(0) { sum, part in
      let sql = "SELECT count(*) FROM \(part.rows)"
      return try sum + (Int.fetchOne(db, sql: sql, arguments: [customer]) ?? 0)
    }
    return profile
  }

  /// The customer's identities, of which there are few; every query goes on from them by an index.
  private static let persons = "(SELECT identity_id FROM identities WHERE customer_id = ?1)"

  private func rows(_ sql: String) throws -> [Row] {
    try Row.fetchAll(db, sql: sql, arguments: [customer])
  }

  private func identities() throws -> [ProfileIdentity] {
    try rows(
      """
      SELECT kind, value, known_at, sources.name, is_shared FROM identities
      JOIN sources USING (source_id) WHERE customer_id = ? ORDER BY identity_id
      """
    ).compactMap { row in
      guard let kind = IdentityKind(rawValue: row[0]) else { return nil }
      return ProfileIdentity(
        kind: kind, value: row[1], knownAt: Instant(milliseconds: row[2]), source: row[3],
        isShared: row[4])
    }.sorted { ($0.kind.strength, $0.knownAt, $0.value) < ($1.kind.strength, $1.knownAt, $1.value) }
  }

  private func traits() throws -> [ProfileTrait] {
    let all = try rows(
      """
      SELECT key, value, event_time, known_at, sources.name FROM traits
      JOIN sources USING (source_id) WHERE identity_id IN \(Self.persons)
      ORDER BY key, event_time, known_at, value
      """
    ).map { row in
      ProfileTrait(
        key: row[0], value: row[1], eventTime: Instant(milliseconds: row[2]),
        knownAt: Instant(milliseconds: row[3]), source: row[4])
    }
    return all.lastOfEach { $0.key }
  }

  private func consents() throws -> [ProfileConsent] {
    let all = try rows(
      """
      SELECT channel, purpose, status, event_time, sources.name FROM consents
      JOIN sources USING (source_id) WHERE identity_id IN \(Self.persons)
      ORDER BY channel, purpose, event_time, known_at, status
      """
    ).compactMap { row -> ProfileConsent? in
      guard let status = ConsentStatus(rawValue: row[2]) else { return nil }
      return ProfileConsent(
        channel: row[0], purpose: row[1], status: status,
        eventTime: Instant(milliseconds: row[3]), source: row[4])
    }
    return all.lastOfEach { [$0.channel, $0.purpose] }
  }

  private func merges() throws -> [ProfileMerge] {
    let component = try IdentityComponent(db, around: customer)
    let nodes = Dictionary(
      component.nodes.map { ($0.id, Identity(kind: $0.kind, normalizedValue: $0.value)) },
      uniquingKeysWith: { first, _ in first })
    return component.links.compactMap { link in
      guard let winner = nodes[link.winner], let loser = nodes[link.loser] else { return nil }
      return ProfileMerge(
        mergeID: link.id, winner: winner, loser: loser, rule: link.rule, knownAt: link.knownAt,
        undoneAt: link.undoneAt)
    }
  }

  /// A kind of entry: what its columns show, and the tables and condition that its rows come from.
  private struct TimelinePart {
    let kind: String
    let table: String
    let name: String
    let id: String
    var detail = "NULL"
    let rows: String

    /// The index has the latest times of events, of which a person may have thousands: to order them all, each
    /// row would be read.
    func recent(_ limit: Int) -> String {
      guard table == "events" else { return "" }
      return """
        AND event_time >= (SELECT min(event_time) FROM
          (SELECT event_time FROM \(rows) ORDER BY event_time DESC LIMIT \(limit)))
        """
    }
  }

  private static let timelineParts = [
    TimelinePart(
      kind: "event", table: "events", name: "name", id: "message_id", detail: "channel",
      rows: "events WHERE identity_id IN \(persons)"),
    TimelinePart(
      kind: "order", table: "orders", name: "coalesce(status, 'changed')", id: "order_id",
      detail: "total || ' ' || currency", rows: "orders WHERE identity_id IN \(persons)"),
    TimelinePart(
      kind: "refund", table: "refunds", name: "'refunded'", id: "refund_id",
      detail: "amount || ' ' || currency",
      rows: """
        refunds WHERE order_id IN (SELECT order_id FROM orders WHERE identity_id IN \(persons))
        """),
    // The order of a cross join is kept: from the person's messages to their steps.
    TimelinePart(
      kind: "message", table: "message_steps", name: "kind", id: "message_id", detail: "channel",
      rows: """
        messages CROSS JOIN message_steps USING (message_id) WHERE identity_id IN \(persons)
        """),
    TimelinePart(
      kind: "consent", table: "consents", name: "status", id: "purpose", detail: "channel",
      rows: "consents WHERE identity_id IN \(persons)"),
    TimelinePart(
      kind: "touchpoint", table: "touchpoints", name: "kind", id: "touch_id", detail: "channel",
      rows: "touchpoints WHERE identity_id IN \(persons)"),
    TimelinePart(
      kind: "stage", table: "stages", name: "stage", id: "lead_id", detail: "actor",
      rows: "stages WHERE lead_id IN (SELECT lead_id FROM leads WHERE identity_id IN \(persons))"),
    TimelinePart(
      kind: "exposure", table: "exposures", name: "variant_id", id: "experiment_id",
      rows: "exposures WHERE identity_id IN \(persons)"),
  ]

  private func entries(_ part: TimelinePart, limit: Int) throws -> [TimelineEntry] {
    let table = part.table
    return try rows(
      """
      SELECT \(table).event_time, \(table).known_at, \(part.name), \(part.id), \(part.detail),
        (SELECT name FROM sources WHERE sources.source_id = \(table).source_id)
      FROM \(part.rows) \(part.recent(limit)) ORDER BY 1 DESC, 4 DESC LIMIT \(limit)
      """
    ).map { row in
      TimelineEntry(
        eventTime: Instant(milliseconds: row[0]), knownAt: Instant(milliseconds: row[1]),
        kind: part.kind, name: row[2], id: row[3],
        detail: part.kind == "order" || part.kind == "refund"
          ? Money.text(ofUnits: row[4]) : row[4],
        source: row[5])
    }
  }
}
