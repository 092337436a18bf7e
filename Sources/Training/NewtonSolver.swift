import LinearAlgebra

/// Why the solver gave up; columns are indices of parameters.
enum NewtonFailure: Error {
  case collinear(parameter: Int)
  case separated(direction: [Double])
  case offsetDecides
  case notConverged(iterations: Int, gradientNorm: Double)
}

/// Newton's method with Cholesky on a logistic objective.
///
/// A step that does not lower the objective is halved. It stops when ½ gᵀH⁻¹g, which estimates how
/// far the objective is above its minimum and does not depend on the columns' scales, is at most
/// 10⁻¹² of the objective or of 1, and the next step moves no row's linear predictor by more than
/// 10⁻⁵. That step is still taken: each squares the error, so that about 10⁻¹² of it is left.
struct NewtonSolver: Sendable {
  let objective: LogisticObjective
  let isPenalized: Bool
  let maximumIterations: Int

  struct Solution: Sendable {
    let evaluation: LogisticEvaluation
    let iterations: Int
    let newtonDecrement: Double
    let gradientNorm: Double
  }

  /// A step, the factor it was solved with, and half the squared decrement, ½ gᵀH⁻¹g.
  private struct Direction {
    let step: [Double]
    let factor: Cholesky
    let decrement: Double
  }

  func solve(startingAt start: [Double]) throws(NewtonFailure) -> Solution {
    var point = objective.evaluate(start)
    if !isPenalized { try checkRank(at: point) }
    for iteration in 1...maximumIterations {
      let newton = direction(at: point, curvature: point.curvature)
      if let newton, try hasConverged(point, newton) {
        return solution(after: newton, from: point, iteration: iteration)
      }
      point = try next(after: point, newton, iteration: iteration)
      if !isPenalized, point.lowestMargin > 0 {
        throw .separated(direction: point.parameters)
      }
    }
    throw stuck(at: point, iterations: maximumIterations)
  }

  /// Half the squared decrement is judged against the objective. The floor is for an objective that
  /// is 0 to the last digit; an objective above 1 comes from rows that their offset gets wrong, and
  /// says nothing of the digits wanted.
  private static let decrementTolerance = 1e-12
  private static let objectiveFloor = 1e-280
  private static let movementTolerance = 1e-5

  private func hasConverged(
    _ point: LogisticEvaluation, _ direction: Direction
  ) throws(NewtonFailure) -> Bool {
    let relative = direction.decrement / min(1, max(point.objective, Self.objectiveFloor))
    let isSmall = relative <= Self.decrementTolerance
    // Nobody's linear predictor moves more than this; mostly it saves the pass over the rows.
    let bound = zip(direction.step, objective.spreads).reduce(0) { $0 + abs($1.0) * $1.1 }
    if isSmall, bound <= Self.movementTolerance { return true }
    guard isSmall || (!isPenalized && relative < 1e-4 && bound > 0.3) else { return false }
    let movement = objective.movement(direction.step)
    if !isPenalized { try checkSeparation(movement, direction: direction.step) }
    return isSmall && max(-movement.lowerBound, movement.upperBound) <= Self.movementTolerance
  }

  /// A direction that moves some rows toward their outcome and none away proves separation (Albert
  /// and Anderson 1984, *Biometrika* 71, 1–10). Newton's steps turn into that direction, with length
  /// 1 in log-odds, once the other coefficients have settled.
  private func checkSeparation(
    _ movement: ClosedRange<Double>, direction: [Double]
  ) throws(NewtonFailure) {
    if movement.upperBound >= 0.3, movement.lowerBound >= -1e-6 {
      throw .separated(direction: direction)
    }
  }

  /// Takes the last full step, unless rounding makes the point before it the better one.
  private func solution(
    after direction: Direction, from point: LogisticEvaluation, iteration: Int
  ) -> Solution {
    let trial = objective.evaluate(
      zip(point.parameters, direction.step).map(+), withCurvature: false)
    let isBetter = direction.factor.halfSquare(trial.gradient) <= direction.decrement
    let best = isBetter ? trial : point
    return Solution(
      evaluation: best, iterations: iteration, newtonDecrement: direction.decrement,
      gradientNorm: objective.gradientNorm(best))
  }

  /// Returns the first point that lowers the objective, on Newton's direction or on a damped one.
  ///
  /// Where an offset (of 10⁴) leaves hardly any weight, the curvature has no factor, or one that holds
  /// for a thousandth of the step. Adds ever more of the curvature's upper bound, XᵀSX / 4 (Böhning
  /// and Lindsay 1988, *Ann. Inst. Statist. Math.* 40, 641–663), with all of which any full step
  /// lowers the objective. The gradient stays as it is, and so does the minimum.
  private func next(
    after point: LogisticEvaluation, _ newton: Direction?, iteration: Int
  ) throws(NewtonFailure) -> LogisticEvaluation {
    if let newton, let next = descended(from: point, along: newton) { return next }
    let bound = curvatureBound()
    for part in [1e-8, 1e-6, 1e-4, 1e-2, 1] {
      let curvature = zip(point.curvature, bound).map { $0 + part * $1 }
      if let damped = direction(at: point, curvature: curvature),
        let next = descended(from: point, along: damped)
      {
        return next
      }
    }
    throw stuck(at: point, iterations: iteration)
  }

  /// Halves the step until the objective falls; nothing when a millionth of it is still too long.
  private func descended(
    from point: LogisticEvaluation, along direction: Direction
  ) -> LogisticEvaluation? {
    var length = 1.0
    for _ in 0..<20 {
      let trial = objective.evaluate(
        zip(point.parameters, direction.step).map { $0 + length * $1 })
      // Armijo: a ten thousandth of what the slope promises, −g·step being twice the decrement.
      let change = trial.objective - point.objective
      if change <= -2e-4 * length * direction.decrement { return trial }
      // Below the rounding of the objective only the gradient can tell progress.
      if abs(change) <= 1e-13 * point.objective,
        direction.factor.halfSquare(trial.gradient) < direction.decrement
      {
        return trial
      }
      length /= 2
    }
    return nil
  }

  /// A gradient of 0 without convergence: an offset has left no weight to fit anything to.
  private func stuck(at point: LogisticEvaluation, iterations: Int) -> NewtonFailure {
    let norm = objective.gradientNorm(point)
    return objective.problem.offset != nil && norm <= 1e-15
      ? .offsetDecides : .notConverged(iterations: iterations, gradientNorm: norm)
  }
}

extension NewtonSolver {
  /// Returns the direction of a curvature with the penalties; nothing when it has no factor.
  private func direction(at point: LogisticEvaluation, curvature: [Double]) -> Direction? {
    let factor: Cholesky
    do throws(FactorizationError) {
      factor = try Cholesky(hessian(curvature))
    } catch {
      return nil  // the caller tries a damped one; which pivot failed says nothing of the columns
    }
    let step = factor.solve(point.gradient.map(-))
    let slope = zip(point.gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
    return Direction(step: step, factor: factor, decrement: -slope / 2)
  }

  private func curvatureBound() -> [Double] {
    objective.design.sandwichSums(
      objective.problem.weights.map { $0 / 4 }, threadCount: objective.threadCount)
  }

  private func hessian(_ curvature: [Double]) -> Matrix {
    var hessian = objective.design.layout.upperTriangle(curvature)
    for (j, penalty) in objective.penalties.enumerated() { hessian[j, j] += penalty }
    return hessian
  }

  /// Finds the first column that the columns before it explain.
  ///
  /// At the start all weights are equal, so that the curvature is the columns' covariance; with an
  /// offset they are not, and the curvature's bound is taken instead.
  private func checkRank(at start: LogisticEvaluation) throws(NewtonFailure) {
    let sums = objective.problem.offset == nil ? start.curvature : curvatureBound()
    let gram = objective.design.layout.upperTriangle(sums)
    let pivots: [Double]
    do throws(FactorizationError) {
      pivots = try Cholesky(gram).pivots
    } catch {
      guard case .notPositiveDefinite(let column) = error else {
        throw stuck(at: start, iterations: 0)
      }
      throw .collinear(parameter: column)
    }
    for j in pivots.indices where pivots[j] <= smallestPivot(gram, j) {
      throw .collinear(parameter: j)
    }
  }

  /// An explained column leaves rounding: 10⁻¹⁶ of its square for each of the sums, which grows to
  /// 10⁻¹³ in a factorization of hundreds of columns. 10⁻¹¹ lets a correlation of 1 − 10⁻¹¹ pass. A
  /// constant column leaves the rounding of its center.
  private func smallestPivot(_ gram: Matrix, _ parameter: Int) -> Double {
    let centers = objective.design.centers
    let isDense = parameter > 0 && parameter <= centers.count
    let rounding = isDense ? 8 * abs(centers[parameter - 1]).ulp : 0
    return max(1e-11 * gram[parameter, parameter], gram[0, 0] * rounding * rounding)
  }
}

extension Cholesky {
  /// Returns ½ gᵀ A⁻¹ g.
  fileprivate func halfSquare(_ gradient: [Double]) -> Double {
    zip(gradient, solve(gradient)).reduce(0) { $0 + $1.0 * $1.1 } / 2
  }
}
