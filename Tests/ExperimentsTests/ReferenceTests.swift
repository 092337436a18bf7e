import SpecialFunctions
import Testing

@testable import Experiments

/// The cases that GrowthBook publishes for libraries in any language (specification 0.7.1).
struct PublishedCases {
  @Test(
    arguments: [
      (2, 1, nil, [0, 0.5], [0.5, 1]), (2, 0.5, nil, [0, 0.5], [0.25, 0.75]),
      (2, 0, nil, [0, 0.5], [0, 0.5]), (4, 1, nil, [0, 0.25, 0.5, 0.75], [0.25, 0.5, 0.75, 1]),
      (2, 1, [0.4, 0.6], [0, 0.4], [0.4, 1]),
      (3, 1, [0.2, 0.3, 0.5], [0, 0.2, 0.5], [0.2, 0.5, 1]),
      (3, 0.2, [0.2, 0.3, 0.5], [0, 0.2, 0.5], [0.04, 0.26, 0.6]),
    ] as [(Int, Double, [Double]?, [Double], [Double])])
  func bucketRangesAreThePublishedOnes(
    count: Int, coverage: Double, weights: [Double]?, lower: [Double], upper: [Double]
  ) throws {
    let design = try AssignmentDesign(
      salt: "salt", variants: (0..<count).map { "\($0)" }, weights: weights, coverage: coverage)
    #expect(design.bucketRanges.map(\.lowerBound) == lower)
    #expect(design.bucketRanges.count == upper.count)
    for (range, upper) in zip(design.bucketRanges, upper) {
      // Published in decimals; the product and the sum round once each.
      #expect(isClose(range.upperBound, upper, relative: 0x1p-52))
    }
  }

  @Test(
    arguments: [
      (1, 0.2, 0), (1, 0.4, 0), (1, 0.6, 1), (1, 0.8, 1), (1, 0, 0), (1, 0.5, 1),
      (0.5, 0.2, 0), (0.5, 0.4, nil), (0.5, 0.6, 1), (0.5, 0.8, nil), (0.5, 0.25, nil),
      (0.5, 0.5, 1),
    ] as [(Double, Double, Int?)])
  func variantsOfBucketsAreThePublishedOnes(
    coverage: Double, bucket: Double, variant: Int?
  ) throws {
    let design = try AssignmentDesign(salt: "salt", variants: ["a", "b"], coverage: coverage)
    #expect(design.variantIndex(ofBucket: bucket) == variant)
  }

  @Test(arguments: [
    ("1", "namespace1", false), ("1", "namespace2", false), ("2", "namespace1", false),
    ("2", "namespace2", false), ("3", "namespace1", false), ("3", "namespace2", true),
    ("4", "namespace1", false), ("4", "namespace2", true),
  ])
  func placesInNamespacesAreThePublishedOnes(unit: String, id: String, isBelow: Bool) throws {
    #expect(try Namespace(id: id, from: 0, to: 0.4).contains(unit) == isBelow)
    #expect(try Namespace(id: id, from: 0.4, to: 1).contains(unit) == !isBelow)
  }

  @Test(arguments: [("123", "c"), ("456", "a"), ("fds", "b")])
  func variantsOfAWholeExperimentAreThePublishedOnes(unit: String, variant: String) throws {
    let design = try AssignmentDesign(
      salt: "feature", variants: ["a", "b", "c"], hashVersion: .one)
    #expect(design.assignment(of: unit) == .assigned(variant: variant))
  }
}

@Test func variantsEqualTheLibrarys() throws {
  let fixture = try Fixture.load()
  #expect(fixture.designs.count == 9)
  for expected in fixture.designs {
    let design = try AssignmentDesign(expected)
    #expect(design.bucketRanges.map { [$0.lowerBound, $0.upperBound] } == expected.bucketRanges)
    let variants = fixture.units.map { design.assignment(of: $0).variant }
    #expect(variants == expected.variants.map { $0.map(String.init) })
  }
}

extension AssignmentDesign {
  fileprivate init(_ design: Fixture.Design) throws {
    try self.init(
      salt: design.salt, variants: (0..<design.variantCount).map(String.init),
      weights: design.weights, coverage: design.coverage,
      hashVersion: #require(HashVersion(rawValue: design.hashVersion)),
      namespace: design.namespace.map { try Namespace(id: $0.id, from: $0.lower, to: $0.upper) },
      holdout: design.holdout.map { try Holdout(salt: $0.salt, share: $0.share) })
  }
}
