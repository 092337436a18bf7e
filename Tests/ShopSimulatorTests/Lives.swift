import SpecialFunctions

@testable import ShopSimulator

/// Customers of a world and their lives, without any file.
struct Lives {
  let law: WorldLaw
  let calendar: ShopCalendar
  let settings: ShopSettings
  private let catalogue: Catalogue

  init(_ world: ShopWorld, customers: Int, days: Int, seed: UInt64, horizon: Int = 60) throws {
    settings = try ShopSettings(
      customerCount: customers, days: days, seed: seed, world: world, horizonDays: horizon)
    law = WorldLaw(world)
    calendar = ShopCalendar(settings, law)
    catalogue = Catalogue(seed: seed)
  }

  func each(_ body: (Behaviour, LifeRecord) -> Void) {
    for number in 1...settings.customerCount {
      var traits = SplitMix64(seed: scattered(UInt64(number), salt: settings.seed))
      let shopper = Shopper(number: number, law, calendar, using: &traits)
      let behaviour = Behaviour(shopper: shopper, law: law, calendar: calendar)
      var life = Life(
        behaviour, catalogue, truthDays: settings.truthDays,
        generator: SplitMix64(seed: traits.next()))
      body(behaviour, life.live())
    }
  }

  func category(_ product: Int) -> Int { catalogue.products[product].category }
}

/// How far a sum of independent yes and no lies from what was foreseen, in standard deviations.
struct Deviation {
  private var difference = 0.0
  private var variance = 0.0
  private(set) var count = 0

  mutating func add(_ happened: Bool, probability: Double) {
    difference += (happened ? 1 : 0) - probability
    variance += probability * (1 - probability)
    count += 1
  }

  var sigmas: Double { variance > 0 ? difference / variance.squareRoot() : 0 }
}
