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

  /// What is deleted of a table, as pieces of SQL to be put one behind the other.
  package struct Deletion: Sendable {
    package let table: StoreTable
    package let sql: [StaticString]

    fileprivate init(_ table: StoreTable, _ name: StaticString, where condition: StaticString...) {
      self.table = table
      sql = ["DELETE FROM ", name, " WHERE "] + condition
    }
  }

  private static let ofPerson: StaticString =
    "identity_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)"

  package static let deletions: [Deletion] = [
    Deletion(.eventConflicts, "event_conflicts", where: ofPerson),
    Deletion(.events, "events", where: ofPerson),
    Deletion(.traits, "traits", where: ofPerson),
    Deletion(.consents, "consents", where: ofPerson),
    Deletion(.scores, "scores", where: ofPerson),
    Deletion(.exposures, "exposures", where: ofPerson),
    Deletion(.touchpoints, "touchpoints", where: ofPerson),
    Deletion(
      .messageSteps, "message_steps",
      where: "message_id IN (SELECT message_id FROM messages WHERE ", ofPerson, ")"),
    Deletion(.messages, "messages", where: ofPerson),
    // Changes of a lead or an order may not name its person.
    Deletion(
      .stages, "stages", where: "lead_id IN (SELECT lead_id FROM leads WHERE ", ofPerson, ")"),
    Deletion(.leads, "leads", where: "lead_id IN (SELECT lead_id FROM leads WHERE ", ofPerson, ")"),
    Deletion(
      .refunds, "refunds", where: "order_id IN (SELECT order_id FROM orders WHERE ", ofPerson, ")"),
    Deletion(
      .orderLines, "order_lines",
      where: "order_id IN (SELECT order_id FROM orders WHERE ", ofPerson, ")"),
    Deletion(
      .orders, "orders", where: "order_id IN (SELECT order_id FROM orders WHERE ", ofPerson, ")"),
    Deletion(
      .identityLinks, "identity_links",
      where: "winner IN (SELECT identity_id FROM identities WHERE customer_id = $1) OR ",
      "loser IN (SELECT identity_id FROM identities WHERE customer_id = $1)"),
    Deletion(
      .customers, "customers",
      where: "customer_id IN (SELECT identity_id FROM identities WHERE customer_id = $1)"),
    Deletion(.identities, "identities", where: "customer_id = $1"),
  ]
}
