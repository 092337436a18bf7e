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
  package func table(
    schema: [String: ColumnSchema] = [:], threadCount: Int, rejects: RejectLog,
    progress: (Int) -> Void = { _ in }
  ) throws -> Table {
    for name in schema.keys.sorted() { _ = try column(named: name) }
    return try TableReading(
      contents: contents(), fixed: schema, threadCount: threadCount
    ).read(rejects: rejects, progress: progress)
  }
}

private struct TableReading {
  let contents: CSVContents
  let fixed: [String: ColumnSchema]
  let threadCount: Int

  private var file: CSVFile { contents.file }
  private var inference: TypeInference { TypeInference(format: file.format) }

  func read(rejects: RejectLog, progress: (Int) -> Void) throws -> Table {
    let proposed = try propose()
    var chunks = try decode(proposed.map(action), rejects, progress)
    let doubtful = try doubtfulColumns(proposed, rejects, rowCount: rejects.rowCount)
    if !doubtful.isEmpty { try reread(doubtful, into: &chunks) }
    let assembled = assemble(chunks, proposed)
    return Table(rowCount: rejects.rowCount, columns: assembled)
  }

  private func propose() throws -> [ColumnSchema] {
    let sample = try contents.sample()
    return zip(file.header, sample.columns).map { name, column in
      if let fixed = fixed[name] { return fixed }
      guard case .levels(let codes, let levels) = column else { return ColumnSchema(.text) }
      return inference.schema(
        name: name, levels: levels, counts: levelCounts(codes, levelCount: levels.count))
    }
  }

  private func action(_ schema: ColumnSchema) -> ColumnAction {
    switch schema.type {
    case .number: .number
    case .date: .date(schema.order ?? .yearFirst)
    // As levels, so that a third word further down is not lost.
    case .boolean, .category: .levels
    case .identifier, .text: .text
    }
  }

  private func decode(
    _ actions: [ColumnAction], _ rejects: RejectLog, _ progress: (Int) -> Void
  ) throws -> [DecodedChunk] {
    var chunks: [DecodedChunk] = []
    try contents.stream(
      actions, threadCount: threadCount, rejects: rejects, work: { $0 },
      deliver: { chunk, bytesConsumed in
        chunks.append(chunk)
        progress(bytesConsumed)
      })
    return chunks
  }

  /// Columns whose proposed type more than a hundredth of the present cells do not keep to.
  private func doubtfulColumns(
    _ proposed: [ColumnSchema], _ rejects: RejectLog, rowCount: Int
  ) throws(TableError) -> Set<Int> {
    var doubtful: Set<Int> = []
    for (index, cells) in rejects.unreadable.enumerated() {
      guard let line = cells.firstLine,
        Double(cells.count) > (1 - TypeInference.readableShare) * Double(rowCount)
      else { continue }
      let name = file.header[index]
      if fixed[name] != nil {
        throw .unreadableColumn(
          path: file.path, name: name, kind: proposed[index].type, count: cells.count, line: line)
      }
      doubtful.insert(index)
      rejects.forgetUnreadable(column: index)
    }
    return doubtful
  }

  private func reread(_ columns: Set<Int>, into chunks: inout [DecodedChunk]) throws {
    let actions = file.header.indices.map { columns.contains($0) ? ColumnAction.levels : .skip }
    // The rows were judged in the first pass; this one only looks closer at some columns.
    let again = try decode(actions, RejectLog(path: file.path, maxRejects: 1)) { _ in }
    for (index, chunk) in again.enumerated() {
      for column in columns { chunks[index].columns[column] = chunk.columns[column] }
    }
  }

  /// Joins the chunks column by column, the columns in parallel.
  private func assemble(
    _ chunks: [DecodedChunk], _ proposed: [ColumnSchema]
  ) -> [Column] {
    let columns = Mutex([Column?](repeating: nil, count: proposed.count))
    let next = Atomic(0)
    let (header, fixed, inference) = (file.header, fixed, inference)
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < proposed.count else { return }
        let name = header[index]
        let column = ColumnAssembly(
          name: name, schema: proposed[index], isFixed: fixed[name] != nil, inference: inference
        ).column(chunks.map { $0.columns[index] })
        columns.withLock { $0[index] = column }
      }
    }
    return columns.withLock { $0.compactMap { $0 } }
  }
}

func levelCounts(_ codes: [UInt32], levelCount: Int) -> [Int] {
  var counts = [Int](repeating: 0, count: levelCount)
  for code in codes where code < levelCount { counts[Int(code)] += 1 }
  return counts
}
