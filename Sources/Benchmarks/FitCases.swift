import LinearAlgebra
import Scoring
import SpecialFunctions
import Training

private struct FitReport: Encodable {
  let `case`: String
  let rows: Int
  let columns: Int
  let seconds: Double
  let processorSeconds: Double
  let iterations: Int
  let objective: Double
  let objectiveGap: Double
  let gradientNorm: Double
  let threads: Int
}

/// Fits `--rows` × `--columns` numbers, neighbours correlated by 0.7, with penalty 1 / rows.
func fitDense(_ arguments: Arguments) throws {
  let rowCount = try arguments.count("rows", default: 1_000_000)
  let columnCount = try arguments.count("columns", default: 50)
  var data = MadeUpRows(rowCount: rowCount, seed: 101)
  data.addNumbers(count: columnCount, spread: 2 / Double(columnCount).squareRoot())
  try fit(data, name: "fit-dense", arguments)
}

/// Fits `--rows` rows of ten numbers and categories of 5, 20, 100, 1,000 and 5,000 levels.
func fitMixed(_ arguments: Arguments) throws {
  var data = MadeUpRows(rowCount: try arguments.count("rows", default: 1_000_000), seed: 103)
  data.addNumbers(count: 10, spread: 0.4)
  for levelCount in [5, 20, 100, 1_000, 5_000] { data.addCategory(levelCount: levelCount) }
  try fit(data, name: "fit-mixed", arguments)
}

private func fit(_ data: consuming MadeUpRows, name: String, _ arguments: Arguments) throws {
  let threads = try arguments.count("threads", default: processorCount)
  let outcomes = data.outcomes()
  let recipe = LogisticRegression(l2Penalty: 1 / Double(outcomes.count), threadCount: threads)
  let blocks = data.blocks
  var best = Double.infinity
  var bestProcessor = Double.infinity
  var fit: LogisticFit?
  for _ in 0..<3 {
    let before = processorSeconds
    best = min(best, try seconds { fit = try recipe.fit(blocks, outcomes: outcomes) })
    bestProcessor = min(bestProcessor, processorSeconds - before)
  }
  guard let fit, fit.newtonDecrement <= 1e-12 * fit.objective, fit.gradientNorm < 1e-7 else {
    throw BenchmarkError.wrongAnswer("the gradient at the fit is \(fit?.gradientNorm ?? .nan)")
  }
  try printJSON(
    FitReport(
      case: name, rows: blocks.rowCount, columns: blocks.columnCount, seconds: best,
      processorSeconds: bestProcessor,
      iterations: fit.iterations, objective: fit.objective, objectiveGap: fit.newtonDecrement,
      gradientNorm: fit.gradientNorm, threads: threads))
}

/// Rows whose outcomes follow a known linear predictor.
private struct MadeUpRows {
  private let rowCount: Int
  private var generator: SplitMix64
  private var predictors: [Double]
  private var columns: [[Double]] = []
  private var categories: [CategoryBlock] = []

  init(rowCount: Int, seed: UInt64) {
    self.rowCount = rowCount
    generator = SplitMix64(seed: seed)
    predictors = [Double](repeating: -2, count: rowCount)
  }

  /// Adds standard normal columns, each correlated by 0.7 with the one before.
  mutating func addNumbers(count: Int, spread: Double) {
    for index in 0..<count {
      let coefficient = generator.nextStandardNormal() * spread
      var column = [Double](repeating: 0, count: rowCount)
      for row in 0..<rowCount {
        let fresh = generator.nextStandardNormal()
        column[row] = index == 0 ? fresh : 0.7 * columns[index - 1][row] + 0.51.squareRoot() * fresh
        predictors[row] += coefficient * column[row]
      }
      columns.append(column)
    }
  }

  /// Adds a category whose levels are used unevenly, the first the most.
  mutating func addCategory(levelCount: Int) {
    let effects = (0..<levelCount).map { _ in generator.nextStandardNormal() * 0.5 }
    let codes = (0..<rowCount).map { row -> UInt32 in
      let uniform = generator.nextUniform()
      let level = min(levelCount - 1, Int(uniform * uniform * Double(levelCount)))
      predictors[row] += effects[level]
      return UInt32(level)
    }
    categories.append(CategoryBlock(levelCount: levelCount, codes: codes))
  }

  mutating func outcomes() -> [Double] {
    predictors.map { generator.nextUniform() < logistic($0) ? 1 : 0 }
  }

  var blocks: FeatureBlocks {
    var dense = DenseBlock(rowCount: rowCount, columnCount: columns.count)
    for (index, column) in columns.enumerated() {
      dense.setColumn(index, from: column) { $0 }
    }
    return FeatureBlocks(dense: dense, categories: categories)
  }
}
