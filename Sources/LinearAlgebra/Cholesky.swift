import CLAPACKE
import COpenBLAS
import Foundation

/// Why a matrix has no Cholesky factor. Columns are indices, from 0.
public enum FactorizationError: Error, Hashable, Sendable {
  /// The leading block that ends with this column is not positive definite.
  case notPositiveDefinite(column: Int)
  /// An element that the factorization reads is NaN.
  case notFinite
}

extension FactorizationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notPositiveDefinite(let column):
      "matrix is not positive definite: the pivot of column \(column) (from 0) is not above 0; "
        + "leave that column out or add to the diagonal"
    case .notFinite:
      "matrix holds a NaN; check the numbers it was made from"
    }
  }
}

/// The factor R of a symmetric positive definite matrix, A = RᵀR with R upper triangular.
///
/// Scaling row and column j of A alike changes no other pivot, so columns on different scales cost
/// no digits.
public struct Cholesky: Sendable, Hashable {
  /// R in the upper triangle; below it, whatever the matrix held.
  private let factor: Matrix

  /// Factors `symmetric`, of which only the upper triangle is read.
  ///
  /// - Complexity: O(p³ / 3), in place when the caller gives the matrix up.
  public init(_ symmetric: consuming Matrix) throws(FactorizationError) {
    var factor = symmetric
    let count = factor.rowCount
    precondition(count == factor.columnCount, "matrix of \(count) × \(factor.columnCount)")
    Products.singleThreaded
    let info = factor.withUnsafeMutableValues { values in
      LAPACKE_dpotrf(
        LAPACK_COL_MAJOR, upperTriangle, Int32(count), values.baseAddress, Int32(max(1, count)))
    }
    guard info <= 0 else { throw .notPositiveDefinite(column: Int(info) - 1) }
    // A negative answer is the NaN check of LAPACKE: the other arguments are right by construction.
    guard info == 0 else { throw .notFinite }
    self.factor = factor
  }

  public var count: Int { factor.rowCount }

  /// The squared diagonal of R: what is left of each diagonal element of A once the columns before
  /// it have explained their part.
  public var pivots: [Double] { (0..<count).map { factor[$0, $0] * factor[$0, $0] } }

  public var logDeterminant: Double {
    (0..<count).reduce(0) { $0 + 2 * log(factor[$1, $1]) }
  }

  /// Returns x with A x = `rightHandSide`.
  ///
  /// - Complexity: O(p²).
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    precondition(
      rightHandSide.count == count, "\(rightHandSide.count) elements for \(count) columns")
    guard count > 0 else { return [] }
    Products.singleThreaded
    var solution = rightHandSide
    // LAPACK's solver packs the factor for many sides and looks it through for NaN: ten times the work.
    for transpose in [CblasTrans, CblasNoTrans] {
      cblas_dtrsv(
        CblasColMajor, CblasUpper, transpose, CblasNonUnit, Int32(count), factor.values,
        Int32(count), &solution, 1)
    }
    return solution
  }

  /// Returns X with A X = `rightHandSides`; of NaN throughout where one of these is NaN.
  ///
  /// - Complexity: O(p² q) for q columns.
  public func solve(_ rightHandSides: consuming Matrix) -> Matrix {
    precondition(
      rightHandSides.rowCount == count,
      "\(rightHandSides.rowCount) rows for \(count) columns")
    var solution = rightHandSides
    let order = Int32(max(1, count))
    let columnCount = Int32(solution.columnCount)
    solution.withUnsafeMutableValues { values in
      let info = LAPACKE_dpotrs(
        LAPACK_COL_MAJOR, upperTriangle, Int32(count), columnCount, factor.values, order,
        values.baseAddress, order)
      // LAPACKE's NaN check leaves the right-hand sides as they were: they are no solution.
      if info != 0 { values.update(repeating: .nan) }
    }
    return solution
  }

  /// Replaces `tile`, m rows with columns `leadingDimension` apart, by the tile times R⁻¹: the squared
  /// length of row x is then x A⁻¹ xᵀ.
  ///
  /// - Complexity: O(m p²).
  package func whiten(
    _ tile: UnsafeMutablePointer<Double>, rowCount: Int, leadingDimension: Int
  ) {
    guard rowCount > 0, count > 0 else { return }
    cblas_dtrsm(
      CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rowCount),
      Int32(count), 1, factor.values, Int32(count), tile, Int32(leadingDimension))
  }

  /// Returns the whole of A⁻¹: for its elements (variances), not for multiplying by. Of NaN throughout
  /// where it is out of the range of a `Double`.
  ///
  /// - Complexity: O(2 p³ / 3).
  public func inverse() -> Matrix {
    var result = factor
    let count = count
    result.withUnsafeMutableValues { values in
      let info = LAPACKE_dpotri(
        LAPACK_COL_MAJOR, upperTriangle, Int32(count), values.baseAddress, Int32(max(1, count)))
      // Else the factor would stand for the inverse.
      if info != 0 { values.update(repeating: .nan) }
      for j in 0..<count {
        for i in 0..<j { values[i * count + j] = values[j * count + i] }
      }
    }
    return result
  }
}

/// LAPACK's letter for "the upper triangle is stored".
private let upperTriangle = CChar(UInt8(ascii: "U"))
