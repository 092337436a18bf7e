import LinearAlgebra
import Scoring
import SpecialFunctions

/// The products of a tile with several sets of parameters, with the buffers for them; each lane has
/// its own.
final class PanelKernel {
  private let sweep: PanelSweep
  private let columns: DesignColumns
  private let dense: UnsafePointer<Double>?
  private let foldCount: Int
  /// Linear predictors, a column for each point.
  let predictors: UnsafeMutablePointer<Double>
  /// Residuals, a column for each response.
  let residuals: UnsafeMutablePointer<Double>
  /// One number a row for the point at hand.
  let margin: UnsafeMutablePointer<Double>
  let residual: UnsafeMutablePointer<Double>
  let weight: UnsafeMutablePointer<Double>
  let loss: UnsafeMutablePointer<Double>
  /// A column of ones, then one for each fold: 1 where the row trains, and one: 1 where it is held out.
  private let masks: UnsafeMutablePointer<Double>
  /// The tile's outcomes as ±1.
  private let signs: UnsafeMutablePointer<Double>
  /// The tile's dense columns, together.
  private let packed: UnsafeMutablePointer<Double>
  private var denseColumns: UnsafePointer<Double>?
  private(set) var tile = 0
  private var reading: TileReading

  /// Creates a kernel over `dense`, the values of the design's dense block, which must outlive it.
  init(
    sweep: PanelSweep, columns: DesignColumns, dense: UnsafePointer<Double>?, pointCount: Int,
    responseCount: Int
  ) {
    self.sweep = sweep
    self.columns = columns
    self.dense = dense
    reading = TileReading(sweep.design.blocks)
    foldCount = sweep.partition?.foldCount ?? 0
    predictors = .allocate(capacity: tileRows * pointCount)
    residuals = .allocate(capacity: tileRows * responseCount)
    margin = .allocate(capacity: tileRows)
    residual = .allocate(capacity: tileRows)
    weight = .allocate(capacity: tileRows)
    loss = .allocate(capacity: tileRows)
    signs = .allocate(capacity: tileRows)
    masks = .allocate(capacity: tileRows * (1 + 2 * foldCount))
    masks.update(repeating: 1, count: tileRows)
    packed = .allocate(capacity: columns.isWhole ? 1 : tileRows * max(1, columns.dense.count))
  }

  deinit {
    for buffer in [predictors, residuals, margin, residual, weight, loss, masks, signs, packed] {
      buffer.deallocate()
    }
  }

  var firstRow: Int { tile * tileRows }

  /// Ones for every row, or for those that train in `fold`.
  func trains(in fold: Int?) -> UnsafePointer<Double> {
    UnsafePointer(masks + (fold.map { 1 + $0 } ?? 0) * tileRows)
  }

  /// Ones for the rows held out of `fold`.
  func isHeldOut(of fold: Int) -> UnsafePointer<Double> {
    UnsafePointer(masks + (1 + foldCount + fold) * tileRows)
  }

  /// Goes to a tile, puts its columns together, and looks its folds up.
  func move(to tile: Int) {
    self.tile = tile
    reading.move(to: tile)
    widen(sweep.problem.signs, from: firstRow, into: signs)
    let count = sweep.design.blocks.dense.columnCount
    let start = dense.map { $0 + firstRow * count }
    if columns.isWhole {
      denseColumns = start
    } else if let start {
      for (k, column) in columns.dense.enumerated() {
        (packed + k * tileRows).update(from: start + column * tileRows, count: tileRows)
      }
      denseColumns = UnsafePointer(packed)
    }
    if let partition = sweep.partition { fillMasks(partition) }
  }

  /// Sets `predictors` to the products with `count` sets of slots, `layout.slotCount` apart.
  func times(_ slots: UnsafePointer<Double>, count: Int) {
    let layout = columns.layout
    for point in 0..<count {
      (predictors + point * tileRows).update(
        repeating: slots[point * layout.slotCount], count: tileRows)
    }
    if let denseColumns {
      Products.addTimes(
        denseColumns, rowCount: tileRows, columnCount: columns.dense.count,
        leadingDimension: tileRows, panel: slots + 1, panelStride: layout.slotCount,
        panelCount: count, to: predictors, resultStride: tileRows)
    }
    for k in layout.levelCounts.indices {
      withCodes(of: k) { codes in
        for point in 0..<count {
          let levels = slots + point * layout.slotCount + layout.slotStarts[k]
          let target = predictors + point * tileRows
          for i in 0..<tileRows { target[i] += levels[Int(codes[i])] }
        }
      }
    }
  }

  /// Adds the products of the transposed tile with `count` columns of `residuals` to `slots`.
  func addTransposeTimes(count: Int, to slots: UnsafeMutablePointer<Double>) {
    let layout = columns.layout
    for response in 0..<count {
      slots[response * layout.slotCount] += Products.dot(
        masks, residuals + response * tileRows, count: tileRows)
    }
    if let denseColumns {
      Products.addTransposeTimes(
        denseColumns, rowCount: tileRows, columnCount: columns.dense.count,
        leadingDimension: tileRows, panel: residuals, panelStride: tileRows, panelCount: count,
        to: slots + 1, resultStride: layout.slotCount)
    }
    for k in layout.levelCounts.indices {
      withCodes(of: k) { codes in
        for response in 0..<count {
          let levels = slots + response * layout.slotCount + layout.slotStarts[k]
          let source = residuals + response * tileRows
          for i in 0..<tileRows { levels[Int(codes[i])] += source[i] }
        }
      }
    }
  }

  /// Sets `residual`, `weight` and `loss` from one column of `predictors`.
  func differentiate(point: Int) {
    let predictor = predictors + point * tileRows
    let first = firstRow
    sweep.problem.weights.withUnsafeBufferPointer { shares in
      guard let shares = shares.baseAddress.map({ $0 + first }) else { return }
      if let offset = sweep.problem.offset {
        for i in 0..<tileRows { margin[i] = signs[i] * (predictor[i] + offset[first + i]) }
      } else {
        for i in 0..<tileRows { margin[i] = signs[i] * predictor[i] }
      }
      VectorMath.logistic(
        margin: margin, sign: signs, share: shares, residual: residual, weight: weight,
        loss: loss, count: tileRows)
    }
  }

  /// Column `index`, from 0, of the dense columns in the tile.
  func denseColumn(_ index: Int) -> UnsafePointer<Double>? {
    denseColumns.map { $0 + index * tileRows }
  }

  private func fillMasks(_ partition: RowPartition) {
    for fold in 0..<foldCount {
      let trains = masks + (1 + fold) * tileRows
      let tests = masks + (1 + foldCount + fold) * tileRows
      let flags = partition.trains[fold]
      for i in 0..<tileRows {
        trains[i] = flags[Int(partition.groups[firstRow + i])]
        tests[i] = Int(partition.tests[firstRow + i]) == fold ? 1 : 0
      }
    }
  }

  private func withCodes(of category: Int, _ body: (UnsafePointer<Int32>) -> Void) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: tileRows) { codes in
      let block = sweep.design.blocks.categories[category]
      let rows = firstRow..<min(firstRow + tileRows, block.rowCount)
      switch block.codes {
      case .narrow(let source): for (i, row) in rows.enumerated() { codes[i] = Int32(source[row]) }
      case .medium(let source): for (i, row) in rows.enumerated() { codes[i] = Int32(source[row]) }
      case .wide(let source):
        for (i, row) in rows.enumerated() { codes[i] = Int32(truncatingIfNeeded: source[row]) }
      }
      for i in rows.count..<tileRows { codes[i] = Int32(block.levelCount) }
      if let codes = codes.baseAddress { body(codes) }
    }
  }
}
