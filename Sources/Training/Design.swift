package import LinearAlgebra
package import Scoring

/// The design [1 X] of n rows: the intercept's column of ones, the dense columns less their centers,
/// and a column of 0 and 1 for every level of every category, which is never written out.
///
/// The operations are those that fits and statistics need of a design: `times`, `transposeTimes` and
/// `sandwich`. Each reads the rows once, tile by tile. The tiles are split into lanes, and lanes are
/// added in order: the answer has the same bits for any number of threads.
package struct Design: Sendable {
  package let blocks: FeatureBlocks
  /// One number a dense column, subtracted from it. Coefficients do not depend on the centers; the
  /// intercept belongs to the centered columns.
  package let centers: [Double]
  let layout: DesignLayout

  package init(_ blocks: FeatureBlocks, centers: [Double]? = nil) {
    let centers = centers ?? Array(repeating: 0, count: blocks.dense.columnCount)
    precondition(
      centers.count == blocks.dense.columnCount,
      "\(centers.count) centers for \(blocks.dense.columnCount) dense columns")
    for category in blocks.categories {
      precondition(
        category.rowCount == blocks.rowCount,
        "category has \(category.rowCount) rows, dense block has \(blocks.rowCount)")
    }
    self.blocks = blocks
    self.centers = centers
    layout = DesignLayout(
      denseCount: blocks.dense.columnCount, levelCounts: blocks.categories.map(\.levelCount))
  }

  package var rowCount: Int { blocks.rowCount }
  /// 1 + p: the intercept is column 0.
  package var columnCount: Int { layout.columnCount }

  /// Returns [1 X] × `parameters`: n numbers from 1 + p.
  package func times(_ parameters: [Double], threadCount: Int) -> [Double] {
    let slots = layout.slots(parameters, centers: centers)
    let lanes = mapLanes(threadCount: threadCount) { kernel, tiles in
      var products: [Double] = []
      products.reserveCapacity(tiles.underestimatedCount * tileRows)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.times(slots)
        products.append(contentsOf: UnsafeBufferPointer(start: kernel.product, count: tileRows))
      }
      return products
    }
    return Array(lanes.joined().prefix(rowCount))
  }

  /// Returns [1 X]ᵀ × `values`: 1 + p numbers from n.
  package func transposeTimes(_ values: [Double], threadCount: Int) -> [Double] {
    let values = padded(values)
    let lanes = mapLanes(threadCount: threadCount) { kernel, tiles in
      var sums = [Double](repeating: 0, count: layout.slotCount)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.take(values, into: kernel.residual)
        kernel.addTransposeTimes(to: &sums)
      }
      return sums
    }
    return layout.parameters(sum(lanes), centers: centers)
  }

  /// Returns [1 X]ᵀ diag(`weights`) [1 X]: (1 + p) × (1 + p), both triangles, from n weights not
  /// below 0.
  ///
  /// - Complexity: O(n d²) for d dense columns, O(n d) for each category and O(n) for each pair.
  package func sandwich(_ weights: [Double], threadCount: Int) -> Matrix {
    layout.symmetric(sandwichSums(padded(weights), threadCount: threadCount))
  }

  /// `sandwich` of weights padded to whole tiles, as `layout` stores it; of all tiles, or each
  /// `step`-th.
  func sandwichSums(_ weights: [Double], every step: Int = 1, threadCount: Int) -> [Double] {
    let lanes = mapLanes(every: step, threadCount: threadCount) { kernel, tiles in
      var sums = [Double](repeating: 0, count: layout.sandwichCount)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.take(weights, into: kernel.weight)
        kernel.addSandwich(to: &sums)
      }
      return sums
    }
    return sum(lanes)
  }

  private func padded(_ values: [Double]) -> [Double] {
    precondition(values.count == rowCount, "\(values.count) values for \(rowCount) rows")
    return values
      + Array(repeating: 0, count: blocks.dense.tileCount * tileRows - values.count)
  }
}

extension Design {
  /// The tiles of each lane: all, or each `step`-th. The number of lanes depends on the shape alone,
  /// never on the threads.
  func lanes(every step: Int = 1) -> [StrideTo<Int>] {
    let tileCount = (blocks.dense.tileCount + step - 1) / step
    let count = min(layout.laneCount, tileCount)
    return (0..<count).map { lane in
      stride(
        from: lane * tileCount / count * step, to: (lane + 1) * tileCount / count * step, by: step)
    }
  }

  /// Returns the answer of `body` for each lane, in order, given a kernel and the lane's tiles.
  func mapLanes<Answer: Sendable>(
    every step: Int = 1, threadCount: Int, _ body: @Sendable (TileKernel, StrideTo<Int>) -> Answer
  ) -> [Answer] {
    let lanes = lanes(every: step)
    return parallelMap(count: lanes.count, threadCount: threadCount) { lane in
      blocks.dense.values.withUnsafeBufferPointer { values in
        body(TileKernel(design: self, dense: values.baseAddress), lanes[lane])
      }
    }
  }

  /// Returns the element by element sum of the lanes, added in their order.
  func sum(_ lanes: [[Double]]) -> [Double] {
    guard var total = lanes.first else { return [] }
    for lane in lanes.dropFirst() {
      total.withUnsafeMutableBufferPointer { total in
        lane.withUnsafeBufferPointer { lane in
          for i in 0..<total.count { total[i] += lane[i] }
        }
      }
    }
    return total
  }
}
