import LinearAlgebra
import Scoring

/// An approximation of the second derivatives that can be solved with, for conjugate gradients.
///
/// `whole` is the exact matrix over a sample of tiles, factored: with r times as many rows as
/// parameters, each iteration takes the error down by about √r. It is (1 + p)K squared, so that beyond
/// a size the blocks of each class by itself take its place: the dense columns factored, and the
/// levels of categories by their diagonal.
struct MultinomialPreconditioner: Sendable {
  private enum Form: Sendable {
    case whole(Cholesky)
    /// Of the dense columns: one factor a class, or one for all with a scale for each class.
    case classes([Cholesky], scales: [Double])
  }

  private let form: Form
  /// Of all parameters; in form `classes` those of the levels are used.
  private let diagonal: [Double]
  private let objective: MultinomialObjective

  /// Makes it at the point whose probabilities were kept, from at most `rowsPerParameter` rows for
  /// each parameter.
  init(
    _ objective: MultinomialObjective, probabilities: [Float], rowsPerParameter: Int
  ) {
    self.objective = objective
    let isWhole = Self.isWhole(objective)
    let rows = isWhole ? rowsPerParameter * objective.parameterCount : Self.classRows(objective)
    let sample = objective.sampled(tileCount: max(8, rows / tileRows)) ?? objective
    diagonal = Self.diagonal(objective, probabilities: probabilities)
    form =
      isWhole
      ? .whole(
        Cholesky(
          damping: Self.wholeMatrix(sample, probabilities: probabilities, diagonal: diagonal),
          spreads: (0..<objective.classCount).flatMap { _ in objective.spreads }))
      : Self.classes(sample, probabilities: probabilities)
  }

  /// Whether a factor of the whole matrix is worth its cost: 16 (pK)³ for a sample of 16 rows a
  /// parameter must not outweigh the twenty or so products, of 4 n p K each, that it saves.
  static func isWhole(_ objective: MultinomialObjective) -> Bool {
    let count = objective.parameterCount
    return count <= 512 || (count <= 1536 && count * count <= 16 * objective.problem.rowCount)
  }

  /// Solves approximately for `residual`, of mean 0 over the classes; so is the answer.
  func solve(_ residual: [Double]) -> [Double] {
    var solution: [Double]
    switch form {
    case .whole(let factor):
      solution = factor.solve(residual)
    case .classes(let factors, let scales):
      solution = zip(residual, diagonal).map { $0 / $1 }
      let (count, dense) = (objective.columnCount, objective.design.layout.denseCount)
      for k in 0..<objective.classCount {
        let range = k * count..<k * count + dense
        let part = factors[min(k, factors.count - 1)].solve(Array(residual[range]))
        solution.replaceSubrange(range, with: part.map { $0 / scales[k] })
      }
    }
    objective.center(&solution)
    return solution
  }
}

extension MultinomialPreconditioner {
  /// A class's block has 1 / K of the weight, and needs rows accordingly.
  private static func classRows(_ objective: MultinomialObjective) -> Int {
    objective.design.layout.denseCount * (64 + 4 * objective.classCount)
  }

  /// Returns Σ w p (1 − p) x² + penalty for the levels and the intercepts; 1 for dense columns.
  private static func diagonal(
    _ objective: MultinomialObjective, probabilities: [Float]
  ) -> [Double] {
    let (layout, classCount) = (objective.design.layout, objective.classCount)
    guard !layout.levelCounts.isEmpty else {
      return Array(repeating: 1, count: objective.parameterCount)
    }
    let lanes = objective.mapLanes { kernel, tiles in
      var sums = [Double](repeating: 0, count: layout.slotCount * classCount)
      for tile in tiles {
        kernel.move(to: tile)
        withProbabilities(probabilities, of: tile, classCount: classCount) {
          kernel.forEachClass(probabilities: $0, { $0 * $1 * (1 - $1) }) { k, values in
            (kernel.scores + k * tileRows).update(from: values, count: tileRows)
          }
        }
        kernel.addTransposeTimes(to: &sums)
      }
      return sums
    }
    var diagonal = objective.parameters(objective.design.sum(lanes))
    for index in diagonal.indices {
      let j = index % objective.columnCount
      diagonal[index] =
        j < layout.denseCount
        ? 1 : objective.scale * diagonal[index] + objective.penalties[j]
      if diagonal[index] <= 0 { diagonal[index] = 1 }  // a level without weight: its gradient is 0
    }
    return diagonal
  }

  /// Σ w (diag(p) − p pᵀ) ⊗ x xᵀ, the second part being the square of the columns √w p ⊗ x: one
  /// product of a wide tile.
  private static func wholeMatrix(
    _ sample: MultinomialObjective, probabilities: [Float], diagonal: [Double]
  ) -> Matrix {
    let (columnCount, classCount) = (sample.columnCount, sample.classCount)
    let count = sample.parameterCount
    let lanes = sample.mapLanes(sumCount: 4 * count * count) { kernel, tiles in
      let columns = Buffer(columnCount)
      let wide = Buffer(count)
      return sums(count: count * count) { sums in
        for tile in tiles {
          kernel.move(to: tile)
          kernel.writeColumns(to: columns.start, withLevels: true)
          withProbabilities(probabilities, of: tile, classCount: classCount) {
            kernel.forEachClass(probabilities: $0, { ($0 * $1).squareRoot() }) { k, roots in
              wide.take(columns, times: roots, count: columnCount)
              Products.addGram(
                wide.start, rowCount: tileRows, columnCount: columnCount,
                leadingDimension: tileRows, times: 1, to: sums + k * columnCount * (count + 1),
                resultStride: count)
            }
            kernel.forEachClass(probabilities: $0, { $0.squareRoot() * $1 }) { k, roots in
              wide.take(columns, times: roots, count: columnCount, at: k * columnCount)
            }
          }
          Products.addGram(
            wide.start, rowCount: tileRows, columnCount: count, leadingDimension: tileRows,
            times: -1, to: sums, resultStride: count)
        }
      }
    }
    let matrix = Matrix(
      rowCount: count, columnCount: count,
      columnMajor: sample.design.sum(lanes).map { $0 * sample.scale })
    return complete(matrix, sample, diagonal: diagonal)
  }

  /// Adds the penalties; what the sample lacks of a rare level; and, to the mean over the classes,
  /// which has no curvature and never moves, enough for a factor to exist.
  private static func complete(
    _ matrix: Matrix, _ sample: MultinomialObjective, diagonal: [Double]
  ) -> Matrix {
    var matrix = matrix
    let (columnCount, classCount) = (sample.columnCount, sample.classCount)
    for j in 0..<columnCount {
      let parameters = (0..<classCount).map { $0 * columnCount + j }
      for index in parameters {
        matrix[index, index] += sample.penalties[j]
        if j >= sample.design.layout.denseCount {
          matrix[index, index] = max(matrix[index, index], diagonal[index])
        }
      }
      let mean = parameters.reduce(0) { $0 + matrix[$1, $1] } / Double(classCount)
      let addition = mean > 0 ? mean / Double(classCount) : 1
      for column in parameters {
        for row in parameters where row <= column { matrix[row, column] += addition }
        if mean <= 0 { matrix[column, column] += 1 }  // a constant column: its gradient is 0
      }
    }
    return matrix
  }

  private static func classes(
    _ sample: MultinomialObjective, probabilities: [Float]
  ) -> Form {
    let (dense, classCount) = (sample.design.layout.denseCount, sample.classCount)
    // One factor a class while they fit in 256 MB.
    let factorCount = classCount * dense * dense <= 1 << 25 ? classCount : 1
    let size = dense * dense
    let lanes = sample.mapLanes(sumCount: size * factorCount) { kernel, tiles in
      let (columns, scaled, weights) = (Buffer(dense), Buffer(dense), Buffer(1))
      return sums(count: size * factorCount + classCount) { sums in
        for tile in tiles {
          kernel.move(to: tile)
          kernel.writeColumns(to: columns.start, withLevels: false)
          withProbabilities(probabilities, of: tile, classCount: classCount) {
            kernel.forEachClass(probabilities: $0, { $0 * $1 * (1 - $1) }) { k, values in
              if factorCount > 1 || k == 0 { weights.start.update(repeating: 0, count: tileRows) }
              for i in 0..<tileRows {
                weights.start[i] += values[i]
                sums[size * factorCount + k] += values[i]
              }
              guard factorCount > 1 || k == classCount - 1 else { return }
              for i in 0..<tileRows { weights.start[i] = weights.start[i].squareRoot() }
              scaled.take(columns, times: weights.start, count: dense)
              Products.addGram(
                scaled.start, rowCount: tileRows, columnCount: dense, leadingDimension: tileRows,
                times: 1, to: sums + (factorCount > 1 ? k * size : 0), resultStride: dense)
            }
          }
        }
      }
    }
    return classes(sample, sums: sample.design.sum(lanes), factorCount: factorCount)
  }

  private static func classes(
    _ sample: MultinomialObjective, sums: [Double], factorCount: Int
  ) -> Form {
    let (dense, classCount) = (sample.design.layout.denseCount, sample.classCount)
    let size = dense * dense
    let totals = sums[(size * factorCount)...].map { max($0, .leastNormalMagnitude) }
    let isShared = factorCount < classCount
    let factors = (0..<factorCount).map { k in
      let values = sums[k * size..<(k + 1) * size].map {
        $0 * sample.scale / Double(isShared ? classCount : 1)
      }
      var matrix = Matrix(rowCount: dense, columnCount: dense, columnMajor: values)
      for j in 0..<dense {
        matrix[j, j] += sample.penalties[j]
        if matrix[j, j] <= 0 { matrix[j, j] = 1 }  // a constant column: its gradient is 0
      }
      return Cholesky(damping: matrix, spreads: Array(sample.spreads[..<dense]))
    }
    let mean = totals.reduce(0, +) / Double(classCount)
    return .classes(factors, scales: totals.map { isShared ? $0 / mean : 1 })
  }
}

/// Columns of a tile's rows, for as long as a lane works.
private final class Buffer {
  let start: UnsafeMutablePointer<Double>

  init(_ columnCount: Int) { start = .allocate(capacity: tileRows * columnCount) }

  deinit { start.deallocate() }

  /// Sets `count` columns from `first` on to those of `columns`, each row times its factor.
  func take(_ columns: Buffer, times factors: UnsafePointer<Double>, count: Int, at first: Int = 0)
  {
    for j in 0..<count {
      let (column, target) = (columns.start + j * tileRows, start + (first + j) * tileRows)
      for i in 0..<tileRows { target[i] = column[i] * factors[i] }
    }
  }
}

/// Returns `count` sums, which `body` adds to.
private func sums(count: Int, _ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
  var sums = [Double](repeating: 0, count: count)
  sums.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
  return sums
}

/// Gives `body` the kept probabilities of a tile.
private func withProbabilities(
  _ probabilities: [Float], of tile: Int, classCount: Int, _ body: (UnsafePointer<Float>) -> Void
) {
  probabilities.withUnsafeBufferPointer { buffer in
    if let base = buffer.baseAddress { body(base + tile * tileRows * classCount) }
  }
}
