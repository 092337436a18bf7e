import LinearAlgebra

/// Minimises a penalised logistic objective over many rows with few second derivatives.
///
/// 1. The minimum over every 64th tile of rows is the start for every 8th, and that for all: it is off by
///    the error of a sample, about √(8 p / n), and costs a ninth of the rows.
/// 2. At each stage the second derivatives are factored once, where it starts; correlations come from a
///    sample of the rows where there are enough of them.
///    Where the steps from a factor do not fall fast enough, it is made anew where they have led.
/// 3. Steps are limited-memory BFGS (Liu & Nocedal 1989, *Math. Program.* 45, 503–528) from that factor in
///    place of a scaled identity: one reading of the rows each, and the error falls at first as fast as the
///    factor is near, then as conjugate gradients would make it.
///
/// It gives up, and leaves the work to `NewtonSolver`, where a factor or a step fails.
struct QuasiNewtonSolver: Sendable {
  private let objective: LogisticObjective
  private let sums: ZeroSums

  init(objective: LogisticObjective) {
    self.objective = objective
    sums = ZeroSums(objective.design, penalties: objective.penalties)
  }

  /// Below this many rows all of Newton's second derivatives cost little.
  static let leastRowCount = 16_384
  private static let maximumSteps = 200
  private static let memory = 12
  /// A factor is good when five steps from it take the decrement down by this much.
  private static let goodFall = 1e-6
  private static let stepsToJudge = 5
  private static let maximumFactors = 5
  /// Half the squared decrement, against the objective, at which one last step is taken.
  private static let decrementTolerance = 1e-18
  /// Rows for each column of the core that its correlations need.
  private static let rowsPerColumn = 40

  private var rowCount: Int { objective.problem.rowCount }
  private var coreCount: Int {
    min(objective.design.columnCount, CurvatureCore.columnLimit)
  }

  func solve(startingAt start: [Double]) -> NewtonSolver.Solution? {
    solve(coldAt: start)?.solution
  }

  /// A solution, and the steps that led there.
  typealias Answer = (solution: NewtonSolver.Solution, history: StepHistory)

  /// Solves from any start, by samples of the rows.
  func solve(coldAt start: [Double]) -> Answer? {
    guard canSolve else { return nil }
    var parameters = start
    for step in [64, 8] {
      let needed = max(Self.rowsPerColumn * coreCount / 2, 4_096)
      guard let sample = objective.sampled(every: step, leastRowCount: needed) else { continue }
      // A hundredth of what the sample itself is off by.
      let tolerance = 0.01 * Double(coreCount) / Double(rowCount / step)
      guard let sampled = minimize(sample, from: parameters, decrementTolerance: tolerance) else {
        continue
      }
      parameters = sampled.solution.evaluation.parameters
    }
    return minimize(objective, from: parameters, decrementTolerance: nil)
  }

  /// Solves from a start that is nearer than a sample's answer.
  func solve(warmAt start: [Double]) -> Answer? {
    canSolve ? minimize(objective, from: start, decrementTolerance: nil) : nil
  }

  /// Solves from a start near the minimum, going on from the steps on an objective that is much the same.
  ///
  /// - Parameter decrementTolerance: half the squared decrement, against the objective.
  func solve(
    from start: [Double], after history: StepHistory, decrementTolerance: Double
  ) -> Answer? {
    let point = objective.evaluate(start, withCurvature: false)
    let core = CurvatureCore(objective.design, tileStep: coreStep(objective))
    return minimize(
      objective, from: point, history, core,
      decrementTolerance: decrementTolerance * min(1, max(point.objective, 1e-280)))
  }

  private var canSolve: Bool {
    rowCount >= Self.leastRowCount && CurvatureCore.canHold(objective.design)
  }

  /// The share of the tiles that the core's correlations are taken from.
  private func coreStep(_ objective: LogisticObjective) -> Int {
    let rows = rowCount / objective.tileStep
    for step in [8, 4, 2] where rows / step >= Self.rowsPerColumn * coreCount {
      return step * objective.tileStep
    }
    return objective.tileStep
  }

  /// - Parameter decrementTolerance: absolute; the full accuracy where `nil`.
  private func minimize(
    _ objective: LogisticObjective, from start: [Double], decrementTolerance: Double?
  ) -> Answer? {
    let core = CurvatureCore(objective.design, tileStep: coreStep(objective))
    guard let (point, history) = self.start(objective, at: start, core: core) else { return nil }
    return minimize(
      objective, from: point, history, core, decrementTolerance: decrementTolerance)
  }

  private func minimize(
    _ objective: LogisticObjective, from start: LogisticEvaluation,
    _ firstHistory: consuming StepHistory, _ core: CurvatureCore, decrementTolerance: Double?
  ) -> Answer? {
    var point = start
    var history = firstHistory
    var watch = FactorWatch()
    for iteration in 1...Self.maximumSteps {
      var step = sums.centered(history.step(against: point.gradient))
      var decrement = -dot(point.gradient, step) / 2
      if watch.asksForAnother(after: decrement) {
        // Two factors at a time would be the most memory that a fit takes.
        history.forget()
        guard let (_, fresh) = self.start(objective, at: point.parameters, core: core) else {
          return nil
        }
        history = fresh
        step = sums.centered(history.step(against: point.gradient))
        decrement = -dot(point.gradient, step) / 2
      }
      guard decrement >= 0 else { return nil }
      let tolerance =
        decrementTolerance ?? Self.decrementTolerance * min(1, max(point.objective, 1e-280))
      let isLast = decrement <= tolerance
      guard let next = advanced(objective, from: point, by: step, decrement, isLast: isLast) else {
        return isLast ? (solution(point, iteration, decrement), history) : nil
      }
      if isLast { return (solution(next, iteration, decrement), history) }
      history.remember(
        step: zip(next.parameters, point.parameters).map(-),
        change: zip(next.gradient, point.gradient).map(-))
      point = next
    }
    return nil
  }

  /// The objective where a run of steps begins, and the factor that they are made from.
  private func start(
    _ objective: LogisticObjective, at parameters: [Double], core: CurvatureCore
  ) -> (LogisticEvaluation, StepHistory)? {
    let (evaluation, diagonal) = objective.evaluate(parameters, for: core)
    return CurvatureFactor(
      core, sandwich: evaluation.curvature, diagonal: diagonal, penalties: objective.penalties,
      zeroSums: sums
    ).map { (evaluation, StepHistory(factor: $0, memory: Self.memory)) }
  }

  /// Whether the steps from the present factor fall fast enough.
  private struct FactorWatch {
    private var first: Double?
    private var steps = 0
    private var factors = 1

    mutating func asksForAnother(after decrement: Double) -> Bool {
      guard let first else {
        first = decrement
        return false
      }
      steps += 1
      guard steps == stepsToJudge else { return false }
      steps = 0
      self.first = decrement
      guard decrement > goodFall * first, factors < maximumFactors else { return false }
      factors += 1
      // The new factor's first decrement is the next to be measured by.
      self.first = nil
      return true
    }
  }

  /// Takes the step, halved until the objective falls by a ten thousandth of what the slope promises; below
  /// the objective's rounding, until the slope along the step is less than it was.
  private func advanced(
    _ objective: LogisticObjective, from point: LogisticEvaluation, by step: [Double],
    _ decrement: Double, isLast: Bool
  ) -> LogisticEvaluation? {
    var length = 1.0
    for _ in 0..<(isLast ? 1 : 12) {
      let trial = objective.evaluate(
        zip(point.parameters, step).map { $0 + length * $1 }, withCurvature: false)
      let change = trial.objective - point.objective
      if change <= -2e-4 * length * decrement { return trial }
      if abs(change) <= 1e-13 * point.objective, abs(dot(trial.gradient, step)) < decrement {
        return trial
      }
      length /= 2
    }
    return nil
  }

  private func solution(
    _ point: LogisticEvaluation, _ iterations: Int, _ decrement: Double
  ) -> NewtonSolver.Solution {
    NewtonSolver.Solution(
      evaluation: point, iterations: iterations, newtonDecrement: decrement,
      gradientNorm: objective.gradientNorm(point))
  }
}

/// The last steps and what they did to the gradient, from which the next step is made.
struct StepHistory: Sendable {
  private struct Pair: Sendable {
    let step: [Double]
    let change: [Double]
    /// 1 / (change · step).
    let inverse: Double
  }
  private var factor: CurvatureFactor?
  private let memory: Int
  private var pairs: [Pair] = []

  init(factor: CurvatureFactor, memory: Int) {
    self.factor = factor
    self.memory = memory
  }

  /// Gives the factor and the steps up: what follows is no step.
  mutating func forget() {
    factor = nil
    pairs = []
  }

  mutating func remember(step: [Double], change: [Double]) {
    let product = dot(step, change)
    // The objective is convex; only rounding can make this not positive.
    guard product > 0 else { return }
    if pairs.count == memory { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: change, inverse: 1 / product))
  }

  /// The two-loop recursion (Nocedal 1980, *Math. Comp.* 35, 773–782) with the factor in the middle.
  func step(against gradient: [Double]) -> [Double] {
    var rest = gradient
    var shares: [Double] = []
    for pair in pairs.reversed() {
      let share = pair.inverse * dot(pair.step, rest)
      shares.append(share)
      add(-share, times: pair.change, to: &rest)
    }
    var step = factor?.solve(rest) ?? rest
    for (pair, share) in zip(pairs, shares.reversed()) {
      add(share - pair.inverse * dot(pair.change, step), times: pair.step, to: &step)
    }
    return step.map(-)
  }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
  var sum = 0.0
  for i in left.indices { sum += left[i] * right[i] }
  return sum
}

private func add(_ factor: Double, times vector: [Double], to sum: inout [Double]) {
  for i in sum.indices { sum[i] += factor * vector[i] }
}
