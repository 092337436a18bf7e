import Foundation
import LinearAlgebra
import SpecialFunctions
import Testing

@Suite struct CholeskyTests {
  /// 1 / (i + j + 1) + 1 on the diagonal: symmetric, positive definite, condition number near 3.
  private func example(_ count: Int) -> Matrix {
    var matrix = Matrix.identity(count)
    for i in 0..<count {
      for j in 0..<count { matrix[i, j] += 1 / Double(i + j + 1) }
    }
    return matrix
  }

  @Test(arguments: [1, 2, 7, 60])
  func solutionSatisfiesTheSystem(count: Int) throws {
    let matrix = example(count)
    let solution = (0..<count).map { Double($0) - 2.5 }
    let found = try Cholesky(matrix).solve(matrix.times(solution))
    for (a, b) in zip(found, solution) {
      // The condition number times a few ulp of the largest element, 57.5.
      #expect(abs(a - b) < 1e-12)
    }
  }

  @Test func onlyTheUpperTriangleIsRead() throws {
    var upper = example(5)
    for i in 0..<5 { for j in 0..<i { upper[i, j] = -1e6 } }
    #expect(
      try Cholesky(upper).solve([1, 2, 3, 4, 5]) == Cholesky(example(5)).solve([1, 2, 3, 4, 5]))
  }

  @Test func aSideThatIsNoNumberHasNoSolution() throws {
    let sides = Matrix(rowCount: 3, columnCount: 2, columnMajor: [1, 2, 3, 4, .nan, 6])
    let solution: Matrix = try Cholesky(example(3)).solve(sides)
    #expect(solution.values.count == 6 && solution.values.allSatisfy(\.isNaN))
  }

  @Test func inverseTimesTheMatrixIsOne() throws {
    let matrix = example(6)
    let inverse = try Cholesky(matrix).inverse()
    for j in 0..<6 {
      for (i, value) in matrix.times(Array(inverse.column(j))).enumerated() {
        #expect(abs(value - (i == j ? 1 : 0)) < 1e-14)  // 6 products of size 1
      }
    }
  }

  @Test func pivotsMultiplyToTheDeterminant() throws {
    let cholesky = try Cholesky(Matrix(rows: [[4, 2], [2, 10]]))
    #expect(cholesky.pivots == [4, 9])
    #expect(abs(cholesky.logDeterminant - log(36)) < 1e-15)  // one rounding of each logarithm
  }

  @Test func failureNamesTheColumn() {
    let dependent = Matrix(rows: [[1, 0, 1], [0, 1, 1], [1, 1, 1]])
    let error = #expect(throws: FactorizationError.self) { try Cholesky(dependent) }
    #expect(error == .notPositiveDefinite(column: 2))
    #expect(
      error?.description
        == "matrix is not positive definite: the pivot of column 2 (from 0) is not above 0; "
        + "leave that column out or add to the diagonal")
  }

  @Test func notANumberIsRefused() {
    let matrix = Matrix(rows: [[1, .nan], [.nan, 1]])
    let error = #expect(throws: FactorizationError.self) { try Cholesky(matrix) }
    #expect(error == .notFinite)
    #expect(error?.description == "matrix holds a NaN; check the numbers it was made from")
  }

  @Test func noColumnsAreNoTrouble() throws {
    #expect(try Cholesky(Matrix(rows: [])).solve([]).isEmpty)
  }
}

@Suite struct CholeskyManyColumnsTests {
  private let matrix = Matrix(rows: [[4, 2, 1], [2, 5, 3], [1, 3, 6]])

  @Test func solvingManyColumnsSolvesEach() throws {
    let factor = try Cholesky(matrix)
    let sides = Matrix(rows: [[1, 2], [0, -1], [3, 5]])
    let solution = factor.solve(sides)
    for j in 0..<2 {
      for (value, alone) in zip(solution.column(j), factor.solve(Array(sides.column(j)))) {
        // Six products of each, in another order.
        #expect(isClose(value, alone, relative: 2e-15))
      }
    }
  }

  @Test func whitenedRowsHaveTheLengthOfTheInverse() throws {
    let factor = try Cholesky(matrix)
    let row = [1.0, -2, 3]
    // Two rows, of which the second is not to be touched.
    var tile = [1.0, 7, -2, 8, 3, 9]
    tile.withUnsafeMutableBufferPointer { tile in
      guard let start = tile.baseAddress else { return }
      factor.whiten(start, rowCount: 1, leadingDimension: 2)
    }
    let length = tile[0] * tile[0] + tile[2] * tile[2] + tile[4] * tile[4]
    let expected = zip(row, factor.solve(row)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(isClose(length, expected, relative: 1e-15))  // three terms of one sign
    #expect([tile[1], tile[3], tile[5]] == [7, 8, 9])
  }
}
