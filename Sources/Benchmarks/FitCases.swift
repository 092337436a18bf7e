import LinearAlgebra
import SpecialFunctions
import Training

private struct FitReport: Encodable {
  let `case` = "fit"
  let rows: Int
  let columns: Int
  let seconds: Double
  let iterations: Int
  let gradientNorm: Double
  let threads: Int
}

/// Fits a logistic regression to `--rows` × `--columns` standard normal numbers.
func fitDense(_ arguments: Arguments) throws {
  let n = try arguments.count("rows", default: 200_000)
  let p = try arguments.count("columns", default: 50)
  let threads = try arguments.count("threads", default: processorCount)
  var generator = SplitMix64(seed: 3)
  var features = Matrix(rowCount: n, columnCount: p, repeating: 0)
  let truth = (0..<p).map { _ in generator.nextStandardNormal() / Double(p).squareRoot() }
  var predictors = [Double](repeating: -1, count: n)
  for column in 0..<p {
    for row in 0..<n {
      let value = generator.nextStandardNormal()
      features[row, column] = value
      predictors[row] += truth[column] * value
    }
  }
  let outcomes = predictors.map { generator.nextUniform() < logistic($0) ? 1.0 : 0 }
  let recipe = LogisticRegression(l2Penalty: 1 / Double(n), threadCount: threads)
  var fit: LogisticFit?
  let seconds = try seconds { fit = try recipe.fit(features, outcomes: outcomes) }
  guard let fit, fit.gradientNorm < 1e-10 else {
    throw BenchmarkError.wrongAnswer("the gradient at the fit is not zero")
  }
  try printJSON(
    FitReport(
      rows: n, columns: p, seconds: seconds, iterations: fit.iterations,
      gradientNorm: fit.gradientNorm, threads: threads))
}
