import LinearAlgebra
import SpecialFunctions
import Testing

@Suite struct PivotedCholeskyTests {
  /// XᵀX of 12 rows whose columns 2 and 4 are column 0 + 2 × column 1 and −3 × column 3.
  private func gram(seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    let rows = (0..<12).map { _ in
      let x = (0..<3).map { _ in generator.nextStandardNormal() }
      return [x[0], x[1], x[0] + 2 * x[1], x[2], -3 * x[2]]
    }
    let columns = Matrix(rows: rows).columns.map(Array.init)
    return Matrix(
      rows: columns.map { left in
        columns.map { right in zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
      })
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func sumsOfColumnsAreFound(seed: UInt64) throws {
    let gram = gram(seed: seed)
    let factor = try PivotedCholesky(gram, tolerance: 1e-10)
    #expect(factor.rank == 3)
    #expect(factor.order.sorted() == [0, 1, 2, 3, 4])
    let coefficients = factor.dependencies()
    for (j, column) in factor.order[3...].enumerated() {
      for row in 0..<5 {
        let sum = factor.order[..<3].enumerated().reduce(0) {
          $0 + gram[row, $1.1] * coefficients[$1.0, j]
        }
        // Elements of size 100, each from sums of 12 with a rounding of 10⁻¹⁶.
        #expect(isClose(sum, gram[row, column], absolute: 1e-11))
      }
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func aConsistentSystemIsSolved(seed: UInt64) throws {
    let gram = gram(seed: seed)
    let factor = try PivotedCholesky(gram, tolerance: 1e-10)
    let rightHandSide = gram.times([1, -2, 0.5, 3, 1])
    let found = gram.times(factor.solve(rightHandSide))
    for (a, b) in zip(found, rightHandSide) {
      #expect(isClose(a, b, absolute: 1e-10))  // rounding of 10⁻¹⁴, condition number below 10⁴
    }
  }

  @Test func nothingHasRankZero() throws {
    let factor = try PivotedCholesky(
      Matrix(rowCount: 2, columnCount: 2, repeating: 0), tolerance: 1e-10)
    #expect(factor.rank == 0)
    #expect(factor.solve([0, 0]) == [0, 0])
  }

  @Test func aMissingNumberIsAnError() {
    #expect(throws: FactorizationError.notFinite) {
      try PivotedCholesky(Matrix(rows: [[.nan, 0], [0, 1]]), tolerance: 0)
    }
  }
}
