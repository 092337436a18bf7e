import LinearAlgebra

/// Why the solver gave up; columns are indices of features, parameters of intercepts and features.
enum ConditionalFailure: Error {
  case constant(column: Int)
  case collinear(parameter: Int)
  case separated(direction: [Double])
  case notConverged(iterations: Int, gradientNorm: Double)
}

/// Newton's method with Cholesky on a conditional logit.
struct ConditionalSolver: Sendable {
  let objective: ChoiceObjective
  let isPenalized: Bool
  let maximumIterations: Int

  struct Solution: Sendable {
    let evaluation: ChoicePoint
    let iterations: Int
    let newtonDecrement: Double
    let gradientNorm: Double
  }

  func solve() throws(ConditionalFailure) -> Solution {
    let start = objective.evaluate(Array(repeating: 0, count: objective.parameterCount))
    if !isPenalized { try checkRank(at: start) }
    var point = start
    for iteration in 1...maximumIterations {
      let newton = direction(at: point)
      if newton.decrement <= 1e-12 * min(1, max(point.objective, 1e-280)) {
        return solution(from: point, newton, iteration: iteration)
      }
      point = try next(after: point, newton, even: start.hessian, iteration: iteration)
      if !isPenalized { try checkSeparation(newton.step, point, iteration: iteration) }
    }
    throw stuck(at: point, iterations: maximumIterations)
  }

  /// A step, the factor it was solved with, and half the squared decrement, ½ gᵀH⁻¹g.
  private struct Direction {
    let step: [Double]
    let factor: Cholesky
    let decrement: Double
  }

  /// Returns Newton's direction, with `part` of another curvature added to its own.
  private func direction(
    at point: ChoicePoint, adding part: Double = 0, of other: Matrix? = nil
  ) -> Direction {
    var hessian = point.hessian
    if let other {
      hessian = Matrix(
        rowCount: hessian.rowCount, columnCount: hessian.columnCount,
        columnMajor: zip(hessian.values, other.values).map { $0 + part * $1 })
    }
    let factor = Cholesky(
      damping: hessian, spreads: Array(repeating: 1, count: objective.parameterCount))
    let step = factor.solve(point.gradient.map(-))
    return Direction(step: step, factor: factor, decrement: -innerProduct(point.gradient, step) / 2)
  }

  /// Returns a point that lowers the objective, on Newton's direction or on a damped one: where a step
  /// has gone too far, choices may be all but certain and leave hardly any curvature. Adds ever more
  /// of the curvature of even probabilities; the gradient stays as it is, and so does the minimum.
  private func next(
    after point: ChoicePoint, _ newton: Direction, even: Matrix, iteration: Int
  ) throws(ConditionalFailure) -> ChoicePoint {
    if let next = descended(from: point, newton, halvings: 4) { return next }
    for part in [1e-9, 1e-7, 1e-5, 1e-3, 0.1, 1] {
      let damped = direction(at: point, adding: part, of: even)
      if let next = descended(from: point, damped, halvings: part < 1 ? 4 : 12) { return next }
    }
    throw stuck(at: point, iterations: iteration)
  }

  /// Takes the last step, unless rounding makes the point before it the better one.
  private func solution(
    from point: ChoicePoint, _ direction: Direction, iteration: Int
  ) -> Solution {
    let trial = objective.evaluate(zip(point.parameters, direction.step).map(+))
    let best = halfSquare(trial.gradient, direction) <= direction.decrement ? trial : point
    return Solution(
      evaluation: best, iterations: iteration, newtonDecrement: direction.decrement,
      gradientNorm: gradientNorm(best))
  }

  /// Halves the step until the objective falls; nothing when it does not.
  private func descended(
    from point: ChoicePoint, _ direction: Direction, halvings: Int
  ) -> ChoicePoint? {
    var length = 1.0
    for _ in 0...halvings {
      let trial = objective.evaluate(
        zip(point.parameters, direction.step).map { $0 + length * $1 })
      // Armijo: a ten thousandth of what the slope promises, −g·step being twice the decrement.
      let change = trial.objective - point.objective
      if change <= -2e-4 * length * direction.decrement { return trial }
      // Below the rounding of the objective only the gradient can tell progress.
      if abs(change) <= 1e-13 * point.objective,
        halfSquare(trial.gradient, direction) < direction.decrement
      {
        return trial
      }
      length /= 2
    }
    return nil
  }

  private func halfSquare(_ gradient: [Double], _ direction: Direction) -> Double {
    innerProduct(gradient, direction.factor.solve(gradient)) / 2
  }

  private func gradientNorm(_ point: ChoicePoint) -> Double {
    point.gradient.reduce(0) { max($0, abs($1)) }
  }

  private func stuck(at point: ChoicePoint, iterations: Int) -> ConditionalFailure {
    .notConverged(iterations: iterations, gradientNorm: gradientNorm(point))
  }

  private func checkRank(at start: ChoicePoint) throws(ConditionalFailure) {
    if let column = objective.problem.varies.firstIndex(of: false) {
      throw .constant(column: column)
    }
    let pivots: [Double]
    do throws(FactorizationError) {
      pivots = try Cholesky(start.hessian).pivots
    } catch {
      guard case .notPositiveDefinite(let column) = error else {
        throw stuck(at: start, iterations: 0)
      }
      throw .collinear(parameter: column)
    }
    // An explained column leaves rounding, 10⁻¹³ of its square in a factorization of hundreds of
    // columns; 10⁻¹¹ lets a correlation of 1 − 10⁻¹¹ pass.
    for j in pivots.indices where pivots[j] <= 1e-11 * start.hessian[j, j] {
      throw .collinear(parameter: j)
    }
  }

  /// Parameters, or steps that keep their length, that move the lead of some chosen rows up and none
  /// down prove separation (Albert and Anderson 1984, *Biometrika* 71, 1–10).
  private func checkSeparation(
    _ step: [Double], _ point: ChoicePoint, iteration: Int
  ) throws(ConditionalFailure) {
    if objective.leads(point.parameters).lowerBound > 0 {
      throw .separated(direction: point.parameters)
    }
    guard iteration >= 4 else { return }
    let movement = objective.leads(step)
    if movement.upperBound >= 0.3, movement.lowerBound >= -1e-6 {
      throw .separated(direction: step)
    }
  }
}
