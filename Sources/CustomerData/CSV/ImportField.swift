package import Tables

/// What one record of an export is about.
package enum RecordKind: String, CaseIterable, Hashable, Sendable {
  case customers, events, orders, leads, messages, spend, products, refunds, consents, touchpoints
  /// A line of an order per row; the order's own columns are taken from its first row.
  case orderLines = "order_lines"

  /// Whether columns without a meaning become traits or properties.
  package var keepsOtherColumns: Bool {
    switch self {
    case .customers, .events, .leads, .messages: true
    case .orders, .orderLines, .spend, .products, .refunds, .consents, .touchpoints: false
    }
  }
}

/// What a column can mean, by the name that mapping files have for it.
package enum ImportField: String, CaseIterable, Hashable, Sendable {
  // Who.
  case userID = "user_id"
  case anonymousID = "anonymous_id"
  case email, phone, device
  case loyaltyCard = "loyalty_card"
  case externalID = "external_id"
  // When.
  case eventTime = "event_time"
  case knownAt = "known_at"
  case sentAt = "sent_at"
  case originalTime = "original_time"
  // What happened.
  case messageID = "message_id"
  case event
  case channel
  case status
  // Orders and their lines.
  case orderID = "order_id"
  case currency, subtotal, discount, shipping, tax, total, coupon
  case sellerID = "seller_id"
  case checkoutID = "checkout_id"
  case cancelledAt = "cancelled_at"
  case refundedAmount = "refunded_amount"
  case refundID = "refund_id"
  case products
  case lineNumber = "line_number"
  case productID = "product_id"
  case sku
  case productName = "product_name"
  case category, brand, quantity, price, cost
  case lineDiscount = "line_discount"
  // Leads.
  case leadID = "lead_id"
  case origin
  case firstResponseAt = "first_response_at"
  case assignedTo = "assigned_to"
  case amount, stage
  case stageAt = "stage_at"
  case wonAt = "won_at"
  case lostAt = "lost_at"
  case lostReason = "lost_reason"
  // Messages and campaigns.
  case campaignID = "campaign_id"
  case campaignName = "campaign_name"
  case creativeID = "creative_id"
  case ruleID = "rule_id"
  case step
  case variantID = "variant_id"
  case suppressedReason = "suppressed_reason"
  case decidedAt = "decided_at"
  case deliveredAt = "delivered_at"
  case openedAt = "opened_at"
  case clickedAt = "clicked_at"
  case bouncedAt = "bounced_at"
  case unsubscribedAt = "unsubscribed_at"
  case markedAsSpamAt = "marked_as_spam_at"
  // Advertising.
  case platform, impressions, clicks
  // Consent.
  case purpose
  case acceptsMarketing = "accepts_marketing"
  case touchID = "touch_id"

  /// Fields that say who the record is about, in the order of their strength.
  static let identities: [(field: ImportField, kind: IdentityKind)] = [
    (.userID, .userID), (.loyaltyCard, .loyaltyCard), (.externalID, .external), (.email, .email),
    (.phone, .phone), (.device, .device), (.anonymousID, .anonymousID),
  ]
}

/// Which columns of a file mean what: a known format, or a user's mapping file.
package struct ImportMapping: Hashable, Sendable {
  /// A column's meaning, and the words that its values stand for.
  package struct Column: Hashable, Sendable {
    package var name: String
    /// By the value in small letters.
    package var values: [String: String] = [:]

    package init(name: String, values: [String: String] = [:]) {
      self.name = name
      self.values = values
    }
  }

  /// The format's name.
  package var name: String
  package var source: String
  package var record: RecordKind
  package var columns: [ImportField: Column]
  /// Values for all rows, where the file has no column for them.
  package var constants: [ImportField: String] = [:]
  package var dateOrder: DateOrder = .yearFirst
  /// For times without a zone.
  package var timeRule = TimeRule.utc
  package var decimalMark: UInt8?
  /// Orders whose id begins so are credit notes: cancelled.
  package var cancelledPrefix: String?
  /// The system put before `external_id`.
  package var externalSystem: String?
  /// Columns that nothing is made of; all others that have no meaning are kept as traits or properties.
  package var ignored: Set<String> = []
  /// What the rows of a file of events are.
  package var eventType = EventType.track

  package init(
    name: String, source: String, record: RecordKind, columns: [ImportField: Column]
  ) {
    self.name = name
    self.source = source
    self.record = record
    self.columns = columns
  }

  /// The fields without which a record of this kind says nothing, each by any of its alternatives.
  static func required(_ record: RecordKind) -> [[ImportField]] {
    let someone = ImportField.identities.map(\.field)
    return switch record {
    case .customers: [someone]
    case .events: [someone, [.event], [.eventTime, .originalTime, .knownAt]]
    case .orders: [[.orderID], [.eventTime]]
    case .orderLines: [[.orderID], [.eventTime], [.productID, .sku, .productName], [.quantity]]
    case .leads: [[.leadID], [.eventTime, .stageAt, .wonAt, .lostAt]]
    case .messages: [[.messageID], someone, [.channel], [.sentAt, .decidedAt, .eventTime]]
    case .spend: [[.eventTime], [.platform], [.campaignID], [.cost], [.currency]]
    case .products: [[.productID]]
    case .refunds: [[.orderID], [.eventTime]]
    case .consents: [someone, [.channel], [.status], [.eventTime]]
    case .touchpoints: [someone, [.channel], [.eventTime]]
    }
  }
}
