import SpecialFunctions

/// Writes what happened in the web shop as messages of Segment's specification, with the clocks and delays of
/// real ones.
struct EventExport {
  let shopper: Shopper
  let catalogue: Catalogue
  let clock: ShopClock
  let names: ShopNames
  /// Dirt has a stream of its own: it changes nothing that happened.
  var dirt: SplitMix64
  /// The orders that an event told of, and the devices.
  private(set) var toldOrders: Set<Int> = []
  private(set) var usedDevices: [Bool]
  private var eventNumber = 0
  private var line: [UInt8] = []

  init(
    _ shopper: Shopper, _ catalogue: Catalogue, _ clock: ShopClock, _ names: ShopNames,
    dirt: SplitMix64
  ) {
    self.shopper = shopper
    self.catalogue = catalogue
    self.clock = clock
    self.names = names
    self.dirt = dirt
    usedDevices = [Bool](repeating: false, count: shopper.deviceCount)
  }

  /// When a client tells of what it did, by its own clock and by the server's.
  private struct Delivery {
    var delay: Int
    var clockError: Int
    var isLate: Bool
  }

  /// The browser that a message is from, and whether the customer is known on it.
  private struct Sender {
    let device: Int
    let isKnown: Bool
    let session: UInt64
  }

  // MARK: Visits

  mutating func add(_ visit: LifeRecord.Visit, of record: LifeRecord, to block: inout ShopBlock) {
    let session = scattered(UInt64(shopper.number) << 20 | UInt64(eventNumber), salt: 31)
    let isLate = dirt.nextChance(DirtShares.late)
    let delay = isLate ? Self.lateness(using: &dirt) : dirt.nextIndex(below: 5_000)
    let delivery = Delivery(
      delay: delay, clockError: shopper.clockErrors[visit.device], isLate: isLate)
    let steps = Self.steps(of: visit)
    // The visit's time is that of its last event.
    var time = clock.milliseconds(visit.time) - 25_000 * (steps.count - 1)
    var isKnown = visit.isKnown && !visit.identifies
    for step in steps {
      if case .identify = step { isKnown = true }
      let sender = Sender(device: visit.device, isKnown: isKnown, session: session)
      add(step, at: time, from: sender, delivery, visit, record, to: &block)
      time += 25_000
    }
    if case .ad(let channel) = visit.source {
      let day = min(max(0, Int(visit.time)), block.clicks.count / AdChannel.allCases.count - 1)
      block.clicks[day * AdChannel.allCases.count + channel.rawValue] += 1
    }
  }

  /// An hour to thirty days, mostly a day or so.
  static func lateness(using generator: inout SplitMix64) -> Int {
    let hours = 1 + min(719, 30 * generator.nextExponential())
    return Int(hours * 3_600_000)
  }

  private enum Step {
    case page
    case identify
    case signedUp
    case view(Int)
    case add(Int)
    case checkout
    case order(Int)
    case exposure

    var isPage: Bool {
      if case .page = self { true } else { false }
    }

    /// Redelivering an order would be a later word about it; copies of the rest are copies.
    var isBrowsing: Bool {
      switch self {
      case .page, .view, .add: true
      case .identify, .signedUp, .checkout, .order, .exposure: false
      }
    }
  }

  private static func steps(of visit: LifeRecord.Visit) -> [Step] {
    var steps: [Step] = [.page]
    for product in visit.viewed { steps.append(.view(product)) }
    if visit.identifies { steps.append(.identify) }
    if visit.signsUp { steps.append(.signedUp) }
    for product in visit.cart { steps.append(.add(product)) }
    if visit.startsCheckout { steps.append(.checkout) }
    if visit.isExposed { steps.append(.exposure) }
    if let order = visit.order { steps.append(.order(order)) }
    return steps
  }

  private mutating func add(
    _ step: Step, at time: Int, from sender: Sender, _ delivery: Delivery,
    _ visit: LifeRecord.Visit, _ record: LifeRecord, to block: inout ShopBlock
  ) {
    switch step {
    case .page:
      begin("page", nil)
      line.add(",\"name\":\"Shop\"")
    case .identify: begin("identify", nil)
    case .signedUp: begin("track", "Signed Up")
    case .view: begin("track", "Product Viewed")
    case .add: begin("track", "Product Added")
    case .checkout: begin("track", "Checkout Started")
    case .order: begin("track", "Order Completed")
    case .exposure: begin("track", "Experiment Viewed")
    }
    addSender(sender, source: step.isPage ? visit.source : nil, record)
    switch step {
    case .page: line.add(",\"properties\":{\"path\":\"/\"}")
    case .identify: addTraits()
    case .signedUp: line.add(",\"properties\":{}")
    case .view(let product), .add(let product): addProduct(product)
    case .checkout: line.add(",\"properties\":{\"currency\":\"RUB\"}")
    case .exposure: addExposure()
    case .order(let number): addOrder(number, record)
    }
    let isWritten = end(
      at: time, delivery, canBeRedelivered: step.isBrowsing, to: &block)
    guard isWritten else { return }
    usedDevices[visit.device] = true
    switch step {
    case .exposure: block.counts.exposures += 1
    case .order(let number):
      block.counts.webOrders += 1
      block.counts.orders += 1
      block.counts.orderLines += record.orders[number].lines.count
      toldOrders.insert(number)
    default: break
    }
  }

  // MARK: The parts of a message

  private mutating func begin(_ type: StaticString, _ event: StaticString?) {
    line.removeAll(keepingCapacity: true)
    line.add("{\"type\":\"")
    line.add(type)
    if let event {
      line.add("\",\"event\":\"")
      line.add(event)
    }
    line.add("\",\"messageId\":\"")
    eventNumber += 1
    line.add(hex: scattered(UInt64(shopper.number) << 20 | UInt64(eventNumber), salt: names.seed ^ 32))
    line.add("\"")
  }

  private mutating func addSender(
    _ sender: Sender, source: LifeRecord.Source?, _ record: LifeRecord
  ) {
    line.add(",\"anonymousId\":\"")
    names.device(shopper.number, sender.device, to: &line)
    if sender.isKnown {
      line.add("\",\"userId\":\"")
      names.userID(shopper.number, to: &line)
    }
    line.add("\",\"context\":{\"sessionId\":\"")
    line.add(hex: sender.session)
    line.add("\"")
    if let source { addCampaign(source, record) }
    line.add("}")
  }

  /// The shop itself, by the user id, or by what a till knew: a card or a telephone.
  private mutating func addServer(byCard: Bool?) {
    line.add(",\"channel\":\"server\"")
    guard let byCard else {
      line.add(",\"userId\":\"")
      names.userID(shopper.number, to: &line)
      line.add("\"")
      return
    }
    line.add(",\"context\":{\"traits\":{\"")
    line.add(byCard ? "loyalty_card\":\"" : "phone\":\"")
    if byCard {
      names.card(shopper.number, to: &line)
    } else {
      names.phone(shopper.number, to: &line)
    }
    line.add("\"}}")
  }

  private mutating func addCampaign(_ source: LifeRecord.Source, _ record: LifeRecord) {
    let (from, medium): (StaticString, StaticString)
    switch source {
    case .direct: return
    case .organic: (from, medium) = ("search", "organic")
    case .ad(.searchGeneric): (from, medium) = ("search-generic", "cpc")
    case .ad(.searchBrand): (from, medium) = ("search-brand", "cpc")
    case .ad(.social): (from, medium) = ("social", "cpc")
    case .ad(.display): (from, medium) = ("display", "banner")
    case .message(let place): (from, medium) = ("crm", record.messages[place].channel.name)
    }
    line.add(",\"campaign\":{\"source\":\"")
    line.add(from)
    line.add("\",\"medium\":\"")
    line.add(medium)
    if case .message(let place) = source {
      line.add("\",\"name\":\"")
      line.add(record.messages[place].campaignID)
    }
    line.add("\"}")
  }

  private mutating func addTraits() {
    line.add(",\"traits\":{\"email\":\"")
    names.email(shopper.number, to: &line)
    line.add("\",\"phone\":\"")
    names.phone(shopper.number, to: &line)
    if shopper.hasCard, shopper.cardIsKnownOnline {
      line.add("\",\"loyalty_card\":\"")
      names.card(shopper.number, to: &line)
    }
    line.add("\",\"city\":\"")
    line.add(Shopper.cities[shopper.city])
    line.add(shopper.isFemale ? "\",\"sex\":\"f\"" : "\",\"sex\":\"m\"")
    line.add(",\"birth_year\":")
    line.add(shopper.birthYear)
    line.add("}")
  }

  private mutating func addProduct(_ number: Int) {
    let product = catalogue.products[number]
    line.add(",\"properties\":{\"product_id\":\"")
    line.add(product.id)
    line.add("\",\"category\":\"")
    line.add(Catalogue.categories[product.category])
    line.add("\",\"price\":")
    line.add(kopecks: product.price)
    line.add(",\"currency\":\"RUB\"}")
  }

  private mutating func addExposure() {
    line.add(",\"properties\":{\"experiment_id\":\"cart-reminder\",\"variation_id\":\"")
    line.add(shopper.arm.name)
    line.add("\"}")
  }

  private mutating func addOrder(_ number: Int, _ record: LifeRecord) {
    let order = record.orders[number]
    line.add(",\"properties\":{\"order_id\":\"")
    addOrderID(order.place, number)
    line.add("\",\"affiliation\":\"web\",\"currency\":\"RUB\",\"subtotal\":")
    line.add(kopecks: order.subtotal)
    line.add(",\"discount\":")
    line.add(kopecks: order.discount)
    line.add(",\"shipping\":")
    line.add(kopecks: order.shipping)
    line.add(",\"total\":")
    line.add(kopecks: order.total)
    if order.discount > 0 { line.add(",\"coupon\":\"TEN\"") }
    line.add(",\"products\":[")
    for (place, bought) in order.lines.enumerated() {
      let product = catalogue.products[bought.product]
      line.add(place == 0 ? "{\"product_id\":\"" : ",{\"product_id\":\"")
      line.add(product.id)
      line.add("\",\"name\":\"")
      line.add(product.name)
      line.add("\",\"category\":\"")
      line.add(Catalogue.categories[product.category])
      line.add("\",\"brand\":\"")
      line.add(product.brand)
      line.add("\",\"price\":")
      line.add(kopecks: product.price)
      line.add(",\"quantity\":")
      line.add(bought.quantity)
      line.add("}")
    }
    line.add("]}")
  }

  private mutating func addOrderID(_ place: LifeRecord.Place, _ number: Int) {
    line.addOrderID(place, shopper.number, number, seed: names.seed)
  }

  /// Ends the message with its times and writes it, now and then twice. Nothing that would have been told
  /// of after the end is written.
  private mutating func end(
    at time: Int, _ delivery: Delivery, canBeRedelivered: Bool, to block: inout ShopBlock
  ) -> Bool {
    let latency = 60 + dirt.nextIndex(below: 1_500)
    let sent = time + delivery.clockError + delivery.delay
    let received = time + delivery.delay + latency
    guard received < clock.endMilliseconds else {
      block.counts.neverReceived += 1
      return false
    }
    line.add(",\"originalTimestamp\":\"")
    clock.add(time + delivery.clockError, to: &line)
    write(sent: sent, received: received, to: &block)
    block.counts.events += 1
    if delivery.isLate { block.counts.lateEvents += 1 }
    if delivery.clockError != 0 { block.counts.skewedEvents += 1 }
    guard dirt.nextChance(DirtShares.duplicate) else { return true }
    let later = canBeRedelivered && dirt.nextChance(0.5) ? 30_000 : 0
    guard received + later < clock.endMilliseconds else { return true }
    write(sent: sent + later, received: received + later, to: &block)
    if later > 0 {
      block.counts.redeliveredEvents += 1
    } else {
      block.counts.duplicateEvents += 1
    }
    return true
  }

  private mutating func write(sent: Int, received: Int, to block: inout ShopBlock) {
    let count = line.count
    line.add("\",\"sentAt\":\"")
    clock.add(sent, to: &line)
    line.add("\",\"receivedAt\":\"")
    clock.add(received, to: &line)
    line.add("\"}")
    block[.events].append(contentsOf: line)
    block.endRow(.events)
    line.removeSubrange(count...)
  }

  // MARK: What the shop tells of orders later

  /// - Returns: Whether it was known by the end.
  mutating func addCancellation(_ number: Int, at time: Double, to block: inout ShopBlock) {
    begin("track", "Order Cancelled")
    addServer(byCard: nil)
    line.add(",\"properties\":{\"order_id\":\"")
    addOrderID(.web, number)
    line.add("\"}")
    let delivery = Delivery(delay: 0, clockError: 0, isLate: false)
    if end(at: clock.milliseconds(time), delivery, canBeRedelivered: false, to: &block) {
      block.counts.orders += 1
      block.counts.cancelledOrders += 1
    }
  }

  /// - Parameter byCard: what the till knew of the buyer; `nil` in the web shop.
  mutating func addRefund(
    _ number: Int, _ order: LifeRecord.Order, byCard: Bool?, to block: inout ShopBlock
  ) {
    guard let refund = order.refund else { return }
    begin("track", "Order Refunded")
    addServer(byCard: byCard)
    line.add(",\"properties\":{\"order_id\":\"")
    addOrderID(order.place, number)
    line.add("\",\"refund_id\":\"R-")
    addOrderID(order.place, number)
    line.add("\",\"total\":")
    line.add(kopecks: refund.amount)
    line.add(",\"currency\":\"RUB\"}")
    let delivery = Delivery(delay: 0, clockError: 0, isLate: false)
    if end(at: clock.milliseconds(refund.at), delivery, canBeRedelivered: false, to: &block) {
      block.counts.refunds += 1
    }
  }
}

extension [UInt8] {
  /// W-, S- or T- and ten digits in no order.
  mutating func addOrderID(_ place: LifeRecord.Place, _ shopper: Int, _ number: Int, seed: UInt64) {
    switch place {
    case .web: add("W-")
    case .store: add("S-")
    case .telephone: add("T-")
    }
    add(hex: scattered(UInt64(shopper) << 20 | UInt64(number), salt: seed ^ 41))
  }
}

extension LifeRecord.Sent {
  var campaignID: String {
    switch cause {
    case .mailing(let mailing): mailing.id
    case .crossSell: "cross-sell"
    case .reactivation: "reactivation"
    case .reminder: "cart-reminder"
    }
  }
}
