import LinearAlgebra
import Scoring

/// The columns of a matrix, centered, and scaled by powers of two so that no value is above 1.
///
/// Scaling by a power of two is exact, so that it costs no digits in either direction.
struct StandardizedBlock: Sendable {
  let block: DenseBlock
  let centers: [Double]
  /// standardized = (value − center) / scale; 1 for a constant column.
  let scales: [Double]

  init(
    _ features: Matrix, weights: [Double], threadCount: Int, names: (Int) -> String
  ) throws(FitError) {
    let columns = parallelMap(count: features.columnCount, threadCount: threadCount) {
      Self.summary(of: features, column: $0, weights: weights)
    }
    for (j, column) in columns.enumerated() {
      if let row = column.badRow { throw .notFinite(row: row + 1, column: names(j)) }
      guard column.summary.isRepresentable else {
        throw .scaleOutOfRange(column: names(j), largest: column.summary.largest)
      }
    }
    centers = columns.map(\.summary.center)
    scales = columns.map { Self.scale(of: $0.summary.spread) }
    block = Self.fill(features, centers: centers, scales: scales, threadCount: threadCount)
  }

  /// The least power of two that is not below `spread`.
  private static func scale(of spread: Double) -> Double {
    guard spread > 0 else { return 1 }
    let power = spread.binade
    return power == spread ? power : 2 * power
  }

  private static func summary(
    of features: Matrix, column: Int, weights: [Double]
  ) -> (summary: ColumnSummary, badRow: Int?) {
    var summary = ColumnSummary()
    let badRow = features.column(column).withUnsafeBufferPointer { values in
      weights.withUnsafeBufferPointer { weights in
        // Absent only without rows, which the problem has refused.
        guard let values = values.baseAddress, let weights = weights.baseAddress else {
          return Int?.none
        }
        return summary.add(values, weights: weights, count: features.rowCount)
      }
    }
    summary.close()
    return (summary, badRow)
  }

  private static func fill(
    _ features: Matrix, centers: [Double], scales: [Double], threadCount: Int
  ) -> DenseBlock {
    var block = DenseBlock(rowCount: features.rowCount, columnCount: features.columnCount)
    let (tileCount, columnCount) = (block.tileCount, block.columnCount)
    block.withUnsafeMutableValues { target in
      // Each thread writes its own column.
      nonisolated(unsafe) let target = target
      _ = parallelMap(count: columnCount, threadCount: threadCount) { j in
        features.column(j).withUnsafeBufferPointer { source in
          for tile in 0..<tileCount {
            let start = (tile * columnCount + j) * tileRows
            let first = tile * tileRows
            for row in first..<min(first + tileRows, source.count) {
              target[start + row - first] = (source[row] - centers[j]) / scales[j]
            }
          }
        }
      }
    }
    return block
  }
}
