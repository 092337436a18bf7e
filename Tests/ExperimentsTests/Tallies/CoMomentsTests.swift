import Experiments
import SpecialFunctions
import Testing

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func coMomentsOfPartsPoolToThoseOfTheWhole(seed: UInt64) {
  var rng = SplitMix64(seed: seed)
  var left = CoMoments(dimension: 3)
  var right = left
  var whole = left
  for _ in 0..<100 {
    let x = rng.nextStandardNormal() * 100
    let values = [x, 2 * x + rng.nextStandardNormal(), rng.nextUniform()]
    if rng.nextUniform() < 0.3 { left.add(values) } else { right.add(values) }
    whole.add(values)
  }
  let pooled = left + right
  #expect(pooled.count == whole.count)
  for i in 0..<3 {
    // Two orders of summation; each costs about sqrt(n) ulp of the largest product, n = 100.
    #expect(isClose(pooled.means[i], whole.means[i], relative: 1e-13, absolute: 1e-13))
    for j in i..<3 {
      #expect(
        isClose(
          pooled.centredProduct(i, j), whole.centredProduct(j, i), relative: 1e-12,
          absolute: 1e-9))
    }
  }
}

@Test func aSpreadOfOneRoundABillionKeepsItsVariance() {
  var moments = CoMoments(dimension: 2)
  for offset in [1.0, 2, 3] { moments.add([1e9 + offset, 1e9 - offset]) }
  #expect(moments.variance(0) == 1)
  #expect(moments.covariance(0, 1) == -1)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func subtractingUndoesAdding(seed: UInt64) throws {
  var rng = SplitMix64(seed: seed)
  var earlier = CoMoments(dimension: 2)
  var later = earlier
  for _ in 0..<50 { earlier.add([rng.nextUniform(), rng.nextStandardNormal()]) }
  for _ in 0..<30 { later.add([rng.nextUniform() * 3, rng.nextStandardNormal() + 1]) }
  let rest = try #require((earlier + later).subtracting(earlier))
  #expect(rest.count == 30)
  for i in 0..<2 {
    // Differences of sums of 80 terms of order 1.
    #expect(isClose(rest.means[i], later.means[i], absolute: 1e-13))
    #expect(isClose(rest.centredProduct(i, i), later.centredProduct(i, i), absolute: 1e-12))
  }
  #expect(later.subtracting(earlier) == nil)
}

@Test func repeatingAddsAsManyTimes() {
  var repeated = CoMoments(dimension: 2)
  repeated.add([3, 1])
  repeated.add([0, 1], repetitions: 3)
  var single = CoMoments(dimension: 2)
  for value in [3.0, 0, 0, 0] { single.add([value, 1]) }
  #expect(repeated == single)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func quantileSummariesPoolExactlyAndStayNear(seed: UInt64) throws {
  var rng = SplitMix64(seed: seed)
  let values = (0..<500).map { _ in
    rng.nextUniform() < 0.1 ? 0 : (rng.nextStandardNormal() * 10).rounded() * rng.nextUniform()
  }
  let cut = rng.nextIndex(below: 500)
  let pooled = QuantileSummary(values[..<cut]) + QuantileSummary(values[cut...])
  var single = QuantileSummary()
  for value in values.reversed() { single.add(value) }
  #expect(pooled == single)
  let sorted = values.sorted()
  for probability in [0.01, 0.25, 0.5, 0.9, 1] {
    let exact = sorted[max(1, Int((probability * 500).rounded(.up))) - 1]
    let estimate = try #require(pooled.quantile(probability))
    // Half a bin: 1/256 of the value at most.
    #expect(isClose(estimate, exact, relative: 1 / 256.0))
    #expect(pooled.count(through: exact) >= sorted.count { $0 <= exact })
  }
}

@Test func idsThatAreIntegersNeverShareAKey() {
  let ids = (0..<10_000).map { "\($0 * 922_337_203_685_477)" }
  #expect(Set(ids.map { UnitKey($0) }).count == 10_000)
  #expect(UnitKey("9223372036854775807") != UnitKey("9223372036854775808"))
}

@Test func idsAreTakenAsTheyStand() {
  let ids = ["7", "07", "7.0", "+7", "", "клиент-7", "клиент-8", "b4c0…", "a", "A", "a\0"]
  #expect(Set(ids.map { UnitKey($0) }).count == ids.count)
  #expect(UnitKey("клиент-7") == UnitKey("клиент-7"))
}

@Test func keysAreTheSameOnEveryMachine() {
  // The first is SplitMix64's first number of seed 1, as published; the others were computed once.
  let keys = ["1", "9007199254740993", "клиент-7", "d9428888-122b-11e1-b85c-61cd3cbb3210"]
    .map { String(UnitKey($0).bits, radix: 16) }
  #expect(
    keys == [
      "910a2dec89025cc1", "55ce0bfd3337037", "7da8284bfb5c1127", "23fad2eef6a8c291",
    ])
}
