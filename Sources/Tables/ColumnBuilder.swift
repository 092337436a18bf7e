/// A column as it is being read, with the type that the first chunk proposes.
protocol ProposedColumn {
  var name: String { get }
  var schema: ColumnSchema { get }
  /// Whether a user has fixed the type.
  var isFixed: Bool { get }
  /// Cells of a column of numbers that are neither missing nor unreadable.
  var readableCount: Int { get }
}

/// Joins one column's decoded chunks, in the order of the file, and gives it its final type.
///
/// Chunks are taken as they come, so that their memory serves the next ones and the table is the only
/// large thing in memory.
struct ColumnBuilder: ProposedColumn, Sendable {
  let name: String
  /// As proposed by the first chunk, or fixed by a user.
  let schema: ColumnSchema
  let isFixed: Bool
  private var numbers: [Double] = []
  private var codes: [UInt32] = []
  private var levels = LevelDictionary()
  private var texts = TextColumn()

  /// A column, and whether it holds cells that its type cannot read and nobody has counted yet.
  struct Result: Sendable {
    var column: Column
    var hasUncounted = false
  }

  init(name: String, schema: ColumnSchema, isFixed: Bool) {
    self.name = name
    self.schema = schema
    self.isFixed = isFixed
  }

  var readableCount: Int { numbers.count { !$0.isNaN } }

  mutating func append(_ part: DecodedColumn, expectedRowCount: Int, missing: MissingTokens) {
    switch part {
    case .numbers(let values):
      if numbers.isEmpty { numbers.reserveCapacity(expectedRowCount) }
      numbers.append(contentsOf: values)
    case .levels(let values, let chunkLevels):
      if codes.isEmpty { codes.reserveCapacity(expectedRowCount) }
      let map = (0..<chunkLevels.count).map { code in
        chunkLevels.withBytes(of: code) { levels.insert($0) }
      }
      for code in values { codes.append(map[Int(code)]) }
    case .text(let values): texts.append(values, missing: missing)
    case .codes, .skipped: break
    }
  }

  /// The column, its type settled by all its values.
  func result(_ inference: TypeInference) -> Result {
    if !codes.isEmpty { return settled(codes: codes, levels: levels, inference) }
    if texts.count > 0 { return textColumn(inference) }
    return Result(column: Column(name: name, schema: schema, values: .numbers(numbers)))
  }

  private func textColumn(_ inference: TypeInference) -> Result {
    if isFixed { return Result(column: Column(name: name, schema: schema, values: .text(texts))) }
    let inferred = Self.textSchema(texts, name: name, inference)
    if inferred.type == .identifier || inferred.type == .text {
      return Result(column: Column(name: name, schema: inferred, values: .text(texts)))
    }
    var levels = LevelDictionary()
    let codes = (0..<texts.count).map { row in texts.withBytes(row) { levels.insert($0) } }
    return settled(codes: codes, levels: levels, inference)
  }

  /// Settles the type by all the values, and turns codes into numbers where they are numbers after all.
  private func settled(
    codes: [UInt32], levels: LevelDictionary, _ inference: TypeInference
  ) -> Result {
    let schema =
      isFixed
      ? self.schema
      : inference.schema(
        name: name, levels: levels, counts: levelCounts(codes, levelCount: levels.count))
    let meaning = Self.meaning(of: levels, schema: schema, format: inference.format)
    let values: ColumnValues =
      switch meaning.values {
      case .numbers(let numbers): .numbers(codes.map { numbers[Int($0)] })
      case .categories(let map, let kept):
        .categories(codes: codes.map { map[Int($0)] }, levels: kept)
      case .text(let texts): .text(texts)
      }
    return Result(
      column: Column(name: name, schema: schema, values: values),
      hasUncounted: meaning.hasUnreadable)
  }
}

extension ColumnBuilder {
  /// So many texts tell whether a column is one of texts.
  static let textSampleCount = 100_000

  /// The first rows were all distinct; a hundred thousand tell whether that goes on.
  static func textSchema(
    _ texts: TextColumn, name: String, _ inference: TypeInference
  ) -> ColumnSchema {
    var sample = LevelDictionary()
    let codes = (0..<min(texts.count, textSampleCount)).map { row in
      texts.withBytes(row) { sample.insert($0) }
    }
    return inference.schema(
      name: name, levels: sample, counts: levelCounts(codes, levelCount: sample.count))
  }

  /// What the texts of a column of this type mean: a number for each, or a code of the levels that are
  /// kept; and whether one that is not missing cannot be read.
  static func meaning(
    of levels: LevelDictionary, schema: ColumnSchema, format: CSVFormat
  ) -> (values: ColumnValues, hasUnreadable: Bool) {
    switch schema.type {
    case .number:
      let parser = NumberParser(decimalMark: format.decimalMark)
      return numbers(levels, format.missing) { parser.number($0) }
    case .boolean: return numbers(levels, format.missing) { BooleanWords.value($0) }
    case .date:
      let order = schema.order ?? .yearFirst
      return numbers(levels, format.missing) { DateParser.seconds($0, order: order) }
    case .category, .identifier, .text: return (categories(levels, format.missing), false)
    }
  }

  private static func numbers(
    _ levels: LevelDictionary, _ missing: MissingTokens,
    parse: (UnsafeRawBufferPointer) -> Double?
  ) -> (values: ColumnValues, hasUnreadable: Bool) {
    var hasUnreadable = false
    let values = (0..<levels.count).map { code in
      levels.withBytes(of: code) { text -> Double in
        if missing.contains(text) { return .nan }
        if let value = parse(text) { return value }
        hasUnreadable = true
        return .nan
      }
    }
    return (.numbers(values), hasUnreadable)
  }

  /// Levels that stand for a missing value become the missing code. Bytes that are not UTF-8 become
  /// U+FFFD, and levels that this makes equal become one.
  private static func categories(
    _ levels: LevelDictionary, _ missing: MissingTokens
  ) -> ColumnValues {
    var kept = LevelDictionary()
    let codes = (0..<levels.count).map { code -> UInt32 in
      if levels.withBytes(of: code, { missing.contains($0) }) { return ColumnValues.missingCode }
      var level = levels.level(code)
      return level.withUTF8 { kept.insert(UnsafeRawBufferPointer($0)) }
    }
    return .categories(codes: codes, levels: kept.levels)
  }
}

func levelCounts(_ codes: [UInt32], levelCount: Int) -> [Int] {
  var counts = [Int](repeating: 0, count: levelCount)
  for code in codes where code < levelCount { counts[Int(code)] += 1 }
  return counts
}
