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
  /// - Parameter floor: the least p (1 − p) of a row. With ¼, its greatest value, the answer is not
  ///   below the second derivatives anywhere (Böhning and Lindsay 1988).
  /// - Complexity: O(n p²).
  func curvature(at point: [Double], columns: DesignColumns, floor: Double) -> GroupedCurvature {
    design.blocks.categories.isEmpty
      ? denseCurvature(at: point, columns: columns, floor: floor)
      : blockCurvature(at: point, columns: columns, floor: floor)
  }

  private func denseCurvature(
    at point: [Double], columns: DesignColumns, floor: Double
  ) -> GroupedCurvature {
    let slots = columns.layout.slots(point, centers: columns.centers)
    let size = columns.layout.denseCount
    let groupCount = partition?.groupCount ?? 1
    let lanes = mapLanes(
      elementCount: size * size * groupCount, columns: columns, pointCount: 1, responseCount: 0
    ) { kernel, tiles in
      let packing = GroupPacking(columnCount: size, partition: partition)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.times(slots, count: 1)
        kernel.differentiate(point: 0)
        packing.add(kernel, centers: columns.centers, shares: problem.weights, floor: floor)
      }
      return packing.finish()
    }
    let total = design.sum(lanes)
    return GroupedCurvature(
      groups: (0..<groupCount).map { group in
        let sums = Array(total[group * size * size..<(group + 1) * size * size])
        var matrix = Matrix(rowCount: size, columnCount: size, columnMajor: sums)
        matrix.mirrorUpperTriangle()
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

/// Gathers rows, scaled by the roots of their weights, by group, and adds their products when a group's
/// buffer is full: a tile has too few rows of each group for products at full speed.
private final class GroupPacking {
  private let columnCount: Int
  private let groups: [UInt8]?
  private let groupCount: Int
  private let capacity = 2 * tileRows
  private var counts: [Int]
  private var sums: [Double]
  /// A block of `capacity` rows for each group, column-major.
  private let rows: UnsafeMutablePointer<Double>
  private let root: UnsafeMutablePointer<Double>
  private let target: UnsafeMutablePointer<Int>

  init(columnCount: Int, partition: RowPartition?) {
    self.columnCount = columnCount
    groups = partition?.groups
    groupCount = partition?.groupCount ?? 1
    counts = Array(repeating: 0, count: groupCount)
    sums = Array(repeating: 0, count: groupCount * columnCount * columnCount)
    // One more block takes the padding, which is never added.
    rows = .allocate(capacity: (groupCount + 1) * capacity * columnCount)
    root = .allocate(capacity: tileRows)
    target = .allocate(capacity: tileRows)
  }

  deinit {
    rows.deallocate()
    root.deallocate()
    target.deallocate()
  }

  func add(_ kernel: PanelKernel, centers: [Double], shares: [Double], floor: Double) {
    let first = kernel.firstRow
    for i in 0..<tileRows {
      root[i] = max(kernel.weight[i], floor * shares[first + i]).squareRoot()
      let group = groups.map { Int($0[first + i]) } ?? 0
      target[i] = group * capacity * columnCount
      guard group < groupCount else { continue }
      target[i] += counts[group]
      counts[group] += 1
    }
    for i in 0..<tileRows { rows[target[i]] = root[i] }
    for j in 0..<columnCount - 1 {
      guard let column = kernel.denseColumn(j) else { break }
      let block = rows + (j + 1) * capacity
      let center = centers[j]
      for i in 0..<tileRows { block[target[i]] = root[i] * (column[i] - center) }
    }
    for group in 0..<groupCount where counts[group] > capacity - tileRows { flush(group) }
  }

  func finish() -> [Double] {
    for group in 0..<groupCount { flush(group) }
    return sums
  }

  private func flush(_ group: Int) {
    let size = columnCount * columnCount
    sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      Products.addGram(
        rows + group * capacity * columnCount, rowCount: counts[group], columnCount: columnCount,
        leadingDimension: capacity, to: sums + group * size)
    }
    counts[group] = 0
  }
}
