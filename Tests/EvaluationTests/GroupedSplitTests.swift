import Evaluation
import SpecialFunctions
import Testing

@Suite struct GroupedSplitTests {
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func groupsAreOnOneSide(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let groups = (0..<500).map { _ in UInt32(generator.nextIndex(below: 60)) }
    let outcomes = (0..<500).map { _ in Double(generator.nextIndex(below: 2)) }
    let split = try SplitRule.fraction(0.2, seed: seed).split(outcomes: outcomes, groups: groups)
    let sides = [split.train, split.test].map { rows in Set(rows.map { groups[$0] }) }
    #expect(sides[0].isDisjoint(with: sides[1]))
    #expect(split.train.count + split.test.count == 500)
    // Groups have about 8 rows; what is left of the share has room for none of them.
    #expect(split.test.count <= 100 && split.test.count > 90)
    let again = try SplitRule.fraction(0.2, seed: seed).split(outcomes: outcomes, groups: groups)
    #expect(again == split)
  }

  @Test func aShareTooSmallForAnyGroupSaysSo() {
    let rows = (0..<40).map { Double($0 % 2) }
    #expect(throws: SplitError.sideEmpty(.test, rule: .fraction(0.1, seed: 1))) {
      try SplitRule.fraction(0.1, seed: 1).split(
        outcomes: rows, groups: rows.indices.map { UInt32($0 / 20) })
    }
  }
}
