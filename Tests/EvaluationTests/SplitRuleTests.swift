import Evaluation
import SpecialFunctions
import Testing

private let oneInFour = (0..<40).map { $0 % 4 == 0 ? 1.0 : 0.0 }

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func everyRowIsOnOneSide(seed: UInt64) throws {
  for rule in [SplitRule.fraction(0.3, seed: seed), .every(5)] {
    let split = try rule.split(outcomes: oneInFour)
    #expect((split.train + split.test).sorted() == Array(0..<40))
    #expect(split.train == split.train.sorted())
    #expect(split.test == split.test.sorted())
  }
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func aFractionIsTakenOfEitherClass(seed: UInt64) throws {
  let split = try SplitRule.fraction(0.25, seed: seed).split(outcomes: oneInFour)
  // 10 positives give 2.5, rounded up to 3; 30 negatives give 7.5, rounded up to 8.
  #expect(split.test.count { oneInFour[$0] == 1 } == 3)
  #expect(split.test.count { oneInFour[$0] == 0 } == 8)
}

@Test func aSeedFixesTheSplitForGood() throws {
  let outcomes = (0..<12).map { $0 % 3 == 0 ? 1.0 : 0.0 }
  let split = try SplitRule.fraction(0.25, seed: 7).split(outcomes: outcomes)
  #expect(split.test == [6, 10, 11])  // the same algorithm, written in Python
  #expect(try SplitRule.fraction(0.25, seed: 7).split(outcomes: outcomes) == split)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func everyRowOfAClassIsAsLikelyToBeATestRow(seed: UInt64) throws {
  var generator = SplitMix64(seed: seed)
  var counts = [Int](repeating: 0, count: 10)
  let outcomes = (0..<10).map { $0 < 4 ? 1.0 : 0.0 }
  for _ in 0..<500 {
    let rule = SplitRule.fraction(0.5, seed: generator.next())
    for row in try rule.split(outcomes: outcomes).test { counts[row] += 1 }
  }
  // 250 each, standard deviation 11.2; beyond 5 of them once in 10⁶ by chance.
  #expect(counts.allSatisfy { abs($0 - 250) <= 56 }, "\(counts)")
}

@Test func everyFifthRowIsTheLastOfItsFive() throws {
  let outcomes = (0..<20).map { $0 % 3 == 0 ? 1.0 : 0.0 }
  let split = try SplitRule.every(5).split(outcomes: outcomes)
  #expect(split.test == [4, 9, 14, 19])
}

@Test func aCutTestsWhatHappenedAtItOrLater() throws {
  let split = try SplitRule.after(secondsSince1970: 30)
    .split(outcomes: [0, 1, 1, 0, 1], times: [10, 20, 30, 40, 29.9])
  #expect(split.test == [2, 3])
  #expect(split.train == [0, 1, 4])
}

private func message(
  _ rule: SplitRule, _ outcomes: [Double], times: [Double]? = nil
) -> String {
  do throws(SplitError) {
    _ = try rule.split(outcomes: outcomes, times: times)
    return "no error"
  } catch {
    return error.description
  }
}

@Test func rowsThatCannotBeSplitAreNamed() {
  let rule = SplitRule.fraction(0.5, seed: 1)
  #expect(message(rule, []) == "there are no rows to split; give rows of both outcomes")
  #expect(
    message(rule, [0, 1, .nan])
      == "row 2, counted from 0, has an outcome other than 0 and 1;"
      + " code the outcome as 0 or 1, or drop the row")
  #expect(
    message(rule, [1, 1, 1])
      == "all 3 rows to split have outcome 1; give rows of both outcomes")
  #expect(
    message(rule, [0, 0]) == "all 2 rows to split have outcome 0; give rows of both outcomes")
}

@Test func settingsOutOfRangeSayWhatToGive() {
  for fraction in [0, 1, -0.1, .nan] {
    #expect(
      message(.fraction(fraction, seed: 1), [0, 1])
        == "the test fraction is not between 0 and 1, exclusive;"
        + " give the share of rows to test, as 0.2")
  }
  #expect(
    message(.every(1), [0, 1]) == "one test row in 1 is not a split; give 2 or more")
  #expect(
    message(.after(secondsSince1970: .nan), [0, 1], times: [1, 2])
      == "the time of the cut is not a finite number; give seconds since 1970")
}

@Test func timesThatAreNotThereAreCounted() {
  let rule = SplitRule.after(secondsSince1970: 5)
  #expect(
    message(rule, [0, 1])
      == "a split by time needs the time of every row; name the column that holds it")
  #expect(
    message(rule, [0, 1], times: [1])
      == "counts differ: outcomes 2, times 1; give one of each a row")
  #expect(
    message(rule, [0, 1, 0, 1], times: [1, .nan, 9, .nan])
      == "2 of 4 rows have no time; drop them or fill the time in")
}

@Test func aSideThatLacksAnOutcomeSaysWhichAndTheRemedy() {
  #expect(
    message(.fraction(0.1, seed: 1), [0, 0, 0, 0, 0, 0, 1, 1])
      == "no test row has outcome 1; give a test fraction above 0.1, or more rows")
  #expect(
    message(.fraction(0.9, seed: 1), [0, 0, 0, 0] + [Double](repeating: 1, count: 10))
      == "no train row has outcome 0; give a test fraction below 0.9, or more rows")
  #expect(
    message(.every(3), [0, 0, 1, 0, 0, 1])
      == "no train row has outcome 1; test fewer rows than one in 3, give more rows,"
      + " or split by a fraction, which is stratified")
  #expect(
    message(.every(9), [0, 0, 1])
      == "no row is left to test; test more rows than one in 9, give more rows,"
      + " or split by a fraction, which is stratified")
  #expect(
    message(.after(secondsSince1970: 1_819_756_800), [0, 1, 1], times: [1, 2, 3])
      == "no row is left to test; move the cut earlier than 2027-09-01")
  #expect(
    message(.after(secondsSince1970: 2), [0, 1, 0], times: [1, 2, 3])
      == "no train row has outcome 1; move the cut later than 1970-01-01")
}
