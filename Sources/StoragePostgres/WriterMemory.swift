import CustomerData

/// What a store object remembers between batches of what is in the base, to spare searches. All of it can be
/// thrown away at any time.
struct WriterMemory {
  var sources: [String: Int64] = [:]
  var identities: [Identity: RememberedIdentity] = [:]
  /// The earliest known instant of a link between two nodes of one record.
  var links: [LinkKey: Int64] = [:]
  /// All message ids, in a large import; else `nil`, and they are sought in the base.
  var eventKeys: EventKeySet?
  /// Events expected by an import that has begun; 0 outside of one.
  var expectedEvents = 0
  var transaction = ImportTransaction()
  /// Facts of the open transaction that are still to be written.
  var pending: [StoreTable: PendingFacts] = [:]
  /// Who was erased; `nil` until it is asked for.
  var tombstones: Tombstones?
  /// Whether the indices of events are known to be there.
  var hasCheckedIndices = false
  /// Staging tables of this connection.
  var staged: Set<StoreTable> = []
  private var version: Int64?

  struct RememberedIdentity {
    let id: Int64
    var knownAt: Int64
    var customer: Int64
  }

  struct LinkKey: Hashable {
    let winner: Int64
    let loser: Int64
  }

  /// Bounds on what is remembered: some 100 bytes each.
  private static let maxEntries = 300_000

  init() {}

  /// What outlives a transaction that failed: the plan of the import.
  init(after failed: WriterMemory) { expectedEvents = failed.expectedEvents }

  /// Who is whom, or who is there, has changed by hand.
  mutating func forgetIdentities() {
    identities.removeAll()
    links.removeAll()
    tombstones = nil
    eventKeys = nil
  }

  /// Forgets what another program may have changed since the last transaction of this one.
  mutating func noticeOtherWriters(version: Int64) {
    if let known = self.version, known + 1 != version {
      let (expected, staged) = (expectedEvents, staged)
      self = WriterMemory()
      (expectedEvents, self.staged) = (expected, staged)
    }
    self.version = version
    if identities.count > Self.maxEntries { identities.removeAll(keepingCapacity: true) }
    if links.count > Self.maxEntries { links.removeAll(keepingCapacity: true) }
  }
}
