public import Tables

/// The features of some rows before the model sees them: numbers in their own units, categories as codes
/// of the encoder's levels.
public struct FeatureBatch: Sendable {
  public let rowCount: Int
  /// One per feature of the encoder.
  public let values: [FeatureValues]

  /// The rows at `indices`, in that order.
  public func rows(_ indices: [Int]) -> FeatureBatch {
    FeatureBatch(rowCount: indices.count, values: values.map { $0.rows(indices) })
  }
}

/// A batch row by row: a number, or a category's code; NaN is missing.
package struct FeatureRows: Sendable {
  package let featureCount: Int
  let values: [Double]

  package init(_ batch: FeatureBatch) {
    let featureCount = batch.values.count
    self.featureCount = featureCount
    values = [Double](unsafeUninitializedCapacity: batch.rowCount * featureCount) { rows, count in
      count = batch.rowCount * featureCount
      for (feature, values) in batch.values.enumerated() {
        switch values {
        case .numbers(let numbers):
          for (row, number) in numbers.enumerated() { rows[row * featureCount + feature] = number }
        case .codes(let codes):
          for (row, code) in codes.enumerated() {
            rows[row * featureCount + feature] =
              code == ColumnValues.missingCode ? .nan : Double(code)
          }
        }
      }
    }
  }
}

public enum FeatureValues: Sendable {
  /// NaN is missing.
  case numbers([Double])
  /// A code of the encoder's levels; their count for any other level; `ColumnValues.missingCode`.
  case codes([UInt32])

  func rows(_ indices: [Int]) -> FeatureValues {
    switch self {
    case .numbers(let values): .numbers(indices.map { values[$0] })
    case .codes(let codes): .codes(indices.map { codes[$0] })
    }
  }
}

/// One value of one feature, as a caller with a single row has it.
public enum FeatureInput: Hashable, Sendable {
  case number(Double)
  case level(String)
  case missing
}

extension Encoder {
  /// What to decode of each column of a file with this `header`, so that `batch(_:columns:)` can follow.
  ///
  /// - Throws: `TableError.missingColumn` for the first column the file lacks.
  package func actions(for file: CSVFile) throws(TableError) -> [ColumnAction] {
    var actions = [ColumnAction](repeating: .skip, count: file.header.count)
    for feature in features {
      actions[try file.column(named: feature.column)] = feature.action
    }
    return actions
  }

  /// The column of `file` that each feature is made of.
  ///
  /// - Throws: `TableError.missingColumn` for the first column the file lacks.
  package func places(in file: CSVFile) throws(TableError) -> [Int] {
    try features.map { feature throws(TableError) in try file.column(named: feature.column) }
  }

  /// The batch of one decoded chunk; `places` are the features' columns in it.
  package func batch(
    _ chunk: DecodedChunk, places: [Int], missing: MissingTokens? = nil
  ) -> FeatureBatch {
    let values = zip(features, places).map { feature, place -> FeatureValues in
      switch chunk.columns[place] {
      case .numbers(let numbers): return feature.values(numbers, snapshot: snapshot)
      case .codes(let codes): return .codes(codes)
      case .levels(let codes, let levels):
        // As they stand in the file: the words that mean a missing value are among them.
        let absent = (0..<levels.count).map { code in
          levels.withBytes(of: code) { text in missing.map { $0.contains(text) } ?? text.isEmpty }
        }
        return feature.values(
          codes.map { absent[Int($0)] ? ColumnValues.missingCode : $0 }, levels: levels.levels)
      case .skipped, .text:
        preconditionFailure("column '\(feature.column)' was not decoded by this encoder's actions")
      }
    }
    return FeatureBatch(rowCount: chunk.rowCount, values: values)
  }

  /// The batch of a whole table, whose columns have the types this encoder was made from.
  public func batch(_ table: Table) -> FeatureBatch {
    let values = features.map { feature -> FeatureValues in
      guard let column = table.column(named: feature.column) else {
        preconditionFailure("table has no column '\(feature.column)'")
      }
      switch column.values {
      case .numbers(let numbers): return feature.values(numbers, snapshot: snapshot)
      case .categories(let codes, let levels): return feature.values(codes, levels: levels)
      case .text:
        preconditionFailure("column '\(feature.column)' is text, which no feature is made of")
      }
    }
    return FeatureBatch(rowCount: table.rowCount, values: values)
  }

  /// The batch of rows given value by value, one input per feature and row. A date feature takes days
  /// before the snapshot as a number, its parts take "1" … as levels.
  public func batch(_ rows: [[FeatureInput]]) -> FeatureBatch {
    let values = features.enumerated().map { index, feature -> FeatureValues in
      switch feature.encoding {
      case .number, .offset:
        return .numbers(
          rows.map { if case .number(let value) = $0[index] { value } else { .nan } })
      case .category(let category):
        let dictionary = LevelDictionary(category.levels)
        return .codes(
          rows.map {
            guard case .level(var level) = $0[index] else { return ColumnValues.missingCode }
            return level.withUTF8 { dictionary.code(of: UnsafeRawBufferPointer($0)) }
              ?? UInt32(category.levels.count)
          })
      }
    }
    return FeatureBatch(rowCount: rows.count, values: values)
  }
}

extension Feature {
  var action: ColumnAction {
    switch source {
    case .number: return .number
    case .boolean: return .boolean
    case .daysBeforeSnapshot(let order), .month(let order), .weekday(let order):
      return .date(order)
    case .category:
      guard case .category(let category) = encoding else { return .skip }
      return .knownLevels(LevelDictionary(category.levels))
    }
  }

  /// This feature's values from a column of numbers, or of dates in seconds.
  func values(_ numbers: [Double], snapshot: Double?) -> FeatureValues {
    switch source {
    case .number, .boolean, .category: return .numbers(numbers)
    case .daysBeforeSnapshot:
      let snapshot = snapshot ?? 0
      return .numbers(numbers.map { (snapshot - $0) / 86_400 })
    case .month: return .codes(partCodes(numbers) { $0.month })
    case .weekday: return .codes(partCodes(numbers) { $0.weekday })
    }
  }

  private func partCodes(_ seconds: [Double], part: (DateParts) -> Int) -> [UInt32] {
    guard case .category(let category) = encoding else { return [] }
    let codes = Dictionary(
      uniqueKeysWithValues: category.levels.enumerated().map { ($1, UInt32($0)) })
    let unseen = UInt32(category.levels.count)
    return seconds.map {
      $0.isNaN
        ? ColumnValues.missingCode : codes[String(part(DateParts(seconds: $0)))] ?? unseen
    }
  }

  /// This feature's values from a table's own codes.
  func values(_ codes: [UInt32], levels: [String]) -> FeatureValues {
    guard case .category(let category) = encoding else { return .codes(codes) }
    let dictionary = LevelDictionary(category.levels)
    let map = levels.map { level -> UInt32 in
      var level = level
      return level.withUTF8 { dictionary.code(of: UnsafeRawBufferPointer($0)) }
        ?? UInt32(category.levels.count)
    }
    return .codes(codes.map { $0 == ColumnValues.missingCode ? $0 : map[Int($0)] })
  }
}

extension Encoder {
  /// What is added to the score of each row of `batch`, NaN where it is missing; `nil` without an offset.
  package func offsets(_ batch: FeatureBatch) -> [Double]? {
    guard let place = offsetPlace, case .numbers(let values) = batch.values[place] else {
      return nil
    }
    return values
  }

  /// How many rows of `batch` have a date after the snapshot, which training never had: they are of another
  /// day than the one their dates are counted from.
  package func countAfterSnapshot(_ batch: FeatureBatch) -> Int {
    zip(features, batch.values).map { feature, values in
      guard case .daysBeforeSnapshot = feature.source, case .number(let number) = feature.encoding,
        case .numbers(let days) = values
      else { return 0 }
      let least = min(0, number.minimum)
      return days.count { $0 < least }
    }.max() ?? 0
  }

  /// Throws where more than a hundredth of the rows have a date after the snapshot.
  package func refuse(
    _ afterSnapshotCount: Int, of rowCount: Int, path: String
  ) throws(ModelError) {
    guard let snapshot, 100 * afterSnapshotCount > rowCount else { return }
    throw .datesAfterSnapshot(
      path: path, count: afterSnapshotCount, rowCount: rowCount, snapshot: snapshot)
  }

  /// The design of `batch`: standardised dense columns and level codes.
  public func blocks(_ batch: FeatureBatch) -> FeatureBlocks {
    var dense = DenseBlock(rowCount: batch.rowCount, columnCount: denseColumnCount)
    var categories: [CategoryBlock] = []
    var column = 0
    for (feature, values) in zip(features, batch.values) {
      switch (feature.encoding, values) {
      case (.number(let number), .numbers(let values)):
        for part in number.columnParts {
          dense.setColumn(column, from: values) {
            if part == .missing { return $0.isNaN ? 1 : 0 }
            return $0.isNaN ? 0 : ($0 - number.mean) / number.scale
          }
          column += 1
        }
      case (.category(let category), .codes(let codes)):
        categories.append(category.block(codes))
      case (.offset, _): break
      default:
        preconditionFailure("feature '\(feature.name)' and its values are of different kinds")
      }
    }
    return FeatureBlocks(dense: dense, categories: categories)
  }
}

extension CategoryEncoding {
  fileprivate func block(_ codes: [UInt32]) -> CategoryBlock {
    let none = UInt32(columnParts.count)
    // The column of each part: the reference has none, and those after it move up.
    let columns = parts.indices.map { part -> UInt32 in
      guard let reference, part >= reference else { return UInt32(part) }
      return part == reference ? none : UInt32(part - 1)
    }
    let unseen = unseenPart.map { columns[$0] } ?? none
    let missing = missingPart.map { columns[$0] } ?? none
    let coded = codes.map { code -> UInt32 in
      if code == ColumnValues.missingCode { return missing }
      return code == levels.count ? unseen : columns[Int(code)]
    }
    return CategoryBlock(levelCount: columnParts.count, codes: coded)
  }
}
