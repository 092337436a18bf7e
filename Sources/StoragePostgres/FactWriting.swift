import CustomerData

/// Writes the facts of batches other than events, a table at a time: gathered until their transaction ends,
/// then copied into staging and moved by one statement that drops or fills what is there.
struct FactWriting {
  let sourceID: Int64
  /// The node of each person of the batch.
  let people: [Int64]

  /// Gathers the facts of `batch`.
  func write(_ batch: FactBatch, _ memory: inout WriterMemory) {
    writePeople(batch, &memory)
    writeOrders(batch, &memory)
    writeLeads(batch, &memory)
    writeMessages(batch, &memory)
    writeMarketing(batch, &memory)
  }

  /// Gathers `facts`; `put` gives a row's columns in the table's order, without the source's.
  func add<Fact>(
    _ facts: [Fact], to table: FactTable, _ memory: inout WriterMemory,
    put: (Fact, inout CopyBuffer) -> Void
  ) {
    guard !facts.isEmpty else { return }
    var pending = memory.pending.removeValue(forKey: table.table) ?? PendingFacts(table: table)
    for fact in facts {
      pending.add { row in
        put(fact, &row)
        row.put(sourceID)
      }
    }
    memory.pending[table.table] = pending
  }

  /// Writes what was gathered, and counts what of it is new.
  static func writePending(
    _ state: inout PostgresStore.State, _ summary: inout WriteSummary
  ) throws {
    let connection = state.connection
    let tables = state.memory.pending.sorted { $0.key.rawValue < $1.key.rawValue }
    for (name, facts) in tables {
      if state.memory.staged.insert(name).inserted { try connection.run(facts.table.makeStaging) }
      try connection.copy(facts.rows, by: facts.table.copy)
      let new = Int(try connection.execute(facts.move)[0].integer(0))
      // Else the end of the transaction does it.
      if state.isTrial { try connection.run(facts.table.emptyStaging) }
      if name == .eventConflicts { summary.conflicts += new } else { summary.newFacts += new }
      summary.knownFacts += facts.count - new
    }
    state.memory.pending.removeAll()
  }

  private func writePeople(_ batch: FactBatch, _ memory: inout WriterMemory) {
    add(batch.traits, to: .traits, &memory) { trait, row in
      row.put(people[trait.person])
      row.put(trait.key)
      row.put(trait.eventTime)
      row.put(trait.knownAt)
      row.put(trait.value)
    }
    add(batch.consents, to: .consents, &memory) { consent, row in
      row.put(people[consent.person])
      row.put(consent.channel)
      row.put(consent.purpose)
      row.put(consent.eventTime)
      row.put(consent.knownAt)
      row.put(consent.status.rawValue)
    }
    add(batch.scores, to: .scores, &memory) { score, row in
      row.put(people[score.person])
      row.put(score.modelID)
      row.put(score.asOf)
      row.put(score.probability)
      row.put(score.interval?.lowerBound)
      row.put(score.interval?.upperBound)
      row.put(score.decile)
      row.put(score.reasons)
      row.put(score.knownAt)
    }
    add(batch.exposures, to: .exposures, &memory) { exposure, row in
      row.put(exposure.experimentID)
      row.put(people[exposure.person])
      row.put(exposure.eventTime)
      row.put(exposure.variantID)
      row.put(exposure.knownAt)
    }
  }

  private func writeOrders(_ batch: FactBatch, _ memory: inout WriterMemory) {
    add(batch.products, to: .products, &memory) { product, row in
      row.put(product.productID)
      row.put(product.validFrom)
      row.put(product.sku)
      row.put(product.name)
      row.put(product.category)
      row.put(product.brand)
      row.put(product.price?.minorUnits)
      row.put(product.cost?.minorUnits)
      row.put((product.price ?? product.cost)?.currency.code)
      row.put(product.knownAt)
    }
    add(batch.orders, to: .orders, &memory) { order, row in
      row.put(order.orderID)
      row.put(order.knownAt)
      row.put(order.person.map { people[$0] })
      row.put(order.eventTime)
      row.put(order.placedAt)
      row.put(order.status?.rawValue)
      row.put(order.channel)
      row.put(order.currency?.code)
      for amount in [order.subtotal, order.discount, order.shipping, order.tax, order.total] {
        row.put(amount)
      }
      row.put(order.coupon)
      row.put(order.sellerID)
      row.put(order.checkoutID)
    }
    add(batch.orderLines, to: .orderLines, &memory) { line, row in
      row.put(line.orderID)
      row.put(line.knownAt)
      row.put(line.lineNumber)
      row.put(line.eventTime)
      row.put(line.productID)
      row.put(line.quantity)
      row.put(line.price)
      row.put(line.discount)
      row.put(line.cost)
    }
    add(batch.refunds, to: .refunds, &memory) { refund, row in
      row.put(refund.refundID)
      row.put(refund.orderID)
      row.put(refund.amount)
      row.put(refund.currency?.code)
      row.put(refund.lines)
      row.put(refund.eventTime)
      row.put(refund.knownAt)
    }
  }
}

extension FactWriting {
  private func writeLeads(_ batch: FactBatch, _ memory: inout WriterMemory) {
    add(batch.leads, to: .leads, &memory) { lead, row in
      row.put(lead.leadID)
      row.put(lead.knownAt)
      row.put(lead.person.map { people[$0] })
      row.put(lead.eventTime)
      row.put(lead.createdAt)
      row.put(lead.origin)
      row.put(lead.firstResponseAt)
      row.put(lead.assignedTo)
      row.put(lead.amount?.minorUnits)
      row.put(lead.amount?.currency.code)
      row.put(lead.lostReason)
      row.put(lead.properties)
    }
    add(batch.stages, to: .stages, &memory) { stage, row in
      row.put(stage.leadID)
      row.put(stage.eventTime)
      row.put(stage.stage)
      row.put(stage.knownAt)
      row.put(stage.actor)
    }
  }

  private func writeMessages(_ batch: FactBatch, _ memory: inout WriterMemory) {
    add(batch.campaigns, to: .campaigns, &memory) { campaign, row in
      row.put(campaign.campaignID)
      row.put(campaign.name)
      row.put(campaign.kind?.rawValue)
      row.put(campaign.channel)
      row.put(campaign.startedAt)
      row.put(campaign.endedAt)
      row.put(campaign.goal)
      row.put(campaign.knownAt)
    }
    add(batch.messages, to: .messages, &memory) { message, row in
      row.put(message.messageID)
      row.put(people[message.person])
      row.put(message.channel)
      row.put(message.campaignID)
      row.put(message.ruleID)
      row.put(message.step)
      row.put(message.variantID)
      row.put(message.cost?.minorUnits)
      row.put(message.cost?.currency.code)
      row.put(message.suppressedReason)
      row.put(message.properties)
      row.put(message.knownAt)
    }
    add(batch.messageSteps, to: .messageSteps, &memory) { step, row in
      row.put(step.messageID)
      row.put(step.eventTime)
      row.put(step.kind.rawValue)
      row.put(step.knownAt)
    }
  }

  private func writeMarketing(_ batch: FactBatch, _ memory: inout WriterMemory) {
    add(batch.touchpoints, to: .touchpoints, &memory) { touch, row in
      row.put(touch.touchID)
      row.put(people[touch.person])
      row.put(touch.kind)
      row.put(touch.channel)
      row.put(touch.campaignID)
      row.put(touch.creativeID)
      row.put(touch.cost?.minorUnits)
      row.put(touch.cost?.currency.code)
      row.put(touch.eventTime)
      row.put(touch.knownAt)
    }
    add(batch.spend, to: .spend, &memory) { spend, row in
      row.put(spend.day)
      row.put(spend.platform)
      row.put(spend.campaignID)
      row.put(spend.creativeID)
      row.put(spend.knownAt)
      row.put(spend.channel)
      row.put(spend.impressions)
      row.put(spend.clicks)
      row.put(spend.cost.minorUnits)
      row.put(spend.cost.currency.code)
    }
  }
}

/// Rows of one table that wait for the end of their transaction.
struct PendingFacts {
  let table: FactTable
  private(set) var rows = CopyBuffer()
  private(set) var count = 0
  private var keys: Set<[UInt8]> = []

  init(table: FactTable) { self.table = table }

  /// Adds a row, whose columns `put` gives in the table's order.
  mutating func add(_ put: (inout CopyBuffer) -> Void) {
    rows.beginRow(fieldCount: table.fieldCount)
    rows.put(Int64(count))
    let start = rows.bytes.count
    put(&rows)
    keys.insert(rows.fields(table.key.count, from: start))
    count += 1
  }

  /// Which need not be put together where no two have one key.
  var move: Statement { table.move(hasRepeats: keys.count < count) }
}

extension CopyBuffer {
  mutating func put(_ instant: Instant?) { put(instant?.milliseconds) }
  mutating func put(_ number: Int?) { put(number.map { Int64($0) }) }
}

extension PostgresConnection {
  /// Sends finished rows by a COPY statement.
  func copy(_ rows: consuming CopyBuffer, by statement: Statement) throws(PostgresError) {
    rows.end()
    try beginCopy(statement)
    let sent = rows.bytes.withUnsafeBytes { bytes in
      Swift.Result { () throws(PostgresError) in try put(bytes) }
    }
    try sent.get()
    try endCopy()
  }
}
