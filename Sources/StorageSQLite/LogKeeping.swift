import Dispatch
import GRDB
import Glibc
import Synchronization

/// Moves the write-ahead log of a large import into the file meanwhile, on a thread and connection of its own:
/// both files have to reach the disk in that order, and the writer would only wait for it.
final class LogKeeping: Sendable {
  private let path: String
  private let queue: DatabaseQueue
  private let thread = DispatchQueue(label: "hourglass.log-keeping")
  private let isBusy = Atomic(false)
  private let movedBytes = Atomic(0)

  /// So much more log is worth a round.
  private static let roundBytes = 64 << 20
  /// A log that the writer never leaves alone can only grow; from here on it waits once for it to be empty.
  private static let maxLogBytes = 1 << 30

  init(path: String) throws {
    self.path = path
    var configuration = Configuration()
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL")
      try db.execute(sql: "PRAGMA cache_size = -2048")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Looks after a transaction whether the log is to be moved; `db` is the writer's connection, which no
  /// longer does it by itself.
  func lookAfter(_ db: Database) throws {
    var status = stat()
    guard stat(path + "-wal", &status) == 0 else { return }
    let bytes = Int(status.st_size)
    if bytes > Self.maxLogBytes {
      thread.sync {}
      // Begins the log anew, where no reader needs the old one.
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      movedBytes.store(0, ordering: .relaxed)
      return
    }
    guard bytes - movedBytes.load(ordering: .relaxed) > Self.roundBytes,
      !isBusy.exchange(true, ordering: .relaxed)
    else { return }
    movedBytes.store(bytes, ordering: .relaxed)
    thread.async { [self] in
      // A round that fails is no loss: the log holds everything, and the end of the import tries again.
      _ = try? queue.inDatabase { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
      isBusy.store(false, ordering: .relaxed)
    }
  }

  /// Waits for the last round.
  func finish() { thread.sync {} }
}
