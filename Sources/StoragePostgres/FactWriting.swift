import CustomerData

/// Writes the facts of a batch other than events, a table at a time: a copy into staging, then one
/// statement that drops or fills what is there.
struct FactWriting {
  let connection: PostgresConnection
  let sourceID: Int64
  /// The node of each person of the batch.
  let people: [Int64]

  func write(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try writePeople(batch, &memory, &summary)
    try writeOrders(batch, &memory, &summary)
    try writeLeads(batch, &memory, &summary)
    try writeMessages(batch, &memory, &summary)
    try writeMarketing(batch, &memory, &summary)
  }

  /// Writes `facts`; `put` gives a row's columns in the table's order, without the source's.
  func insert<Fact>(
    _ facts: [Fact], into table: FactTable, _ memory: inout WriterMemory,
    _ summary: inout WriteSummary, put: (Fact, inout CopyBuffer) -> Void
  ) throws {
    guard !facts.isEmpty else { return }
    if memory.staged.insert(table.table).inserted { try connection.run(table.makeStaging) }
    var rows = CopyBuffer()
    for (place, fact) in facts.enumerated() {
      rows.beginRow(fieldCount: table.fieldCount)
      rows.put(Int64(place))
      put(fact, &rows)
      rows.put(sourceID)
    }
    try connection.copy(rows, by: table.copy)
    let new = Int(try connection.execute(table.move)[0].integer(0))
    summary.newFacts += new
    summary.knownFacts += facts.count - new
  }

  private func writePeople(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try insert(batch.traits, into: .traits, &memory, &summary) { trait, row in
      row.put(people[trait.person])
      row.put(trait.key)
      row.put(trait.eventTime)
      row.put(trait.knownAt)
      row.put(trait.value)
    }
    try insert(batch.consents, into: .consents, &memory, &summary) { consent, row in
      row.put(people[consent.person])
      row.put(consent.channel)
      row.put(consent.purpose)
      row.put(consent.eventTime)
      row.put(consent.knownAt)
      row.put(consent.status.rawValue)
    }
    try insert(batch.scores, into: .scores, &memory, &summary) { score, row in
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
    try insert(batch.exposures, into: .exposures, &memory, &summary) { exposure, row in
      row.put(exposure.experimentID)
      row.put(people[exposure.person])
      row.put(exposure.eventTime)
      row.put(exposure.variantID)
      row.put(exposure.knownAt)
    }
  }

  private func writeOrders(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try insert(batch.products, into: .products, &memory, &summary) { product, row in
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
    try insert(batch.orders, into: .orders, &memory, &summary) { order, row in
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
    try insert(batch.orderLines, into: .orderLines, &memory, &summary) { line, row in
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
    try insert(batch.refunds, into: .refunds, &memory, &summary) { refund, row in
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
  private func writeLeads(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try insert(batch.leads, into: .leads, &memory, &summary) { lead, row in
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
    try insert(batch.stages, into: .stages, &memory, &summary) { stage, row in
      row.put(stage.leadID)
      row.put(stage.eventTime)
      row.put(stage.stage)
      row.put(stage.knownAt)
      row.put(stage.actor)
    }
  }

  private func writeMessages(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try insert(batch.campaigns, into: .campaigns, &memory, &summary) { campaign, row in
      row.put(campaign.campaignID)
      row.put(campaign.name)
      row.put(campaign.kind?.rawValue)
      row.put(campaign.channel)
      row.put(campaign.startedAt)
      row.put(campaign.endedAt)
      row.put(campaign.goal)
      row.put(campaign.knownAt)
    }
    try insert(batch.messages, into: .messages, &memory, &summary) { message, row in
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
    try insert(batch.messageSteps, into: .messageSteps, &memory, &summary) { step, row in
      row.put(step.messageID)
      row.put(step.eventTime)
      row.put(step.kind.rawValue)
      row.put(step.knownAt)
    }
  }

  private func writeMarketing(
    _ batch: FactBatch, _ memory: inout WriterMemory, _ summary: inout WriteSummary
  ) throws {
    try insert(batch.touchpoints, into: .touchpoints, &memory, &summary) { touch, row in
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
    try insert(batch.spend, into: .spend, &memory, &summary) { spend, row in
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
