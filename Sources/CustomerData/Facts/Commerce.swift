/// What is sold, as it was from `validFrom` on.
public struct Product: Hashable, Sendable {
  public var productID: String
  public var sku: String?
  public var name: String?
  public var category: String?
  public var brand: String?
  public var price: Money?
  public var cost: Money?
  public var validFrom: Instant
  public var knownAt: Instant

  public init(productID: String, validFrom: Instant, knownAt: Instant) {
    self.productID = productID
    self.validFrom = validFrom
    self.knownAt = knownAt
  }
}

public enum OrderStatus: String, CaseIterable, Hashable, Sendable, Encodable {
  case placed, paid, cancelled, refunded
}

/// What became known of an order at `knownAt`.
///
/// An order is a sequence of these: what a later one leaves out (`nil`) stands as an earlier one said it,
/// so that an order cancelled later was still a sale as of before. Amounts are in minor units of `currency`.
public struct Order: Hashable, Sendable {
  public var orderID: String
  /// `nil` for a sale to nobody known.
  public var person: Int?
  public var status: OrderStatus?
  /// When it was placed; on a cancellation, `nil`.
  public var placedAt: Instant?
  public var channel: String?
  public var currency: Currency?
  public var subtotal: Int64?
  public var discount: Int64?
  public var shipping: Int64?
  public var tax: Int64?
  public var total: Int64?
  public var coupon: String?
  public var sellerID: String?
  public var checkoutID: String?
  /// Of this change: the placing, the cancellation.
  public var eventTime: Instant
  public var knownAt: Instant

  public init(orderID: String, person: Int?, eventTime: Instant, knownAt: Instant) {
    self.orderID = orderID
    self.person = person
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// One line of an order as it became known at `knownAt`; the latest known set of lines is the order's.
public struct OrderLine: Hashable, Sendable {
  public var orderID: String
  /// From 1, in the order of the source.
  public var lineNumber: Int
  public var productID: String
  /// Seldom a fraction (weights); negative on a return.
  public var quantity: Double
  /// Of one unit, in minor units of the order's currency.
  public var price: Int64?
  public var discount: Int64?
  public var cost: Int64?
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    orderID: String, lineNumber: Int, productID: String, quantity: Double, price: Int64?,
    eventTime: Instant, knownAt: Instant
  ) {
    self.orderID = orderID
    self.lineNumber = lineNumber
    self.productID = productID
    self.quantity = quantity
    self.price = price
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

/// Money given back.
public struct Refund: Hashable, Sendable {
  /// The source's id; where it has none, made of the order, the instant and the amount.
  public var refundID: String
  public var orderID: String
  /// Positive; `nil` where the source does not say, which is the whole order.
  public var amount: Int64?
  public var currency: Currency?
  /// The products given back, a JSON array, where the source says.
  public var lines: String?
  public var eventTime: Instant
  public var knownAt: Instant

  public init(
    refundID: String, orderID: String, amount: Int64?, currency: Currency?, eventTime: Instant,
    knownAt: Instant
  ) {
    self.refundID = refundID
    self.orderID = orderID
    self.amount = amount
    self.currency = currency
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}
