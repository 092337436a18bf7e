import Evaluation

extension FitSpecification {
  /// The folds that the rows allow, in words too: groups stay together, and time runs forward.
  ///
  /// - Parameters:
  ///   - rarest: how many rows the rarest outcome has.
  ///   - stratified: deals the rows to that many folds.
  func folds(
    of rows: TrainingRows, rarest: Int, seed: UInt64,
    stratified: (Int) throws(FoldError) -> Folds
  ) throws(FitError) -> (Folds, String) {
    do throws(FoldError) {
      if let times = rows.times {
        let count = foldCount ?? Self.defaultFoldCount
        let folds = try Folds.rolling(
          times: times, groups: rows.groups, count: count, embargoSeconds: embargoSeconds)
        return (
          folds,
          "\(count) folds, each judged by the rows before it in time" + embargoWords + groupWords
        )
      }
      if let groups = rows.groups, let column = groupColumn {
        let count = foldCount ?? Self.defaultFoldCount
        return (
          try .grouped(by: groups, count: count), "\(count) folds of whole groups by \(column)"
        )
      }
      let count = foldCount ?? max(2, min(Self.defaultFoldCount, rarest))
      return (try stratified(count), "\(count) folds, stratified by outcome, seed \(seed)")
    } catch {
      throw .folds(error)
    }
  }

  private var groupWords: String {
    groupColumn.map { "; a group by \($0) trains once its last row is past" } ?? ""
  }

  private var embargoWords: String {
    let days = embargoSeconds / 86_400
    return days > 0 ? ", an embargo of \(shortest(days)) days between" : ""
  }
}
