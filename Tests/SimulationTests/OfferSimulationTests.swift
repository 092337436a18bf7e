import SpecialFunctions
import Testing

@testable import Simulation

@Suite struct OfferSimulationTests {
  private func lines(_ simulation: OfferSimulation) -> [[String]] {
    parse(simulation.chunks.flatMap(\.rows))
  }

  private func truth(_ simulation: OfferSimulation) -> [[String]] {
    parse(simulation.chunks.flatMap(\.truth))
  }

  /// No field of these files needs quotes.
  private func parse(_ bytes: [UInt8]) -> [[String]] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }
  }

  @Test(arguments: [OfferSimulation.Form.customers, .pairs])
  func sameSeedGivesSameBytesAndAShorterFileBeginsTheLonger(form: OfferSimulation.Form) throws {
    func bytes(_ count: Int, _ seed: UInt64) throws -> [UInt8] {
      try OfferSimulation(customerCount: count, seed: seed, form: form).chunks.flatMap(\.rows)
    }
    let long = try bytes(5000, 7)
    #expect(try bytes(5000, 7) == long)
    #expect(try bytes(5000, 8) != long)
    for count in [0, 1, 4095, 4096, 4097] { #expect(try long.starts(with: bytes(count, 7))) }
  }

  @Test(arguments: [2, 6, 200])
  func whatIsTakenWasAvailableAndProbabilitiesAddUpToOne(offerCount: Int) throws {
    let simulation = try OfferSimulation(customerCount: 300, offerCount: offerCount, seed: 3)
    let rows = lines(simulation).dropFirst()
    #expect(rows.count == 300)
    var sums: [String: Double] = [:]
    for row in truth(simulation).dropFirst() { sums[row[0], default: 0] += Double(row[2]) ?? 9 }
    for row in rows {
      let offered = row[8].split(separator: "|").map { String($0) }
      #expect(offered.contains(row[9]) && offered.count >= 2)
      // Nine decimals each, of at most 200.
      #expect(abs((sums[row[0]] ?? 0) - 1) < 2e-7)
    }
    #expect(Set(rows.map { $0[9] }).isSubset(of: simulation.offers))
  }

  @Test func offersAreTakenAsOftenAsTheirProbabilitiesSay() throws {
    let simulation = try OfferSimulation(customerCount: 20_000, seed: 11)
    var expected: [String: Double] = [:]
    var variance: [String: Double] = [:]
    for row in truth(simulation).dropFirst() {
      let probability = Double(row[2]) ?? 9
      expected[row[1], default: 0] += probability
      variance[row[1], default: 0] += probability * (1 - probability)
    }
    let rows = lines(simulation).dropFirst()
    for offer in simulation.offers {
      let count = Double(rows.count { $0[9] == offer })
      let error = (variance[offer] ?? 0).squareRoot()
      // Six offers, one seed: four standard errors.
      #expect(abs(count - (expected[offer] ?? 0)) < 4 * error, "\(offer)")
    }
  }

  @Test func everyCustomerTakesOneOfItsPairs() throws {
    let simulation = try OfferSimulation(customerCount: 400, seed: 5, form: .pairs)
    let rows = lines(simulation)
    #expect(rows[0] == ["customer", "offer", "price", "discount", "views", "own_channel", "taken"])
    var taken: [String: Int] = [:]
    for row in rows.dropFirst() { taken[row[0], default: 0] += Int(row[6]) ?? 9 }
    #expect(taken.count == 400 && taken.values.allSatisfy { $0 == 1 })
    #expect(truth(simulation).count == rows.count)
  }

  @Test func wrongSettingsSayWhatIsAllowed() {
    #expect(
      throws: SimulationError.outOfRange(setting: "offerCount", value: 1, allowed: "from 2 to 200")
    ) {
      try OfferSimulation(customerCount: 1, offerCount: 1, seed: 1)
    }
    #expect(
      throws: SimulationError.outOfRange(setting: "customerCount", value: -1, allowed: "from 0 up")
    ) {
      try OfferSimulation(customerCount: -1, seed: 1)
    }
  }
}
