import Foundation
import LinearAlgebra
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
