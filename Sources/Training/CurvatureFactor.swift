import LinearAlgebra
import Scoring

/// An approximate factor of the second derivatives, cheap enough for many rows and many levels.
///
/// The *core* is the intercept, the dense columns and the smaller categories, as many as its dense factor
/// allows; its correlations may come from a sample of the rows. Every diagonal element is that of all rows,
/// so that a column that is rare in the sample is still scaled right. The larger categories, whose own
/// second derivatives are a diagonal, are taken as unrelated to the rest.
struct CurvatureFactor: Sendable {
  /// A core of 2,000 columns takes 32 MB and 2.7 GFLOP to factor.
  static let coreLimit = 2_000

  private let factor: Cholesky
  /// The parameters of the core, in its order.
  private let core: [Int]
  /// By parameter; of those outside the core.
  private let diagonal: [Double]

  /// - Parameters:
  ///   - objective: whose second derivatives are wanted.
  ///   - parameters: where the second derivatives are taken.
  ///   - step: the core's correlations come from each `step`-th tile.
  ///   - sums: the categories whose coefficients always add up to 0. Along their sum the second derivative
  ///     is only the penalty's, which a sample's noise would drown; as no step goes there, it is made as
  ///     large as the intercept's.
  /// - Returns: `nil` where the core has no factor.
  init?(
    _ objective: LogisticObjective, at parameters: [Double], coreEvery step: Int,
    zeroSums sums: ZeroSums
  ) {
    let design = objective.design
    let weights = objective.rowCurvatures(at: parameters)
    let squares = design.weightedSquares(
      weights, every: objective.tileStep, threadCount: objective.threadCount)
    let diagonal = zip(squares, objective.penalties).map { $0 / objective.readShare + $1 }
    let kept = Self.coreCategories(design)
    let core = Self.parameters(ofCategories: kept, layout: design.layout)
    let coreDesign = Design(
      FeatureBlocks(
        dense: design.blocks.dense, categories: kept.map { design.blocks.categories[$0] }),
      centers: design.centers)
    let sandwich = coreDesign.sandwichSums(
      weights, every: max(step, objective.tileStep), threadCount: objective.threadCount)
    var matrix = coreDesign.layout.upperTriangle(sandwich)
    Self.scale(
      &matrix, toDiagonal: core.map { diagonal[$0] },
      penalties: core.map { objective.penalties[$0] })
    for (place, category) in kept.enumerated() where sums.hold(category) {
      Self.stiffen(
        &matrix, start: coreDesign.layout.parameterStarts[place],
        count: coreDesign.layout.levelCounts[place])
    }
    self.core = core
    self.diagonal = diagonal
    do throws(FactorizationError) {
      factor = try Cholesky(matrix)
    } catch {
      return nil
    }
  }

  /// Returns the approximate solution of H x = `rightHandSide`.
  func solve(_ rightHandSide: [Double]) -> [Double] {
    var solution = zip(rightHandSide, diagonal).map { $1 > 0 ? $0 / $1 : 0 }
    for (parameter, value) in zip(core, factor.solve(core.map { rightHandSide[$0] })) {
      solution[parameter] = value
    }
    return solution
  }

  /// Whether a design's dense columns alone fit a core.
  static func canHold(_ design: Design) -> Bool { design.layout.denseCount <= coreLimit }

  /// The categories in the core: the smallest, while they fit.
  private static func coreCategories(_ design: Design) -> [Int] {
    var count = design.layout.denseCount
    let levelCounts = design.layout.levelCounts
    return levelCounts.indices.sorted { (levelCounts[$0], $0) < (levelCounts[$1], $1) }
      .prefix { category in
        count += levelCounts[category]
        return count <= coreLimit
      }.sorted()
  }

  private static func parameters(ofCategories kept: [Int], layout: DesignLayout) -> [Int] {
    Array(0..<layout.denseCount)
      + kept.flatMap { category in
        let start = layout.parameterStarts[category]
        return start..<start + layout.levelCounts[category]
      }
  }

  /// Adds the intercept's second derivative along the sum of `count` columns.
  private static func stiffen(_ matrix: inout Matrix, start: Int, count: Int) {
    let added = matrix[0, 0] / Double(count * count)
    for j in start..<start + count {
      for i in start...j { matrix[i, j] += added }
    }
  }

  /// Gives `matrix`, an upper triangle, the wanted diagonal and keeps its correlations.
  ///
  /// A column that the sample does not hold has no correlations; the penalty keeps the others from being
  /// taken for exact.
  private static func scale(
    _ matrix: inout Matrix, toDiagonal diagonal: [Double], penalties: [Double]
  ) {
    let count = matrix.rowCount
    let factors = (0..<count).map { j -> Double in
      let own = matrix[j, j]
      let wanted = diagonal[j] - penalties[j]
      return own > 0 && wanted > 0 ? (wanted / own).squareRoot() : 0
    }
    matrix.withUnsafeMutableValues { values in
      for j in 0..<count {
        for i in 0...j { values[j * count + i] *= factors[i] * factors[j] }
        values[j * count + j] = diagonal[j]
      }
    }
  }
}

extension Design {
  /// Returns the diagonal of `sandwich`: Σ weight × (column − center)², for each parameter.
  ///
  /// - Parameter weights: padded to whole tiles.
  func weightedSquares(_ weights: [Double], every step: Int, threadCount: Int) -> [Double] {
    let lanes = mapLanes(every: step, threadCount: threadCount) { kernel, tiles in
      var sums = [Double](repeating: 0, count: layout.slotCount)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.take(weights, into: kernel.weight)
        kernel.addWeightedSquares(to: &sums)
      }
      return sums
    }
    let slots = sum(lanes)
    return layout.parameters(slots, centers: Array(repeating: 0, count: centers.count))
  }
}
