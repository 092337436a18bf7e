import SpecialFunctions

/// Which rows train and which rows judge, several times over.
///
/// In each fold some rows are held out to judge a model that other rows train. The answer depends on
/// the arguments alone: not on the machine, the number of threads or the release of Swift. Rows and
/// folds are counted from 0.
public struct Folds: Hashable, Sendable {
  /// The most folds there can be.
  public static let limit = 100

  public let count: Int
  public var rowCount: Int { testFolds.count }
  /// The fold that holds each row out; `count` for none.
  private let testFolds: [UInt8]
  /// For folds in time: the first fold in which each row trains, `count` for none.
  private let firstTrainingFolds: [UInt8]?
  /// Whether some rows train in every fold and are never held out.
  private var holdsNoneOut = false

  /// Deals the rows of either outcome, shuffled, to `count` folds in turn: the numbers of rows and
  /// of positive rows of any two folds differ by at most 1. Every row is held out once.
  ///
  /// - Parameter outcomes: n values, each 0 or 1.
  /// - Complexity: O(n).
  public static func stratified(
    outcomes: [Double], count: Int, seed: UInt64
  ) throws(FoldError) -> Folds {
    try check(count, rows: outcomes.count)
    if let row = outcomes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw .outcomeNotBinary(row: row)
    }
    var generator = SplitMix64(seed: seed)
    var folds = [UInt8](repeating: 0, count: outcomes.count)
    var next = 0
    for outcome in [1.0, 0.0] {
      let rows = outcomes.indices.filter { outcomes[$0] == outcome }
      guard rows.count >= count else {
        throw .tooFewOfOutcome(Int(outcome), rows: rows.count, folds: count)
      }
      for row in rows.reproduciblyShuffled(using: &generator) {
        folds[row] = UInt8(next)
        next = (next + 1) % count
      }
    }
    return Folds(count: count, testFolds: folds, firstTrainingFolds: nil)
  }

  /// Deals the rows of each class, shuffled, to `count` folds in turn. A class with fewer rows than folds
  /// fills as many of them as it has rows, and one with a single row is never held out: every class trains
  /// in every fold.
  ///
  /// - Parameter classes: n codes from 0 up.
  /// - Complexity: O(n).
  public static func stratified(
    classes: [Int], count: Int, seed: UInt64
  ) throws(FoldError) -> Folds {
    try check(count, rows: classes.count)
    var generator = SplitMix64(seed: seed)
    var members = [[Int]](repeating: [], count: (classes.max() ?? -1) + 1)
    for (row, code) in classes.enumerated() { members[code].append(row) }
    // Not held out until dealt.
    var folds = [UInt8](repeating: UInt8(count), count: classes.count)
    var next = 0
    for rows in members where rows.count > 1 {
      for row in rows.reproduciblyShuffled(using: &generator) {
        folds[row] = UInt8(next)
        next = (next + 1) % count
      }
    }
    guard (0..<count).allSatisfy({ folds.contains(UInt8($0)) }) else {
      throw .tooFewGroups(Set(folds).subtracting([UInt8(count)]).count, folds: count)
    }
    return Folds(
      count: count, testFolds: folds, firstTrainingFolds: nil,
      holdsNoneOut: folds.contains(UInt8(count)))
  }

  /// Holds the rows of each group out together, so that no group is on both sides.
  ///
  /// The largest group goes to the fold with the fewest rows, then the next; of equals, the lower
  /// code and the lower fold come first.
  ///
  /// - Parameter codes: n codes; rows of one code are one group.
  /// - Complexity: O(n + g (log g + `count`)) for g groups.
  public static func grouped(by codes: [UInt32], count: Int) throws(FoldError) -> Folds {
    try check(count, rows: codes.count)
    var sizes: [UInt32: Int] = [:]
    for code in codes { sizes[code, default: 0] += 1 }
    guard sizes.count >= count else { throw .tooFewGroups(sizes.count, folds: count) }
    let groups = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var rowCounts = [Int](repeating: 0, count: count)
    var foldOf: [UInt32: UInt8] = [:]
    for (code, size) in groups {
      let fold = rowCounts.indices.min { (rowCounts[$0], $0) < (rowCounts[$1], $1) } ?? 0
      rowCounts[fold] += size
      foldOf[code] = UInt8(fold)
    }
    return Folds(
      count: count, testFolds: codes.map { foldOf[$0] ?? 0 }, firstTrainingFolds: nil)
  }

  /// Cuts time into `count` + 1 spans with about as many rows each; fold k is judged on span k + 1 by
  /// what the rows of the spans before it teach, as a model in use is.
  ///
  /// Rows within the embargo before a span do not train the fold that it judges: the outcome of such a
  /// row may not have been known when the span began. Rows of one time are never parted.
  ///
  /// - Parameters:
  ///   - times: n values in seconds since 1970.
  ///   - groups: n codes; the rows of one code train once the last of them is past, so that no group
  ///     both trains and judges in a fold.
  ///   - embargoSeconds: at least the time from a row to the day its outcome is known.
  /// - Complexity: O(n log n).
  public static func rolling(
    times: [Double], groups: [UInt32]? = nil, count: Int, embargoSeconds: Double = 0
  ) throws(FoldError) -> Folds {
    try check(count, rows: times.count)
    let missing = times.count { !$0.isFinite }
    guard missing == 0 else { throw .timesMissing(count: missing, rowCount: times.count) }
    guard embargoSeconds >= 0, embargoSeconds.isFinite else { throw .embargoOutOfRange }
    let sorted = times.sorted()
    let cuts = (1...count).map { sorted[$0 * times.count / (count + 1)] }
    guard zip([sorted[0]] + cuts, cuts).allSatisfy(<) else {
      throw .tooFewTimes(folds: count)
    }
    let known = groups.map { lastTimes(times, of: $0) } ?? times
    let first = known.min() ?? .infinity
    for (fold, cut) in cuts.enumerated() where first >= cut - embargoSeconds {
      throw groups == nil || sorted[0] >= cut - embargoSeconds
        ? .embargoLeavesNothing(fold: fold) : .groupsLeaveNothing(fold: fold)
    }
    return Folds(
      count: count,
      testFolds: times.map { time in
        UInt8((cuts.firstIndex { time < $0 } ?? count) + count) % UInt8(count + 1)
      },
      firstTrainingFolds: known.map { time in
        UInt8(cuts.firstIndex { time < $0 - embargoSeconds } ?? count)
      })
  }

  /// For each row, the time of the last row of its group.
  public static func lastTimes(_ times: [Double], of groups: [UInt32]) -> [Double] {
    var last: [UInt32: Double] = [:]
    for (group, time) in zip(groups, times) { last[group] = max(last[group] ?? time, time) }
    return zip(groups, times).map { last[$0] ?? $1 }
  }

  private static func check(_ count: Int, rows: Int) throws(FoldError) {
    guard rows > 0 else { throw .empty }
    guard count >= 2, count <= limit else { throw .countOutOfRange(count) }
  }
}

extension Folds {
  /// The fold that holds `row` out to judge; `nil` for the rows before the first span in time.
  public func testFold(of row: Int) -> Int? {
    let fold = Int(testFolds[row])
    return fold < count ? fold : nil
  }

  public func trains(row: Int, in fold: Int) -> Bool {
    trains(group: trainingGroup(of: row), in: fold)
  }

  /// The rows of one fold, ascending.
  public func split(_ fold: Int) -> Split {
    precondition(fold >= 0 && fold < count, "fold \(fold) of \(count)")
    return Split(
      train: (0..<rowCount).filter { trains(row: $0, in: fold) },
      test: (0..<rowCount).filter { testFold(of: $0) == fold })
  }

  /// Rows of one group train in the same folds.
  package var trainingGroupCount: Int {
    firstTrainingFolds == nil && !holdsNoneOut ? count : count + 1
  }

  package func trainingGroup(of row: Int) -> Int {
    Int(firstTrainingFolds?[row] ?? testFolds[row])
  }

  package func trains(group: Int, in fold: Int) -> Bool {
    firstTrainingFolds == nil ? group != fold : group <= fold
  }
}
