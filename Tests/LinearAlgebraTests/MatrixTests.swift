import LinearAlgebra
import Testing

@Suite struct MatrixTests {
  @Test func elementsAreColumnMajor() {
    let matrix = Matrix(rows: [[1, 2, 3], [4, 5, 6]])
    #expect(matrix.rowCount == 2)
    #expect(matrix.columnCount == 3)
    #expect(matrix.values == [1, 4, 2, 5, 3, 6])
    #expect(matrix[1, 2] == 6)
    #expect(Array(matrix.column(1)) == [2, 5])
    #expect(matrix.columns.map(Array.init) == [[1, 4], [2, 5], [3, 6]])
    #expect(matrix.transposed().transposed() == matrix)
    #expect(matrix == Matrix(rowCount: 2, columnCount: 3, columnMajor: [1, 4, 2, 5, 3, 6]))
  }

  @Test func emptyShapesHold() {
    #expect(Matrix(rows: []).values.isEmpty)
    #expect(Matrix(rowCount: 3, columnCount: 0, repeating: 1).times([]) == [0, 0, 0])
    #expect(Matrix(rowCount: 0, columnCount: 2, repeating: 1).transposeTimes([]) == [0, 0])
  }

  @Test func productsAreThoseByHand() {
    let matrix = Matrix(rows: [[1, 2, 3], [4, 5, 6]])
    // Small whole numbers: every sum is exact.
    #expect(matrix.times([1, 0, -1]) == [-2, -2])
    #expect(matrix.transposeTimes([2, 1]) == [6, 9, 12])
  }

  @Test func gramAddsTheUpperTriangleOfATile() {
    // Two columns of three rows in a tile of four; the fourth row is not read.
    let tile: [Double] = [1, 2, 3, 99, 4, 5, 6, 99]
    var sums: [Double] = [1, 7, 1, 1]
    Products.addGram(tile, rowCount: 3, columnCount: 2, leadingDimension: 4, to: &sums)
    #expect(sums == [15, 7, 33, 78])
  }

  @Test(arguments: [1, 2, 3, 16])
  func parallelMapKeepsTheOrder(threadCount: Int) {
    #expect(
      parallelMap(count: 100, threadCount: threadCount) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(parallelMap(count: 0, threadCount: threadCount) { $0 }.isEmpty)
  }
}
