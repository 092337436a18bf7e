extension CSVFile {
  /// Reads the file into files without a name in the folder `directory`, on `threadCount` threads: types are
  /// inferred as `table` infers them, and memory does not grow with the rows.
  ///
  /// - Parameters:
  ///   - schema: the types a user has fixed, by column name.
  ///   - rejects: takes the rows and cells that cannot be read.
  ///   - progress: called with the bytes consumed so far.
  /// - Throws: `TableError`, where the disk is full among others.
  public func spilledTable(
    in directory: String, schema: [String: ColumnSchema] = [:], threadCount: Int,
    rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> SpilledTable {
    for name in schema.keys.sorted() { _ = try column(named: name) }
    return try SpilledTableReading(
      reading: TableReading(contents: contents(), fixed: schema, threadCount: threadCount),
      directory: directory
    ).read(rejects: rejects, progress: progress)
  }
}

private struct SpilledTableReading {
  let reading: TableReading
  let directory: String

  private var file: CSVFile { reading.file }
  /// Pages of the file that have been read count as memory until they are given back.
  private static let releasedBytes = 16 << 20

  func read(rejects: RejectLog, progress: (Int) -> Void) throws -> SpilledTable {
    var builders = try zip(file.header, reading.propose(reading.contents.sample())).map {
      try SpilledColumnBuilder(
        name: $0, schema: $1, isFixed: reading.fixed[$0] != nil, directory: directory)
    }
    try fill(
      &builders, Set(builders.indices), rejects: rejects,
      actions: builders.map { reading.action($0.schema, isFixed: $0.isFixed) }, progress)
    let doubtful = try reading.doubtfulColumns(builders, rejects)
      .union(builders.indices.filter { builders[$0].isDoubtfulText(reading.inference) })
    if !doubtful.isEmpty { try rebuild(doubtful, &builders) }
    let results = try builders.map { try $0.result(reading.inference) }
    if results.contains(where: \.hasUncounted) {
      try reading.countUnreadable(results.map { ($0.column.schema, $0.hasUncounted) }, rejects)
    }
    return SpilledTable(rowCount: rejects.rowCount, columns: results.map(\.column))
  }

  private func fill(
    _ builders: inout [SpilledColumnBuilder], _ columns: Set<Int>, rejects: RejectLog,
    actions: [ColumnAction], _ progress: (Int) -> Void
  ) throws {
    let missing = file.format.missing
    var released = 0
    try reading.contents.stream(
      actions, threadCount: reading.threadCount, rejects: rejects, work: { $0 },
      deliver: { chunk, place in
        for index in columns {
          try builders[index].append(chunk.columns[index], missing: missing)
        }
        if place.bytesConsumed > released + Self.releasedBytes {
          reading.contents.contents.release(released..<place.bytesConsumed)
          released = place.bytesConsumed
        }
        progress(place.bytesConsumed)
      })
  }

  /// Reads columns again, as levels, so that all their values can judge.
  private func rebuild(_ columns: Set<Int>, _ builders: inout [SpilledColumnBuilder]) throws {
    for index in columns {
      builders[index] = try SpilledColumnBuilder(
        name: file.header[index], schema: ColumnSchema(.category), isFixed: false,
        directory: directory)
    }
    // The rows were judged in the first pass.
    try fill(
      &builders, columns, rejects: RejectLog(path: file.path, maxRejects: 1),
      actions: file.header.indices.map { columns.contains($0) ? .levels : .skip }, { _ in })
  }
}

/// Joins one column's decoded chunks in a file, and gives it its final type.
private struct SpilledColumnBuilder: ProposedColumn {
  let name: String
  let schema: ColumnSchema
  let isFixed: Bool
  private let file: SpillFile
  private(set) var readableCount = 0
  private var levels = LevelDictionary()
  private var levelCounts: [Int] = []
  /// The first texts of a column of texts, which tell whether it is one.
  private var texts = TextColumn()

  init(name: String, schema: ColumnSchema, isFixed: Bool, directory: String) throws(TableError) {
    self.name = name
    self.schema = schema
    self.isFixed = isFixed
    file = try SpillFile(directory: directory)
  }

  mutating func append(_ part: DecodedColumn, missing: MissingTokens) throws(TableError) {
    switch part {
    case .numbers(let values):
      readableCount += values.count { !$0.isNaN }
      try write(values)
    case .levels(let values, let chunkLevels):
      let map = (0..<chunkLevels.count).map { code in
        chunkLevels.withBytes(of: code) { levels.insert($0) }
      }
      levelCounts += Array(repeating: 0, count: levels.count - levelCounts.count)
      let codes = values.map { map[Int($0)] }
      for code in codes { levelCounts[Int(code)] += 1 }
      try write(codes)
    case .text(let values):
      if texts.count < ColumnBuilder.textSampleCount { texts.append(values, missing: missing) }
    case .codes, .skipped: break
    }
  }

  private func write<Element: BitwiseCopyable>(_ values: [Element]) throws(TableError) {
    try values.withUnsafeBufferPointer { values throws(TableError) in
      try file.append(UnsafeRawBufferPointer(values))
    }
  }

  /// Whether what the first chunk took for texts is something else.
  func isDoubtfulText(_ inference: TypeInference) -> Bool {
    guard texts.count > 0, !isFixed else { return false }
    let inferred = ColumnBuilder.textSchema(texts, name: name, inference).type
    return inferred != .identifier && inferred != .text
  }

  func result(_ inference: TypeInference) throws -> (column: SpilledColumn, hasUncounted: Bool) {
    if texts.count > 0 {
      let schema = isFixed ? schema : ColumnBuilder.textSchema(texts, name: name, inference)
      return (SpilledColumn(name: name, schema: schema, values: .none), false)
    }
    let region = try file.mapped()
    guard levels.count > 0 else {
      return (SpilledColumn(name: name, schema: schema, values: .numbers(region)), false)
    }
    let schema =
      isFixed ? schema : inference.schema(name: name, levels: levels, counts: levelCounts)
    let meaning = ColumnBuilder.meaning(of: levels, schema: schema, format: inference.format)
    let values: SpilledColumn.Values =
      switch meaning.values {
      case .numbers(let numbers): .codedNumbers(region, numbers)
      case .categories(let map, let kept): .categories(region, map, levels: kept)
      case .text: .none
      }
    return (
      SpilledColumn(name: name, schema: schema, values: values), meaning.hasUnreadable
    )
  }
}
