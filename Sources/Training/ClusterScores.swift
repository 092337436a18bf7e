import LinearAlgebra
import Scoring

/// The scores of groups of rows: for each group g, the sum s_g of residual × [1 x] over its rows.
struct ClusterScores {
  private let design: Design
  private let residuals: [Double]
  /// The rows with a weight, those of a group together; group g starts at `starts[g]`.
  private let rows: [Int]
  private let starts: [Int]

  /// - Parameters:
  ///   - residuals: n derivatives of the loss by the linear predictor.
  ///   - groups: n codes.
  ///   - weights: n weights; rows with 0 are in no group.
  init(_ design: Design, residuals: [Double], groups: [Int], weights: [Double]) {
    self.design = design
    self.residuals = residuals
    var numbers: [Int: Int] = [:]
    var counts: [Int] = []
    let rowGroups = (0..<design.rowCount).map { row -> Int? in
      guard weights[row] > 0 else { return nil }
      let number = numbers[groups[row]] ?? counts.count
      if number == counts.count {
        numbers[groups[row]] = number
        counts.append(0)
      }
      counts[number] += 1
      return number
    }
    var ends = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    starts = ends
    var rows = [Int](repeating: 0, count: ends.last ?? 0)
    for (row, group) in rowGroups.enumerated() {
      guard let group else { continue }
      rows[ends[group]] = row
      ends[group] += 1
    }
    self.rows = rows
  }

  var groupCount: Int { starts.count - 1 }

  /// Returns Σ s_g s_gᵀ over the groups.
  ///
  /// Groups of one row, of which there may be as many as rows, go by the design's sandwich; the others
  /// have their scores written out, some at a time.
  ///
  /// - Complexity: O(G p²) for G groups of more than one row.
  func products(threadCount: Int) -> Matrix {
    let larger = (0..<groupCount).filter { starts[$0 + 1] - starts[$0] > 1 }
    var total = design.sandwich(squaresOfSingles, threadCount: threadCount)
    // The number of lanes must not depend on the threads: sums are added in the lanes' order.
    let laneCount = design.columnCount <= 1024 ? 4 : 2
    let lanes = parallelMap(count: laneCount, threadCount: threadCount) { lane in
      products(
        of: larger[lane * larger.count / laneCount..<(lane + 1) * larger.count / laneCount])
    }
    let count = design.columnCount
    total.withUnsafeMutableValues { total in
      for lane in lanes where !lane.isEmpty {
        for j in 0..<count {
          for i in 0...j {
            total[j * count + i] += lane[j * count + i]
            total[i * count + j] = total[j * count + i]
          }
        }
      }
    }
    return total
  }

  /// The squared residuals of the rows that are a group of their own; 0 for the others.
  private var squaresOfSingles: [Double] {
    var squares = [Double](repeating: 0, count: design.rowCount)
    for group in 0..<groupCount where starts[group + 1] - starts[group] == 1 {
      let row = rows[starts[group]]
      squares[row] = residuals[row] * residuals[row]
    }
    return squares
  }

  /// The upper triangle of the sum over some groups; empty for none.
  private func products(of groups: ArraySlice<Int>) -> [Double] {
    guard !groups.isEmpty else { return [] }
    let columnCount = design.columnCount
    var sums = [Double](repeating: 0, count: columnCount * columnCount)
    // 8 MB of scores, but enough groups for the product to be one of matrices.
    let size = max(64, min(4096, (1 << 20) / columnCount))
    var scores = [Double](repeating: 0, count: size * columnCount)
    for first in stride(from: groups.startIndex, to: groups.endIndex, by: size) {
      let chunk = groups[first..<min(first + size, groups.endIndex)]
      for i in scores.indices { scores[i] = 0 }
      for (i, group) in chunk.enumerated() {
        for row in rows[starts[group]..<starts[group + 1]] {
          add(row, to: &scores, at: i, size: size)
        }
      }
      Products.addGram(
        scores, rowCount: chunk.count, columnCount: columnCount, leadingDimension: size, to: &sums)
    }
    return sums
  }

  private func add(_ row: Int, to scores: inout [Double], at index: Int, size: Int) {
    let residual = residuals[row]
    let (dense, centers) = (design.blocks.dense, design.centers)
    scores[index] += residual
    for j in centers.indices {
      scores[(j + 1) * size + index] += residual * (dense[row, j] - centers[j])
    }
    var start = centers.count + 1
    for category in design.blocks.categories {
      let code = category.code(row)
      if code < category.levelCount { scores[(start + code) * size + index] += residual }
      start += category.levelCount
    }
  }
}
