import Tables

/// Refuses a column of identifiers that does not name every customer, and each once.
struct IdentifierCheck {
  let table: Table
  /// The rows that are asked for an identifier.
  let rows: [Int]

  func check(_ column: Column) throws(TrainingError) {
    guard case .text(let texts) = column.values else { return }
    var levels = LevelDictionary()
    var firstRows: [Int] = []
    var duplicates: (count: Int, first: Int, second: Int)?
    var missing: (count: Int, first: Int)?
    for row in rows {
      let code = texts.withBytes(row) { $0.isEmpty ? nil : Int(levels.insert($0)) }
      guard let code else {
        missing = ((missing?.count ?? 0) + 1, missing?.first ?? row)
        continue
      }
      if code == firstRows.count {
        firstRows.append(row)
      } else {
        let known = duplicates ?? (0, firstRows[code], row)
        duplicates = (known.count + 1, known.first, known.second)
      }
    }
    if let missing {
      throw .missingIdentifiers(
        column: column.name, count: missing.count, first: table.place(ofRow: missing.first))
    }
    if let duplicates {
      throw .duplicateIdentifiers(
        column: column.name, count: duplicates.count, first: table.place(ofRow: duplicates.first),
        second: table.place(ofRow: duplicates.second))
    }
  }
}
