import Tables

/// The columns of a row that belong to an order as a whole.
struct OrderRow: Sendable {
  var orderID: String
  var person: RowPerson
  var placedAt: Instant?
  var knownAt: Instant?
  var status: OrderStatus?
  var channel: String?
  var currency: Currency?
  var subtotal: Int64?
  var discount: Int64?
  var shipping: Int64?
  var tax: Int64?
  var total: Int64?
  var coupon: String?
  var sellerID: String?
  var checkoutID: String?
  var cancelledAt: Instant?
  var refundedAmount: Int64?
  var acceptsMarketing: ConsentStatus?
  var lines: [OrderLineRow] = []
  /// A JSON array, where the lines stand in one cell.
  var products: String?

  init(_ row: MappedRow, _ context: ImportContext) throws(RowFault) {
    orderID = try row.required(.orderID)
    person = row.person(context)
    placedAt = try row.instant(.eventTime)
    knownAt = try row.instant(.knownAt)
    status = try Self.status(row, orderID: orderID)
    channel = row.text(.channel)
    coupon = row.text(.coupon)
    sellerID = row.text(.sellerID)
    checkoutID = row.text(.checkoutID)
    cancelledAt = try row.instant(.cancelledAt)
    products = row.text(.products)
    if let word = row.text(.acceptsMarketing) { acceptsMarketing = StatusWords.consent(word) }
    try readAmounts(row)
  }

  private mutating func readAmounts(_ row: MappedRow) throws(RowFault) {
    let fields: [ImportField] = [.subtotal, .discount, .shipping, .tax, .total, .refundedAmount]
    let hasAmount = fields.contains { row.text($0) != nil }
    guard hasAmount || row.text(.currency) != nil else { return }
    let currency = try row.currency()
    let digits = currency.minorDigits
    self.currency = currency
    subtotal = try row.amount(.subtotal, digits: digits)
    discount = try row.amount(.discount, digits: digits)
    shipping = try row.amount(.shipping, digits: digits)
    tax = try row.amount(.tax, digits: digits)
    total = try row.amount(.total, digits: digits)
    refundedAmount = try row.amount(.refundedAmount, digits: digits)
  }

  private static func status(
    _ row: MappedRow, orderID: String
  ) throws(RowFault) -> OrderStatus? {
    if let prefix = row.plan.mapping.cancelledPrefix, orderID.hasPrefix(prefix) {
      return .cancelled
    }
    guard let word = row.text(.status) else { return nil }
    guard let status = StatusWords.order(word) else {
      throw RowFault("\(row.name(.status)) is no state of an order; map its words by 'values'")
    }
    return status
  }

  /// Takes from `later` what this one leaves open: exports write an order's own columns once.
  mutating func fill(from later: OrderRow) {
    if person.identities.isEmpty { person = later.person }
    placedAt = placedAt ?? later.placedAt
    knownAt = knownAt ?? later.knownAt
    status = status ?? later.status
    channel = channel ?? later.channel
    currency = currency ?? later.currency
    subtotal = subtotal ?? later.subtotal
    discount = discount ?? later.discount
    shipping = shipping ?? later.shipping
    tax = tax ?? later.tax
    total = total ?? later.total
    coupon = coupon ?? later.coupon
    sellerID = sellerID ?? later.sellerID
    checkoutID = checkoutID ?? later.checkoutID
    cancelledAt = cancelledAt ?? later.cancelledAt
    refundedAmount = refundedAmount ?? later.refundedAmount
    acceptsMarketing = acceptsMarketing ?? later.acceptsMarketing
    lines += later.lines
  }
}

/// A line of an order with its numbers as the file has them, to be rounded once.
struct OrderLineRow: Sendable {
  var productID: String
  var sku: String?
  var name: String?
  var category: String?
  var brand: String?
  var quantity: ExactDecimal
  var price: ExactDecimal?
  var discount: ExactDecimal?
  var cost: ExactDecimal?

  init(productID: String, quantity: ExactDecimal) {
    self.productID = productID
    self.quantity = quantity
  }

  /// `nil` where the row has no line: an order's further rows may hold payments or notes.
  init?(_ row: MappedRow) throws(RowFault) {
    guard let id = row.text(.productID) ?? row.text(.sku) ?? row.text(.productName) else {
      return nil
    }
    guard let quantity = try row.decimal(.quantity) else {
      throw RowFault("\(row.name(.quantity)) is missing")
    }
    self.init(productID: id, quantity: quantity)
    sku = row.text(.sku)
    name = row.text(.productName)
    category = row.text(.category)
    brand = row.text(.brand)
    price = try row.decimal(.price)
    discount = try row.decimal(.lineDiscount)
    cost = try row.decimal(.cost)
  }
}

extension RowFacts {
  /// Adds an order, its lines, its cancellation and its refund, each known when it happened.
  mutating func addOrder(_ order: OrderRow) throws(RowFault) {
    guard let placedAt = order.placedAt else { throw RowFault("no date: when it was placed") }
    let knownAt = order.knownAt ?? placedAt
    let person = person(order.person.identities, knownAt: knownAt)
    if let person { addUnreadable(order.person, person: person, knownAt: knownAt) }
    let lineTotal = try addLines(order, placedAt: placedAt, knownAt: knownAt)
    let isCancelledLater = order.cancelledAt.map { $0 > placedAt } ?? false
    var fact = Order(
      orderID: order.orderID, person: person, eventTime: placedAt, knownAt: knownAt)
    fact.placedAt = placedAt
    // Before it was cancelled or refunded it was a sale like others.
    let isLater = isCancelledLater && order.status == .cancelled
    let isRefund = order.status == .refunded && order.refundedAmount != nil
    fact.status = isLater || isRefund ? .paid : order.status ?? .paid
    fact.channel = order.channel
    fact.currency = order.currency
    fact.subtotal = order.subtotal ?? lineTotal
    fact.discount = order.discount
    fact.shipping = order.shipping
    fact.tax = order.tax
    fact.total = order.total ?? (order.subtotal == nil ? lineTotal : nil)
    fact.coupon = order.coupon
    fact.sellerID = order.sellerID
    fact.checkoutID = order.checkoutID
    batch.orders.append(fact)
    try addProducts(order.products, of: fact)
    addCancellation(order, person: person, placedAt: placedAt, isLater: isCancelledLater)
    addRefund(order, placedAt: placedAt)
    if let person, let status = order.acceptsMarketing {
      batch.consents.append(
        Consent(
          person: person, channel: "email", status: status, eventTime: placedAt, knownAt: knownAt))
    }
  }

  private mutating func addProducts(_ json: String?, of order: Order) throws(RowFault) {
    guard let json else { return }
    do throws(JSONError) {
      try batch.addLines(json: json, of: order)
    } catch {
      throw RowFault("the order's products are no JSON array")
    }
  }

  private mutating func addCancellation(
    _ order: OrderRow, person: Int?, placedAt: Instant, isLater: Bool
  ) {
    // What was refunded is told as that, of the same instant.
    guard isLater, order.status != .refunded, let at = order.cancelledAt else { return }
    var change = Order(orderID: order.orderID, person: person, eventTime: at, knownAt: at)
    change.status = .cancelled
    batch.orders.append(change)
  }

  /// An export has the sum and not the day: the refund is known from the cancellation, or from the file, on.
  private mutating func addRefund(_ order: OrderRow, placedAt: Instant) {
    guard let amount = order.refundedAmount, amount > 0 else { return }
    let at = max(order.cancelledAt ?? context.writtenAt, placedAt)
    batch.refunds.append(
      Refund(
        refundID: "\(order.orderID)-refund", orderID: order.orderID, amount: amount,
        currency: order.currency, eventTime: at, knownAt: at))
    if order.status == .refunded {
      var change = Order(orderID: order.orderID, person: nil, eventTime: at, knownAt: at)
      change.status = .refunded
      batch.orders.append(change)
    }
  }

  /// - Returns: The sum of the lines, each rounded once; `nil` where a line has no price.
  private mutating func addLines(
    _ order: OrderRow, placedAt: Instant, knownAt: Instant
  ) throws(RowFault) -> Int64? {
    let digits = order.currency?.minorDigits ?? 2
    var sum: Int64? = order.lines.isEmpty ? nil : 0
    for (index, line) in order.lines.enumerated() {
      var fact = OrderLine(
        orderID: order.orderID, lineNumber: index + 1, productID: line.productID,
        quantity: line.quantity.double, price: try minorUnits(line.price, digits),
        eventTime: placedAt, knownAt: knownAt)
      fact.discount = try minorUnits(line.discount, digits)
      fact.cost = try minorUnits(line.cost, digits)
      batch.orderLines.append(fact)
      guard let price = line.price else {
        sum = nil
        continue
      }
      guard let amount = line.quantity.times(price, minorDigits: digits) else {
        throw RowFault("a line's quantity times its price is too large for an amount")
      }
      sum = sum.flatMap { sum in
        let (total, overflow) = sum.addingReportingOverflow(amount - (fact.discount ?? 0))
        return overflow ? nil : total
      }
    }
    return sum
  }

  func minorUnits(_ value: ExactDecimal?, _ digits: Int) throws(RowFault) -> Int64? {
    guard let value else { return nil }
    guard let amount = value.minorUnits(digits) else {
      throw RowFault("a price is too large for an amount")
    }
    return amount
  }

  mutating func addProduct(_ row: MappedRow) throws(RowFault) {
    let knownAt = try row.instant(.knownAt) ?? context.writtenAt
    let validFrom = try row.instant(.eventTime) ?? knownAt
    var product = Product(
      productID: try row.required(.productID), validFrom: validFrom, knownAt: knownAt)
    product.sku = row.text(.sku)
    product.name = row.text(.productName)
    product.category = row.text(.category)
    product.brand = row.text(.brand)
    product.price = try money(row, .price)
    product.cost = try money(row, .cost)
    batch.products.append(product)
  }

  mutating func addRefund(_ row: MappedRow) throws(RowFault) {
    let at = try requiredInstant(row, .eventTime)
    let orderID = try row.required(.orderID)
    let amount = try money(row, row.plan.has(.refundedAmount) ? .refundedAmount : .amount)
    let id =
      row.text(.refundID)
      ?? madeID("refund", row, person: nil, at: at, orderID, "\(amount?.minorUnits ?? 0)")
    batch.refunds.append(
      Refund(
        refundID: id, orderID: orderID, amount: amount?.minorUnits, currency: amount?.currency,
        eventTime: at, knownAt: try row.instant(.knownAt) ?? at))
  }
}
