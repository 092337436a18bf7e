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
    let sandwiches =
      partition == nil
      ? [design.sandwich(weights, threadCount: threadCount)]
      : groupDesigns.map { group in
        group.design.sandwich(group.rows.map { weights[$0] }, threadCount: threadCount)
      }
    return GroupedCurvature(
      groups: sandwiches.map { whole in
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
