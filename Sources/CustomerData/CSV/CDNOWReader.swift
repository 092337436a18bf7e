import Tables

/// Reads the purchases of CDNOW as Bruce Hardie publishes them: text in columns, without a header.
///
/// The master file has customer, date (YYYYMMDD), number of CDs and dollars; the 1/10 sample has the
/// customer's number in the sample after the one in the master. Orders have no ids: one is made of the
/// customer, the day and the count within it, so that the sample's orders are those of the master.
package struct CDNOWReader: FactReader {
  package static let format = "cdnow"
  package let path: String
  private static let batchLines = 5_000

  package init(path: String) { self.path = path }

  /// Whether a file's first line has this form.
  package static func recognises(_ line: UnsafeRawBufferPointer) -> Bool { Purchase(line) != nil }

  package func read(
    from start: ImportPlace?, threadCount: Int = 1,
    deliver: (FactBatch, ImportPlace) throws -> Void
  ) throws {
    let context = ImportContext(writtenAt: .earliest)
    var facts = RowFacts(source: "cdnow", context: context)
    var place = ImportPlace(byteOffset: 0, line: 1, recordCount: 0, fileBytes: 0)
    var last: (key: String, count: Int) = ("", 0)
    func pass() throws {
      if start.map({ place.recordCount > $0.recordCount }) ?? true {
        try deliver(facts.batch, place)
      }
      facts = RowFacts(source: "cdnow", context: context)
    }
    try forEachLine(of: path) { line, number, fileBytes in
      guard !line.allSatisfy({ $0 == 0x20 }) else { return }
      place.recordCount += 1
      if let purchase = Purchase(line) {
        last = last.key == purchase.key ? (last.key, last.count + 1) : (purchase.key, 1)
        purchase.add(to: &facts, number: last.count)
      } else {
        facts.reject(
          line: number,
          "not of the form: customer, date as YYYYMMDD, number of CDs, dollars with two decimals",
          record: String(decoding: line.prefix(RejectedFact.maxBytes), as: UTF8.self))
      }
      place.line = number + 1
      place.fileBytes = fileBytes
      if place.recordCount % Self.batchLines == 0 { try pass() }
    }
    if place.recordCount % Self.batchLines != 0 { try pass() }
  }

  private struct Purchase {
    let customer: String
    let day: Instant
    let dayText: String
    let discs: Int64
    let cents: Int64

    var key: String { "\(customer)-\(dayText)" }

    init?(_ line: UnsafeRawBufferPointer) {
      let fields = line.split(separator: 0x20)
      guard fields.count == 4 || fields.count == 5,
        fields.dropLast().allSatisfy({ $0.allSatisfy { $0 &- 0x30 <= 9 } })
      else { return nil }
      let values = fields.map { UnsafeRawBufferPointer(rebasing: $0) }
      let day = values[fields.count - 3]
      let mapping = ImportMapping(name: "", source: "", record: .orders, columns: [:])
      guard day.count == 8, let instant = mapping.instant(day),
        let discs = Int64(String(decoding: values[fields.count - 2], as: UTF8.self)),
        let amount = ExactDecimal(values[fields.count - 1], decimalMark: UInt8(ascii: ".")),
        amount.scale == 2
      else { return nil }
      customer = String(decoding: values[0], as: UTF8.self)
      self.day = instant
      dayText = String(decoding: day, as: UTF8.self)
      self.discs = discs
      cents = amount.digits
    }

    func add(to facts: inout RowFacts, number: Int) {
      let orderID = "cdnow-\(key)-\(number)"
      let identity = Identity(kind: .userID, normalizedValue: customer)
      var order = Order(
        orderID: orderID, person: facts.person([identity], knownAt: day), eventTime: day,
        knownAt: day)
      order.placedAt = day
      order.status = .paid
      order.currency = Currency("USD")
      order.subtotal = cents
      order.total = cents
      facts.batch.orders.append(order)
      // The value is that of the whole purchase; what one disc cost is not known.
      facts.batch.orderLines.append(
        OrderLine(
          orderID: orderID, lineNumber: 1, productID: "CD", quantity: Double(discs), price: nil,
          eventTime: day, knownAt: day))
    }
  }
}
