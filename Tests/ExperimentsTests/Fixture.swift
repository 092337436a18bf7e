import Foundation

/// Variants as GrowthBook's own library gives them; scripts/reference/assignment.py writes it.
struct Fixture: Decodable {
  struct Hash: Decodable {
    let salt: String
    let hashVersion: Int
    /// One for each unit.
    let buckets: [Double]
  }

  struct Design: Decodable {
    struct Part: Decodable {
      let id: String
      let lower: Double
      let upper: Double
    }

    struct Share: Decodable {
      let salt: String
      let share: Double
    }

    let salt: String
    let variantCount: Int
    let weights: [Double]?
    let coverage: Double
    let hashVersion: Int
    let namespace: Part?
    let holdout: Share?
    let bucketRanges: [[Double]]
    /// One for each unit: the index of its variant, `nil` without one.
    let variants: [Int?]
  }

  let units: [String]
  let hashes: [Hash]
  let designs: [Design]

  static func load() throws -> Fixture {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/assignment.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }
}
