import Dispatch
import Synchronization

extension CSVFile {
  /// Reads the file into a table, on `threadCount` threads.
  ///
  /// Types not given are inferred over the whole column: the first chunk proposes, and a column that
  /// does not keep to the proposal is read again and judged by all its values.
  /// - Parameters:
  ///   - schema: the types a user has fixed, by column name.
  ///   - rejects: takes the rows and cells that cannot be read.
  ///   - progress: called with the bytes consumed so far.
  /// - Throws: `TableError`.
  public func table(
    schema: [String: ColumnSchema] = [:], threadCount: Int, rejects: RejectLog,
    progress: (Int) -> Void = { _ in }
  ) throws -> Table {
    for name in schema.keys.sorted() { _ = try column(named: name) }
    return try TableReading(
      contents: contents(), fixed: schema, threadCount: threadCount
    ).read(rejects: rejects, progress: progress)
  }
}

/// The steps of reading a table that do not depend on where its values go.
struct TableReading {
  let contents: CSVContents
  let fixed: [String: ColumnSchema]
  let threadCount: Int

  var file: CSVFile { contents.file }
  var inference: TypeInference { TypeInference(format: file.format) }

  func read(rejects: RejectLog, progress: (Int) -> Void) throws -> Table {
    let sample = try contents.sample()
    let proposed = propose(sample)
    var (builders, lines) = try build(proposed, sample, rejects, progress)
    let doubtful = try doubtfulColumns(builders, rejects)
    if !doubtful.isEmpty { try rebuild(doubtful, &builders, rowCount: rejects.rowCount) }
    let results = settledColumns(builders)
    if results.contains(where: \.hasUncounted) {
      try countUnreadable(results.map { ($0.column.schema, $0.hasUncounted) }, rejects)
    }
    return Table(rowCount: rejects.rowCount, columns: results.map(\.column), lines: lines)
  }

  func propose(_ sample: DecodedChunk) -> [ColumnSchema] {
    zip(file.header, sample.columns).map { name, column in
      if let fixed = fixed[name] { return fixed }
      guard case .levels(let codes, let levels) = column else { return ColumnSchema(.text) }
      return inference.schema(
        name: name, levels: levels, counts: levelCounts(codes, levelCount: levels.count))
    }
  }

  func action(_ schema: ColumnSchema, isFixed: Bool) -> ColumnAction {
    switch schema.type {
    case .number: .number
    case .date: .date(schema.order ?? .yearFirst)
    // Where it is only a proposal, as levels, so that a third word further down is not lost.
    case .boolean: isFixed ? .boolean : .levels
    case .category: .levels
    case .identifier, .text: .text
    }
  }

  private func build(
    _ proposed: [ColumnSchema], _ sample: DecodedChunk, _ rejects: RejectLog,
    _ progress: (Int) -> Void
  ) throws -> (builders: [ColumnBuilder], lines: [Int]) {
    var builders = zip(file.header, proposed).map { name, schema in
      ColumnBuilder(name: name, schema: schema, isFixed: fixed[name] != nil)
    }
    let expected = contents.expectedRowCount(sample)
    let missing = file.format.missing
    var lines: [Int] = []
    lines.reserveCapacity(expected)
    try contents.stream(
      builders.map { action($0.schema, isFixed: $0.isFixed) }, threadCount: threadCount,
      rejects: rejects, work: { $0 },
      deliver: { chunk, place in
        for index in builders.indices {
          builders[index].append(
            chunk.columns[index], expectedRowCount: expected, missing: missing)
        }
        lines.append(contentsOf: chunk.lines.lazy.map { place.line($0) })
        progress(place.bytesConsumed)
      })
    return (builders, lines)
  }

  /// Columns whose proposed type more than a hundredth of the present cells do not keep to.
  func doubtfulColumns(
    _ builders: [some ProposedColumn], _ rejects: RejectLog
  ) throws(TableError) -> Set<Int> {
    var doubtful: Set<Int> = []
    for (index, cells) in rejects.unreadable.enumerated() {
      guard let line = cells.firstLine else { continue }
      let builder = builders[index]
      let readable = builder.readableCount
      if TypeInference.isEnough(readable: readable, of: readable + cells.count) { continue }
      if builder.isFixed {
        throw .unreadableColumn(
          path: file.path, name: builder.name, kind: builder.schema.type, count: cells.count,
          line: line)
      }
      doubtful.insert(index)
      rejects.setUnreadable(UnreadableCells(), column: index)
    }
    return doubtful
  }

  /// Reads the doubtful columns again, as levels, so that all their values can judge.
  private func rebuild(
    _ columns: Set<Int>, _ builders: inout [ColumnBuilder], rowCount: Int
  ) throws {
    for index in columns {
      let name = file.header[index]
      builders[index] = ColumnBuilder(name: name, schema: ColumnSchema(.category), isFixed: false)
    }
    let missing = file.format.missing
    // The rows were judged in the first pass; this one only looks closer at some columns.
    try contents.stream(
      file.header.indices.map { columns.contains($0) ? .levels : .skip },
      threadCount: threadCount, rejects: RejectLog(path: file.path, maxRejects: 1), work: { $0 },
      deliver: { chunk, _ in
        for index in columns {
          builders[index].append(
            chunk.columns[index], expectedRowCount: rowCount, missing: missing)
        }
      })
  }

  /// Reads the columns once more that turned out to be numbers or dates after all, with some cells that
  /// are not: how many, and where the first stands, is not known of levels.
  func countUnreadable(
    _ results: [(schema: ColumnSchema, hasUncounted: Bool)], _ rejects: RejectLog
  ) throws {
    let log = try RejectLog(path: file.path, maxRejects: 1)
    try contents.stream(
      results.map { $0.hasUncounted ? action($0.schema, isFixed: true) : .skip },
      threadCount: threadCount, rejects: log, work: { _ in }, deliver: { _, _ in })
    for (index, result) in results.enumerated() where result.hasUncounted {
      rejects.setUnreadable(log.unreadable[index], column: index)
    }
  }

  /// Settles each column's type, the columns in parallel.
  private func settledColumns(_ builders: [ColumnBuilder]) -> [ColumnBuilder.Result] {
    let inference = inference
    let results = Mutex([ColumnBuilder.Result?](repeating: nil, count: builders.count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < builders.count else { return }
        let result = builders[index].result(inference)
        results.withLock { $0[index] = result }
      }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
