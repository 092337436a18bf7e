import CLAPACKE
import COpenBLAS

/// The factorization of a symmetric positive semidefinite matrix, PᵀA P = RᵀR, that takes the largest
/// remaining diagonal element next and stops where none is above a tolerance.
///
/// Method: LAPACK's dpstrf (Higham 1990, "Analysis of the Cholesky decomposition of a semi-definite
/// matrix").
package struct PivotedCholesky: Sendable {
  /// Columns in the order of their pivots: the first `rank` are independent, the rest are sums of them.
  package let order: [Int]
  package let rank: Int
  /// R in the upper triangle of its first `rank` rows, columns in `order`.
  private let factor: Matrix

  /// Factors `symmetric`, of which only the upper triangle is read; pivots not above `tolerance` are 0.
  ///
  /// - Complexity: O(p² rank).
  package init(_ symmetric: consuming Matrix, tolerance: Double) throws(FactorizationError) {
    var factor = symmetric
    let count = factor.rowCount
    precondition(count == factor.columnCount, "matrix of \(count) × \(factor.columnCount)")
    Products.singleThreaded
    var order = [Int32](repeating: 0, count: max(1, count))
    var rank: Int32 = 0
    let info = factor.withUnsafeMutableValues { values in
      LAPACKE_dpstrf(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), Int32(count), values.baseAddress,
        Int32(max(1, count)), &order, &rank, tolerance)
    }
    // A positive answer says that the rank is not full; a negative one, that there is a NaN.
    guard info >= 0 else { throw .notFinite }
    self.order = order.prefix(count).map { Int($0) - 1 }
    self.rank = Int(rank)
    self.factor = factor
  }

  /// Returns, for each of the columns behind `rank`, the coefficients of the independent columns, in
  /// `order`, whose sum it is: `rank` × (p − `rank`).
  package func dependencies() -> Matrix {
    let rest = order.count - rank
    var coefficients = Matrix(rowCount: rank, columnCount: rest, repeating: 0)
    guard rank > 0, rest > 0 else { return coefficients }
    for j in 0..<rest {
      for i in 0..<rank { coefficients[i, j] = factor[i, rank + j] }
    }
    coefficients.withUnsafeMutableValues { values in
      cblas_dtrsm(
        CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rank),
        Int32(rest), 1, factor.values, Int32(order.count), values.baseAddress, Int32(rank))
    }
    return coefficients
  }

  /// Returns x with A x = `rightHandSide` on the independent columns, and 0 on the rest.
  package func solve(_ rightHandSide: [Double]) -> [Double] {
    precondition(
      rightHandSide.count == order.count,
      "\(rightHandSide.count) elements for \(order.count) columns")
    var solution = order.prefix(rank).map { rightHandSide[$0] }
    if rank > 0 {
      for transpose in [CblasTrans, CblasNoTrans] {
        cblas_dtrsv(
          CblasColMajor, CblasUpper, transpose, CblasNonUnit, Int32(rank), factor.values,
          Int32(order.count), &solution, 1)
      }
    }
    var result = [Double](repeating: 0, count: order.count)
    for (i, column) in order.prefix(rank).enumerated() { result[column] = solution[i] }
    return result
  }
}
