import CustomerData

extension FactWriting {
  func writeLeads(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try insert(
      batch.leads, into: .leads, key: ["lead_id", "known_at"],
      [
        "lead_id", "known_at", "identity_id", "event_time", "created_at", "origin",
        "first_response_at", "assigned_to", "amount", "currency", "lost_reason", "properties",
      ], second: .fills, &summary
    ) { lead, row in
      row.add(lead.leadID)
      row.add(lead.knownAt)
      row.add(lead.person.map { people[$0] })
      row.add(lead.eventTime)
      row.add(lead.createdAt?.milliseconds)
      row.add(lead.origin)
      row.add(lead.firstResponseAt?.milliseconds)
      row.add(lead.assignedTo)
      row.add(lead.amount?.minorUnits)
      row.add(lead.amount?.currency.code)
      row.add(lead.lostReason)
      row.add(lead.properties)
    }
    try insert(
      batch.stages, into: .stages, key: ["lead_id", "event_time", "stage"],
      ["lead_id", "event_time", "stage", "known_at", "actor"], &summary
    ) { entry, row in
      row.add(entry.leadID)
      row.add(entry.eventTime)
      row.add(entry.stage)
      row.add(entry.knownAt)
      row.add(entry.actor)
    }
  }

  func writeMessages(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try insert(
      batch.messages, into: .messages, key: ["message_id"],
      [
        "message_id", "identity_id", "channel", "campaign_id", "rule_id", "step", "variant_id",
        "cost", "currency", "suppressed_reason", "properties", "known_at",
      ], second: .fills, &summary
    ) { message, row in
      row.add(message.messageID)
      row.add(people[message.person])
      row.add(message.channel)
      row.add(message.campaignID)
      row.add(message.ruleID)
      row.add(message.step.map { Int64($0) })
      row.add(message.variantID)
      row.add(message.cost?.minorUnits)
      row.add(message.cost?.currency.code)
      row.add(message.suppressedReason)
      row.add(message.properties)
      row.add(message.knownAt)
    }
    try insert(
      batch.messageSteps, into: .messageSteps, key: ["message_id", "event_time", "kind"],
      ["message_id", "event_time", "kind", "known_at"], &summary
    ) { step, row in
      row.add(step.messageID)
      row.add(step.eventTime)
      row.add(step.kind.rawValue)
      row.add(step.knownAt)
    }
  }

  func writeMarketing(_ batch: FactBatch, _ summary: inout WriteSummary) throws {
    try insert(
      batch.campaigns, into: .campaigns, key: ["campaign_id"],
      ["campaign_id", "name", "kind", "channel", "started_at", "ended_at", "goal", "known_at"],
      second: .fills, &summary
    ) { campaign, row in
      row.add(campaign.campaignID)
      row.add(campaign.name)
      row.add(campaign.kind?.rawValue)
      row.add(campaign.channel)
      row.add(campaign.startedAt?.milliseconds)
      row.add(campaign.endedAt?.milliseconds)
      row.add(campaign.goal)
      row.add(campaign.knownAt)
    }
    try insert(
      batch.touchpoints, into: .touchpoints, key: ["touch_id"],
      [
        "touch_id", "identity_id", "kind", "channel", "campaign_id", "creative_id", "cost",
        "currency", "event_time", "known_at",
      ], second: .fills, &summary
    ) { touch, row in
      row.add(touch.touchID)
      row.add(people[touch.person])
      row.add(touch.kind)
      row.add(touch.channel)
      row.add(touch.campaignID)
      row.add(touch.creativeID)
      row.add(touch.cost?.minorUnits)
      row.add(touch.cost?.currency.code)
      row.add(touch.eventTime)
      row.add(touch.knownAt)
    }
    try insert(
      batch.spend, into: .spend,
      key: ["day", "platform", "campaign_id", "creative_id", "known_at"],
      [
        "day", "platform", "campaign_id", "creative_id", "known_at", "channel", "impressions",
        "clicks", "cost", "currency",
      ], &summary
    ) { spend, row in
      row.add(spend.day)
      row.add(spend.platform)
      row.add(spend.campaignID)
      row.add(spend.creativeID)
      row.add(spend.knownAt)
      row.add(spend.channel)
      row.add(spend.impressions.map { Int64($0) })
      row.add(spend.clicks.map { Int64($0) })
      row.add(spend.cost.minorUnits)
      row.add(spend.cost.currency.code)
    }
  }
}
