import SpecialFunctions
import Testing

@testable import Experiments

struct AllocationTests {
  @Test(arguments: [1 as UInt64, 2])
  func thompsonSamplingDealsByHowLikelyEachIsBest(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let allocation = try ThompsonAllocation(floor: 0.05)
    let even = try allocation.probabilities(
      [MetricTally(units: 100, conversions: 10), MetricTally(units: 100, conversions: 10)],
      using: &generator)
    // Three standard errors of 10,000 draws.
    #expect(isClose(even[0], 0.5, absolute: 0.015))
    let clear = try allocation.probabilities(
      [MetricTally(units: 5000, conversions: 250), MetricTally(units: 5000, conversions: 400)],
      using: &generator)
    #expect(isClose(clear[0], 0.05, absolute: 1e-12))
    #expect(isClose(clear[1], 0.95, absolute: 1e-12))
    let least = try allocation.probabilities(
      [MetricTally(units: 5000, conversions: 250), MetricTally(units: 5000, conversions: 400)],
      isIncreaseBetter: false, using: &generator)
    #expect(isClose(least[0], 0.95, absolute: 1e-12))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func probabilitiesKeepTheFloorAndSumToOne(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let tallies = (0..<5).map { _ in
      let units = generator.nextIndex(below: 300)
      return MetricTally(units: units, conversions: generator.nextIndex(below: units + 1))
    }
    let probabilities = try ThompsonAllocation(floor: 0.1).probabilities(
      tallies, drawCount: 200, using: &generator)
    #expect(isClose(probabilities.reduce(0, +), 1, absolute: 1e-12))
    #expect(probabilities.allSatisfy { $0 >= 0.1 })
  }

  @Test func floorsThatLeaveNoRoomAreRefused() throws {
    var generator = SplitMix64(seed: 1)
    #expect(throws: DesignError.self) { try ThompsonAllocation(floor: 0) }
    let allocation = try ThompsonAllocation(floor: 0.4)
    #expect(throws: DesignError.self) {
      try allocation.probabilities(
        [MetricTally](repeating: MetricTally(units: 1, conversions: 0), count: 3),
        using: &generator)
    }
  }

  @Test func unitsFollowTheProbabilitiesByTheirPlace() {
    let probabilities = [0.2, 0.5, 0.3]
    #expect(ThompsonAllocation.variant(at: 0, probabilities: probabilities) == 0)
    #expect(ThompsonAllocation.variant(at: 0.2, probabilities: probabilities) == 1)
    #expect(ThompsonAllocation.variant(at: 0.69, probabilities: probabilities) == 1)
    #expect(ThompsonAllocation.variant(at: 0.9999, probabilities: probabilities) == 2)
  }

  /// Inference stays exact under a bandit whose probabilities are logged: A/A, looked at after every batch.
  @Test(arguments: [21 as UInt64])
  func aBanditMakesNoFalseCalls(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let allocation = try ThompsonAllocation(floor: 0.1)
    var calls = 0
    let runs = 60
    for _ in 0..<runs {
      var sequence = BettingSequence(minimumEffect: .absolute(0.05), baseline: 0.2)
      var counts = [(units: 0, conversions: 0), (units: 0, conversions: 0)]
      for _ in 0..<20 {
        let share = try allocation.probabilities(
          counts.map { MetricTally(units: $0.units, conversions: $0.conversions) }, drawCount: 50,
          using: &generator)[1]
        var batch: [PairOutcome] = []
        for _ in 0..<100 {
          let isTreatment = generator.nextUniform() < share
          let isConversion = generator.nextUniform() < 0.2
          counts[isTreatment ? 1 : 0].units += 1
          counts[isTreatment ? 1 : 0].conversions += isConversion ? 1 : 0
          batch.append(
            PairOutcome(
              probability: share, isTreatment: isTreatment, outcome: isConversion ? 1 : 0, count: 1)
          )
        }
        sequence.add(batch)
        // log(2 / 0.05)
        if max(sequence.logWealthAbove(0), sequence.logWealthBelow(0)) >= 3.6888794541139363 {
          calls += 1
          break
        }
      }
    }
    // Three standard errors of 60 runs.
    #expect(Double(calls) / Double(runs) <= 0.05 + 3 * (0.05 * 0.95 / Double(runs)).squareRoot())
  }

  /// A context-free policy judged from the log of another, many times: the interval covers what it promises.
  @Test(arguments: [31 as UInt64])
  func intervalsOfPolicyValuesCover(seed: UInt64) throws {
    let rates = [0.02, 0.06, 0.10, 0.04]
    let logging = [0.4, 0.3, 0.2, 0.1]
    let target = [0.05, 0.15, 0.7, 0.1]
    let truth = zip(rates, target).reduce(0) { $0 + $1.0 * $1.1 }
    var generator = SplitMix64(seed: seed)
    let runs = 60
    var covered = 0
    var means = Moments()
    for _ in 0..<runs {
      let decisions = try (0..<400).map { _ in
        let action = ThompsonAllocation.variant(
          at: generator.nextUniform(), probabilities: logging)
        return try LoggedDecision(
          reward: generator.nextUniform() < rates[action] ? 1 : 0,
          loggingProbability: logging[action], targetProbability: target[action])
      }
      let value = try PolicyValue(decisions)
      #expect(value.interval.contains(value.value))
      covered += value.interval.contains(truth) ? 1 : 0
      means.add(value.value)
    }
    // Exact intervals cover at least 95 %, but for three standard errors of 60 runs.
    #expect(Double(covered) / Double(runs) >= 0.95 - 3 * (0.05 * 0.95 / Double(runs)).squareRoot())
    let error = try (#require(means.variance) / Double(runs)).squareRoot()
    #expect(isClose(try #require(means.mean), truth, absolute: 4 * error))
  }

  @Test func aPolicyJudgedByItsOwnLogIsItsMean() throws {
    let rewards = [0.0, 1, 0, 0.5, 1, 0]
    let decisions = try rewards.map {
      try LoggedDecision(reward: $0, loggingProbability: 0.25, targetProbability: 0.25)
    }
    let value = try PolicyValue(decisions)
    #expect(isClose(value.value, 2.5 / 6, relative: 1e-15))
    #expect(isClose(value.selfNormalizedValue, 2.5 / 6, relative: 1e-15))
    #expect(isClose(value.effectiveCount, 6, relative: 1e-12))
    #expect(value.interval.lowerBound >= 0 && value.interval.upperBound <= 1)
  }

  @Test func logsThatCannotBeJudgedAreRefused() throws {
    #expect(throws: DesignError.empty("the log of decisions")) { try PolicyValue([]) }
    #expect(throws: DesignError.self) {
      try LoggedDecision(reward: 2, loggingProbability: 0.5, targetProbability: 0.5)
    }
    #expect(throws: DesignError.self) {
      try LoggedDecision(reward: 1, loggingProbability: 0, targetProbability: 0.5)
    }
    #expect(throws: DesignError.self) {
      try LoggedDecision(reward: 1, loggingProbability: 0.1, targetProbability: .nan)
    }
    // A policy that never does what the log did cannot be judged by it.
    let other = try LoggedDecision(reward: 1, loggingProbability: 0.5, targetProbability: 0)
    #expect(throws: DesignError.self) { try PolicyValue([other]) }
  }
}
