import Evaluation
import SpecialFunctions
import Testing

@Suite struct FoldsTests {
  private func message(_ folds: () throws(FoldError) -> Folds) -> String? {
    do throws(FoldError) {
      _ = try folds()
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func stratifiedFoldsDifferByOneRowOfEitherOutcome(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let outcomes = (0..<157).map { _ in generator.nextUniform() < 0.2 ? 1.0 : 0 }
    let folds = try Folds.stratified(outcomes: outcomes, count: 5, seed: seed)
    let sizes = (0..<5).map { folds.split($0).test.count }
    let positives = (0..<5).map { fold in folds.split(fold).test.count { outcomes[$0] == 1 } }
    for counts in [sizes, positives] {
      #expect(try #require(counts.max()) - #require(counts.min()) <= 1)
    }
    #expect(sizes.reduce(0, +) == 157)
  }

  @Test func aRowIsHeldOutOnceAndTrainsInEveryOtherFold() throws {
    let outcomes = (0..<50).map { Double($0 % 2) }
    let folds = try Folds.stratified(outcomes: outcomes, count: 4, seed: 3)
    for row in 0..<50 {
      let test = try #require(folds.testFold(of: row))
      for fold in 0..<4 { #expect(folds.trains(row: row, in: fold) == (fold != test)) }
    }
    for fold in 0..<4 {
      let split = folds.split(fold)
      #expect(Set(split.train).isDisjoint(with: split.test))
      #expect(split.train.count + split.test.count == 50)
    }
  }

  @Test func theSeedDecides() throws {
    let outcomes = (0..<60).map { Double($0 % 3 / 2) }
    let first = try Folds.stratified(outcomes: outcomes, count: 3, seed: 1)
    #expect(try Folds.stratified(outcomes: outcomes, count: 3, seed: 1) == first)
    #expect(try Folds.stratified(outcomes: outcomes, count: 3, seed: 2) != first)
    // Written down once: another release, machine or number of threads must give the same.
    #expect((0..<12).map { first.testFold(of: $0) } == [2, 2, 1, 1, 0, 1, 1, 1, 2, 2, 0, 2])
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aGroupIsNeverOnBothSides(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let codes = (0..<300).map { _ in UInt32(generator.nextIndex(below: 40)) }
    let folds = try Folds.grouped(by: codes, count: 5)
    var sizes = [0, 0, 0, 0, 0]
    for fold in 0..<5 {
      let split = folds.split(fold)
      #expect(
        Set(split.train.map { codes[$0] }).isDisjoint(with: split.test.map { codes[$0] }))
      sizes[fold] = split.test.count
    }
    // The largest group bounds what greedy filling can leave uneven.
    let largest = Dictionary(grouping: codes) { $0 }.values.map(\.count).max()
    #expect(try #require(sizes.max()) - #require(sizes.min()) <= #require(largest))
  }

  @Test(arguments: [0.0, 3600, 2_592_000])
  func rollingFoldsTrainOnThePastLessTheEmbargo(embargo: Double) throws {
    var generator = SplitMix64(seed: 9)
    let times = (0..<400).map { _ in (generator.nextUniform() * 365).rounded() * 86_400 }
    let folds = try Folds.rolling(times: times, count: 4, embargoSeconds: embargo)
    var heldOut = 0
    for fold in 0..<4 {
      let split = folds.split(fold)
      let (firstTest, lastTest) = (
        try #require(split.test.map { times[$0] }.min()),
        try #require(split.test.map { times[$0] }.max())
      )
      #expect(split.train.allSatisfy { times[$0] < firstTest - embargo })
      // Every row that is old enough trains.
      #expect(split.train.count == times.count { $0 < firstTest - embargo })
      #expect(split.test.count == times.count { $0 >= firstTest && $0 <= lastTest })
      heldOut += split.test.count
    }
    #expect(heldOut == (0..<400).count { folds.testFold(of: $0) != nil })
    #expect(heldOut < 400)
  }

  @Test(arguments: [0.0, 864_000])
  func rollingGroupsTrainOnceTheirLastRowIsPast(embargo: Double) throws {
    var generator = SplitMix64(seed: 10)
    let times = (0..<400).map { _ in (generator.nextUniform() * 365).rounded() * 86_400 }
    let groups = (0..<400).map { UInt32($0 / 3) }
    let folds = try Folds.rolling(
      times: times, groups: groups, count: 4, embargoSeconds: embargo)
    let alone = try Folds.rolling(times: times, count: 4, embargoSeconds: embargo)
    for fold in 0..<4 {
      let split = folds.split(fold)
      #expect(split.test == alone.split(fold).test)
      #expect(Set(split.train.map { groups[$0] }).isDisjoint(with: split.test.map { groups[$0] }))
      let firstTest = try #require(split.test.map { times[$0] }.min())
      let ended = (0..<400).filter { row in
        (0..<400).allSatisfy { groups[$0] != groups[row] || times[$0] < firstTest - embargo }
      }
      #expect(split.train == ended && !ended.isEmpty)
    }
  }

  @Test func whatCannotBePartedSaysWhy() {
    #expect(
      message { () throws(FoldError) in
        try .rolling(times: [1, 2, 3, 4, 5, 6], groups: [0, 1, 0, 1, 0, 1], count: 2)
      }
        == "no group ends early enough to train fold 0, counted from 0; give a shorter embargo, "
        + "fewer folds or a finer group, or leave the group or the time out")
    #expect(
      message { () throws(FoldError) in try .stratified(outcomes: [], count: 5, seed: 0) }
        == "there are no rows to part into folds; check the file or the filter that chose them")
    #expect(
      message { () throws(FoldError) in try .stratified(outcomes: [0, 1], count: 1, seed: 0) }
        == "1 folds are asked for; give a number from 2 to 100")
    #expect(
      message { () throws(FoldError) in try .stratified(outcomes: [0, 2], count: 2, seed: 0) }
        == "row 1, counted from 0, has an outcome other than 0 and 1; code the outcome as 0 or 1, "
        + "or drop the row")
    #expect(
      message { () throws(FoldError) in
        try .stratified(outcomes: [0, 0, 0, 0, 0, 1, 1, 1], count: 5, seed: 0)
      } == "3 rows have outcome 1, fewer than the 5 folds; give 3 folds or more rows")
    #expect(
      message { () throws(FoldError) in try .grouped(by: [1, 1, 2, 2], count: 3) }
        == "2 groups cannot fill 3 folds; give fewer folds or group by a finer column")
    #expect(
      message { () throws(FoldError) in try .rolling(times: [1, .nan, 2], count: 2) }
        == "1 of 3 rows have no time; drop them or fill the time in")
    #expect(
      message { () throws(FoldError) in try .rolling(times: [1, 1, 1, 1, 2], count: 3) }
        == "the times do not part into 4 spans, as rows of one time stay together; give fewer "
        + "folds or finer times")
    #expect(
      message { () throws(FoldError) in
        try .rolling(times: [1, 2, 3, 4], count: 2, embargoSeconds: -1)
      } == "the embargo is not a number of seconds from 0 up; give the time until an outcome is "
        + "known")
    #expect(
      message { () throws(FoldError) in
        try .rolling(times: [1, 2, 3, 4, 5, 6], count: 2, embargoSeconds: 3)
      } == "no row is old enough to train fold 0, counted from 0; give a shorter embargo, fewer "
        + "folds or older rows")
  }
}
