package import Tables

/// Reads Kevin Hillstrom's e-mail experiment (2008): a customer a row, in one of three arms, with what was
/// known before and what happened within two weeks.
///
/// Customers have no ids: they are numbered by their row. The file has no dates: the mail is dated by the
/// day of its publication, 20 March 2008, and outcomes by the end of their two weeks, when all are known.
package struct HillstromReader: FactReader {
  package static let format = "hillstrom"
  package let path: String
  private let options: CSVOptions
  private let places: [Column: Int]

  private enum Column: String, CaseIterable {
    case recency, history, mens, womens, newbie, channel, segment, visit, conversion, spend
    case historySegment = "history_segment"
    case zipCode = "zip_code"
  }

  /// Whether a file with this header is of this form.
  package static func recognises(_ header: [String]) -> Bool {
    Column.allCases.allSatisfy { header.contains($0.rawValue) }
  }

  package init(path: String, options: CSVOptions = CSVOptions()) throws {
    self.path = path
    self.options = options
    let file = try CSVFile(path: path, options: options)
    var places: [Column: Int] = [:]
    for column in Column.allCases { places[column] = try file.column(named: column.rawValue) }
    self.places = places
  }

  private static let mailedAt = Instant(milliseconds: 1_205_971_200_000)
  private static let knownAt = mailedAt + 14 * 86_400_000
  private static let campaignID = "hillstrom-2008"
  private static let holdout = "No E-Mail"

  package func read(
    from start: ImportPlace?, threadCount: Int,
    deliver: (FactBatch, ImportPlace) throws -> Void
  ) throws {
    let file = try CSVFile(path: path, options: options)
    let rejects = try RejectLog(path: path, maxRejects: 1)
    var place = ImportPlace(byteOffset: 0, line: 1, recordCount: 0, fileBytes: 0)
    try file.stream(
      [ColumnAction](repeating: .text, count: file.header.count), threadCount: threadCount,
      rejects: rejects, work: { $0 },
      deliver: { chunk, chunkPlace in
        let batch = facts(chunk, chunkPlace)
        place.recordCount += chunk.rowCount + chunk.rejected.count
        place.line = chunkPlace.firstLine
        place.fileBytes = chunkPlace.bytesConsumed
        if let start, place.recordCount <= start.recordCount { return }
        try deliver(batch, place)
      })
  }

  private func facts(_ chunk: DecodedChunk, _ place: ChunkPlace) -> FactBatch {
    var facts = RowFacts(source: Self.format, context: ImportContext(writtenAt: Self.mailedAt))
    if place.firstLine == 2 {
      var campaign = Campaign(
        campaignID: Self.campaignID, name: "MineThatData e-mail test", knownAt: Self.mailedAt)
      campaign.kind = .mass
      campaign.channel = "email"
      facts.batch.campaigns.append(campaign)
    }
    for row in 0..<chunk.rowCount {
      let line = place.line(chunk.lines[row])
      let cells = places.mapValues { column -> String in
        if case .text(let text) = chunk.columns[column] { text[row] } else { "" }
      }
      do throws(RowFault) {
        try add(cells, line: line, to: &facts)
      } catch {
        facts.reject(line: line, error.reason, record: "")
      }
    }
    for record in chunk.rejected {
      facts.reject(
        line: place.firstLine + record.line - 1, record.reason,
        record: String(decoding: record.bytes.prefix(RejectedFact.maxBytes), as: UTF8.self))
    }
    return facts.batch
  }

  private func add(
    _ cells: [Column: String], line: Int, to facts: inout RowFacts
  ) throws(RowFault) {
    guard let arm = cells[.segment], !arm.isEmpty else { throw RowFault("no segment") }
    let id = "hillstrom-\(line - 1)"
    let identity = Identity(kind: .userID, normalizedValue: id)
    guard let person = facts.person([identity], knownAt: Self.mailedAt) else { return }
    addTraits(cells, person, to: &facts)
    var message = Message(
      messageID: id, person: person, channel: "email", knownAt: Self.mailedAt)
    message.campaignID = Self.campaignID
    message.variantID = arm
    message.suppressedReason = arm == Self.holdout ? "holdout" : nil
    facts.batch.messages.append(message)
    facts.batch.messageSteps.append(
      MessageStep(
        messageID: id, kind: arm == Self.holdout ? .decided : .sent, eventTime: Self.mailedAt,
        knownAt: Self.mailedAt))
    facts.batch.exposures.append(
      ExperimentExposure(
        experimentID: Self.campaignID, variantID: arm, person: person, eventTime: Self.mailedAt,
        knownAt: Self.mailedAt))
    try addOutcomes(cells, id, person, to: &facts)
  }

  private func addTraits(_ cells: [Column: String], _ person: Int, to facts: inout RowFacts) {
    let columns: [Column] = [
      .recency, .historySegment, .history, .mens, .womens, .zipCode, .newbie, .channel,
    ]
    for column in columns {
      guard var text = cells[column], !text.isEmpty else { continue }
      let value = text.withUTF8 { JSONText.value(UnsafeRawBufferPointer($0)) }
      facts.batch.traits.append(
        Trait(
          person: person, key: column.rawValue, value: value, eventTime: Self.mailedAt,
          knownAt: Self.mailedAt))
    }
  }

  private func addOutcomes(
    _ cells: [Column: String], _ id: String, _ person: Int, to facts: inout RowFacts
  ) throws(RowFault) {
    for column in [Column.visit, .conversion] where cells[column] != "0" && cells[column] != "1" {
      throw RowFault("column '\(column.rawValue)' is neither 0 nor 1")
    }
    if cells[.visit] == "1" {
      var touch = Touchpoint(
        touchID: "\(id)-visit", person: person, kind: "visit", channel: "site",
        eventTime: Self.knownAt, knownAt: Self.knownAt)
      touch.campaignID = Self.campaignID
      facts.batch.touchpoints.append(touch)
    }
    guard cells[.conversion] == "1" else { return }
    var spend = cells[.spend] ?? ""
    let amount = spend.withUTF8 {
      ExactDecimal(UnsafeRawBufferPointer($0), decimalMark: UInt8(ascii: "."))?.minorUnits(2)
    }
    guard let amount else { throw RowFault("column 'spend' is no amount that can be read") }
    var order = Order(
      orderID: "\(id)-order", person: person, eventTime: Self.knownAt, knownAt: Self.knownAt)
    order.placedAt = Self.knownAt
    order.status = .paid
    order.currency = Currency("USD")
    order.total = amount
    facts.batch.orders.append(order)
  }
}
