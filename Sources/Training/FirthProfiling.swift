import Evaluation
import LinearAlgebra
import SpecialFunctions

/// Follows the penalised likelihood as one coefficient is moved and the others follow.
struct FirthProfiling {
  private let solver: FirthSolver
  private let best: FirthObjective.Evaluation
  private let covariance: Matrix
  /// The normal quantile: the signed root of the likelihood ratio at the interval's ends.
  private let root: Double

  /// - Parameter start: the fit, as parameters of the centered columns.
  init(
    _ solver: FirthSolver, around start: [Double], confidence: Double
  ) throws(FitError) {
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence), not in (0, 1)")
    self.solver = solver
    best = try solver.solve(startingAt: start).point
    covariance = try solver.objective.covariance(best)
    root = -normalQuantile((1 - confidence) / 2)
  }

  func profile(of column: Int) throws(FitError) -> FirthProfile {
    let parameter = column + 1
    precondition(
      parameter < best.parameters.count, "column \(column) of \(best.parameters.count - 1)")
    let value = best.parameters[parameter]
    let atZero = try point(parameter, at: 0, from: best)
    let distance = signedRoot(atZero)
    return FirthProfile(
      column: column,
      interval: IntervalEstimate(
        estimate: value, lower: try end(of: parameter, side: -1),
        upper: try end(of: parameter, side: 1)),
      test: WaldTest(statistic: distance * distance, degreesOfFreedom: 1))
  }

  /// Finds where the root of the likelihood ratio reaches the quantile, by Newton's method kept inside
  /// what is known to be too near and too far. The root is nearly linear in the coefficient.
  private func end(of parameter: Int, side: Double) throws(FitError) -> Double {
    let estimate = best.parameters[parameter]
    let error = covariance[parameter, parameter].squareRoot()
    var (near, far) = (0.0, Double.infinity)
    var distance = root * error
    var point = best
    for _ in 0..<60 {
      point = try self.point(parameter, at: estimate + side * distance, from: point)
      let found = signedRoot(point)
      if found < root { near = distance } else { far = distance }
      // The slope of the profile is the derivative by the held coefficient: the others' are 0.
      let slope = -side * point.gradient[parameter] * solver.objective.totalWeight
      let step = slope > 0 && found > 0 ? (root - found) * found / slope : distance
      if abs(step) <= 1e-9 * error { return estimate + side * (distance + step) }
      let newton = distance + min(step, distance + error)
      distance =
        newton > near && newton < far ? newton : far.isFinite ? (near + far) / 2 : 2 * distance
    }
    throw .notConverged(iterations: 60, gradientNorm: abs(point.gradient[parameter]))
  }

  /// The best point with the parameter held at `value`, starting where the quadratic has it.
  private func point(
    _ parameter: Int, at value: Double, from start: FirthObjective.Evaluation
  ) throws(FitError) -> FirthObjective.Evaluation {
    let share = (value - start.parameters[parameter]) / covariance[parameter, parameter]
    var parameters = zip(start.parameters, covariance.column(parameter)).map { $0 + share * $1 }
    parameters[parameter] = value
    var solver = solver
    solver.held = parameter
    return try solver.solve(startingAt: parameters).point
  }

  /// √(2 (l* at the fit − l* here)), 0 where rounding has it negative.
  private func signedRoot(_ point: FirthObjective.Evaluation) -> Double {
    max(0, 2 * solver.objective.totalWeight * (best.value - point.value)).squareRoot()
  }
}
