import SpecialFunctions
import Testing

@testable import ShopSimulator

struct WorldTests {
  @Test func latentRatesHaveTheMomentsOfTheirLaw() throws {
    let lives = try Lives(.standard, customers: 1, days: 240, seed: 3)
    var generator = SplitMix64(seed: 4)
    var (rates, losses) = (Moments(), Moments())
    var kinds = [Int](repeating: 0, count: Persuadability.allCases.count)
    let count = 8_000
    for number in 1...count {
      let shopper = Shopper(number: number, lives.law, lives.calendar, using: &generator)
      rates.add(shopper.rate)
      losses.add(shopper.lossChance)
      kinds[shopper.kind.rawValue] += 1
      let tastes = shopper.tastes.reduce(0, +)
      #expect(abs(tastes - 1) < 1e-12)
    }
    let law = lives.law
    let rootCount = Double(count).squareRoot()
    // Standard errors of means: of a gamma, of a beta, of a share; four of them.
    let rateError = law.rateShape.squareRoot() * law.rateScale / rootCount
    let rateMean = try #require(rates.mean)
    let lossMean = try #require(losses.mean)
    #expect(abs(rateMean - law.rateShape * law.rateScale) < 4 * rateError)
    #expect(abs(lossMean - law.lossAlpha / (law.lossAlpha + law.lossBeta)) < 4 * 0.21 / rootCount)
    let persuadable = Double(kinds[Persuadability.persuadable.rawValue]) / Double(count)
    #expect(abs(persuadable - law.persuadable) < 4 * 0.5 / rootCount)
    let dogs = Double(kinds[Persuadability.sleepingDog.rawValue]) / Double(count)
    #expect(abs(dogs - law.sleepingDogs) < 4 * 0.5 / rootCount)
  }

  /// Visits in the two days after mails, against those that would have come without: in standard errors of a
  /// Poisson count. Mails that chance left out are the control.
  private func sigmas(
    _ world: ShopWorld, _ kind: Persuadability, heldOut: Bool = false
  ) throws -> Double {
    let lives = try Lives(world, customers: 700, days: 300, seed: 12)
    var (seen, expected) = (0, 0.0)
    lives.each { behaviour, record in
      let shopper = behaviour.shopper
      guard shopper.kind == kind else { return }
      for message in record.messages where message.channel == .email && !message.isBounced {
        let end = message.time + 2
        guard case .mailing = message.cause, message.isHeldOut == heldOut, end < 300,
          record.lostAt.map({ $0 > end }) ?? true
        else { continue }
        seen += record.visits.count { $0.time > message.time && $0.time <= end }
        // From one sending hour to that of the day after the next.
        let day = Int(message.time)
        let season = lives.calendar.season
        let days =
          (1 - DayPart.nightShare) * season[day] + season[day + 1]
          + DayPart.nightShare * season[day + 2]
        expected += shopper.rate / shopper.conversion * shopper.webShare * days
      }
    }
    return (Double(seen) - expected) / expected.squareRoot()
  }

  @Test func mailMovesThePersuadableAndWhereItMovesNobodyNobody() throws {
    #expect(try sigmas(.standard, .persuadable) > 4)
    #expect(abs(try sigmas(.standard, .persuadable, heldOut: true)) < 3.5)
    #expect(abs(try sigmas(.standard, .sureThing)) < 3.5)
    #expect(abs(try sigmas(.null, .persuadable)) < 3.5)
    #expect(try sigmas(.sleepingDogs, .sleepingDog) < -2)
  }

  @Test func couponsAreUsedByThoseWhoWouldHaveBoughtAnyway() throws {
    let lives = try Lives(.standard, customers: 900, days: 300, seed: 21)
    var withCoupon = 0
    lives.each { behaviour, record in
      guard behaviour.shopper.kind == .sureThing else { return }
      withCoupon += record.orders.count { $0.discount > 0 }
    }
    #expect(withCoupon > 5)
  }

  @Test func aSeasonedWorldSellsMoreInDecember() throws {
    let lives = try Lives(.weibull, customers: 1, days: 720, seed: 1)
    // 2025-01-01 on: December is days 334 to 364, June 151 to 180.
    let december = lives.calendar.season[334..<365].reduce(0, +) / 31
    let june = lives.calendar.season[151..<181].reduce(0, +) / 30
    #expect(december > 2 * june)
  }

  @Test func weibullGapsAreMoreRegularThanExponentialOnes() throws {
    func variation(_ world: ShopWorld) throws -> Double {
      let lives = try Lives(world, customers: 400, days: 900, seed: 14)
      var gaps = Moments()
      lives.each { behaviour, record in
        // Those who buy often: others' gaps are cut by the end.
        guard behaviour.shopper.rate > 0.015 else { return }
        for (order, next) in zip(record.orders, record.orders.dropFirst()) {
          gaps.add((next.time - order.time) * behaviour.shopper.rate)
        }
      }
      let deviation = try #require(gaps.variance).squareRoot()
      return deviation / (try #require(gaps.mean))
    }
    // Shape 2 has a coefficient of variation of 0.52, the exponential 1; the season widens the first.
    #expect(try variation(.weibull) < 0.75)
    #expect(try variation(.null) > 0.85)
  }
}
