import Glibc
import SpecialFunctions

/// A message that is about to go to one person.
struct Letter: Sendable {
  enum Cause: Sendable {
    case mailing(Mailing)
    case crossSell, reactivation
  }

  let cause: Cause
  let channel: MessageChannel
  let category: Int
  let hasCoupon: Bool
}

/// Where a customer stands: all that the future depends on, besides who the customer is.
struct ShopperState: Sendable {
  var isAlive = true
  /// Of the last order, or of the first visit where there is none; in days.
  var lastOrder: Double
  var orderCount = 0
  /// Messages got, fading by 5 % a day.
  var fatigue = 0.0
  var isSignedUp = false
  /// By channel.
  var isSubscribed: SIMD4<Int8> = [1, 1, 1, 1]
  /// The devices on which the customer has signed in.
  var isLinked: SIMD4<Int8> = .zero
  var crossSell: (day: Int, category: Int)?
  var reactivationDay: Int?
  /// What is added to the hazard factor 1 by messages, by the last three bits of the segment.
  var boosts: SIMD8<Double> = .zero
  /// The category that the latest of these messages shows, and its number among the customer's messages.
  var featured: SIMD8<Int32> = .zero
  var message: SIMD8<Int32> = SIMD8(repeating: -1)
  /// The last segment in which a coupon holds.
  var couponUntil = -1
}

/// The law by which one customer moves from one part of a day to the next. What is lived and what the truth
/// foresees are both computed here.
struct Behaviour: Sendable {
  let shopper: Shopper
  let law: WorldLaw
  let calendar: ShopCalendar

  /// A message works for two days: that many parts of days.
  static let workingSegments = 4
  private static let fading: [Double] = [1, 1, 0.7, 0.7]

  // MARK: Hazards

  /// The expected number of visits in a part of a day, the time since the last order left out.
  @inline(__always)
  func restlessMass(_ segment: Int, _ state: ShopperState) -> Double {
    let base =
      shopper.rate / shopper.conversion * calendar.season[segment >> 1] * DayPart.share(segment)
    guard state.isAlive else { return base * law.ghostVisits }
    return base * max(0.05, 1 + state.boosts[segment & 7])
  }

  /// The factor by which the time since the last order changes the hazard; 1 for exponential gaps.
  ///
  /// Weibull of shape 2 and mean 1/rate: hazard 2 t / scale² with scale = 1 / (rate Γ(3/2)).
  @inline(__always)
  func restFactor(_ segment: Int, lastOrder: Double) -> Double {
    guard law.hasWeibullGaps else { return 1 }
    let middle = DayPart.time(segment, part: 0.5)
    return .pi / 2 * shopper.rate * max(0, middle - lastOrder)
  }

  @inline(__always)
  func visitMass(_ segment: Int, _ state: ShopperState) -> Double {
    restlessMass(segment, state)
      * (state.isAlive ? restFactor(segment, lastOrder: state.lastOrder) : 1)
  }

  /// The chance that a visit leads to an order, at once or by the reminder of the cart that it leaves.
  func orderChance(_ state: ShopperState) -> Double {
    guard state.isAlive else { return 0 }
    var cure = 0.0
    if canGet(.email, state) {
      for reason in CartReason.allCases {
        cure += reasonChance(reason) * cureChance(reason)
      }
    }
    return shopper.conversion
      + (1 - shopper.conversion) * shopper.webShare * law.cart * cure * knownChance(state)
  }

  /// A visit is by the first device three times in four, else by any.
  static let firstDevice = 0.75

  /// That a visit is by a device on which the customer is known.
  private func knownChance(_ state: ShopperState) -> Double {
    let any = (1 - Self.firstDevice) / Double(shopper.deviceCount)
    var chance = state.isLinked[0] == 1 ? Self.firstDevice : 0
    for device in 0..<shopper.deviceCount where state.isLinked[device] == 1 { chance += any }
    return chance
  }

  // MARK: Carts

  /// Why a cart was left: only the second can be cured by a reminder, the third by a discount.
  enum CartReason: Int, CaseIterable, Sendable { case browsing, distraction, price }

  func reasonChance(_ reason: CartReason) -> Double {
    let price = 0.15 + 0.25 * shopper.priceSensitivity
    return switch reason {
    case .price: price
    case .distraction: 0.3
    case .browsing: 0.7 - price
    }
  }

  /// That a reminder, as this customer's arm gets it, brings back who left a cart for `reason`.
  func cureChance(_ reason: CartReason) -> Double {
    guard shopper.kind == .persuadable, shopper.arm != .control, reason != .browsing else {
      return 0
    }
    if shopper.arm == .discountReminder { return 0.4 * law.messageFactor }
    return reason == .distraction ? 0.35 * law.messageFactor * law.plainMessageFactor : 0
  }

  // MARK: Messages

  func canGet(_ channel: MessageChannel, _ state: ShopperState) -> Bool {
    state.isSignedUp && shopper.accepts[channel.rawValue]
      && state.isSubscribed[channel.rawValue] == 1 && (channel != .push || shopper.hasApp)
  }

  /// What the shop sends this customer on a day, if nothing forbids it.
  func letters(
    on day: Int, _ state: inout ShopperState, _ send: (Letter, inout ShopperState) -> Void
  ) {
    for mailing in calendar.mailings[day] where canGet(mailing.channel, state) {
      send(
        Letter(
          cause: .mailing(mailing), channel: mailing.channel, category: mailing.category,
          hasCoupon: mailing.hasCoupon), &state)
    }
    if let due = state.crossSell, due.day == day {
      state.crossSell = nil
      if canGet(.email, state) {
        send(
          Letter(cause: .crossSell, channel: .email, category: due.category, hasCoupon: false),
          &state)
      }
    }
    if state.reactivationDay == day, canGet(.email, state) {
      send(
        Letter(
          cause: .reactivation, channel: .email, category: shopper.favourite, hasCoupon: true),
        &state)
    }
  }

  /// A mailing leaves out a tenth at random, so that its effect can be seen.
  static let holdout = 0.1
  static let bounce = 0.02

  enum Reception: Sendable { case heldOut, bounced, received }

  /// Draws what becomes of a letter sent at the beginning of `segment`, and lets it work.
  func receive(
    _ letter: Letter, _ segment: Int, _ state: inout ShopperState,
    using generator: inout some RandomNumberGenerator
  ) -> Reception {
    if case .mailing = letter.cause, generator.nextChance(Self.holdout) { return .heldOut }
    if letter.channel == .email, generator.nextChance(Self.bounce) { return .bounced }
    let boost = boost(of: letter, segment, state)
    for step in 0..<Self.workingSegments {
      let place = (segment + step) & 7
      state.boosts[place] += boost * Self.fading[step]
      if boost > 0 { state.featured[place] = Int32(letter.category) }
    }
    if letter.hasCoupon { state.couponUntil = segment + Self.workingSegments - 1 }
    state.fatigue += 1
    return .received
  }

  /// What a letter adds to the hazard factor: for the persuadable by how much they like what it shows, less
  /// the more they have got; sleeping dogs are woken by any.
  func boost(of letter: Letter, _ segment: Int, _ state: ShopperState) -> Double {
    guard letter.channel != .sms, state.isAlive else { return 0 }
    let day = segment >> 1
    var factor = law.messageFactor * (letter.hasCoupon ? 1 : law.plainMessageFactor)
    if 2 * day >= calendar.days { factor *= law.lateMessageFactor }
    switch shopper.kind {
    case .sureThing, .lostCause: return 0
    case .sleepingDog: return -0.3 * factor
    case .persuadable:
      let relevance = min(2, 5 * tastes(on: day)[letter.category])
      let weariness = exp(-max(0, state.fatigue - 1) / shopper.tolerance)
      let saving = letter.hasCoupon ? 1 + 1.5 * shopper.priceSensitivity : 1
      return factor * shopper.impact * relevance * weariness * saving
        * (letter.channel == .push ? 0.6 : 1)
    }
  }

  /// That a letter which was received is the last one.
  func unsubscribeChance(_ letter: Letter, _ state: ShopperState) -> Double {
    let base = 0.003 * (1 + state.fatigue / shopper.tolerance)
    return min(0.5, shopper.kind == .sleepingDog ? 3 * base : base)
  }

  // MARK: Days and orders

  /// The beginning of a day: what was got fades, and a lifetime may be over.
  @inline(__always)
  func beginDay(_ day: Int, _ state: inout ShopperState, lifeEnd: Double?) {
    state.fatigue *= 0.95
    if let lifeEnd, Double(day) >= lifeEnd { state.isAlive = false }
  }

  func tastes(on day: Int) -> [Double] {
    2 * day >= calendar.days ? shopper.lateTastes : shopper.tastes
  }

  /// The category that a visit is about: what a message showed, for the part of the hazard that it made.
  func mainCategory(
    _ segment: Int, _ state: ShopperState, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let boost = state.boosts[segment & 7]
    if boost > 0, generator.nextUniform() * (1 + boost) < boost {
      return Int(state.featured[segment & 7])
    }
    return generator.nextIndex(weights: tastes(on: segment >> 1), total: 1)
  }

  /// After an order: the chance to be lost, and what the shop will write.
  func afterOrder(
    at time: Double, category: Int, _ state: inout ShopperState,
    using generator: inout some RandomNumberGenerator
  ) {
    // As the model has it, nobody is lost at the first order.
    if law.meanLifetimeDays == nil, state.orderCount > 0, generator.nextChance(shopper.lossChance) {
      state.isAlive = false
    }
    state.orderCount += 1
    state.lastOrder = time
    let day = Int(time)
    state.crossSell = (day + 3, (category + 1) % Catalogue.categories.count)
    state.reactivationDay = day + 60
  }
}
