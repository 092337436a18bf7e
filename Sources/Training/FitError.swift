public import Evaluation
public import Tables

/// Why a model cannot be fitted to the data it was given.
///
/// Rows are counted from 1, in the order given. Columns go by name; without names, by number from 1.
public enum FitError: Error, Hashable, Sendable {
  case noRows
  case countMismatch(of: String, count: Int, rows: Int)
  case settingOutOfRange(name: String, value: Double, allowed: String)
  case outcomeNotBinary(row: Int, value: Double)
  case invalidWeight(row: Int, value: Double)
  case offsetNotFinite(row: Int)
  case notFinite(row: Int, column: String)
  /// A column is so large or so small that squares of it leave the range of a `Double`.
  case scaleOutOfRange(column: String, largest: Double)
  /// No row has a weight above 0.
  case noWeight
  /// Every row with a weight above 0 has the same outcome.
  case oneClass(outcome: Int)
  case tooManyColumns(count: Int, limit: Int)
  /// Standard errors were asked for of more parameters than a covariance is kept of.
  case tooManyParameters(count: Int, limit: Int)
  /// Without a penalty: `rows` with a weight above 0 cannot settle `columns` and an intercept.
  case fewerRowsThanColumns(rows: Int, columns: Int)
  /// Without a penalty: the columns are sums of the intercept and of columns before them.
  case collinear([AliasedColumn])
  /// Without a penalty: the column is a sum of columns before it.
  case dependent(column: String)
  /// Without a penalty: the columns tell some outcomes without error, so that the log loss falls for
  /// as long as their coefficients grow.
  case separated(columns: [String])
  /// The offset is so large that changing the coefficients does not change the log loss.
  case offsetDecides
  case notConverged(iterations: Int, gradientNorm: Double)
  /// A penalty too small to settle columns that are sums of others.
  case penaltyTooSmall([AliasedColumn])

  // Of choices among options (classes, offers), which are counted from 0.
  case outcomeNotClass(row: Int, value: Int, classCount: Int)
  case choiceUnavailable(row: Int, option: Int)
  case nothingAvailable(row: Int)
  /// No row with a weight above 0 chose the option.
  case neverChosen(option: Int)
  /// No row chose one of these while an option outside them was available.
  case neverPreferred(options: [Int])
  /// The rows of a choice set do not stand together.
  case choiceSetSplit(row: Int)
  /// The choice set that starts at `row` has not exactly one chosen row.
  case choiceCount(row: Int, count: Int)
  case offerRepeated(row: Int, offer: Int)
  /// Without a penalty: the column has one value in each choice set, which changes no choice.
  case constantInChoiceSets(column: String)
  /// Robust standard errors with their small-sample factor: the weights do not count rows.
  case weightsNotCounts(sum: Double, coefficients: Double)
  /// Clustered standard errors: too few groups with a weight above 0.
  case tooFewGroups(count: Int)
  /// Standard errors were asked for at coefficients that are not those of the data: the distance to
  /// them, in standard errors.
  case notAtMinimum(standardErrors: Double)
  /// Standard errors were asked for, and products of the rows leave the range of a `Double`.
  case covarianceNotFinite
  /// What a fit with class weights does not have.
  case classWeights(with: String)

  // Of penalties and folds.
  /// No penalised column changes the log loss, so that no penalty is of use.
  case nothingToPenalize
  /// A path goes from strong penalties to weak ones; the index counts from 1.
  case penaltiesNotDescending(index: Int)
  case folds(FoldError)
  /// Rows in files could not be copied to another.
  case files(TableError)
  /// Folds are counted from 1.
  case foldLacksOutcome(fold: Int, outcome: Int)
  case foldHoldsNothingOut(fold: Int)
}

extension FitError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noRows, .countMismatch, .settingOutOfRange, .outcomeNotBinary, .invalidWeight,
      .offsetNotFinite, .notFinite, .scaleOutOfRange:
      inputDescription
    case .weightsNotCounts, .tooFewGroups, .notAtMinimum, .covarianceNotFinite, .classWeights:
      inferenceDescription
    case .noWeight:
      "no row has a weight above 0; give at least one row of each outcome a positive weight"
    case .oneClass(let outcome):
      "every row with a weight above 0 has outcome \(outcome); a fit needs both outcomes: "
        + "widen the period or check how the outcome is defined"
    case .tooManyColumns(let count, let limit):
      "the design has \(count) columns, levels of categories included; the limit is \(limit): "
        + "merge rare levels or leave columns out"
    case .tooManyParameters(let count, let limit):
      "standard errors of \(count) parameters, classes times columns, are too many; the limit is "
        + "\(limit): leave --se out, or merge classes and rare levels"
    case .fewerRowsThanColumns(let rows, let columns):
      "\(rows) rows cannot determine \(columns) coefficients and an intercept; "
        + "add rows, leave columns out or set l2Penalty (--l2) above 0"
    case .collinear(let columns):
      collinearDescription(columns) + "; leave \(columns.count == 1 ? "it" : "them") out or set "
        + "l2Penalty (--l2) above 0 (a category without a penalty needs one level coded as no level)"
    case .penaltyTooSmall(let columns):
      "the penalty is too small to settle the coefficients: \(collinearDescription(columns)); leave "
        + "\(columns.count == 1 ? "it" : "them") out or raise l2Penalty (--l2)"
    case .dependent(let column):
      "\(place(column)) is a sum of the intercept and the columns before it; leave it out or set "
        + "l2Penalty (--l2) above 0 (if it is a level of a category, code one level as no level)"
    case .separated(let columns):
      "\(places(columns)) \(columns.count == 1 ? "tells" : "together tell") some outcomes without "
        + "error, so the best coefficients are infinite; set l2Penalty (--l2) above 0, fit by "
        + "FirthRegression (--firth) or leave the \(columns.count == 1 ? "column" : "columns") out"
    case .offsetDecides:
      "the offset fixes the fitted probabilities at 0 or 1, so the coefficients are not "
        + "determined; check the scale of the offset (log-odds)"
    case .nothingToPenalize, .penaltiesNotDescending, .folds, .files, .foldLacksOutcome,
      .foldHoldsNothingOut:
      penaltyDescription
    case .notConverged(let iterations, let gradientNorm):
      "no minimum found in \(iterations) iterations (gradient \(gradientNorm)); raise l2Penalty "
        + "(--l2), and check the offset and the weights for extreme values"
    default: choiceDescription
    }
  }

  private var penaltyDescription: String {
    switch self {
    case .nothingToPenalize:
      "no penalised column changes the log loss: each is constant, left out or unrelated to the "
        + "outcome; check the features or give the penalties"
    case .penaltiesNotDescending(let index):
      "penalty \(index) is not below the one before it; give them from the largest down"
    case .folds(let error):
      error.description
    case .files(let error):
      "\(error)"
    case .foldLacksOutcome(let fold, let outcome):
      "no row with a weight above 0 and outcome \(outcome) trains fold \(fold); use fewer folds "
        + "or stratified ones"
    case .foldHoldsNothingOut(let fold):
      "no row with a weight above 0 is held out of fold \(fold); use fewer folds"
    default: ""
    }
  }

  private var inputDescription: String {
    switch self {
    case .noRows:
      "there are no rows; check the file or the filter that chose them"
    case .countMismatch(let name, let count, let rows):
      "\(count) \(name) for \(rows) rows of features; give one for each row"
    case .settingOutOfRange(let name, let value, let allowed):
      "\(name) is \(value); give a value in \(allowed)"
    case .outcomeNotBinary(let row, let value):
      "row \(row) has outcome \(value); code the outcome as 0 or 1"
    case .invalidWeight(let row, let value):
      "row \(row) has weight \(value); weights are finite and not below 0: correct or drop the row"
    case .offsetNotFinite(let row):
      "row \(row) has an offset that is not a finite number; correct or drop the row"
    case .notFinite(let row, let column):
      "row \(row), \(place(column)) is not a finite number; drop the row or impute the column"
    case .scaleOutOfRange(let column, let largest):
      "\(place(column)) has values as large as \(largest), whose squares are not representable; "
        + "rescale the column or leave it out"
    default: ""
    }
  }

  private var choiceDescription: String {
    switch self {
    case .outcomeNotClass(let row, let value, let classCount):
      "row \(row) has outcome \(value); code the \(classCount) outcomes as 0 to \(classCount - 1)"
    case .choiceUnavailable(let row, let option):
      "row \(row) chose option \(option), which was not available to it; correct the choice or the "
        + "availability"
    case .nothingAvailable(let row):
      "row \(row) has no option available; leave the row out or correct the availability"
    case .neverChosen(let option):
      "option \(option) was never chosen, so its best intercept is infinite; leave the option out "
        + "or merge it with another"
    case .neverPreferred(let options):
      "\(list(options)) never chosen over another available option, so the best intercepts are "
        + "infinite; leave \(options.count == 1 ? "it" : "them") out or merge options"
    case .choiceSetSplit(let row):
      "row \(row) belongs to a choice set that ended before it; sort the rows by choice set"
    case .choiceCount(let row, let count):
      "the choice set that starts at row \(row) has \(count) chosen rows; a choice is exactly one: "
        + "correct or drop the set"
    case .offerRepeated(let row, let offer):
      "row \(row) has offer \(offer) a second time in its choice set; keep one row of each offer"
    case .constantInChoiceSets(let column):
      "\(place(column)) has one value in each choice set, which changes no choice; leave it out or "
        + "set l2Penalty (--l2) above 0"
    default: ""
    }
  }
}

/// Returns "option 3 was" or "options 3, 5 and 2 more were", of at most five.
private func list(_ options: [Int]) -> String {
  guard options.count > 1 else { return "option \(options.first ?? 0) was" }
  let named = options.prefix(5).map { "\($0)" }.joined(separator: ", ")
  return "options \(named)" + (options.count > 5 ? " and \(options.count - 5) more" : "") + " were"
}

extension FitError {
  private var inferenceDescription: String {
    switch self {
    case .weightsNotCounts(let sum, let coefficients):
      "the weights have the sum \(sum), for \(coefficients) coefficients: here a weight is how many "
        + "times a row was seen; cluster by row for weights of another kind"
    case .tooFewGroups(let count):
      "\(count) \(count == 1 ? "group has" : "groups have") rows with a weight above 0; clustered "
        + "standard errors need 2, and are good from about 40 on"
    case .notAtMinimum(let distance):
      "the coefficients are \(distance) standard errors away from the best ones for this data; give "
        + "the rows, weights, offset and penalty that they were fitted with"
    case .covarianceNotFinite:
      "the covariance of the coefficients leaves the range of numbers; rescale columns and weights, "
        + "or leave --se out"
    case .classWeights(let what):
      "class weights do not go with \(what); leave one out"
    default: ""
    }
  }

  private func collinearDescription(_ columns: [AliasedColumn]) -> String {
    let one = columns.count == 1
    let what =
      if let column = columns.first, one {
        "\(place(column.name)) is \(column.reason)"
      } else {
        "\(places(columns.map(\.name))) add nothing to the others ("
          + columns.prefix(5).map { "\(quoted($0.name)) is \($0.reason)" }
          .joined(separator: "; ") + ")"
      }
    return what
  }
}

extension AliasedColumn {
  fileprivate var reason: String {
    guard !sumOf.isEmpty else { return "constant" }
    return "a sum of the intercept and \(places(sumOf))"
  }
}

/// Returns "3" for a number and "'tenure'" for a name.
private func quoted(_ column: String) -> String {
  column.allSatisfy(\.isNumber) ? column : "'\(column)'"
}

/// Returns "column 3" for a number and "column 'tenure'" for a name.
private func place(_ column: String) -> String {
  "column " + quoted(column)
}

/// Returns a list of at most five columns, and how many more there are.
private func places(_ columns: [String]) -> String {
  guard columns.count > 1 else { return columns.first.map(place) ?? "the intercept" }
  let named = columns.prefix(5).map(quoted)
  let rest = columns.count - named.count
  return "columns " + named.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}
