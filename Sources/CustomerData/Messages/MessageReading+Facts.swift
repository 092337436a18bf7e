package import Tables

extension MessageReading {
  /// Draws from an event what it means beyond itself.
  mutating func addFacts(_ meaning: EventMeaning, _ context: EventContext) {
    switch meaning {
    case .none: break
    case .orderCompleted: addOrder(.paid, context)
    case .orderUpdated: addOrder(nil, context)
    case .orderCancelled: addCancellation(context)
    case .orderRefunded: addRefund(context)
    case .messageStep(let channel, let step): addMessageStep(step, channel.string, context)
    case .subscribed(let channel):
      addConsent(.granted, channel: channel.string, context)
    case .experimentViewed: addExposure(context)
    }
  }

  private func currency(_ context: EventContext) -> Currency? {
    context.properties.text(.currency).flatMap { Currency($0) } ?? options.currency
  }

  /// Order Completed and Order Updated: the order, its lines and its products.
  private mutating func addOrder(_ status: OrderStatus?, _ context: EventContext) {
    let properties = context.properties
    guard let orderID = properties.text(.orderID) else { return }
    let currency = currency(context)
    let digits = currency?.minorDigits ?? 2
    var order = Order(
      orderID: orderID, person: context.person, eventTime: context.eventTime,
      knownAt: context.knownAt)
    order.status = status
    order.placedAt = status == nil ? nil : context.eventTime
    order.channel = properties.text(.affiliation)
    order.currency = currency
    // Segment's revenue leaves out shipping and tax, total has them; Klaviyo's value is a total.
    order.subtotal =
      properties.amount(.subtotal, digits: digits)
      ?? properties.amount(.revenue, digits: digits)
    order.discount = properties.amount(.discount, digits: digits)
    order.shipping = properties.amount(.shipping, digits: digits)
    order.tax = properties.amount(.tax, digits: digits)
    order.total =
      properties.amount(.total, digits: digits)
      ?? properties.amount(.value, digits: digits)
    order.coupon = properties.text(.coupon)
    order.checkoutID = properties.text(.checkoutID)
    batch.orders.append(order)
    batch.addLines(properties[.products], of: order)
  }

  private mutating func addCancellation(_ context: EventContext) {
    guard let orderID = context.properties.text(.orderID) else { return }
    var order = Order(
      orderID: orderID, person: context.person, eventTime: context.eventTime,
      knownAt: context.knownAt)
    order.status = .cancelled
    batch.orders.append(order)
  }

  /// A refund of part of an order names an amount or products; one that names none is of the whole.
  private mutating func addRefund(_ context: EventContext) {
    let properties = context.properties
    guard let orderID = properties.text(.orderID) else { return }
    let currency = currency(context)
    let digits = currency?.minorDigits ?? 2
    let amount =
      properties.amount(.total, digits: digits)
      ?? properties.amount(.value, digits: digits) ?? properties.amount(.revenue, digits: digits)
    let lines = properties[.products].map { String(decoding: $0.jsonBytes, as: UTF8.self) }
    let refundID =
      properties.text(.refundID)
      ?? "\(orderID)/\(context.eventTime.milliseconds)/\(amount.map(String.init) ?? "whole")"
    batch.refunds.append(
      {
        var refund = Refund(
          refundID: refundID, orderID: orderID, amount: amount, currency: currency,
          eventTime: context.eventTime, knownAt: context.knownAt)
        refund.lines = lines
        return refund
      }())
    guard amount == nil, lines == nil else { return }
    var order = Order(
      orderID: orderID, person: context.person, eventTime: context.eventTime,
      knownAt: context.knownAt)
    order.status = .refunded
    batch.orders.append(order)
  }

  /// A step of a message to this person. Where no delivery is named, the campaign's or e-mail's id and the
  /// person together name the message: those ids are shared by all who got it.
  private mutating func addMessageStep(
    _ step: MessageStepKind, _ channel: String, _ context: EventContext
  ) {
    let properties = context.properties
    let campaignID = properties.text(.campaignID)
    let who = batch.people[context.person].identities.min { $0.kind.strength < $1.kind.strength }
    let shared = properties.text(.emailID) ?? campaignID ?? properties.text(.ruleID)
    let messageID = properties.text(.deliveryID) ?? shared.map { "\($0)/\(who?.value ?? "")" }
    if let messageID {
      var message = Message(
        messageID: messageID, person: context.person, channel: channel, knownAt: context.knownAt)
      message.campaignID = campaignID
      message.ruleID = properties.text(.ruleID)
      message.variantID = properties.text(.variationID)
      batch.messages.append(message)
      batch.messageSteps.append(
        MessageStep(
          messageID: messageID, kind: step, eventTime: context.eventTime, knownAt: context.knownAt))
    }
    if let campaignID, campaigns.insert(campaignID).inserted {
      var campaign = Campaign(
        campaignID: campaignID, name: properties.text(.campaignName), knownAt: context.knownAt)
      campaign.channel = channel
      batch.campaigns.append(campaign)
    }
    if step == .unsubscribed { addConsent(.revoked, channel: channel, context) }
  }

  private mutating func addConsent(
    _ status: ConsentStatus, channel: String, _ context: EventContext
  ) {
    batch.consents.append(
      Consent(
        person: context.person, channel: channel, status: status, eventTime: context.eventTime,
        knownAt: context.knownAt))
  }

  private mutating func addExposure(_ context: EventContext) {
    guard let experimentID = context.properties.text(.experimentID),
      let variantID = context.properties.text(.variationID)
    else { return }
    batch.exposures.append(
      ExperimentExposure(
        experimentID: experimentID, variantID: variantID, person: context.person,
        eventTime: context.eventTime, knownAt: context.knownAt))
  }
}

extension FactBatch {
  /// Adds the lines of `order`, and what they say of products, from an array of products as the e-commerce
  /// specification has it.
  mutating func addLines(_ products: JSONValue?, of order: Order) {
    let digits = order.currency?.minorDigits ?? 2
    var number = 0
    products?.forEachElement { product in
      let properties = KnownProperties(product)
      guard let productID = properties.text(.productID) ?? properties.text(.sku) else { return }
      number += 1
      let price = properties.amount(.price, digits: digits)
      var line = OrderLine(
        orderID: order.orderID, lineNumber: number, productID: productID,
        quantity: properties[.quantity]?.double ?? 1, price: price, eventTime: order.eventTime,
        knownAt: order.knownAt)
      line.discount = properties.amount(.discount, digits: digits)
      orderLines.append(line)
      addProduct(productID, properties, price: price, order)
    }
  }

  private mutating func addProduct(
    _ productID: String, _ properties: KnownProperties, price: Int64?, _ order: Order
  ) {
    var product = Product(
      productID: productID, validFrom: order.eventTime, knownAt: order.knownAt)
    product.sku = properties.text(.sku)
    product.name = properties.text(.name)
    product.category = properties.text(.category)
    product.brand = properties.text(.brand)
    if let price, let currency = order.currency {
      product.price = Money(minorUnits: price, currency: currency)
    }
    products.append(product)
  }

  /// The same from a text that holds such an array, as warehouses export it.
  package mutating func addLines(json text: String, of order: Order) throws(JSONError) {
    var text = text
    var tape = JSONTape()
    let result = text.withUTF8 { utf8 in
      Result { () throws(JSONError) in
        let bytes = UnsafeRawBufferPointer(utf8)
        try tape.read(bytes)
        tape.withRoot(of: bytes) { addLines($0, of: order) }
      }
    }
    try result.get()
  }
}
