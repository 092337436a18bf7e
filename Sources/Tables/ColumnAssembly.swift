/// Joins one column's decoded chunks and gives it its final type.
struct ColumnAssembly {
  let name: String
  let schema: ColumnSchema
  let isFixed: Bool
  let inference: TypeInference

  func column(_ parts: [DecodedColumn]) -> Column {
    switch parts.first {
    case .numbers: return Column(name: name, schema: schema, values: .numbers(numbers(parts)))
    case .text: return textColumn(parts)
    default: return levelColumn(parts)
    }
  }

  private func numbers(_ parts: [DecodedColumn]) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(parts.reduce(0) { $0 + $1.rowCount })
    for case .numbers(let part) in parts { values.append(contentsOf: part) }
    return values
  }

  /// The first rows were all distinct; a hundred thousand tell whether that goes on.
  private func textColumn(_ parts: [DecodedColumn]) -> Column {
    var texts = TextColumn()
    for case .text(let part) in parts { texts.append(part) }
    if isFixed { return Column(name: name, schema: schema, values: .text(texts)) }
    var sample = LevelDictionary()
    let codes = (0..<min(texts.count, 100_000)).map { row in
      texts.withBytes(row) { sample.insert($0) }
    }
    let inferred = inference.schema(
      name: name, levels: sample, counts: levelCounts(codes, levelCount: sample.count))
    if inferred.type == .identifier || inferred.type == .text {
      return Column(name: name, schema: inferred, values: .text(texts))
    }
    var levels = LevelDictionary()
    let all = (0..<texts.count).map { row in texts.withBytes(row) { levels.insert($0) } }
    return finished(codes: all, levels: levels)
  }

  private func levelColumn(_ parts: [DecodedColumn]) -> Column {
    var levels = LevelDictionary()
    var codes: [UInt32] = []
    codes.reserveCapacity(parts.reduce(0) { $0 + $1.rowCount })
    for case .levels(let part, let partLevels) in parts {
      let map = (0..<partLevels.count).map { code in
        partLevels.withBytes(of: code) { levels.insert($0) }
      }
      for code in part { codes.append(map[Int(code)]) }
    }
    return finished(codes: codes, levels: levels)
  }

  /// Settles the type by all the values, and turns codes into numbers where they are numbers after all.
  private func finished(codes: [UInt32], levels: LevelDictionary) -> Column {
    let settled =
      isFixed
      ? schema
      : inference.schema(
        name: name, levels: levels, counts: levelCounts(codes, levelCount: levels.count))
    let parser = NumberParser(decimalMark: inference.format.decimalMark)
    switch settled.type {
    case .number: return numeric(codes, levels, settled) { parser.number($0) }
    case .boolean: return numeric(codes, levels, settled) { BooleanWords.value($0) }
    case .date:
      let order = settled.order ?? .yearFirst
      return numeric(codes, levels, settled) { DateParser.seconds($0, order: order) }
    case .category, .identifier, .text:
      return categorical(codes, levels, settled)
    }
  }

  private func numeric(
    _ codes: [UInt32], _ levels: LevelDictionary, _ schema: ColumnSchema,
    parse: (UnsafeRawBufferPointer) -> Double?
  ) -> Column {
    let values = (0..<levels.count).map { levels.withBytes(of: $0, parse) ?? .nan }
    return Column(name: name, schema: schema, values: .numbers(codes.map { values[Int($0)] }))
  }

  /// Levels that stand for a missing value become the missing code.
  private func categorical(
    _ codes: [UInt32], _ levels: LevelDictionary, _ schema: ColumnSchema
  ) -> Column {
    var kept: [String] = []
    let map = (0..<levels.count).map { code -> UInt32 in
      if levels.withBytes(of: code, { inference.format.missing.contains($0) }) {
        return ColumnValues.missingCode
      }
      kept.append(levels.level(code))
      return UInt32(truncatingIfNeeded: kept.count - 1)
    }
    return Column(
      name: name, schema: schema,
      values: .categories(codes: codes.map { map[Int($0)] }, levels: kept))
  }
}

extension DecodedColumn {
  var rowCount: Int {
    switch self {
    case .skipped: 0
    case .numbers(let values): values.count
    case .codes(let codes), .levels(let codes, _): codes.count
    case .text(let texts): texts.count
    }
  }
}
