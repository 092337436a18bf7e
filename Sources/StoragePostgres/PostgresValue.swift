import CLibPQ

/// A value bound to a statement, sent as text.
enum PostgresValue: Hashable, Sendable {
  case null
  case text(String)
  case integer(Int64)
  case number(Double)
  case boolean(Bool)
  /// A list of texts, for `= ANY($1::text[])`.
  case texts([String])

  static func integers(_ values: [Int64]) -> PostgresValue { .texts(values.map { String($0) }) }

  init(_ text: String?) { self = text.map { .text($0) } ?? .null }
  init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
  init(_ integer: Int?) { self = integer.map { .integer(Int64($0)) } ?? .null }

  var wireText: String? {
    switch self {
    case .null: nil
    case .text(let text): text
    case .integer(let value): String(value)
    // The shortest text that reads back as the same number.
    case .number(let value): String(describing: value)
    case .boolean(let value): value ? "t" : "f"
    case .texts(let texts): Self.arrayLiteral(texts)
    }
  }

  private static func arrayLiteral(_ texts: [String]) -> String {
    var literal = "{"
    for (index, text) in texts.enumerated() {
      literal += index == 0 ? "\"" : ",\""
      for character in text.unicodeScalars {
        if character == "\"" || character == "\\" { literal += "\\" }
        literal.unicodeScalars.append(character)
      }
      literal += "\""
    }
    return literal + "}"
  }
}

extension [PostgresValue] {
  /// Calls `body` with the values as C strings, a null pointer for each SQL null and one after the last.
  func withCStrings<Result>(
    _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    var starts: [Int?] = []
    for value in self {
      guard let text = value.wireText else {
        starts.append(nil)
        continue
      }
      starts.append(bytes.count)
      // A text with a NUL inside would be cut there; PostgreSQL stores none.
      for byte in text.utf8 where byte != 0 { bytes.append(CChar(bitPattern: byte)) }
      bytes.append(0)
    }
    return bytes.withUnsafeBufferPointer { bytes in
      var pointers = starts.map { start -> UnsafePointer<CChar>? in
        guard let start, let base = bytes.baseAddress else { return nil }
        return base + start
      }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { pointers in
        body(UnsafeBufferPointer(rebasing: pointers.dropLast()))
      }
    }
  }
}

/// The rows of an answer, as text.
final class PostgresRows {
  private let result: OpaquePointer
  private let server: String
  let count: Int

  /// Takes over `result`.
  init(_ result: OpaquePointer, server: String) {
    self.result = result
    self.server = server
    count = Int(PQntuples(result))
  }

  deinit { PQclear(result) }

  /// Rows that an INSERT, UPDATE or DELETE touched.
  var affectedCount: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  subscript(row: Int) -> PostgresRow {
    precondition(row < count, "row \(row) of \(count)")
    return PostgresRow(rows: self, row: Int32(row))
  }

  fileprivate func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
    guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
      return nil
    }
    return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
  }

  fileprivate func unexpected(_ column: Int32) -> PostgresError {
    .unexpectedValue(
      server: server, column: PQfname(result, column).map { String(cString: $0) } ?? "")
  }
}

extension PostgresRows: Sequence {
  func makeIterator() -> some IteratorProtocol<PostgresRow> {
    (0..<count).lazy.map { self[$0] }.makeIterator()
  }
}

/// One row of an answer; columns count from 0.
struct PostgresRow {
  fileprivate let rows: PostgresRows
  fileprivate let row: Int32

  func optionalText(_ column: Int) -> String? {
    rows.bytes(row, Int32(column)).map { String(decoding: $0, as: UTF8.self) }
  }

  func optionalInteger(_ column: Int) throws(PostgresError) -> Int64? {
    guard let text = optionalText(column) else { return nil }
    guard let value = Int64(text) else { throw rows.unexpected(Int32(column)) }
    return value
  }

  func optionalNumber(_ column: Int) throws(PostgresError) -> Double? {
    guard let text = optionalText(column) else { return nil }
    guard let value = Double(text) else { throw rows.unexpected(Int32(column)) }
    return value
  }

  func text(_ column: Int) throws(PostgresError) -> String {
    guard let text = optionalText(column) else { throw rows.unexpected(Int32(column)) }
    return text
  }

  func integer(_ column: Int) throws(PostgresError) -> Int64 {
    guard let value = try optionalInteger(column) else { throw rows.unexpected(Int32(column)) }
    return value
  }

  func boolean(_ column: Int) throws(PostgresError) -> Bool {
    switch optionalText(column) {
    case "t": true
    case "f": false
    default: throw rows.unexpected(Int32(column))
    }
  }
}
