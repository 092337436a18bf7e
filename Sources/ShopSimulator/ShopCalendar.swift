import Glibc
import SpecialFunctions

/// A part of a day in which hazards do not change: the night until the hour at which messages are sent,
/// and the rest.
enum DayPart {
  /// Messages go out at 07:00 UTC, 10:00 in Moscow.
  static let sendingHour = 7
  /// Of a day's visits, those before that hour.
  static let nightShare = 0.12

  @inline(__always)
  static func share(_ segment: Int) -> Double { segment & 1 == 0 ? nightShare : 1 - nightShare }

  /// The time, in days since the opening, at a part of a segment.
  @inline(__always)
  static func time(_ segment: Int, part: Double) -> Double {
    let night = Double(sendingHour) / 24
    let day = Double(segment >> 1)
    return segment & 1 == 0 ? day + part * night : day + night + part * (1 - night)
  }

  static func segment(at time: Double) -> Int {
    let day = floor(time)
    return 2 * Int(day) + (time - day < Double(sendingHour) / 24 ? 0 : 1)
  }
}

enum MessageChannel: Int, CaseIterable, Sendable {
  case email, push, sms

  var name: StaticString {
    switch self {
    case .email: "email"
    case .push: "push"
    case .sms: "sms"
    }
  }
}

/// What goes to everybody on a day.
struct Mailing: Sendable {
  let id: String
  let name: String
  let channel: MessageChannel
  let category: Int
  let hasCoupon: Bool
}

/// Where visits come from. Brand search and display follow an intent that was there; generic search and
/// social bring people who would not have come.
enum AdChannel: Int, CaseIterable, Sendable {
  case searchGeneric, social, searchBrand, display

  var bringsCustomers: Bool { self == .searchGeneric || self == .social }
}

/// What the shop does day by day, whoever its customers are: season, mailings, advertising.
struct ShopCalendar: Sendable {
  let days: Int
  /// By day: the factor on all visits, around 1.
  let season: [Double]
  let mailings: [[Mailing]]
  /// By day and `AdChannel`, in kopecks.
  let spend: [[Int]]
  /// Arrivals until each day's end, per unit of all.
  private let arrivals: [Double]
  private let arrivalShares: [[Double]]

  /// Arrivals per day that nothing paid for, against the arrivals that a kopeck of each channel brings, in
  /// units in which a day of organic arrivals is 1.
  static let arrivalsPerKopeck = [1.2e-6, 0.7e-6, 0, 0]

  init(_ settings: ShopSettings, _ law: WorldLaw) {
    var generator = SplitMix64(seed: scattered(settings.seed, salt: 12))
    days = settings.days
    // One more horizon: the truth as of the end looks beyond it.
    let allDays = settings.days + settings.horizonDays + 1
    let season = (0..<allDays).map { Self.season($0, settings, law) }
    self.season = season
    mailings = (0..<allDays).map { Self.mailings($0, &generator) }
    spend = Self.spend(days: settings.days, &generator)
    var sum = 0.0
    var arrivals: [Double] = []
    var shares: [[Double]] = []
    // The last customers come before the last tenth, so that each has some history.
    let open = max(1, settings.days * 9 / 10)
    for day in 0..<open {
      let paid = zip(spend[day], Self.arrivalsPerKopeck).map { Double($0) * $1 }
      shares.append([1] + paid)
      sum += (1 + paid.reduce(0, +)) * season[day]
      arrivals.append(sum)
    }
    self.arrivals = arrivals
    arrivalShares = shares
  }

  private static func season(_ day: Int, _ settings: ShopSettings, _ law: WorldLaw) -> Double {
    let weekday = (settings.startDay + day + 3) % 7  // 0 is Monday
    let week = [0.95, 0.95, 0.95, 1.0, 1.1, 1.1, 0.95][weekday]
    let date = CivilDate(daysFrom1970: settings.startDay + day)
    let dayOfYear = Double(
      settings.startDay + day - CivilDate.days(year: date.year, month: 1, day: 1))
    // Highest in the middle of December, day 348.
    let year = 1 + law.seasonAmplitude * cos(2 * .pi * (dayOfYear - 348) / 365.25)
    return week * year * (2 * day >= settings.days ? law.lateVisitFactor : 1)
  }

  /// A mail each other Tuesday, a push each fourth Friday, a text message each eighth Sunday.
  private static func mailings(_ day: Int, _ generator: inout SplitMix64) -> [Mailing] {
    func mailing(_ channel: MessageChannel, _ number: Int) -> Mailing {
      let category = generator.nextIndex(below: Catalogue.categories.count)
      let hasCoupon = channel == .email && generator.nextChance(0.25)
      return Mailing(
        id: "\(channel.name)-\(number)",
        name: "\(Catalogue.categories[category]) \(hasCoupon ? "sale" : "news") \(number)",
        channel: channel, category: category, hasCoupon: hasCoupon)
    }
    var due: [Mailing] = []
    if day % 14 == 8 { due.append(mailing(.email, day / 14 + 1)) }
    if day % 28 == 18 { due.append(mailing(.push, day / 28 + 1)) }
    if day % 56 == 34 { due.append(mailing(.sms, day / 56 + 1)) }
    return due
  }

  /// Budgets that are raised and lowered every two weeks, with some noise by day.
  private static func spend(days: Int, _ generator: inout SplitMix64) -> [[Int]] {
    let means = [600_000.0, 400_000, 150_000, 300_000]
    var levels = [1.0, 1, 1, 1]
    return (0..<days).map { day in
      if day % 14 == 0 { levels = levels.map { _ in generator.nextBetween(0.4, 1.6) } }
      return zip(means, levels).map { mean, level in
        Int(mean * level * generator.nextBetween(0.8, 1.2))
      }
    }
  }

  /// When somebody first comes, as a segment and a part of it, and by which channel; `nil` is unpaid.
  func drawArrival(
    using generator: inout some RandomNumberGenerator
  ) -> (segment: Int, part: Double, channel: AdChannel?) {
    let target = generator.nextUniform() * (arrivals.last ?? 0)
    var (low, high) = (0, arrivals.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if arrivals[middle] > target { high = middle } else { low = middle + 1 }
    }
    let shares = arrivalShares[low]
    let channel = generator.nextIndex(weights: shares, total: shares.reduce(0, +))
    let segment = 2 * low + (generator.nextChance(DayPart.nightShare) ? 0 : 1)
    let paid = channel == 0 ? nil : AdChannel(rawValue: channel - 1)
    return (segment, generator.nextUniform(), paid)
  }
}
