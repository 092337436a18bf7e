import CustomerData

/// Writes the events of one batch: copies dropped, conflicting bodies put beside.
struct EventWriting {
  let connection: PostgresConnection
  let facts: FactWriting

  /// A large import does without indices once it expects this many events, and a tenth of the base.
  private static let indexedLimit = 50_000

  func write(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    guard !batch.events.isEmpty else { return }
    try prepareKeys(&memory)
    var known = memory.eventKeys == nil ? try storedKeys(of: batch.events) : nil
    var rows = CopyBuffer()
    var conflicts: [Event] = []
    var newCount = 0
    batch.bytes.withUnsafeBytes { text in
      for event in batch.events {
        let answer =
          memory.eventKeys?.insert(idHash: event.idHash, bodyHash: event.bodyHash)
          ?? known?.insert(idHash: event.idHash, bodyHash: event.bodyHash)
        switch answer {
        case .copy: summary.knownFacts += 1
        case .conflict: conflicts.append(event)
        case .new, nil:
          put(event, text, &rows)
          newCount += 1
        }
      }
    }
    if newCount > 0 { try connection.copy(rows, by: Self.copy) }
    summary.newEvents += newCount
    summary.newFacts += newCount
    addConflicts(conflicts, of: batch, &memory)
  }

  private static let copy: Statement = """
    COPY events (id_hash, body_hash, identity_id, event_time, known_at, sent_at, received_at,
      source_id, type, message_id, name, user_id, anonymous_id, session_id,
      context_campaign_source, context_campaign_medium, context_campaign_name,
      context_campaign_term, context_campaign_content, context_page_url, referrer, channel,
      properties) FROM STDIN (FORMAT binary)
    """

  @inline(__always)
  private func put(_ event: Event, _ text: UnsafeRawBufferPointer, _ row: inout CopyBuffer) {
    row.beginRow(fieldCount: 23)
    row.put(Int64(bitPattern: event.idHash))
    row.put(Int64(bitPattern: event.bodyHash))
    row.put(facts.people[event.person])
    row.put(event.eventTime)
    row.put(event.knownAt)
    row.put(event.sentAt)
    row.put(event.receivedAt)
    row.put(facts.sourceID)
    row.put(Int64(event.type.rawValue))
    row.putRequired(event.messageID, in: text)
    row.putRequired(event.name, in: text)
    row.put(event.userID, in: text)
    row.put(event.anonymousID, in: text)
    row.put(event.sessionID, in: text)
    row.put(event.campaignSource, in: text)
    row.put(event.campaignMedium, in: text)
    row.put(event.campaignName, in: text)
    row.put(event.campaignTerm, in: text)
    row.put(event.campaignContent, in: text)
    row.put(event.pageURL, in: text)
    row.put(event.referrer, in: text)
    row.put(event.channel, in: text)
    row.put(event.properties, in: text)
  }

  private func addConflicts(
    _ conflicts: [Event], of batch: FactBatch, _ memory: inout WriterMemory
  ) {
    batch.bytes.withUnsafeBytes { text in
      facts.add(conflicts, to: .eventConflicts, &memory) { event, row in
        row.put(Int64(bitPattern: event.idHash))
        row.put(Int64(bitPattern: event.bodyHash))
        row.putRequired(event.messageID, in: text)
        row.put(facts.people[event.person])
        row.put(event.eventTime)
        row.put(event.knownAt)
        row.putRequired(event.name, in: text)
        row.put(event.properties, in: text)
      }
    }
  }

  /// The keys among the base's events that a batch's ids have.
  private func storedKeys(of events: [Event]) throws -> EventKeySet {
    var keys = EventKeySet()
    let hashes = events.map { String(Int64(bitPattern: $0.idHash)) }
    try connection.forEachRow(
      of: "SELECT id_hash, body_hash FROM events WHERE id_hash = ANY($1::text[]::bigint[])",
      [.texts(hashes)]
    ) { row in try keys.insert(row) }
    return keys
  }

  /// Chooses between seeking message ids in the base and holding all in memory.
  private func prepareKeys(_ memory: inout WriterMemory) throws {
    guard memory.eventKeys == nil, memory.expectedEvents > Self.indexedLimit else {
      return try restoreIndices(&memory)
    }
    let stored = try connection.execute("SELECT count(*) FROM events")[0].integer(0)
    guard memory.expectedEvents > Int(stored) / 10 else { return try restoreIndices(&memory) }
    var keys = EventKeySet(expectedCount: max(Int(stored), memory.expectedEvents))
    try connection.forEachRow(of: "SELECT id_hash, body_hash FROM events") { row in
      try keys.insert(row)
    }
    memory.eventKeys = keys
    // A re-import of what is there adds nothing: the indices may stay until something new comes.
    if Int(stored) < memory.expectedEvents / 2 {
      try connection.run(DeferredIndex.drop)
      memory.hasCheckedIndices = false
    }
  }

  /// An import that was killed may have left the base without indices.
  private func restoreIndices(_ memory: inout WriterMemory) throws {
    guard memory.eventKeys == nil, !memory.hasCheckedIndices else { return }
    try connection.run(DeferredIndex.create)
    memory.hasCheckedIndices = true
  }
}

extension EventKeySet {
  fileprivate mutating func insert(_ row: PostgresRow) throws(PostgresError) {
    _ = insert(
      idHash: UInt64(bitPattern: try row.integer(0)),
      bodyHash: UInt64(bitPattern: try row.integer(1)))
  }
}

extension CopyBuffer {
  /// A text of a batch; null where it is absent.
  @inline(__always)
  mutating func put(_ span: TextSpan, in text: UnsafeRawBufferPointer) {
    if span.isAbsent { putNull() } else { putRequired(span, in: text) }
  }

  @inline(__always)
  mutating func putRequired(_ span: TextSpan, in text: UnsafeRawBufferPointer) {
    let start = Int(span.offset)
    put(bytes: UnsafeRawBufferPointer(rebasing: text[start..<start + Int(span.length)]))
  }
}
