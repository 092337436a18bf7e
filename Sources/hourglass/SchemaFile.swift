import FoundationEssentials
import Tables
import Yams

/// The YAML of column types that `train --print-schema` writes and `--schema` reads.
enum SchemaFile {
  /// - Throws: `SchemaFileError` also where a column is none of `file`.
  static func read(path: String, for file: CSVFile) throws -> [String: ColumnSchema] {
    let schema = try read(path: path)
    for name in schema.keys.sorted() where !file.header.contains(name) {
      let nearest = nearestName(to: name, among: file.header).map { " (is '\($0)' meant?)" } ?? ""
      throw SchemaFileError(path: path, "the data have no column '\(name)'\(nearest)")
    }
    return schema
  }

  private static func read(path: String) throws -> [String: ColumnSchema] {
    if FileStatus(path)?.isFolder == true {
      throw TableError.cannotOpen(path: path, reason: "it is a directory; name a file in it")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TableError.cannotOpen(path: path, reason: "no readable file of that name")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw SchemaFileError(path: path, "it is not UTF-8 text")
    }
    do {
      return try SchemaReading(path: path).columns(Yams.compose(yaml: text))
    } catch let error as YamlError {
      throw SchemaFileError(path: path, error)
    }
  }

  /// The types of `table`, one line a column in the table's order.
  static func yaml(of table: Table) throws -> String {
    let lines = try table.columns.map { column in
      var fields = "type: \(column.kind.rawValue)"
      if column.kind == .date {
        fields += ", order: \((column.schema.order ?? .yearFirst).rawValue)"
        fields += ", encode: \((column.schema.encode ?? .days).rawValue)"
      }
      return "  \(try quoted(column.name)): {\(fields)}"
    }
    return (["columns:"] + lines).joined(separator: "\n")
  }

  /// A name as a YAML key: JSON's quotes are YAML's double quotes.
  private static func quoted(_ name: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(name), as: UTF8.self)
  }
}

/// Walks the YAML of a schema and takes nothing that it does not know: a misspelt key would otherwise be a
/// setting without effect.
private struct SchemaReading {
  let path: String

  func columns(_ root: Node?) throws -> [String: ColumnSchema] {
    guard let root else { throw SchemaFileError(path: path, "it is empty") }
    guard case .mapping(let top) = root else {
      throw fault(root, "'columns:' is missing at the top")
    }
    var columns: Node?
    for (key, value) in top {
      guard key.string == "columns" else {
        throw fault(key, "unknown key \(quoted(key)); the one at the top is 'columns'")
      }
      columns = value
    }
    guard case .mapping(let mapping) = columns else {
      throw fault(columns ?? root, "'columns' holds no columns")
    }
    var schemas: [String: ColumnSchema] = [:]
    for (key, value) in mapping {
      guard let name = key.string else { throw fault(key, "a column's name is not a word") }
      schemas[name] = try schema(value, of: name)
    }
    return schemas
  }

  private func schema(_ node: Node, of name: String) throws -> ColumnSchema {
    guard case .mapping(let fields) = node else {
      throw fault(node, "column '\(name)' is not of the form {type: number}")
    }
    var type: ColumnKind?
    var order: DateOrder?
    var encode: DateEncoding?
    for (key, value) in fields {
      switch key.string {
      case "type": type = try word(value, of: "type")
      case "order": order = try word(value, of: "order")
      case "encode": encode = try word(value, of: "encode")
      default:
        throw fault(
          key, "column '\(name)': unknown key \(quoted(key)); keys are type, order, encode")
      }
    }
    guard let type else { throw fault(node, "column '\(name)' has no type") }
    if order != nil, type != .date {
      throw fault(node, "column '\(name)' has an order, which only a date has")
    }
    return ColumnSchema(type, order: order, encode: encode)
  }

  private func word<Word: RawRepresentable<String> & CaseIterable>(
    _ node: Node, of key: String
  ) throws -> Word {
    guard let word = node.string.flatMap(Word.init(rawValue:)) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw fault(node, "\(key) is \(quoted(node)); it can be \(known)")
    }
    return word
  }

  private func quoted(_ node: Node) -> String { node.string.map { "'\($0)'" } ?? "not a word" }

  private func fault(_ node: Node, _ problem: String) -> SchemaFileError {
    SchemaFileError(path: path, mark: node.mark, problem)
  }
}

/// A schema file that cannot be used: where, and what would do.
struct SchemaFileError: Error, CustomStringConvertible {
  let description: String

  init(path: String, mark: Mark? = nil, _ problem: String) {
    let place = mark.map { ", line \($0.line), column \($0.column)" } ?? ""
    description = "\(path)\(place): \(problem); see train --print-schema for the form"
  }

  /// What the YAML parser found, without the lines it quotes.
  init(path: String, _ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(path: path, mark: mark, problem)
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map { "'\($0)'" }.joined(separator: ", ")
      self.init(path: path, mark: context.mark, "given more than once: \(list)")
    case .reader(let problem, _, _, _): self.init(path: path, problem)
    default: self.init(path: path, "it cannot be read as YAML")
    }
  }
}
