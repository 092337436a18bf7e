import Tables

/// A format that is known by its header.
package struct KnownFormat: Sendable {
  package let name: String
  /// What it is, for people.
  package let summary: String
  let record: RecordKind
  /// Columns that a file of this format has, each by any of its names.
  let signature: [[String]]
  /// The names of each field's column; the first that the file has counts.
  let columns: [ImportField: [String]]
  var adjust: @Sendable (inout ImportMapping) -> Void = { _ in }

  /// The formats in the order in which they are tried: those with the most telling headers first.
  package static let all: [KnownFormat] =
    [.shopify, .onlineRetail, .olistLeads, .olistDeals] + warehouse + [
      .spend, .messages, .leads, .orderLines, .orders, .consents, .customers,
    ]

  package static func named(_ name: String) -> KnownFormat? { all.first { $0.name == name } }

  /// The first format whose columns `header` has.
  package static func detect(_ header: [String]) -> KnownFormat? {
    let names = Set(header.map(comparable))
    return all.first { $0.fits(names) }
  }

  func fits(_ names: Set<String>) -> Bool {
    signature.allSatisfy { alternatives in alternatives.contains { names.contains($0) } }
  }

  /// - Parameters:
  ///   - source: what facts are said to come from, where the format does not tell.
  ///   - currency: for files without a column of currencies.
  package func mapping(
    for header: [String], source: String, currency: Currency? = nil
  ) -> ImportMapping {
    var byName: [String: String] = [:]
    for name in header.reversed() { byName[Self.comparable(name)] = name }
    var mapped: [ImportField: ImportMapping.Column] = [:]
    var taken: Set<String> = []
    for field in ImportField.allCases {
      guard let name = columns[field]?.lazy.compactMap({ byName[$0] }).first,
        taken.insert(name).inserted
      else { continue }
      mapped[field] = ImportMapping.Column(name: name)
    }
    var mapping = ImportMapping(name: name, source: source, record: record, columns: mapped)
    adjust(&mapping)
    if mapping.columns[.currency] == nil, let code = currency?.code {
      mapping.constants[.currency] = code
    }
    return mapping
  }

  /// Names are compared in small letters, with one blank for whatever stands between words.
  static func comparable(_ name: String) -> String {
    let words = name.lowercased().replacing("ё", with: "е")
      .split { $0 == " " || $0 == "_" || $0 == "-" || $0 == "." || $0 == "\u{A0}" }
    return words.joined(separator: " ")
  }
}
