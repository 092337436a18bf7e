package import Tables

extension FeatureBlocks {
  /// Rows that are copied at a time from one file to another: eight tiles.
  private static let copiedRowCount = 8 * DenseBlock.tileRowCount

  /// The rows at `indices`, in that order: in memory, or in the folder of the file these are in.
  ///
  /// - Throws: `TableError.cannotWrite`, of rows in a file only.
  package func rows(_ indices: [Int]) throws(TableError) -> FeatureBlocks {
    guard let directory = dense.values.directory else { return copy(indices[...]) }
    let spill = try BlockSpill(
      directory: directory, denseColumnCount: dense.columnCount,
      levelCounts: categories.map(\.levelCount))
    for first in stride(from: 0, to: indices.count, by: Self.copiedRowCount) {
      let part = indices[first..<min(first + Self.copiedRowCount, indices.count)]
      let tiles = Self.tiles(of: part)
      prefetch(tiles: tiles)
      try spill.append(copy(part))
      release(tiles: tiles)
    }
    return try spill.finish()
  }

  private static func tiles(of indices: ArraySlice<Int>) -> Range<Int> {
    let size = DenseBlock.tileRowCount
    return (indices.min() ?? 0) / size..<(indices.max() ?? -1) / size + 1
  }

  private func copy(_ indices: ArraySlice<Int>) -> FeatureBlocks {
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
