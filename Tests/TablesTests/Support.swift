import Foundation
import SpecialFunctions

@testable import Tables

/// A directory of one test's own, removed with it.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "hourglass-tables-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { _ = try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: some Sequence<UInt8>, to name: String = "t.csv") throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func write(_ text: String, to name: String = "t.csv") throws -> String {
    try write(text.utf8, to: name)
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// What `body` throws, as a user would read it, without the folder's path.
  func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)".replacingOccurrences(of: path + "/", with: "")
    }
  }
}

/// A table with what was said while it was read.
struct Reading {
  let file: CSVFile
  let table: Table
  let rejects: RejectLog

  init(
    path: String, options: CSVOptions = CSVOptions(), schema: [String: ColumnSchema] = [:],
    threads: Int = 1
  ) throws {
    file = try CSVFile(path: path, options: options)
    rejects = try RejectLog(path: path, maxRejects: options.maxRejects)
    table = try file.table(schema: schema, threadCount: threads, rejects: rejects)
  }

  init(
    _ bytes: some Sequence<UInt8>, options: CSVOptions = CSVOptions(),
    schema: [String: ColumnSchema] = [:], threads: Int = 1
  ) throws {
    let folder = try Folder()
    try self.init(
      path: try folder.write(bytes), options: options, schema: schema, threads: threads)
    withExtendedLifetime(folder) {}
  }

  init(
    _ text: String, options: CSVOptions = CSVOptions(), schema: [String: ColumnSchema] = [:],
    threads: Int = 1
  ) throws {
    try self.init(Array(text.utf8), options: options, schema: schema, threads: threads)
  }

  var notes: [String] { rejects.notes(header: file.header) }
  var kinds: [ColumnKind] { table.columns.map(\.kind) }

  /// A column's cells as text, `nil` where missing.
  func cells(_ column: Int) -> [String?] { table.columns[column].values.cells }

  func numbers(_ column: Int) -> [Double] {
    guard case .numbers(let values) = table.columns[column].values else { return [] }
    return values
  }
}

extension ColumnValues {
  var cells: [String?] {
    (0..<count).map { row -> String? in
      if isMissing(row) { return nil }
      switch self {
      case .numbers(let values): return "\(values[row])"
      case .categories(let codes, let levels): return levels[Int(codes[row])]
      case .text(let texts): return texts[row]
      }
    }
  }
}

extension DecodedColumn {
  /// The cells as text; numbers as their bits, so that NaN and −0 are told apart too.
  var cells: [String] {
    switch self {
    case .skipped: []
    case .numbers(let values): values.map { "\($0.bitPattern)" }
    case .codes(let codes): codes.map { "\($0)" }
    case .levels(let codes, let levels): codes.map { levels.level(Int($0)) }
    case .text(let texts): (0..<texts.count).map { texts[$0] }
    }
  }
}

/// All of `path` streamed by one action per column: the cells of each column.
func streamed(
  path: String, options: CSVOptions = CSVOptions(), _ actions: [ColumnAction], threads: Int = 1,
  rejects: RejectLog? = nil
) throws -> [[String]] {
  let file = try CSVFile(path: path, options: options)
  let log = try rejects ?? RejectLog(path: path, maxRejects: options.maxRejects)
  var columns = [[String]](repeating: [], count: actions.count)
  try file.stream(
    actions, threadCount: threads, rejects: log, work: { $0 },
    deliver: { chunk, _ in
      for (index, column) in chunk.columns.enumerated() {
        columns[index].append(contentsOf: column.cells)
      }
    })
  return columns
}

/// `text` in windows-1251, by Foundation.
func windows1251(_ text: String) -> [UInt8] {
  Array(text.data(using: .windowsCP1251) ?? Data())
}

/// One gzip member that holds `content` in stored blocks (RFC 1951, 3.2.4; RFC 1952).
func gzipMember(_ content: [UInt8]) -> [UInt8] {
  func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let end = min(start + 65_535, content.count)
    let length = UInt16(end - start)
    let isLast: UInt8 = end == content.count ? 1 : 0
    member += [isLast] + littleEndian(UInt32(length) | UInt32(~length) << 16)
    member += content[start..<end]
    start = end
  } while start < content.count
  return member + littleEndian(crc32(content)) + littleEndian(UInt32(content.count))
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  let table = (0..<256 as Range<UInt32>).map { byte in
    (0..<8).reduce(byte) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
    }
  }
  return ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
}

extension UnsafeRawBufferPointer {
  /// Calls `body` with the UTF-8 of `text`.
  static func with<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Array(text.utf8).withUnsafeBytes(body)
  }
}
