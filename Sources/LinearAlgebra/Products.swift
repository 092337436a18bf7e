import COpenBLAS

/// The products the solvers are made of, over tiles: column-major blocks of memory in which the
/// columns stand `leadingDimension` apart. OpenBLAS runs each call on the calling thread alone.
package enum Products {
  /// Threaded OpenBLAS is slower on skinny tiles than two callers with one thread each (dsyrk of
  /// 100,000 × 50: 18 against 35 GFLOP/s), and its thread count changes the order of its sums.
  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Adds A x to `result`; A is m × n, `vector` has n and `result` m elements.
  package static func addTimes(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    _ vector: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>
  ) {
    guard rowCount > 0, columnCount > 0 else { return }
    singleThreaded
    cblas_dgemv(
      CblasColMajor, CblasNoTrans, Int32(rowCount), Int32(columnCount), 1, tile,
      Int32(leadingDimension), vector, 1, 1, result, 1)
  }

  /// Adds Aᵀ x to `result`; A is m × n, `vector` has m and `result` n elements.
  package static func addTransposeTimes(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    _ vector: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>
  ) {
    guard rowCount > 0, columnCount > 0 else { return }
    singleThreaded
    cblas_dgemv(
      CblasColMajor, CblasTrans, Int32(rowCount), Int32(columnCount), 1, tile,
      Int32(leadingDimension), vector, 1, 1, result, 1)
  }

  /// Adds the upper triangle of Aᵀ A to `result`, n × n with columns n apart; A is m × n.
  ///
  /// - Complexity: O(m n²).
  package static func addGram(
    _ tile: UnsafePointer<Double>, rowCount: Int, columnCount: Int, leadingDimension: Int,
    to result: UnsafeMutablePointer<Double>
  ) {
    guard rowCount > 0, columnCount > 0 else { return }
    singleThreaded
    cblas_dsyrk(
      CblasColMajor, CblasUpper, CblasTrans, Int32(columnCount), Int32(rowCount), 1, tile,
      Int32(leadingDimension), 1, result, Int32(columnCount))
  }
}

extension Matrix {
  /// Returns the product with `vector`, which has one element a column.
  public func times(_ vector: [Double]) -> [Double] {
    precondition(
      vector.count == columnCount, "\(vector.count) elements for \(columnCount) columns")
    var result = [Double](repeating: 0, count: rowCount)
    Products.addTimes(
      values, rowCount: rowCount, columnCount: columnCount, leadingDimension: rowCount,
      vector, to: &result)
    return result
  }

  /// Returns the product of the transpose with `vector`, which has one element a row.
  public func transposeTimes(_ vector: [Double]) -> [Double] {
    precondition(vector.count == rowCount, "\(vector.count) elements for \(rowCount) rows")
    var result = [Double](repeating: 0, count: columnCount)
    Products.addTransposeTimes(
      values, rowCount: rowCount, columnCount: columnCount, leadingDimension: rowCount,
      vector, to: &result)
    return result
  }
}
