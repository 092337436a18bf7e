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
  /// Whether some of the numbers are in a file.
  package var isMapped: Bool {
    dense.values.isMapped || categories.contains(where: \.isMapped)
  }

  /// Has the system read in tiles that will be wanted soon.
  package func prefetch(tiles: Range<Int>) {
    dense.values.prefetch(dense.places(of: tiles))
    for category in categories { category.prefetch(rows(of: tiles)) }
  }

  /// Gives back the memory of tiles that are not wanted soon.
  package func release(tiles: Range<Int>) {
    dense.values.release(dense.places(of: tiles))
    for category in categories { category.release(rows(of: tiles)) }
  }

  private func rows(of tiles: Range<Int>) -> Range<Int> {
    let size = DenseBlock.tileRowCount
    return tiles.lowerBound * size..<tiles.upperBound * size
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
  public private(set) var values: BlockStorage<Double>

  public init(rowCount: Int, columnCount: Int) {
    precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) × \(columnCount)")
    self.rowCount = rowCount
    self.columnCount = columnCount
    let tileCount = (rowCount + Self.tileRowCount - 1) / Self.tileRowCount
    values = BlockStorage(
      [Double](repeating: 0, count: tileCount * Self.tileRowCount * columnCount))
  }

  /// Takes whole tiles as they stand, the last one padded.
  package init(rowCount: Int, columnCount: Int, values: BlockStorage<Double>) {
    let tileCount = (rowCount + Self.tileRowCount - 1) / Self.tileRowCount
    precondition(
      values.count == tileCount * Self.tileRowCount * columnCount,
      "\(values.count) values for \(tileCount) tiles of \(columnCount) columns")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.values = values
  }

  public var tileCount: Int { (rowCount + Self.tileRowCount - 1) / Self.tileRowCount }

  /// Where the values of tiles are.
  func places(of tiles: Range<Int>) -> Range<Int> {
    let size = Self.tileRowCount * columnCount
    return tiles.lowerBound * size..<tiles.upperBound * size
  }

  public func index(row: Int, column: Int) -> Int {
    let (tile, offset) = row.quotientAndRemainder(dividingBy: Self.tileRowCount)
    return (tile * columnCount + column) * Self.tileRowCount + offset
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[index(row: row, column: column)] }
    set {
      let index = index(row: row, column: column)
      values.withUnsafeMutableBufferPointer { $0[index] = newValue }
    }
  }

  /// Fills column `column` from `source`, n values, each put through `transform`.
  public mutating func setColumn(
    _ column: Int, from source: [Double], transform: (Double) -> Double
  ) {
    precondition(source.count == rowCount, "\(source.count) values for \(rowCount) rows")
    precondition(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
    let (rowCount, columnCount) = (rowCount, columnCount)
    values.withUnsafeMutableBufferPointer { values in
      for first in stride(from: 0, to: rowCount, by: Self.tileRowCount) {
        let start = first * columnCount + column * Self.tileRowCount
        for row in first..<min(first + Self.tileRowCount, rowCount) {
          values[start + row - first] = transform(source[row])
        }
      }
    }
  }

  /// Gives `body` the tiles to fill in place; it must leave the padding of the last tile at zero.
  package mutating func withUnsafeMutableValues<Result>(
    _ body: (UnsafeMutableBufferPointer<Double>) -> Result
  ) -> Result {
    values.withUnsafeMutableBufferPointer(body)
  }
}

/// One categorical column: a level code per row, in the narrowest integer that holds them.
public struct CategoryBlock: Sendable {
  public enum Codes: Sendable {
    case narrow(BlockStorage<UInt8>)
    case medium(BlockStorage<UInt16>)
    case wide(BlockStorage<UInt32>)
  }

  public let levelCount: Int
  /// Codes 0 ..< `levelCount`; the code `levelCount` means no level and contributes nothing.
  public let codes: Codes

  public init(levelCount: Int, codes: [UInt32]) {
    precondition(codes.allSatisfy { $0 <= levelCount }, "a code is above \(levelCount)")
    self.levelCount = levelCount
    if levelCount <= Int(UInt8.max) {
      self.codes = .narrow(BlockStorage(codes.map { UInt8(truncatingIfNeeded: $0) }))
    } else if levelCount <= Int(UInt16.max) {
      self.codes = .medium(BlockStorage(codes.map { UInt16(truncatingIfNeeded: $0) }))
    } else {
      self.codes = .wide(BlockStorage(codes))
    }
  }

  /// Takes codes that have been checked, in the width that `levelCount` asks for.
  package init(levelCount: Int, codes: Codes) {
    self.levelCount = levelCount
    self.codes = codes
  }

  public var rowCount: Int {
    switch codes {
    case .narrow(let codes): codes.count
    case .medium(let codes): codes.count
    case .wide(let codes): codes.count
    }
  }

  var isMapped: Bool {
    switch codes {
    case .narrow(let codes): codes.isMapped
    case .medium(let codes): codes.isMapped
    case .wide(let codes): codes.isMapped
    }
  }

  func prefetch(_ rows: Range<Int>) {
    switch codes {
    case .narrow(let codes): codes.prefetch(rows)
    case .medium(let codes): codes.prefetch(rows)
    case .wide(let codes): codes.prefetch(rows)
    }
  }

  func release(_ rows: Range<Int>) {
    switch codes {
    case .narrow(let codes): codes.release(rows)
    case .medium(let codes): codes.release(rows)
    case .wide(let codes): codes.release(rows)
    }
  }
}
