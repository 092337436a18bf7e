import LinearAlgebra

/// A column that adds nothing to a design: a sum of multiples of the intercept and of columns before it.
public struct AliasedColumn: Hashable, Sendable {
  public let name: String
  /// The columns whose multiples add up to it, give or take a constant; none for a constant column.
  public let sumOf: [String]
}

/// The columns of a design that are sums of others, found by a pivoted Cholesky factorization of the
/// products of all pairs of columns, each scaled to length 1.
///
/// The factorization tells how many there are, and their sums; which of the columns in a sum is the
/// one too many is a matter of taste, and the last of them is named, as R and others do. A correlation
/// of 1 − 10⁻¹¹ counts as 1.
struct Aliases {
  private struct Alias {
    let parameter: Int
    /// Parameters before it.
    let sumOf: [Int]
  }
  private let aliases: [Alias]

  /// - Parameters:
  ///   - weights: one a row, or more; those behind the rows are not read.
  ///   - known: a parameter that another factorization has found to be a sum of those before it. It is
  ///     named even where this one, which takes columns in another order, sees it as barely independent.
  init(of design: Design, weights: [Double], threadCount: Int, including known: Int? = nil) {
    let gram = design.sandwich(Array(weights.prefix(design.rowCount)), threadCount: threadCount)
    let constant = (0..<gram.rowCount).filter { Self.isConstant($0, gram, centers: design.centers) }
    let kept = (0..<gram.rowCount).filter { !constant.contains($0) }
    var found: [Alias] = []
    for tolerance in [1e-11, 1e-10, 1e-9, 1e-8] {
      found = Self.sums(gram, among: kept, tolerance: tolerance)
      guard let known, !constant.contains(known), found.isEmpty else { break }
    }
    if let known, found.isEmpty, constant.isEmpty {
      found = [Alias(parameter: known, sumOf: Array(0..<known))]
    }
    aliases = (constant.map { Alias(parameter: $0, sumOf: []) } + found)
      .sorted { $0.parameter < $1.parameter }
  }

  var isEmpty: Bool { aliases.isEmpty }

  func columns(named names: (Int) -> String) -> [AliasedColumn] {
    aliases.map { alias in
      AliasedColumn(
        name: alias.parameter > 0 ? names(alias.parameter - 1) : "intercept",
        sumOf: alias.sumOf.filter { $0 > 0 }.map { names($0 - 1) })
    }
  }

  /// A constant dense column leaves the rounding of its center; a level without rows leaves nothing.
  private static func isConstant(_ parameter: Int, _ gram: Matrix, centers: [Double]) -> Bool {
    guard parameter > 0 else { return false }
    let isDense = parameter <= centers.count
    let rounding = isDense ? 8 * abs(centers[parameter - 1]).ulp : 0
    return gram[parameter, parameter] <= gram[0, 0] * rounding * rounding
  }

  private static func sums(_ gram: Matrix, among kept: [Int], tolerance: Double) -> [Alias] {
    var correlation = Matrix(rowCount: kept.count, columnCount: kept.count, repeating: 0)
    let lengths = kept.map { gram[$0, $0].squareRoot() }
    for (j, column) in kept.enumerated() {
      for (i, row) in kept[...j].enumerated() {
        correlation[i, j] = gram[row, column] / (lengths[i] * lengths[j])
      }
    }
    let factor: PivotedCholesky
    do throws(FactorizationError) {
      factor = try PivotedCholesky(correlation, tolerance: tolerance)
    } catch {
      return []  // an offset or a weight beyond all bounds; the fit will say so
    }
    return lastOfEachSum(sums(factor)).map { sum in
      Alias(parameter: kept[sum.last], sumOf: sum.others.map { kept[$0] })
    }
  }

  /// The combinations of columns that are 0, one row for each.
  private static func sums(_ factor: PivotedCholesky) -> [[Double]] {
    let coefficients = factor.dependencies()
    return factor.order[factor.rank...].enumerated().map { j, column in
      var sum = [Double](repeating: 0, count: factor.order.count)
      sum[column] = -1
      for (i, other) in factor.order.prefix(factor.rank).enumerated() {
        sum[other] = coefficients[i, j]
      }
      return sum
    }
  }

  /// Solves each combination for its last column, by Gauss–Jordan elimination from the right.
  private static func lastOfEachSum(_ sums: [[Double]]) -> [(last: Int, others: [Int])] {
    // Columns have length 1. A pivot of 10⁻¹¹ leaves errors of up to its root, 3 × 10⁻⁶.
    let noise = 1e-5
    var sums = sums
    var lasts: [Int] = []
    for column in (sums.first?.indices ?? 0..<0).reversed() where lasts.count < sums.count {
      let row = (lasts.count..<sums.count).max { abs(sums[$0][column]) < abs(sums[$1][column]) }
      guard let row, abs(sums[row][column]) > noise else { continue }
      sums.swapAt(lasts.count, row)
      let divisor = sums[lasts.count][column]
      let pivot = sums[lasts.count].map { $0 / divisor }
      for i in sums.indices {
        let part = sums[i][column]
        if i != lasts.count, part != 0 { sums[i] = zip(sums[i], pivot).map { $0 - part * $1 } }
      }
      sums[lasts.count] = pivot
      lasts.append(column)
    }
    return lasts.enumerated().map { i, last in
      (last, sums[i].indices.filter { $0 != last && abs(sums[i][$0]) > noise })
    }
  }
}
