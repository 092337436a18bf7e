public import Tables

/// Collects encoded rows in files without a name, for features that the memory does not hold.
///
/// The blocks it ends with are mapped, and fits read them as those in memory, with the same answer to the
/// last bit. The files take as much of the disk as the blocks would of the memory, and are gone when the
/// blocks are, however the program ends.
public final class BlockSpill {
  private let denseColumnCount: Int
  private let levelCounts: [Int]
  private let dense: SpillFile
  private let codes: [SpillFile]
  /// The tile that is not full yet.
  private var tile: [Double]
  public private(set) var rowCount = 0

  /// - Parameters:
  ///   - directory: a folder on a disk with room for 8 bytes a number, and 1 to 4 bytes a level.
  ///   - denseColumnCount: of the rows to come.
  ///   - levelCounts: one for each category of the rows to come.
  /// - Throws: `TableError.cannotWrite`.
  public init(
    directory: String, denseColumnCount: Int, levelCounts: [Int]
  ) throws(TableError) {
    self.denseColumnCount = denseColumnCount
    self.levelCounts = levelCounts
    dense = try SpillFile(directory: directory)
    codes = try levelCounts.map { _ throws(TableError) in try SpillFile(directory: directory) }
    tile = [Double](repeating: 0, count: DenseBlock.tileRowCount * denseColumnCount)
  }

  /// Appends rows, which must have the columns and levels that were announced.
  ///
  /// - Throws: `TableError.cannotWrite`, where the disk is full among others.
  public func append(_ blocks: FeatureBlocks) throws(TableError) {
    precondition(
      blocks.dense.columnCount == denseColumnCount
        && blocks.categories.map(\.levelCount) == levelCounts,
      "blocks of \(blocks.dense.columnCount) columns and \(blocks.categories.count) categories, "
        + "expected \(denseColumnCount) and \(levelCounts.count)")
    let tileRows = DenseBlock.tileRowCount
    var source = 0
    while source < blocks.rowCount {
      let place = rowCount % tileRows
      // As far as neither the tile read nor the one written ends.
      let count = min(tileRows - place, tileRows - source % tileRows, blocks.rowCount - source)
      copy(blocks.dense, from: source, count: count, to: place)
      source += count
      rowCount += count
      if rowCount % tileRows == 0 { try writeTile() }
    }
    for (file, category) in zip(codes, blocks.categories) {
      switch category.codes {
      case .narrow(let codes): try append(codes, to: file)
      case .medium(let codes): try append(codes, to: file)
      case .wide(let codes): try append(codes, to: file)
      }
    }
  }

  /// Returns all rows as mapped blocks. Nothing may be appended after.
  ///
  /// - Throws: `TableError`.
  public func finish() throws(TableError) -> FeatureBlocks {
    if rowCount % DenseBlock.tileRowCount > 0 { try writeTile() }
    let block = DenseBlock(
      rowCount: rowCount, columnCount: denseColumnCount, values: BlockStorage(try dense.mapped()))
    let categories = try zip(codes, levelCounts).map { file, count throws(TableError) in
      CategoryBlock(levelCount: count, codes: try Self.codes(of: file, levelCount: count))
    }
    return FeatureBlocks(dense: block, categories: categories)
  }

  private func copy(_ block: DenseBlock, from source: Int, count: Int, to place: Int) {
    let first = block.index(row: source, column: 0)
    block.values.withUnsafeBufferPointer { values in
      tile.withUnsafeMutableBufferPointer { tile in
        for j in 0..<denseColumnCount {
          let column = j * DenseBlock.tileRowCount
          _ = UnsafeMutableBufferPointer(rebasing: tile[column + place..<column + place + count])
            .update(from: values[first + column..<first + column + count])
        }
      }
    }
  }

  private func writeTile() throws(TableError) {
    try tile.withUnsafeBufferPointer { values throws(TableError) in
      try dense.append(UnsafeRawBufferPointer(values))
    }
    for index in tile.indices { tile[index] = 0 }
  }

  private func append<Code>(
    _ codes: BlockStorage<Code>, to file: SpillFile
  ) throws(TableError) {
    try codes.withUnsafeBufferPointer { codes throws(TableError) in
      try file.append(UnsafeRawBufferPointer(codes))
    }
  }

  private static func codes(
    of file: SpillFile, levelCount: Int
  ) throws(TableError) -> CategoryBlock.Codes {
    let region = try file.mapped()
    if levelCount <= Int(UInt8.max) { return .narrow(BlockStorage(region)) }
    return levelCount <= Int(UInt16.max)
      ? .medium(BlockStorage(region)) : .wide(BlockStorage(region))
  }
}
