/// What a shop's files hold, for whoever imports them and wants to know that all came through.
public struct ShopManifest: Hashable, Sendable, Encodable {
  public struct File: Hashable, Sendable, Encodable {
    public let file: String
    /// The format of `hourglass import`; `nil` for what is not to be imported.
    public let format: String?
    /// The mapping file that it needs.
    public let mapping: String?
    /// Rows without the header, those that cannot be read included.
    public let records: Int
    /// Rows that cannot be read, on purpose.
    public let rejects: Int
  }

  public let customers: Int
  public let days: Int
  public let seed: UInt64
  public let world: ShopWorld
  /// The first day, and the first day after the last.
  public let start: String
  public let end: String
  public let currency: String
  public let horizonDays: Int
  /// The days as of whose midnight the truth is told.
  public let truthAsOf: [String]
  public let files: [File]
  /// The rows that an import of all files leaves in the tables of a store.
  public let tables: [String: Int]
  public let orders: [String: Int]
  public let people: [String: Int]
  public let dirt: [String: Int]

  init(_ settings: ShopSettings, _ counts: ShopCounts, _ clock: ShopClock) {
    func text(_ day: Int) -> String {
      var bytes: [UInt8] = []
      clock.addDay(settings.startDay + day, to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    customers = settings.customerCount
    days = settings.days
    seed = settings.seed
    world = settings.world
    start = text(0)
    end = text(settings.days)
    currency = "RUB"
    horizonDays = settings.horizonDays
    truthAsOf = settings.truthDays.map(text)
    files = ShopFile.allCases.map { file in
      File(
        file: file.name, format: file.format, mapping: file == .products ? "products.yaml" : nil,
        records: counts.records[file.rawValue], rejects: counts.rejects[file.rawValue])
    }
    tables = counts.named(ShopCounts.columns)
    orders = counts.named(ShopCounts.orderColumns)
    people = counts.named(ShopCounts.customerColumns)
    dirt = counts.named(ShopCounts.dirtColumns)
  }
}

extension ShopCounts {
  fileprivate func named(
    _ columns: [Column]
  ) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: columns.map { ($0.name, self[keyPath: $0.path]) })
  }
}

/// What is true of the shop as a whole.
struct WorldTruth: Encodable {
  struct Advertisement: Encodable {
    let channel: String
    let bringsCustomers: Bool
    /// First visits that 1,000 roubles bring, against an organic day as 1.
    let arrivalsPer1000: Double
  }

  let world: ShopWorld
  let rateShape: Double
  let rateScalePerDay: Double
  let lossAlpha: Double
  let lossBeta: Double
  let meanLifetimeDays: Double?
  let hasWeibullGaps: Bool
  let weibullShape: Double?
  let seasonAmplitude: Double
  let messageFactor: Double
  let plainMessageFactor: Double
  let persuadableShare: Double
  let sleepingDogShare: Double
  let messageChannelsWithoutEffect = ["sms"]
  let advertisements: [Advertisement]
  let forks = Foresight.forkCount

  init(_ settings: ShopSettings, _ law: WorldLaw) {
    world = settings.world
    rateShape = law.rateShape
    rateScalePerDay = law.rateScale
    lossAlpha = law.lossAlpha
    lossBeta = law.lossBeta
    meanLifetimeDays = law.meanLifetimeDays
    hasWeibullGaps = law.hasWeibullGaps
    weibullShape = law.hasWeibullGaps ? 2 : nil
    seasonAmplitude = law.seasonAmplitude
    messageFactor = law.messageFactor
    plainMessageFactor = law.plainMessageFactor
    persuadableShare = law.persuadable
    sleepingDogShare = law.sleepingDogs
    advertisements = AdChannel.allCases.map {
      Advertisement(
        channel: "\($0.name)", bringsCustomers: $0.bringsCustomers,
        arrivalsPer1000: ShopCalendar.arrivalsPerKopeck[$0.rawValue] * 100_000)
    }
  }
}
