internal import SpecialFunctions

/// A customer with the offers it could have had.
struct OfferCustomer: Hashable, Sendable {
  var age = 0
  var tenureMonths = 0
  var visits = 0
  /// `nil` is missing from the file, and counts as the average.
  var basketCents: Int?
  var segment = 0
  var channel = 0
  var readsNewsletter = false
  var options: [Option] = []
  var taken = 0

  struct Option: Hashable, Sendable {
    let offer: Int
    var probability = 0.0
    var price = 0
    var discountPercent = 0
    var views = 0
    var isOwnChannel = false
  }
}

/// Where simulated customers come from, and what each offer has to do with them.
struct OfferPopulation: Sendable {
  static let segments = Vocabulary([
    .init(name: "family", weight: 30), .init(name: "senior", weight: 20),
    .init(name: "single", weight: 35), .init(name: "student", weight: 15),
  ])
  static let channels = Vocabulary([
    .init(name: "app", weight: 50), .init(name: "store", weight: 15),
    .init(name: "web", weight: 35),
  ])
  static let basketMissing = 0.05
  static let available = 0.75
  /// The conditional logit: log-odds per unit of price, per cent of discount, per view, and of the own
  /// channel.
  static let pairEffects = (price: -0.03, discount: 0.06, views: 0.35, ownChannel: 0.5)

  let bytes: [[UInt8]]
  private let effects: [Effects]

  /// What one offer has to do with a customer, in log-odds.
  struct Effects: Hashable, Sendable {
    let intercept: Double
    /// Of age, tenure, visits and basket, each about its mean and in units of its spread.
    let numbers: [Double]
    let segments: [Double]
    let channels: [Double]
    let newsletter: Double
    /// Of pairs.
    let basePrice: Int
    let channel: Int
  }

  static func names(_ count: Int) -> [String] {
    let known = ["Card", "Deposit", "Insurance", "Loan", "Savings plan", "Travel pass"]
    return (0..<count).map { $0 < known.count ? known[$0] : "Offer \($0 + 1)" }
  }

  init(offerCount: Int) {
    bytes = Self.names(offerCount).map { Array($0.utf8) }
    // The truth is the same for every seed of customers.
    var generator = SplitMix64(seed: 0x0FFE_4000 + UInt64(offerCount))
    effects = (0..<offerCount).map { _ in
      Effects(
        intercept: 0.7 * generator.nextBell(),
        numbers: (0..<4).map { _ in 0.45 * generator.nextBell() },
        segments: (0..<Self.segments.levels.count).map { _ in 0.5 * generator.nextBell() },
        channels: (0..<Self.channels.levels.count).map { _ in 0.4 * generator.nextBell() },
        newsletter: 0.4 * generator.nextBell(), basePrice: 20 + generator.nextIndex(below: 60),
        channel: generator.nextIndex(below: Self.channels.levels.count))
    }
  }

  func header(_ form: OfferSimulation.Form) -> String {
    switch form {
    case .customers:
      "customer,age,tenure_months,visits,basket,segment,channel,newsletter,offered,offer\n"
    case .pairs: "customer,offer,price,discount,views,own_channel,taken\n"
    }
  }

  func draw(
    _ form: OfferSimulation.Form, using generator: inout some RandomNumberGenerator
  ) -> OfferCustomer {
    var customer = OfferCustomer()
    customer.age = 18 + generator.nextIndex(below: 62)
    customer.tenureMonths = generator.nextIndex(below: 121)
    // Two uniform draws multiplied: many few, few many.
    customer.visits = Int(40 * generator.nextUniform() * generator.nextUniform())
    let basket = Int(12_000 * (0.2 + generator.nextUniform() * generator.nextUniform()))
    customer.basketCents = generator.nextChance(Self.basketMissing) ? nil : basket
    customer.segment = Self.segments.draw(using: &generator)
    customer.channel = Self.channels.draw(using: &generator)
    customer.readsNewsletter = generator.nextChance(0.4)
    customer.options = options(using: &generator)
    if form == .pairs { drawPairs(&customer, using: &generator) }
    take(&customer, form, using: &generator)
    return customer
  }

  /// What a customer could have: two offers or more.
  private func options(
    using generator: inout some RandomNumberGenerator
  ) -> [OfferCustomer.Option] {
    var flags = effects.map { _ in generator.nextChance(Self.available) }
    let first = generator.nextIndex(below: flags.count)
    flags[first] = true
    flags[(first + 1) % flags.count] = true
    return flags.indices.filter { flags[$0] }.map { OfferCustomer.Option(offer: $0) }
  }

  private func drawPairs(
    _ customer: inout OfferCustomer, using generator: inout some RandomNumberGenerator
  ) {
    for place in customer.options.indices {
      let own = effects[customer.options[place].offer]
      customer.options[place].price = own.basePrice + generator.nextIndex(below: 21)
      customer.options[place].discountPercent =
        generator.nextChance(0.3) ? 5 * (1 + generator.nextIndex(below: 4)) : 0
      customer.options[place].views = Int(6 * generator.nextUniform() * generator.nextUniform())
      customer.options[place].isOwnChannel = own.channel == customer.channel
    }
  }

  private func take(
    _ customer: inout OfferCustomer, _ form: OfferSimulation.Form,
    using generator: inout some RandomNumberGenerator
  ) {
    let scores = customer.options.map {
      form == .customers ? score(customer, $0) : pairScore($0)
    }
    let top = scores.max() ?? 0
    let terms = scores.map { portableExp(max(-700, $0 - top)) }
    let total = terms.reduce(0, +)
    for (place, term) in terms.enumerated() { customer.options[place].probability = term / total }
    let target = generator.nextUniform() * total
    var sum = 0.0
    let place = terms.firstIndex { term in
      sum += term
      return target < sum
    }
    customer.taken = customer.options[place ?? customer.options.count - 1].offer
  }

  private func score(_ customer: OfferCustomer, _ option: OfferCustomer.Option) -> Double {
    let own = effects[option.offer]
    let numbers = [
      (Double(customer.age) - 48.5) / 18, (Double(customer.tenureMonths) - 60) / 35,
      (Double(customer.visits) - 9.5) / 8.5,
      customer.basketCents.map { (Double($0) / 100 - 54) / 26 } ?? 0,
    ]
    let linear = zip(own.numbers, numbers).reduce(own.intercept) { $0 + $1.0 * $1.1 }
    return linear + own.segments[customer.segment] + own.channels[customer.channel]
      + (customer.readsNewsletter ? own.newsletter : 0)
  }

  private func pairScore(_ option: OfferCustomer.Option) -> Double {
    let effects = Self.pairEffects
    return self.effects[option.offer].intercept + effects.price * Double(option.price)
      + effects.discount * Double(option.discountPercent) + effects.views * Double(option.views)
      + (option.isOwnChannel ? effects.ownChannel : 0)
  }
}
