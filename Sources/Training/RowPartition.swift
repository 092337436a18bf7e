import Evaluation
import Scoring

/// The rows of each fold, as the sweeps read them: one byte a row, padded to whole tiles.
///
/// Rows with the same part in every fold's training are one group, so that any fold's sums are sums
/// over groups.
struct RowPartition: Sendable {
  let foldCount: Int
  let groupCount: Int
  /// The group of each row; padding has the group `groupCount`, which trains nowhere.
  let groups: [UInt8]
  /// The fold that each row is held out to judge, or `foldCount`.
  let tests: [UInt8]
  /// By fold and group: 1 where the group trains, else 0. One more group for the padding.
  let trains: [[Double]]

  init(_ folds: Folds) {
    foldCount = folds.count
    groupCount = folds.trainingGroupCount
    let tile = DenseBlock.tileRowCount
    let padding = (folds.rowCount + tile - 1) / tile * tile - folds.rowCount
    let (groupCount, foldCount) = (groupCount, foldCount)
    groups =
      (0..<folds.rowCount).map { UInt8(folds.trainingGroup(of: $0)) }
      + Array(repeating: UInt8(groupCount), count: padding)
    tests =
      (0..<folds.rowCount).map { UInt8(folds.testFold(of: $0) ?? foldCount) }
      + Array(repeating: UInt8(foldCount), count: padding)
    trains = (0..<foldCount).map { fold in
      (0...groupCount).map { $0 < groupCount && folds.trains(group: $0, in: fold) ? 1 : 0 }
    }
  }
}
