import SpecialFunctions
import Testing

@Test(arguments: 1...50 as ClosedRange<UInt64>)
func addingEqualsPooling(seed: UInt64) throws {
  var generator = SplitMix64(seed: seed)
  var left = Moments()
  var right = Moments()
  var pooled = Moments()
  for _ in 0..<200 {
    let value = (generator.nextUniform() - 0.5) * 2e6
    if generator.nextIndex(below: 2) == 0 { left.add(value) } else { right.add(value) }
    pooled.add(value)
  }
  let sum = left + right
  #expect(sum.count == 200)
  #expect(sum.minimum == pooled.minimum)
  #expect(sum.maximum == pooled.maximum)
  // Two orders of summation; each costs about sqrt(n) ulp, n = 200.
  #expect(isClose(try #require(sum.variance), try #require(pooled.variance), relative: 1e-14))
  // The mean of values of either sign has the error of the values, not its own.
  #expect(isClose(try #require(sum.mean), try #require(pooled.mean), absolute: 1e-14 * 1e6))
}

@Test func aLargeOffsetCostsNoDigits() {
  let moments = Moments([1e9 + 1, 1e9 + 2, 1e9 + 3])
  #expect(moments.variance == 1)
  #expect(moments.mean == 1e9 + 2)
  let pooled = Moments([1e9 + 1]) + Moments([1e9 + 2, 1e9 + 3])
  #expect(isClose(pooled.sumOfSquaredDeviations, 2, relative: 1e-15))  // a share of 2/3 rounds
}

@Test func noValuesAreTheZeroOfPooling() {
  let values = Moments([2, -3, 7.5])
  #expect(Moments() + values == values)
  #expect(values + Moments() == values)
  var sum = values
  sum += values
  #expect(sum.count == 6)
  #expect(sum.mean == values.mean)
}

@Test func whatIsNotKnownIsAbsent() {
  #expect(Moments().mean == nil)
  #expect(Moments().minimum == nil)
  #expect(Moments().maximum == nil)
  #expect(Moments([4]).variance == nil)
  #expect(Moments([4]).mean == 4)
  #expect(Moments([4, 4]).variance == 0)
}

@Test func aCompensatedSumKeepsWhatAPlainSumLoses() {
  var sum = CompensatedSum()
  for value in [1, 1e100, 1, -1e100] { sum.add(value) }
  #expect(sum.value == 2)
}

@Test func closenessIsOfTheLargerMagnitude() {
  #expect(isClose(100, 101, relative: 0.01))
  #expect(!isClose(100, 102, relative: 0.01))
  #expect(isClose(0, 1e-9, absolute: 1e-9))
  #expect(isClose(.infinity, .infinity))
  #expect(!isClose(.infinity, 1, relative: 1))
  #expect(!isClose(.nan, .nan, relative: 1, absolute: 1))
}
