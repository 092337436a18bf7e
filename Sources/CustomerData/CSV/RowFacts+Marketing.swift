extension RowFacts {
  /// A lead as it stood when each of its dates was reached: a win is not known before it.
  mutating func addLead(_ row: MappedRow) throws(RowFault) {
    let leadID = try row.required(.leadID)
    let createdAt = try row.instant(.eventTime)
    let steps: [(stage: String, at: Instant?)] = [
      (row.text(.stage) ?? "", try row.instant(.stageAt)), ("won", try row.instant(.wonAt)),
      ("lost", try row.instant(.lostAt)),
    ]
    let reached = steps.filter { !$0.stage.isEmpty && $0.at != nil }
    guard let begun = createdAt ?? reached.compactMap(\.at).min() else {
      throw RowFault("no date: neither of its creation nor of a stage")
    }
    let knownAt = try row.instant(.knownAt)
    let firstKnown = knownAt ?? begun
    let person = person(of: row, knownAt: firstKnown)
    if createdAt != nil { addCreatedLead(row, leadID, person, createdAt: begun, firstKnown) }
    for (stage, at) in reached {
      guard let at else { continue }
      batch.stages.append(
        StageEntry(
          leadID: leadID, stage: stage, actor: row.text(.assignedTo), eventTime: at,
          knownAt: max(at, knownAt ?? at)))
    }
    try addLeadOutcome(row, leadID, person, reached.compactMap(\.at).max(), knownAt: knownAt)
  }

  private mutating func addCreatedLead(
    _ row: MappedRow, _ leadID: String, _ person: Int?, createdAt: Instant, _ knownAt: Instant
  ) {
    var lead = Lead(leadID: leadID, person: person, eventTime: createdAt, knownAt: knownAt)
    lead.createdAt = createdAt
    lead.origin = row.text(.origin)
    // Without a later date, the file says no more than what was known of the lead at its creation.
    let hasOutcome = row.plan.has(.wonAt) || row.plan.has(.lostAt) || row.plan.has(.stageAt)
    if !hasOutcome { lead.properties = row.rest() }
    batch.leads.append(lead)
  }

  /// What is filled in on the way or at the end is known from the last date on, or from the file's.
  private mutating func addLeadOutcome(
    _ row: MappedRow, _ leadID: String, _ person: Int?, _ last: Instant?, knownAt: Instant?
  ) throws(RowFault) {
    let at = last ?? context.writtenAt
    var lead = Lead(leadID: leadID, person: person, eventTime: at, knownAt: max(at, knownAt ?? at))
    lead.assignedTo = row.text(.assignedTo)
    lead.lostReason = row.text(.lostReason)
    lead.amount = try money(row, .amount)
    lead.firstResponseAt = try row.instant(.firstResponseAt)
    let hasOutcome = row.plan.has(.wonAt) || row.plan.has(.lostAt) || row.plan.has(.stageAt)
    if hasOutcome { lead.properties = row.rest() }
    let isSaying =
      lead.assignedTo != nil || lead.lostReason != nil || lead.amount != nil
      || lead.firstResponseAt != nil || lead.properties != nil
    if isSaying { batch.leads.append(lead) }
  }

  /// A message and each step of it that has a time.
  mutating func addMessage(_ row: MappedRow) throws(RowFault) {
    let messageID = try row.required(.messageID)
    let steps: [(MessageStepKind, ImportField)] = [
      (.decided, .decidedAt), (.sent, .sentAt), (.delivered, .deliveredAt), (.opened, .openedAt),
      (.clicked, .clickedAt), (.bounced, .bouncedAt), (.unsubscribed, .unsubscribedAt),
      (.markedAsSpam, .markedAsSpamAt),
    ]
    var reached: [(kind: MessageStepKind, at: Instant)] = []
    for (kind, field) in steps {
      if let at = try row.instant(field) { reached.append((kind, at)) }
    }
    let eventTime = try row.instant(.eventTime)
    guard let first = reached.map(\.at).min() ?? eventTime else {
      throw RowFault("no date: the message was neither decided nor sent")
    }
    let person = try requiredPerson(of: row, knownAt: first)
    let channel = try row.required(.channel).lowercased()
    var message = Message(messageID: messageID, person: person, channel: channel, knownAt: first)
    message.campaignID = row.text(.campaignID)
    message.ruleID = row.text(.ruleID)
    message.step = try row.integer(.step)
    message.variantID = row.text(.variantID)
    message.cost = try money(row, .cost)
    message.suppressedReason = row.text(.suppressedReason)
    message.properties = row.rest()
    batch.messages.append(message)
    for (kind, at) in reached {
      batch.messageSteps.append(
        MessageStep(messageID: messageID, kind: kind, eventTime: at, knownAt: at))
      if kind == .unsubscribed {
        batch.consents.append(
          Consent(person: person, channel: channel, status: .revoked, eventTime: at, knownAt: at))
      }
    }
    addCampaign(row, channel: channel, kind: nil, at: first)
  }

  private mutating func addCampaign(
    _ row: MappedRow, channel: String?, kind: CampaignKind?, at instant: Instant
  ) {
    guard let id = row.text(.campaignID), let name = row.text(.campaignName) else { return }
    // Rows of one campaign mostly follow one another.
    guard batch.campaigns.last?.campaignID != id else { return }
    var campaign = Campaign(campaignID: id, name: name, knownAt: instant)
    campaign.channel = channel
    campaign.kind = kind
    batch.campaigns.append(campaign)
  }

  /// A day of advertising (the columns of dbt's ad_reporting package). It is known from the next day on.
  mutating func addSpend(_ row: MappedRow) throws(RowFault) {
    let at = try requiredInstant(row, .eventTime)
    let dayMilliseconds: Int64 = 86_400_000
    let day = Instant(
      milliseconds: at.milliseconds.dividedDown(by: dayMilliseconds) * dayMilliseconds)
    guard let cost = try money(row, .cost) else {
      throw RowFault("\(row.name(.cost)) is missing")
    }
    var spend = Spend(
      day: day, platform: try row.required(.platform).lowercased(),
      campaignID: try row.required(.campaignID), creativeID: row.text(.creativeID) ?? "",
      cost: cost, knownAt: try row.instant(.knownAt) ?? day + dayMilliseconds)
    spend.channel = row.text(.channel)
    spend.impressions = try row.integer(.impressions)
    spend.clicks = try row.integer(.clicks)
    batch.spend.append(spend)
    addCampaign(row, channel: spend.channel, kind: .ad, at: spend.knownAt)
  }
}
