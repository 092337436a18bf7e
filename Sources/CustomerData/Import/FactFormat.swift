package import Tables

/// What a file's format may be told by.
package struct FileSample: Sendable {
  package let path: String
  /// The first bytes after decompression and a byte order mark, at most `maxBytes`.
  package let bytes: [UInt8]
  /// The names of the columns where it is a table with a header.
  package let header: [String]?
  package static let maxBytes = 64 << 10

  package init(path: String) throws(TableError) {
    self.path = path
    bytes = try firstBytes(of: path, count: Self.maxBytes)
    // Why another kind of file is no table is of no use here.
    header = Self.isJSON(bytes) ? nil : try? CSVFile(path: path).header
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    MessageReader.recognizes(firstLine: bytes)
  }

  /// Whether its first JSON value goes on after its line: a file for people, not JSON Lines.
  ///
  /// A line that is cut is no such value; what follows it begins anew.
  var isJSONOverLines: Bool {
    let lines = bytes.split(separator: 0x0A).filter { line in line.contains { $0 > 0x20 } }
    guard let first = lines.first, lines.count > 1, Self.isJSON(Array(first)) else { return false }
    var tape = JSONTape()
    let error = first.withUnsafeBytes { text in
      Result { () throws(JSONError) in try tape.read(text) }
    }
    guard case .failure(let error) = error, error.fault == .endsEarly else { return false }
    return first.first == UInt8(ascii: "[") || lines[1].first != UInt8(ascii: "{")
  }

  /// The first line that is not blank, without its line break; all there is where none ends.
  package var firstLine: [UInt8] {
    let lines = bytes.split(omittingEmptySubsequences: true) { $0 == 0x0A || $0 == 0x0D }
    return lines.first { line in line.contains { $0 > 0x20 } }.map(Array.init) ?? []
  }
}

/// How the files of an import are to be read.
package struct ImportOptions: Sendable {
  /// The system that the facts come from; a file's own name where none is given.
  package var source: String?
  package var messages = MessageOptions()
  /// What the columns of a file mean, for the format `mapping`.
  package var mapping: ImportMapping?
  /// The mapping as it is written, which tells two imports of one file apart.
  package var mappingText = ""

  package init() {}

  /// The source of the file at `path`: its name without folder and endings.
  package func source(of path: String) -> String {
    if let source { return source }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.split(separator: ".").first.map(String.init) ?? name
  }

  /// What tells two imports of one file apart.
  package var text: String {
    "\(source ?? "") \(messages.normalizer.countryCode) \(messages.currency?.code ?? "") "
      + mappingText
  }
}

/// A format that can be imported: how it is recognised and who reads it.
package struct FactFormat: Sendable {
  package let name: String
  /// What it is, for people: "JSON Lines of Segment or RudderStack messages".
  package let summary: String
  package let recognizes: @Sendable (FileSample) -> Bool
  package let reader: @Sendable (_ path: String, ImportOptions) throws -> any FactReader

  package init(
    name: String, summary: String, recognizes: @escaping @Sendable (FileSample) -> Bool,
    reader: @escaping @Sendable (_ path: String, ImportOptions) throws -> any FactReader
  ) {
    self.name = name
    self.summary = summary
    self.recognizes = recognizes
    self.reader = reader
  }

  /// All formats; the first that recognises a file reads it.
  package static let all: [FactFormat] = [messages] + tables + [mapped]

  private static let messages = FactFormat(
    name: MessageReader.format, summary: "JSON Lines of Segment or RudderStack messages",
    recognizes: { MessageReader.recognizes(firstLine: $0.firstLine) },
    reader: { path, options in
      MessageReader(path: path, source: options.source(of: path), options: options.messages)
    })

  /// The format of this name, or the one that recognises the file.
  package static func format(of path: String, named name: String?) throws -> FactFormat {
    if let name {
      if let format = all.first(where: { $0.name == name }) { return format }
      throw ImportError.unknownFormat(
        path: path,
        reason: "'\(name)' is none of \(all.map(\.name).joined(separator: ", "))")
    }
    let sample = try FileSample(path: path)
    guard !sample.firstLine.isEmpty else { throw TableError.empty(path: path) }
    guard !sample.isJSONOverLines else { throw ImportError.jsonOverLines(path: path) }
    if let format = all.first(where: { $0.recognizes(sample) }) { return format }
    // What a table is like tells best why it is none of these: an Excel workbook, a header alone.
    let header = try CSVFile(path: path).header
    throw ImportError.unknownFormat(
      path: path,
      reason: "\(header.count) columns that are those of none of "
        + "\(all.map(\.name).joined(separator: ", ")); or say what they mean by --mapping")
  }
}
