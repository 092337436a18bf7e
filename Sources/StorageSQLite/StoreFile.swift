import CustomerData
import GRDB
import Glibc

/// The file of a store: made whole or not at all, and brought up to date, whoever else does so at the same
/// time.
enum StoreFile {
  /// Makes a store at `path` where there is none, and refuses another program's file.
  ///
  /// A new store is made beside and linked into its place: of two programs that make it at once, the second
  /// takes the first one's, and neither sees it half made.
  static func prepare(_ path: String, _ configuration: Configuration) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return try make(at: path, configuration) }
    if status.st_size > 0 { try refuseForeign(path, configuration) }
  }

  /// Applies the migrations that the file lacks.
  static func update(_ database: any DatabaseWriter) throws {
    let migrator = Migrations.migrator
    let applied = try database.read { try migrator.appliedIdentifiers($0) }
    do {
      try migrator.migrate(database)
    } catch let error as DatabaseError {
      // Another program may have applied one of them meanwhile; then the rest is to be done.
      guard try database.read({ try migrator.appliedIdentifiers($0) }) != applied else {
        throw error
      }
      try update(database)
    }
  }

  private static func make(at path: String, _ configuration: Configuration) throws {
    var generator = SystemRandomNumberGenerator()
    let draft = "\(path).new-\(String(generator.next(), radix: 36))"
    defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) } }
    let queue = try DatabaseQueue(path: draft, configuration: configuration)
    try queue.inDatabase { try $0.execute(sql: "PRAGMA page_size = 8192") }
    try Migrations.migrator.migrate(queue)
    try queue.inDatabase { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
    try queue.close()
    guard link(draft, path) == 0 || errno == EEXIST else {
      throw StoreError.cannotOpen(store: path, reason: String(cString: strerror(errno)))
    }
  }

  private static func refuseForeign(_ path: String, _ configuration: Configuration) throws {
    try DatabaseQueue(path: path, configuration: configuration).read { db in
      let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
      if id == Migrations.applicationID { return }
      throw StoreError.notAStore(store: path, reason: "it holds another program's tables")
    }
  }
}
