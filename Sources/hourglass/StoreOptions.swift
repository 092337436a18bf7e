import ArgumentParser
import CustomerData
import Glibc
import StoragePostgres
import StorageSQLite

/// Where the customer base is.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The customer base: a SQLite file, or postgres://USER@HOST:PORT/DATABASE (password by PGPASSWORD).",
      valueName: "file"))
  var store = "hourglass.db"

  @Option(
    help: ArgumentHelp("Seconds to wait for another program that writes.", valueName: "seconds"))
  var wait = 30

  func validate() throws {
    guard (0...86_400).contains(wait) else {
      throw ValidationError("--wait is \(wait); give 0 to 86400 seconds")
    }
  }

  private var isPostgres: Bool {
    store.hasPrefix("postgres://") || store.hasPrefix("postgresql://")
  }

  /// Opens the store for reading.
  func openReadOnly() throws -> any CustomerStore {
    if isPostgres { return try PostgresStore(url: store, isReadOnly: true, waitSeconds: wait) }
    return try SQLiteStore(path: store, isReadOnly: true, busySeconds: wait)
  }

  /// Opens the store for writing; one that is not there is made.
  func open(rules: IdentityRules? = nil, isNewAllowed: Bool = false) throws -> any CustomerStore {
    if isPostgres { return try PostgresStore(url: store, rules: rules, waitSeconds: wait) }
    if !isNewAllowed, access(store, F_OK) != 0 {
      throw StoreError.cannotOpen(
        store: store, reason: "there is no such file; import into it first")
    }
    return try SQLiteStore(path: store, rules: rules, busySeconds: wait)
  }

  /// Opens the store for a trial, of which nothing stays; `nil` where there is none yet.
  func openForTrial(rules: IdentityRules?) throws -> (any CustomerStore)? {
    guard isPostgres else {
      guard access(store, F_OK) == 0 else { return nil }
      return try SQLiteStore(path: store, rules: rules, isTrial: true, busySeconds: wait)
    }
    do {
      _ = try openReadOnly()
    } catch StoreError.cannotOpen {
      return nil
    }
    return try PostgresStore(url: store, rules: rules, isTrial: true, waitSeconds: wait)
  }
}

/// The present instant.
func presentInstant() -> Instant {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
}
