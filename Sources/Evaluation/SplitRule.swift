import SpecialFunctions

/// How rows are divided into those that train a model and those that test it.
///
/// The answer depends on the rule and the rows alone: not on the machine, the number of threads or
/// the release of Swift.
public enum SplitRule: Hashable, Sendable {
  /// This share of the positive rows and of the negative rows is drawn for the test, each number
  /// rounded to the nearest, halves up. Between 0 and 1, exclusive.
  case fraction(Double, seed: UInt64)
  /// With k: row i, counted from 0, is a test row when i mod k = k − 1. At least 2.
  case every(Int)
  /// Rows whose time is the cut or later are test rows: the model is judged on what came after.
  case after(secondsSince1970: Double)
}

extension SplitRule {
  /// Divides the rows, and checks that either side holds both outcomes.
  ///
  /// - Parameters:
  ///   - outcomes: n values, each 0 or 1.
  ///   - times: n values in seconds since 1970, NaN where missing. Only `after` reads them, and it
  ///     refuses a missing one: a row of unknown time may be on the wrong side.
  ///   - groups: n codes; the rows of one code are on one side. Only `fraction` reads them, and then draws
  ///     whole groups, not stratified by outcome.
  /// - Throws: `SplitError`, saying which side lacks what, and the remedy.
  /// - Complexity: O(n).
  public func split(
    outcomes: [Double], times: [Double]? = nil, groups: [UInt32]? = nil
  ) throws(SplitError) -> Split {
    try checkSetting()
    try checkOutcomes(outcomes)
    let split =
      switch self {
      case .fraction(let fraction, let seed):
        groups.map { grouped(by: $0, fraction: fraction, seed: seed) }
          ?? stratified(outcomes: outcomes, fraction: fraction, seed: seed)
      case .every(let k):
        split(count: outcomes.count) { $0 % k == k - 1 }
      case .after(let cut):
        try chronological(count: outcomes.count, times: times, cut: cut)
      }
    try check(.train, split.train, outcomes)
    try check(.test, split.test, outcomes)
    return split
  }

  /// Divides rows of K classes. A share is drawn within each class, and leaves at least one row of each to
  /// train. Neither side need hold all classes: what has no row to train cannot be judged.
  ///
  /// - Parameters:
  ///   - classes: n codes from 0 up, of at least two classes.
  ///   - times: as in `split(outcomes:times:groups:)`, as are groups.
  /// - Throws: `SplitError`, when a side is empty, or one class has all training rows.
  public func split(
    classes: [Int], times: [Double]? = nil, groups: [UInt32]? = nil
  ) throws(SplitError) -> Split {
    try checkSetting()
    guard let first = classes.first else { throw .empty }
    let split =
      switch self {
      case .fraction(let fraction, let seed):
        groups.map { grouped(by: $0, fraction: fraction, seed: seed) }
          ?? stratified(classes: classes, fraction: fraction, seed: seed)
      case .every(let k):
        split(count: classes.count) { $0 % k == k - 1 }
      case .after(let cut):
        try chronological(count: classes.count, times: times, cut: cut)
      }
    guard let trained = split.train.first else { throw .sideEmpty(.train, rule: self) }
    guard !split.test.isEmpty else { throw .sideEmpty(.test, rule: self) }
    guard split.train.contains(where: { classes[$0] != classes[trained] }) else {
      throw .oneClass(outcome: first, rowCount: split.train.count)
    }
    return split
  }

  private func stratified(classes: [Int], fraction: Double, seed: UInt64) -> Split {
    var generator = SplitMix64(seed: seed)
    var isTest = [Bool](repeating: false, count: classes.count)
    var members = [[Int]](repeating: [], count: (classes.max() ?? -1) + 1)
    for (row, code) in classes.enumerated() { members[code].append(row) }
    for rows in members {
      let testCount = min(rows.count - 1, Int((fraction * Double(rows.count)).rounded()))
      for row in rows.reproduciblyShuffled(using: &generator).prefix(max(0, testCount)) {
        isTest[row] = true
      }
    }
    return split(count: classes.count) { isTest[$0] }
  }

  private func checkSetting() throws(SplitError) {
    switch self {
    case .fraction(let fraction, _):
      guard fraction > 0, fraction < 1 else { throw .fractionOutOfRange }
    case .every(let k):
      guard k >= 2 else { throw .everyOutOfRange(k) }
    case .after(let cut):
      guard cut.isFinite else { throw .cutNotFinite }
    }
  }

  private func checkOutcomes(_ outcomes: [Double]) throws(SplitError) {
    guard !outcomes.isEmpty else { throw .empty }
    if let row = outcomes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw .outcomeNotBinary(row: row)
    }
    for outcome in [0, 1] where !outcomes.contains(Double(outcome)) {
      throw .oneClass(outcome: 1 - outcome, rowCount: outcomes.count)
    }
  }

  private func check(
    _ side: SplitSide, _ rows: [Int], _ outcomes: [Double]
  ) throws(SplitError) {
    guard !rows.isEmpty else { throw .sideEmpty(side, rule: self) }
    for outcome in [0, 1] where !rows.contains(where: { outcomes[$0] == Double(outcome) }) {
      throw .outcomeMissing(outcome, side: side, rule: self)
    }
  }

  /// Draws the test rows of either class by a shuffle, the positives first.
  private func stratified(outcomes: [Double], fraction: Double, seed: UInt64) -> Split {
    var generator = SplitMix64(seed: seed)
    var isTest = [Bool](repeating: false, count: outcomes.count)
    for outcome in [1.0, 0.0] {
      let rows = outcomes.indices.filter { outcomes[$0] == outcome }
      let testCount = Int((fraction * Double(rows.count)).rounded())
      for row in rows.reproduciblyShuffled(using: &generator).prefix(testCount) {
        isTest[row] = true
      }
    }
    return split(count: outcomes.count) { isTest[$0] }
  }

  /// Draws groups by a shuffle and takes each that the share still has room for.
  private func grouped(by groups: [UInt32], fraction: Double, seed: UInt64) -> Split {
    var generator = SplitMix64(seed: seed)
    var sizes: [UInt32: Int] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    let order = sizes.keys.sorted().reproduciblyShuffled(using: &generator)
    var room = Int((fraction * Double(groups.count)).rounded())
    var tested: Set<UInt32> = []
    for group in order {
      guard let size = sizes[group], size <= room else { continue }
      tested.insert(group)
      room -= size
    }
    return split(count: groups.count) { tested.contains(groups[$0]) }
  }

  private func chronological(
    count: Int, times: [Double]?, cut: Double
  ) throws(SplitError) -> Split {
    guard let times else { throw .noTimes }
    guard times.count == count else { throw .countMismatch(outcomes: count, times: times.count) }
    let missing = times.count { !$0.isFinite }
    guard missing == 0 else { throw .timesMissing(count: missing, rowCount: count) }
    return split(count: count) { times[$0] >= cut }
  }

  private func split(count: Int, isTest: (Int) -> Bool) -> Split {
    var train: [Int] = []
    var test: [Int] = []
    for row in 0..<count {
      if isTest(row) { test.append(row) } else { train.append(row) }
    }
    return Split(train: train, test: test)
  }
}
