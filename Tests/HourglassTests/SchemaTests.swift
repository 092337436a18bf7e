import Foundation
import Testing

/// Column types as a user gives them in YAML.
struct SchemaTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private static let files: [BadInput] = [
    BadInput(
      "broken YAML", "columns: [1\n", exitCode: 78,
      message: "bad.yaml, line 2, column 1: did not find expected ',' or ']'"),
    BadInput("empty", "", exitCode: 78, message: "bad.yaml: it is empty"),
    BadInput(
      "binary", Data([0xFF, 0xFE, 0x00]), exitCode: 78, message: "bad.yaml: it is not UTF-8 text"),
    BadInput(
      "no mapping", "number\n", exitCode: 78,
      message: "bad.yaml, line 1, column 1: 'columns:' is missing at the top"),
    BadInput(
      "another key at the top", "colums:\n  age: {type: number}\n", exitCode: 78,
      message: "bad.yaml, line 1, column 1: unknown key 'colums'; the one at the top is 'columns'"),
    BadInput(
      "no columns", "columns:\n", exitCode: 78,
      message: "bad.yaml, line 1, column 9: 'columns' holds no columns"),
    BadInput(
      "an unknown type", "columns:\n  age: {type: nummer}\n", exitCode: 78,
      message: "bad.yaml, line 2, column 15: type is 'nummer'; "
        + "it can be number, boolean, date, category, identifier, text"),
    BadInput(
      "an unknown order", "columns:\n  joined: {type: date, order: iso}\n", exitCode: 78,
      message: "bad.yaml, line 2, column 31: order is 'iso'; "
        + "it can be year-first, day-first, month-first"),
    BadInput(
      "a misspelt key", "columns:\n  joined: {type: date, oder: day-first}\n", exitCode: 78,
      message: "bad.yaml, line 2, column 24: column 'joined': unknown key 'oder'; "
        + "keys are type, order, encode"),
    BadInput(
      "a type without a key", "columns:\n  age: number\n", exitCode: 78,
      message: "bad.yaml, line 2, column 8: column 'age' is not of the form {type: number}"),
    BadInput(
      "no type", "columns:\n  joined: {order: day-first}\n", exitCode: 78,
      message: "bad.yaml, line 2, column 11: column 'joined' has no type"),
    BadInput(
      "an order of what is no date", "columns:\n  age: {type: number, order: day-first}\n",
      exitCode: 78,
      message: "bad.yaml, line 2, column 8: column 'age' has an order, which only a date has"),
    BadInput(
      "an unknown column", "columns:\n  agee: {type: number}\n", exitCode: 78,
      message: "bad.yaml: the data have no column 'agee' (is 'age' meant?)"),
    BadInput(
      "a column twice", "columns:\n  age: {type: number}\n  age: {type: text}\n", exitCode: 78,
      message: "bad.yaml, line 2, column 3: given more than once: 'age'"),
  ]

  @Test(arguments: files) func aSchemaThatCannotBeUsedIsNamedByLineAndColumn(_ input: BadInput)
    throws
  {
    try place.write(Customers().text, to: "customers.csv")
    try place.write(input.data, to: "bad.yaml")
    try place.expectRefusal(
      ["train", "m", "--data", "customers.csv", "--target", "bought", "--schema", "bad.yaml"],
      exitCode: input.exitCode, message: input.message + "; see train --print-schema for the form")
  }

  @Test func aSchemaThatDoesNotFitTheFileIsBadData() throws {
    try place.write(Customers().text, to: "customers.csv")
    let train = [
      "train", "m", "--data", "customers.csv", "--target", "bought", "--schema", "s.yaml",
    ]
    try place.write("columns:\n  colour: {type: number}\n", to: "s.yaml")
    try place.expectRefusal(
      train, exitCode: 65,
      message: "customers.csv: column 'colour' has 292 cells that cannot be read as number, "
        + "first at line 2; correct it, or name another type for it in a schema")
    try place.expectRefusal(
      train.dropLast() + ["nowhere.yaml"], exitCode: 66,
      message: "nowhere.yaml: cannot be opened: no readable file of that name")
    try place.expectRefusal(
      train.dropLast() + ["."], exitCode: 66,
      message: ".: cannot be opened: it is a directory; name a file in it")
  }

  @Test func thePrintedSchemaGivesTheSameModel() throws {
    try place.train()
    let printed = try place.run(
      "train", "buyers", "--data", "customers.csv", "--target", "bought", "--id", "id",
      "--print-schema")
    #expect(printed.exitCode == 0)
    #expect(
      printed.output == """
        columns:
          "id": {type: identifier}
          "age": {type: number}
          "visits": {type: number}
          "colour": {type: category}
          "news": {type: boolean}
          "joined": {type: date, order: year-first, encode: days}
          "bought": {type: number}

        """)
    try place.write(printed.output, to: "schema.yaml")
    _ = try place.run(
      "train", "buyers", "--data", "customers.csv", "--target", "bought", "--id", "id", "--schema",
      "schema.yaml", "--l2", "0.001")
    let model = try place.text("models/buyers/1/model.json")
    let again = try place.text("models/buyers/2/model.json")
    // The command is part of the model, and the checksum of the command.
    let differing = zip(model.split(separator: "\n"), again.split(separator: "\n")).filter(!=)
    #expect(
      differing.allSatisfy { $0.0.contains("\"command\"") || $0.0.contains("\"sha256\"") })
    #expect(differing.count == 2)
  }

  @Test func aTypeGivenOverridesTheOneFound() throws {
    try place.write(
      "columns:\n  visits: {type: category}\n  joined: {type: date, encode: parts}\n",
      to: "schema.yaml")
    let answer = try place.train(on: Customers(), "--schema", "schema.yaml")
    #expect(answer.exitCode == 0)
    let model = try place.run("models", "show", "buyers", "--json").json()
    let levels = try model.array("coefficients").filter { $0.has("level") }
      .map { "\(try $0.string("feature"))=\(try $0.string("level"))" }
    #expect(levels.contains("visits=3"))
    #expect(levels.contains("joined month=2"))
    #expect(levels.contains("joined weekday=7"))
  }
}
