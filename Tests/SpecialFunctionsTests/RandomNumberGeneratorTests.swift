import SpecialFunctions
import Testing

/// Answers with the numbers it was given, in turn.
private struct Scripted: RandomNumberGenerator {
  var numbers: [UInt64]

  mutating func next() -> UInt64 { numbers.removeFirst() }
}

@Test func splitMix64GivesThePublishedNumbers() {
  var generator = SplitMix64(seed: 1_234_567)
  #expect(generator.next() == 6_457_827_717_110_365_317)
  #expect(generator.next() == 3_203_168_211_198_807_973)
  #expect(generator.next() == 9_817_491_932_198_370_423)
  #expect(generator.next() == 4_593_380_528_125_082_431)
  #expect(generator.next() == 16_408_922_859_458_223_821)
}

@Test func uniformsFillTheHalfOpenUnitInterval() {
  var ends = Scripted(numbers: [0, .max])
  #expect(ends.nextUniform() == 0)
  #expect(ends.nextUniform() == 1 - 0x1p-53)
}

@Test func standardNormalsAreFiniteAndSymmetric() {
  var ends = Scripted(numbers: [0, .max, .max / 2, .max / 2 + 1])
  let lowest = ends.nextStandardNormal()
  #expect(isClose(lowest, -8.209536151601387, relative: 1e-14))  // the quantile of 2⁻⁵³
  #expect(ends.nextStandardNormal() == -lowest)
  let belowCentre = ends.nextStandardNormal()
  #expect(belowCentre < 0)
  #expect(ends.nextStandardNormal() == -belowCentre)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func standardNormalsHaveMeanZeroAndVarianceOne(seed: UInt64) throws {
  var generator = SplitMix64(seed: seed)
  var moments = Moments()
  var cubes = Moments()
  for _ in 0..<10_000 {
    let value = generator.nextStandardNormal()
    moments.add(value)
    cubes.add(value * value * value)
  }
  // Five standard errors: 1/√n of the mean, √(2/n) of the variance, √(15/n) of the third moment.
  #expect(isClose(try #require(moments.mean), 0, absolute: 5 * 0.01))
  #expect(isClose(try #require(moments.variance), 1, absolute: 5 * 0.01415))
  #expect(isClose(try #require(cubes.mean), 0, absolute: 5 * 0.0388))
}

@Test func aDrawThatWouldFavourSomeIndexIsDrawnAgain() {
  // 2⁶⁴ mod 3 is 1: of all 2⁶⁴ numbers only 0 is refused.
  var generator = Scripted(numbers: [0, 1])
  #expect(generator.nextIndex(below: 3) == 0)
  #expect(generator.numbers.isEmpty)
  var powerOfTwo = Scripted(numbers: [0])
  #expect(powerOfTwo.nextIndex(below: 4) == 0)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func indicesAreEquallyLikely(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  var counts = [0, 0, 0, 0, 0, 0, 0]
  for _ in 0..<7_000 { counts[generator.nextIndex(below: 7)] += 1 }
  let chiSquare = counts.reduce(0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
  #expect(chiSquare < 27.86)  // exceeded once in 10⁴ by chance, 6 degrees of freedom
}

@Test func aSeedFixesTheOrderForGood() {
  var generator = SplitMix64(seed: 7)
  let order = Array(0..<10).reproduciblyShuffled(using: &generator)
  #expect(order == [9, 5, 8, 6, 1, 2, 4, 7, 0, 3])  // the same algorithm, written in Python
}

@Test func anEmptyOrSingleArrayTakesNoDraw() {
  var generator = Scripted(numbers: [])
  #expect([Int]().reproduciblyShuffled(using: &generator).isEmpty)
  #expect(["one"].reproduciblyShuffled(using: &generator) == ["one"])
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func everyOrderIsEquallyLikely(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  var counts: [[Int]: Int] = [:]
  for _ in 0..<2_400 {
    counts[[1, 2, 3, 4].reproduciblyShuffled(using: &generator), default: 0] += 1
  }
  #expect(counts.count == 24)
  let chiSquare = counts.values.map { Double(($0 - 100) * ($0 - 100)) / 100 }.sorted().reduce(0, +)
  #expect(chiSquare < 57.08)  // exceeded once in 10⁴ by chance, 23 degrees of freedom
}
