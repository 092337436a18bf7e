package import Tables

/// Reads a CSV file by a mapping: a known format's or a user's own.
package struct CSVFactReader: FactReader {
  package let path: String
  package let plan: ColumnPlan
  private let options: CSVOptions
  private let context: ImportContext

  /// - Throws: `TableError` for a file that is no CSV, `ImportError` for a mapping that does not fit it.
  package init(
    path: String, mapping: ImportMapping, options: CSVOptions = CSVOptions(),
    context: ImportContext
  ) throws {
    self.path = path
    self.options = options
    self.context = context
    plan = try ColumnPlan(mapping, file: try CSVFile(path: path, options: options))
  }

  /// The format's name.
  package var format: String { plan.mapping.name }

  /// Calls `deliver` with batches in the order of the file. A file is parsed from its beginning also where
  /// `start` is further on, as gzip must be; what was delivered before is not delivered again.
  package func read(
    from start: ImportPlace?, threadCount: Int,
    deliver: (FactBatch, ImportPlace) throws -> Void
  ) throws {
    let file = try CSVFile(path: path, options: options)
    // Its own limit is the importer's to hold, over all kinds of rejects.
    let rejects = try RejectLog(path: path, maxRejects: 1)
    var place = ImportPlace(byteOffset: 0, line: 1, recordCount: 0, fileBytes: 0)
    func pass(_ batch: FactBatch) throws {
      if let start, place.recordCount <= start.recordCount { return }
      try deliver(batch, place)
    }
    if plan.mapping.record == .orderLines {
      var assembler = OrderAssembler()
      try stream(file, rejects, threadCount: threadCount, orderRows) { rows, chunk in
        place.advance(by: rows.count, chunk)
        var facts = RowFacts(source: plan.mapping.source, context: context)
        assembler.add(rows.map { $0.at(chunk) }, to: &facts)
        try pass(facts.batch)
      }
      var facts = RowFacts(source: plan.mapping.source, context: context)
      assembler.finish(&facts)
      try deliver(facts.batch, place)
    } else {
      try stream(file, rejects, threadCount: threadCount, facts) { read, chunk in
        place.advance(by: read.recordCount, chunk)
        var batch = read.batch
        batch.rejects = batch.rejects.map { $0.at(chunk) }
        try pass(batch)
      }
    }
  }

  private func stream<Output: Sendable>(
    _ file: CSVFile, _ rejects: RejectLog, threadCount: Int,
    _ work: @escaping @Sendable (DecodedChunk) -> Output,
    _ deliver: (Output, ChunkPlace) throws -> Void
  ) throws {
    let actions = [ColumnAction](repeating: .text, count: file.header.count)
    try file.stream(
      actions, threadCount: threadCount, rejects: rejects, work: { work($0) }, deliver: deliver)
  }

  private func facts(_ chunk: DecodedChunk) -> (batch: FactBatch, recordCount: Int) {
    var facts = RowFacts(source: plan.mapping.source, context: context)
    let rows = ChunkRows(chunk, plan)
    for row in 0..<chunk.rowCount {
      do throws(RowFault) {
        try facts.add(rows[row])
      } catch {
        facts.batch.rejects.append(rows.reject(row, error))
      }
    }
    facts.batch.rejects += rows.unreadable
    facts.batch.rejects.sort { $0.line < $1.line }
    return (facts.batch, chunk.rowCount + chunk.rejected.count)
  }

  private func orderRows(_ chunk: DecodedChunk) -> [OrderAssembler.Row] {
    let rows = ChunkRows(chunk, plan)
    let read = (0..<chunk.rowCount).map { row -> OrderAssembler.Row in
      do throws(RowFault) {
        var order = try OrderRow(rows[row], context)
        if let line = try OrderLineRow(rows[row]) { order.lines = [line] }
        return .order(order, line: Int(chunk.lines[row]))
      } catch {
        return .reject(rows.reject(row, error))
      }
    }
    return read + rows.unreadable.map { .reject($0) }
  }
}

/// The rows of a decoded chunk by their meaning.
private struct ChunkRows {
  private let chunk: DecodedChunk
  private let plan: ColumnPlan
  private let columns: [TextColumn]

  init(_ chunk: DecodedChunk, _ plan: ColumnPlan) {
    self.chunk = chunk
    self.plan = plan
    columns = chunk.columns.map { column in
      if case .text(let text) = column { text } else { TextColumn() }
    }
  }

  subscript(row: Int) -> MappedRow { MappedRow(plan: plan, columns: columns, row: row) }

  /// A row that is well formed and says nothing that can be taken.
  func reject(_ row: Int, _ fault: RowFault) -> RejectedFact {
    var bytes: [UInt8] = []
    for (index, column) in columns.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      column.withBytes(row) { appendCSVField($0, to: &bytes) }
    }
    return RejectedFact(
      line: Int(chunk.lines[row]), reason: fault.reason,
      record: String(decoding: bytes.prefix(RejectedFact.maxBytes), as: UTF8.self))
  }

  /// Records that are no rows at all.
  var unreadable: [RejectedFact] {
    chunk.rejected.map { record in
      RejectedFact(
        line: record.line, reason: record.reason,
        record: String(decoding: record.bytes.prefix(RejectedFact.maxBytes), as: UTF8.self))
    }
  }
}

extension RejectedFact {
  /// The same reject by its line in the file.
  fileprivate func at(_ place: ChunkPlace) -> RejectedFact {
    RejectedFact(line: place.firstLine + line - 1, reason: reason, record: record)
  }
}

extension OrderAssembler.Row {
  fileprivate func at(_ place: ChunkPlace) -> Self {
    switch self {
    case .order(let order, let line): .order(order, line: place.firstLine + line - 1)
    case .reject(let reject): .reject(reject.at(place))
    }
  }
}

extension ImportPlace {
  fileprivate mutating func advance(by recordCount: Int, _ chunk: ChunkPlace) {
    self.recordCount += recordCount
    line = chunk.firstLine
    fileBytes = chunk.bytesConsumed
    byteOffset = chunk.bytesConsumed
  }
}
