import Tables

/// Brings one file into a store, a transaction for each batch, from where the last attempt stopped.
package struct Importer {
  private let store: any CustomerStore
  private let options: ImportOptions
  private let threadCount: Int
  /// Now; comes in so that a test can hold it still.
  private let clock: @Sendable () -> Instant

  package init(
    store: any CustomerStore, options: ImportOptions, threadCount: Int,
    clock: @escaping @Sendable () -> Instant
  ) {
    self.store = store
    self.options = options
    self.threadCount = threadCount
    self.clock = clock
  }

  /// Imports the file at `path`.
  ///
  /// - Parameter progress: called after each batch, with what is written by then.
  /// - Throws: `TableError`, `ImportError`, `StoreError`. What was written before stays, and the next import
  ///   of the file goes on from there.
  package func run(
    path: String, format: FactFormat, progress: (ImportReport) -> Void = { _ in }
  ) throws -> ImportReport {
    let identity = try FileIdentity(path: path, format: format.name, options: options)
    let begun = try identity.isResumable ? store.checkpoint(of: identity.fingerprint) : nil
    let start = begun.flatMap { $0.isComplete ? nil : $0 }
    var report = ImportReport(path: path, format: format.name, resumedAt: start?.place)
    report.rejected = start?.rejectedCount ?? 0
    report.fingerprint = identity.fingerprint
    let reader = try format.reader(path, options)
    try store.beginImport(expectedEvents: identity.expectedEvents)
    var place = start?.place ?? ImportPlace(byteOffset: 0, line: 1, recordCount: 0, fileBytes: 0)
    try reader.read(from: start?.place, threadCount: threadCount) { batch, next in
      report.add(batch)
      place = next
      let checkpoint = identity.checkpoint(place, report, isComplete: false, at: clock())
      report.written = try report.written + store.write(batch, checkpoint: checkpoint)
      report.records = place.recordCount
      report.fileBytes = place.fileBytes
      progress(report)
    }
    let end = identity.checkpoint(place, report, isComplete: true, at: clock())
    let last = try store.write(FactBatch(source: options.source(of: path)), checkpoint: end)
    report.written = report.written + last
    report.isComplete = true
    return report
  }
}

/// What an import of one file did.
package struct ImportReport {
  package let path: String
  package let format: String
  /// Where an earlier import of the file had stopped, and this one went on.
  package let resumedAt: ImportPlace?
  package fileprivate(set) var fingerprint: FileFingerprint?
  /// Records read, those of an earlier attempt and rejected ones included.
  package fileprivate(set) var records = 0
  package fileprivate(set) var rejected = 0
  package fileprivate(set) var firstReject: RejectedFact?
  package fileprivate(set) var fileBytes = 0
  package fileprivate(set) var written = WriteSummary()
  /// Facts read, by the table they go to; before duplicates are dropped.
  package fileprivate(set) var facts: [StoreTable: Int] = [:]
  package fileprivate(set) var isComplete = false

  fileprivate init(path: String, format: String, resumedAt: ImportPlace?) {
    self.path = path
    self.format = format
    self.resumedAt = resumedAt
  }

  fileprivate mutating func add(_ batch: FactBatch) {
    rejected += batch.rejects.count
    if firstReject == nil { firstReject = batch.rejects.first }
    facts.merge(batch.countsByTable, uniquingKeysWith: +)
  }

  /// Throws where more than this share of the records was rejected, or all were.
  package func judge(maxRejects: Double) throws(ImportError) {
    guard let firstReject, rejected > 0 else { return }
    // A record is rejected at most once, but an envelope of messages may lose several.
    let records = max(records, rejected)
    if rejected == records {
      throw .nothingReadable(
        path: path, rejected: rejected, firstLine: firstReject.line, firstReason: firstReject.reason
      )
    }
    guard Double(rejected) > maxRejects * Double(records) else { return }
    throw .tooManyRejects(
      path: path, rejected: rejected, records: records, limit: maxRejects,
      firstLine: firstReject.line, firstReason: firstReject.reason)
  }
}

extension FactBatch {
  /// How many facts go to each table, those that get none left out.
  package var countsByTable: [StoreTable: Int] {
    let counts: [StoreTable: Int] = [
      .identityLinks: identityMerges.count, .traits: traits.count, .consents: consents.count,
      .events: events.count, .products: products.count, .orders: orders.count,
      .orderLines: orderLines.count, .refunds: refunds.count, .leads: leads.count,
      .stages: stages.count, .campaigns: campaigns.count, .messages: messages.count,
      .messageSteps: messageSteps.count, .touchpoints: touchpoints.count, .spend: spend.count,
      .scores: scores.count, .exposures: exposures.count,
    ]
    return counts.filter { $0.value > 0 }
  }
}

/// What file it is, by its content.
private struct FileIdentity {
  let fingerprint: FileFingerprint
  /// Whether it can be read again from a place: not so a pipe.
  let isResumable: Bool
  let expectedEvents: Int
  private let name: String
  private let format: String

  /// Of a file whose lines are not seen, because it is inside gzip: an event is seldom shorter, and a guess that is
  /// too high costs a little memory.
  private static let bytesPerEvent = 400
  private static let gzipRatio = 8

  init(path: String, format: String, options: ImportOptions) throws(TableError) {
    name = path.split(separator: "/").last.map(String.init) ?? path
    self.format = format
    guard let ends = try FileEnds(path: path, count: 64 << 10) else {
      fingerprint = FileFingerprint(text: "stream \(path)")
      isResumable = false
      expectedEvents = 0
      return
    }
    var hash = Fingerprint128()
    for part in [ends.first, ends.last] { part.withUnsafeBytes { hash.add($0) } }
    hash.add(UInt64(ends.byteCount))
    hash.add(format)
    hash.add(options.text)
    fingerprint = FileFingerprint(text: hash.hexText)
    isResumable = true
    let isGzip = ends.first.starts(with: [0x1F, 0x8B])
    if isGzip {
      expectedEvents = ends.byteCount * Self.gzipRatio / Self.bytesPerEvent
    } else {
      let lines = (ends.first + ends.last).count { $0 == 0x0A }
      let bytesPerLine = (ends.first.count + ends.last.count) / max(1, lines)
      expectedEvents = ends.byteCount / max(1, bytesPerLine)
    }
  }

  func checkpoint(
    _ place: ImportPlace, _ report: ImportReport, isComplete: Bool, at instant: Instant
  ) -> ImportCheckpoint {
    ImportCheckpoint(
      file: fingerprint, name: name, format: format, place: place,
      rejectedCount: report.rejected, isComplete: isComplete, at: instant)
  }
}
