import LinearAlgebra
import Scoring

/// An approximate factor of the second derivatives, cheap enough for many rows and many levels.
///
/// The *core* is the intercept, the dense columns and the smaller categories, as many as its dense factor
/// allows; its correlations may come from a sample of the rows. Every diagonal element is that of all rows,
/// so that a column that is rare in the sample is still scaled right. The larger categories, whose own
/// second derivatives are a diagonal, are taken as unrelated to the rest.
struct CurvatureFactor: Sendable {
  private let factor: Cholesky
  /// The parameters of the core, in its order.
  private let parameters: [Int]
  /// By parameter; of those outside the core.
  private let diagonal: [Double]

  /// - Parameters:
  ///   - core: the columns whose correlations are known.
  ///   - sandwich: their second derivatives, as the core's layout stores them.
  ///   - diagonal: the second derivative by each parameter of `objective` alone, without its penalty.
  ///   - sums: the categories whose coefficients always add up to 0. Along their sum the second derivative
  ///     is only the penalty's, which a sample's noise would drown; as no step goes there, it is made as
  ///     large as the intercept's.
  /// - Returns: `nil` where the core has no factor.
  init?(
    _ core: CurvatureCore, sandwich: [Double], diagonal: [Double], penalties: [Double],
    zeroSums sums: ZeroSums
  ) {
    parameters = core.parameters
    self.diagonal = zip(diagonal, penalties).map(+)
    let layout = core.design.layout
    var matrix = layout.upperTriangle(sandwich)
    Self.scale(
      &matrix, to: parameters.map { diagonal[$0] }, penalties: parameters.map { penalties[$0] })
    for (place, category) in core.categories.enumerated() where sums.hold(category) {
      Self.stiffen(
        &matrix, start: layout.parameterStarts[place], count: layout.levelCounts[place])
    }
    do throws(FactorizationError) {
      factor = try Cholesky(consume matrix)
    } catch {
      return nil
    }
  }

  /// Returns the approximate solution of H x = `rightHandSide`.
  func solve(_ rightHandSide: [Double]) -> [Double] {
    var solution = zip(rightHandSide, diagonal).map { $1 > 0 ? $0 / $1 : 0 }
    for (parameter, value) in zip(parameters, factor.solve(parameters.map { rightHandSide[$0] })) {
      solution[parameter] = value
    }
    return solution
  }

  /// Adds the intercept's second derivative along the sum of `count` columns.
  private static func stiffen(_ matrix: inout Matrix, start: Int, count: Int) {
    let added = matrix[0, 0] / Double(count * count)
    for j in start..<start + count {
      for i in start...j { matrix[i, j] += added }
    }
  }

  /// Gives `matrix`, an upper triangle, the wanted diagonal and the penalties, and keeps its correlations.
  ///
  /// A column that the sample does not hold has no correlations; the penalty keeps the others from being
  /// taken for exact.
  private static func scale(
    _ matrix: inout Matrix, to diagonal: [Double], penalties: [Double]
  ) {
    let count = matrix.rowCount
    let factors = (0..<count).map { j -> Double in
      let own = matrix[j, j]
      return own > 0 && diagonal[j] > 0 ? (diagonal[j] / own).squareRoot() : 0
    }
    matrix.withUnsafeMutableValues { values in
      for j in 0..<count {
        for i in 0...j { values[j * count + i] *= factors[i] * factors[j] }
        values[j * count + j] = diagonal[j] + penalties[j]
      }
    }
  }
}
