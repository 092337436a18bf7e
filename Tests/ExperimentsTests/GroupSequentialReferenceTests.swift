import SpecialFunctions
import Testing

@testable import Experiments

/// Against a plain quadrature to 1e-8, and against rpact.
///
/// rpact integrates more coarsely: its boundaries spend the levels to about 2e-6 and those of its one-sided
/// and two-sided designs, which are the same, differ by 2e-5. The quadrature settles which digits are right.
struct GroupSequentialReferenceTests {
  private let fixture: GroupSequentialFixture
  private let exact: [GroupSequentialFixture.Exact]

  init() throws {
    fixture = try GroupSequentialFixture.load()
    exact = try GroupSequentialFixture.exact()
  }

  @Test func boundariesAreThoseOfAPlainQuadrature() throws {
    #expect(fixture.designs.count == 14)
    #expect(exact.count == 14)
    for (design, expected) in zip(fixture.designs, exact) {
      let test = try design.test()
      for (boundary, efficacy) in zip(test.boundaries, expected.efficacy) {
        #expect(isClose(try #require(boundary.efficacy), efficacy, absolute: 1e-8))
      }
      for (boundary, futility) in zip(test.boundaries, expected.futility) {
        #expect(isClose(try #require(boundary.futility), futility, absolute: 1e-8))
      }
      #expect(isClose(test.drift * test.drift, expected.shift, relative: 1e-8))
    }
  }

  @Test func boundariesAreRpacts() throws {
    for design in fixture.designs {
      let test = try design.test()
      for (boundary, efficacy) in zip(test.boundaries, design.efficacy) {
        let ours = try #require(boundary.efficacy)
        // Where rpact has given up on a far-out boundary it says infinity; ours has the digits.
        if let efficacy { #expect(isSameStop(ours, efficacy)) }
      }
      for (boundary, spent) in zip(test.boundaries, design.alphaSpent) {
        let ours = boundary.alphaSpent
        #expect(isClose(ours, spent, absolute: 1e-7))
      }
      for (boundary, futility) in zip(test.boundaries, design.futility ?? []) {
        let ours = try #require(boundary.futility)
        if let futility { #expect(isClose(ours, futility, absolute: 1e-4)) }
      }
    }
  }

  /// Within 1e-6, or stopping with a chance that differs by less than 2e-6.
  private func isSameStop(_ left: Double, _ right: Double) -> Bool {
    isClose(left, right, absolute: 1e-6) || abs(normalCDF(-left) - normalCDF(-right)) < 2e-6
  }

  @Test func sampleSizesAreRpacts() throws {
    for design in fixture.designs {
      let test = try design.test()
      // The root for futility is found to 1e-5 there.
      let tolerance = design.futility == nil ? 1e-6 : 2e-5
      #expect(isClose(test.drift * test.drift, design.shift, relative: tolerance))
      #expect(isClose(test.inflation, design.inflation, relative: tolerance))
      let null = test.stops(atEffect: 0).expectedFraction
      #expect(isClose(null, design.expectedFractionNull, relative: tolerance))
      let planned = test.stops(atEffect: 1).expectedFraction
      #expect(isClose(planned, design.expectedFractionPlanned, relative: tolerance))
    }
  }

  @Test func analysesAtTheStopAreRpacts() throws {
    #expect(fixture.analyses.count == 3)
    for analysis in fixture.analyses {
      let settings = try GroupSequentialPlan(
        spending: .init(analysis.spending, nil), isOneSided: true)
      let test = try GroupSequentialDesign(alpha: 2 * analysis.alpha, plan: settings)
        .test(fractions: analysis.fractions)
      let looks = try zip(analysis.estimates, analysis.standardErrors).map {
        try InformationLook(estimate: $0, standardError: $1)
      }
      let maximum = try #require(looks.last).information
      let reading = try test.reading(of: looks, maximumInformation: maximum, isFinal: false)
      let final = try #require(reading.final)
      #expect(final.look == analysis.finalLook)
      #expect(isClose(final.pValue, analysis.pValue, relative: 1e-6))
      #expect(isClose(final.medianUnbiasedEstimate, analysis.medianUnbiased, absolute: 1e-6))
      #expect(isClose(final.lower, analysis.lower, absolute: 1e-6))
      #expect(isClose(final.upper, analysis.upper, absolute: 1e-6))
      for (index, interval) in reading.repeatedIntervals.enumerated() {
        let interval = try #require(interval)
        if let lower = analysis.repeatedLower[index] {
          #expect(isClose(interval.lowerBound, lower, absolute: 1e-6))
        }
        if let upper = analysis.repeatedUpper[index] {
          #expect(isClose(interval.upperBound, upper, absolute: 1e-6))
        }
      }
    }
  }
}
