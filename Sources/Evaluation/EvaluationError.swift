/// What makes rows impossible to evaluate. Rows are counted from 0.
public enum EvaluationError: Error, Hashable, Sendable {
  case empty
  case countMismatch(linearPredictors: Int, outcomes: Int)
  /// The linear predictor of `row` is NaN or infinite.
  case notFinite(row: Int)
  case outcomeNotBinary(row: Int)
  case oneClass(outcome: Int, rowCount: Int)
  case baseRateOutOfRange
  /// Of K classes: the outcome of `row` is none of them, or was not available to it.
  case outcomeNotClass(row: Int, classCount: Int)
  case outcomeUnavailable(row: Int)
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty:
      "there are no rows to evaluate; give at least one row of each outcome"
    case .countMismatch(let linearPredictors, let outcomes):
      "counts differ: linear predictors \(linearPredictors), outcomes \(outcomes);"
        + " give one of each a row"
    case .notFinite(let row):
      "row \(row), counted from 0, has a linear predictor that is not a finite number;"
        + " drop the row or impute its features"
    case .outcomeNotBinary(let row):
      "row \(row), counted from 0, has an outcome other than 0 and 1;"
        + " code the outcome as 0 or 1, or drop the row"
    case .oneClass(let outcome, let rowCount):
      "all \(rowCount) rows to evaluate have outcome \(outcome), so ranking cannot be judged;"
        + " evaluate rows that hold both outcomes"
    case .baseRateOutOfRange:
      "the base rate is not between 0 and 1, exclusive;"
        + " give the positive rate of training rows that hold both outcomes"
    case .outcomeNotClass(let row, let classCount):
      "row \(row), counted from 0, has an outcome that is none of the \(classCount) classes;"
        + " code the outcome from 0 to \(classCount - 1), or drop the row"
    case .outcomeUnavailable(let row):
      "row \(row), counted from 0, chose a class that was not available to it;"
        + " correct the choice or the availability"
    }
  }
}
