import Glibc
import SpecialFunctions
import Testing

@testable import Experiments

struct GroupSequentialEngineTests {
  private func engine(
    _ plan: GroupSequentialPlan, direction: Double = 1
  ) -> GroupSequentialEngine {
    GroupSequentialEngine(
      plan: plan, alpha: 0.05, fixedUnits: 20_000, isRatio: false, direction: direction)
  }

  private func tally(_ units: Int, _ share: Double) -> MetricTally {
    MetricTally(units: units, conversions: Int((Double(units) * share).rounded()))
  }

  /// The p-value that the evidence stands for is under alpha where, and only where, the boundary is passed.
  @Test(arguments: [0.104, 0.108, 0.112, 0.116, 0.125])
  func evidenceCallsWhereTheBoundaryDoes(share: Double) throws {
    var engine = self.engine(try GroupSequentialPlan(plannedUnits: 20_000))
    for units in [2000, 5000, 8000] {
      let answer = engine.reading(
        after: [], control: tally(units, 0.1), treatment: tally(units, share))
      let reading = try #require(answer)
      let pValue = 2 * exp(-reading.logEvidenceAbove)
      // Where the interval excludes 0 the boundary is passed.
      #expect((reading.interval.lowerBound > 0) == (pValue < 0.05))
      #expect(reading.logEvidenceBelow == 0)
      #expect(reading.interval.contains(reading.difference))
    }
  }

  @Test func nothingIsReadAfterTheEnd() throws {
    var engine = self.engine(try GroupSequentialPlan(plannedUnits: 8000))
    _ = engine.reading(after: [], control: tally(2000, 0.1), treatment: tally(2000, 0.1))
    let end = engine.reading(after: [], control: tally(5000, 0.1), treatment: tally(5000, 0.11))
    let later = engine.reading(after: [], control: tally(9000, 0.1), treatment: tally(9000, 0.2))
    #expect(end != nil)
    #expect(end == later)
  }

  @Test func oneSidedTestsHaveNoEvidenceForTheWorse() throws {
    let plan = try GroupSequentialPlan(plannedUnits: 20_000, isOneSided: true)
    for direction in [1.0, -1] {
      var engine = self.engine(plan, direction: direction)
      let answer = engine.reading(
        after: [], control: tally(5000, 0.15), treatment: tally(5000, 0.1))
      let reading = try #require(answer)
      #expect(reading.logEvidenceAbove == 0)
      #expect((reading.logEvidenceBelow > 3) == (direction < 0))
    }
  }

  @Test func tooFewUnitsHaveNoAnswer() throws {
    var engine = self.engine(try GroupSequentialPlan())
    let answer = engine.reading(after: [], control: tally(100, 0.1), treatment: tally(100, 0.2))
    #expect(answer == nil)
  }
}
