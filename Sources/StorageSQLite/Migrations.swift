import GRDB

/// The shape of the file, as a sequence of named changes. A change that has been released is never edited:
/// files hold its name, and what they lack is applied when they are opened.
enum Migrations {
  /// "HGLS": what tells a store from another program's SQLite file.
  static let applicationID: Int32 = 0x4847_4C53

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("create customer base") { try $0.execute(sql: customerBase) }
    migrator.registerMigration("remember who was erased") { try $0.execute(sql: erasure) }
    migrator.registerMigration("create experiments") { try $0.execute(sql: experiments) }
    return migrator
  }()

  /// Experiments as they were started, and what was recorded for them besides the imports.
  private static let experiments = """
    CREATE TABLE experiments (
      key TEXT NOT NULL PRIMARY KEY, settings TEXT NOT NULL, source TEXT NOT NULL,
      started_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE recorded_exposures (
      experiment_id TEXT NOT NULL, unit TEXT NOT NULL, variant_id TEXT NOT NULL,
      event_time INTEGER NOT NULL);
    CREATE INDEX recorded_exposures_by_experiment ON recorded_exposures (experiment_id);
    CREATE TABLE recorded_conversions (
      unit TEXT NOT NULL, name TEXT NOT NULL, event_time INTEGER NOT NULL, value REAL,
      message_id TEXT);
    CREATE INDEX recorded_conversions_by_name ON recorded_conversions (name);
    CREATE UNIQUE INDEX recorded_conversions_by_message
      ON recorded_conversions (unit, message_id) WHERE message_id IS NOT NULL;
    """

  /// Instants are milliseconds since 1970 in UTC, amounts minor units. Facts name their person by
  /// `identity_id`; who that is, `identities.customer_id` tells for now and the links as of then.
  private static let customerBase = """
    PRAGMA application_id = \(applicationID);

    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE sources (source_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    CREATE TABLE identities (
      identity_id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL, value TEXT NOT NULL,
      customer_id INTEGER NOT NULL, is_shared INTEGER NOT NULL DEFAULT 0,
      known_at INTEGER NOT NULL, source_id INTEGER NOT NULL);
    CREATE UNIQUE INDEX identities_by_value ON identities (value, kind);
    CREATE INDEX identities_by_customer ON identities (customer_id);

    CREATE TABLE customers (
      customer_id INTEGER PRIMARY KEY,
      created_at INTEGER NOT NULL,
      merged_into INTEGER);

    CREATE TABLE identity_links (
      link_id INTEGER PRIMARY KEY AUTOINCREMENT,
      winner INTEGER NOT NULL, loser INTEGER NOT NULL, rule TEXT NOT NULL,
      known_at INTEGER NOT NULL, undone_at INTEGER, source_id INTEGER NOT NULL);
    CREATE UNIQUE INDEX identity_links_by_winner ON identity_links (winner, loser, rule)
      WHERE undone_at IS NULL OR rule <> 'manual';
    CREATE INDEX identity_links_by_loser ON identity_links (loser);
    CREATE INDEX identity_links_of_winner ON identity_links (winner);

    CREATE TABLE traits (
      identity_id INTEGER NOT NULL, key TEXT NOT NULL, event_time INTEGER NOT NULL,
      known_at INTEGER NOT NULL, value TEXT NOT NULL, source_id INTEGER NOT NULL,
      PRIMARY KEY (identity_id, key, event_time, known_at)) WITHOUT ROWID;

    CREATE TABLE consents (
      identity_id INTEGER NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL,
      event_time INTEGER NOT NULL, known_at INTEGER NOT NULL, status TEXT NOT NULL,
      source_id INTEGER NOT NULL,
      PRIMARY KEY (identity_id, channel, purpose, event_time)) WITHOUT ROWID;

    CREATE TABLE events (
      event_id INTEGER PRIMARY KEY,
      id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL,
      identity_id INTEGER NOT NULL, event_time INTEGER NOT NULL, known_at INTEGER NOT NULL,
      sent_at INTEGER, received_at INTEGER, source_id INTEGER NOT NULL, type INTEGER NOT NULL,
      message_id TEXT NOT NULL, name TEXT NOT NULL, user_id TEXT, anonymous_id TEXT,
      session_id TEXT, context_campaign_source TEXT, context_campaign_medium TEXT,
      context_campaign_name TEXT, context_campaign_term TEXT, context_campaign_content TEXT,
      context_page_url TEXT, referrer TEXT, channel TEXT, properties TEXT);
    CREATE INDEX events_by_message ON events (id_hash, body_hash);
    CREATE INDEX events_by_person ON events (identity_id, event_time);
    CREATE TABLE event_conflicts (
      id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL,
      message_id TEXT NOT NULL, identity_id INTEGER NOT NULL, event_time INTEGER NOT NULL,
      known_at INTEGER NOT NULL, name TEXT NOT NULL, properties TEXT, source_id INTEGER NOT NULL,
      PRIMARY KEY (id_hash, body_hash)) WITHOUT ROWID;
    CREATE INDEX event_conflicts_by_person ON event_conflicts (identity_id);

    CREATE TABLE products (
      product_id TEXT NOT NULL, valid_from INTEGER NOT NULL, sku TEXT, name TEXT, category TEXT,
      brand TEXT, price INTEGER, cost INTEGER, currency TEXT, known_at INTEGER NOT NULL,
      source_id INTEGER NOT NULL, PRIMARY KEY (product_id, valid_from)) WITHOUT ROWID;

    CREATE TABLE orders (
      order_id TEXT NOT NULL, known_at INTEGER NOT NULL, identity_id INTEGER,
      event_time INTEGER NOT NULL, placed_at INTEGER, status TEXT, channel TEXT, currency TEXT,
      subtotal INTEGER, discount INTEGER, shipping INTEGER, tax INTEGER, total INTEGER,
      coupon TEXT, seller_id TEXT, checkout_id TEXT, source_id INTEGER NOT NULL,
      PRIMARY KEY (order_id, known_at)) WITHOUT ROWID;
    CREATE INDEX orders_by_person ON orders (identity_id, event_time);
    CREATE TABLE order_lines (
      order_id TEXT NOT NULL, line_number INTEGER NOT NULL, known_at INTEGER NOT NULL,
      event_time INTEGER NOT NULL, product_id TEXT NOT NULL, quantity REAL NOT NULL,
      price INTEGER, discount INTEGER, cost INTEGER, source_id INTEGER NOT NULL,
      PRIMARY KEY (order_id, known_at, line_number)) WITHOUT ROWID;
    CREATE TABLE refunds (
      refund_id TEXT NOT NULL PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER, currency TEXT,
      lines TEXT, event_time INTEGER NOT NULL, known_at INTEGER NOT NULL,
      source_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX refunds_by_order ON refunds (order_id);

    CREATE TABLE leads (
      lead_id TEXT NOT NULL, known_at INTEGER NOT NULL, identity_id INTEGER,
      event_time INTEGER NOT NULL, created_at INTEGER, origin TEXT, first_response_at INTEGER,
      assigned_to TEXT, amount INTEGER, currency TEXT, lost_reason TEXT, properties TEXT,
      source_id INTEGER NOT NULL, PRIMARY KEY (lead_id, known_at)) WITHOUT ROWID;
    CREATE INDEX leads_by_person ON leads (identity_id);
    CREATE TABLE stages (
      lead_id TEXT NOT NULL, stage TEXT NOT NULL, event_time INTEGER NOT NULL,
      known_at INTEGER NOT NULL, actor TEXT, source_id INTEGER NOT NULL,
      PRIMARY KEY (lead_id, event_time, stage)) WITHOUT ROWID;

    CREATE TABLE campaigns (
      campaign_id TEXT NOT NULL PRIMARY KEY, name TEXT, kind TEXT, channel TEXT,
      started_at INTEGER, ended_at INTEGER, goal TEXT, known_at INTEGER NOT NULL,
      source_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE messages (
      message_id TEXT NOT NULL PRIMARY KEY, identity_id INTEGER NOT NULL, channel TEXT NOT NULL,
      campaign_id TEXT, rule_id TEXT, step INTEGER, variant_id TEXT, cost INTEGER, currency TEXT,
      suppressed_reason TEXT, properties TEXT, known_at INTEGER NOT NULL,
      source_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX messages_by_person ON messages (identity_id);
    CREATE TABLE message_steps (
      message_id TEXT NOT NULL, kind TEXT NOT NULL, event_time INTEGER NOT NULL,
      known_at INTEGER NOT NULL, source_id INTEGER NOT NULL,
      PRIMARY KEY (message_id, event_time, kind)) WITHOUT ROWID;

    CREATE TABLE touchpoints (
      touch_id TEXT NOT NULL PRIMARY KEY, identity_id INTEGER NOT NULL, kind TEXT NOT NULL,
      channel TEXT NOT NULL, campaign_id TEXT, creative_id TEXT, cost INTEGER, currency TEXT,
      event_time INTEGER NOT NULL, known_at INTEGER NOT NULL,
      source_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX touchpoints_by_person ON touchpoints (identity_id, event_time);
    CREATE TABLE spend (
      day INTEGER NOT NULL, platform TEXT NOT NULL, campaign_id TEXT NOT NULL,
      creative_id TEXT NOT NULL, known_at INTEGER NOT NULL, channel TEXT, impressions INTEGER,
      clicks INTEGER, cost INTEGER NOT NULL, currency TEXT NOT NULL, source_id INTEGER NOT NULL,
      PRIMARY KEY (day, platform, campaign_id, creative_id, known_at)) WITHOUT ROWID;
    CREATE TABLE scores (
      identity_id INTEGER NOT NULL, model_id TEXT NOT NULL, as_of INTEGER NOT NULL,
      probability REAL NOT NULL, lower REAL, upper REAL, decile INTEGER, reasons TEXT,
      known_at INTEGER NOT NULL, source_id INTEGER NOT NULL,
      PRIMARY KEY (identity_id, model_id, as_of)) WITHOUT ROWID;
    CREATE TABLE exposures (
      experiment_id TEXT NOT NULL, identity_id INTEGER NOT NULL, event_time INTEGER NOT NULL,
      variant_id TEXT NOT NULL, known_at INTEGER NOT NULL, source_id INTEGER NOT NULL,
      PRIMARY KEY (experiment_id, identity_id, event_time)) WITHOUT ROWID;
    CREATE INDEX exposures_by_person ON exposures (identity_id);

    CREATE TABLE imports (
      file TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, format TEXT NOT NULL,
      byte_offset INTEGER NOT NULL, line INTEGER NOT NULL, record_count INTEGER NOT NULL,
      file_bytes INTEGER NOT NULL, rejected_count INTEGER NOT NULL, is_complete INTEGER NOT NULL,
      at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE import_rejects (
      file TEXT NOT NULL, line INTEGER NOT NULL, part INTEGER NOT NULL, reason TEXT NOT NULL,
      record TEXT NOT NULL, PRIMARY KEY (file, line, part)) WITHOUT ROWID;
    """
}

extension Migrations {
  private static let erasure = """
    CREATE TABLE tombstones (hash TEXT NOT NULL PRIMARY KEY, erased_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE erased_sales (
      day INTEGER NOT NULL, source_id INTEGER NOT NULL, currency TEXT NOT NULL,
      orders INTEGER NOT NULL, total INTEGER NOT NULL,
      PRIMARY KEY (day, source_id, currency)) WITHOUT ROWID;
    """
}

/// Indices that a large import does without and builds at its end; that they are missing is no damage.
enum DeferredIndex: String, CaseIterable {
  case eventsByMessage = "events_by_message"
  case eventsByPerson = "events_by_person"

  var creation: String {
    switch self {
    // Both hashes, so that telling a copy from a conflict needs no look at the row.
    case .eventsByMessage:
      "CREATE INDEX IF NOT EXISTS events_by_message ON events (id_hash, body_hash)"
    case .eventsByPerson:
      "CREATE INDEX IF NOT EXISTS events_by_person ON events (identity_id, event_time)"
    }
  }
}
