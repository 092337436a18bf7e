import Foundation
import Testing

@testable import StoragePostgres

/// The PostgreSQL that scripts/test starts, and a database of its own for each test.
enum Server {
  static let url = ProcessInfo.processInfo.environment["HOURGLASS_POSTGRES_URL"]

  /// Where no server is named the tests fail, unless a person chose to go without.
  static let isSkipped =
    url == nil && ProcessInfo.processInfo.environment["HOURGLASS_SKIP_POSTGRES"] != nil

  static func named() throws -> String {
    try #require(
      url,
      "no PostgreSQL: run scripts/test, or set HOURGLASS_POSTGRES_URL, or HOURGLASS_SKIP_POSTGRES=1"
    )
  }
}

/// A database that is dropped with this object.
final class TestDatabase {
  let url: String
  private let name: String
  private let home: String

  init() throws {
    let name = "t" + UUID().uuidString.lowercased().replacing("-", with: "")
    self.name = name
    home = try Server.named()
    url = home.replacing(/\/postgres$/, with: "/" + name)
    try PostgresConnection(url: home).administer("CREATE DATABASE \(name)")
  }

  deinit {
    try? PostgresConnection(url: home).administer("DROP DATABASE \(name) WITH (FORCE)")
  }

  func connect() throws -> PostgresConnection { try PostgresConnection(url: url) }
}

extension Trait where Self == ConditionTrait {
  static var needsPostgres: Self {
    .disabled(if: Server.isSkipped, "HOURGLASS_SKIP_POSTGRES is set")
  }
}
