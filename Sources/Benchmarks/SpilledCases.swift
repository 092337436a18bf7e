import Evaluation
import FoundationEssentials
import Glibc
import Scoring
import SpecialFunctions
import Training

private struct SpilledReport: Encodable {
  let `case` = "fit-spilled"
  let rows: Int
  let columns: Int
  let fileBytes: Int
  let writeSeconds: Double
  let fitSeconds: Double
  /// Of the whole process to its end, data in the making included.
  let peakBytes: Int
  let peakBytesBeforeFit: Int
  let iterations: Int
  let gradientNorm: Double
  let objectiveGap: Double
  /// Whether a fit of the same rows in memory has the same bits; absent where it was not asked for.
  let equalsFitInMemory: Bool?
  let threads: Int
}

/// Fits `--rows` rows of `--columns` numbers and categories of 50 and 2,000 levels whose blocks are in a file
/// in the folder `--spill`; `--compare 1` fits them in memory too.
func fitSpilled(_ arguments: Arguments) throws {
  let rowCount = try arguments.count("rows", default: 2_000_000)
  let columnCount = try arguments.count("columns", default: 30)
  let threads = try arguments.count("threads", default: processorCount)
  let spill = try BlockSpill(
    directory: arguments.optionalText("spill") ?? "/tmp", denseColumnCount: columnCount,
    levelCounts: SpilledRows.levelCounts)
  var rows = SpilledRows(columnCount: columnCount)
  var outcomes: [Double] = []
  outcomes.reserveCapacity(rowCount)
  let writeSeconds = try seconds {
    while spill.rowCount < rowCount {
      let part = rows.next(min(65_536, rowCount - spill.rowCount))
      try spill.append(part.blocks)
      outcomes += part.outcomes
    }
  }
  let blocks = try spill.finish()
  let peakBefore = peakResidentBytes
  let recipe = LogisticRegression(l2Penalty: 1 / Double(rowCount), threadCount: threads)
  var fit: LogisticFit?
  let fitSeconds = try seconds { fit = try recipe.fit(blocks, outcomes: outcomes) }
  guard let fit, fit.newtonDecrement <= 1e-12 * fit.objective, fit.gradientNorm < 1e-7 else {
    throw BenchmarkError.wrongAnswer("the gradient at the fit is \(fit?.gradientNorm ?? .nan)")
  }
  let peak = peakResidentBytes
  let isSame =
    try arguments.has("compare")
    ? recipe.fit(SpilledRows.inMemory(rowCount, columnCount), outcomes: outcomes) == fit : nil
  try printJSON(
    SpilledReport(
      rows: rowCount, columns: blocks.columnCount,
      fileBytes: rowCount * (8 * columnCount + SpilledRows.codeBytes), writeSeconds: writeSeconds,
      fitSeconds: fitSeconds, peakBytes: peak, peakBytesBeforeFit: peakBefore,
      iterations: fit.iterations, gradientNorm: fit.gradientNorm,
      objectiveGap: fit.newtonDecrement, equalsFitInMemory: isSame, threads: threads))
  if isSame == false { throw BenchmarkError.wrongAnswer("the fit in memory has other bits") }
}

/// Made-up rows, some at a time: numbers with a correlation of 0.7 from column to column, two categories.
private struct SpilledRows {
  static let levelCounts = [50, 2_000]
  static let codeBytes = 3
  private let columnCount: Int
  private let truth: [Double]
  private let effects: [[Double]]
  private var generator = SplitMix64(seed: 108)

  init(columnCount: Int) {
    self.columnCount = columnCount
    var generator = SplitMix64(seed: 107)
    let spread = 2 / Double(columnCount).squareRoot()
    truth = (0..<columnCount).map { _ in spread * generator.nextStandardNormal() }
    effects = Self.levelCounts.map { count in
      (0..<count).map { _ in 0.5 * generator.nextStandardNormal() }
    }
  }

  mutating func next(_ count: Int) -> (blocks: FeatureBlocks, outcomes: [Double]) {
    var predictors = [Double](repeating: -2, count: count)
    var dense = DenseBlock(rowCount: count, columnCount: columnCount)
    var last = predictors
    for j in 0..<columnCount {
      for i in 0..<count {
        let draw = generator.nextStandardNormal()
        last[i] = j == 0 ? draw : 0.7 * last[i] + 0.51.squareRoot() * draw
        predictors[i] += truth[j] * last[i]
      }
      dense.setColumn(j, from: last) { $0 }
    }
    let categories = effects.map { effects in
      let codes = predictors.indices.map { i -> UInt32 in
        let uniform = generator.nextUniform()
        let level = min(effects.count - 1, Int(uniform * uniform * Double(effects.count)))
        predictors[i] += effects[level]
        return UInt32(level)
      }
      return CategoryBlock(levelCount: effects.count, codes: codes)
    }
    let outcomes = predictors.map { generator.nextUniform() < logistic($0) ? 1.0 : 0 }
    return (FeatureBlocks(dense: dense, categories: categories), outcomes)
  }

  /// The same rows again, in memory.
  static func inMemory(_ rowCount: Int, _ columnCount: Int) -> FeatureBlocks {
    var rows = SpilledRows(columnCount: columnCount)
    var dense = DenseBlock(rowCount: rowCount, columnCount: columnCount)
    var codes = [[UInt32]](repeating: [], count: levelCounts.count)
    var first = 0
    while first < rowCount {
      let part = rows.next(min(65_536, rowCount - first)).blocks
      for i in 0..<part.rowCount {
        for j in 0..<columnCount { dense[first + i, j] = part.dense[i, j] }
        for k in codes.indices {
          switch part.categories[k].codes {
          case .narrow(let source): codes[k].append(UInt32(source[i]))
          case .medium(let source): codes[k].append(UInt32(source[i]))
          case .wide(let source): codes[k].append(source[i])
          }
        }
      }
      first += part.rowCount
    }
    return FeatureBlocks(
      dense: dense,
      categories: zip(levelCounts, codes).map { CategoryBlock(levelCount: $0, codes: $1) })
  }
}
