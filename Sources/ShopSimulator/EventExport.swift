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
  private var line: EventLine

  init(
    _ shopper: Shopper, _ catalogue: Catalogue, _ clock: ShopClock, _ names: ShopNames,
    dirt: SplitMix64
  ) {
    self.shopper = shopper
    self.catalogue = catalogue
    self.clock = clock
    self.names = names
    self.dirt = dirt
    line = EventLine(shopper, catalogue, names)
    usedDevices = [Bool](repeating: false, count: shopper.deviceCount)
  }

  /// When a client tells of what it did, by its own clock and by the server's.
  private struct Delivery {
    var delay: Int
    var clockError: Int
    var isLate: Bool
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
      let sender = EventLine.Sender(device: visit.device, isKnown: isKnown, session: session)
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

  private mutating func begin(_ type: StaticString, _ event: StaticString?) {
    eventNumber += 1
    line.begin(type, event, number: eventNumber)
  }

  private mutating func add(
    _ step: Step, at time: Int, from sender: EventLine.Sender, _ delivery: Delivery,
    _ visit: LifeRecord.Visit, _ record: LifeRecord, to block: inout ShopBlock
  ) {
    switch step {
    case .page:
      begin("page", nil)
      line.bytes.add(",\"name\":\"Shop\"")
    case .identify: begin("identify", nil)
    case .signedUp: begin("track", "Signed Up")
    case .view: begin("track", "Product Viewed")
    case .add: begin("track", "Product Added")
    case .checkout: begin("track", "Checkout Started")
    case .order: begin("track", "Order Completed")
    case .exposure: begin("track", "Experiment Viewed")
    }
    line.addSender(sender, source: step.isPage ? visit.source : nil, record)
    switch step {
    case .page: line.bytes.add(",\"properties\":{\"path\":\"/\"}")
    case .identify: line.addTraits()
    case .signedUp: line.bytes.add(",\"properties\":{}")
    case .view(let product), .add(let product): line.addProduct(product)
    case .checkout: line.bytes.add(",\"properties\":{\"currency\":\"RUB\"}")
    case .exposure: line.addExposure()
    case .order(let number): line.addOrder(number, record)
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
    line.bytes.add(",\"originalTimestamp\":\"")
    clock.add(time + delivery.clockError, to: &line.bytes)
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
    let count = line.bytes.count
    line.bytes.add("\",\"sentAt\":\"")
    clock.add(sent, to: &line.bytes)
    line.bytes.add("\",\"receivedAt\":\"")
    clock.add(received, to: &line.bytes)
    line.bytes.add("\"}")
    block[.events].append(contentsOf: line.bytes)
    block.endRow(.events)
    line.bytes.removeSubrange(count...)
  }

  // MARK: What the shop tells of orders later

  /// - Returns: Whether it was known by the end.
  mutating func addCancellation(_ number: Int, at time: Double, to block: inout ShopBlock) {
    begin("track", "Order Cancelled")
    line.addServer(byCard: nil)
    line.bytes.add(",\"properties\":{\"order_id\":\"")
    line.bytes.addOrderID(.web, shopper.number, number, seed: names.seed)
    line.bytes.add("\"}")
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
    line.addServer(byCard: byCard)
    line.bytes.add(",\"properties\":{\"order_id\":\"")
    line.bytes.addOrderID(order.place, shopper.number, number, seed: names.seed)
    line.bytes.add("\",\"refund_id\":\"R-")
    line.bytes.addOrderID(order.place, shopper.number, number, seed: names.seed)
    line.bytes.add("\",\"total\":")
    line.bytes.add(kopecks: refund.amount)
    line.bytes.add(",\"currency\":\"RUB\"}")
    let delivery = Delivery(delay: 0, clockError: 0, isLate: false)
    if end(at: clock.milliseconds(refund.at), delivery, canBeRedelivered: false, to: &block) {
      block.counts.refunds += 1
    }
  }
}
