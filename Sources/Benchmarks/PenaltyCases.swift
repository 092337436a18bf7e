import Evaluation
import FoundationEssentials
import Glibc
import LinearAlgebra
import Scoring
import SpecialFunctions
import Training

/// Features in which neighbours correlate, and outcomes of a logistic model of them.
///
/// `--features` and `--outcomes` name files of doubles to take instead, features column by column, so
/// that other software can be given the same rows.
private struct PenaltySample {
  let blocks: FeatureBlocks
  let outcomes: [Double]

  /// - Parameter sparse: 85 of 100 coefficients are 0.
  init(_ arguments: Arguments, rows: Int, columns: Int, seed: UInt64, sparse: Bool) throws {
    let n = try arguments.count("rows", default: rows)
    let p = try arguments.count("columns", default: columns)
    if let features = arguments.optionalText("features") {
      let values = try Self.doubles(features)
      guard values.count == n * p else {
        throw BenchmarkError.wrongAnswer("\(features) has \(values.count) numbers")
      }
      outcomes = try Self.doubles(try arguments.text("outcomes"))
      blocks = Self.blocks(n, p) { j in Array(values[j * n..<(j + 1) * n]) }
      return
    }
    var generator = SplitMix64(seed: seed)
    var predictors = [Double](repeating: -2, count: n)
    var last: [Double] = []
    // An autoregression of 0.7 from column to column.
    let made = Self.blocks(n, p) { j in
      var column = (0..<n).map { _ in generator.nextStandardNormal() }
      if j > 0 {
        for i in 0..<n { column[i] = 0.7 * last[i] + (1 - 0.49).squareRoot() * column[i] }
      }
      last = column
      var truth = generator.nextStandardNormal() * 2 / Double(p).squareRoot()
      if sparse { truth *= generator.nextUniform() < 0.85 ? 0 : 2 }
      for i in 0..<n { predictors[i] += truth * column[i] }
      return column
    }
    blocks = made
    outcomes = predictors.map { generator.nextUniform() < logistic($0) ? 1 : 0 }
  }

  private static func blocks(
    _ n: Int, _ p: Int, column: (Int) -> [Double]
  ) -> FeatureBlocks {
    var dense = DenseBlock(rowCount: n, columnCount: p)
    for j in 0..<p { dense.setColumn(j, from: column(j)) { $0 } }
    return FeatureBlocks(dense: dense, categories: [])
  }

  private static func doubles(_ path: String) throws -> [Double] {
    try Data(contentsOf: URL(filePath: path)).withUnsafeBytes { bytes in
      Array(bytes.bindMemory(to: Double.self))
    }
  }
}

private func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

private struct PathReport: Encodable {
  let `case` = "elastic-net"
  let rows: Int
  let columns: Int
  let l1Share: Double
  let penalties: Int
  let seconds: Double
  /// Of all runs, the first included.
  let allSeconds: [Double]
  /// Processor time of a run, over all threads: hardly depends on what else the machine does.
  let processorSeconds: Double
  let largestExpectedDecrease: Double
  let largestDualityGap: Double
  let largestGradientNorm: Double
  let activeAtTheEnd: Int
  let sweeps: Int
  let threads: Int
}

/// Fits a path of 50 penalties to `--rows` × `--columns` numbers, `--share` hundredths of it l1.
func fitElasticNetPath(_ arguments: Arguments) throws {
  let sample = try PenaltySample(arguments, rows: 100_000, columns: 200, seed: 5, sparse: true)
  let threads = try arguments.count("threads", default: processorCount)
  var recipe = ElasticNet(
    l1Share: Double(try arguments.count("share", default: 100)) / 100, threadCount: threads)
  recipe.tolerance = pow(10, -Double(try arguments.count("digits", default: 10)))
  var path: ElasticNetPath?
  let before = processorTime()
  let all = try (0..<(try arguments.count("runs", default: 3))).map { _ in
    try seconds { path = try recipe.fit(sample.blocks, outcomes: sample.outcomes) }
  }
  let processor = processorTime() - before
  guard let path, let last = path.points.last else { return }
  let report = PathReport(
    rows: sample.outcomes.count, columns: sample.blocks.columnCount, l1Share: recipe.l1Share,
    penalties: path.points.count, seconds: all.min() ?? 0, allSeconds: all,
    processorSeconds: processor / Double(all.count),
    largestExpectedDecrease: path.points.map { $0.expectedDecrease / $0.objective }.max() ?? 0,
    largestDualityGap: path.points.map { $0.dualityGap / $0.objective }.max() ?? 0,
    largestGradientNorm: path.points.map(\.gradientNorm).max() ?? 0,
    activeAtTheEnd: last.activeCount, sweeps: path.points.map(\.sweeps).reduce(0, +),
    threads: threads)
  guard report.largestGradientNorm < 1e-5 else {
    throw BenchmarkError.wrongAnswer("a gradient is \(report.largestGradientNorm) from optimal")
  }
  try printJSON(report)
  if let out = arguments.optionalText("out") {
    let numbers = path.points.flatMap { [$0.penalty, $0.intercept] + $0.coefficients }
    try numbers.withUnsafeBytes { try Data($0).write(to: URL(filePath: out)) }
  }
}

private struct CrossValidationReport: Encodable {
  let `case` = "cross-validation"
  let rows: Int
  let columns: Int
  let folds: Int
  let penalties: Int
  let seconds: Double
  let allSeconds: [Double]
  /// Processor time of a run, over all threads: hardly depends on what else the machine does.
  let processorSeconds: Double
  /// Of an objective above that of the same fold fitted alone, relative; over two folds and strengths.
  let largestExcess: Double
  let largestCoefficientError: Double
  let threads: Int
}

/// Fits 5 folds at 10 L2 strengths, from 10⁴ to 10⁻² on the scale of the sum over a fold's rows.
func crossValidateStrengths(_ arguments: Arguments) throws {
  let sample = try PenaltySample(arguments, rows: 200_000, columns: 50, seed: 6, sparse: false)
  let threads = try arguments.count("threads", default: processorCount)
  let n = sample.outcomes.count
  let folds = try Folds.grouped(by: (0..<n).map { UInt32($0 % 5) }, count: 5)
  let penalties = (0..<10).map { pow(10, 4 - Double($0) * 6 / 9) / (0.8 * Double(n)) }
  let recipe = CrossValidation(folds: folds, threadCount: threads)
  var result: CrossValidationResult?
  let before = processorTime()
  let all = try (0..<(try arguments.count("runs", default: 3))).map { _ in
    try seconds {
      result = try recipe.fit(
        l2Penalties: penalties, sample.blocks, outcomes: sample.outcomes)
    }
  }
  let processor = processorTime() - before
  guard let result else { return }
  var (excess, distance) = (0.0, 0.0)
  for (fold, k) in [(0, 0), (4, 9), (2, 4)] {
    let alone = try LogisticRegression(l2Penalty: penalties[k], threadCount: threads).fit(
      sample.blocks, outcomes: sample.outcomes,
      sampleWeights: (0..<n).map { folds.trains(row: $0, in: fold) ? 1 : 0 })
    let fit = result.fits[k][fold]
    excess = max(excess, (fit.objective - alone.objective) / alone.objective)
    for (a, b) in zip(fit.coefficients, alone.coefficients) { distance = max(distance, abs(a - b)) }
  }
  guard excess < 1e-10, distance < 1e-7 else {
    throw BenchmarkError.wrongAnswer("a fold is \(excess) above the fit alone, \(distance) away")
  }
  try printJSON(
    CrossValidationReport(
      rows: n, columns: sample.blocks.columnCount, folds: 5, penalties: penalties.count,
      seconds: all.min() ?? 0, allSeconds: all,
      processorSeconds: processor / Double(all.count), largestExcess: excess,
      largestCoefficientError: distance, threads: threads))
}
