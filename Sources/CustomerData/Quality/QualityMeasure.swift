/// A figure of the state of the data, which a store counts; `QualityLimits` say when it is bad.
public enum QualityMeasure: String, CaseIterable, Hashable, Sendable, Encodable {
  /// Events under a message id that another event has; of all events.
  case conflictingEventIDs = "conflicting_event_ids"
  /// Facts dated after the instant of the check, by table; of its rows.
  case futureTimes = "future_times"
  /// Events received before they were sent: a clock is wrong; of those with both times.
  case receivedBeforeSent = "received_before_sent"
  /// Orders without a line; of all orders.
  case ordersWithoutLines = "orders_without_lines"
  /// Orders whose lines do not add up to their subtotal; of those with both.
  case lineSumMismatches = "line_sum_mismatches"
  /// Orders of nothing or less that are no cancellations; of those with a total.
  case nonPositiveTotals = "non_positive_totals"
  /// Orders by currency.
  case currencies = "unknown_currencies"
  /// Rows that name an order, lead or message that is not there, by table; of its rows.
  case orphanIDs = "orphan_ids"
  /// Stages that a lead entered before it was created; of all stages.
  case stagesBeforeCreation = "stages_before_creation"
  /// E-mail addresses and phones that could not be read as such, by kind; of all of that kind.
  case unreadableIdentities = "unreadable_identities"
  /// Identities that too many people share to join them, by kind; of all of that kind.
  case sharedIdentities = "shared_identities"
  /// The most identities that one customer has.
  case identitiesPerCustomer = "identities_per_customer"
  /// Cells without a value, by column; of its rows.
  case missingShares = "missing_shares"
  /// Events by day, UTC; the check compares the last days with the same weekdays before.
  case dailyVolumes = "daily_volumes"
  /// Hours since the latest fact became known, by source.
  case freshness = "freshness_hours"
  /// Records that imports rejected; of all they read.
  case rejectedRecords = "rejected_records"
}

/// One number of a measure: of a table, a column, a day, a source.
public struct QualityFigure: Hashable, Sendable {
  /// What it is of: "orders.coupon", "2026-05-31", "shopify"; "" for the base as a whole.
  public var subject: String
  public var value: Double
  /// Of how many, where the value is a count of some.
  public var total: Double?

  public init(subject: String, value: Double, total: Double? = nil) {
    self.subject = subject
    self.value = value
    self.total = total
  }

  /// The share of the total, or the value itself; `nil` of nothing.
  var share: Double? {
    guard let total else { return value }
    return total > 0 ? value / total : nil
  }
}
