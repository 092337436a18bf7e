public import CustomerData

extension PostgresStore {
  public func write(
    _ batch: FactBatch, checkpoint: ImportCheckpoint?
  ) throws(StoreError) -> WriteSummary {
    try writing("writing a batch") { state in
      var summary = try Self.write(batch, checkpoint, rules, &state)
      if state.memory.expectedEvents > 0 {
        state.staysOpen = state.memory.transaction.staysOpen(after: batch, checkpoint: checkpoint)
      }
      if !state.staysOpen { try FactWriting.writePending(&state, &summary) }
      return summary
    }
  }

  private static func write(
    _ batch: FactBatch, _ checkpoint: ImportCheckpoint?, _ rules: IdentityRules,
    _ state: inout State
  ) throws -> WriteSummary {
    var summary = WriteSummary()
    let connection = state.connection
    let tombstones = try state.memory.tombstones ?? tombstones(connection)
    state.memory.tombstones = tombstones
    let batch = tombstones.filtered(batch, file: checkpoint?.file)
    let sourceID = try sourceID(batch.source, connection, &state.memory)
    var identities = IdentityWriting(connection, sourceID: sourceID, rules: rules)
    let people = try identities.write(batch, &state.memory, &summary)
    let facts = FactWriting(sourceID: sourceID, people: people)
    try EventWriting(connection: connection, facts: facts).write(batch, &state.memory, &summary)
    facts.write(batch, &state.memory)
    if let checkpoint { try write(checkpoint, batch.rejects, connection) }
    return summary
  }

  public func beginImport(expectedEvents: Int) throws(StoreError) {
    // A trial leaves the indices alone.
    guard !isTrial else { return }
    remembering { $0.memory.expectedEvents = max(1, expectedEvents) }
  }

  public func finishImport() throws(StoreError) {
    guard !isTrial else { return }
    try writing("building the indices") { state in
      var summary = WriteSummary()
      try FactWriting.writePending(&state, &summary)
      try state.connection.run(DeferredIndex.create)
      let staged = state.memory.staged
      state.memory = WriterMemory()
      state.memory.staged = staged
    }
    // Without figures of what the tables hold now, the next questions would be planned for empty ones.
    try writing("gathering statistics") { state in
      try state.connection.run(
        """
        SET LOCAL default_statistics_target = 20;
        ANALYZE events, event_conflicts, identities, identity_links, customers, traits, consents,
          products, orders, order_lines, refunds, leads, stages, messages, message_steps,
          touchpoints, exposures
        """)
    }
  }

  public func checkpoint(of file: FileFingerprint) throws(StoreError) -> ImportCheckpoint? {
    try reading("reading the checkpoint") { connection -> ImportCheckpoint? in
      let rows = try connection.execute(
        """
        SELECT name, format, byte_offset, line, record_count, file_bytes, rejected_count,
          is_complete, at FROM imports WHERE file = $1
        """, [.text(file.text)])
      guard rows.count > 0 else { return nil }
      let row = rows[0]
      return ImportCheckpoint(
        file: file, name: try row.text(0), format: try row.text(1),
        place: ImportPlace(
          byteOffset: Int(try row.integer(2)), line: Int(try row.integer(3)),
          recordCount: Int(try row.integer(4)), fileBytes: Int(try row.integer(5))),
        rejectedCount: Int(try row.integer(6)), isComplete: try row.boolean(7),
        at: Instant(milliseconds: try row.integer(8)))
    }
  }

  public func rejects(of file: FileFingerprint) throws(StoreError) -> [RejectedFact] {
    try reading("reading the rejected records") { connection in
      try connection.execute(
        "SELECT line, reason, record FROM import_rejects WHERE file = $1 ORDER BY line, part",
        [.text(file.text)]
      ).map { row in
        RejectedFact(
          line: Int(try row.integer(0)), reason: try row.text(1), record: try row.text(2))
      }
    }
  }

  public func rowCounts() throws(StoreError) -> [StoreTable: Int] {
    try reading("counting rows") { connection in
      var counts: [StoreTable: Int] = [:]
      for table in StoreTable.allCases {
        counts[table] = Int(try connection.execute(table.count)[0].integer(0))
      }
      return counts
    }
  }

  static func sourceID(
    _ name: String, _ connection: PostgresConnection, _ memory: inout WriterMemory
  ) throws -> Int64 {
    if let known = memory.sources[name] { return known }
    try connection.execute(
      "INSERT INTO sources (name) VALUES ($1) ON CONFLICT DO NOTHING", [.text(name)])
    let id = try connection.execute(
      "SELECT source_id FROM sources WHERE name = $1", [.text(name)])[0].integer(0)
    memory.sources[name] = id
    return id
  }

  private static func write(
    _ checkpoint: ImportCheckpoint, _ rejects: [RejectedFact], _ connection: PostgresConnection
  ) throws {
    let place = checkpoint.place
    try connection.execute(
      """
      INSERT INTO imports VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      ON CONFLICT (file) DO UPDATE SET name = EXCLUDED.name, format = EXCLUDED.format,
        byte_offset = EXCLUDED.byte_offset, line = EXCLUDED.line,
        record_count = EXCLUDED.record_count, file_bytes = EXCLUDED.file_bytes,
        rejected_count = EXCLUDED.rejected_count, is_complete = EXCLUDED.is_complete,
        at = EXCLUDED.at
      """,
      [
        .text(checkpoint.file.text), .text(checkpoint.name), .text(checkpoint.format),
        .init(place.byteOffset), .init(place.line), .init(place.recordCount),
        .init(place.fileBytes), .init(checkpoint.rejectedCount), .boolean(checkpoint.isComplete),
        .integer(checkpoint.at.milliseconds),
      ])
    guard !rejects.isEmpty else { return }
    try connection.execute(
      """
      INSERT INTO import_rejects (file, line, part, reason, record)
        SELECT $1, line, part, reason, record
        FROM unnest($2::text[]::bigint[], $3::text[]::bigint[], $4::text[], $5::text[])
          AS k(line, part, reason, record)
      ON CONFLICT (file, line, part) DO UPDATE SET reason = EXCLUDED.reason, record = EXCLUDED.record
      """,
      [
        .text(checkpoint.file.text), .integers(rejects.map { Int64($0.line) }),
        .integers(parts(of: rejects)), .texts(rejects.map(\.reason)), .texts(rejects.map(\.record)),
      ])
  }
}

/// Records of one line (a batch of messages) are told apart by their order in it.
private func parts(of rejects: [RejectedFact]) -> [Int64] {
  var (line, part) = (0, Int64(0))
  return rejects.map { reject in
    part = reject.line == line ? part + 1 : 0
    line = reject.line
    return part
  }
}

extension StoreTable {
  /// How many rows there are; of customers, those that stand for themselves.
  fileprivate var count: Statement {
    switch self {
    case .customers: "SELECT count(*) FROM customers WHERE merged_into IS NULL"
    case .identities: "SELECT count(*) FROM identities"
    case .traits: "SELECT count(*) FROM traits"
    case .consents: "SELECT count(*) FROM consents"
    case .events: "SELECT count(*) FROM events"
    case .products: "SELECT count(*) FROM products"
    case .orders: "SELECT count(*) FROM orders"
    case .refunds: "SELECT count(*) FROM refunds"
    case .leads: "SELECT count(*) FROM leads"
    case .stages: "SELECT count(*) FROM stages"
    case .campaigns: "SELECT count(*) FROM campaigns"
    case .messages: "SELECT count(*) FROM messages"
    case .touchpoints: "SELECT count(*) FROM touchpoints"
    case .spend: "SELECT count(*) FROM spend"
    case .scores: "SELECT count(*) FROM scores"
    case .exposures: "SELECT count(*) FROM exposures"
    case .identityLinks: "SELECT count(*) FROM identity_links"
    case .eventConflicts: "SELECT count(*) FROM event_conflicts"
    case .orderLines: "SELECT count(*) FROM order_lines"
    case .messageSteps: "SELECT count(*) FROM message_steps"
    case .rejects: "SELECT count(*) FROM import_rejects"
    case .imports: "SELECT count(*) FROM imports"
    }
  }
}
