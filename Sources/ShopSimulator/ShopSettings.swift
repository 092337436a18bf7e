/// What a simulated shop is like; the same settings give the same bytes, with any number of threads.
public struct ShopSettings: Hashable, Sendable {
  public let customerCount: Int
  /// How long the shop has been open; all its customers come within this time.
  public let days: Int
  public let seed: UInt64
  public let world: ShopWorld
  /// The day it opened, in days since 1970-01-01, UTC.
  public let startDay: Int
  /// How far ahead the truth looks.
  public let horizonDays: Int

  public static let customerLimit = 10_000_000
  public static let dayLimit = 3_660

  /// - Throws: `ShopError`, for what is out of range.
  public init(
    customerCount: Int, days: Int = 540, seed: UInt64, world: ShopWorld = .standard,
    startDay: Int = 20_089, horizonDays: Int = 90
  ) throws(ShopError) {
    let ranges = [
      ("customers", customerCount, 1...Self.customerLimit), ("days", days, 30...Self.dayLimit),
      ("start", startDay, 0...84_006), ("horizon", horizonDays, 1...365),
    ]
    for (setting, value, range) in ranges where !range.contains(value) {
      throw .outOfRange(
        setting: setting, value: value,
        allowed: "from \(range.lowerBound) to \(range.upperBound)")
    }
    self.customerCount = customerCount
    self.days = days
    self.seed = seed
    self.world = world
    self.startDay = startDay
    self.horizonDays = horizonDays
  }

  /// Days since 1970 of a text as 2025-01-01.
  public static func day(_ text: String) throws(ShopError) -> Int {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]), (1970...2200).contains(year), (1...12).contains(month),
      (1...31).contains(day)
    else { throw .unreadableDate(text) }
    let number = CivilDate.days(year: year, month: month, day: day)
    let back = CivilDate(daysFrom1970: number)
    guard back.month == month, back.day == day, number <= 84_006 else {
      throw .unreadableDate(text)
    }
    return number
  }

  /// The days, counted from the opening, as of whose midnight the truth is told: backwards from the end by
  /// the horizon, and the end itself.
  public var truthDays: [Int] {
    stride(from: days, through: min(days, max(60, days / 3)), by: -horizonDays).reversed()
  }
}
