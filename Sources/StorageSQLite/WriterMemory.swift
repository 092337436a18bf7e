import CustomerData
import GRDB

/// What a store object remembers between batches of what is in the file, to spare searches.
///
/// All of it can be thrown away at any time. Another program's writing is noticed at the start of a
/// transaction, when nobody else can write any more.
struct WriterMemory {
  var sources: [String: Int64] = [:]
  var identities: [Identity: RememberedIdentity] = [:]
  /// The earliest known instant of a link between two nodes of one record.
  var links: [LinkKey: Int64] = [:]
  /// All message ids, in a large import; else `nil`, and they are sought on disk.
  var eventKeys: EventKeySet?
  /// Who was erased; `nil` until it is asked for.
  var tombstones: Tombstones?
  /// The number of the last event that `eventKeys` and `nextEvent` know of.
  var lastEvent: Int64?
  /// Events expected by an import that has begun; 0 outside of one.
  var expectedEvents = 0
  var newEventsOfImport = 0
  var transaction = ImportTransaction()
  /// Whether the transaction goes on after this call.
  var staysOpen = false
  private var dataVersion: Int64?

  struct RememberedIdentity {
    let id: Int64
    var knownAt: Int64
  }

  struct LinkKey: Hashable {
    let winner: Int64
    let loser: Int64
  }

  /// Bounds on what is remembered: some 100 bytes each.
  private static let maxEntries = 300_000

  /// Forgets what another program may have changed since the last transaction.
  mutating func noticeOtherWriters(_ db: Database) throws {
    let version = try Int64.fetchOne(db, sql: "PRAGMA data_version")
    if version != dataVersion {
      sources.removeAll()
      tombstones = nil
      identities.removeAll(keepingCapacity: true)
      links.removeAll(keepingCapacity: true)
      // Events are only ever added at the end, or erased: their keys stay good for duplicates.
      dataVersion = version
    }
    if identities.count > Self.maxEntries { identities.removeAll(keepingCapacity: true) }
    if links.count > Self.maxEntries { links.removeAll(keepingCapacity: true) }
  }
}
