import Tables

/// Reads JSON Lines of messages, perhaps inside gzip: a message, an envelope or an array of messages on each line.
package struct MessageReader: FactReader {
  package static let format = "events"

  private let path: String
  private let source: String
  private let options: MessageOptions

  package init(path: String, source: String, options: MessageOptions = MessageOptions()) {
    self.path = path
    self.source = source
    self.options = options
  }

  package func read(
    from start: ImportPlace?, threadCount: Int,
    deliver: (FactBatch, ImportPlace) throws -> Void
  ) throws {
    let blocks = try LineBlocks(
      path: path, byteOffset: start?.byteOffset ?? 0, line: start?.line ?? 1)
    let (source, options) = (source, options)
    var recordCount = start?.recordCount ?? 0
    nonisolated(unsafe) let unsharedBlocks = blocks
    try forEachInOrder(
      of: { try unsharedBlocks.next() }, threadCount: threadCount,
      work: { block in
        var reading = BlockReading(source: source, options: options)
        reading.read(block)
        return (reading.messages.batch, block, reading.recordCount)
      },
      deliver: { batch, block, count in
        recordCount += count
        try deliver(
          batch,
          ImportPlace(
            byteOffset: block.nextByteOffset, line: block.nextLine, recordCount: recordCount,
            fileBytes: block.fileBytes))
      })
  }

  /// Whether the first line of a file is a message, as far as can be seen.
  package static func recognizes(firstLine: [UInt8]) -> Bool {
    // A bracket may also begin the name of a column.
    let start = firstLine.lazy.filter { $0 > 0x20 }.prefix(2)
    return start.first == UInt8(ascii: "{")
      || Array(start) == Array("[{".utf8) || Array(start) == Array("[".utf8)
  }
}

/// The lines of one block as facts.
private struct BlockReading {
  private(set) var messages: MessageReading
  private(set) var recordCount = 0
  private var tape = JSONTape()

  init(source: String, options: MessageOptions) {
    messages = MessageReading(source: source, options: options)
  }

  mutating func read(_ block: LineBlock) {
    messages.batch.reserve(forBytes: block.bytes.count)
    for line in block.oversized {
      reject(
        "a line of \(line.byteCount) bytes; at most \(LineBlocks.maxLineBytes) are read", line.line)
    }
    var line = block.firstLine
    block.bytes.forEachLine { text in
      read(text, line: line)
      line += 1
    }
  }

  private mutating func read(_ text: UnsafeRawBufferPointer, line: Int) {
    // Blank lines are no records.
    guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    recordCount += 1
    do throws(JSONError) {
      try tape.read(text)
    } catch {
      reject("\(error)", line, record: text)
      return
    }
    tape.withRoot(of: text) { messages.read($0, line: line) }
  }

  private mutating func reject(
    _ reason: String, _ line: Int, record: UnsafeRawBufferPointer? = nil
  ) {
    if record == nil { recordCount += 1 }
    let start = record?.prefix(RejectedFact.maxBytes)
    messages.batch.rejects.append(
      RejectedFact(
        line: line, reason: reason,
        record: start.map { String(decoding: $0, as: UTF8.self) } ?? ""))
  }
}

extension FactBatch {
  /// Room for the events of a block, of some 400 bytes or more each.
  fileprivate mutating func reserve(forBytes count: Int) {
    bytes.reserveCapacity(count)
    events.reserveCapacity(count / 400)
  }
}
