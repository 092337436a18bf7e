import SpecialFunctions
import Testing

@Suite struct WeightedMomentsTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aWeightIsThatManyTimesTheValue(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var weighted = WeightedMoments()
    var repeated = WeightedMoments()
    for _ in 0..<200 {
      let value = 1e6 + 30 * generator.nextStandardNormal()
      let count = 1 + generator.nextIndex(below: 4)
      weighted.add(value, weight: Double(count))
      for _ in 0..<count { repeated.add(value) }
    }
    #expect(weighted.totalWeight == repeated.totalWeight)
    #expect(weighted.minimum == repeated.minimum)
    #expect(weighted.maximum == repeated.maximum)
    // Some 500 roundings of values near 1e6; deviations are near 30.
    #expect(
      isClose(try #require(weighted.mean), try #require(repeated.mean), relative: 1e-14))
    #expect(
      isClose(try #require(weighted.deviation), try #require(repeated.deviation), relative: 1e-9))
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func weightsOfOneGiveTheBitsOfMoments(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var weighted = WeightedMoments()
    var moments = Moments()
    for _ in 0..<100 {
      let value = generator.nextStandardNormal()
      weighted.add(value)
      moments.add(value)
    }
    #expect(weighted.mean == moments.mean)
    #expect(weighted.sumOfSquaredDeviations == moments.sumOfSquaredDeviations)
  }

  @Test func noValuesHaveNoMoments() {
    let moments = WeightedMoments()
    #expect(moments.mean == nil && moments.deviation == nil)
    #expect(moments.minimum == nil && moments.maximum == nil)
  }
}
