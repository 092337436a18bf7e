import Scoring

/// The columns of a design whose second derivatives are wanted in pairs: the intercept, the dense columns
/// and the smaller categories, as many as a dense factor allows.
struct CurvatureCore: Sendable {
  /// A core of 2,000 columns takes 32 MB and 2.7 GFLOP to factor.
  static let columnLimit = 2_000

  /// The design of these columns alone.
  let design: Design
  /// For each of its parameters that of the whole design.
  let parameters: [Int]
  /// Its categories among those of the whole design.
  let categories: [Int]
  /// Pairs are summed over each `tileStep`-th tile.
  let tileStep: Int

  init(_ whole: Design, tileStep: Int) {
    let layout = whole.layout
    categories = Self.categories(of: layout)
    parameters =
      Array(0..<layout.denseCount)
      + categories.flatMap { category in
        let start = layout.parameterStarts[category]
        return start..<start + layout.levelCounts[category]
      }
    design = Design(
      FeatureBlocks(
        dense: whole.blocks.dense, categories: categories.map { whole.blocks.categories[$0] }),
      centers: whole.centers)
    self.tileStep = tileStep
  }

  /// Whether a design's dense columns alone fit a core.
  static func canHold(_ design: Design) -> Bool { design.layout.denseCount <= columnLimit }

  /// The smallest categories, while they fit.
  private static func categories(of layout: DesignLayout) -> [Int] {
    var count = layout.denseCount
    let levelCounts = layout.levelCounts
    return levelCounts.indices.sorted { (levelCounts[$0], $0) < (levelCounts[$1], $1) }
      .prefix { category in
        count += levelCounts[category]
        return count <= columnLimit
      }.sorted()
  }
}
