import Scoring

extension CategoryBlock {
  /// Writes the codes of a tile's rows, and of its padding, which has no level.
  func unpack(tile: Int, into target: UnsafeMutablePointer<Int32>) {
    switch codes {
    case .narrow(let codes): unpack(codes, tile: tile, into: target)
    case .medium(let codes): unpack(codes, tile: tile, into: target)
    case .wide(let codes): unpack(codes, tile: tile, into: target)
    }
  }

  private func unpack<Code: FixedWidthInteger>(
    _ source: BlockStorage<Code>, tile: Int, into target: UnsafeMutablePointer<Int32>
  ) {
    let first = tile * tileRows
    let rows = first..<min(first + tileRows, source.count)
    source.withUnsafeBufferPointer { source in
      for (i, row) in rows.enumerated() { target[i] = Int32(truncatingIfNeeded: source[row]) }
    }
    for i in rows.count..<max(rows.count, tileRows) { target[i] = Int32(levelCount) }
  }
}
