import SpecialFunctions
import Testing

@testable import Experiments

/// Against rpact. It solves its own equations to 1e-10 in the level, which leaves 1e-7 to 1e-6 in Z.
struct GroupSequentialReferenceTests {
  private let fixture: GroupSequentialFixture

  init() throws { fixture = try GroupSequentialFixture.load() }

  @Test func boundariesAreRpacts() throws {
    #expect(fixture.designs.count == 15)
    for design in fixture.designs {
      let test = try design.test()
      for (boundary, efficacy) in zip(test.boundaries, design.efficacy) {
        let ours = try #require(boundary.efficacy)
        // Where rpact has given up on a far-out boundary it says infinity; ours has the digits.
        if let efficacy { #expect(isClose(ours, efficacy, absolute: 1e-6), "\(design)") }
      }
      for (boundary, spent) in zip(test.boundaries, design.alphaSpent) {
        #expect(isClose(boundary.alphaSpent, spent, absolute: 1e-9))
      }
      for (boundary, futility) in zip(test.boundaries, design.futility ?? []) {
        let ours = try #require(boundary.futility)
        if let futility { #expect(isClose(ours, futility, absolute: 1e-6), "\(design)") }
      }
    }
  }

  @Test func sampleSizesAreRpacts() throws {
    for design in fixture.designs {
      let test = try design.test()
      #expect(isClose(test.drift * test.drift, design.shift, relative: 1e-6), "\(design)")
      #expect(isClose(test.inflation, design.inflation, relative: 1e-6), "\(design)")
      let null = test.stops(atEffect: 0).expectedFraction
      #expect(isClose(null, design.expectedFractionNull, relative: 1e-6), "\(design)")
      let testned = test.stops(atEffect: 1).expectedFraction
      #expect(isClose(planned, design.expectedFractionPlanned, relative: 1e-6), "\(design)")
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
