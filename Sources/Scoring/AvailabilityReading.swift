package import Tables

/// Reads from the rows of a file, or of a table, which classes each customer could have had.
package struct AvailabilityReading: Sendable {
  let source: AvailabilitySource
  let classes: [String]
  private let codes: LevelDictionary

  package init(_ source: AvailabilitySource, classes: [String]) {
    self.source = source
    self.classes = classes
    codes = LevelDictionary(classes)
  }

  /// The columns that say so: one, or one for each class.
  package var columns: [String] {
    switch source {
    case .list(let column): [column]
    case .flags(let prefix): classes.map { prefix + $0 }
    }
  }

  /// How each of `columns` is to be decoded.
  package var action: ColumnAction {
    switch source {
    case .list: .levels
    case .flags: .boolean
    }
  }

  /// The mask of a chunk, and how many names in its lists are those of no class.
  ///
  /// - Parameter places: of `columns` in the chunk, decoded by `action`.
  package func availability(
    of chunk: DecodedChunk, places: [Int]
  ) -> (mask: Availability, unknownCount: Int) {
    read(
      rowCount: chunk.rowCount,
      places.map { place -> Cells in
        switch chunk.columns[place] {
        case .levels(let codes, let levels): .codes(codes, levels.levels)
        case .numbers(let values): .flags(values)
        case .skipped, .codes, .text:
          preconditionFailure("column \(place) was not decoded for availability")
        }
      })
  }

  /// The mask of a table whose columns were read as categories (a list) or booleans (flags).
  package func availability(of table: Table) -> (mask: Availability, unknownCount: Int) {
    read(
      rowCount: table.rowCount,
      columns.map { name -> Cells in
        switch table.column(named: name)?.values {
        case .categories(let codes, let levels): .codes(codes, levels)
        case .numbers(let values): .flags(values)
        case .text, nil: preconditionFailure("column '\(name)' was not read for availability")
        }
      })
  }

  private enum Cells {
    case codes([UInt32], [String])
    case flags([Double])
  }

  private func read(rowCount: Int, _ cells: [Cells]) -> (mask: Availability, unknownCount: Int) {
    var mask = Availability(rowCount: rowCount, optionCount: classes.count)
    var unknownCount = 0
    for (place, cells) in cells.enumerated() {
      switch cells {
      case .codes(let codes, let levels):
        let lists = levels.map(list)
        var none = Availability(rowCount: 1, optionCount: classes.count)
        none.clear(0)
        for (row, code) in codes.enumerated() {
          let isMissing = code == ColumnValues.missingCode
          mask.copy(row, from: isMissing ? none : lists[Int(code)].mask, row: 0)
          unknownCount += isMissing ? 0 : lists[Int(code)].unknownCount
        }
      case .flags(let values):
        // A cell that is empty or unreadable offers nothing.
        for (row, value) in values.enumerated() where value != 1 { mask[row, place] = false }
      }
    }
    return (mask, unknownCount)
  }

  /// One list, with a mask of one row.
  private func list(_ text: String) -> (mask: Availability, unknownCount: Int) {
    var mask = Availability(rowCount: 1, optionCount: classes.count)
    mask.clear(0)
    var unknownCount = 0
    for name in text.utf8.split(separator: UInt8(ascii: "|")) {
      let trimmed = name.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
      if trimmed.isEmpty { continue }
      let code = Array(trimmed).withUnsafeBytes { codes.code(of: $0) }
      if let code { mask[0, Int(code)] = true } else { unknownCount += 1 }
    }
    return (mask, unknownCount)
  }
}

extension Model {
  /// How to read what a customer could have had, where the model asks for it.
  package var availability: AvailabilityReading? {
    guard case .multinomial(let multinomial) = predictor else { return nil }
    return multinomial.availability.map {
      AvailabilityReading($0, classes: multinomial.classes.map(\.name))
    }
  }
}
