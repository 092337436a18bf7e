import COpenBLAS

/// Products with more than one column on the right. The columns of the right side and of the result
/// stand `rightStride` and `resultStride` apart.
extension Products {
  /// Adds A B to `result`; A is m × n, `right` n × k and `result` m × k.
  ///
  /// - Complexity: O(m n k).
  package static func addProduct(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    _ right: UnsafePointer<Double>, rightStride: Int, rightCount: Int,
    to result: UnsafeMutablePointer<Double>, resultStride: Int
  ) {
    guard rowCount > 0, columnCount > 0, rightCount > 0 else { return }
    singleThreaded
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(rowCount), Int32(rightCount),
      Int32(columnCount), 1, tile, Int32(leadingDimension), right, Int32(rightStride), 1, result,
      Int32(resultStride))
  }

  /// Adds Aᵀ B to `result`; A is m × n, `right` m × k and `result` n × k.
  ///
  /// - Complexity: O(m n k).
  package static func addTransposeProduct(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    _ right: UnsafePointer<Double>, rightStride: Int, rightCount: Int,
    to result: UnsafeMutablePointer<Double>, resultStride: Int
  ) {
    guard rowCount > 0, columnCount > 0, rightCount > 0 else { return }
    singleThreaded
    cblas_dgemm(
      CblasColMajor, CblasTrans, CblasNoTrans, Int32(columnCount), Int32(rightCount),
      Int32(rowCount), 1, tile, Int32(leadingDimension), right, Int32(rightStride), 1, result,
      Int32(resultStride))
  }

  /// Adds `factor` times the upper triangle of Aᵀ A to `result`, whose columns stand `resultStride`
  /// apart; A is m × n.
  ///
  /// - Complexity: O(m n²).
  package static func addGram(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    times factor: Double, to result: UnsafeMutablePointer<Double>, resultStride: Int
  ) {
    guard rowCount > 0, columnCount > 0 else { return }
    singleThreaded
    cblas_dsyrk(
      CblasColMajor, CblasUpper, CblasTrans, Int32(columnCount), Int32(rowCount), factor, tile,
      Int32(leadingDimension), 1, result, Int32(resultStride))
  }
}
