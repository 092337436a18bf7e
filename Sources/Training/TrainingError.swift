public import Evaluation
public import Tables

/// Why a table cannot be trained on. Descriptions name the column and the remedy, and no customer.
public enum TrainingError: Error, Equatable, Sendable {
  case missingColumn(name: String, nearest: String?)
  case targetValues(column: String, count: Int, examples: [String])
  case targetUnknown(column: String, place: RowPlace, known: [String])
  case targetKind(column: String, kind: ColumnKind)
  case targetConstant(column: String, value: String)
  case targetEmpty(column: String)
  case targetAmbiguous(column: String, values: [String])
  case positiveUnknown(column: String, positive: String, values: [String])
  case duplicateIdentifiers(column: String, count: Int, first: RowPlace, second: RowPlace)
  case missingIdentifiers(column: String, count: Int, first: RowPlace)
  /// A value of the row is so extreme that its score is not a number.
  case scoreNotFinite(RowPlace)
  case timeIsNoDate(column: String, kind: ColumnKind)
  /// A column of weights or offsets is none of numbers.
  case notNumbers(column: String, flag: String, kind: ColumnKind)
  /// `value` is `nil` where there is none.
  case weightInvalid(column: String, place: RowPlace, value: Double?)
  /// No row has a weight above 0.
  case noWeight(column: String)
  case offsetMissing(column: String, place: RowPlace)
  case groupMissing(column: String, flag: String, place: RowPlace)
  /// The class that a customer took was not available to it.
  case choiceUnavailable(place: RowPlace, name: String, column: String)
  /// `name` is neither a column nor what the names of columns begin with.
  case availabilityMissing(name: String, nearest: String?)
  case tooManyClasses(column: String, count: Int, limit: Int)
  /// Of a fit of several classes, which are named.
  case neverChosen(names: [String])
  case choiceSetSplit(column: String, place: RowPlace)
  case choiceCount(column: String, place: RowPlace, count: Int)
  case offerRepeated(column: String, place: RowPlace)
  case offerMissing(column: String, place: RowPlace)
  /// A way to fit that several classes do not have.
  case onlyForTwoOutcomes(String)
  /// What is not fitted to rows in files.
  case needsMemory(String)
  /// Rows in files could not be written or read.
  case files(TableError)
  case leaks([Leak])
  case noFeatures
  case split(SplitError)
  case fit(FitError)
  case evaluation(EvaluationError)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingColumn(let name, let nearest):
      "line 1: no column '\(name)'"
        + (nearest.map { "; is '\($0)' meant?" } ?? "; see the header for the names it has")
    case .targetValues(let column, let count, let examples):
      "target '\(column)' has \(count) values\(parenthesised(examples)); "
        + "give a column with two, such as yes and no, or --kind multinomial to predict which of them"
    case .targetUnknown(let column, let place, let known):
      "\(place): target '\(column)' is none of the values the model was trained on "
        + "(\(quoted(known))); correct the row, or train on the new values"
    case .targetKind(let column, let kind):
      "target '\(column)' was read as \(kind.rawValue); "
        + "read the table with the types of the trainer's schema"
    case .targetConstant(let column, let value):
      "target '\(column)' is '\(value)' in every row; a model needs rows of both outcomes"
    case .targetEmpty(let column):
      "target '\(column)' has no value in any row; name another by --target"
    case .targetAmbiguous(let column, let values):
      "target '\(column)' has the values \(quoted(values)); name the one to predict by --positive"
    case .positiveUnknown(let column, let positive, let values):
      "target '\(column)' has no value '\(positive)'; "
        + (values.isEmpty ? "see the column for the values it has" : "it has \(quoted(values))")
    case .duplicateIdentifiers(let column, let count, let first, let second):
      "identifier '\(column)': \(count) rows repeat an earlier one (first: \(second) repeats "
        + "\(first)); keep one row per customer, or train without --id"
    case .missingIdentifiers(let column, let count, let first):
      "identifier '\(column)': empty in \(count) rows, first in \(first); "
        + "fill it in, or train without --id"
    case .scoreNotFinite(let place):
      "\(place): a value so extreme that the score is not a number; correct it or leave the row out"
    case .timeIsNoDate(let column, let kind):
      "--time column '\(column)' was read as \(kind.rawValue), not as a date; "
        + "give its type and order in a --schema"
    case .notNumbers, .weightInvalid, .noWeight, .offsetMissing, .groupMissing:
      rowDescription
    case .choiceUnavailable, .availabilityMissing, .tooManyClasses, .neverChosen, .choiceSetSplit,
      .choiceCount, .offerRepeated, .offerMissing, .onlyForTwoOutcomes:
      choiceDescription
    case .leaks(let leaks):
      leaks.map(\.description).joined(separator: "; ")
        + ": leave such a column out by --exclude, or keep it by --allow-leak"
    case .needsMemory(let what):
      "\(what) needs all rows in memory; leave --spill out, or train on a sample of the rows"
    case .files(let error): "\(error)"
    case .noFeatures:
      "no column is left to predict from; see the columns left out, or give types in a --schema"
    case .split(let error): "\(error)"
    case .fit(let error): "\(error)"
    case .evaluation(let error): "\(error)"
    }
  }

  private var choiceDescription: String {
    switch self {
    case .choiceUnavailable(let place, let name, let column):
      "\(place): '\(name)' was taken, but is not available by '\(column)'; correct the row or drop it"
    case .availabilityMissing(let name, let nearest):
      "line 1: no column '\(name)', and none whose name begins so for each class"
        + (nearest.map { "; is '\($0)' meant?" } ?? "; name one by --available")
    case .tooManyClasses(let column, let count, let limit):
      "target '\(column)' has \(count) values; the limit is \(limit): merge the rare ones"
    case .neverChosen(let names):
      "\(quoted(Array(names.prefix(5))))\(names.count > 5 ? " and more" : "") "
        + "\(names.count == 1 ? "was" : "were") never taken by a training row that could have had "
        + "another; leave the rows out or merge classes"
    case .choiceSetSplit(let column, let place):
      "\(place): its choice set ended before it; sort the rows by '\(column)'"
    case .choiceCount(let column, let place, let count):
      "\(place): the choice set that starts here has \(count) rows with yes in '\(column)'; "
        + "a choice is exactly one: correct or drop the set"
    case .offerRepeated(let column, let place):
      "\(place): '\(column)' has an offer a second time in its choice set; keep one row of each"
    case .offerMissing(let column, let place):
      "\(place): '\(column)' is empty; fill it in or drop the row"
    case .onlyForTwoOutcomes(let what):
      "\(what) is for a target with two values; leave the flag out with --kind multinomial or choice"
    default: ""
    }
  }

  private var rowDescription: String {
    switch self {
    case .notNumbers(let column, let flag, let kind):
      "\(flag) column '\(column)' was read as \(kind.rawValue), not as a number; "
        + "give its type in a --schema"
    case .weightInvalid(let column, let place, let value):
      "\(place): weight '\(column)' is \(value.map { "\($0)" } ?? "missing"); "
        + "a weight is a finite number not below 0: correct or drop the row"
    case .noWeight(let column):
      "no row has a weight above 0 in column '\(column)'; name another by --weight"
    case .offsetMissing(let column, let place):
      "\(place): offset '\(column)' is missing; fill it in, in log-odds, or drop the row"
    case .groupMissing(let column, let flag, let place):
      "\(place): \(flag) column '\(column)' is empty; fill it in or drop the row"
    default: ""
    }
  }

  private func parenthesised(_ values: [String]) -> String {
    values.isEmpty ? "" : " (\(quoted(values)))"
  }

  private func quoted(_ values: [String]) -> String {
    values.map { "'\($0)'" }.joined(separator: ", ")
  }
}

/// A column that predicts the outcome too well, or names the row, and how that shows.
public enum Leak: Hashable, Sendable {
  case ranksOutcome(column: String, areaUnderROC: Double)
  case absenceRanksOutcome(column: String, areaUnderROC: Double)
  /// Of several classes: `name` is the one that the column tells.
  case ranksClass(column: String, name: String, areaUnderROC: Double)
  case absenceRanksClass(column: String, name: String, areaUnderROC: Double)
  case identifiesRow(column: String)

  public var column: String {
    switch self {
    case .ranksOutcome(let column, _), .absenceRanksOutcome(let column, _),
      .ranksClass(let column, _, _), .absenceRanksClass(let column, _, _),
      .identifiesRow(let column):
      column
    }
  }
}

extension Leak: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ranksOutcome(let column, let area):
      "column '\(column)' alone ranks the outcome (area under ROC \(digits(area, 3))), "
        + "as what is known only afterwards does"
    case .absenceRanksOutcome(let column, let area):
      "whether column '\(column)' is filled in ranks the outcome "
        + "(area under ROC \(digits(area, 3))), as what is filled in only afterwards does"
    case .ranksClass(let column, let name, let area):
      "column '\(column)' alone tells who chose '\(name)' (area under ROC \(digits(area, 3))), "
        + "as what is known only afterwards does"
    case .absenceRanksClass(let column, let name, let area):
      "whether column '\(column)' is filled in tells who chose '\(name)' "
        + "(area under ROC \(digits(area, 3))), as what is filled in only afterwards does"
    case .identifiesRow(let column):
      "column '\(column)' is a running number or identifier"
    }
  }
}
