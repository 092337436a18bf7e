/// One message of Segment's specification, while it is being written.
struct EventLine {
  /// The browser that a message is from, and whether the customer is known on it.
  struct Sender {
    let device: Int
    let isKnown: Bool
    let session: UInt64
  }

  let shopper: Shopper
  let catalogue: Catalogue
  let names: ShopNames
  var bytes: [UInt8] = []

  init(_ shopper: Shopper, _ catalogue: Catalogue, _ names: ShopNames) {
    self.shopper = shopper
    self.catalogue = catalogue
    self.names = names
  }

  /// Begins a message of this type, the customer's so-manieth.
  mutating func begin(_ type: StaticString, _ event: StaticString?, number: Int) {
    bytes.removeAll(keepingCapacity: true)
    bytes.add("{\"type\":\"")
    bytes.add(type)
    if let event {
      bytes.add("\",\"event\":\"")
      bytes.add(event)
    }
    bytes.add("\",\"messageId\":\"")
    bytes.add(
      hex: scattered(UInt64(shopper.number) << 20 | UInt64(number), salt: names.seed ^ 32))
    bytes.add("\"")
  }

  mutating func addSender(
    _ sender: Sender, source: LifeRecord.Source?, _ record: LifeRecord
  ) {
    bytes.add(",\"anonymousId\":\"")
    names.device(shopper.number, sender.device, to: &bytes)
    if sender.isKnown {
      bytes.add("\",\"userId\":\"")
      names.userID(shopper.number, to: &bytes)
    }
    bytes.add("\",\"context\":{\"sessionId\":\"")
    bytes.add(hex: sender.session)
    bytes.add("\"")
    if let source { addCampaign(source, record) }
    bytes.add("}")
  }

  /// The shop itself, by the user id, or by what a till knew: a card or a telephone.
  mutating func addServer(byCard: Bool?) {
    bytes.add(",\"channel\":\"server\"")
    guard let byCard else {
      bytes.add(",\"userId\":\"")
      names.userID(shopper.number, to: &bytes)
      bytes.add("\"")
      return
    }
    bytes.add(",\"context\":{\"traits\":{\"")
    bytes.add(byCard ? "loyalty_card\":\"" : "phone\":\"")
    if byCard {
      names.card(shopper.number, to: &bytes)
    } else {
      names.phone(shopper.number, to: &bytes)
    }
    bytes.add("\"}}")
  }

  mutating func addCampaign(_ source: LifeRecord.Source, _ record: LifeRecord) {
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
    bytes.add(",\"campaign\":{\"source\":\"")
    bytes.add(from)
    bytes.add("\",\"medium\":\"")
    bytes.add(medium)
    if case .message(let place) = source {
      bytes.add("\",\"name\":\"")
      bytes.add(record.messages[place].campaignID)
    }
    bytes.add("\"}")
  }

  mutating func addTraits() {
    bytes.add(",\"traits\":{\"email\":\"")
    names.email(shopper.number, to: &bytes)
    bytes.add("\",\"phone\":\"")
    names.phone(shopper.number, to: &bytes)
    if shopper.hasCard, shopper.cardIsKnownOnline {
      bytes.add("\",\"loyalty_card\":\"")
      names.card(shopper.number, to: &bytes)
    }
    bytes.add("\",\"city\":\"")
    bytes.add(Shopper.cities[shopper.city])
    bytes.add(shopper.isFemale ? "\",\"sex\":\"f\"" : "\",\"sex\":\"m\"")
    bytes.add(",\"birth_year\":")
    bytes.add(shopper.birthYear)
    bytes.add("}")
  }

  mutating func addProduct(_ number: Int) {
    let product = catalogue.products[number]
    bytes.add(",\"properties\":{\"product_id\":\"")
    bytes.add(product.id)
    bytes.add("\",\"category\":\"")
    bytes.add(Catalogue.categories[product.category])
    bytes.add("\",\"price\":")
    bytes.add(kopecks: product.price)
    bytes.add(",\"currency\":\"RUB\"}")
  }

  mutating func addExposure() {
    bytes.add(",\"properties\":{\"experiment_id\":\"cart-reminder\",\"variation_id\":\"")
    bytes.add(shopper.arm.name)
    bytes.add("\"}")
  }

  mutating func addOrder(_ number: Int, _ record: LifeRecord) {
    let order = record.orders[number]
    bytes.add(",\"properties\":{\"order_id\":\"")
    bytes.addOrderID(order.place, shopper.number, number, seed: names.seed)
    bytes.add("\",\"affiliation\":\"web\",\"currency\":\"RUB\",\"subtotal\":")
    bytes.add(kopecks: order.subtotal)
    bytes.add(",\"discount\":")
    bytes.add(kopecks: order.discount)
    bytes.add(",\"shipping\":")
    bytes.add(kopecks: order.shipping)
    bytes.add(",\"total\":")
    bytes.add(kopecks: order.total)
    if order.discount > 0 { bytes.add(",\"coupon\":\"TEN\"") }
    bytes.add(",\"products\":[")
    for (place, bought) in order.lines.enumerated() {
      let product = catalogue.products[bought.product]
      bytes.add(place == 0 ? "{\"product_id\":\"" : ",{\"product_id\":\"")
      bytes.add(product.id)
      bytes.add("\",\"name\":\"")
      bytes.add(product.name)
      bytes.add("\",\"category\":\"")
      bytes.add(Catalogue.categories[product.category])
      bytes.add("\",\"brand\":\"")
      bytes.add(product.brand)
      bytes.add("\",\"price\":")
      bytes.add(kopecks: product.price)
      bytes.add(",\"quantity\":")
      bytes.add(bought.quantity)
      bytes.add("}")
    }
    bytes.add("]}")
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
