import Scoring

/// Why the solver gave up.
enum MultinomialFailure: Error {
  case separated(direction: [Double])
  case notConverged(iterations: Int, gradientNorm: Double)
}

/// Newton's method with preconditioned conjugate gradients on a multinomial objective.
///
/// 1. A few steps on samples of the tiles, each the start of the next: the sample's noise is what they
///    leave, and an iteration there costs next to nothing.
/// 2. On all rows: conjugate gradients until the residual, in the preconditioner's norm, has fallen by
///    a factor that itself falls with the error (Dembo, Eisenstat and Steihaug 1982, *SIAM J. Numer.
///    Anal.* 19(2), 400–408); the step is halved until the objective falls.
/// 3. It stops when ½ gᵀH⁻¹g is at most 10⁻¹² of the objective (of 1, if that is less). The step that
///    shows this has been solved more closely, and is taken: it leaves about the square.
struct MultinomialSolver: Sendable {
  let objective: MultinomialObjective
  let isPenalized: Bool
  let maximumIterations: Int
  /// How small ½ gᵀH⁻¹g must be, of the objective.
  var tolerance = 1e-12

  struct Solution: Sendable {
    let evaluation: MultinomialPoint
    /// Newton steps on all rows, and products with their second derivatives.
    let iterations: Int
    let productCount: Int
    let newtonDecrement: Double
    let objectiveGap: Double
    let gradientNorm: Double
    /// What it was solved with last, for problems that differ little.
    let preconditioner: MultinomialPreconditioner
  }

  /// Where the solver is; `probabilities` are those of the last evaluation.
  private struct State {
    var point: MultinomialPoint
    var probabilities: [Float]
    var preconditioner: MultinomialPreconditioner
    var rowsPerParameter: Int
    var productCount = 0
  }

  /// A step; half the squared decrement, ½ gᵀH⁻¹g; and products taken.
  private struct Direction {
    var step: [Double]
    var decrement: Double
    var productCount: Int
    /// Whether the residual has fallen as far as was asked: else the decrement proves nothing.
    var isSolved: Bool
  }

  func solve(startingAt start: [Double]) throws(MultinomialFailure) -> Solution {
    var start = start
    for rowsPerParameter in Self.warmRows {
      if let better = warmStart(start, rowsPerParameter: rowsPerParameter) { start = better }
    }
    return try solve(from: state(of: objective, at: start))
  }

  /// Solves from a point near the minimum, with the preconditioner of a problem that differs little.
  func solve(
    near start: [Double], preconditioner: MultinomialPreconditioner
  ) throws(MultinomialFailure) -> Solution {
    try solve(from: state(of: objective, at: start, preconditioner: preconditioner))
  }

  private func solve(from start: consuming State) throws(MultinomialFailure) -> Solution {
    var state = start
    for iteration in 1...maximumIterations {
      let direction = direction(objective, state)
      state.productCount += direction.productCount
      if direction.isSolved,
        direction.decrement <= tolerance * Self.scale(of: state.point)
      {
        return solution(after: direction, &state, iterations: iteration)
      }
      try descend(&state, along: direction, iteration: iteration)
      if !isPenalized { try checkSeparation(direction.step, state.point, iteration: iteration) }
      renew(&state, after: direction)
    }
    throw stuck(at: state.point, iterations: maximumIterations)
  }

  /// Rows per parameter in the samples of the warm start, and in that of the preconditioner.
  private static let warmRows = [16, 64]
  private static let preconditionerRows = 32

  /// Gaps are judged against the objective. The floor is for one that is 0 to the last digit; above 1,
  /// an objective says nothing of the digits wanted.
  private static func scale(of point: MultinomialPoint) -> Double {
    min(1, max(point.objective, 1e-280))
  }

  private func state(
    of objective: MultinomialObjective, at start: [Double],
    preconditioner: MultinomialPreconditioner? = nil
  ) -> State {
    let tiles = objective.design.blocks.dense.tileCount
    var probabilities = [Float](repeating: 0, count: tiles * tileRows * objective.classCount)
    let point = objective.evaluate(start, probabilities: &probabilities)
    return State(
      point: point, probabilities: probabilities,
      preconditioner: preconditioner
        ?? MultinomialPreconditioner(
          objective, probabilities: probabilities, rowsPerParameter: Self.preconditionerRows),
      rowsPerParameter: Self.preconditionerRows)
  }

  /// Makes the preconditioner anew when it has become slow: at this point, and from more rows.
  private func renew(_ state: inout State, after direction: Direction) {
    let isWhole = MultinomialPreconditioner.isWhole(objective)
    guard direction.productCount > (isWhole ? 8 : 24) else { return }
    if isWhole { state.rowsPerParameter *= 2 }
    state.preconditioner = MultinomialPreconditioner(
      objective, probabilities: state.probabilities, rowsPerParameter: state.rowsPerParameter)
  }

  /// Returns a better start from a sample of the rows, or nothing: too few rows, or no progress.
  private func warmStart(_ start: [Double], rowsPerParameter: Int) -> [Double]? {
    let rows = rowsPerParameter * objective.parameterCount
    guard 3 * rows < objective.problem.rowCount,
      let sample = objective.sampled(tileCount: max(8, rows / tileRows))
    else { return nil }
    var state = state(of: sample, at: start)
    // A sample's minimum is that far above the whole's, parameters over twice the rows, anyway.
    let tolerance = 0.1 / Double(rowsPerParameter)
    for _ in 1...20 {
      let direction = direction(sample, state)
      guard isDescended(sample, &state, along: direction, halvings: 6) else { return nil }
      if direction.decrement <= tolerance * Self.scale(of: state.point) { break }
      renew(&state, after: direction)
    }
    return state.point.parameters
  }

  /// Takes the last step, unless rounding makes the point before it the better one.
  private func solution(
    after direction: Direction, _ state: inout State, iterations: Int
  ) -> Solution {
    var point = objective.evaluate(
      zip(state.point.parameters, direction.step).map(+), probabilities: &state.probabilities)
    var gap = halfSquare(point.gradient, state)
    let before = halfSquare(state.point.gradient, state)
    if before < gap { (point, gap) = (state.point, before) }
    return Solution(
      evaluation: point, iterations: iterations, productCount: state.productCount,
      newtonDecrement: direction.decrement, objectiveGap: gap, gradientNorm: gradientNorm(point),
      preconditioner: state.preconditioner)
  }

  private func halfSquare(_ gradient: [Double], _ state: State) -> Double {
    zip(gradient, state.preconditioner.solve(gradient)).reduce(0) { $0 + $1.0 * $1.1 } / 2
  }

  private func stuck(at point: MultinomialPoint, iterations: Int) -> MultinomialFailure {
    .notConverged(iterations: iterations, gradientNorm: gradientNorm(point))
  }

  private func gradientNorm(_ point: MultinomialPoint) -> Double {
    let spreads = objective.spreads
    return point.gradient.indices.reduce(0) {
      let spread = spreads[$1 % spreads.count]
      return spread > 0 ? max($0, abs(point.gradient[$1]) / spread) : $0
    }
  }
}

extension MultinomialSolver {
  /// Solves H × step = −gradient by preconditioned conjugate gradients (Hestenes and Stiefel 1952).
  private func direction(_ objective: MultinomialObjective, _ state: State) -> Direction {
    var step = [Double](repeating: 0, count: state.point.gradient.count)
    var residual = state.point.gradient.map(-)
    var improvement = state.preconditioner.solve(residual)
    var search = improvement
    var square = innerProduct(residual, improvement)
    let target = square * Self.forcing(square / 2 / Self.scale(of: state.point))
    var productCount = 0
    while productCount < Self.productLimit, square > target {
      let product = objective.curvature(times: search, probabilities: state.probabilities)
      productCount += 1
      let curvature = innerProduct(search, product)
      guard curvature > 0 else { break }
      let length = square / curvature
      for i in step.indices {
        step[i] += length * search[i]
        residual[i] -= length * product[i]
      }
      objective.center(&residual)
      improvement = state.preconditioner.solve(residual)
      let next = innerProduct(residual, improvement)
      for i in search.indices { search[i] = improvement[i] + next / square * search[i] }
      square = next
    }
    objective.center(&step)
    return Direction(
      step: step, decrement: max(0, -innerProduct(state.point.gradient, step) / 2),
      productCount: productCount, isSolved: square <= target)
  }

  private static let productLimit = 1000

  /// How far to bring the squared residual down, given the squared error relative to the objective:
  /// to a tenth of the norm at first, in step with Newton's own square later, and no closer than
  /// brings the error's norm to 10⁻¹³.
  private static func forcing(_ square: Double) -> Double {
    let error = max(square, 1e-300).squareRoot()
    let factor = min(0.1, max(error, 1e-13 / error))
    return factor * factor
  }

  private func descend(
    _ state: inout State, along direction: Direction, iteration: Int
  ) throws(MultinomialFailure) {
    guard
      isDescended(objective, &state, along: direction, halvings: 4) || isDescendedDamped(&state)
    else { throw stuck(at: state.point, iterations: iteration) }
  }

  /// Goes down a direction of more curvature than there is; false when none leads down.
  ///
  /// Where a step has gone too far, classes that few rows could have had may be all but certain there:
  /// hardly any curvature is left, and a direction that it holds for a thousandth of. The curvature
  /// of probabilities drawn toward even ones ends that; the gradient stays as it is, and so does the
  /// minimum. With all of them even, a step of 2 / K is sure to lead down (Böhning 1992, *Ann. Inst.
  /// Statist. Math.* 44, 197–200).
  private func isDescendedDamped(_ state: inout State) -> Bool {
    for part in [1e-9, 1e-7, 1e-5, 1e-3, 0.1, 1] {
      _ = objective.evaluate(state.point.parameters, probabilities: &state.probabilities)
      objective.problem.draw(&state.probabilities, towardEven: part)
      state.preconditioner = MultinomialPreconditioner(
        objective, probabilities: state.probabilities, rowsPerParameter: state.rowsPerParameter)
      let damped = direction(objective, state)
      state.productCount += damped.productCount
      if isDescended(objective, &state, along: damped, halvings: part < 1 ? 4 : 12) {
        state.preconditioner = MultinomialPreconditioner(
          objective, probabilities: state.probabilities, rowsPerParameter: state.rowsPerParameter)
        return true
      }
    }
    return false
  }

  /// Halves the step until the objective falls; false when it does not, `state` being where it was
  /// but for the probabilities.
  private func isDescended(
    _ objective: MultinomialObjective, _ state: inout State, along direction: Direction,
    halvings: Int
  ) -> Bool {
    let start = state.point
    var length = 1.0
    for _ in 0...halvings {
      let trial = objective.evaluate(
        zip(start.parameters, direction.step).map { $0 + length * $1 },
        probabilities: &state.probabilities)
      // Armijo: a ten thousandth of what the slope promises, −g·step being twice the decrement.
      let change = trial.objective - start.objective
      let isLower = change <= -2e-4 * length * direction.decrement
      // Below the rounding of the objective only the gradient can tell progress.
      let isLevel = abs(change) <= 1e-13 * start.objective
      if isLower || isLevel && halfSquare(trial.gradient, state) < halfSquare(start.gradient, state)
      {
        state.point = trial
        return true
      }
      length /= 2
    }
    return false
  }

  /// Without a penalty: parameters, or steps that keep their length, that move the lead of some chosen
  /// classes up and none down prove separation (Albert and Anderson 1984, *Biometrika* 71, 1–10).
  private func checkSeparation(
    _ step: [Double], _ point: MultinomialPoint, iteration: Int
  ) throws(MultinomialFailure) {
    let leads = objective.leads(point.parameters)
    if leads.lowerBound > 0 { throw .separated(direction: point.parameters) }
    guard iteration >= 4 else { return }
    let movement = objective.leads(step)
    // Conjugate gradients leave a thousandth of what the other coefficients still move.
    if movement.upperBound >= 0.3, movement.lowerBound >= -1e-3 * movement.upperBound {
      throw .separated(direction: step)
    }
  }
}

/// Returns Σ aᵢ bᵢ, added in index order.
func innerProduct(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
