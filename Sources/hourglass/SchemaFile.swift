import FoundationEssentials
import Tables
import Yams

/// The YAML of column types that `train --print-schema` writes and `--schema` reads.
struct SchemaFile: Codable {
  var columns: [String: ColumnSchema]

  static func read(path: String) throws -> [String: ColumnSchema] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TableError.cannotOpen(path: path, reason: "no readable file of that name")
    }
    do {
      return try YAMLDecoder().decode(SchemaFile.self, from: data).columns
    } catch let error as YamlError {
      throw SchemaFileError(path: path, detail: "\(error)")
    } catch let DecodingError.dataCorrupted(context) {
      throw SchemaFileError(path: path, context: context)
    } catch let DecodingError.keyNotFound(key, context) {
      throw SchemaFileError(path: path, context: context, detail: "no '\(key.stringValue)'")
    } catch let DecodingError.typeMismatch(_, context) {
      throw SchemaFileError(path: path, context: context)
    } catch let DecodingError.valueNotFound(_, context) {
      throw SchemaFileError(path: path, context: context)
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

/// A schema file that cannot be used: where, and what would do.
struct SchemaFileError: Error, CustomStringConvertible {
  let description: String

  init(path: String, detail: String) {
    let line = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
    description = "\(path): \(line); see train --print-schema for the form"
  }

  init(path: String, context: DecodingError.Context, detail: String? = nil) {
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    let types = ColumnKind.allCases.map(\.rawValue).joined(separator: ", ")
    self.init(
      path: path,
      detail: "at '\(place)': \(detail ?? "not a known word here; types are \(types)")")
  }
}
