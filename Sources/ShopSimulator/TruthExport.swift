import SpecialFunctions

/// Writes what is true of one customer, for those who judge and not for those who train.
struct TruthExport {
  let shopper: Shopper
  let catalogue: Catalogue
  let clock: ShopClock
  let names: ShopNames

  /// Latent parameters, and what became of the customer.
  func addCustomer(_ record: LifeRecord, isAlive: Bool, to block: inout ShopBlock) {
    var row: [UInt8] = []
    names.userID(shopper.number, to: &row)
    row.addComma()
    let arrival = DayPart.time(shopper.arrivalSegment, part: shopper.arrivalPart)
    clock.add(clock.milliseconds(arrival), to: &row)
    row.addComma()
    row.add(shopper.channel?.name ?? "unpaid")
    for value in [shopper.rate, shopper.lossChance, shopper.conversion] { row.addCell(value) }
    row.addComma()
    row.add(shopper.kind.name)
    for value in [
      shopper.impact, shopper.priceSensitivity, shopper.tolerance, shopper.spendLevel,
      shopper.webShare,
    ] { row.addCell(value) }
    row.addComma()
    row.add(shopper.arm.name)
    for taste in shopper.tastes { row.addCell(taste) }
    row.addComma()
    if let at = record.signedUpAt { clock.add(clock.milliseconds(at), to: &row) }
    row.addComma()
    row.add(record.orders.count)
    row.add(record.orders.first.map { $0.time <= arrival } ?? false ? ",1" : ",0")
    row.add(isAlive ? ",1," : ",0,")
    if let at = record.lostAt { clock.add(clock.milliseconds(at), to: &row) }
    block[.truthCustomers].append(contentsOf: row)
    block.endRow(.truthCustomers)
  }

  /// What could be foreseen as of a day, and what came.
  func addPurchases(
    _ stand: LifeRecord.Stand, _ outlook: Outlook, horizonDays: Int, days: Int,
    _ record: LifeRecord, to block: inout ShopBlock
  ) {
    var row: [UInt8] = []
    names.userID(shopper.number, to: &row)
    row.addComma()
    clock.addDay(clock.startDay + stand.day, to: &row)
    row.addComma()
    row.add(horizonDays)
    row.add(stand.state.isAlive ? ",1," : ",0,")
    row.add(stand.state.orderCount)
    row.addCell(outlook.probability)
    for probability in outlook.categories { row.addCell(probability) }
    let end = stand.day + horizonDays
    if end <= days {
      let ordered = record.orders.filter { $0.time > Double(stand.day) && $0.time <= Double(end) }
      row.add(ordered.isEmpty ? ",0," : ",1,")
      let bought = Set(
        ordered.flatMap(\.lines).map { catalogue.products[$0.product].category })
      row.add(bought.sorted().map { Catalogue.categories[$0] }.joined(separator: "|"))
    } else {
      row.add(",,")
    }
    block[.truthPurchases].append(contentsOf: row)
    block.endRow(.truthPurchases)
  }

  func addLead(_ lead: LifeRecord.Lead, to block: inout ShopBlock) {
    guard clock.milliseconds(lead.time) < clock.endMilliseconds else { return }
    var row: [UInt8] = []
    row.addLeadID(shopper.number, seed: names.seed)
    row.addComma()
    names.userID(shopper.number, to: &row)
    row.addCell(lead.probabilityAtCreation)
    row.addCell(lead.probabilityAfterADay)
    row.add(lead.isWon ? ",1" : ",0")
    block[.truthLeads].append(contentsOf: row)
    block.endRow(.truthLeads)
  }

  /// The names by which the exports may know the customer.
  func addIdentities(
    _ record: LifeRecord, usedDevices: [Bool], to block: inout ShopBlock
  ) {
    let isSignedUp = record.signedUpAt != nil
    if isSignedUp { addIdentity("user_id", to: &block) { names.userID(shopper.number, to: &$0) } }
    if isSignedUp || record.lead != nil {
      addIdentity("email", to: &block) { names.email(shopper.number, to: &$0) }
    }
    let places = Set(record.orders.map(\.place))
    if isSignedUp || record.lead != nil || places.contains(.telephone)
      || (places.contains(.store) && !shopper.hasCard)
    {
      addIdentity("phone", to: &block) { names.phone(shopper.number, to: &$0) }
    }
    if shopper.hasCard, places.contains(.store) || (isSignedUp && shopper.cardIsKnownOnline) {
      addIdentity("loyalty_card", to: &block) { names.card(shopper.number, to: &$0) }
    }
    for device in usedDevices.indices where usedDevices[device] {
      addIdentity("anonymous_id", to: &block) { names.device(shopper.number, device, to: &$0) }
    }
  }

  private func addIdentity(
    _ kind: StaticString, to block: inout ShopBlock, _ value: (inout [UInt8]) -> Void
  ) {
    var row: [UInt8] = []
    row.add(kind)
    row.addComma()
    value(&row)
    row.addComma()
    names.userID(shopper.number, to: &row)
    block[.truthIdentities].append(contentsOf: row)
    block.endRow(.truthIdentities)
  }
}

extension [UInt8] {
  fileprivate mutating func addCell(_ value: Double) {
    addComma()
    add(fraction: value)
  }
}

extension AdChannel {
  var name: StaticString {
    switch self {
    case .searchGeneric: "search-generic"
    case .social: "social"
    case .searchBrand: "search-brand"
    case .display: "display"
    }
  }
}
