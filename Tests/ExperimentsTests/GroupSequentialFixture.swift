import Foundation

@testable import Experiments

/// Designs as rpact lays them out; scripts/reference/group_sequential.R writes it.
struct GroupSequentialFixture: Decodable {
  struct Design: Decodable {
    let spending: String
    let parameter: Double?
    let alpha: Double
    let sides: Int
    let power: Double
    let fractions: [Double]
    let efficacy: [Double?]
    let alphaSpent: [Double]
    let shift: Double
    let inflation: Double
    let expectedFractionNull: Double
    let expectedFractionPlanned: Double
    let futilitySpending: String?
    let futilityParameter: Double?
    let isBinding: Bool?
    let futility: [Double?]?
  }

  struct Analysis: Decodable {
    let spending: String
    let alpha: Double
    let fractions: [Double]
    let estimates: [Double]
    let standardErrors: [Double]
    let finalLook: Int
    let pValue: Double
    let medianUnbiased: Double
    let lower: Double
    let upper: Double
    let repeatedLower: [Double?]
    let repeatedUpper: [Double?]
  }

  /// The same designs to more digits; scripts/reference/group_sequential_quadrature.py writes them.
  struct Exact: Decodable {
    let efficacy: [Double]
    let futility: [Double]
    let shift: Double
  }

  static func exact() throws -> [Exact] {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/group-sequential-quadrature.json")
    return try JSONDecoder().decode([Exact].self, from: Data(contentsOf: url))
  }

  let designs: [Design]
  let analyses: [Analysis]

  static func load() throws -> GroupSequentialFixture {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/group-sequential.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}

extension GroupSequentialPlan.Spending {
  init(_ name: String, _ parameter: Double?) {
    switch name {
    case "obrienFleming": self = .obrienFleming
    case "pocock": self = .pocock
    case "kimDeMets": self = .kimDeMets(power: parameter ?? 1)
    default: self = .hwangShihDeCani(gamma: parameter ?? 0)
    }
  }
}

extension GroupSequentialFixture.Design {
  func test() throws -> GroupSequentialTest {
    let stop = futilitySpending.map { GroupSequentialPlan.Spending($0, futilityParameter) }
    let futility: GroupSequentialPlan.Futility? = stop.map {
      isBinding == true ? .binding($0) : .nonBinding($0)
    }
    let plan = try GroupSequentialPlan(
      spending: .init(spending, parameter), futility: futility ?? .none, looks: fractions.count,
      power: power, isOneSided: sides == 1)
    let alpha = sides == 1 ? 2 * alpha : alpha
    return try GroupSequentialDesign(alpha: alpha, plan: plan).test(fractions: fractions)
  }
}
