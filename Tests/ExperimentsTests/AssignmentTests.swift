import Experiments
import SpecialFunctions
import Testing

private let units = (0..<100_000).map { "customer-\($0)" }
private let someUnits = Array(units.prefix(2_000))

private func counts(
  _ design: AssignmentDesign, _ units: some Sequence<String>
) -> [Assignment: Int] {
  units.reduce(into: [:]) { $0[design.assignment(of: $1), default: 0] += 1 }
}

/// How many standard deviations of the binomial law `count` of `total` lies from `probability`.
private func deviations(_ count: Int, of total: Int, probability: Double) -> Double {
  let n = Double(total)
  return (Double(count) - n * probability) / (n * probability * (1 - probability)).squareRoot()
}

/// Pearson's chi-square of independence for pairs of indices below `size`.
private func chiSquare(_ pairs: [(Int, Int)], size: Int) -> Double {
  var table = [Double](repeating: 0, count: size * size)
  for (row, column) in pairs { table[row * size + column] += 1 }
  let rows = (0..<size).map { row in (0..<size).reduce(0) { $0 + table[row * size + $1] } }
  let columns = (0..<size).map { column in (0..<size).reduce(0) { $0 + table[$1 * size + column] } }
  return table.indices.reduce(0) { sum, cell in
    let expected = rows[cell / size] * columns[cell % size] / Double(pairs.count)
    return sum + (table[cell] - expected) * (table[cell] - expected) / expected
  }
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func orderOfTheUnitsDoesNotMatter(seed: UInt64) throws {
  let design = try AssignmentDesign(salt: "salt-\(seed)", variants: ["a", "b"], coverage: 0.8)
  var generator = SplitMix64(seed: seed)
  let order = Array(someUnits.indices).reproduciblyShuffled(using: &generator)
  let inOrder = someUnits.map(design.assignment)
  let shuffled = order.map { design.assignment(of: someUnits[$0]) }
  #expect(shuffled == order.map { inOrder[$0] })
}

@Test func theSplitIsAsDesigned() throws {
  let design = try AssignmentDesign(
    salt: "cart-reminder", variants: ["a", "b", "c"], weights: [0.2, 0.3, 0.5], coverage: 0.6)
  let counts = counts(design, units)
  // 4.5 standard deviations: 7 in a million for each count, and units and salt are fixed.
  for (variant, share) in zip(design.variants, design.shares) {
    let count = counts[.assigned(variant: variant), default: 0]
    #expect(abs(deviations(count, of: units.count, probability: share)) < 4.5)
  }
  let outside = counts[.excluded(.notInCoverage), default: 0]
  #expect(abs(deviations(outside, of: units.count, probability: 0.4)) < 4.5)
}

@Test(arguments: 1...4 as ClosedRange<UInt64>)
func experimentsOfDifferentSaltsAreIndependent(seed: UInt64) throws {
  let one = try AssignmentDesign(salt: "exp-\(seed)a", variants: ["0", "1", "2"])
  let other = try AssignmentDesign(salt: "exp-\(seed)b", variants: ["0", "1", "2"])
  // Four degrees of freedom: beyond 23.5 once in 10,000.
  #expect(chiSquare(pairs(one, other), size: 3) < 23.5)
}

@Test func hashVersionOneIsNotIndependentBetweenSaltsOfOneStem() throws {
  let one = try AssignmentDesign(salt: "exp-a", variants: ["0", "1"], hashVersion: .one)
  let other = try AssignmentDesign(salt: "exp-b", variants: ["0", "1"], hashVersion: .one)
  // One degree of freedom: beyond 15.1 once in 10,000. The buckets of GrowthBook's own library
  // depend as much.
  #expect(chiSquare(pairs(one, other), size: 2) > 15.1)
}

/// The variants, named by numbers, that the first 15,000 units get in both designs.
private func pairs(_ one: AssignmentDesign, _ other: AssignmentDesign) -> [(Int, Int)] {
  units.prefix(15_000).compactMap { unit in
    guard let first = one.assignment(of: unit).variant.flatMap(Int.init) else { return nil }
    guard let second = other.assignment(of: unit).variant.flatMap(Int.init) else { return nil }
    return (first, second)
  }
}

@Test func growingCoverageKeepsUnitsInTheirVariants() throws {
  var before = someUnits.map { _ in String?.none }
  for coverage in [0, 0.01, 0.1, 0.35, 0.6, 0.95, 1] {
    let design = try AssignmentDesign(
      salt: "ramp", variants: ["a", "b", "c"], weights: [0.5, 0.2, 0.3], coverage: coverage)
    let after = someUnits.map { design.assignment(of: $0).variant }
    #expect(zip(before, after).allSatisfy { $0 == nil || $0 == $1 })
    before = after
  }
  #expect(before.allSatisfy { $0 != nil })
}

@Test(arguments: HashVersion.allCases)
func fullCoverageLeavesNobodyOut(version: HashVersion) throws {
  for weights in [[0.333333, 0.333333, 0.333333], [0.1, 0.2, 0.7], [0.7, 0.1, 0.2]] {
    let design = try AssignmentDesign(
      salt: "all", variants: ["a", "b", "c"], weights: weights, hashVersion: version)
    #expect(someUnits.allSatisfy { design.assignment(of: $0).variant != nil })
    #expect(isClose(design.shares.reduce(0, +), 1, relative: 1e-15))  // three roundings
  }
}

@Test func partsOfANamespaceShareNoUnit() throws {
  let parts = try [
    Namespace(id: "checkout", from: 0, to: 0.3), Namespace(id: "checkout", from: 0.3, to: 1),
  ]
  let designs = try parts.map {
    try AssignmentDesign(salt: "salt \($0.range)", variants: ["a", "b"], namespace: $0)
  }
  for unit in someUnits {
    let variants = designs.compactMap { $0.assignment(of: unit).variant }
    #expect(variants.count == 1)
  }
}

@Test func theHoldoutIsTheSameUnitsInEveryExperiment() throws {
  let holdout = try Holdout(salt: "global", share: 0.1)
  let namespace = try Namespace(id: "checkout", from: 0, to: 0.5)
  let one = try AssignmentDesign(salt: "one", variants: ["a", "b"], holdout: holdout)
  let other = try AssignmentDesign(
    salt: "other", variants: ["a", "b"], coverage: 0.2, namespace: namespace, holdout: holdout)
  let heldOut = someUnits.filter { one.assignment(of: $0) == .excluded(.holdout) }
  #expect(heldOut == someUnits.filter(holdout.contains))
  #expect(heldOut == someUnits.filter { other.assignment(of: $0) == .excluded(.holdout) })
  // 4.5 standard deviations; units and salt are fixed.
  #expect(abs(deviations(heldOut.count, of: someUnits.count, probability: 0.1)) < 4.5)
}

@Test func aLargerHoldoutKeepsTheUnitsOfASmaller() throws {
  let small = try Holdout(salt: "global", share: 0.05)
  let large = try Holdout(salt: "global", share: 0.2)
  #expect(someUnits.filter(small.contains).allSatisfy(large.contains))
}

@Test func holdoutAndNamespaceLeaveTheSplitAsDesigned() throws {
  let design = try AssignmentDesign(
    salt: "cart-reminder", variants: ["a", "b"], weights: [0.3, 0.7],
    namespace: Namespace(id: "checkout", from: 0.2, to: 0.7),
    holdout: Holdout(salt: "global", share: 0.1))
  let units = units.prefix(20_000)
  let counts = counts(design, units)
  let first = counts[.assigned(variant: "a"), default: 0]
  let assigned = first + counts[.assigned(variant: "b"), default: 0]
  // 4.5 standard deviations; units and salts are fixed.
  #expect(abs(deviations(first, of: assigned, probability: 0.3)) < 4.5)
  #expect(abs(deviations(assigned, of: units.count, probability: 0.9 * 0.5)) < 4.5)
}

@Test func theFirstReasonThatAppliesIsGiven() throws {
  let all = try AssignmentDesign(
    salt: "salt", variants: ["a", "b"], coverage: 0,
    namespace: Namespace(id: "checkout", from: 0, to: 0.5),
    holdout: Holdout(salt: "global", share: 0.5))
  let reasons = Set(someUnits.map(all.assignment))
  #expect(all.assignment(of: "") == .excluded(.emptyUnit))
  #expect(
    reasons == [.excluded(.holdout), .excluded(.otherNamespace), .excluded(.notInCoverage)])
  #expect(reasons.allSatisfy { $0.variant == nil })
}

@Test func sharesCountWholeBuckets() throws {
  let low = try AssignmentDesign(
    salt: "salt", variants: ["a", "b"], weights: [0.9, 0.1], coverage: 0.005, hashVersion: .one)
  #expect(low.shares == [0.005, 0.001])  // [0, 0.0045) and [0.9, 0.9005)
  let thirds = try AssignmentDesign(salt: "salt", variants: ["a", "b", "c"])
  #expect(thirds.shares == [0.3334, 0.3333, 0.3333])
  #expect(try AssignmentDesign(salt: "s", variants: ["a", "b"], coverage: 0).shares == [0, 0])
}

@Test(arguments: HashVersion.allCases)
func sharesAreThoseOfTheBucketsAssigned(version: HashVersion) throws {
  for weights in [[0.1, 0.2, 0.7], [0.7, 0.1, 0.2], [0.333333, 0.333333, 0.333333]] {
    let design = try AssignmentDesign(
      salt: "salt", variants: ["a", "b", "c"], weights: weights, coverage: 0.9,
      hashVersion: version)
    let buckets = (0..<version.bucketCount).map { Double($0) / Double(version.bucketCount) }
    let counts = design.bucketRanges.map { range in buckets.count { range.contains($0) } }
    #expect(design.shares == counts.map { Double($0) / Double(version.bucketCount) })
  }
}
