import Foundation
import Testing

/// The column to predict, in all the forms that users have it, and the columns that give it away.
struct TargetTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private static let good = Customers()

  private static func words(_ yes: String, _ no: String) -> Customers {
    good.mapping("bought") { $0 == "1" ? yes : no }
  }

  private static let inputs: [BadInput] = [
    BadInput(
      "no such column", good.renaming("bought", "boughd").text,
      message: "bad.csv, line 1: no column 'bought'; is 'boughd' meant?"),
    BadInput(
      "nothing like it", good.renaming("bought", "x").text,
      message: "bad.csv, line 1: no column 'bought'; see the header for the names it has"),
    BadInput(
      "three values", good.setting("bought", row: 5, to: "maybe").text,
      message: "bad.csv: target 'bought' has 3 values ('0', '1', 'maybe'); "
        + "give a column with two, such as yes and no, or --kind multinomial to predict which of them"
    ),
    BadInput(
      "constant", good.mapping("bought") { _ in "0" }.text,
      message: "bad.csv: target 'bought' is '0' in every row; a model needs rows of both outcomes"),
    BadInput(
      "empty", good.mapping("bought") { _ in "" }.text,
      message: "bad.csv: target 'bought' has no value in any row; name another by --target"),
    BadInput(
      "two other words", words("stayed", "left").text,
      message: "bad.csv: target 'bought' has the values 'left', 'stayed'; "
        + "name the one to predict by --positive"),
    BadInput(
      "a positive that is no value", words("stayed", "left").text, options: ["--positive", "gone"],
      message: "bad.csv: target 'bought' has no value 'gone'; it has 'left', 'stayed'"),
    BadInput(
      "an id twice", good.setting("id", row: 11, to: good.rows[5][0]).text,
      message:
        "bad.csv: identifier 'id': 1 rows repeat an earlier one (first: line 12 repeats line 7); "
        + "keep one row per customer, or train without --id"),
    BadInput(
      "ids missing", good.setting("id", row: 4, to: "").setting("id", row: 9, to: "").text,
      message: "bad.csv: identifier 'id': empty in 2 rows, first in line 5; "
        + "fill it in, or train without --id"),
    BadInput(
      "a leak", good.givingAwayTheTarget("colour").text,
      message: "bad.csv: column 'colour' alone ranks the outcome (area under ROC 1.000), "
        + "as what is known only afterwards does: "
        + "leave such a column out by --exclude, or keep it by --allow-leak"),
    BadInput(
      "no such column to leave out", good.text, options: ["--exclude", "coluor"],
      message: "bad.csv, line 1: no column 'coluor'; is 'colour' meant?"),
    BadInput(
      "a time that is no date", good.text,
      options: ["--test-after", "2025-06-01", "--time", "visits"],
      message: "bad.csv: --time column 'visits' was read as number, not as a date; "
        + "give its type and order in a --schema"),
  ]

  @Test(arguments: inputs) func whatCannotBeTrainedOnIsNamedWithItsRemedy(_ input: BadInput) throws
  {
    try place.write(input.data, to: "bad.csv")
    try place.expectRefusal(
      ["train", "m", "--data", "bad.csv", "--target", "bought", "--id", "id"] + input.options,
      exitCode: input.exitCode, message: input.message)
  }

  @Test(arguments: [
    ("yes", "no"), ("Yes", "No"), ("да", "нет"), ("Да", "Нет"), ("TRUE", "false"), ("1", "0"),
    ("y", "n"), ("истина", "ложь"),
  ])
  func wordsForYesAndNoAreUnderstood(yes: String, no: String) throws {
    let answer = try place.train(on: Self.words(yes, no))
    #expect(answer.exitCode == 0, "\(answer.error)")
    let target = try place.run("models", "show", "buyers", "--json").json().at("target")
    #expect(try target.array("positive").map { try $0.string() } == [yes])
    let positives = Self.good.rows.count { $0.last == "1" }
    let evaluation = try place.run("evaluate", "buyers", "--data", "customers.csv", "--json").json()
    #expect(try evaluation.number("evaluation.positiveCount") == Double(positives))
  }

  @Test func otherWordsNeedOneToPredict() throws {
    let stayed = try place.train(on: Self.words("stayed", "left"), "--positive", "stayed")
    #expect(stayed.exitCode == 0)
    let left = try place.train("leavers", on: Self.words("stayed", "left"), "--positive", "left")
    #expect(left.exitCode == 0)
    let shares = try ["buyers", "leavers"].map { name in
      let evaluation = try place.run("evaluate", name, "--data", "customers.csv", "--json").json()
      return try evaluation.number("evaluation.positiveCount")
    }
    #expect(shares.reduce(0, +) == 300)
  }

  @Test func aLeakIsKeptWhereItIsAllowed() throws {
    let leaking = Self.good.givingAwayTheTarget("colour")
    let answer = try place.train(on: leaking, "--allow-leak", "colour", "--json")
    #expect(answer.exitCode == 0)
    #expect(try answer.json().number("evaluation.areaUnderROC.estimate") == 1)
    let without = try place.train("other", on: leaking, "--exclude", "colour", "--json")
    #expect(try without.json().number("evaluation.areaUnderROC.estimate") < 0.98)
  }

  @Test func aColumnOfManyValuesIsNotQuoted() throws {
    try place.write(Self.good.text, to: "bad.csv")
    try place.expectRefusal(
      ["train", "m", "--data", "bad.csv", "--target", "id"], exitCode: 65,
      message: "bad.csv: target 'id' has 300 values; give a column with two, such as yes and no, "
        + "or --kind multinomial to predict which of them")
    try place.expectRefusal(
      ["train", "m", "--data", "bad.csv", "--target", "id", "--positive", "1"], exitCode: 65,
      message: "bad.csv: target 'id' has no value '1'; see the column for the values it has")
  }

  @Test func anOutcomeTheModelDoesNotKnowIsNamedByItsRow() throws {
    try place.train()
    try place.write(
      Self.good.setting("bought", row: 7, to: Customers.secret).text, to: "later.csv")
    try place.expectRefusal(
      ["evaluate", "buyers", "--data", "later.csv"], exitCode: 65,
      message: "later.csv, line 8: target 'bought' is none of the values the model was trained on "
        + "('1', '0'); correct the row, or train on the new values")
  }

  @Test func laterRowsOfOneOutcomeCannotJudge() throws {
    try place.train()
    try place.write(Self.good.mapping("bought") { _ in "1" }.text, to: "later.csv")
    try place.expectRefusal(
      ["evaluate", "buyers", "--data", "later.csv"], exitCode: 65,
      message: "later.csv: all 300 rows to evaluate have outcome 1, so ranking cannot be judged; "
        + "evaluate rows that hold both outcomes")
    try place.write(Self.good.dropping("bought").text, to: "later.csv")
    try place.expectRefusal(
      ["evaluate", "buyers", "--data", "later.csv"], exitCode: 65,
      message: "later.csv, line 1: no column 'bought'; see the header for the names it has")
  }
}

extension Customers {
  /// The same customers with a column that says what the target says.
  func givingAwayTheTarget(_ name: String) -> Customers {
    var customers = self
    for row in rows.indices {
      customers.rows[row][column(name)] = rows[row].last == "1" ? "paid" : "open"
    }
    return customers
  }
}
