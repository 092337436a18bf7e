import CustomerData
import GRDB

/// Writes the events of one batch: copies dropped, conflicting bodies put beside.
struct EventWriting {
  private let db: Database
  private let insertion: RowStatement
  private let sourceID: Int64

  /// A large import does without indices once it has added this many events, or a tenth of the store.
  static let indexedLimit = 50_000

  init(_ db: Database, sourceID: Int64) throws {
    self.db = db
    self.sourceID = sourceID
    insertion = try RowStatement(db, Self.insertionSQL)
  }

  /// Without a number: SQLite gives the next one, and then knows that the row is the last.
  private static let insertionSQL = """
    INSERT INTO events (id_hash, body_hash, identity_id, event_time, known_at, sent_at,
      received_at, source_id, type, message_id, name, user_id, anonymous_id, session_id,
      context_campaign_source, context_campaign_medium, context_campaign_name,
      context_campaign_term, context_campaign_content, context_page_url, referrer, channel,
      properties)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  func write(
    _ batch: FactBatch, people: [Int64], memory: inout WriterMemory, summary: inout WriteSummary
  ) throws {
    guard !batch.events.isEmpty else { return }
    try prepareKeys(&memory)
    var last = try memory.lastEvent ?? lastEventOnDisk()
    let lookup = try RowStatement(db, "SELECT body_hash FROM events WHERE id_hash = ? LIMIT 1")
    try batch.bytes.withUnsafeBufferPointer { bytes in
      try bytes.withMemoryRebound(to: CChar.self) { text in
        guard let text = text.baseAddress else { return }
        for event in batch.events {
          switch try answer(event, lookup, &memory) {
          case .copy: summary.knownFacts += 1
          case .conflict:
            try writeConflict(event, person: people[event.person], text, &summary)
          case .new:
            last += 1
            bind(event, person: people[event.person], text)
            try insertion.run()
            summary.newEvents += 1
            summary.newFacts += 1
          }
        }
      }
    }
    memory.lastEvent = last
    memory.newEventsOfImport += summary.newEvents
  }

  private func answer(
    _ event: Event, _ lookup: RowStatement, _ memory: inout WriterMemory
  ) throws -> EventKeySet.Answer {
    if memory.eventKeys != nil {
      return memory.eventKeys?.insert(idHash: event.idHash, bodyHash: event.bodyHash) ?? .new
    }
    lookup.bind(1, Int64(bitPattern: event.idHash))
    guard let body = try lookup.firstInteger() else { return .new }
    return body == Int64(bitPattern: event.bodyHash) ? .copy : .conflict
  }

  @inline(__always)
  private func bind(_ event: Event, person: Int64, _ text: UnsafePointer<CChar>) {
    let row = insertion
    row.bind(1, Int64(bitPattern: event.idHash))
    row.bind(2, Int64(bitPattern: event.bodyHash))
    row.bind(3, person)
    row.bind(4, event.eventTime.milliseconds)
    row.bind(5, event.knownAt.milliseconds)
    row.bind(6, event.sentAt?.milliseconds)
    row.bind(7, event.receivedAt?.milliseconds)
    row.bind(8, sourceID)
    row.bind(9, Int64(event.type.rawValue))
    row.bind(10, event.messageID, in: text)
    row.bind(11, event.name, in: text)
    row.bind(12, event.userID, in: text)
    row.bind(13, event.anonymousID, in: text)
    row.bind(14, event.sessionID, in: text)
    row.bind(15, event.campaignSource, in: text)
    row.bind(16, event.campaignMedium, in: text)
    row.bind(17, event.campaignName, in: text)
    row.bind(18, event.campaignTerm, in: text)
    row.bind(19, event.campaignContent, in: text)
    row.bind(20, event.pageURL, in: text)
    row.bind(21, event.referrer, in: text)
    row.bind(22, event.channel, in: text)
    row.bind(23, event.properties, in: text)
  }

  private func writeConflict(
    _ event: Event, person: Int64, _ text: UnsafePointer<CChar>, _ summary: inout WriteSummary
  ) throws {
    let row = try RowStatement(
      db,
      """
      INSERT OR IGNORE INTO event_conflicts (id_hash, body_hash, message_id, identity_id,
        event_time, known_at, name, properties, source_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    row.bind(1, Int64(bitPattern: event.idHash))
    row.bind(2, Int64(bitPattern: event.bodyHash))
    row.bind(3, event.messageID, in: text)
    row.bind(4, person)
    row.bind(5, event.eventTime.milliseconds)
    row.bind(6, event.knownAt.milliseconds)
    row.bind(7, event.name, in: text)
    row.bind(8, event.properties, in: text)
    row.bind(9, sourceID)
    if try row.run() > 0 { summary.conflicts += 1 } else { summary.knownFacts += 1 }
  }

  private func lastEventOnDisk() throws -> Int64 {
    try RowStatement(db, "SELECT max(event_id) FROM events").firstInteger() ?? 0
  }

  /// Chooses between seeking message ids on disk and holding all in memory, and brings the memory up to
  /// what other programs have added.
  private func prepareKeys(_ memory: inout WriterMemory) throws {
    let last = try lastEventOnDisk()
    if memory.eventKeys == nil {
      let isLarge = memory.expectedEvents > max(Self.indexedLimit, Int(last) / 10)
      guard try isLarge || !hasIndex(.eventsByMessage) else {
        memory.lastEvent = last
        return
      }
      memory.eventKeys = EventKeySet(expectedCount: memory.expectedEvents)
      memory.lastEvent = 0
    }
    if let known = memory.lastEvent, known < last { try loadKeys(after: known, &memory) }
    memory.lastEvent = last
    if memory.newEventsOfImport > Self.indexedLimit || last == 0,
      memory.newEventsOfImport >= Int(last) / 10
    {
      for index in DeferredIndex.allCases {
        try db.execute(sql: "DROP INDEX IF EXISTS \(index.rawValue)")
      }
    }
  }

  private func loadKeys(after known: Int64, _ memory: inout WriterMemory) throws {
    let sql =
      known == 0
      ? "SELECT id_hash, body_hash FROM events"
      : "SELECT id_hash, body_hash FROM events WHERE event_id > \(known)"
    var keys = memory.eventKeys ?? EventKeySet()
    memory.eventKeys = nil
    try RowStatement(db, sql).forEachPair { id, body in
      _ = keys.insert(idHash: UInt64(bitPattern: id), bodyHash: UInt64(bitPattern: body))
    }
    memory.eventKeys = keys
  }

  private func hasIndex(_ index: DeferredIndex) throws -> Bool {
    let row = try RowStatement(
      db, "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = ?")
    row.bind(1, index.rawValue)
    return try row.firstInteger() ?? 0 > 0
  }
}
