import LinearAlgebra
import Scoring

/// The lengths xᵢ A⁻¹ xᵢᵀ of a design's rows [1 x] in the inverse of an information matrix A.
///
/// A row's levels are not written out. With the levels first, A = RᵀR has the blocks of a level part and
/// of a dense part, S = A_dd − A_dl A_ll⁻¹ A_ld, and
///
///     x A⁻¹ xᵀ = z S⁻¹ zᵀ + x_l A_ll⁻¹ x_lᵀ,   z = x_d − x_l A_ll⁻¹ A_ld
///
/// where x_l picks a row of A_ll⁻¹ A_ld for each category, and an element of A_ll⁻¹ for each pair.
struct HatDiagonals {
  private let design: Design
  /// Of S: the dense columns and the intercept.
  private let factor: Cholesky
  /// A_dl A_ll⁻¹, a column for each level; `nil` without levels.
  private let projection: Matrix?
  private let levelInverse: Matrix?

  /// - Parameter information: (1 + p) × (1 + p), both triangles.
  init(design: Design, information: Matrix) throws(FactorizationError) {
    self.design = design
    let denseCount = design.blocks.dense.columnCount + 1
    guard design.columnCount > denseCount else {
      factor = try Cholesky(information)
      projection = nil
      levelInverse = nil
      return
    }
    let dense = 0..<denseCount
    let levels = denseCount..<design.columnCount
    let levelFactor = try Cholesky(information.block(levels, levels))
    let across = information.block(levels, dense)
    let solved = levelFactor.solve(across)
    var rest = information.block(dense, dense)
    for j in dense {
      // Row by row of A_dl A_ll⁻¹ A_ld; the upper triangle is enough.
      let explained = across.transposeTimes(Array(solved.column(j)))
      for i in 0...j { rest[i, j] -= explained[i] }
    }
    factor = try Cholesky(rest)
    projection = solved.transposed()
    levelInverse = levelFactor.inverse()
  }

  /// Returns `weights` times the lengths: n numbers.
  ///
  /// - Complexity: O(n (d² + c d + c²)) for d dense columns and c categories.
  func values(weights: [Double], threadCount: Int) -> [Double] {
    let tileCount = design.blocks.dense.tileCount
    let tilesPerPart = 16
    let parts = parallelMap(
      count: (tileCount + tilesPerPart - 1) / tilesPerPart, threadCount: threadCount
    ) { part in
      values(
        tiles: part * tilesPerPart..<min((part + 1) * tilesPerPart, tileCount), weights: weights)
    }
    return Array(parts.joined())
  }

  private func values(tiles: Range<Int>, weights: [Double]) -> [Double] {
    let denseCount = design.blocks.dense.columnCount + 1
    var rows = [Double](repeating: 0, count: tileRows * denseCount)
    var lengths = [Double](repeating: 0, count: tiles.count * tileRows)
    for tile in tiles {
      let first = tile * tileRows
      let count = min(tileRows, design.rowCount - first)
      let start = (tile - tiles.lowerBound) * tileRows
      rows.withUnsafeMutableBufferPointer { rows in
        guard let base = rows.baseAddress else { return }
        fillDense(base, tile: tile)
        addLevels(rows, to: &lengths, at: start, rows: first..<first + count)
        factor.whiten(base, rowCount: count, leadingDimension: tileRows)
        for j in 0..<denseCount {
          for i in 0..<count {
            let value = base[j * tileRows + i]
            lengths[start + i] += value * value
          }
        }
      }
      for i in 0..<count { lengths[start + i] *= weights[first + i] }
    }
    let end = min(tiles.upperBound * tileRows, design.rowCount)
    return Array(lengths.prefix(end - tiles.lowerBound * tileRows))
  }

  private func fillDense(_ rows: UnsafeMutablePointer<Double>, tile: Int) {
    rows.update(repeating: 1, count: tileRows)
    let start = tile * tileRows * design.centers.count
    design.blocks.dense.values.withUnsafeBufferPointer { dense in
      for (j, center) in design.centers.enumerated() {
        let column = start + j * tileRows
        for i in 0..<tileRows { rows[(j + 1) * tileRows + i] = dense[column + i] - center }
      }
    }
  }

  /// Takes the levels' part off the dense rows, and adds its length.
  private func addLevels(
    _ tile: UnsafeMutableBufferPointer<Double>, to lengths: inout [Double], at start: Int,
    rows: Range<Int>
  ) {
    guard let projection, let levelInverse else { return }
    let denseCount = projection.rowCount
    let levelCount = levelInverse.rowCount
    projection.values.withUnsafeBufferPointer { projection in
      levelInverse.values.withUnsafeBufferPointer { inverse in
        var levels: [Int] = []
        for (i, row) in rows.enumerated() {
          fill(&levels, row: row)
          for (k, level) in levels.enumerated() {
            for j in 0..<denseCount {
              tile[j * tileRows + i] -= projection[level * denseCount + j]
            }
            lengths[start + i] += inverse[level * levelCount + level]
            for other in levels[..<k] {
              lengths[start + i] += 2 * inverse[level * levelCount + other]
            }
          }
        }
      }
    }
  }

  /// The levels of a row, counted over all categories.
  private func fill(_ levels: inout [Int], row: Int) {
    levels.removeAll(keepingCapacity: true)
    var start = 0
    for category in design.blocks.categories {
      let code = category.code(row)
      if code < category.levelCount { levels.append(start + code) }
      start += category.levelCount
    }
  }
}

extension Matrix {
  fileprivate func block(_ rows: Range<Int>, _ columns: Range<Int>) -> Matrix {
    Matrix(
      rowCount: rows.count, columnCount: columns.count,
      columnMajor: columns.flatMap { j in
        values[j * rowCount + rows.lowerBound..<j * rowCount + rows.upperBound]
      })
  }
}
