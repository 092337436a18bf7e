/// The encoded features of n rows, as blocks: one dense block, then one block of level codes for
/// each categorical column. A category is never materialised as one-hot columns.
///
/// The p columns of the whole design are the dense columns, then the levels of each category in turn.
public struct FeatureBlocks: Sendable {
  public var dense: DenseBlock
  public var categories: [CategoryBlock]

  public init(dense: DenseBlock, categories: [CategoryBlock]) {
    for category in categories {
      precondition(
        category.rowCount == dense.rowCount,
        "category has \(category.rowCount) rows, dense block has \(dense.rowCount)")
    }
    self.dense = dense
    self.categories = categories
  }

  public var rowCount: Int { dense.rowCount }
  /// p: dense columns plus the levels of every category.
  public var columnCount: Int {
    categories.reduce(dense.columnCount) { $0 + $1.levelCount }
  }
}

extension FeatureBlocks {
  /// The rows at `indices`, in that order.
  package func rows(_ indices: [Int]) -> FeatureBlocks {
    var block = DenseBlock(rowCount: indices.count, columnCount: dense.columnCount)
    for column in 0..<dense.columnCount {
      for (place, row) in indices.enumerated() { block[place, column] = dense[row, column] }
    }
    return FeatureBlocks(
      dense: block,
      categories: categories.map { category in
        let codes: [UInt32] =
          switch category.codes {
          case .narrow(let codes): indices.map { UInt32(codes[$0]) }
          case .medium(let codes): indices.map { UInt32(codes[$0]) }
          case .wide(let codes): indices.map { codes[$0] }
          }
        return CategoryBlock(levelCount: category.levelCount, codes: codes)
      })
  }
}

/// n rows by p dense columns in tiles of `tileRowCount` rows; column-major inside a tile, so that a
/// tile and the vectors that meet it stay in the cache. The last tile is padded with zero rows.
public struct DenseBlock: Sendable {
  /// 512 rows: a tile of 50 columns is 200 kB and fits the L2 cache with room for its products.
  public static let tileRowCount = 512

  public let rowCount: Int
  public let columnCount: Int
  /// Tile t starts at t × `tileRowCount` × `columnCount`; its column j at j × `tileRowCount` from there.
  public private(set) var values: [Double]

  public init(rowCount: Int, columnCount: Int) {
    precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) × \(columnCount)")
    self.rowCount = rowCount
    self.columnCount = columnCount
    let tileCount = (rowCount + Self.tileRowCount - 1) / Self.tileRowCount
    values = [Double](repeating: 0, count: tileCount * Self.tileRowCount * columnCount)
  }

  public var tileCount: Int { (rowCount + Self.tileRowCount - 1) / Self.tileRowCount }

  public func index(row: Int, column: Int) -> Int {
    let (tile, offset) = row.quotientAndRemainder(dividingBy: Self.tileRowCount)
    return (tile * columnCount + column) * Self.tileRowCount + offset
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[index(row: row, column: column)] }
    set { values[index(row: row, column: column)] = newValue }
  }

  /// Fills column `column` from `source`, n values, each put through `transform`.
  public mutating func setColumn(
    _ column: Int, from source: [Double], transform: (Double) -> Double
  ) {
    precondition(source.count == rowCount, "\(source.count) values for \(rowCount) rows")
    precondition(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
    for first in stride(from: 0, to: rowCount, by: Self.tileRowCount) {
      let start = index(row: first, column: column)
      for row in first..<min(first + Self.tileRowCount, rowCount) {
        values[start + row - first] = transform(source[row])
      }
    }
  }

  /// Gives `body` the tiles to fill in place; it must leave the padding of the last tile at zero.
  package mutating func withUnsafeMutableValues<Result>(
    _ body: (UnsafeMutableBufferPointer<Double>) -> Result
  ) -> Result {
    values.withUnsafeMutableBufferPointer { body($0) }
  }
}

/// One categorical column: a level code per row, in the narrowest integer that holds them.
public struct CategoryBlock: Sendable {
  public enum Codes: Sendable {
    case narrow([UInt8])
    case medium([UInt16])
    case wide([UInt32])
  }

  public let levelCount: Int
  /// Codes 0 ..< `levelCount`; the code `levelCount` means no level and contributes nothing.
  public let codes: Codes

  public init(levelCount: Int, codes: [UInt32]) {
    precondition(codes.allSatisfy { $0 <= levelCount }, "a code is above \(levelCount)")
    self.levelCount = levelCount
    if levelCount <= Int(UInt8.max) {
      self.codes = .narrow(codes.map { UInt8(truncatingIfNeeded: $0) })
    } else if levelCount <= Int(UInt16.max) {
      self.codes = .medium(codes.map { UInt16(truncatingIfNeeded: $0) })
    } else {
      self.codes = .wide(codes)
    }
  }

  public var rowCount: Int {
    switch codes {
    case .narrow(let codes): codes.count
    case .medium(let codes): codes.count
    case .wide(let codes): codes.count
    }
  }
}
