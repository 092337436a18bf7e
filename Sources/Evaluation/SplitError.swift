import Foundation

/// The rows that train a model, or those that test it.
public enum SplitSide: String, Hashable, Sendable {
  case train
  case test
}

/// What makes rows impossible to split as asked. Rows are counted from 0.
public enum SplitError: Error, Hashable, Sendable {
  case empty
  case outcomeNotBinary(row: Int)
  case oneClass(outcome: Int, rowCount: Int)
  case fractionOutOfRange
  case everyOutOfRange(Int)
  case cutNotFinite
  case noTimes
  case countMismatch(outcomes: Int, times: Int)
  case timesMissing(count: Int, rowCount: Int)
  case sideEmpty(SplitSide, rule: SplitRule)
  case outcomeMissing(Int, side: SplitSide, rule: SplitRule)
}

extension SplitError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty:
      "there are no rows to split; give rows of both outcomes"
    case .outcomeNotBinary(let row):
      "row \(row), counted from 0, has an outcome other than 0 and 1;"
        + " code the outcome as 0 or 1, or drop the row"
    case .oneClass(let outcome, let rowCount):
      "all \(rowCount) rows to split have outcome \(outcome); give rows of both outcomes"
    case .fractionOutOfRange:
      "the test fraction is not between 0 and 1, exclusive; give the share of rows to test, as 0.2"
    case .everyOutOfRange(let k):
      "one test row in \(k) is not a split; give 2 or more"
    case .cutNotFinite:
      "the time of the cut is not a finite number; give seconds since 1970"
    case .noTimes:
      "a split by time needs the time of every row; name the column that holds it"
    case .countMismatch(let outcomes, let times):
      "counts differ: outcomes \(outcomes), times \(times); give one of each a row"
    case .timesMissing(let count, let rowCount):
      "\(count) of \(rowCount) rows have no time; drop them or fill the time in"
    case .sideEmpty(let side, let rule):
      "no row is left to \(side.rawValue); \(rule.remedy(for: side))"
    case .outcomeMissing(let outcome, let side, let rule):
      "no \(side.rawValue) row has outcome \(outcome); \(rule.remedy(for: side))"
    }
  }
}

extension SplitRule {
  /// What to do when `side` has too few rows.
  fileprivate func remedy(for side: SplitSide) -> String {
    switch (self, side) {
    case (.fraction(let fraction, _), .train):
      "give a test fraction below \(fraction), or more rows"
    case (.fraction(let fraction, _), .test):
      "give a test fraction above \(fraction), or more rows"
    case (.every(let k), .train):
      "test fewer rows than one in \(k), give more rows, or split by a fraction, which is stratified"
    case (.every(let k), .test):
      "test more rows than one in \(k), give more rows, or split by a fraction, which is stratified"
    case (.after(let cut), .train):
      "move the cut later than \(day(cut))"
    case (.after(let cut), .test):
      "move the cut earlier than \(day(cut))"
    }
  }
}

/// The day of `seconds` since 1970 in UTC, as 2026-05-31.
private func day(_ seconds: Double) -> String {
  Date(timeIntervalSince1970: seconds).formatted(.iso8601.year().month().day())
}
