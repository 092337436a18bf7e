import COpenBLAS

/// Products of a tile with several vectors at once: the tile is read once for all of them.
extension Products {
  /// Adds A B to `result`; A is m × n, `panel` n × k with columns `panelStride` apart, and `result`
  /// m × k with columns `resultStride` apart.
  ///
  /// - Complexity: O(m n k).
  package static func addTimes(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    panel: UnsafePointer<Double>, panelStride: Int, panelCount: Int,
    to result: UnsafeMutablePointer<Double>, resultStride: Int
  ) {
    guard rowCount > 0, columnCount > 0, panelCount > 0 else { return }
    singleThreaded
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(rowCount), Int32(panelCount),
      Int32(columnCount), 1, tile, Int32(leadingDimension), panel, Int32(panelStride), 1, result,
      Int32(resultStride))
  }

  /// Adds Aᵀ B to `result`; A is m × n, `panel` m × k with columns `panelStride` apart, and `result`
  /// n × k with columns `resultStride` apart.
  ///
  /// - Complexity: O(m n k).
  package static func addTransposeTimes(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    panel: UnsafePointer<Double>, panelStride: Int, panelCount: Int,
    to result: UnsafeMutablePointer<Double>, resultStride: Int
  ) {
    guard rowCount > 0, columnCount > 0, panelCount > 0 else { return }
    singleThreaded
    cblas_dgemm(
      CblasColMajor, CblasTrans, CblasNoTrans, Int32(columnCount), Int32(panelCount),
      Int32(rowCount), 1, tile, Int32(leadingDimension), panel, Int32(panelStride), 1, result,
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

  /// Adds the upper triangle of Aᵀ A to `result`, in single precision: twice as fast, seven digits.
  package static func addGram(
    _ tile: UnsafePointer<Float>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Float>
  ) {
    guard rowCount > 0, columnCount > 0 else { return }
    singleThreaded
    cblas_ssyrk(
      CblasColMajor, CblasUpper, CblasTrans, Int32(columnCount), Int32(rowCount), 1, tile,
      Int32(leadingDimension), 1, result, Int32(columnCount))
  }

  /// Returns the inner product of two vectors of `count` elements.
  package static func dot(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, count: Int
  ) -> Double {
    singleThreaded
    return cblas_ddot(Int32(count), left, 1, right, 1)
  }

  /// Adds `factor` × `vector` to `result`, both of `count` elements.
  package static func add(
    _ vector: UnsafePointer<Double>, times factor: Double, count: Int,
    to result: UnsafeMutablePointer<Double>
  ) {
    singleThreaded
    cblas_daxpy(Int32(count), factor, vector, 1, result, 1)
  }
}
