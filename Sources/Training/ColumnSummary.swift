import LinearAlgebra
import Scoring

/// What a fit must know of each dense column before it starts, over the rows with a weight.
struct ColumnSummary: Sendable {
  /// The weighted mean, or the value itself when there is only one.
  var center = 0.0
  var lowest = Double.infinity
  var highest = -Double.infinity

  /// The largest distance from the center; 0 for a constant column and for no rows.
  var spread: Double { lowest < highest ? max(highest - center, center - lowest) : 0 }

  /// The largest magnitude.
  var largest: Double { lowest <= highest ? max(abs(lowest), abs(highest)) : 0 }

  /// Whether squares of the column, and of its distances, neither overflow nor vanish.
  var isRepresentable: Bool {
    largest < 1e150 && (spread == 0 || spread > 1e-150)
  }

  /// Adds `count` rows; returns the index of the first that is not finite, whatever its weight.
  mutating func add(
    _ values: UnsafePointer<Double>, weights: UnsafePointer<Double>, count: Int
  ) -> Int? {
    let whole = count / 8 * 8
    var sums = SIMD8<Double>()
    var probe = SIMD8<Double>()
    var (least, greatest) = (SIMD8(repeating: lowest), SIMD8(repeating: highest))
    for i in stride(from: 0, to: whole, by: 8) {
      let value = UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<Double>.self)
      let weight = UnsafeRawPointer(weights + i).loadUnaligned(as: SIMD8<Double>.self)
      let isOut = weight .<= 0
      probe += value * 0  // NaN from the first value that is not finite
      sums += weight * value
      least = pointwiseMin(least, value.replacing(with: least, where: isOut))
      greatest = pointwiseMax(greatest, value.replacing(with: greatest, where: isOut))
    }
    (lowest, highest) = (least.min(), greatest.max())
    center += sums.sum()
    var end = probe.sum()
    for i in whole..<count {
      end += values[i] * 0
      guard weights[i] > 0 else { continue }
      center += weights[i] * values[i]
      lowest = min(lowest, values[i])
      highest = max(highest, values[i])
    }
    return end == 0 ? nil : (0..<count).first { !values[$0].isFinite }
  }

  /// Adds the rows of `other`; the weights of both are shares of one total.
  mutating func add(_ other: ColumnSummary) {
    center += other.center
    lowest = min(lowest, other.lowest)
    highest = max(highest, other.highest)
  }

  /// Makes the center of a constant column exact: a rounded mean would leave noise for a column.
  mutating func close() {
    if lowest == highest { center = lowest }
  }
}

/// A value that is not finite, by index.
struct BadValue: Error, Comparable {
  let column: Int
  let row: Int

  static func < (a: BadValue, b: BadValue) -> Bool { (a.column, a.row) < (b.column, b.row) }
}

extension Design {
  /// Returns the summaries of the dense columns, which are all finite and of a usable scale.
  ///
  /// - Parameters:
  ///   - weights: shares, padded.
  ///   - names: what columns are called in errors.
  static func summaries(
    of block: DenseBlock, weights: [Double], threadCount: Int, names: (Int) -> String
  ) throws(FitError) -> [ColumnSummary] {
    let summaries: [ColumnSummary]
    do throws(BadValue) {
      summaries = try Self.summaries(of: block, weights: weights, threadCount: threadCount)
    } catch {
      throw .notFinite(row: error.row + 1, column: names(error.column))
    }
    for (j, summary) in summaries.enumerated() where !summary.isRepresentable {
      throw .scaleOutOfRange(column: names(j), largest: summary.largest)
    }
    return summaries
  }

  private static func summaries(
    of block: DenseBlock, weights: [Double], threadCount: Int
  ) throws(BadValue) -> [ColumnSummary] {
    // A column at a time would read the block once a column; a tile at a time reads it once.
    let laneCount = min(8, max(1, block.tileCount))
    let lanes = parallelMap(count: laneCount, threadCount: threadCount) { lane in
      summaries(
        of: block, weights: weights,
        tiles: lane * block.tileCount / laneCount..<(lane + 1) * block.tileCount / laneCount)
    }
    if let bad = lanes.compactMap(\.bad).min() { throw bad }
    var total = [ColumnSummary](repeating: ColumnSummary(), count: block.columnCount)
    for lane in lanes {
      for j in total.indices { total[j].add(lane.columns[j]) }
    }
    for j in total.indices { total[j].close() }
    return total
  }

  private static func summaries(
    of block: DenseBlock, weights: [Double], tiles: Range<Int>
  ) -> (columns: [ColumnSummary], bad: BadValue?) {
    var columns = [ColumnSummary](repeating: ColumnSummary(), count: block.columnCount)
    var bad: BadValue?
    var reading = TileReading(FeatureBlocks(dense: block, categories: []))
    block.values.withUnsafeBufferPointer { values in
      weights.withUnsafeBufferPointer { weights in
        guard let values = values.baseAddress, let weights = weights.baseAddress else { return }
        for tile in tiles {
          reading.move(to: tile)
          let first = tile * tileRows
          for j in columns.indices {
            let row = columns[j].add(
              values + block.index(row: first, column: j), weights: weights + first,
              count: min(tileRows, block.rowCount - first))
            guard let row else { continue }
            let found = BadValue(column: j, row: first + row)
            bad = bad.map { min($0, found) } ?? found
          }
        }
      }
    }
    return (columns, bad)
  }
}
