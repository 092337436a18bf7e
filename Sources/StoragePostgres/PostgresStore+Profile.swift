public import CustomerData

extension PostgresStore {
  public func profile(of customer: Int64, timelineLimit: Int) throws(StoreError) -> Profile? {
    try reading("reading a customer") { connection -> Profile? in
      let exists = try connection.execute(
        "SELECT EXISTS (SELECT 1 FROM identities WHERE customer_id = $1)", [.integer(customer)])
      guard try exists[0].boolean(0) else { return nil }
      return try ProfileReading(connection: connection, customer: customer)
        .profile(timelineLimit: timelineLimit)
    }
  }
}

/// Gathers what the tables hold of one customer.
private struct ProfileReading {
  let connection: PostgresConnection
  let customer: Int64

  func profile(timelineLimit: Int) throws -> Profile {
    var profile = Profile(customer: customer)
    profile.identities = try identities()
    profile.traits = try traits()
    profile.consents = try consents()
    profile.merges = try merges()
    profile.timeline = Profile.latest(
      timelineLimit, of: try TimelinePart.all.flatMap { try entries($0, limit: timelineLimit) })
    profile.timelineCount = try TimelinePart.all.reduce(0) { sum, part in
      let count = try connection.execute(
        "SELECT count(*) " + Self.from + part.tables, [.integer(customer)])
      return try sum + Int(count[0].integer(0))
    }
    return profile
  }

  /// Every query begins at the customer's identities, of which there are few, and goes on by an index.
  private static let from: Statement =
    "FROM (SELECT identity_id AS person FROM identities WHERE customer_id = $1) AS people JOIN "

  private func rows(_ sql: Statement) throws -> PostgresRows {
    try connection.execute(sql, [.integer(customer)])
  }

  private func identities() throws -> [ProfileIdentity] {
    try rows(
      """
      SELECT kind, value, known_at, sources.name, is_shared FROM identities
      JOIN sources USING (source_id) WHERE customer_id = $1 ORDER BY identity_id
      """
    ).compactMap { row in
      guard let kind = IdentityKind(rawValue: try row.text(0)) else { return nil }
      return ProfileIdentity(
        kind: kind, value: try row.text(1), knownAt: try row.instant(2), source: try row.text(3),
        isShared: try row.boolean(4))
    }.sorted { ($0.kind.strength, $0.knownAt, $0.value) < ($1.kind.strength, $1.knownAt, $1.value) }
  }

  private func traits() throws -> [ProfileTrait] {
    let all = try rows(
      "SELECT key, value, event_time, known_at, sources.name " + Self.from
        + """
        traits ON traits.identity_id = person JOIN sources USING (source_id)
        ORDER BY key COLLATE "C", event_time, known_at, value COLLATE "C"
        """
    ).map { row in
      ProfileTrait(
        key: try row.text(0), value: try row.text(1), eventTime: try row.instant(2),
        knownAt: try row.instant(3), source: try row.text(4))
    }
    return all.lastOfEach { $0.key }
  }

  private func consents() throws -> [ProfileConsent] {
    let all = try rows(
      "SELECT channel, purpose, status, event_time, sources.name " + Self.from
        + """
        consents ON consents.identity_id = person JOIN sources USING (source_id)
        ORDER BY channel COLLATE "C", purpose COLLATE "C", event_time, known_at, status
        """
    ).compactMap { row -> ProfileConsent? in
      guard let status = ConsentStatus(rawValue: try row.text(2)) else { return nil }
      return ProfileConsent(
        channel: try row.text(0), purpose: try row.text(1), status: status,
        eventTime: try row.instant(3), source: try row.text(4))
    }
    return all.lastOfEach { [$0.channel, $0.purpose] }
  }

  private func merges() throws -> [ProfileMerge] {
    let component = try IdentityComponent(connection, around: [customer])
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

  private func entries(_ part: TimelinePart, limit: Int) throws -> [TimelineEntry] {
    let table = part.table
    let sql: Statement =
      "SELECT " + table + ".event_time, " + table + ".known_at, " + part.name + ", " + part.id
      + " COLLATE \"C\", " + part.detail
      + ", (SELECT name FROM sources WHERE sources.source_id = " + table + ".source_id) "
      + Self.from + part.tables + part.recent(Self.from) + " ORDER BY 1 DESC, 4 DESC LIMIT $2"
    return try connection.execute(sql, [.integer(customer), .integer(Int64(limit))]).map { row in
      let detail = row.optionalText(4)
      return TimelineEntry(
        eventTime: try row.instant(0), knownAt: try row.instant(1), kind: part.kind,
        name: try row.text(2), id: try row.text(3),
        detail: part.isAmount ? Money.text(ofUnits: detail) : detail, source: try row.text(5))
    }
  }
}

/// A kind of entry: its columns of name, id and detail, and the tables it comes from.
private struct TimelinePart {
  let kind: String
  let table: Statement
  let name: Statement
  let id: Statement
  var detail: Statement = "NULL"
  var isAmount = false
  let tables: Statement

  /// The index has the latest times of events, of which a person may have thousands: to order them all, each row
  /// would be read.
  func recent(_ from: Statement) -> Statement {
    guard kind == "event" else { return "" }
    return " WHERE events.event_time >= (SELECT min(event_time) FROM (SELECT events.event_time "
      + from + tables + " ORDER BY 1 DESC LIMIT $2) AS latest)"
  }

  static let all = [
    TimelinePart(
      kind: "event", table: "events", name: "name", id: "message_id", detail: "channel",
      tables: "events ON events.identity_id = person"),
    TimelinePart(
      kind: "order", table: "orders", name: "coalesce(status, 'changed')", id: "order_id",
      detail: "total || ' ' || currency", isAmount: true,
      tables: "orders ON orders.identity_id = person"),
    TimelinePart(
      kind: "refund", table: "refunds", name: "'refunded'", id: "refund_id",
      detail: "amount || ' ' || refunds.currency", isAmount: true,
      tables: """
        (SELECT DISTINCT order_id, identity_id FROM orders) AS sales ON sales.identity_id = person
        JOIN refunds USING (order_id)
        """),
    TimelinePart(
      kind: "message", table: "message_steps", name: "kind", id: "message_id", detail: "channel",
      tables: "messages ON messages.identity_id = person JOIN message_steps USING (message_id)"),
    TimelinePart(
      kind: "consent", table: "consents", name: "status", id: "purpose", detail: "channel",
      tables: "consents ON consents.identity_id = person"),
    TimelinePart(
      kind: "touchpoint", table: "touchpoints", name: "touchpoints.kind", id: "touch_id",
      detail: "channel", tables: "touchpoints ON touchpoints.identity_id = person"),
    TimelinePart(
      kind: "stage", table: "stages", name: "stage", id: "lead_id", detail: "actor",
      tables: """
        (SELECT DISTINCT lead_id, identity_id FROM leads) AS owned ON owned.identity_id = person
        JOIN stages USING (lead_id)
        """),
    TimelinePart(
      kind: "exposure", table: "exposures", name: "variant_id", id: "experiment_id",
      tables: "exposures ON exposures.identity_id = person"),
  ]
}

extension PostgresRow {
  func instant(_ column: Int) throws(PostgresError) -> Instant {
    Instant(milliseconds: try integer(column))
  }
}
