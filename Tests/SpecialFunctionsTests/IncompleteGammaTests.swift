import Foundation
import SpecialFunctions
import Testing

@Test(arguments: ReferenceValues.regularizedGammaQ)
func upperGammaKeepsItsDigits(shape: Double, argument: Double, value: Double) {
  // To a shape of 100 a few roundings of pow, exp and tgamma. Above, and far out, the exponent of the
  // density is a difference with a rounding of its size, 700 × 10⁻¹⁶ before the density is 0.
  let tolerance = shape <= 100 ? 1e-14 : 4e-13
  #expect(isClose(regularizedGammaQ(shape, argument), value, relative: tolerance))
}

@Test(arguments: ReferenceValues.regularizedGammaP)
func lowerGammaKeepsItsDigits(shape: Double, argument: Double, value: Double) {
  let tolerance = shape <= 100 ? 1e-14 : 4e-13  // as for the upper one
  #expect(isClose(regularizedGammaP(shape, argument), value, relative: tolerance))
}

@Test func theEndsOfTheIncompleteGammaAreExact() {
  for shape in [0.5, 3, 1000] {
    #expect(regularizedGammaP(shape, 0) == 0)
    #expect(regularizedGammaQ(shape, 0) == 1)
    #expect(regularizedGammaP(shape, .infinity) == 1)
    #expect(regularizedGammaQ(shape, .infinity) == 0)
  }
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func chiSquaredOfOneDegreeIsTheSquareOfANormal(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  for _ in 0..<50 {
    let z = 37 * generator.nextUniform()
    // The square of z is rounded, which the tail magnifies by z²/2 ulps.
    #expect(
      isClose(
        chiSquaredSurvival(z * z, degreesOfFreedom: 1), 2 * normalCDF(-z), relative: 2e-13))
  }
}

@Test func chiSquaredOfTwoDegreesIsExponential() {
  for x in [0.1, 1, 10, 100, 1000] {
    #expect(isClose(chiSquaredSurvival(x, degreesOfFreedom: 2), exp(-x / 2), relative: 1e-14))
  }
}
