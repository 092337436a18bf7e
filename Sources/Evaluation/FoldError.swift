/// What makes rows impossible to part into folds as asked. Rows and folds are counted from 0.
public enum FoldError: Error, Hashable, Sendable {
  case empty
  case countOutOfRange(Int)
  case outcomeNotBinary(row: Int)
  case tooFewOfOutcome(Int, rows: Int, folds: Int)
  case tooFewGroups(Int, folds: Int)
  case timesMissing(count: Int, rowCount: Int)
  case tooFewTimes(folds: Int)
  case embargoOutOfRange
  case embargoLeavesNothing(fold: Int)
  case groupsLeaveNothing(fold: Int)
}

extension FoldError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty:
      "there are no rows to part into folds; check the file or the filter that chose them"
    case .countOutOfRange(let count):
      "\(count) folds are asked for; give a number from 2 to \(Folds.limit)"
    case .outcomeNotBinary(let row):
      "row \(row), counted from 0, has an outcome other than 0 and 1;"
        + " code the outcome as 0 or 1, or drop the row"
    case .tooFewOfOutcome(let outcome, let rows, let folds):
      "\(rows) rows have outcome \(outcome), fewer than the \(folds) folds;"
        + (rows < 2 ? " give more rows" : " give \(rows) folds or more rows")
    case .tooFewGroups(let groups, let folds):
      "\(groups) groups cannot fill \(folds) folds; give fewer folds or group by a finer column"
    case .timesMissing(let count, let rowCount):
      "\(count) of \(rowCount) rows have no time; drop them or fill the time in"
    case .tooFewTimes(let folds):
      "the times do not part into \(folds + 1) spans, as rows of one time stay together;"
        + " give fewer folds or finer times"
    case .embargoOutOfRange:
      "the embargo is not a number of seconds from 0 up; give the time until an outcome is known"
    case .embargoLeavesNothing(let fold):
      "no row is old enough to train fold \(fold), counted from 0;"
        + " give a shorter embargo, fewer folds or older rows"
    case .groupsLeaveNothing(let fold):
      "no group ends early enough to train fold \(fold), counted from 0;"
        + " give a shorter embargo, fewer folds or a finer group, or leave the group or the time out"
    }
  }
}
