import Glibc
import SpecialFunctions

/// How somebody answers to being written to.
enum Persuadability: Int, CaseIterable, Sendable {
  case sureThing, persuadable, lostCause, sleepingDog

  var name: StaticString {
    switch self {
    case .sureThing: "sure thing"
    case .persuadable: "persuadable"
    case .lostCause: "lost cause"
    case .sleepingDog: "sleeping dog"
    }
  }
}

/// The arms of the shop's experiment: what somebody gets who leaves a cart.
enum ReminderArm: Int, CaseIterable, Sendable {
  case control, reminder, discountReminder

  var name: StaticString {
    switch self {
    case .control: "control"
    case .reminder: "reminder"
    case .discountReminder: "reminder-discount"
    }
  }
}

/// Who a customer is: nothing of this is exported but the names, and traits that hardly depend on the rest.
struct Shopper: Sendable {
  let number: Int
  // What the customer is like.
  let rate: Double
  let lossChance: Double
  /// That a visit becomes an order.
  let conversion: Double
  let spendLevel: Double
  let priceSensitivity: Double
  let tolerance: Double
  let kind: Persuadability
  let impact: Double
  let tastes: [Double]
  let lateTastes: [Double]
  let webShare: Double
  let lifetimeDays: Double?
  let arm: ReminderArm
  // What the customer has and agrees to.
  let hasApp: Bool
  let hasCard: Bool
  let cardIsKnownOnline: Bool
  let accepts: [Bool]
  let consentIsMissing: Bool
  let deviceCount: Int
  /// By which the clock of each device is wrong, in milliseconds.
  let clockErrors: [Int]
  let isLead: Bool
  let birthYear: Int
  let isFemale: Bool
  let city: Int
  // How the customer came.
  let arrivalSegment: Int
  let arrivalPart: Double
  let channel: AdChannel?

  static let cities = ["Moscow", "Kazan", "Perm", "Omsk", "Tver", "Ufa"]

  init(
    number: Int, _ law: WorldLaw, _ calendar: ShopCalendar,
    using generator: inout some RandomNumberGenerator
  ) {
    self.number = number
    rate = max(1e-6, law.rateScale * generator.nextGamma(shape: law.rateShape))
    lossChance = generator.nextBeta(law.lossAlpha, law.lossBeta)
    conversion = 0.08 + 0.34 * generator.nextBeta(2, 3)
    spendLevel = exp(0.5 * generator.nextStandardNormal())
    priceSensitivity = generator.nextBeta(2, 3)
    tolerance = generator.nextBetween(1, 4)
    let u = generator.nextUniform()
    // 0.0055 is near the median of the rates: a sure thing buys anyway, a lost cause hardly ever.
    kind =
      u < law.persuadable
      ? .persuadable
      : u < law.persuadable + law.sleepingDogs
        ? .sleepingDog : rate > 0.0055 ? .sureThing : .lostCause
    impact = generator.nextBetween(0.8, 2.2)
    tastes = Self.tastes(using: &generator)
    lateTastes = law.tastesMove ? Self.tastes(using: &generator) : tastes
    webShare = generator.nextChance(0.15) ? 0.2 : generator.nextBetween(0.75, 1)
    lifetimeDays = law.meanLifetimeDays.map { $0 * generator.nextExponential() }
    arm = ReminderArm.allCases[generator.nextIndex(below: 3)]
    hasApp = generator.nextChance(0.4)
    hasCard = generator.nextChance(webShare < 0.5 ? 0.8 : 0.4)
    cardIsKnownOnline = generator.nextChance(0.7)
    accepts = [generator.nextChance(0.7), generator.nextChance(0.8), generator.nextChance(0.5)]
    consentIsMissing = generator.nextChance(DirtShares.missingConsent)
    deviceCount = 1 + generator.nextIndex(below: 3)
    clockErrors = (0..<deviceCount).map { _ in
      guard generator.nextChance(DirtShares.skewedClock) else { return 0 }
      let minutes = exp(generator.nextBetween(1, 9))  // 3 minutes to 6 days
      return Int(minutes * 60_000) * (generator.nextChance(0.5) ? 1 : -1)
    }
    isLead = generator.nextChance(0.12)
    // Buyers of toys are a little younger; little else shows in what people say of themselves.
    birthYear = 1_955 + Int(10 * tastes[3]) + generator.nextIndex(below: 45)
    isFemale = generator.nextChance(0.5 + 0.3 * (tastes[6] - tastes[7]))
    city = generator.nextIndex(below: Self.cities.count)
    (arrivalSegment, arrivalPart, channel) = calendar.drawArrival(using: &generator)
  }

  /// A Dirichlet draw: some are interested in one thing, some in a few.
  private static func tastes(using generator: inout some RandomNumberGenerator) -> [Double] {
    let draws = Catalogue.categories.map { _ in generator.nextGamma(shape: 0.45) + 1e-4 }
    let sum = draws.reduce(0, +)
    return draws.map { $0 / sum }
  }

  var favourite: Int { tastes.indices.max { tastes[$0] < tastes[$1] } ?? 0 }
}

/// The shares in which dirt is planted.
enum DirtShares {
  /// Of events: delivered twice, half of them later once more.
  static let duplicate = 0.005
  /// Of events and of till receipts: told late, up to 30 days.
  static let late = 0.01
  /// Of devices.
  static let skewedClock = 0.03
  /// Of customers: the phone of the customer before, and the phone of a kiosk.
  static let sharedPhone = 0.03
  static let kioskPhone = 0.002
  /// Of customers who signed up: no record of any consent, though they are written to.
  static let missingConsent = 0.05
  /// Of rows of messages.
  static let duplicateMessage = 0.003
  /// Of stages of leads: entered days later.
  static let lateStage = 0.05
}
