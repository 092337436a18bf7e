import LinearAlgebra

/// A type of number that LinearAlgebra multiplies.
protocol GramScalar: BinaryFloatingPoint, Sendable {
  static func addGram(
    _ tile: UnsafePointer<Self>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Self>)
}

extension Double: GramScalar {
  static func addGram(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Double>
  ) {
    Products.addGram(
      tile, rowCount: rowCount, columnCount: columnCount, leadingDimension: leadingDimension,
      to: result)
  }
}

extension Float: GramScalar {
  static func addGram(
    _ tile: UnsafePointer<Float>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Float>
  ) {
    Products.addGram(
      tile, rowCount: rowCount, columnCount: columnCount, leadingDimension: leadingDimension,
      to: result)
  }
}

/// Gathers rows, scaled by the roots of their weights, by group, and adds their products when a group's
/// block is full: a tile has too few rows of each group for products at full speed.
///
/// The products of one block are sums of `Scalar`; blocks are added in `Double`.
final class GroupPacking<Scalar: GramScalar> {
  private let centers: [Double]
  /// Columns are divided by these, so that their squares are numbers of a `Float`.
  private let units: [Double]
  private let groups: [UInt8]?
  private let groupCount: Int
  private let columnCount: Int
  private let capacity = 2 * tileRows
  private var counts: [Int]
  private var sums: [Double]
  /// A block of `capacity` rows for each group, column-major; one more takes the padding, which is
  /// never added.
  private let rows: UnsafeMutablePointer<Scalar>
  private let products: UnsafeMutablePointer<Scalar>
  private let root: UnsafeMutablePointer<Double>
  private let target: UnsafeMutablePointer<Int>

  init(partition: RowPartition?, centers: [Double], units: [Double]) {
    self.centers = centers
    self.units = units
    columnCount = centers.count + 1
    groups = partition?.groups
    groupCount = partition?.groupCount ?? 1
    counts = Array(repeating: 0, count: groupCount)
    sums = Array(repeating: 0, count: groupCount * columnCount * columnCount)
    rows = .allocate(capacity: (groupCount + 1) * capacity * columnCount)
    products = .allocate(capacity: columnCount * columnCount)
    root = .allocate(capacity: tileRows)
    target = .allocate(capacity: tileRows)
  }

  deinit {
    rows.deallocate()
    products.deallocate()
    root.deallocate()
    target.deallocate()
  }

  func add(_ kernel: PanelKernel, shares: [Double], floor: Double) {
    let first = kernel.firstRow
    for i in 0..<tileRows {
      root[i] = max(kernel.weight[i], floor * shares[first + i]).squareRoot()
    }
    if groups == nil { pack(kernel) } else { scatter(kernel) }
    for group in 0..<groupCount where counts[group] > capacity - tileRows { flush(group) }
  }

  /// Of a single group, the rows follow each other.
  private func pack(_ kernel: PanelKernel) {
    let start = rows + counts[0]
    counts[0] += tileRows
    for i in 0..<tileRows { start[i] = Scalar(root[i]) }
    for j in centers.indices {
      guard let column = kernel.denseColumn(j) else { return }
      let block = start + (j + 1) * capacity
      let (center, factor) = (centers[j], 1 / units[j])
      for i in 0..<tileRows { block[i] = Scalar(root[i] * ((column[i] - center) * factor)) }
    }
  }

  private func scatter(_ kernel: PanelKernel) {
    let first = kernel.firstRow
    for i in 0..<tileRows {
      let group = groups.map { Int($0[first + i]) } ?? 0
      target[i] = group * capacity * columnCount
      guard group < groupCount else { continue }
      target[i] += counts[group]
      counts[group] += 1
    }
    for i in 0..<tileRows { rows[target[i]] = Scalar(root[i]) }
    for j in centers.indices {
      guard let column = kernel.denseColumn(j) else { return }
      let block = rows + (j + 1) * capacity
      let (center, factor) = (centers[j], 1 / units[j])
      for i in 0..<tileRows {
        block[target[i]] = Scalar(root[i] * ((column[i] - center) * factor))
      }
    }
  }

  /// Returns the upper triangles, group after group.
  func finish() -> [Double] {
    for group in 0..<groupCount { flush(group) }
    let scales = [1] + units
    for group in 0..<groupCount {
      for j in 0..<columnCount {
        let start = (group * columnCount + j) * columnCount
        for i in 0...j { sums[start + i] *= scales[i] * scales[j] }
      }
    }
    return sums
  }

  private func flush(_ group: Int) {
    guard counts[group] > 0 else { return }
    products.update(repeating: 0, count: columnCount * columnCount)
    Scalar.addGram(
      rows + group * capacity * columnCount, rowCount: counts[group], columnCount: columnCount,
      leadingDimension: capacity, to: products)
    counts[group] = 0
    let size = columnCount * columnCount
    sums.withUnsafeMutableBufferPointer { sums in
      guard let target = sums.baseAddress.map({ $0 + group * size }) else { return }
      for i in 0..<size { target[i] += Double(products[i]) }
    }
  }
}
