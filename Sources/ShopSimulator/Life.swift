import Glibc
import SpecialFunctions

/// Lives one customer's time with the shop, visit by visit.
struct Life {
  private let behaviour: Behaviour
  private let catalogue: Catalogue
  private let truthDays: [Int]
  private var generator: SplitMix64
  private var state: ShopperState
  private var record = LifeRecord()
  private var segment: Int
  /// How much of the segment is over.
  private var part: Double
  /// The hazard to come until the next visit.
  private var threshold = 0.0
  /// When somebody who was reminded of a cart comes back.
  private var comeback: (segment: Int, part: Double, withCoupon: Bool)?

  private var shopper: Shopper { behaviour.shopper }
  private var law: WorldLaw { behaviour.law }
  private var now: Double { DayPart.time(segment, part: part) }

  init(
    _ behaviour: Behaviour, _ catalogue: Catalogue, truthDays: [Int], generator: SplitMix64
  ) {
    self.behaviour = behaviour
    self.catalogue = catalogue
    self.truthDays = truthDays
    self.generator = generator
    segment = behaviour.shopper.arrivalSegment
    part = behaviour.shopper.arrivalPart
    state = ShopperState(lastOrder: DayPart.time(segment, part: part))
  }

  mutating func live() -> LifeRecord {
    let lifeEnd = shopper.lifetimeDays.map { now + $0 }
    visit(buys: generator.nextChance(law.firstVisitBuys), isFirst: true)
    if shopper.isLead { record.lead = LeadLaw.draw(at: now, shopper, using: &generator) }
    threshold = generator.nextExponential()
    let end = 2 * behaviour.calendar.days
    while segment < end {
      if segment & 1 == 1, part == 0 {
        write()
      } else if part == 0 {
        let wasAlive = state.isAlive
        behaviour.beginDay(segment >> 1, &state, lifeEnd: lifeEnd)
        if wasAlive, !state.isAlive { record.lostAt = now }
        stand()
      }
      livePart()
      state.boosts[segment & 7] = 0
      segment += 1
      part = 0
    }
    stand()
    return record
  }

  private mutating func stand() {
    let day = segment >> 1
    if truthDays.contains(day) { record.stands.append(LifeRecord.Stand(day: day, state: state)) }
  }

  /// Visits in the rest of a part of a day: they come when the hazard has used up an exponential draw.
  private mutating func livePart() {
    while true {
      let mass = behaviour.visitMass(segment, state)
      let next = mass > 0 ? part + max(0, threshold) / mass : .infinity
      if let due = comeback, due.segment == segment, due.part <= min(next, 1) {
        comeback = nil
        threshold -= mass * max(0, due.part - part)
        part = max(part, due.part)
        if state.isAlive { visit(buys: true, withCoupon: due.withCoupon, isComeback: true) }
      } else if next < 1 {
        part = next
        threshold = generator.nextExponential()
        visit(buys: state.isAlive && generator.nextChance(shopper.conversion))
      } else {
        threshold -= mass * (1 - part)
        return
      }
    }
  }

  // MARK: Messages

  private mutating func write() {
    guard state.isSignedUp else { return }
    var sent: [LifeRecord.Sent] = []
    let (behaviour, segment, time) = (behaviour, segment, now)
    let first = record.messages.count
    var (state, generator) = (state, generator)
    behaviour.letters(on: segment >> 1, &state) { letter, state in
      let reception = behaviour.receive(letter, segment, &state, using: &generator)
      var message = LifeRecord.Sent(cause: letter.cause.sent, channel: letter.channel, time: time)
      message.isHeldOut = reception == .heldOut
      message.isBounced = reception == .bounced
      if reception == .received {
        for step in 0..<Behaviour.workingSegments {
          state.message[(segment + step) & 7] = Int32(first + sent.count)
        }
        Self.read(&message, letter, behaviour, &state, using: &generator)
      }
      sent.append(message)
    }
    (self.state, self.generator) = (state, generator)
    record.messages += sent
  }

  /// Whether it is opened, and is the last one that is wanted.
  private static func read(
    _ message: inout LifeRecord.Sent, _ letter: Letter, _ behaviour: Behaviour,
    _ state: inout ShopperState, using generator: inout SplitMix64
  ) {
    let isLast = generator.nextChance(behaviour.unsubscribeChance(letter, state))
    let opens: Double =
      switch letter.channel {
      case .email:
        0.12 + 0.2 * min(1, behaviour.shopper.impact / 2.2) * (state.isAlive ? 1 : 0.3)
      case .push: 0.08
      case .sms: 0
      }
    if isLast || generator.nextChance(opens) {
      message.openedAt = message.time + 0.01 + 0.5 * generator.nextExponential()
    }
    guard isLast else { return }
    state.isSubscribed[letter.channel.rawValue] = 0
    message.unsubscribedAt = message.openedAt.map { $0 + 0.002 }
  }

  // MARK: Visits

  private mutating func visit(
    buys: Bool, withCoupon: Bool = false, isFirst: Bool = false, isComeback: Bool = false
  ) {
    let category = behaviour.mainCategory(segment, state, using: &generator)
    let isOnline = isComeback || generator.nextChance(shopper.webShare)
    let order = buys ? makeOrder(category, isOnline: isOnline, withCoupon: withCoupon) : nil
    if isOnline { visitOnline(category, order: order, isFirst: isFirst, isComeback: isComeback) }
    if buys {
      let wasAlive = state.isAlive
      behaviour.afterOrder(at: now, category: category, &state, using: &generator)
      if wasAlive, !state.isAlive { record.lostAt = now }
      comeback = nil
    }
  }

  private mutating func visitOnline(
    _ category: Int, order: Int?, isFirst: Bool, isComeback: Bool
  ) {
    let isFirstDevice = generator.nextChance(Behaviour.firstDevice)
    let device = isFirstDevice ? 0 : generator.nextIndex(below: shopper.deviceCount)
    var visit = LifeRecord.Visit(
      time: now, device: device, source: source(isFirst: isFirst),
      isKnown: state.isLinked[device] == 1)
    let views = (isComeback ? 0 : 1) + generator.nextPoisson(mean: 1.4)
    for _ in 0..<views { visit.viewed.append(drawProduct(category)) }
    signIn(&visit, buys: order != nil, isFirst: isFirst)
    visit.order = order
    if let order {
      visit.cart = record.orders[order].lines.map(\.product)
      visit.startsCheckout = true
    } else if !isFirst, generator.nextChance(law.cart) {
      leaveCart(&visit)
    }
    record.visits.append(visit)
  }

  private mutating func drawProduct(_ category: Int) -> Int {
    let other = generator.nextChance(0.25)
    let tastes = behaviour.tastes(on: segment >> 1)
    return catalogue.draw(
      other ? generator.nextIndex(weights: tastes, total: 1) : category,
      spendLevel: shopper.spendLevel, using: &generator)
  }

  /// Who buys says who they are; others sometimes do, and on a further device seldom.
  private mutating func signIn(_ visit: inout LifeRecord.Visit, buys: Bool, isFirst: Bool) {
    guard !visit.isKnown else { return }
    let chance = buys ? 1 : state.isSignedUp ? 0.3 : isFirst ? 0.4 : 0.15
    guard generator.nextChance(chance) else { return }
    state.isLinked[visit.device] = 1
    visit.isKnown = true
    visit.identifies = true
    visit.signsUp = !state.isSignedUp
    state.isSignedUp = true
    if visit.signsUp { record.signedUpAt = visit.time }
  }

  private mutating func source(isFirst: Bool) -> LifeRecord.Source {
    if isFirst {
      return shopper.channel.map { .ad($0) } ?? (generator.nextChance(0.5) ? .organic : .direct)
    }
    let boost = state.boosts[segment & 7]
    let message = Int(state.message[segment & 7])
    if boost > 0, message >= 0, message < record.messages.count,
      generator.nextUniform() * (1 + boost) < boost
    {
      if record.messages[message].openedAt.map({ $0 > now }) ?? true {
        record.messages[message].openedAt = max(record.messages[message].time, now - 0.0005)
      }
      if record.messages[message].clickedAt == nil { record.messages[message].clickedAt = now }
      return .message(message)
    }
    // Who comes by the brand's name or past a banner wanted to come.
    let u = generator.nextUniform()
    switch u {
    case ..<0.4: return .direct
    case ..<0.65: return .organic
    case ..<0.8: return .ad(.searchBrand)
    case ..<0.9: return .ad(.display)
    case ..<0.95: return .ad(.searchGeneric)
    default: return .ad(.social)
    }
  }

  // MARK: Carts

  private mutating func leaveCart(_ visit: inout LifeRecord.Visit) {
    guard let product = visit.viewed.last else { return }
    visit.cart = [product]
    let chances = Behaviour.CartReason.allCases.map(behaviour.reasonChance)
    let reason =
      Behaviour.CartReason.allCases[generator.nextIndex(weights: chances, total: 1)]
    visit.startsCheckout = reason != .browsing && generator.nextChance(0.6)
    guard visit.isKnown, behaviour.canGet(.email, state) else { return }
    visit.isExposed = true
    if shopper.arm != .control { remind(of: reason) }
  }

  /// A reminder goes out four hours later and cures some of the reasons.
  private mutating func remind(of reason: Behaviour.CartReason) {
    let time = now + 4 / 24.0
    var sent = LifeRecord.Sent(cause: .reminder(shopper.arm), channel: .email, time: time)
    state.fatigue += 1
    if shopper.kind == .sleepingDog {
      for step in 1...Behaviour.workingSegments {
        state.boosts[(segment + step) & 7] -= 0.3 * law.messageFactor * law.plainMessageFactor
      }
    }
    if generator.nextChance(0.4) { sent.openedAt = time + 0.2 * generator.nextExponential() }
    record.messages.append(sent)
    guard state.isAlive, comeback == nil, generator.nextChance(behaviour.cureChance(reason)) else {
      return
    }
    let back = time + generator.nextBetween(0.01, 0.8)
    let segment = DayPart.segment(at: back)
    let start = DayPart.time(segment, part: 0)
    let length = DayPart.time(segment, part: 1) - start
    comeback = (segment, (back - start) / length, shopper.arm == .discountReminder)
  }

  // MARK: Orders

  private mutating func makeOrder(_ category: Int, isOnline: Bool, withCoupon: Bool) -> Int {
    let place: LifeRecord.Place =
      isOnline ? .web : generator.nextChance(0.75) ? .store : .telephone
    let tastes = behaviour.tastes(on: segment >> 1)
    var lines: [LifeRecord.Line] = []
    for number in 0...generator.nextPoisson(mean: law.extraLines) {
      let isOther = number > 0 && !generator.nextChance(law.sameCategory)
      let lineCategory = isOther ? generator.nextIndex(weights: tastes, total: 1) : category
      let product = catalogue.draw(
        lineCategory, spendLevel: shopper.spendLevel, using: &generator)
      // A product that is drawn twice is bought twice.
      if let twice = lines.firstIndex(where: { $0.product == product }) {
        lines[twice] = .init(product: product, quantity: lines[twice].quantity + 1)
      } else {
        lines.append(.init(product: product, quantity: generator.nextChance(0.15) ? 2 : 1))
      }
    }
    let subtotal = lines.reduce(0) { $0 + catalogue.products[$1.product].price * $1.quantity }
    // A coupon is used by nearly all who have one, those who would have bought anyway included.
    let hasCoupon = withCoupon || (segment <= state.couponUntil && generator.nextChance(0.8))
    var order = LifeRecord.Order(
      time: now, place: place, lines: lines, subtotal: subtotal,
      discount: hasCoupon ? subtotal / 10 : 0,
      shipping: place == .store || subtotal >= 300_000 ? 0 : 29_900)
    undo(&order)
    record.orders.append(order)
    return record.orders.count - 1
  }

  /// Some are cancelled within two days, some money goes back within three weeks.
  private mutating func undo(_ order: inout LifeRecord.Order) {
    let u = generator.nextUniform()
    if u < 0.03, order.place != .store {
      order.cancelledAt = order.time + generator.nextBetween(0.05, 2)
    } else if u > 0.96, order.place != .telephone {
      let isWhole = generator.nextChance(0.5)
      let amount = isWhole ? order.total : max(100, order.total / 2)
      order.refund = (order.time + generator.nextBetween(2, 21), amount)
    }
  }
}

extension Letter.Cause {
  fileprivate var sent: LifeRecord.Sent.Cause {
    switch self {
    case .mailing(let mailing): .mailing(mailing)
    case .crossSell: .crossSell
    case .reactivation: .reactivation
    }
  }
}
