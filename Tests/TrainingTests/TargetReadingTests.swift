import Scoring
import Tables
import TestSupport
import Testing

@testable import Training

@Suite struct TargetReadingTests {
  private func read(_ values: [String?], positive: String? = nil) throws -> TargetReading {
    try TargetReading(
      words("y", values), rows: Array(values.indices), positive: positive)
  }

  private func outcomes(_ values: [String?], positive: String? = nil) throws -> [Double?] {
    try read(values, positive: positive).outcomes.map { $0.isNaN ? nil : $0 }
  }

  @Test(arguments: [
    ["yes", "no"], ["Y", "n"], ["да", "нет"], ["Да", "НЕТ"], ["TRUE", "False"], ["t", "f"],
    ["1", "0"], ["on", "off"], ["истина", "ложь"],
  ])
  func yesAndNoAreKnownInTheirSpellings(pair: [String]) throws {
    #expect(try outcomes([pair[1], pair[0], nil, pair[0]]) == [0, 1, nil, 1])
    let target = try read([pair[1], pair[0]]).target
    #expect(target == Target(column: "y", positive: [pair[0]], negative: [pair[1]]))
  }

  @Test func spellingsMayBeMixed() throws {
    #expect(try outcomes(["Yes", "yes", "0", "FALSE", "1", "нет"]) == [1, 1, 0, 0, 1, 0])
    let target = try read(["Yes", "yes", "0", "FALSE", "1", "нет"]).target
    #expect(target.positive == ["1", "Yes", "yes"])
    #expect(target.negative == ["0", "FALSE", "нет"])
  }

  @Test func otherWordsNeedToBeToldApart() throws {
    #expect(
      fault { _ = try read(["won", "lost"]) }
        == "target 'y' has the values 'lost', 'won'; name the one to predict by --positive")
    #expect(try outcomes(["won", "lost", nil], positive: "won") == [1, 0, nil])
    #expect(try outcomes(["won", "lost", nil], positive: "lost") == [0, 1, nil])
    #expect(
      fault { _ = try read(["won", "lost"], positive: "Won") }
        == "target 'y' has no value 'Won'; it has 'lost', 'won'")
  }

  @Test func noMayBeTheWordToPredict() throws {
    let reading = try read(["Yes", "No", "No"], positive: "No")
    #expect(reading.outcomes == [0, 1, 1])
    #expect(reading.target.outcome(of: "No") == 1)
    #expect(reading.target.outcome(of: "нет") == 1)
    #expect(reading.target.outcome(of: "TRUE") == 0)
    #expect(reading.target.outcome(of: "perhaps") == nil)
  }

  @Test(arguments: [nil, "a"])
  func moreThanTwoValuesAreRefused(positive: String?) {
    #expect(
      fault { _ = try read(["a", "b", "c", "d", nil], positive: positive) }
        == "target 'y' has 4 values ('a', 'b', 'c', 'd'); give a column with two, such as yes and no, "
        + "or --kind multinomial to predict which of them"
    )
    #expect(
      fault { _ = try read(["a", "b", "c", "d", "e", "f"], positive: positive) }
        == "target 'y' has 6 values; give a column with two, such as yes and no, "
        + "or --kind multinomial to predict which of them")
    #expect(
      fault { _ = try read(["yes", "no", "maybe"]) }
        == "target 'y' has 3 values ('maybe', 'no', 'yes'); "
        + "give a column with two, such as yes and no, or --kind multinomial to predict which of them"
    )
  }

  @Test(arguments: ["yes", "no", "won"])
  func constantTargetIsRefused(value: String) {
    let expected =
      "target 'y' is '\(value)' in every row; a model needs rows of both outcomes"
    #expect(fault { _ = try read([value, value, nil]) } == expected)
    #expect(fault { _ = try read([value, value], positive: value) } == expected)
  }

  @Test func twoSpellingsOfYesAreConstant() {
    #expect(
      fault { _ = try read(["Yes", "1"]) }
        == "target 'y' is 'Yes' in every row; a model needs rows of both outcomes")
  }

  @Test func emptyTargetIsRefused() {
    for values in [[], [nil, nil]] as [[String?]] {
      #expect(
        fault { _ = try read(values) }
          == "target 'y' has no value in any row; name another by --target")
    }
  }

  @Test func valuesThatDifferOnlyInTheirUnicodeFormAreNoTrap() throws {
    // One is й as a letter, the other и with a breve: equal as strings, different in the file.
    let pair = ["свой", "свои\u{306}"]
    #expect(
      fault { _ = try read(pair + ["чужой"], positive: "чужой") }?.contains("has 3 values") == true)
    #expect(
      fault { _ = try read(pair, positive: pair[0]) }
        == "target 'y' is 'свой' in every row; a model needs rows of both outcomes")
  }

  @Test func columnThatIsNotWordsSaysHowToReadIt() {
    #expect(
      fault { _ = try TargetReading(numbers("y", [1, 0]), rows: [0, 1], positive: nil) }
        == "target 'y' was read as number; read the table with the types of the trainer's schema")
  }

  @Test(arguments: ["yes", "No", "ДА", "t"])
  func otherWordsDoNotMeanYesOrNoForATargetOfOtherWords(word: String) throws {
    let target = try read(["won", "lost"], positive: "won").target
    #expect(target.outcome(of: "won") == 1)
    #expect(target.outcome(of: "lost") == 0)
    #expect(target.outcome(of: word) == nil)
  }
}
