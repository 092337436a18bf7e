import SpecialFunctions

/// The log loss and its derivatives by the linear predictor, row by row, at one set of parameters.
struct RowDerivatives {
  /// share × (probability − outcome), n numbers.
  let residuals: [Double]
  /// share × probability × (1 − probability), n numbers.
  let curvatures: [Double]
  /// The weighted mean, in nats.
  let logLoss: Double

  init(design: Design, problem: LogisticProblem, parameters: [Double], threadCount: Int) {
    let count = design.rowCount
    var margin = design.times(parameters, threadCount: threadCount)
    if let offset = problem.offset { for i in 0..<count { margin[i] += offset[i] } }
    let signs = problem.signs.map { Double($0) }
    for i in 0..<count { margin[i] *= signs[i] }
    var residuals = [Double](repeating: 0, count: count)
    var curvatures = residuals
    var losses = residuals
    VectorMath.logistic(
      margin: margin, sign: signs, share: problem.weights, residual: &residuals,
      weight: &curvatures, loss: &losses, count: count)
    self.residuals = residuals
    self.curvatures = curvatures
    logLoss = losses.reduce(0, +)
  }
}
