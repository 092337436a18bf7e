import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct DesignTests {
  /// Whole numbers, so that sums are exact in any order.
  private var sample: Sample {
    var sample = Sample(
      seed: 5, rowCount: 1100, columnCount: 2, levelCounts: [3, 4], noLevels: true)
    sample.rows = sample.rows.map { $0.map { ($0 * 4).rounded() } }
    return sample
  }

  /// [1 X], with `centers` taken off the dense columns.
  private func whole(_ sample: Sample, centers: [Double]) -> Matrix {
    var oneHot = sample.oneHot
    for (j, center) in centers.enumerated() {
      for i in 0..<oneHot.rowCount { oneHot[i, j] -= center }
    }
    return Matrix(
      rowCount: oneHot.rowCount, columnCount: oneHot.columnCount + 1,
      columnMajor: Array(repeating: 1, count: oneHot.rowCount) + oneHot.values)
  }

  @Test(arguments: [[0.0, 0], [3, -2]])
  func operationsEqualThoseOfTheOneHotMatrix(centers: [Double]) {
    let sample = sample
    let design = Design(sample.blocks, centers: centers)
    let matrix = whole(sample, centers: centers)
    #expect(design.columnCount == matrix.columnCount)
    let parameters = (0..<design.columnCount).map { Double($0 % 5) - 2 }
    let values = (0..<1100).map { Double($0 % 7) - 3 }
    // Squares of 2, 3 and 4, whose roots are exact too.
    let weights = (0..<1100).map { Double([0, 4, 9, 16][$0 % 4]) }
    #expect(design.times(parameters, threadCount: 2) == matrix.times(parameters))
    #expect(design.transposeTimes(values, threadCount: 2) == matrix.transposeTimes(values))
    let sandwich = design.sandwich(weights, threadCount: 2)
    for j in 0..<matrix.columnCount {
      let weighted = zip(weights, matrix.column(j)).map { $0 * $1 }
      #expect(Array(sandwich.column(j)) == matrix.transposeTimes(weighted))
    }
  }

  @Test func categoriesAloneAreADesign() {
    var sample = sample
    sample.rows = sample.rows.map { _ in [] }
    let design = Design(sample.blocks)
    let matrix = whole(sample, centers: [])
    let values = (0..<1100).map { Double($0 % 7) - 3 }
    #expect(design.transposeTimes(values, threadCount: 1) == matrix.transposeTimes(values))
    #expect(
      design.sandwich(Array(repeating: 1, count: 1100), threadCount: 1)[1, 1]
        == matrix.column(1).reduce(0, +))
  }
}
