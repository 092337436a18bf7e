package import CustomerData

/// What erasing a customer, `$1`, does to the tables, in the SQL that SQLite and PostgreSQL share and in the
/// order in which rows hang on one another.
package enum ErasureStatements {
  /// Sales without the buyer: orders and their sum by day, source and currency, for totals to stay as they
  /// were. Cancelled orders were none.
  package static let keepTotals: StaticString = """
    INSERT INTO erased_sales (day, source_id, currency, orders, total)
    SELECT o.placed_at / 86400000, o.source_id, o.currency, count(*), sum(o.total)
    FROM (SELECT order_id, min(placed_at) AS placed_at, min(source_id) AS source_id,
        coalesce(max(currency), '') AS currency, coalesce(max(total), 0) AS total
      FROM orders WHERE order_id IN (SELECT order_id FROM orders WHERE identity_id IN
        (SELECT identity_id FROM identities WHERE customer_id = $1))
      GROUP BY order_id
      HAVING max(CASE WHEN status IN ('cancelled', 'refunded') THEN 1 ELSE 0 END) = 0) AS o
    WHERE o.placed_at IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (day, source_id, currency) DO UPDATE
      SET orders = erased_sales.orders + excluded.orders,
        total = erased_sales.total + excluded.total
    """

  /// The ids that need a tombstone besides the identities: subject, id.
  package static let subjects: StaticString = """
    SELECT DISTINCT 'order', order_id FROM orders
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
    UNION SELECT DISTINCT 'lead', lead_id FROM leads
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
    UNION SELECT 'message', message_id FROM messages
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
    """

  package static let deletions: [(table: StoreTable, sql: StaticString)] = [
    (
      .eventConflicts,
      """
      DELETE FROM event_conflicts
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .events,
      """
      DELETE FROM events
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .traits,
      """
      DELETE FROM traits
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .consents,
      """
      DELETE FROM consents
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .scores,
      """
      DELETE FROM scores
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .exposures,
      """
      DELETE FROM exposures
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .touchpoints,
      """
      DELETE FROM touchpoints
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .messageSteps,
      """
      DELETE FROM message_steps WHERE message_id IN (SELECT message_id FROM messages
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      .messages,
      """
      DELETE FROM messages
      WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .stages,
      """
      DELETE FROM stages WHERE lead_id IN (SELECT lead_id FROM leads
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      .leads,
      """
      DELETE FROM leads WHERE lead_id IN (SELECT lead_id FROM leads
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      .refunds,
      """
      DELETE FROM refunds WHERE order_id IN (SELECT order_id FROM orders
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      .orderLines,
      """
      DELETE FROM order_lines WHERE order_id IN (SELECT order_id FROM orders
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      // Changes of an order may not name its buyer.
      .orders,
      """
      DELETE FROM orders WHERE order_id IN (SELECT order_id FROM orders
        WHERE identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1))
      """
    ),
    (
      .identityLinks,
      """
      DELETE FROM identity_links
      WHERE winner IN (SELECT identity_id FROM identities WHERE customer_id = $1)
        OR loser IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (
      .customers,
      """
      DELETE FROM customers
      WHERE customer_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)
      """
    ),
    (.identities, "DELETE FROM identities WHERE customer_id = $1"),
  ]
}
