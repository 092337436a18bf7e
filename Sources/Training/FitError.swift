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
  /// Without a penalty: `rows` with a weight above 0 cannot settle `columns` and an intercept.
  case fewerRowsThanColumns(rows: Int, columns: Int)
  /// Without a penalty: the column is a sum of the intercept and the columns before it.
  case collinear(column: String)
  /// Without a penalty: the columns tell some outcomes without error, so that the log loss falls for
  /// as long as their coefficients grow.
  case separated(columns: [String])
  /// The offset is so large that changing the coefficients does not change the log loss.
  case offsetDecides
  case notConverged(iterations: Int, gradientNorm: Double)
}

extension FitError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noRows, .countMismatch, .settingOutOfRange, .outcomeNotBinary, .invalidWeight,
      .offsetNotFinite, .notFinite, .scaleOutOfRange:
      inputDescription
    case .noWeight:
      "no row has a weight above 0; give at least one row of each outcome a positive weight"
    case .oneClass(let outcome):
      "every row with a weight above 0 has outcome \(outcome); a fit needs both outcomes: "
        + "widen the period or check how the outcome is defined"
    case .tooManyColumns(let count, let limit):
      "the design has \(count) columns, levels of categories included; the limit is \(limit): "
        + "merge rare levels or leave columns out"
    case .fewerRowsThanColumns(let rows, let columns):
      "\(rows) rows cannot determine \(columns) coefficients and an intercept; "
        + "add rows, leave columns out or set l2Penalty (--l2) above 0"
    case .collinear(let column):
      "\(place(column)) is a sum of the intercept and the columns before it; leave it out or set "
        + "l2Penalty (--l2) above 0 (if it is a level of a category, code one level as no level)"
    case .separated(let columns):
      "\(places(columns)) \(columns.count == 1 ? "tells" : "together tell") some outcomes without "
        + "error, so the best coefficients are infinite; set l2Penalty (--l2) above 0 or leave the "
        + "\(columns.count == 1 ? "column" : "columns") out"
    case .offsetDecides:
      "the offset fixes the fitted probabilities at 0 or 1, so the coefficients are not "
        + "determined; check the scale of the offset (log-odds)"
    case .notConverged(let iterations, let gradientNorm):
      "no minimum found in \(iterations) iterations (gradient \(gradientNorm)); raise "
        + "maximumIterations or l2Penalty (--l2), and check the offset and the weights for extreme "
        + "values"
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
}

/// Returns "column 3" for a number and "column 'tenure'" for a name.
private func place(_ column: String) -> String {
  column.allSatisfy(\.isNumber) ? "column \(column)" : "column '\(column)'"
}

/// Returns a list of at most five columns, and how many more there are.
private func places(_ columns: [String]) -> String {
  guard columns.count > 1 else { return columns.first.map(place) ?? "the intercept" }
  let named = columns.prefix(5).map { $0.allSatisfy(\.isNumber) ? $0 : "'\($0)'" }
  let rest = columns.count - named.count
  return "columns " + named.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}
