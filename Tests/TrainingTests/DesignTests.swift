import LinearAlgebra
import Scoring
import Testing
import Training

@Suite struct DesignTests {
  /// Whole numbers, so that sums are exact in any order.
  private var sample: Sample { sample(levelCounts: [3, 4]) }

  private func sample(levelCounts: [Int]) -> Sample {
    var sample = Sample(
      seed: 5, rowCount: 1100, columnCount: 2, levelCounts: levelCounts, noLevels: true)
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

  /// Dense columns beside codes of one byte and of two, in every pair and either order.
  @Test(arguments: [[0.0, 0], [3, -2]], [[3, 4], [3, 300], [300, 3], [260, 300]])
  func operationsEqualThoseOfTheOneHotMatrix(centers: [Double], levelCounts: [Int]) {
    let sample = sample(levelCounts: levelCounts)
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

  /// A matrix of all their pairs would fill the memory.
  @Test func codesOfFourBytesAddUpToTheirLevels() {
    let sample = sample(levelCounts: [70_000, 3])
    let design = Design(sample.blocks)
    let values = (0..<1100).map { Double($0 % 7) - 3 }
    var sums = [Double](repeating: 0, count: design.columnCount)
    var products = [Double](repeating: 1, count: 1100)
    for row in 0..<1100 {
      sums[0] += values[row]
      for j in 0..<2 {
        sums[1 + j] += sample.rows[row][j] * values[row]
        products[row] += sample.rows[row][j] * Double((1 + j) % 5)
      }
      for (category, start) in [(0, 3), (1, 70_003)] {
        let code = Int(sample.codes[category][row])
        guard code < sample.levelCounts[category] else { continue }
        sums[start + code] += values[row]
        products[row] += Double((start + code) % 5)
      }
    }
    #expect(design.transposeTimes(values, threadCount: 2) == sums)
    let parameters = (0..<design.columnCount).map { $0 == 0 ? 1 : Double($0 % 5) }
    #expect(design.times(parameters, threadCount: 2) == products)
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
