import CLibPQ

/// What can go wrong between here and a PostgreSQL server.
///
/// Descriptions name the server by host, port and database and never hold a password; of the server's own
/// words only the primary message is kept, whose details would repeat rows.
public enum PostgresError: Error, Hashable, Sendable {
  /// The URL or the connection's settings cannot be read.
  case invalidURL
  /// Nobody answers at the address.
  case unreachable(server: String, reason: String)
  /// The server answers and does not let us in: a wrong password, an unknown database.
  case refused(server: String, reason: String)
  /// The connection broke off: the server was stopped, or the network.
  case lost(server: String)
  /// The account may not do what was asked.
  case permissionDenied(server: String, reason: String)
  /// The server has no room left for data, memory or connections.
  case exhausted(server: String, reason: String)
  /// Any other answer that is an error, with its code (PostgreSQL's Appendix A).
  case failed(server: String, sqlState: String, reason: String)
  /// A value in the store that this program did not write.
  case unexpectedValue(server: String, column: String)
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidURL:
      "the store's URL cannot be read; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with other "
        + "characters than letters and digits in the password as %XX"
    case .unreachable(let server, let reason):
      "PostgreSQL at \(server) cannot be reached: \(reason); start it, or correct the URL"
    case .refused(let server, let reason):
      "PostgreSQL at \(server) refuses the connection: \(reason); correct the URL or the account"
    case .lost(let server):
      "PostgreSQL at \(server) broke off the connection; what was confirmed is kept: "
        + "run the same command again"
    case .permissionDenied(let server, let reason):
      "PostgreSQL at \(server): \(reason); grant it to the account, or name another database"
    case .exhausted(let server, let reason):
      "PostgreSQL at \(server) has no room: \(reason); make room and run the same command again"
    case .failed(let server, let sqlState, let reason):
      "PostgreSQL at \(server): \(reason) (\(sqlState))"
    case .unexpectedValue(let server, let column):
      "PostgreSQL at \(server): column '\(column)' holds a value that hourglass did not write; "
        + "restore the table from a backup"
    }
  }
}

extension PostgresError {
  /// The error of a connection that did not come about.
  init(connecting handle: OpaquePointer?, server: String, secrets: [String]) {
    let message = handle.map { String(cString: PQerrorMessage($0)) } ?? "out of memory"
    // libpq puts the address before the reason, a line for each address that it tried, and a hint below.
    let lines = message.split(separator: "\n").map { String($0) }
    let last = lines.last { $0.contains(" failed: ") } ?? lines.first ?? "no reason given"
    var reason = last.split(separator: " failed: ").last.map { String($0) } ?? last
    for secret in secrets where !secret.isEmpty {
      reason = reason.replacing(secret, with: "***")
    }
    if let fatal = reason.firstRange(of: "FATAL:") {
      let rest = reason[fatal.upperBound...].drop { $0 == " " }
      self = .refused(server: server, reason: String(rest))
    } else if message.contains("no password supplied") {
      self = .refused(server: server, reason: "no password given")
    } else {
      self = .unreachable(server: server, reason: reason)
    }
  }

  /// The error that an answer of the server is.
  init(_ result: OpaquePointer?, of handle: OpaquePointer, server: String) {
    guard let result, PQstatus(handle) == CONNECTION_OK || Self.field(result, .sqlState) != nil
    else {
      self = .lost(server: server)
      return
    }
    let state = Self.field(result, .sqlState) ?? ""
    let reason = Self.field(result, .message) ?? "no reason given"
    switch state.prefix(2) {
    case _ where state == "42501" || state.hasPrefix("25006"):
      self = .permissionDenied(server: server, reason: reason)
    case "53": self = .exhausted(server: server, reason: reason)
    case "57" where state != "57014", "08", "": self = .lost(server: server)
    // Messages about data repeat the data.
    case "22": self = .failed(server: server, sqlState: state, reason: "a value was not accepted")
    default: self = .failed(server: server, sqlState: state, reason: reason)
    }
  }

  private enum Field {
    case sqlState, message
    var code: Int32 {
      switch self {
      case .sqlState: Int32(HOURGLASS_DIAG_SQLSTATE)
      case .message: Int32(HOURGLASS_DIAG_MESSAGE)
      }
    }
  }

  private static func field(_ result: OpaquePointer, _ field: Field) -> String? {
    PQresultErrorField(result, field.code).map { String(cString: $0) }
  }
}
