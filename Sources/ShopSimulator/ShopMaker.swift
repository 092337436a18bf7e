import SpecialFunctions

/// Makes customers, each from a stream of its own: no draw of one can move the next, and blocks of them can
/// be made in any order.
struct ShopMaker: Sendable {
  let settings: ShopSettings
  let law: WorldLaw
  let calendar: ShopCalendar
  let catalogue: Catalogue
  let clock: ShopClock
  let names: ShopNames
  private let truthDays: [Int]

  static let customersPerBlock = 512

  init(_ settings: ShopSettings) {
    self.settings = settings
    law = WorldLaw(settings.world)
    calendar = ShopCalendar(settings, law)
    catalogue = Catalogue(seed: settings.seed)
    clock = ShopClock(startDay: settings.startDay, days: settings.days)
    names = ShopNames(seed: settings.seed)
    truthDays = settings.truthDays
  }

  func block(_ number: Int) -> ShopBlock {
    var block = ShopBlock(days: settings.days)
    block[.events].reserveCapacity(12 << 20)
    let first = number * Self.customersPerBlock + 1
    for customer in first...min(settings.customerCount, first + Self.customersPerBlock - 1) {
      addCustomer(customer, to: &block)
    }
    block.plantBrokenRows(number: number)
    return block
  }

  private func stream(_ customer: Int, salt: UInt64) -> SplitMix64 {
    SplitMix64(seed: scattered(scattered(UInt64(customer), salt: salt), salt: settings.seed))
  }

  private func addCustomer(_ number: Int, to block: inout ShopBlock) {
    var traits = stream(number, salt: 1)
    let shopper = Shopper(number: number, law, calendar, using: &traits)
    let behaviour = Behaviour(shopper: shopper, law: law, calendar: calendar)
    var life = Life(
      behaviour, catalogue, truthDays: truthDays, generator: stream(number, salt: 2))
    let record = life.live()
    let usedDevices = export(record, of: shopper, to: &block)
    addTruth(record, behaviour, usedDevices: usedDevices, to: &block)
    let phone = names.phone(number)
    if phone == 9_990_000_000 {
      block.counts.kioskPhones += 1
    } else if number > 1, phone == names.phone(number - 1) {
      block.counts.sharedPhones += 1
    }
    if record.signedUpAt != nil { block.counts.signedUp += 1 }
  }

  /// - Returns: Which of the customer's devices the exports tell of.
  private func export(
    _ record: LifeRecord, of shopper: Shopper, to block: inout ShopBlock
  ) -> [Bool] {
    var events = EventExport(
      shopper, catalogue, clock, names, dirt: stream(shopper.number, salt: 3))
    var tables = TableExport(
      shopper: shopper, catalogue: catalogue, clock: clock, names: names,
      dirt: stream(shopper.number, salt: 4))
    for visit in record.visits { events.add(visit, of: record, to: &block) }
    for (number, order) in record.orders.enumerated() {
      switch order.place {
      case .telephone: tables.addTelephoneOrder(number, order, to: &block)
      case .store:
        let buyer = tables.buyer(using: &tables.dirt)
        if tables.addStoreOrder(number, order, buyer: buyer, to: &block), buyer != .nobody {
          events.addRefund(number, order, byCard: buyer == .card, to: &block)
        }
      case .web where events.toldOrders.contains(number):
        if let at = order.cancelledAt { events.addCancellation(number, at: at, to: &block) }
        events.addRefund(number, order, byCard: nil, to: &block)
      case .web: break
      }
    }
    for (number, message) in record.messages.enumerated() {
      tables.add(message, number, to: &block)
    }
    tables.addConsents(record, to: &block)
    if let lead = record.lead { tables.add(lead, to: &block) }
    return events.usedDevices
  }

  private func addTruth(
    _ record: LifeRecord, _ behaviour: Behaviour, usedDevices: [Bool], to block: inout ShopBlock
  ) {
    let truth = TruthExport(
      shopper: behaviour.shopper, catalogue: catalogue, clock: clock, names: names)
    let isAlive = record.stands.last?.state.isAlive ?? true
    if isAlive { block.counts.aliveAtTheEnd += 1 }
    truth.addCustomer(record, isAlive: isAlive, to: &block)
    truth.addIdentities(record, usedDevices: usedDevices, to: &block)
    if let lead = record.lead { truth.addLead(lead, to: &block) }
    var foresight = Foresight(behaviour, horizonDays: settings.horizonDays)
    var generator = stream(behaviour.shopper.number, salt: 5)
    for stand in record.stands {
      let outlook = foresight.outlook(stand.state, day: stand.day, using: &generator)
      truth.addPurchases(
        stand, outlook, horizonDays: settings.horizonDays, days: settings.days, record, to: &block)
    }
  }

  // MARK: What is not of one customer

  /// Spend by day and advertisement: clicks are those of the shop's visitors, and of some who left at once.
  func spend(clicks: [Int]) -> (bytes: [UInt8], rows: Int) {
    var generator = SplitMix64(seed: scattered(settings.seed, salt: 13))
    var bytes: [UInt8] = []
    for day in 0..<settings.days {
      for channel in AdChannel.allCases {
        let place = day * AdChannel.allCases.count + channel.rawValue
        let allClicks = clicks[place] + Int(Double(clicks[place]) * generator.nextBetween(0.1, 0.4))
        bytes.add("shop,")
        clock.addDay(settings.startDay + day, to: &bytes)
        bytes.add(channel == .social ? ",social" : channel == .display ? ",display" : ",search")
        bytes.add(",1,ad-")
        bytes.add(channel.name)
        bytes.addComma()
        bytes.add(channel.name)
        bytes.addComma()
        bytes.add(channel.name)
        bytes.addComma()
        bytes.add(allClicks)
        bytes.addComma()
        bytes.add(allClicks * (20 + generator.nextIndex(below: 60)))
        bytes.addComma()
        bytes.add(kopecks: calendar.spend[day][channel.rawValue])
        bytes.add(",RUB\n")
      }
    }
    return (bytes, settings.days * AdChannel.allCases.count)
  }

  func products() -> (bytes: [UInt8], rows: Int) {
    var bytes: [UInt8] = []
    for product in catalogue.products {
      let cells = [
        product.id, "SKU-\(product.id.dropFirst(2))", product.name,
        Catalogue.categories[product.category], product.brand,
      ]
      bytes.add(cells.joined(separator: ","))
      bytes.addComma()
      bytes.add(kopecks: product.price)
      bytes.addComma()
      bytes.add(kopecks: product.cost)
      bytes.add(",RUB,")
      clock.add(settings.startDay * ShopClock.millisecondsPerDay, to: &bytes)
      bytes.addComma()
      clock.add(settings.startDay * ShopClock.millisecondsPerDay, to: &bytes)
      bytes.endLine()
    }
    return (bytes, catalogue.products.count)
  }

  static let productMapping = """
    # What the columns of products.csv mean, for `hourglass import --mapping`.
    record: products
    source: shop
    columns:
      product_id: product_id
      sku: sku
      product_name: name
      category: category
      brand: brand
      price: price
      cost: cost
      currency: currency
      event_time: valid_from
      known_at: known_at

    """
}
