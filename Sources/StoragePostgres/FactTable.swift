import CustomerData

/// What a second row under a known key does.
enum SecondRow {
  case dropped
  /// Its columns fill those that are null.
  case fills
}

/// A table of facts, as batches are written to it.
struct FactTable {
  let table: StoreTable
  let name: Statement
  let key: [Statement]
  /// The columns besides the key, without the source's, which is last.
  let others: [Statement]
  let second: SecondRow

  init(
    _ table: StoreTable, _ name: Statement, key: [Statement], _ others: [Statement],
    second: SecondRow = .dropped
  ) {
    self.table = table
    self.name = name
    self.key = key
    self.others = others
    self.second = second
  }

  private var rest: [Statement] { others + ["source_id"] }
  private var columns: [Statement] { key + rest }
  var fieldCount: Int { columns.count + 1 }

  private var staging: Statement { "stage_" + name }

  /// A table of this connection, emptied at the end of each transaction.
  var makeStaging: Statement {
    "CREATE TEMP TABLE IF NOT EXISTS " + staging
      + " ON COMMIT DELETE ROWS AS SELECT 0::bigint AS place, "
      + .joined(columns) + " FROM " + name + " WITH NO DATA"
  }

  var emptyStaging: Statement { "DELETE FROM " + staging }

  var copy: Statement {
    "COPY " + staging + " (place, " + .joined(columns) + ") FROM STDIN (FORMAT binary)"
  }

  /// Moves the staged rows; answers with the number of those that the base learned something from.
  /// - Parameter hasRepeats: whether two of them may have one key.
  func move(hasRepeats: Bool) -> Statement {
    let rows = hasRepeats ? selection : "SELECT " + .joined(columns) + " FROM " + staging
    return "WITH moved AS (INSERT INTO " + name + " (" + .joined(columns) + ") " + rows
      + " ON CONFLICT (" + .joined(key) + ") " + action
      + " RETURNING 1) SELECT count(*) FROM moved"
  }

  /// One row a key: PostgreSQL refuses to change a row twice in one statement.
  private var selection: Statement {
    switch second {
    case .dropped:
      return "SELECT DISTINCT ON (" + .joined(key) + ") " + .joined(columns) + " FROM " + staging
        + " ORDER BY " + .joined(key + ["place"])
    case .fills:
      let filled = rest.map {
        "(array_agg(" + $0 + " ORDER BY place) FILTER (WHERE " + $0 + " IS NOT NULL))[1]"
          as Statement
      }
      return "SELECT " + .joined(key + filled) + " FROM " + staging + " GROUP BY " + .joined(key)
    }
  }

  private var action: Statement {
    switch second {
    case .dropped: return "DO NOTHING"
    case .fills:
      let set = others.map { $0 + " = COALESCE(" + name + "." + $0 + ", EXCLUDED." + $0 + ")" }
      // Rows that stay as they are need no new version.
      let lacks = others.map {
        "(" + name + "." + $0 + " IS NULL AND EXCLUDED." + $0 + " IS NOT NULL)"
      }
      return "DO UPDATE SET " + .joined(set) + " WHERE " + .joined(lacks, separator: " OR ")
    }
  }
}

extension FactTable {
  static let traits = FactTable(
    .traits, "traits", key: ["identity_id", "key", "event_time", "known_at"], ["value"])
  static let consents = FactTable(
    .consents, "consents", key: ["identity_id", "channel", "purpose", "event_time"],
    ["known_at", "status"])
  static let scores = FactTable(
    .scores, "scores", key: ["identity_id", "model_id", "as_of"],
    ["probability", "lower", "upper", "decile", "reasons", "known_at"])
  static let exposures = FactTable(
    .exposures, "exposures", key: ["experiment_id", "identity_id", "event_time"],
    ["variant_id", "known_at"])
  static let products = FactTable(
    .products, "products", key: ["product_id", "valid_from"],
    ["sku", "name", "category", "brand", "price", "cost", "currency", "known_at"], second: .fills)
  static let orders = FactTable(
    .orders, "orders", key: ["order_id", "known_at"],
    [
      "identity_id", "event_time", "placed_at", "status", "channel", "currency", "subtotal",
      "discount", "shipping", "tax", "total", "coupon", "seller_id", "checkout_id",
    ], second: .fills)
  static let orderLines = FactTable(
    .orderLines, "order_lines", key: ["order_id", "known_at", "line_number"],
    ["event_time", "product_id", "quantity", "price", "discount", "cost"])
  static let refunds = FactTable(
    .refunds, "refunds", key: ["refund_id"],
    ["order_id", "amount", "currency", "lines", "event_time", "known_at"], second: .fills)
  static let leads = FactTable(
    .leads, "leads", key: ["lead_id", "known_at"],
    [
      "identity_id", "event_time", "created_at", "origin", "first_response_at", "assigned_to",
      "amount", "currency", "lost_reason", "properties",
    ], second: .fills)
  static let stages = FactTable(
    .stages, "stages", key: ["lead_id", "event_time", "stage"], ["known_at", "actor"])
  static let campaigns = FactTable(
    .campaigns, "campaigns", key: ["campaign_id"],
    ["name", "kind", "channel", "started_at", "ended_at", "goal", "known_at"], second: .fills)
  static let messages = FactTable(
    .messages, "messages", key: ["message_id"],
    [
      "identity_id", "channel", "campaign_id", "rule_id", "step", "variant_id", "cost", "currency",
      "suppressed_reason", "properties", "known_at",
    ], second: .fills)
  static let messageSteps = FactTable(
    .messageSteps, "message_steps", key: ["message_id", "event_time", "kind"], ["known_at"])
  static let touchpoints = FactTable(
    .touchpoints, "touchpoints", key: ["touch_id"],
    [
      "identity_id", "kind", "channel", "campaign_id", "creative_id", "cost", "currency",
      "event_time", "known_at",
    ], second: .fills)
  static let spend = FactTable(
    .spend, "spend", key: ["day", "platform", "campaign_id", "creative_id", "known_at"],
    ["channel", "impressions", "clicks", "cost", "currency"])
  static let eventConflicts = FactTable(
    .eventConflicts, "event_conflicts", key: ["id_hash", "body_hash"],
    ["message_id", "identity_id", "event_time", "known_at", "name", "properties"])
}
