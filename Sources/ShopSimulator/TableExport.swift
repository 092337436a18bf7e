import SpecialFunctions

/// Writes one customer's rows of the CSV exports.
struct TableExport {
  let shopper: Shopper
  let catalogue: Catalogue
  let clock: ShopClock
  let names: ShopNames
  var dirt: SplitMix64

  // MARK: Orders

  /// What a till knows of a buyer.
  enum Buyer: Sendable { case card, phone, nobody }

  func buyer(using generator: inout SplitMix64) -> Buyer {
    shopper.hasCard ? .card : generator.nextChance(0.8) ? .phone : .nobody
  }

  /// A receipt of the store's till, which tells of the day at night.
  /// - Returns: Whether it was told of by the end.
  mutating func addStoreOrder(
    _ number: Int, _ order: LifeRecord.Order, buyer: Buyer, to block: inout ShopBlock
  ) -> Bool {
    let placed = clock.milliseconds(order.time)
    var received =
      (placed / ShopClock.millisecondsPerDay + 1) * ShopClock.millisecondsPerDay + 7_200_000
    let isLate = dirt.nextChance(DirtShares.late)
    if isLate { received += EventExport.lateness(using: &dirt) }
    guard received < clock.endMilliseconds else {
      block.counts.neverReceived += 1
      return false
    }
    for line in order.lines {
      let product = catalogue.products[line.product]
      var row: [UInt8] = []
      row.addOrderID(.store, shopper.number, number, seed: names.seed)
      row.addComma()
      clock.add(placed, to: &row)
      row.addComma()
      clock.add(received, to: &row)
      row.addComma()
      if buyer == .card { names.card(shopper.number, to: &row) }
      row.addComma()
      if buyer == .phone { names.phone(shopper.number, to: &row) }
      row.add(",paid,store,RUB,")
      for amount in [order.subtotal, order.discount, order.total] {
        row.add(kopecks: amount)
        row.addComma()
      }
      row.add(product.id)
      row.addComma()
      row.add(product.name)
      row.addComma()
      row.add(Catalogue.categories[product.category])
      row.addComma()
      row.add(product.brand)
      row.addComma()
      row.add(line.quantity)
      row.addComma()
      row.add(kopecks: product.price)
      row.addComma()
      row.add(kopecks: product.cost)
      block[.orders].append(contentsOf: row)
      block.endRow(.orders)
    }
    block.counts.storeOrders += 1
    block.counts.orders += 1
    block.counts.orderLines += order.lines.count
    if buyer == .nobody { block.counts.ordersOfNobody += 1 }
    if isLate { block.counts.lateOrders += 1 }
    return true
  }

  /// An order that somebody took down by telephone, in a Russian programme's windows-1251.
  func addTelephoneOrder(_ number: Int, _ order: LifeRecord.Order, to block: inout ShopBlock) {
    let placed = clock.milliseconds(order.time)
    guard placed < clock.endMilliseconds else { return }
    let cancelled = order.cancelledAt.map(clock.milliseconds).flatMap {
      // The file has minutes; a change in the order's own minute would not be later.
      $0 < clock.endMilliseconds && $0 / 60_000 > placed / 60_000 ? $0 : nil
    }
    for line in order.lines {
      let product = catalogue.products[line.product]
      var row: [UInt8] = []
      row.addOrderID(.telephone, shopper.number, number, seed: names.seed)
      row.add(";")
      clock.addRussian(placed, to: &row)
      row.add(";")
      names.spokenPhone(shopper.number, to: &row)
      row.add(";")
      row.add(windows1251: cancelled == nil ? "Оплачен" : "Отменен")
      row.add(";")
      if let cancelled { clock.addRussian(cancelled, to: &row) }
      row.add(";RUB;")
      row.add(product.id)
      row.add(";")
      row.add(windows1251: product.russianName)
      row.add(";")
      row.add(line.quantity)
      for amount in [product.price, order.discount, order.shipping, order.total] {
        row.add(";")
        row.add(russianKopecks: amount)
      }
      row.append(UInt8(ascii: "\r"))
      block[.russianOrders].append(contentsOf: row)
      block.endRow(.russianOrders)
    }
    block.counts.telephoneOrders += 1
    block.counts.orders += cancelled == nil ? 1 : 2
    block.counts.cancelledOrders += cancelled == nil ? 0 : 1
    block.counts.orderLines += order.lines.count
  }

  // MARK: Messages and consents

  mutating func add(_ message: LifeRecord.Sent, _ number: Int, to block: inout ShopBlock) {
    let sent = clock.milliseconds(message.time)
    guard sent < clock.endMilliseconds else { return }
    func known(_ time: Int?) -> Int? { time.flatMap { $0 < clock.endMilliseconds ? $0 : nil } }
    let arrived = known(message.isHeldOut ? nil : sent + 20_000)
    let steps: [Int?] = [
      sent, message.isHeldOut ? nil : sent, message.isBounced ? nil : arrived,
      known(message.openedAt.map(clock.milliseconds)),
      known(message.clickedAt.map(clock.milliseconds)), message.isBounced ? arrived : nil,
      known(message.unsubscribedAt.map(clock.milliseconds)),
    ]
    var row: [UInt8] = []
    row.add("M-")
    row.add(hex: scattered(UInt64(shopper.number) << 20 | UInt64(number), salt: names.seed ^ 42))
    row.addComma()
    names.userID(shopper.number, to: &row)
    row.addComma()
    row.add(message.channel.name)
    row.addComma()
    row.add(message.campaignID)
    row.addComma()
    addCampaign(message, to: &row)
    for time in steps {
      if let time { clock.add(time, to: &row) }
      row.addComma()
    }
    if !message.isHeldOut {
      row.add(message.channel == .sms ? "3.00,RUB" : "0.20,RUB")
    } else {
      row.addComma()
    }
    row.add(message.isHeldOut ? ",holdout" : ",")
    let copies = dirt.nextChance(DirtShares.duplicateMessage) ? 2 : 1
    for _ in 0..<copies {
      block[.messages].append(contentsOf: row)
      block.endRow(.messages)
    }
    block.counts.duplicateMessageRows += copies - 1
    block.counts.messages += 1
    block.counts.messageSteps += steps.count { $0 != nil }
    if steps[6] != nil { block.counts.consents += 1 }
  }

  /// The campaign's name, and the rule and variant of what a trigger sent.
  private func addCampaign(_ message: LifeRecord.Sent, to row: inout [UInt8]) {
    switch message.cause {
    case .mailing(let mailing):
      row.add(mailing.name)
      row.add(",,,")
    case .crossSell: row.add("after an order,cross-sell,,")
    case .reactivation: row.add("sixty days without an order,reactivation,,")
    case .reminder(let arm):
      row.add("a cart was left,cart-reminder,")
      row.add(arm.name)
      row.addComma()
    }
  }

  func addConsents(_ record: LifeRecord, to block: inout ShopBlock) {
    guard let signedUpAt = record.signedUpAt else { return }
    guard !shopper.consentIsMissing else {
      block.counts.customersWithoutConsentRows += 1
      return
    }
    let at = clock.milliseconds(signedUpAt)
    guard at < clock.endMilliseconds else { return }
    for channel in MessageChannel.allCases {
      var row: [UInt8] = []
      names.userID(shopper.number, to: &row)
      row.addComma()
      row.add(channel.name)
      row.add(shopper.accepts[channel.rawValue] ? ",marketing,granted," : ",marketing,denied,")
      clock.add(at, to: &row)
      row.addComma()
      clock.add(at, to: &row)
      block[.consents].append(contentsOf: row)
      block.endRow(.consents)
      block.counts.consents += 1
    }
  }

  // MARK: Leads

  /// A row for each change of a lead, so that nothing is known before it was.
  mutating func add(_ lead: LifeRecord.Lead, to block: inout ShopBlock) {
    let created = clock.milliseconds(lead.time)
    guard created < clock.endMilliseconds else { return }
    let closed = lead.closingDays.map { clock.milliseconds(lead.time + $0) }
    let response = created + Int(lead.responseHours * 3_600_000)
    var stages: [(name: StaticString, at: Int)] = [("new", created)]
    if closed.map({ response < $0 }) ?? true { stages.append(("contacted", response)) }
    if let closed {
      let offer = response + (closed - response) / 2
      if lead.isWon, offer > response { stages.append(("offer", offer)) }
      stages.append(("", closed))
    }
    var lastKnown = 0
    for (name, at) in stages {
      let isLate = dirt.nextChance(DirtShares.lateStage) && name.utf8CodeUnitCount > 0
      let delay = isLate ? EventExport.lateness(using: &dirt) : 0
      // Whoever enters a stage late enters the later ones after it.
      let known = max(at + delay, lastKnown + 1_000)
      guard known < clock.endMilliseconds else { break }
      lastKnown = known
      if isLate { block.counts.lateStages += 1 }
      addStage(lead, name, at: at, created: created, known: known, response: response, to: &block)
    }
  }

  private func addStage(
    _ lead: LifeRecord.Lead, _ stage: StaticString, at: Int, created: Int, known: Int,
    response: Int, to block: inout ShopBlock
  ) {
    let isEnd = stage.utf8CodeUnitCount == 0
    var row: [UInt8] = []
    row.addLeadID(shopper.number, seed: names.seed)
    row.addComma()
    clock.add(created, to: &row)
    row.addComma()
    clock.add(known, to: &row)
    row.addComma()
    names.email(shopper.number, to: &row)
    row.addComma()
    names.phone(shopper.number, to: &row)
    row.addComma()
    row.add(LeadLaw.sources[lead.source])
    row.addComma()
    row.add(Shopper.cities[shopper.city])
    row.addComma()
    if at >= response { clock.add(response, to: &row) }
    row.add(",agent-")
    row.add(1 + shopper.number % 7)
    row.addComma()
    row.add(stage)
    row.addComma()
    if !isEnd { clock.add(at, to: &row) }
    row.addComma()
    if isEnd, lead.isWon { clock.add(at, to: &row) }
    row.addComma()
    if isEnd, !lead.isWon { clock.add(at, to: &row) }
    row.addComma()
    if isEnd, !lead.isWon { row.add(lead.amount % 3 == 0 ? "price" : "no answer") }
    row.addComma()
    if isEnd, lead.isWon { row.add(kopecks: lead.amount) }
    row.add(",RUB")
    block[.leads].append(contentsOf: row)
    block.endRow(.leads)
    block.counts.leads += 1
    block.counts.stages += 1
    if isEnd, lead.isWon { block.counts.leadsWon += 1 }
  }
}

extension [UInt8] {
  mutating func addLeadID(_ shopper: Int, seed: UInt64) {
    add("L-")
    add(hex: scattered(UInt64(shopper), salt: seed ^ 43))
  }

  /// With a decimal comma, and no-break spaces between thousands.
  mutating func add(russianKopecks amount: Int) {
    let roubles = amount / 100
    if roubles >= 1_000 {
      add(roubles / 1_000)
      append(0xA0)
      add(roubles % 1_000, digits: 3)
    } else {
      add(roubles)
    }
    add(",")
    add(amount % 100, digits: 2)
  }
}
