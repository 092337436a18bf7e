package import CustomerData

/// What each measure of quality asks of a store, in the SQL that SQLite and PostgreSQL share.
///
/// Each row is a subject, a value and the total that it is of, null where it is of none.
package enum QualityQueries {
  /// Whether `$1` stands for the instant of the check, in milliseconds.
  package static func takesInstant(_ measure: QualityMeasure) -> Bool { measure == .futureTimes }

  package static func sql(_ measure: QualityMeasure) -> StaticString {
    switch measure {
    case .conflictingEventIDs: conflictingEventIDs
    case .futureTimes: futureTimes
    case .receivedBeforeSent: receivedBeforeSent
    case .ordersWithoutLines: ordersWithoutLines
    case .lineSumMismatches: lineSumMismatches
    case .nonPositiveTotals: nonPositiveTotals
    case .currencies: currencies
    case .orphanIDs: orphanIDs
    case .stagesBeforeCreation: stagesBeforeCreation
    case .unreadableIdentities: unreadableIdentities
    case .sharedIdentities: sharedIdentities
    case .identitiesPerCustomer: identitiesPerCustomer
    case .missingShares: missingShares
    case .dailyVolumes: dailyVolumes
    case .freshness: freshness
    case .rejectedRecords: rejectedRecords
    }
  }

  /// A row as a figure: days become dates, and the latest instant of a source its age.
  package static func figure(
    _ measure: QualityMeasure, subject: String, value: Double?, total: Double?, asOf: Instant
  ) -> QualityFigure? {
    guard let value else { return nil }
    switch measure {
    case .dailyVolumes:
      guard let day = Int64(subject) else { return nil }
      let date = Instant(milliseconds: day * 86_400_000).text.prefix(10)
      return QualityFigure(subject: String(date), value: value)
    case .freshness:
      let hours = (Double(asOf.milliseconds) - value) / 3_600_000
      return QualityFigure(subject: subject, value: max(0, hours))
    default: return QualityFigure(subject: subject, value: value, total: total)
    }
  }

  private static let conflictingEventIDs: StaticString =
    "SELECT '', (SELECT count(*) FROM event_conflicts), (SELECT count(*) FROM events)"

  private static let futureTimes: StaticString = """
    SELECT 'events', count(*) FILTER (WHERE event_time > $1), count(*) FROM events
    UNION ALL SELECT 'orders', count(*) FILTER (WHERE event_time > $1), count(*) FROM orders
    UNION ALL SELECT 'refunds', count(*) FILTER (WHERE event_time > $1), count(*) FROM refunds
    UNION ALL SELECT 'stages', count(*) FILTER (WHERE event_time > $1), count(*) FROM stages
    UNION ALL SELECT 'consents', count(*) FILTER (WHERE event_time > $1), count(*) FROM consents
    UNION ALL SELECT 'message_steps', count(*) FILTER (WHERE event_time > $1), count(*)
      FROM message_steps
    UNION ALL SELECT 'touchpoints', count(*) FILTER (WHERE event_time > $1), count(*)
      FROM touchpoints
    """

  private static let receivedBeforeSent: StaticString = """
    SELECT '', count(*) FILTER (WHERE received_at < sent_at), count(*) FROM events
    WHERE sent_at IS NOT NULL AND received_at IS NOT NULL
    """

  private static let ordersWithoutLines: StaticString = """
    SELECT '', count(*) FILTER (
      WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id)), count(*)
    FROM (SELECT DISTINCT order_id FROM orders) AS o
    """

  /// A subtotal may be before or after the order's discount; each line may be rounded by half a unit.
  private static let lineSumMismatches: StaticString = """
    SELECT '', count(*) FILTER (
      WHERE abs(lines.amount - o.subtotal) > 0.5 * (1 + lines.n)
        AND abs(lines.amount - o.subtotal - o.discount) > 0.5 * (1 + lines.n)), count(*)
    FROM (SELECT order_id, max(subtotal) AS subtotal, coalesce(max(discount), 0) AS discount
        FROM orders GROUP BY order_id) AS o
      JOIN (SELECT l.order_id, sum(l.quantity * l.price - coalesce(l.discount, 0)) AS amount,
          count(*) AS n
        FROM order_lines l
          JOIN (SELECT order_id, max(known_at) AS known_at FROM order_lines GROUP BY order_id)
            AS latest ON latest.order_id = l.order_id AND latest.known_at = l.known_at
        GROUP BY l.order_id HAVING count(l.price) = count(*)) AS lines
        ON lines.order_id = o.order_id
    WHERE o.subtotal IS NOT NULL
    """

  private static let nonPositiveTotals: StaticString = """
    SELECT '', count(*) FILTER (WHERE total <= 0), count(*)
    FROM (SELECT order_id, max(total) AS total,
        max(CASE WHEN status IN ('cancelled', 'refunded') THEN 1 ELSE 0 END) AS is_undone
      FROM orders GROUP BY order_id) AS o
    WHERE total IS NOT NULL AND is_undone = 0
    """

  private static let currencies: StaticString = """
    SELECT currency, count(*), (SELECT count(*) FROM orders WHERE currency IS NOT NULL)
    FROM orders WHERE currency IS NOT NULL GROUP BY currency
    """

  private static let orphanIDs: StaticString = """
    SELECT 'order_lines', count(*) FILTER (
      WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = l.order_id)), count(*)
      FROM order_lines l
    UNION ALL SELECT 'refunds', count(*) FILTER (
      WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = r.order_id)), count(*)
      FROM refunds r
    UNION ALL SELECT 'stages', count(*) FILTER (
      WHERE NOT EXISTS (SELECT 1 FROM leads d WHERE d.lead_id = s.lead_id)), count(*)
      FROM stages s
    UNION ALL SELECT 'message_steps', count(*) FILTER (
      WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.message_id = s.message_id)), count(*)
      FROM message_steps s
    """

  private static let stagesBeforeCreation: StaticString = """
    SELECT '', count(*) FILTER (WHERE s.event_time < d.created_at), count(*)
    FROM stages s
      JOIN (SELECT lead_id, min(created_at) AS created_at FROM leads GROUP BY lead_id) AS d
        ON d.lead_id = s.lead_id
    """

  private static let unreadableIdentities: StaticString = """
    SELECT 'email', (SELECT count(*) FROM traits WHERE key = 'unreadable_email'),
      (SELECT count(*) FROM traits WHERE key = 'unreadable_email')
        + (SELECT count(*) FROM identities WHERE kind = 'email')
    UNION ALL SELECT 'phone', (SELECT count(*) FROM traits WHERE key = 'unreadable_phone'),
      (SELECT count(*) FROM traits WHERE key = 'unreadable_phone')
        + (SELECT count(*) FROM identities WHERE kind = 'phone')
    """

  private static let sharedIdentities: StaticString = """
    SELECT kind, sum(CASE WHEN is_shared THEN 1 ELSE 0 END), count(*)
    FROM identities GROUP BY kind
    """

  private static let identitiesPerCustomer: StaticString = """
    SELECT '', max(n), NULL
    FROM (SELECT count(*) AS n FROM identities GROUP BY customer_id) AS sizes
    """

  private static let missingShares: StaticString = """
    SELECT 'orders.customer', count(*) - count(identity_id), count(*)
      FROM orders WHERE placed_at IS NOT NULL
    UNION ALL SELECT 'orders.currency', count(*) - count(currency), count(*)
      FROM orders WHERE placed_at IS NOT NULL
    UNION ALL SELECT 'orders.total', count(*) - count(total), count(*)
      FROM orders WHERE placed_at IS NOT NULL
    UNION ALL SELECT 'orders.channel', count(*) - count(channel), count(*)
      FROM orders WHERE placed_at IS NOT NULL
    UNION ALL SELECT 'order_lines.price', count(*) - count(price), count(*) FROM order_lines
    UNION ALL SELECT 'products.name', count(*) - count(name), count(*) FROM products
    UNION ALL SELECT 'products.category', count(*) - count(category), count(*) FROM products
    UNION ALL SELECT 'leads.customer', count(*) - count(identity_id), count(*)
      FROM leads WHERE created_at IS NOT NULL
    UNION ALL SELECT 'leads.origin', count(*) - count(origin), count(*)
      FROM leads WHERE created_at IS NOT NULL
    UNION ALL SELECT 'messages.campaign_id', count(*) - count(campaign_id), count(*) FROM messages
    UNION ALL SELECT 'events.user_id', count(*) - count(user_id), count(*) FROM events
    UNION ALL SELECT 'events.sent_at', count(*) - count(sent_at), count(*) FROM events
    """

  private static let dailyVolumes: StaticString = """
    SELECT CAST(day AS TEXT), count(*), NULL
    FROM (SELECT event_time / 86400000 AS day FROM events) AS days GROUP BY day
    """

  private static let freshness: StaticString = """
    SELECT sources.name, max(latest.known_at), NULL FROM (
      SELECT source_id, max(known_at) AS known_at FROM events GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM orders GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM leads GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM messages GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM touchpoints GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM spend GROUP BY source_id
      UNION ALL SELECT source_id, max(known_at) FROM traits GROUP BY source_id) AS latest
    JOIN sources ON sources.source_id = latest.source_id GROUP BY sources.name
    """

  private static let rejectedRecords: StaticString =
    "SELECT '', sum(rejected_count), sum(record_count) FROM imports"
}
