import LinearAlgebra
import Scoring

/// The fits of every fold at every L2 strength of a design with too many columns for all their pairs: one
/// after the other, each started from the last.
///
/// At a strength the fit to all rows comes first, from where those at the strengths before point to. The
/// folds start from it, moved by how much each differed from it before, and go on with its factor and its
/// steps: they hold most of the same rows.
struct WarmStrengthSearch: Sendable {
  let data: PenaltyDesign
  let sweep: PanelSweep
  /// Descending, above 0.
  let penalties: [Double]

  /// Half the squared decrement against the objective at which one last step is taken.
  private static let decrementTolerance = 1e-11

  /// Returns the fits by strength and then by fold; `nil` where one of them fails, or where there are too few
  /// rows for a factor to serve many steps.
  func run() -> [[FoldFit]]? {
    guard let partition = sweep.partition else { return nil }
    var start = [Double](repeating: 0, count: data.design.columnCount)
    start[0] = data.problem.startingIntercept()
    var whole = Course(start)
    var shifts = (0..<partition.foldCount).map { _ in Course(start.map { _ in 0 }) }
    var rows: [[FoldFit]] = []
    for penalty in penalties {
      let solver = QuasiNewtonSolver(objective: objective(data.problem, penalty))
      let answer = rows.isEmpty ? solver.solve(coldAt: start) : solver.solve(warmAt: whole.next)
      guard var (fit, history) = answer else { return nil }
      whole.append(fit.evaluation.parameters)
      var points: [LogisticEvaluation] = []
      for fold in shifts.indices {
        let problem = data.problem.training(partition, fold: fold)
        guard
          let answer = QuasiNewtonSolver(objective: objective(problem, penalty)).solve(
            from: zip(whole.last, shifts[fold].next).map(+), after: history,
            decrementTolerance: Self.decrementTolerance)
        else { return nil }
        (fit, history) = answer
        shifts[fold].append(zip(fit.evaluation.parameters, whole.last).map(-))
        points.append(fit.evaluation)
      }
      rows.append(foldFits(points))
    }
    return rows
  }

  /// Parameters at one strength after the other, which change smoothly where the strengths are even.
  private struct Course {
    private let start: [Double]
    /// Up to three, the newest last.
    private var points: [[Double]] = []

    init(_ start: [Double]) { self.start = start }

    var last: [Double] { points.last ?? start }

    mutating func append(_ parameters: [Double]) {
      if points.count == 3 { points.removeFirst() }
      points.append(parameters)
    }

    /// Where the last three point to, by a parabola; fewer by a line or a constant.
    var next: [Double] {
      switch points.count {
      case 3: last.indices.map { 3 * (points[2][$0] - points[1][$0]) + points[0][$0] }
      case 2: last.indices.map { 2 * points[1][$0] - points[0][$0] }
      default: last
      }
    }
  }

  private func objective(_ problem: LogisticProblem, _ penalty: Double) -> LogisticObjective {
    LogisticObjective(
      problem: problem, design: data.design, penalties: data.penalty(l1: 0, l2: penalty).l2,
      spreads: data.spreads, threadCount: sweep.threadCount)
  }

  /// Adds the log loss of the rows held out, in one reading for all folds.
  private func foldFits(_ points: [LogisticEvaluation]) -> [FoldFit] {
    let answers = sweep.evaluate(
      points.map(\.parameters), points.indices.map { .init(point: $0, fold: $0) },
      columns: DesignColumns(data.design))
    return zip(points, answers).map { point, answer in
      let (intercept, coefficients) = data.original(point.parameters)
      return FoldFit(
        intercept: intercept, coefficients: coefficients, objective: point.objective,
        logLoss: point.logLoss, heldOutLogLoss: answer.heldOutLoss)
    }
  }
}

extension LogisticProblem {
  /// The rows that train in `fold`, the others with weight 0.
  func training(_ partition: RowPartition, fold: Int) -> LogisticProblem {
    let trains = partition.trains[fold]
    var total = 0.0
    for (weight, group) in zip(weights, partition.groups) { total += weight * trains[Int(group)] }
    return with(
      weights: zip(weights, partition.groups).map { $0 * trains[Int($1)] / total })
  }
}
