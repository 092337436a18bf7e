/// The shape of the base in PostgreSQL, as a sequence of named changes. A change that has been released is
/// never edited: what a base lacks is applied when it is opened.
enum Migrations {
  static let all: [(name: String, change: Statement)] = [
    ("create customer base", customerBase), ("remember who was erased", erasure),
  ]

  /// The tables live in a schema of their own, beside whatever else the database holds.
  static let prepare: Statement = """
    CREATE SCHEMA IF NOT EXISTS hourglass;
    CREATE TABLE IF NOT EXISTS hourglass.migrations (
      name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now());
    """

  /// Instants are milliseconds since 1970 in UTC, amounts minor units; the tables and columns are those of
  /// the SQLite store.
  private static let customerBase: Statement = """
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE writes (version BIGINT NOT NULL);
    INSERT INTO writes VALUES (0);
    CREATE TABLE sources (
      source_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    CREATE SEQUENCE identity_numbers;
    CREATE TABLE identities (
      identity_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL,
      customer_id BIGINT NOT NULL, is_shared BOOLEAN NOT NULL DEFAULT FALSE,
      known_at BIGINT NOT NULL, source_id BIGINT NOT NULL, UNIQUE (value, kind));
    CREATE INDEX identities_by_customer ON identities (customer_id);
    CREATE TABLE customers (
      customer_id BIGINT PRIMARY KEY, created_at BIGINT NOT NULL, merged_into BIGINT);
    CREATE TABLE identity_links (
      link_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, winner BIGINT NOT NULL,
      loser BIGINT NOT NULL, rule TEXT NOT NULL, known_at BIGINT NOT NULL, undone_at BIGINT,
      source_id BIGINT NOT NULL);
    CREATE UNIQUE INDEX identity_links_by_winner ON identity_links (winner, loser, rule)
      WHERE undone_at IS NULL OR rule <> 'manual';
    CREATE INDEX identity_links_by_loser ON identity_links (loser);
    CREATE INDEX identity_links_of_winner ON identity_links (winner);

    CREATE TABLE traits (
      identity_id BIGINT NOT NULL, key TEXT NOT NULL, event_time BIGINT NOT NULL,
      known_at BIGINT NOT NULL, value TEXT NOT NULL, source_id BIGINT NOT NULL,
      PRIMARY KEY (identity_id, key, event_time, known_at));
    CREATE TABLE consents (
      identity_id BIGINT NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL,
      event_time BIGINT NOT NULL, known_at BIGINT NOT NULL, status TEXT NOT NULL,
      source_id BIGINT NOT NULL, PRIMARY KEY (identity_id, channel, purpose, event_time));

    CREATE TABLE events (
      id_hash BIGINT NOT NULL, body_hash BIGINT NOT NULL, identity_id BIGINT NOT NULL,
      event_time BIGINT NOT NULL, known_at BIGINT NOT NULL, sent_at BIGINT, received_at BIGINT,
      source_id BIGINT NOT NULL, type BIGINT NOT NULL, message_id TEXT NOT NULL,
      name TEXT NOT NULL, user_id TEXT, anonymous_id TEXT, session_id TEXT,
      context_campaign_source TEXT, context_campaign_medium TEXT, context_campaign_name TEXT,
      context_campaign_term TEXT, context_campaign_content TEXT, context_page_url TEXT,
      referrer TEXT, channel TEXT, properties TEXT);
    CREATE INDEX events_by_message ON events (id_hash, body_hash);
    CREATE INDEX events_by_person ON events (identity_id, event_time);
    CREATE TABLE event_conflicts (
      id_hash BIGINT NOT NULL, body_hash BIGINT NOT NULL, message_id TEXT NOT NULL,
      identity_id BIGINT NOT NULL, event_time BIGINT NOT NULL, known_at BIGINT NOT NULL,
      name TEXT NOT NULL, properties TEXT, source_id BIGINT NOT NULL,
      PRIMARY KEY (id_hash, body_hash));
    CREATE INDEX event_conflicts_by_person ON event_conflicts (identity_id);

    CREATE TABLE products (
      product_id TEXT NOT NULL, valid_from BIGINT NOT NULL, sku TEXT, name TEXT, category TEXT,
      brand TEXT, price BIGINT, cost BIGINT, currency TEXT, known_at BIGINT NOT NULL,
      source_id BIGINT NOT NULL, PRIMARY KEY (product_id, valid_from));
    CREATE TABLE orders (
      order_id TEXT NOT NULL, known_at BIGINT NOT NULL, identity_id BIGINT,
      event_time BIGINT NOT NULL, placed_at BIGINT, status TEXT, channel TEXT, currency TEXT,
      subtotal BIGINT, discount BIGINT, shipping BIGINT, tax BIGINT, total BIGINT, coupon TEXT,
      seller_id TEXT, checkout_id TEXT, source_id BIGINT NOT NULL,
      PRIMARY KEY (order_id, known_at));
    CREATE INDEX orders_by_person ON orders (identity_id, event_time);
    CREATE TABLE order_lines (
      order_id TEXT NOT NULL, line_number BIGINT NOT NULL, known_at BIGINT NOT NULL,
      event_time BIGINT NOT NULL, product_id TEXT NOT NULL, quantity DOUBLE PRECISION NOT NULL,
      price BIGINT, discount BIGINT, cost BIGINT, source_id BIGINT NOT NULL,
      PRIMARY KEY (order_id, known_at, line_number));
    CREATE TABLE refunds (
      refund_id TEXT NOT NULL PRIMARY KEY, order_id TEXT NOT NULL, amount BIGINT, currency TEXT,
      lines TEXT, event_time BIGINT NOT NULL, known_at BIGINT NOT NULL,
      source_id BIGINT NOT NULL);
    CREATE INDEX refunds_by_order ON refunds (order_id);

    CREATE TABLE leads (
      lead_id TEXT NOT NULL, known_at BIGINT NOT NULL, identity_id BIGINT,
      event_time BIGINT NOT NULL, created_at BIGINT, origin TEXT, first_response_at BIGINT,
      assigned_to TEXT, amount BIGINT, currency TEXT, lost_reason TEXT, properties TEXT,
      source_id BIGINT NOT NULL, PRIMARY KEY (lead_id, known_at));
    CREATE INDEX leads_by_person ON leads (identity_id);
    CREATE TABLE stages (
      lead_id TEXT NOT NULL, stage TEXT NOT NULL, event_time BIGINT NOT NULL,
      known_at BIGINT NOT NULL, actor TEXT, source_id BIGINT NOT NULL,
      PRIMARY KEY (lead_id, event_time, stage));

    CREATE TABLE campaigns (
      campaign_id TEXT NOT NULL PRIMARY KEY, name TEXT, kind TEXT, channel TEXT,
      started_at BIGINT, ended_at BIGINT, goal TEXT, known_at BIGINT NOT NULL,
      source_id BIGINT NOT NULL);
    CREATE TABLE messages (
      message_id TEXT NOT NULL PRIMARY KEY, identity_id BIGINT NOT NULL, channel TEXT NOT NULL,
      campaign_id TEXT, rule_id TEXT, step BIGINT, variant_id TEXT, cost BIGINT, currency TEXT,
      suppressed_reason TEXT, properties TEXT, known_at BIGINT NOT NULL,
      source_id BIGINT NOT NULL);
    CREATE INDEX messages_by_person ON messages (identity_id);
    CREATE TABLE message_steps (
      message_id TEXT NOT NULL, kind TEXT NOT NULL, event_time BIGINT NOT NULL,
      known_at BIGINT NOT NULL, source_id BIGINT NOT NULL,
      PRIMARY KEY (message_id, event_time, kind));

    CREATE TABLE touchpoints (
      touch_id TEXT NOT NULL PRIMARY KEY, identity_id BIGINT NOT NULL, kind TEXT NOT NULL,
      channel TEXT NOT NULL, campaign_id TEXT, creative_id TEXT, cost BIGINT, currency TEXT,
      event_time BIGINT NOT NULL, known_at BIGINT NOT NULL, source_id BIGINT NOT NULL);
    CREATE INDEX touchpoints_by_person ON touchpoints (identity_id, event_time);
    CREATE TABLE spend (
      day BIGINT NOT NULL, platform TEXT NOT NULL, campaign_id TEXT NOT NULL,
      creative_id TEXT NOT NULL, known_at BIGINT NOT NULL, channel TEXT, impressions BIGINT,
      clicks BIGINT, cost BIGINT NOT NULL, currency TEXT NOT NULL, source_id BIGINT NOT NULL,
      PRIMARY KEY (day, platform, campaign_id, creative_id, known_at));
    CREATE TABLE scores (
      identity_id BIGINT NOT NULL, model_id TEXT NOT NULL, as_of BIGINT NOT NULL,
      probability DOUBLE PRECISION NOT NULL, lower DOUBLE PRECISION, upper DOUBLE PRECISION,
      decile BIGINT, reasons TEXT, known_at BIGINT NOT NULL, source_id BIGINT NOT NULL,
      PRIMARY KEY (identity_id, model_id, as_of));
    CREATE TABLE exposures (
      experiment_id TEXT NOT NULL, identity_id BIGINT NOT NULL, event_time BIGINT NOT NULL,
      variant_id TEXT NOT NULL, known_at BIGINT NOT NULL, source_id BIGINT NOT NULL,
      PRIMARY KEY (experiment_id, identity_id, event_time));
    CREATE INDEX exposures_by_person ON exposures (identity_id);

    CREATE TABLE imports (
      file TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, format TEXT NOT NULL,
      byte_offset BIGINT NOT NULL, line BIGINT NOT NULL, record_count BIGINT NOT NULL,
      file_bytes BIGINT NOT NULL, rejected_count BIGINT NOT NULL, is_complete BOOLEAN NOT NULL,
      at BIGINT NOT NULL);
    CREATE TABLE import_rejects (
      file TEXT NOT NULL, line BIGINT NOT NULL, part BIGINT NOT NULL, reason TEXT NOT NULL,
      record TEXT NOT NULL, PRIMARY KEY (file, line, part));
    """
}

extension Migrations {
  private static let erasure: Statement = """
    CREATE TABLE tombstones (hash TEXT PRIMARY KEY, erased_at BIGINT NOT NULL);
    CREATE TABLE erased_sales (
      day BIGINT NOT NULL, source_id BIGINT NOT NULL, currency TEXT NOT NULL,
      orders BIGINT NOT NULL, total BIGINT NOT NULL, PRIMARY KEY (day, source_id, currency));
    """
}

/// Indices that a large import does without and builds at its end; that they are missing is no damage.
enum DeferredIndex {
  static let drop: Statement = """
    DROP INDEX IF EXISTS events_by_message;
    DROP INDEX IF EXISTS events_by_person;
    """
  static let create: Statement = """
    CREATE INDEX IF NOT EXISTS events_by_message ON events (id_hash, body_hash);
    CREATE INDEX IF NOT EXISTS events_by_person ON events (identity_id, event_time);
    """
}
