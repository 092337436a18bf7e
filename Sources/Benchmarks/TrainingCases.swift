import Evaluation
import FoundationEssentials
import Glibc
import LinearAlgebra
import Scoring
import Training

private struct TrainingReport: Encodable {
  let `case`: String
  let rows: Int
  let columns: Int
  let seconds: Double
  let allSeconds: [Double]
  let dataBytes: Int
  /// The most memory that the process has had, its data included, and what it had before any.
  let peakBytes: Int
  let emptyBytes: Int
  let threads: Int
}

/// Fits the rows in the folder `--data` the way that `--case` asks for, `--runs` times, and writes the
/// coefficients of the last run to `--out`, for scripts/bench-train to judge.
func fitSharedCase(_ arguments: Arguments) throws {
  let name = try arguments.text("case")
  let emptyBytes = peakResidentBytes
  let data = try SharedData(folder: try arguments.text("data"))
  let threads = try arguments.count("threads", default: processorCount)
  guard let fit = sharedFits[name] else {
    throw BenchmarkError.wrongAnswer("no case \(name); there are \(sharedFits.keys.sorted())")
  }
  var answer: [Double] = []
  let all = try (0..<(try arguments.count("runs", default: 3))).map { _ in
    try seconds { answer = try fit(data, threads) }
  }
  try printJSON(
    TrainingReport(
      case: name, rows: data.shape.rows, columns: data.blocks.columnCount,
      seconds: all.min() ?? 0, allSeconds: all, dataBytes: data.byteCount,
      peakBytes: peakResidentBytes, emptyBytes: emptyBytes, threads: threads))
  if let out = arguments.optionalText("out") { try writeNumbers(answer, to: out) }
}

/// By case: the fit, and the numbers it gives, one intercept in front of each set of coefficients.
private let sharedFits: [String: @Sendable (SharedData, Int) throws -> [Double]] = [
  "binary": fitBinary, "multinomial": fitMultinomialShared, "path": fitPath, "folds": fitFolds,
  "choice": choosePenalty,
]

/// L2 penalty 1 on the scale of the sum over the rows.
@Sendable private func fitBinary(_ data: SharedData, threads: Int) throws -> [Double] {
  let fit = try LogisticRegression(l2Penalty: 1 / Double(data.shape.rows), threadCount: threads)
    .fit(data.blocks, outcomes: data.outcomes)
  return [fit.intercept] + fit.coefficients
}

@Sendable private func fitMultinomialShared(_ data: SharedData, threads: Int) throws -> [Double] {
  let recipe = MultinomialRegression(
    l2Penalty: 1 / Double(data.shape.rows), threadCount: threads)
  let fit = try recipe.fit(
    data.blocks, outcomes: data.outcomes.map { Int($0) }, classCount: data.shape.classes)
  return (0..<fit.classCount).flatMap { k in
    [fit.intercepts[k]] + fit.coefficients.column(k)
  }
}

@Sendable private func fitPath(_ data: SharedData, threads: Int) throws -> [Double] {
  var recipe = ElasticNet(l1Share: 1, penalties: try data.penalties(count: 50))
  recipe.threadCount = threads
  let path = try recipe.fit(data.blocks, outcomes: data.outcomes)
  return path.points.flatMap { [$0.intercept] + $0.coefficients }
}

/// Five folds of each fifth row, at ten strengths from 10⁴ to 10⁻² on the scale of the sum.
@Sendable private func fitFolds(_ data: SharedData, threads: Int) throws -> [Double] {
  let n = data.shape.rows
  let folds = try Folds.grouped(by: (0..<n).map { UInt32($0 % 5) }, count: 5)
  let penalties = (0..<10).map { pow(10, 4 - Double($0) * 6 / 9) / (0.8 * Double(n)) }
  let result = try CrossValidation(folds: folds, threadCount: threads).fit(
    l2Penalties: penalties, data.blocks, outcomes: data.outcomes)
  return result.fits.flatMap { $0.flatMap { [$0.intercept] + $0.coefficients } }
}

/// Chooses the penalty as `train` does, by five folds of eleven strengths: the strength, then each one's log
/// loss out of fold.
@Sendable private func choosePenalty(_ data: SharedData, threads: Int) throws -> [Double] {
  let choice = try PenaltyChoice.l2Penalty(
    for: data.blocks, outcomes: data.outcomes, threadCount: threads)
  return [choice.l2Penalty] + choice.rows.map(\.meanLogLoss)
}
