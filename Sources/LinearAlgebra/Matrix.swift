/// A dense matrix of n rows by p columns, column-major: the whole of column 0, then column 1, and on.
public struct Matrix: Sendable, Hashable {
  public let rowCount: Int
  public let columnCount: Int
  /// Element (i, j) is at j × `rowCount` + i.
  public private(set) var values: [Double]

  /// Creates a matrix with every element equal to `value`.
  public init(rowCount: Int, columnCount: Int, repeating value: Double) {
    precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) × \(columnCount)")
    self.rowCount = rowCount
    self.columnCount = columnCount
    values = [Double](repeating: value, count: rowCount * columnCount)
  }

  /// Creates a matrix from its elements in column-major order.
  public init(rowCount: Int, columnCount: Int, columnMajor values: [Double]) {
    precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) × \(columnCount)")
    precondition(
      values.count == rowCount * columnCount,
      "\(values.count) values for a matrix of \(rowCount) × \(columnCount)")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.values = values
  }

  /// Creates a matrix from its rows, all of one length; no rows give a matrix of 0 × 0.
  public init(rows: [[Double]]) {
    self.init(rowCount: rows.count, columnCount: rows.first?.count ?? 0, repeating: 0)
    for (i, row) in rows.enumerated() {
      precondition(
        row.count == columnCount, "row \(i) has \(row.count) values, row 0 has \(columnCount)")
      for (j, value) in row.enumerated() { values[j * rowCount + i] = value }
    }
  }

  public static func identity(_ count: Int) -> Matrix {
    var result = Matrix(rowCount: count, columnCount: count, repeating: 0)
    for i in 0..<count { result[i, i] = 1 }
    return result
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[index(row, column)] }
    set { values[index(row, column)] = newValue }
  }

  /// Column `index`, a view without a copy; its indices start at `index` × `rowCount`.
  public func column(_ index: Int) -> ArraySlice<Double> {
    precondition(index >= 0 && index < columnCount, "column \(index) of \(columnCount)")
    return values[index * rowCount..<(index + 1) * rowCount]
  }

  /// The columns from left to right.
  public var columns: [ArraySlice<Double>] { (0..<columnCount).map(column) }

  public func transposed() -> Matrix {
    var result = Matrix(rowCount: columnCount, columnCount: rowCount, repeating: 0)
    for j in 0..<columnCount {
      for i in 0..<rowCount { result.values[i * columnCount + j] = values[j * rowCount + i] }
    }
    return result
  }

  /// Gives `body` the elements, column-major, to change in place.
  package mutating func withUnsafeMutableValues<Result>(
    _ body: (UnsafeMutableBufferPointer<Double>) -> Result
  ) -> Result {
    values.withUnsafeMutableBufferPointer { body($0) }
  }

  private func index(_ row: Int, _ column: Int) -> Int {
    precondition(
      row >= 0 && row < rowCount && column >= 0 && column < columnCount,
      "element (\(row), \(column)) of a matrix of \(rowCount) × \(columnCount)")
    return column * rowCount + row
  }
}
