import ArgumentParser
import Scoring
import Tables
import Training

/// What a training of offers is told of its columns.
struct OfferOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With --kind multinomial: the column that lists what a customer could have had, with | between, "
        + "or what the names of yes-or-no columns, one for each class, begin with.",
      valueName: "column|prefix"))
  var available: String?
  @Option(
    help: ArgumentHelp(
      "With --kind choice: the column whose values tell the choice sets.", valueName: "column"))
  var choiceSet: String?
  @Option(
    help: ArgumentHelp("With --kind choice: the column of the offers.", valueName: "column"))
  var offer: String?

  /// What the flags alone show.
  func check(kind: FitSpecification.Kind, target: String) throws {
    if available != nil, kind != .multinomial {
      throw ValidationError("--available needs --kind multinomial")
    }
    if available == target {
      throw ValidationError("--available names the column of --target, '\(target)'; name another")
    }
    if available?.isEmpty == true {
      throw ValidationError("--available is empty; name a column or what columns begin with")
    }
    guard kind == .choice else {
      for (flag, value) in [("--choice-set", choiceSet), ("--offer", offer)] where value != nil {
        throw ValidationError("\(flag) needs --kind choice")
      }
      return
    }
    guard let choiceSet, let offer else {
      throw ValidationError("--kind choice needs --choice-set and --offer, each with its column")
    }
    if Set([choiceSet, offer, target]).count < 3 {
      throw ValidationError("--target, --choice-set and --offer are three columns; name each once")
    }
  }
}

/// What offers are worth, from a file with the columns offer, margin and, perhaps, contact_cost.
struct MarginsFile {
  let margins: [OfferMargin]
  /// Offers of the file that the model does not know.
  let unknownCount: Int

  init(path: String, offers: [String]) throws {
    let file = try CSVFile(path: path)
    let hasCost = file.header.contains("contact_cost")
    for name in ["offer", "margin"] { _ = try file.column(named: name) }
    let rejects = try RejectLog(path: path, maxRejects: 0)
    let table = try file.table(
      schema: [
        "offer": ColumnSchema(.category), "margin": ColumnSchema(.number),
        "contact_cost": ColumnSchema(.number),
      ].filter { file.header.contains($0.key) }, threadCount: 1, rejects: rejects)
    var found: [String: OfferMargin] = [:]
    for row in 0..<table.rowCount {
      let place = table.place(ofRow: row)
      guard case .categories(let codes, let levels)? = table.column(named: "offer")?.values,
        codes[row] != ColumnValues.missingCode
      else { throw MarginsFileError(path, "\(place): no offer; fill it in or drop the row") }
      let offer = levels[Int(codes[row])]
      guard found[offer] == nil else {
        throw MarginsFileError(path, "\(place): offer '\(offer)' a second time; keep one row of it")
      }
      found[offer] = OfferMargin(
        margin: try Self.number("margin", table, row, path),
        contactCost: hasCost ? try Self.number("contact_cost", table, row, path) : 0)
    }
    margins = try offers.map { offer in
      guard let margin = found[offer] else {
        throw MarginsFileError(path, "no row for offer '\(offer)', which the model knows; add one")
      }
      return margin
    }
    unknownCount = found.count - offers.count
  }

  private static func number(
    _ name: String, _ table: Table, _ row: Int, _ path: String
  ) throws -> Double {
    guard case .numbers(let values)? = table.column(named: name)?.values, values[row].isFinite
    else {
      throw MarginsFileError(
        path, "\(table.place(ofRow: row)): '\(name)' is no number; correct it")
    }
    return values[row]
  }
}

/// A file of margins that cannot be used: where, and what would do.
struct MarginsFileError: Error, CustomStringConvertible {
  let description: String

  init(_ path: String, _ problem: String) {
    description = problem.hasPrefix("line ") ? "\(path), \(problem)" : "\(path): \(problem)"
  }
}
