package import Tables

/// A mapping laid over the columns of one file: where each field stands, and what has no meaning.
package struct ColumnPlan: Sendable {
  package let mapping: ImportMapping
  package let header: [String]
  let decimalMark: UInt8
  let missing: MissingTokens
  /// By the field's place in `ImportField.allCases`; −1 where the file has no such column.
  private let places: [Int]
  private let values: [[String: String]]
  /// Columns that have no field of their own and are kept as they are, in the file's order.
  package let rest: [Int]

  /// - Throws: `ImportError.mapping` where a column that the mapping names is not in the file, or the file
  ///   lacks what a record of this kind needs.
  package init(_ mapping: ImportMapping, file: CSVFile) throws(ImportError) {
    try self.init(mapping, header: file.header, format: file.format, path: file.path)
  }

  init(
    _ mapping: ImportMapping, header: [String], format: CSVFormat, path: String
  ) throws(ImportError) {
    self.mapping = mapping
    self.header = header
    decimalMark = mapping.decimalMark ?? format.decimalMark
    missing = format.missing
    var places = [Int](repeating: -1, count: ImportField.allCases.count)
    var values = [[String: String]](repeating: [:], count: ImportField.allCases.count)
    for (field, column) in mapping.columns.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard let place = header.firstIndex(of: column.name) else {
        let nearest = nearestName(to: column.name, among: header)
        throw .mapping(
          path: path,
          reason: "no column '\(column.name)', which is mapped to \(field.rawValue)"
            + (nearest.map { "; is '\($0)' meant?" } ?? "; see the header for the names it has"))
      }
      places[field.ordinal] = place
      values[field.ordinal] = column.values
    }
    self.places = places
    self.values = values
    let taken = Set(places)
    rest = header.indices.filter { !taken.contains($0) && !mapping.ignored.contains(header[$0]) }
    for alternatives in ImportMapping.required(mapping.record)
    where !alternatives.contains(where: { has($0) }) {
      let names = alternatives.map(\.rawValue).joined(separator: " or ")
      throw .mapping(
        path: path,
        reason: "a file of \(mapping.record.rawValue) needs a column for \(names); map one")
    }
  }

  /// Whether rows can have this field: by a column, or as one value for all.
  func has(_ field: ImportField) -> Bool {
    places[field.ordinal] >= 0 || mapping.constants[field] != nil
  }

  func place(of field: ImportField) -> Int? {
    let place = places[field.ordinal]
    return place < 0 ? nil : place
  }

  func values(of field: ImportField) -> [String: String] { values[field.ordinal] }

  /// The columns that mean something and what, in the file's order.
  package var mapped: [(column: String, field: String)] {
    header.enumerated().compactMap { place, name in
      ImportField.allCases.first { places[$0.ordinal] == place }.map { (name, $0.rawValue) }
    }
  }

  /// The columns kept as traits or properties.
  package var unmapped: [String] { rest.map { header[$0] } }
}

extension ImportField {
  private static let ordinals = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

  var ordinal: Int { Self.ordinals[self] ?? 0 }
}

/// Why a row cannot be taken; names columns and never repeats a cell.
struct RowFault: Error, Hashable {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// The cells of one row by their meaning.
struct MappedRow {
  let plan: ColumnPlan
  let columns: [TextColumn]
  let row: Int

  /// The cell's bytes, or those of the value that stands for all rows; `nil` where it is missing.
  private func withBytes<Result, Failure: Error>(
    _ field: ImportField, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let place = plan.place(of: field) else {
      guard var text = plan.mapping.constants[field] else { return nil }
      return try text.withUTF8 { bytes in
        Swift.Result { () throws(Failure) in try body(UnsafeRawBufferPointer(bytes)) }
      }.get()
    }
    return try columns[place].withBytes(row) { bytes in
      Swift.Result { () throws(Failure) -> Result? in
        plan.missing.contains(bytes) ? nil : try body(bytes)
      }
    }.get()
  }

  func text(_ field: ImportField) -> String? {
    guard let text = withBytes(field, { String(decoding: $0, as: UTF8.self) }) else { return nil }
    let values = plan.values(of: field)
    return values.isEmpty ? text : values[text.lowercased()] ?? text
  }

  /// What a fault calls a field: the column's own name.
  func name(_ field: ImportField) -> String {
    plan.place(of: field).map { "column '\(plan.header[$0])'" } ?? field.rawValue
  }

  func required(_ field: ImportField) throws(RowFault) -> String {
    guard let text = text(field) else { throw RowFault("\(name(field)) is missing") }
    return text
  }

  func decimal(_ field: ImportField) throws(RowFault) -> ExactDecimal? {
    try withBytes(field) { bytes throws(RowFault) in
      guard let number = ExactDecimal(bytes, decimalMark: plan.decimalMark) else {
        throw RowFault("\(name(field)) is no amount that can be read")
      }
      return number
    }
  }

  /// An amount in minor units.
  func amount(_ field: ImportField, digits: Int) throws(RowFault) -> Int64? {
    guard let number = try decimal(field) else { return nil }
    guard let amount = number.minorUnits(digits) else {
      throw RowFault("\(name(field)) is too large for an amount")
    }
    return amount
  }

  func integer(_ field: ImportField) throws(RowFault) -> Int? {
    guard let number = try decimal(field) else { return nil }
    guard let value = number.integer.flatMap({ Int(exactly: $0) }) else {
      throw RowFault("\(name(field)) is no whole number")
    }
    return value
  }

  func instant(_ field: ImportField) throws(RowFault) -> Instant? {
    try withBytes(field) { bytes throws(RowFault) in
      guard let instant = plan.mapping.instant(bytes) else {
        throw RowFault(
          "\(name(field)) is no date that can be read; if it is one, name its order by date_order")
      }
      return instant
    }
  }

  func currency() throws(RowFault) -> Currency {
    guard let code = text(.currency) else {
      throw RowFault("no currency: name it by a column, by 'currency' in a mapping, or --currency")
    }
    guard let currency = Currency(code) else {
      throw RowFault("\(name(.currency)) is no ISO 4217 code of three letters")
    }
    return currency
  }

  /// The columns without a meaning, as one JSON object; `nil` where all are missing.
  func rest(_ isLeftOut: (String) -> Bool = { _ in false }) -> String? {
    var object = JSONText.Object()
    for place in plan.rest where !isLeftOut(plan.header[place]) {
      columns[place].withBytes(row) { bytes in
        if !plan.missing.contains(bytes) { object.add(plan.header[place], cell: bytes) }
      }
    }
    return object.isEmpty ? nil : object.text
  }
}

extension ImportMapping {
  /// Reads what `DateParser` reads, in this mapping's order; also 20260531, and seconds or milliseconds
  /// since 1970.
  func instant(_ text: UnsafeRawBufferPointer) -> Instant? {
    if text.allSatisfy({ $0 &- 0x30 <= 9 }) { return instant(digits: text) }
    let isYearFirst = text.count > 4 && text.prefix(4).allSatisfy { $0 &- 0x30 <= 9 }
    let hasPoints = text.prefix(3).contains(UInt8(ascii: "."))
    let order = isYearFirst ? .yearFirst : hasPoints ? .dayFirst : dateOrder
    guard let seconds = DateParser.seconds(text, order: order) else { return nil }
    return Instant(seconds: Self.hasZone(text) ? seconds : timeRule.instant(local: seconds))
  }

  private func instant(digits: UnsafeRawBufferPointer) -> Instant? {
    guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
    switch digits.count {
    case 8:
      let (year, month, day) = (Int(number / 10_000), Int(number / 100 % 100), Int(number % 100))
      return DateParser.civilDays(year: year, month: month, day: day)
        .flatMap { Instant(seconds: timeRule.instant(local: Double($0 * 86_400))) }
    case 10: return Instant(milliseconds: number * 1_000)
    case 13: return Instant(milliseconds: number)
    default: return nil
    }
  }

  /// Whether a zone follows the time of day.
  private static func hasZone(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let blank = text.firstIndex(where: { $0 == 0x20 || $0 == UInt8(ascii: "T") }) else {
      return false
    }
    return text[blank...].dropFirst().contains { byte in
      byte == UInt8(ascii: "Z") || byte == UInt8(ascii: "U") || byte == UInt8(ascii: "+")
        || byte == UInt8(ascii: "-")
    }
  }
}
