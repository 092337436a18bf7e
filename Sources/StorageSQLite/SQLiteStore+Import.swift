public import CustomerData
import GRDB
import Glibc

extension SQLiteStore {
  public func write(
    _ batch: FactBatch, checkpoint: ImportCheckpoint?
  ) throws(StoreError) -> WriteSummary {
    var pauses = false
    let summary = try writing("writing a batch") { db, memory in
      let summary = try write(batch, checkpoint, db, &memory)
      guard memory.expectedEvents > 0 else { return summary }
      memory.staysOpen = memory.transaction.staysOpen(after: batch, checkpoint: checkpoint)
      pauses = !memory.staysOpen
      return summary
    }
    // The next transaction would begin before another program, which looks every so often, sees the file free.
    if pauses { usleep(Self.pauseMicroseconds) }
    return summary
  }

  private func write(
    _ batch: FactBatch, _ checkpoint: ImportCheckpoint?, _ db: Database,
    _ memory: inout WriterMemory
  ) throws -> WriteSummary {
    var summary = WriteSummary()
    let tombstones = try memory.tombstones ?? Self.tombstones(db)
    memory.tombstones = tombstones
    let batch = tombstones.filtered(batch, file: checkpoint?.file)
    let sourceID = try Self.sourceID(batch.source, db, &memory)
    var identities = try IdentityWriting(db, sourceID: sourceID, rules: rules)
    let people = try identities.write(batch, memory: &memory, summary: &summary)
    try EventWriting(db, sourceID: sourceID)
      .write(batch, people: people, memory: &memory, summary: &summary)
    try FactWriting(db: db, sourceID: sourceID, people: people).write(batch, &summary)
    if let checkpoint { try Self.write(checkpoint, batch.rejects, db) }
    return summary
  }

  public func beginImport(expectedEvents: Int) throws(StoreError) {
    // A trial leaves the indices alone.
    guard !isTrial else { return }
    try remembering("beginning an import") { db, memory in
      memory.expectedEvents = max(1, expectedEvents)
      memory.newEventsOfImport = 0
    }
  }

  public func finishImport() throws(StoreError) {
    guard !isTrial else { return }
    try remembering("ending an import") { db, memory in
      memory.eventKeys = nil
      // With little memory of its own, the sort is done in parts, which a second thread takes.
      try db.execute(sql: "PRAGMA cache_size = -16384; PRAGMA threads = 2")
    }
    try writing("building the indices") { db, memory in
      for index in DeferredIndex.allCases { try db.execute(sql: index.creation) }
    }
    try remembering("ending an import") { db, memory in
      memory = WriterMemory()
      try db.execute(sql: "PRAGMA threads = 0; PRAGMA cache_size = -\(Self.cacheKilobytes)")
      try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
    }
  }

  public func checkpoint(of file: FileFingerprint) throws(StoreError) -> ImportCheckpoint? {
    try reading("reading the checkpoint") { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT name, format, byte_offset, line, record_count, file_bytes, rejected_count,
            is_complete, at FROM imports WHERE file = ?
          """, arguments: [file.text])
      return row.map { row in
        ImportCheckpoint(
          file: file, name: row[0], format: row[1],
          place: ImportPlace(
            byteOffset: row[2], line: row[3], recordCount: row[4], fileBytes: row[5]),
          rejectedCount: row[6], isComplete: row[7], at: Instant(milliseconds: row[8]))
      }
    }
  }

  public func rejects(of file: FileFingerprint) throws(StoreError) -> [RejectedFact] {
    try reading("reading the rejected records") { db in
      try Row.fetchAll(
        db,
        sql: "SELECT line, reason, record FROM import_rejects WHERE file = ? ORDER BY line, part",
        arguments: [file.text]
      ).map { RejectedFact(line: $0[0], reason: $0[1], record: $0[2]) }
    }
  }

  public func rowCounts() throws(StoreError) -> [StoreTable: Int] {
    try reading("counting rows") { db in
      var counts: [StoreTable: Int] = [:]
      for table in StoreTable.allCases {
        let condition = table == .customers ? " WHERE merged_into IS NULL" : ""
        counts[table] =
          try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table.rawValue)\(condition)") ?? 0
      }
      return counts
    }
  }

  static func sourceID(
    _ name: String, _ db: Database, _ memory: inout WriterMemory
  ) throws -> Int64 {
    if let known = memory.sources[name] { return known }
    try db.execute(sql: "INSERT OR IGNORE INTO sources (name) VALUES (?)", arguments: [name])
    let id = try Int64.fetchOne(
      db, sql: "SELECT source_id FROM sources WHERE name = ?", arguments: [name])
    memory.sources[name] = id
    return id ?? 0
  }

  private static func write(
    _ checkpoint: ImportCheckpoint, _ rejects: [RejectedFact], _ db: Database
  ) throws {
    let place = checkpoint.place
    try db.execute(
      sql: "INSERT OR REPLACE INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        checkpoint.file.text, checkpoint.name, checkpoint.format, place.byteOffset, place.line,
        place.recordCount, place.fileBytes, checkpoint.rejectedCount, checkpoint.isComplete,
        checkpoint.at.milliseconds,
      ])
    // Records of one line (a batch of messages) are told apart by their order in it.
    var (line, part) = (0, 0)
    for reject in rejects {
      part = reject.line == line ? part + 1 : 0
      line = reject.line
      try db.execute(
        sql: "INSERT OR REPLACE INTO import_rejects VALUES (?, ?, ?, ?, ?)",
        arguments: [checkpoint.file.text, line, part, reject.reason, reject.record])
    }
  }
}
