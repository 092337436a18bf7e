import LinearAlgebra

/// Maximises Firth's objective by Fisher scoring with a memory.
///
/// The information is not the curvature of the penalised objective: scoring alone converges linearly,
/// and takes a hundred steps where outcomes are separated. The last steps and the changes of the
/// gradient along them correct it (limited memory BFGS; Liu and Nocedal 1989, *Mathematical Programming*
/// 45, 503–528), which takes ten to twenty.
struct FirthSolver {
  let objective: FirthObjective
  let maximumIterations: Int
  /// A parameter that stays where it is.
  var held: Int?

  struct Solution {
    let point: FirthObjective.Evaluation
    let iterations: Int
    /// √(gᵀI⁻¹g): how far scoring would still go, in standard errors.
    let distance: Double
  }

  private static let settled = 1e-10
  /// Where rounding of the gradient does not let it settle, this is as good.
  private static let acceptable = 1e-8
  /// The most that one step changes a column's part of a linear predictor, in log-odds.
  private static let longestStep = 5.0

  func solve(startingAt start: [Double]) throws(FitError) -> Solution {
    guard var point = objective.evaluate(start) else { throw .offsetDecides }
    var memory = StepMemory()
    var lastDistance = Double.infinity
    for iteration in 1...maximumIterations {
      let gradient = free(point.gradient)
      let scoring = try Scoring(point.information, held: held)
      let square = dot(gradient, scoring.solve(gradient))
      let distance = (objective.totalWeight * max(0, square)).squareRoot()
      let isStuck = distance <= Self.acceptable && distance >= lastDistance
      if distance <= Self.settled || isStuck {
        return Solution(point: point, iterations: iteration - 1, distance: distance)
      }
      lastDistance = distance
      guard let next = next(after: point, scoring: scoring, memory: &memory) else {
        throw .notConverged(iterations: iteration, gradientNorm: gradientNorm(point))
      }
      memory.add(
        step: zip(next.parameters, point.parameters).map(-),
        change: zip(gradient, free(next.gradient)).map(-))
      point = next
    }
    throw .notConverged(iterations: maximumIterations, gradientNorm: gradientNorm(point))
  }

  /// The largest derivative, by coefficients in units of their columns' largest distance from the mean.
  func gradientNorm(_ point: FirthObjective.Evaluation) -> Double {
    zip(free(point.gradient), objective.centered.spreads).reduce(0) { max($0, abs($1.0) / $1.1) }
  }

  /// The next point, by the corrected step or, where that does not ascend, by scoring.
  private func next(
    after point: FirthObjective.Evaluation, scoring: Scoring, memory: inout StepMemory
  ) -> FirthObjective.Evaluation? {
    let gradient = free(point.gradient)
    let corrected = memory.direction(gradient, solve: scoring.solve)
    if let next = ascended(from: point, along: corrected) { return next }
    memory = StepMemory()
    return ascended(from: point, along: scoring.solve(gradient))
  }

  /// Halves the step until the objective rises, or falls by no more than its rounding.
  private func ascended(
    from point: FirthObjective.Evaluation, along direction: [Double]
  ) -> FirthObjective.Evaluation? {
    guard dot(direction, free(point.gradient)) > 0 else { return nil }
    let largest = zip(direction, objective.centered.spreads)
      .reduce(0) { max($0, abs($1.0) * $1.1) }
    var length = largest > Self.longestStep ? Self.longestStep / largest : 1
    let rounding = 1e-13 * max(1 / objective.totalWeight, abs(point.value))
    for _ in 0..<40 {
      let parameters = zip(point.parameters, direction).map { $0 + length * $1 }
      if let trial = objective.evaluate(parameters), trial.value >= point.value - rounding {
        return trial
      }
      length /= 2
    }
    return nil
  }

  private func free(_ gradient: [Double]) -> [Double] {
    guard let held else { return gradient }
    var gradient = gradient
    gradient[held] = 0
    return gradient
  }
}

/// The factor of the information of the parameters that are not held.
private struct Scoring {
  private let factor: Cholesky
  private let held: Int?

  init(_ information: Matrix, held: Int?) throws(FitError) {
    self.held = held
    let free = (0..<information.rowCount).filter { $0 != held }
    do throws(FactorizationError) {
      factor = try Cholesky(information.submatrix(free))
    } catch {
      throw .offsetDecides  // the whole matrix had a factor
    }
  }

  func solve(_ gradient: [Double]) -> [Double] {
    guard let held else { return factor.solve(gradient) }
    var rest = gradient
    rest.remove(at: held)
    var solution = factor.solve(rest)
    solution.insert(0, at: held)
    return solution
  }
}

/// The last steps, and how the gradient fell along them.
private struct StepMemory {
  private var pairs: [(step: [Double], change: [Double], product: Double)] = []

  mutating func add(step: [Double], change: [Double]) {
    let product = dot(step, change)
    // Only where the objective bends down does a pair correct its curvature.
    guard product > 0 else { return }
    if pairs.count == 8 { pairs.removeFirst() }
    pairs.append((step, change, product))
  }

  /// The two loops of limited memory BFGS round `solve`, the inverse of a curvature.
  func direction(_ gradient: [Double], solve: ([Double]) -> [Double]) -> [Double] {
    var gradient = gradient
    var parts: [Double] = []
    for pair in pairs.reversed() {
      let part = dot(pair.step, gradient) / pair.product
      parts.append(part)
      gradient = zip(gradient, pair.change).map { $0 - part * $1 }
    }
    var direction = solve(gradient)
    for (pair, part) in zip(pairs, parts.reversed()) {
      let rest = part - dot(pair.change, direction) / pair.product
      direction = zip(direction, pair.step).map { $0 + rest * $1 }
    }
    return direction
  }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}
