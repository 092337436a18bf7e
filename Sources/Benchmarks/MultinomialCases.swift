import Glibc
import LinearAlgebra
import SpecialFunctions
import Training

private struct MultinomialReport: Encodable {
  let `case` = "fit-multinomial"
  let rows: Int
  let columns: Int
  let classes: Int
  let seconds: Double
  let iterations: Int
  let curvatureProducts: Int
  let gradientNorm: Double
  /// The largest derivative, computed anew in another order.
  let checkedGradient: Double
  let newtonDecrement: Double
  let objectiveGap: Double
  let objective: Double
  let threads: Int
}

/// Fits a multinomial regression to `--rows` × `--columns` correlated normal numbers with `--classes`
/// outcomes, penalty 1 / n: by default the case of 300,000 × 40 and 10 classes.
///
/// `--binary FILE` takes data of that shape from elsewhere: n × p numbers of 8 bytes, column by
/// column, then n outcomes of 8 bytes.
func fitMultinomial(_ arguments: Arguments) throws {
  let n = try arguments.count("rows", default: 300_000)
  let p = try arguments.count("columns", default: 40)
  let classCount = try arguments.count("classes", default: 10)
  let threads = try arguments.count("threads", default: processorCount)
  let repeats = try arguments.count("repeats", default: 3)
  let sample: MultinomialSample
  if arguments.has("binary") {
    sample = try MultinomialSample(file: arguments.text("binary"), rows: n, columns: p)
  } else {
    sample = MultinomialSample(rows: n, columns: p, classes: classCount)
  }
  let l2Penalty = 1 / Double(n)
  let recipe = MultinomialRegression(l2Penalty: l2Penalty, threadCount: threads)
  var fit: MultinomialFit?
  var best = Double.infinity
  for _ in 0..<repeats {
    let elapsed = try seconds {
      fit = try recipe.fit(sample.features, outcomes: sample.outcomes, classCount: classCount)
    }
    best = min(best, elapsed)
  }
  guard let fit else { return }
  let gradient = try sample.largestDerivative(at: fit, l2Penalty: l2Penalty)
  guard gradient < 1e-9 else {
    throw BenchmarkError.wrongAnswer("the gradient at the fit is \(gradient)")
  }
  try printJSON(
    MultinomialReport(
      rows: n, columns: p, classes: classCount, seconds: best, iterations: fit.iterations,
      curvatureProducts: fit.curvatureProducts, gradientNorm: fit.gradientNorm,
      checkedGradient: gradient, newtonDecrement: fit.newtonDecrement,
      objectiveGap: fit.objectiveGap, objective: fit.objective, threads: threads))
}

private struct MultinomialSample {
  let features: Matrix
  let outcomes: [Int]

  /// Neighbouring columns correlate by 0.7; the outcome is the class with the largest linear
  /// predictor plus Gumbel noise.
  init(rows n: Int, columns p: Int, classes classCount: Int) {
    var generator = SplitMix64(seed: 104)
    let scale = 1.2 / Double(p).squareRoot()
    let truth = (0..<p * classCount).map { _ in scale * generator.nextStandardNormal() }
    let intercepts = (0..<classCount).map { _ in 0.7 * generator.nextStandardNormal() }
    var features = Matrix(rowCount: n, columnCount: p, repeating: 0)
    var outcomes = [Int](repeating: 0, count: n)
    for i in 0..<n {
      var scores = intercepts
      var value = 0.0
      for j in 0..<p {
        let draw = generator.nextStandardNormal()
        value = j == 0 ? draw : 0.7 * value + (1 - 0.49).squareRoot() * draw
        features[i, j] = value
        for k in 0..<classCount { scores[k] += value * truth[k * p + j] }
      }
      for k in 0..<classCount { scores[k] -= log(-log(generator.nextUniform() + 0x1p-54)) }
      outcomes[i] = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    }
    (self.features, self.outcomes) = (features, outcomes)
  }

  init(file: String, rows n: Int, columns p: Int) throws {
    guard let stream = fopen(file, "rb") else {
      throw BenchmarkError.wrongAnswer("cannot open \(file)")
    }
    defer { fclose(stream) }
    var values = [Double](repeating: 0, count: n * p)
    var outcomes = [Int](repeating: 0, count: n)
    guard fread(&values, 8, n * p, stream) == n * p, fread(&outcomes, 8, n, stream) == n else {
      throw BenchmarkError.wrongAnswer("\(file) is shorter than \(n) × \(p) numbers and outcomes")
    }
    features = Matrix(rowCount: n, columnCount: p, columnMajor: values)
    self.outcomes = outcomes
  }

  func largestDerivative(at fit: MultinomialFit, l2Penalty: Double) throws -> Double {
    let n = Double(features.rowCount)
    var residuals = try fit.probabilities(features)
    for (row, outcome) in outcomes.enumerated() { residuals[row, outcome] -= 1 }
    var largest = 0.0
    for k in 0..<fit.classCount {
      let column = Array(residuals.column(k))
      largest = max(largest, abs(column.reduce(0, +)) / n)
      for (j, sum) in features.transposeTimes(column).enumerated() {
        largest = max(largest, abs(sum / n + l2Penalty * fit.coefficients[j, k]))
      }
    }
    return largest
  }
}
