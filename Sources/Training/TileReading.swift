import Scoring

/// Where a lane reads mapped blocks: has the system fetch the tiles that come next, and gives back the
/// memory of those that are done with. Does nothing for blocks in memory.
///
/// Tiles are taken in ascending order, one step after the other.
struct TileReading: Sendable {
  private let blocks: FeatureBlocks?
  private var last: Int?
  /// The last tile asked for, and the first not given back.
  private var fetched = 0
  private var kept = 0
  private var passed = 0

  /// Far enough for the disk to be busy while a tile is computed: with 30 columns 2 MB.
  private static let depth = 16

  init(_ blocks: FeatureBlocks) {
    self.blocks = blocks.isMapped ? blocks : nil
  }

  mutating func move(to tile: Int) {
    guard let blocks else { return }
    if let last {
      let step = max(1, tile - last)
      while fetched < tile + Self.depth * step {
        fetched += step
        blocks.prefetch(tiles: fetched..<fetched + 1)
      }
      passed += 1
      if passed.isMultiple(of: Self.depth) {
        blocks.release(tiles: kept..<tile)
        kept = tile
      }
    } else {
      blocks.prefetch(tiles: tile..<tile + 1)
      (fetched, kept) = (tile, tile)
    }
    last = tile
  }
}
