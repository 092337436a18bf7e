import LinearAlgebra
import Scoring

/// The second derivatives of the log loss at one point, apart for each group of rows, so that those of
/// every fold are sums of them.
struct GroupedCurvature: Sendable {
  /// One symmetric matrix for each group, or a single one for all rows; not divided by any weight.
  let groups: [Matrix]
  /// The sum of the groups.
  let total: Matrix

  init(groups: [Matrix]) {
    self.groups = groups
    var total = groups[0]
    for group in groups.dropFirst() {
      total.withUnsafeMutableValues { total in
        guard let target = total.baseAddress else { return }
        Products.add(group.values, times: 1, count: total.count, to: target)
      }
    }
    self.total = total
  }

  /// Whether no column is known by the others to more than a thousandth of its square: then seven
  /// digits leave four.
  var isWellConditioned: Bool {
    do throws(FactorizationError) {
      let pivots = try Cholesky(total).pivots
      return pivots.indices.allSatisfy { pivots[$0] > 1e-3 * total[$0, $0] }
    } catch {
      return false  // no factor: the columns repeat each other, or have no weight
    }
  }

  /// Returns the second derivatives of the mean log loss of the rows that train in `fold`, times
  /// `factor`.
  func matrix(_ fold: Int?, of sweep: PanelSweep, times factor: Double) -> Matrix {
    var sum = Matrix(
      rowCount: groups[0].rowCount, columnCount: groups[0].columnCount, repeating: 0)
    let weight = fold.map { sweep.trainingWeights[$0] } ?? sweep.weight
    for (index, group) in groups.enumerated() {
      let part = fold.flatMap { sweep.partition?.trains[$0][index] } ?? 1
      guard part > 0 else { continue }
      sum.withUnsafeMutableValues { sum in
        guard let target = sum.baseAddress else { return }
        Products.add(group.values, times: factor * part / weight, count: sum.count, to: target)
      }
    }
    return sum
  }
}

extension PanelSweep {
  /// Returns the second derivatives at `point`, a set of parameters of `columns`.
  ///
  /// - Parameters:
  ///   - floor: the least p (1 − p) of a row. With ¼, its greatest value, the answer is not below the
  ///     second derivatives anywhere (Böhning and Lindsay 1988).
  ///   - isRough: Whether seven digits will do, which take half the time. A millionth is added to the
  ///     diagonal then, so that rounding leaves the answer positive definite.
  /// - Complexity: O(n p²).
  func curvature(
    at point: [Double], columns: DesignColumns, floor: Double, isRough: Bool = false
  ) -> GroupedCurvature {
    guard design.blocks.categories.isEmpty else {
      return blockCurvature(at: point, columns: columns, floor: floor)
    }
    return isRough
      ? denseCurvature(at: point, columns: columns, floor: floor, ridge: 1e-6, as: Float.self)
      : denseCurvature(at: point, columns: columns, floor: floor, ridge: 0, as: Double.self)
  }

  private func denseCurvature<Scalar: GramScalar>(
    at point: [Double], columns: DesignColumns, floor: Double, ridge: Double, as: Scalar.Type
  ) -> GroupedCurvature {
    let slots = columns.layout.slots(point, centers: columns.centers)
    let size = columns.layout.denseCount
    let groupCount = partition?.groupCount ?? 1
    let units = columns.dense.map { columnUnits[$0] }
    let lanes = mapLanes(
      elementCount: size * size * groupCount, columns: columns, pointCount: 1, responseCount: 0
    ) { kernel, tiles in
      let packing = GroupPacking<Scalar>(
        partition: partition, centers: columns.centers, units: units)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.times(slots, count: 1)
        kernel.differentiate(point: 0)
        packing.add(kernel, shares: problem.weights, floor: floor)
      }
      return packing.finish()
    }
    let total = design.sum(lanes)
    return GroupedCurvature(
      groups: (0..<groupCount).map { group in
        let sums = Array(total[group * size * size..<(group + 1) * size * size])
        var matrix = Matrix(rowCount: size, columnCount: size, columnMajor: sums)
        matrix.mirrorUpperTriangle()
        for j in 0..<size { matrix[j, j] *= 1 + ridge }
        return matrix
      })
  }

  /// With categories, each group takes a sandwich of its own.
  private func blockCurvature(
    at point: [Double], columns: DesignColumns, floor: Double
  ) -> GroupedCurvature {
    let weights = rowWeights(at: point, columns: columns, floor: floor)
    let groupCount = partition?.groupCount ?? 1
    return GroupedCurvature(
      groups: (0..<groupCount).map { group in
        let kept = weights.indices.map { row in
          partition.map { Int($0.groups[row]) == group } ?? true ? weights[row] : 0
        }
        let whole = design.sandwich(kept, threadCount: threadCount)
        if columns.isWhole { return whole }
        let parameters = columns.parameters
        var part = Matrix(
          rowCount: parameters.count, columnCount: parameters.count, repeating: 0)
        for (j, column) in parameters.enumerated() {
          for (i, row) in parameters.enumerated() { part[i, j] = whole[row, column] }
        }
        return part
      })
  }

  /// The second derivative of each row's loss by its linear predictor; 0 in tiles that are not read.
  private func rowWeights(at point: [Double], columns: DesignColumns, floor: Double) -> [Double] {
    let slots = columns.layout.slots(point, centers: columns.centers)
    let lanes = mapLanes(
      elementCount: 1, columns: columns, pointCount: 1, responseCount: 0
    ) { kernel, tiles in
      tiles.map { tile in
        kernel.move(to: tile)
        kernel.times(slots, count: 1)
        kernel.differentiate(point: 0)
        return (0..<tileRows).map {
          max(kernel.weight[$0], floor * problem.weights[tile * tileRows + $0])
        }
      }
    }
    var weights = [Double](repeating: 0, count: design.rowCount)
    for (tile, values) in zip(tiles, lanes.joined()) {
      let rows = tile * tileRows..<min((tile + 1) * tileRows, weights.count)
      weights.replaceSubrange(rows, with: values.prefix(rows.count))
    }
    return weights
  }
}

extension Matrix {
  /// Copies the upper triangle to the lower.
  fileprivate mutating func mirrorUpperTriangle() {
    let count = columnCount
    withUnsafeMutableValues { values in
      for j in 0..<count {
        for i in 0..<j { values[i * count + j] = values[j * count + i] }
      }
    }
  }
}

/// A type of number that LinearAlgebra multiplies.
private protocol GramScalar: BinaryFloatingPoint, Sendable {
  static func addGram(
    _ tile: UnsafePointer<Self>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Self>)
}

extension Double: GramScalar {
  fileprivate static func addGram(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Double>
  ) {
    Products.addGram(
      tile, rowCount: rowCount, columnCount: columnCount, leadingDimension: leadingDimension,
      to: result)
  }
}

extension Float: GramScalar {
  fileprivate static func addGram(
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
private final class GroupPacking<Scalar: GramScalar> {
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
