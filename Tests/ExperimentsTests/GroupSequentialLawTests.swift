import SpecialFunctions
import Testing

@testable import Experiments

struct GroupSequentialLawTests {
  private func design(
    alpha: Double = 0.05, spending: GroupSequentialPlan.Spending = .obrienFleming,
    futility: GroupSequentialPlan.Futility = .none, looks: Int = 5, isOneSided: Bool = false
  ) throws -> GroupSequentialDesign {
    try GroupSequentialDesign(
      alpha: alpha,
      plan: GroupSequentialPlan(
        spending: spending, futility: futility, looks: looks, isOneSided: isOneSided))
  }

  @Test func publishedBoundariesAreMet() throws {
    let test = try design().test()
    let expected = [4.87688, 3.35701, 2.68028, 2.28982, 2.03103]
    // Published to five decimals.
    for (boundary, z) in zip(test.boundaries, expected) {
      #expect(isClose(try #require(boundary.efficacy), z, absolute: 6e-6))
    }
  }

  @Test func oneLookIsTheFixedTest() throws {
    let test = try design(looks: 1).test()
    #expect(isClose(try #require(test.boundaries[0].efficacy), 1.959963984540054, absolute: 1e-12))
    #expect(isClose(test.inflation, 1, absolute: 1e-5))
    #expect(test.boundaries[0].alphaSpent == 0.05)
  }

  /// What is spent is what stops without an effect, whatever the looks.
  @Test(arguments: [
    GroupSequentialPlan.Spending.obrienFleming, .pocock, .kimDeMets(power: 2),
    .hwangShihDeCani(gamma: -4), .hwangShihDeCani(gamma: 0), .hwangShihDeCani(gamma: 3),
  ])
  func theLevelIsSpentAndNoMore(spending: GroupSequentialPlan.Spending) throws {
    for fractions in [[0.1, 0.11, 0.5, 1], [0.9, 0.91, 0.911, 1], [0.02, 1]] {
      let test = try design(spending: spending).test(fractions: fractions)
      let stops = test.stops(atEffect: 0)
      var sum = 0.0
      for (index, boundary) in test.boundaries.enumerated() {
        sum += stops.upper[index] + stops.lower[index]
        #expect(isClose(sum, boundary.alphaSpent, absolute: 1e-12))
      }
      #expect(isClose(sum, 0.05, absolute: 1e-12))
      #expect(isClose(sum + stops.undecided, 1, absolute: 1e-11))
      #expect(isClose(test.stops(atEffect: 1).power, 0.8, absolute: 1e-9))
    }
  }

  @Test(arguments: [false, true])
  func futilitySpendsBetaAndMeetsEfficacyAtTheEnd(isBinding: Bool) throws {
    let futility: GroupSequentialPlan.Futility =
      isBinding ? .binding(.pocock) : .nonBinding(.pocock)
    let test = try design(futility: futility, looks: 8, isOneSided: true).test()
    #expect(test.boundaries.last?.futility == test.boundaries.last?.efficacy)
    let planned = test.stops(atEffect: 1)
    #expect(isClose(planned.power, 0.8, absolute: 1e-9))
    #expect(isClose(planned.lower.reduce(0, +), 0.2, absolute: 1e-9))
    let null = test.stops(atEffect: 0).power
    // Non-binding bounds keep their level even where futility is ignored, so less is spent where it is not.
    if isBinding { #expect(isClose(null, 0.025, absolute: 1e-9)) } else { #expect(null < 0.025) }
  }

  @Test func bindingFutilityLowersTheEfficacyBounds() throws {
    let binding = try design(futility: .binding(.pocock), isOneSided: true).test()
    let free = try design(futility: .nonBinding(.pocock), isOneSided: true).test()
    for (left, right) in zip(binding.boundaries, free.boundaries) {
      #expect(try #require(left.efficacy) <= #require(right.efficacy) + 1e-12)
    }
  }

  /// So little is spent that no `Double` could carry the level: there is no stop, not a rounded one.
  @Test func aLookThatCannotStopHasNoBoundary() throws {
    let test = try design().test(fractions: [0.001, 0.01, 0.5, 1])
    #expect(test.boundaries[0].efficacy == nil)
    #expect(test.boundaries[0].nominalLevel == 0)
    // 2 (1 − Φ(2.2414 / √0.01)) = 2e−111, which it can.
    #expect(isClose(try #require(test.boundaries[1].efficacy), 22.383, absolute: 0.005))
    #expect(isClose(test.stops(atEffect: 0).power, 0.025, absolute: 1e-12))
  }

  @Test func theMedianUnbiasedEstimateOfAnEarlyStopIsDrawnIn() throws {
    let test = try design().test()
    let early = try test.reading(
      of: [look(z: 1, fraction: 0.2), look(z: 5, fraction: 0.4)], maximumInformation: 100,
      isFinal: false)
    let final = try #require(early.final)
    #expect(early.outcome == .effectAbove)
    #expect(final.medianUnbiasedEstimate < 5 / (40.0).squareRoot())
    #expect(final.lower > 0)
    #expect(final.pValue < 1e-4)
  }

  private func look(z: Double, fraction: Double) throws -> InformationLook {
    let error = 1 / (100 * fraction).squareRoot()
    return try InformationLook(estimate: z * error, standardError: error)
  }

  @Test func mirroredResultsAreMirrored() throws {
    let test = try design().test()
    func reading(_ sign: Double) throws -> GroupSequentialReading {
      try test.reading(
        of: [look(z: sign * 1.5, fraction: 0.3), look(z: sign * 3.4, fraction: 0.55)],
        maximumInformation: 100, isFinal: false)
    }
    let above = try reading(1)
    let below = try reading(-1)
    #expect(above.outcome == .effectAbove)
    #expect(below.outcome == .effectBelow)
    let (up, down) = (try #require(above.final), try #require(below.final))
    #expect(isClose(up.pValue, down.pValue, relative: 1e-9))
    #expect(isClose(up.medianUnbiasedEstimate, -down.medianUnbiasedEstimate, relative: 1e-8))
    #expect(isClose(up.lower, -down.upper, relative: 1e-7))
  }

  @Test func theLastLookSpendsTheRestWheneverItComes() throws {
    let test = try design().test()
    for fraction in [0.7, 1, 1.3] {
      let reading = try test.reading(
        of: [look(z: 0, fraction: 0.4), look(z: 1, fraction: fraction)], maximumInformation: 100,
        isFinal: true)
      #expect(reading.outcome == .noEffectCalled)
      #expect(reading.boundaries.last?.alphaSpent == 0.05)
      #expect(try #require(reading.final).pValue > 0.05)
    }
    let running = try test.reading(
      of: [look(z: 1, fraction: 0.4)], maximumInformation: 100, isFinal: false)
    #expect(running.outcome == .running)
    #expect(running.final == nil)
  }

  @Test func aFutilityStopMayBeOverruledOnlyWhereItIsNotBinding() throws {
    for (futility, outcome) in [
      (
        GroupSequentialPlan.Futility.nonBinding(.pocock), GroupSequentialReading.Outcome.effectAbove
      ),
      (.binding(.pocock), .futility),
    ] {
      let test = try design(futility: futility, isOneSided: true).test()
      let stopped = try test.reading(
        of: [look(z: -1.5, fraction: 0.4)], maximumInformation: 100, isFinal: false)
      #expect(stopped.outcome == .futility)
      let ignored = try test.reading(
        of: [look(z: -1.5, fraction: 0.4), look(z: 4, fraction: 0.6)], maximumInformation: 100,
        isFinal: false)
      #expect(ignored.outcome == outcome)
    }
  }

  @Test func impossibleLooksAreRefused() throws {
    let design = try design()
    #expect(throws: DesignError.looksDoNotRise(look: 2, 0.5, after: 0.5)) {
      try design.test(fractions: [0.5, 0.5, 1])
    }
    #expect(throws: DesignError.looksDoNotRise(look: 2, 0.9, after: 0.5)) {
      try design.test(fractions: [0.5, 0.9])
    }
    #expect(throws: DesignError.twoSidedFutility) {
      try self.design(futility: .binding(.pocock))
    }
    let test = design.test()
    #expect(throws: DesignError.lookAfterTheEnd(look: 2, after: 1)) {
      try test.reading(
        of: [look(z: 0, fraction: 1), look(z: 0, fraction: 1.2)], maximumInformation: 100,
        isFinal: false)
    }
    #expect(throws: DesignError.self) {
      try InformationLook(estimate: 1, standardError: 0)
    }
    #expect(throws: DesignError.self) {
      try test.reading(
        of: [look(z: 0, fraction: 0.5), look(z: 0, fraction: 0.4)], maximumInformation: 100,
        isFinal: false)
    }
  }

  /// Simulated, so that recursion and decision are checked together: 4,000 runs.
  @Test(arguments: [7 as UInt64])
  func errorsAndPowerAreThosePromised(seed: UInt64) throws {
    let test = try design(futility: .nonBinding(.obrienFleming), looks: 6, isOneSided: true).test()
    for (multiple, expected) in [(0.0, test.stops(atEffect: 0).power), (1, 0.8)] {
      var generator = SplitMix64(seed: seed)
      var calls = 0
      for _ in 0..<4000 {
        var score = 0.0
        for boundary in test.boundaries {
          let step = (1.0 / 6).squareRoot()
          score += multiple * test.drift / 6 + step * generator.nextStandardNormal()
          let z = score / boundary.fraction.squareRoot()
          if z >= boundary.efficacy ?? .infinity {
            calls += 1
            break
          }
          if z <= boundary.futility ?? -.infinity { break }
        }
      }
      let share = Double(calls) / 4000
      // Four standard errors of the simulation.
      #expect(
        isClose(share, expected, absolute: 4 * (expected * (1 - expected) / 4000).squareRoot()))
    }
  }
}
