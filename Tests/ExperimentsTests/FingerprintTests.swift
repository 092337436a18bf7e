import Experiments
import Testing

private func design(
  salt: String = "salt", variants: [String] = ["control", "treatment"],
  weights: [Double]? = [0.4, 0.6], coverage: Double = 1, hashVersion: HashVersion = .two,
  namespace: Namespace? = nil, holdout: Holdout? = nil
) throws -> AssignmentDesign {
  try AssignmentDesign(
    salt: salt, variants: variants, weights: weights, coverage: coverage, hashVersion: hashVersion,
    namespace: namespace, holdout: holdout)
}

@Test func aFingerprintIsFixedForGood() throws {
  // FNV-1a of "1:24:salt7:control9:treatment3:0.43:0.6", written in Python.
  #expect(try design().fingerprint == "2ca05aad")
}

@Test func whatMovesUnitsBetweenVariantsChangesTheFingerprint() throws {
  let designs = try [
    design(), design(salt: "salt2"), design(variants: ["treatment", "control"]),
    design(variants: ["control", "reminder"]), design(weights: [0.5, 0.5]),
    design(weights: [0.6, 0.4]), design(hashVersion: .one),
    design(salt: "a", variants: ["bc", "d"]), design(salt: "ab", variants: ["c", "d"]),
    design(variants: ["control", "treatment", "third"], weights: nil),
  ]
  #expect(Set(designs.map(\.fingerprint)).count == designs.count)
}

@Test func designsOfOneFingerprintNeverDisagreeAboutAVariant() throws {
  let designs = try [
    design(), design(coverage: 0.3), design(namespace: Namespace(id: "n", from: 0, to: 0.5)),
    design(coverage: 0.7, holdout: Holdout(salt: "global", share: 0.2)),
  ]
  #expect(Set(designs.map(\.fingerprint)).count == 1)
  for unit in (0..<2_000).map({ "customer-\($0)" }) {
    #expect(Set(designs.compactMap { $0.assignment(of: unit).variant }).count == 1)
  }
}
