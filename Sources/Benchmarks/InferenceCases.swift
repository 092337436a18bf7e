import Scoring
import SpecialFunctions
import Training

private struct InferenceReport: Encodable {
  let `case`: String
  let rows: Int
  let columns: Int
  let levels: Int
  let fitSeconds: Double
  let seconds: Double
  let threads: Int
}

/// Rows of standard normal numbers and one category, whose last level is the reference.
private struct InferenceData {
  let features: FeatureBlocks
  let outcomes: [Double]
  let threads: Int

  init(_ arguments: Arguments) throws {
    let n = try arguments.count("rows", default: 200_000)
    let p = try arguments.count("columns", default: 20)
    let levelCount = try arguments.count("levels", default: 200)
    threads = try arguments.count("threads", default: processorCount)
    var generator = SplitMix64(seed: 4)
    var dense = DenseBlock(rowCount: n, columnCount: p)
    var predictors = [Double](repeating: -1, count: n)
    for column in 0..<p {
      for row in 0..<n {
        let value = generator.nextStandardNormal()
        dense[row, column] = value
        predictors[row] += value / Double(p)
      }
    }
    let codes = (0..<n).map { _ in UInt32(generator.nextIndex(below: levelCount + 1)) }
    features = FeatureBlocks(
      dense: dense, categories: [CategoryBlock(levelCount: levelCount, codes: codes)])
    outcomes = predictors.map { generator.nextUniform() < logistic($0) ? 1.0 : 0 }
  }

  func report(_ name: String, fitSeconds: Double, seconds: Double) throws {
    try printJSON(
      InferenceReport(
        case: name, rows: features.rowCount, columns: features.dense.columnCount,
        levels: features.columnCount - features.dense.columnCount, fitSeconds: fitSeconds,
        seconds: seconds, threads: threads))
  }
}

/// Computes each kind of standard errors of a fit; `clustered` has three rows a group.
func inferCoefficients(_ arguments: Arguments) throws {
  let data = try InferenceData(arguments)
  let recipe = LogisticRegression(threadCount: data.threads)
  var fit: LogisticFit?
  let fitSeconds = try seconds { fit = try recipe.fit(data.features, outcomes: data.outcomes) }
  guard let fit else { return }
  let groups = data.outcomes.indices.map { $0 / 3 }
  var classical: CoefficientInference?
  for (name, kind) in [
    ("classical", StandardErrors.classical), ("robustHC1", .robustHC1),
    ("clustered", .clustered(by: groups)),
  ] {
    var found: CoefficientInference?
    let seconds = try seconds {
      found = try recipe.inference(
        of: fit, data.features, outcomes: data.outcomes, standardErrors: kind)
    }
    classical = classical ?? found
    // The model is right, so that all of them estimate the same.
    guard let error = found?[1].standardError, let expected = classical?[1].standardError,
      isClose(error, expected, relative: 0.1)
    else { throw BenchmarkError.wrongAnswer("the \(name) standard error is \(found as Any)") }
    try data.report(name, fitSeconds: fitSeconds, seconds: seconds)
  }
}

/// Fits by Firth's method.
func fitFirth(_ arguments: Arguments) throws {
  let data = try InferenceData(arguments)
  var likelihood: LogisticFit?
  let fitSeconds = try seconds {
    likelihood = try LogisticRegression(threadCount: data.threads).fit(
      data.features, outcomes: data.outcomes)
  }
  var fit: FirthFit?
  let seconds = try seconds {
    fit = try FirthRegression(threadCount: data.threads).fit(data.features, outcomes: data.outcomes)
  }
  guard let fit, let likelihood,
    isClose(fit.coefficients[0], likelihood.coefficients[0], relative: 0.1)
  else { throw BenchmarkError.wrongAnswer("Firth's method is far from maximum likelihood") }
  try data.report("firth", fitSeconds: fitSeconds, seconds: seconds)
}
