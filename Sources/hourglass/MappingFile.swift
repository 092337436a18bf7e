import CustomerData
import Tables
import Yams

/// The YAML that says what the columns of an export mean; docs/import-formats.md describes it.
///
///     record: orders
///     source: my-shop
///     currency: RUB
///     date_order: day-first
///     time_zone: Europe/Moscow
///     columns:
///       order_id: Номер заказа
///       event_time: Дата
///       email: E-mail
///       total: Сумма
///       status: {column: Статус, values: {Выкуплен: paid, Отказ: cancelled}}
///     ignore: [Комментарий]
enum MappingFile {
  static let hint = "docs/import-formats.md"

  /// - Throws: `YAMLFileError` with the line of what is wrong.
  static func read(path: String) throws -> ImportMapping {
    try MappingReading(file: YAMLFile(path: path, hint: hint)).mapping()
  }

  /// The file as it is written.
  static func text(path: String) throws -> String { try YAMLFile(path: path, hint: hint).text }
}

/// Walks the YAML of a mapping.
private struct MappingReading {
  let file: YAMLFile

  private static let keys = [
    "record", "source", "currency", "date_order", "time_zone", "utc_offset", "decimal",
    "cancelled_prefix",
    "external_system", "columns", "constants", "ignore",
  ]

  func mapping() throws -> ImportMapping {
    let top = try file.mapping(file.root, "the file")
    var nodes: [String: Node] = [:]
    for (key, value) in top {
      guard let name = key.string, Self.keys.contains(name) else {
        throw file.fault(
          key, "unknown key \(file.quoted(key)); keys are \(Self.keys.joined(separator: ", "))")
      }
      nodes[name] = value
    }
    guard let record = nodes["record"], let columns = nodes["columns"] else {
      throw file.fault(file.root, "'record' or 'columns' is missing")
    }
    var mapping = ImportMapping(
      name: "mapping", source: try nodes["source"].map { try file.text($0, of: "source") } ?? "",
      record: try file.word(record, of: "record"), columns: try self.columns(columns))
    mapping.constants = try constants(nodes["constants"])
    try readOptions(nodes, &mapping)
    return mapping
  }

  private func readOptions(_ nodes: [String: Node], _ mapping: inout ImportMapping) throws {
    if let node = nodes["currency"] {
      guard let code = node.string, Currency(code) != nil else {
        throw file.fault(node, "currency is \(file.quoted(node)); give three letters, as EUR")
      }
      mapping.constants[.currency] = code
    }
    if let node = nodes["date_order"] {
      mapping.dateOrder = try file.word(node, of: "date_order")
    }
    if let rule = try timeRule(nodes) { mapping.timeRule = rule }
    if let node = nodes["decimal"] {
      guard let mark = node.string, mark == "." || mark == "," else {
        throw file.fault(node, "decimal is \(file.quoted(node)); give '.' or ','")
      }
      mapping.decimalMark = mark.utf8.first
    }
    mapping.cancelledPrefix = try nodes["cancelled_prefix"].map {
      try file.text($0, of: "cancelled_prefix")
    }
    mapping.externalSystem = try nodes["external_system"].map {
      try file.text($0, of: "external_system")
    }
    if let node = nodes["ignore"] {
      guard case .sequence(let names) = node else {
        throw file.fault(node, "ignore is not of the form [column, column]")
      }
      mapping.ignored = Set(try names.map { try file.text($0, of: "ignore") })
    }
  }

  private func columns(_ node: Node) throws -> [ImportField: ImportMapping.Column] {
    var columns: [ImportField: ImportMapping.Column] = [:]
    for (key, value) in try file.mapping(node, "columns") {
      columns[try field(key)] = try column(value)
    }
    return columns
  }

  private func constants(_ node: Node?) throws -> [ImportField: String] {
    guard let node else { return [:] }
    var constants: [ImportField: String] = [:]
    for (key, value) in try file.mapping(node, "constants") {
      constants[try field(key)] = try file.text(value, of: "constants")
    }
    return constants
  }

  private func field(_ key: Node) throws -> ImportField {
    if let field = key.string.flatMap(ImportField.init(rawValue:)) { return field }
    let names = ImportField.allCases.map(\.rawValue)
    let nearest = key.string.flatMap { nearestName(to: $0, among: names) }
    throw file.fault(
      key,
      "no field \(file.quoted(key))"
        + (nearest.map { "; is '\($0)' meant?" } ?? "; the fields are listed there"))
  }

  /// A column's name, or its name and what its words stand for.
  private func column(_ node: Node) throws -> ImportMapping.Column {
    guard case .mapping(let parts) = node else {
      return ImportMapping.Column(name: try file.text(node, of: "a column"))
    }
    var column = ImportMapping.Column(name: "")
    for (key, value) in parts {
      switch key.string {
      case "column": column.name = try file.text(value, of: "column")
      case "values":
        for (word, meaning) in try file.mapping(value, "values") {
          column.values[try file.text(word, of: "a value").lowercased()] =
            try file.text(meaning, of: "a value's meaning")
        }
      default:
        throw file.fault(key, "unknown key \(file.quoted(key)); keys are column, values")
      }
    }
    guard !column.name.isEmpty else { throw file.fault(node, "'column' is missing") }
    return column
  }

  private func timeRule(_ nodes: [String: Node]) throws -> TimeRule? {
    guard let node = nodes["time_zone"] else {
      return try nodes["utc_offset"].map { .offset(seconds: try offset($0)) }
    }
    guard nodes["utc_offset"] == nil else {
      throw file.fault(node, "both time_zone and utc_offset; give one of them")
    }
    guard let name = node.string, let rule = TimeRule(place: name) else {
      throw file.fault(
        node, "time_zone is \(file.quoted(node)), which is no place such as Europe/Moscow")
    }
    return rule
  }

  /// "+03:00" or "-0530", in seconds.
  private func offset(_ node: Node) throws -> Int {
    let text = node.string ?? ""
    guard let match = text.wholeMatch(of: /([+-])(\d{2}):?(\d{2})/), let hours = Int(match.2),
      let minutes = Int(match.3), hours <= 18, minutes < 60
    else {
      throw file.fault(node, "utc_offset is \(file.quoted(node)); give it as \"+03:00\"")
    }
    return (match.1 == "-" ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}
