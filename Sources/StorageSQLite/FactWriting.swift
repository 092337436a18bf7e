import CustomerData
import GRDB

/// Writes the facts of a batch other than events, a table at a time.
struct FactWriting {
  let db: Database
  let sourceID: Int64
  /// The node of each person of the batch.
  let people: [Int64]

  func write(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try writePeople(batch, &summary)
    try writeOrders(batch, &summary)
    try writeLeads(batch, &summary)
    try writeMessages(batch, &summary)
    try writeMarketing(batch, &summary)
  }

  /// Inserts each of `facts`; nothing is prepared where there are none.
  func insert<Fact>(
    _ facts: [Fact], into table: StoreTable, key: [String], _ columns: [String],
    second: SecondRow = .dropped, _ summary: inout WriteSummary,
    bind: (Fact, inout RowBinder) -> Void
  ) throws {
    guard !facts.isEmpty else { return }
    let insertion = try TableInsertion(
      db, into: table, key: key, columns + ["source_id"], second: second)
    for fact in facts {
      let isNew = try insertion.insert { statement in
        var row = RowBinder(statement)
        bind(fact, &row)
        row.add(sourceID)
      }
      if isNew { summary.newFacts += 1 } else { summary.knownFacts += 1 }
    }
  }

  private func writePeople(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try insert(
      batch.traits, into: .traits, key: ["identity_id", "key", "event_time", "known_at"],
      ["identity_id", "key", "event_time", "known_at", "value"], &summary
    ) { trait, row in
      row.add(people[trait.person])
      row.add(trait.key)
      row.add(trait.eventTime)
      row.add(trait.knownAt)
      row.add(trait.value)
    }
    try insert(
      batch.consents, into: .consents, key: ["identity_id", "channel", "purpose", "event_time"],
      ["identity_id", "channel", "purpose", "event_time", "known_at", "status"], &summary
    ) { consent, row in
      row.add(people[consent.person])
      row.add(consent.channel)
      row.add(consent.purpose)
      row.add(consent.eventTime)
      row.add(consent.knownAt)
      row.add(consent.status.rawValue)
    }
    try insert(
      batch.scores, into: .scores, key: ["identity_id", "model_id", "as_of"],
      [
        "identity_id", "model_id", "as_of", "probability", "lower", "upper", "decile", "reasons",
        "known_at",
      ], &summary
    ) { score, row in
      row.add(people[score.person])
      row.add(score.modelID)
      row.add(score.asOf)
      row.add(score.probability)
      row.add(score.interval?.lowerBound)
      row.add(score.interval?.upperBound)
      row.add(score.decile.map { Int64($0) })
      row.add(score.reasons)
      row.add(score.knownAt)
    }
    try insert(
      batch.exposures, into: .exposures, key: ["experiment_id", "identity_id", "event_time"],
      ["experiment_id", "identity_id", "event_time", "variant_id", "known_at"], &summary
    ) { exposure, row in
      row.add(exposure.experimentID)
      row.add(people[exposure.person])
      row.add(exposure.eventTime)
      row.add(exposure.variantID)
      row.add(exposure.knownAt)
    }
  }

  private func writeOrders(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try insert(
      batch.products, into: .products, key: ["product_id", "valid_from"],
      [
        "product_id", "valid_from", "sku", "name", "category", "brand", "price", "cost", "currency",
        "known_at",
      ], second: .fills, &summary
    ) { product, row in
      row.add(product.productID)
      row.add(product.validFrom)
      row.add(product.sku)
      row.add(product.name)
      row.add(product.category)
      row.add(product.brand)
      row.add(product.price?.minorUnits)
      row.add(product.cost?.minorUnits)
      row.add((product.price ?? product.cost)?.currency.code)
      row.add(product.knownAt)
    }
    try insert(
      batch.orders, into: .orders, key: ["order_id", "known_at"],
      [
        "order_id", "known_at", "identity_id", "event_time", "placed_at", "status", "channel",
        "currency", "subtotal", "discount", "shipping", "tax", "total", "coupon", "seller_id",
        "checkout_id",
      ], second: .fills, &summary
    ) { order, row in
      row.add(order.orderID)
      row.add(order.knownAt)
      row.add(order.person.map { people[$0] })
      row.add(order.eventTime)
      row.add(order.placedAt?.milliseconds)
      row.add(order.status?.rawValue)
      row.add(order.channel)
      row.add(order.currency?.code)
      for amount in [order.subtotal, order.discount, order.shipping, order.tax, order.total] {
        row.add(amount)
      }
      row.add(order.coupon)
      row.add(order.sellerID)
      row.add(order.checkoutID)
    }
    try insert(
      batch.orderLines, into: .orderLines, key: ["order_id", "known_at", "line_number"],
      [
        "order_id", "known_at", "line_number", "event_time", "product_id", "quantity", "price",
        "discount", "cost",
      ], &summary
    ) { line, row in
      row.add(line.orderID)
      row.add(line.knownAt)
      row.add(Int64(line.lineNumber))
      row.add(line.eventTime)
      row.add(line.productID)
      row.add(line.quantity)
      row.add(line.price)
      row.add(line.discount)
      row.add(line.cost)
    }
    try insert(
      batch.refunds, into: .refunds, key: ["refund_id"],
      ["refund_id", "order_id", "amount", "currency", "lines", "event_time", "known_at"],
      second: .fills, &summary
    ) { refund, row in
      row.add(refund.refundID)
      row.add(refund.orderID)
      row.add(refund.amount)
      row.add(refund.currency?.code)
      row.add(refund.lines)
      row.add(refund.eventTime)
      row.add(refund.knownAt)
    }
  }
}

/// Binds the columns of a row one after the other.
struct RowBinder {
  private let statement: RowStatement
  private var index: Int32 = 0

  init(_ statement: RowStatement) { self.statement = statement }

  mutating func add(_ value: Int64?) {
    index += 1
    statement.bind(index, value)
  }

  mutating func add(_ value: Double?) {
    index += 1
    statement.bind(index, value)
  }

  mutating func add(_ value: String?) {
    index += 1
    statement.bind(index, value)
  }

  mutating func add(_ instant: Instant) { add(instant.milliseconds) }
}
