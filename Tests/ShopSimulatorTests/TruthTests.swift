import Foundation
import SpecialFunctions
import Testing

@testable import ShopSimulator

struct TruthTests {
  /// What was foreseen of a customer's next days, and what came.
  private struct Foreseen {
    let outlook: Outlook
    let ordered: Bool
    let categories: Set<Int>
  }

  private func foreseen(_ world: ShopWorld, seed: UInt64) throws -> [Foreseen] {
    let lives = try Lives(world, customers: 500, days: 240, seed: seed)
    var all: [Foreseen] = []
    lives.each { behaviour, record in
      var foresight = Foresight(behaviour, horizonDays: lives.settings.horizonDays)
      var generator = SplitMix64(seed: UInt64(behaviour.shopper.number) ^ 99)
      // One instant a customer: two of one person would not be independent.
      let stands = record.stands.filter { $0.day + lives.settings.horizonDays <= 240 }
      guard let stand = stands.last else { return }
      let end = Double(stand.day + lives.settings.horizonDays)
      let orders = record.orders.filter { $0.time > Double(stand.day) && $0.time <= end }
      all.append(
        Foreseen(
          outlook: foresight.outlook(stand.state, day: stand.day, using: &generator),
          ordered: !orders.isEmpty,
          categories: Set(orders.flatMap(\.lines).map { lives.category($0.product) })))
    }
    return all
  }

  /// The seeds are fixed, so these are no draws; 3.5 standard deviations are what luck may explain.
  @Test(arguments: ShopWorld.allCases)
  func whatIsForeseenComesAsOftenAsItIsSaid(world: ShopWorld) throws {
    let all = try foreseen(world, seed: 5)
    var overall = Deviation()
    var parts = [Deviation](repeating: Deviation(), count: 4)
    var categories = Deviation()
    for one in all {
      overall.add(one.ordered, probability: one.outlook.probability)
      parts[min(3, Int(one.outlook.probability * 5))].add(
        one.ordered, probability: one.outlook.probability)
      // One category a customer, in turn: categories of one customer hang together.
      let category = categories.count % Catalogue.categories.count
      categories.add(
        one.categories.contains(category), probability: one.outlook.categories[category])
    }
    #expect(overall.count > 250)
    #expect(abs(overall.sigmas) < 3.5, "\(world): \(overall.sigmas)")
    for part in parts { #expect(abs(part.sigmas) < 3.5, "\(world): \(parts.map(\.sigmas))") }
    #expect(abs(categories.sigmas) < 3.5, "\(world): \(categories.sigmas)")
  }

  @Test func foresightTellsBuyersFromOthers() throws {
    let all = try foreseen(.standard, seed: 6)
    let buyers = all.filter(\.ordered).map(\.outlook.probability)
    let others = all.filter { !$0.ordered }.map(\.outlook.probability)
    let wins = buyers.reduce(0) { sum, buyer in sum + others.count { $0 < buyer } }
    #expect(Double(wins) / Double(buyers.count * others.count) > 0.75)
    for one in all {
      #expect((0...1).contains(one.outlook.probability))
      // No category is likelier than any order.
      for category in one.outlook.categories {
        #expect(category >= 0 && category <= one.outlook.probability + 1e-12)
      }
    }
  }

  /// Where messages do nothing, counts of repeat orders follow the BG/NBD model of the world's own numbers
  /// (Fader, Hardie & Lee 2005, *Marketing Science* 24(2), 275, eq. 8).
  @Test func repeatOrdersFollowTheModelThatIsRight() throws {
    let lives = try Lives(.null, customers: 2_000, days: 240, seed: 8)
    let age = 120.0
    var counts = [0, 0, 0, 0]
    lives.each { behaviour, record in
      let arrival = DayPart.time(
        behaviour.shopper.arrivalSegment, part: behaviour.shopper.arrivalPart)
      guard let first = record.orders.first, first.time <= arrival, arrival + age <= 240 else {
        return
      }
      let repeats = record.orders.dropFirst().count { $0.time <= arrival + age }
      counts[min(3, repeats)] += 1
    }
    let total = counts.reduce(0, +)
    #expect(total > 500)
    for repeats in 0...2 {
      let probability = repeatProbability(repeats, age: age, lives.law)
      let expected = probability * Double(total)
      let sigma = (expected * (1 - probability)).squareRoot()
      #expect(
        abs(Double(counts[repeats]) - expected) < 3.5 * sigma,
        "\(repeats) repeats: \(counts[repeats]) of \(total), expected \(expected)")
    }
  }

  private func repeatProbability(_ x: Int, age t: Double, _ law: WorldLaw) -> Double {
    let (r, alpha, a, b) = (law.rateShape, 1 / law.rateScale, law.lossAlpha, law.lossBeta)
    func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
    func term(_ j: Double) -> Double {
      exp(
        lgamma(r + j) - lgamma(r) - lgamma(j + 1) + r * log(alpha / (alpha + t))
          + j * log(t / (alpha + t)))
    }
    let n = Double(x)
    let alive = exp(logBeta(a, b + n) - logBeta(a, b)) * term(n)
    guard x > 0 else { return alive }
    let before = (0..<x).reduce(0.0) { $0 + term(Double($1)) }
    return alive + exp(logBeta(a + 1, b + n - 1) - logBeta(a, b)) * (1 - before)
  }

  @Test func leadsAreWonAsOftenAsTheirTruthSays() throws {
    let lives = try Lives(.standard, customers: 1, days: 240, seed: 3)
    var generator = SplitMix64(seed: 17)
    let shopper = Shopper(number: 1, lives.law, lives.calendar, using: &generator)
    var (created, later) = (Deviation(), Deviation())
    for number in 0..<20_000 {
      let lead = LeadLaw.draw(at: Double(number % 7), shopper, using: &generator)
      created.add(lead.isWon, probability: lead.probabilityAtCreation)
      later.add(lead.isWon, probability: lead.probabilityAfterADay)
    }
    #expect(abs(created.sigmas) < 3.5 && abs(later.sigmas) < 3.5)
  }
}
