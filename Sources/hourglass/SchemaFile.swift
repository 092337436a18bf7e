import FoundationEssentials
import Tables
import Yams

/// The YAML of column types that `train --print-schema` writes and `--schema` reads.
enum SchemaFile {
  /// - Throws: `YAMLFileError` also where a column is none of `file`.
  static func read(path: String, for file: CSVFile) throws -> [String: ColumnSchema] {
    let schema = try read(path: path)
    for name in schema.keys.sorted() where !file.header.contains(name) {
      let nearest = nearestName(to: name, among: file.header).map { " (is '\($0)' meant?)" } ?? ""
      throw YAMLFileError(
        path: path, "the data have no column '\(name)'\(nearest)", hint: hint)
    }
    return schema
  }

  private static let hint = "train --print-schema"

  private static func read(path: String) throws -> [String: ColumnSchema] {
    try SchemaReading(file: YAMLFile(path: path, hint: hint)).columns()
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

/// Walks the YAML of a schema.
private struct SchemaReading {
  let file: YAMLFile

  func columns() throws -> [String: ColumnSchema] {
    guard case .mapping(let top) = file.root else {
      throw file.fault(file.root, "'columns:' is missing at the top")
    }
    var columns: Node?
    for (key, value) in top {
      guard key.string == "columns" else {
        throw file.fault(
          key, "unknown key \(file.quoted(key)); the one at the top is 'columns'")
      }
      columns = value
    }
    guard case .mapping(let mapping) = columns else {
      throw file.fault(columns ?? file.root, "'columns' holds no columns")
    }
    var schemas: [String: ColumnSchema] = [:]
    for (key, value) in mapping {
      guard let name = key.string else { throw file.fault(key, "a column's name is not a word") }
      schemas[name] = try schema(value, of: name)
    }
    return schemas
  }

  private func schema(_ node: Node, of name: String) throws -> ColumnSchema {
    guard case .mapping(let fields) = node else {
      throw file.fault(node, "column '\(name)' is not of the form {type: number}")
    }
    var type: ColumnKind?
    var order: DateOrder?
    var encode: DateEncoding?
    for (key, value) in fields {
      switch key.string {
      case "type": type = try file.word(value, of: "type")
      case "order": order = try file.word(value, of: "order")
      case "encode": encode = try file.word(value, of: "encode")
      default:
        throw file.fault(
          key, "column '\(name)': unknown key \(file.quoted(key)); keys are type, order, encode")
      }
    }
    guard let type else { throw file.fault(node, "column '\(name)' has no type") }
    if order != nil, type != .date {
      throw file.fault(node, "column '\(name)' has an order, which only a date has")
    }
    return ColumnSchema(type, order: order, encode: encode)
  }
}
