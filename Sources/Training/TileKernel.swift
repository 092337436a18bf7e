import LinearAlgebra
import Scoring

let tileRows = DenseBlock.tileRowCount

/// The products of a design, one tile at a time, with the buffers for them; each lane has its own.
///
/// All that is done with a tile is done while it is in the cache. `product`, `residual`, `weight`
/// and `loss` hold one number a row, for the caller to read or fill between the products.
final class TileKernel {
  let product: UnsafeMutablePointer<Double>
  let residual: UnsafeMutablePointer<Double>
  let weight: UnsafeMutablePointer<Double>
  let loss: UnsafeMutablePointer<Double>
  private let sign: UnsafeMutablePointer<Double>
  private let root: UnsafeMutablePointer<Double>
  /// The tile times the roots of the weights, with the intercept's column in front.
  private let scaled: UnsafeMutablePointer<Double>
  /// The codes of the tile, category by category.
  private let codes: UnsafeMutablePointer<Int32>
  private let dense: UnsafePointer<Double>?
  private let design: Design
  private let layout: DesignLayout
  private var tile = 0
  private var reading: TileReading

  /// Creates a kernel over `dense`, the values of the design's dense block, which must outlive it.
  init(design: Design, dense: UnsafePointer<Double>?) {
    self.design = design
    self.dense = dense
    layout = design.layout
    reading = TileReading(design.blocks)
    product = .allocate(capacity: tileRows)
    residual = .allocate(capacity: tileRows)
    weight = .allocate(capacity: tileRows)
    loss = .allocate(capacity: tileRows)
    sign = .allocate(capacity: tileRows)
    root = .allocate(capacity: tileRows)
    scaled = .allocate(capacity: tileRows * layout.denseCount)
    codes = .allocate(capacity: tileRows * max(1, layout.levelCounts.count))
  }

  deinit {
    for buffer in [product, residual, weight, loss, sign, root, scaled] { buffer.deallocate() }
    codes.deallocate()
  }

  /// A kernel for other categories beside the same dense columns.
  func beside(_ other: Design) -> TileKernel { TileKernel(design: other, dense: dense) }

  /// The index of the tile's first row.
  var firstRow: Int { tile * tileRows }

  /// Goes to a tile, and unpacks its codes.
  func move(to tile: Int) {
    self.tile = tile
    reading.move(to: tile)
    for (k, category) in design.blocks.categories.enumerated() {
      category.unpack(tile: tile, into: codes + k * tileRows)
    }
  }

  /// Goes to a tile whose `weight` is known.
  func move(to tile: Int, weights: UnsafePointer<Double>) {
    move(to: tile)
    weight.update(from: weights, count: tileRows)
  }

  /// Copies the tile's part of `values`, n and padding, to `buffer`.
  func take(_ values: [Double], into buffer: UnsafeMutablePointer<Double>) {
    values.withUnsafeBufferPointer { values in
      _ = UnsafeMutableBufferPointer(start: buffer, count: tileRows)
        .update(from: values[firstRow..<firstRow + tileRows])
    }
  }

  /// The tile's part of signs that are kept as bytes, n and padding.
  func signs(_ signs: [Int8]) -> UnsafePointer<Double> {
    widen(signs, from: firstRow, into: sign)
    return UnsafePointer(sign)
  }

  /// Sets `product` to [1 X] times the coefficients in `slots`.
  func times(_ slots: UnsafePointer<Double>) {
    product.update(repeating: slots[0], count: tileRows)
    if let columns = denseTile {
      Products.addTimes(
        columns, rowCount: tileRows, columnCount: layout.denseCount - 1,
        leadingDimension: tileRows, slots + 1, to: product)
    }
    for k in layout.levelCounts.indices {
      let codes = codes + k * tileRows
      let coefficients = slots + layout.slotStarts[k]
      for i in 0..<tileRows { product[i] += coefficients[Int(codes[i])] }
    }
  }

  /// Adds Xᵀ `residual` to `slots`, without the centers.
  func addTransposeTimes(to slots: UnsafeMutablePointer<Double>) {
    var total = 0.0
    for i in 0..<tileRows { total += residual[i] }
    slots[0] += total
    if let columns = denseTile {
      Products.addTransposeTimes(
        columns, rowCount: tileRows, columnCount: layout.denseCount - 1,
        leadingDimension: tileRows, residual, to: slots + 1)
    }
    for k in layout.levelCounts.indices {
      addToLevels(residual, of: k, table: slots + layout.slotStarts[k])
    }
  }

  /// Adds the weighted squares of the columns, less their centers, to `slots`.
  func addWeightedSquares(to slots: UnsafeMutablePointer<Double>) {
    for i in 0..<tileRows { slots[0] += weight[i] }
    if let columns = denseTile {
      for j in 0..<layout.denseCount - 1 {
        slots[j + 1] += weightedSquare(columns + j * tileRows, center: design.centers[j])
      }
    }
    for k in layout.levelCounts.indices {
      addToLevels(weight, of: k, table: slots + layout.slotStarts[k])
    }
  }

  /// Adds [1 X]ᵀ diag(`weight`) [1 X] to `sums`, which `layout` describes.
  func addSandwich(to sums: UnsafeMutablePointer<Double>) {
    scaleTile()
    Products.addGram(
      scaled, rowCount: tileRows, columnCount: layout.denseCount, leadingDimension: tileRows,
      to: sums)
    for k in layout.levelCounts.indices {
      addDenseTable(of: k, to: sums + layout.denseTableStarts[k])
      for m in (k + 1)..<max(k + 1, layout.levelCounts.count) {
        addPairTable(of: k, and: m, to: sums + layout.pairTableStarts[k][m - k - 1])
      }
    }
  }
}

extension TileKernel {
  private var denseTile: UnsafePointer<Double>? {
    layout.denseCount > 1 ? dense.map { $0 + firstRow * (layout.denseCount - 1) } : nil
  }

  /// Eight sums side by side, as one alone waits for itself.
  private func weightedSquare(_ column: UnsafePointer<Double>, center: Double) -> Double {
    let column = UnsafeRawPointer(column)
    let weight = UnsafeRawPointer(weight)
    var sums = SIMD8<Double>()
    for offset in stride(from: 0, to: tileRows * 8, by: 64) {
      let value = column.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self) - center
      sums += weight.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self) * value * value
    }
    return sums.sum()
  }

  private func scaleTile() {
    for i in 0..<tileRows { root[i] = weight[i].squareRoot() }
    scaled.update(from: root, count: tileRows)
    guard let columns = denseTile else { return }
    for j in 0..<layout.denseCount - 1 {
      let center = design.centers[j]
      let column = columns + j * tileRows
      let target = scaled + (j + 1) * tileRows
      for i in 0..<tileRows { target[i] = root[i] * (column[i] - center) }
    }
  }

  private func addToLevels(
    _ values: UnsafePointer<Double>, of category: Int, table: UnsafeMutablePointer<Double>
  ) {
    let codes = codes + category * tileRows
    for i in 0..<tileRows { table[Int(codes[i])] += values[i] }
  }

  private func addDenseTable(of category: Int, to table: UnsafeMutablePointer<Double>) {
    let codes = codes + category * tileRows
    let stride = layout.levelCounts[category] + 1
    for j in 0..<layout.denseCount {
      let levels = table + j * stride
      let column = scaled + j * tileRows
      for i in 0..<tileRows { levels[Int(codes[i])] += root[i] * column[i] }
    }
  }

  private func addPairTable(
    of first: Int, and second: Int, to table: UnsafeMutablePointer<Double>
  ) {
    let rows = codes + first * tileRows
    let columns = codes + second * tileRows
    let stride = layout.levelCounts[second] + 1
    for i in 0..<tileRows { table[Int(rows[i]) * stride + Int(columns[i])] += weight[i] }
  }
}

/// Writes a tile's signs, from row `first` on, as numbers.
func widen(_ signs: [Int8], from first: Int, into target: UnsafeMutablePointer<Double>) {
  signs.withUnsafeBufferPointer { signs in
    guard let signs = signs.baseAddress.map({ $0 + first }) else { return }
    for i in 0..<tileRows { target[i] = Double(signs[i]) }
  }
}
