import SpecialFunctions
import Testing

@Test(arguments: ReferenceValues.normalCDF)
func normalCDFKeepsItsDigitsToTheEndOfTheLowerTail(argument: Double, value: Double) {
  // A few ulps of erfc; without the correction in its argument, 38² of them, 2e-13.
  #expect(isClose(normalCDF(argument), value, relative: 2e-15))
}

@Test(arguments: ReferenceValues.normalQuantile)
func normalQuantileKeepsItsDigits(argument: Double, value: Double) {
  // AS 241 claims about 1 part in 10¹⁶; each of two polynomials of degree seven rounds 14 times.
  #expect(isClose(normalQuantile(argument), value, relative: 2e-15))
}

@Test func theEndsOfTheNormalAreInfinite() {
  #expect(normalQuantile(0) == -.infinity)
  #expect(normalQuantile(1) == .infinity)
  #expect(normalCDF(-.infinity) == 0)
  #expect(normalCDF(.infinity) == 1)
  #expect(normalCDF(-40) == 0)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func normalCDFUndoesNormalQuantile(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  for _ in 0..<50 {
    let probability = generator.nextUniform() * 0.5
    // The distribution function magnifies an error in x by up to 1 + x², 70 for 53 bits.
    #expect(isClose(normalCDF(normalQuantile(probability)), probability, relative: 1e-13))
  }
}
