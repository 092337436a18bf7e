import LinearAlgebra
import Scoring

/// Follows the minimum from a strong penalty to weak ones, on all rows and on any folds at once.
///
/// Penalties are taken several at a time: a quadratic model at the last minimum predicts the next few,
/// and a `PenaltyBatch` makes them exact side by side. Columns that the sequential strong rule
/// (Tibshirani et al. 2012, *JRSSB* 74, 245–266) leaves out are read once more at the end of each
/// batch: a column that breaks its optimality condition comes in, and the batch is solved again.
struct PenaltyPath: Sendable {
  let data: PenaltyDesign
  let sweep: PanelSweep
  /// The rows that are followed: `nil` for all of them, first.
  let folds: [Int?]
  let l1Share: Double
  let tolerance: Double
  let maximumSweeps: Int
  /// Whether the strong rule is used; the answer is the same.
  let screens: Bool

  /// The minimum for one penalty and fold.
  struct Point: Sendable {
    let solution: PenaltyBatch.Solution
    /// Derivatives of the log loss by every parameter of the design; 0 for columns that cannot be used.
    let gradient: [Double]
  }

  /// The state at the last penalty that is solved.
  private struct Front {
    /// One for each of `folds`.
    var points: [Point]
    var l1: Double
    var everActive: Set<Int>
  }

  /// Of a working set this small, any batch will do. Products with 25 columns run twice as fast as with
  /// 8; larger batches start too far from their end.
  private static let smallSet = 256
  private static let batchSizes = [25, 10, 5, 3, 2, 1]
  /// The curvature's relative error that a step may have: 0.2 costs a sweep more than 0.1, and saves the
  /// second derivatives that a sweep and a half would take.
  private static let reach = 0.2

  /// Returns the fits with every penalised parameter at 0, which start the path.
  func start() throws(FitError) -> [Point] {
    let columns = DesignColumns(
      data.design, dense: data.usable.filter { data.l1Scales[$0 + 1] == 0 })
    try checkRank(of: columns)
    var start = [Double](repeating: 0, count: data.design.columnCount)
    start[0] = data.problem.startingIntercept()
    var anchors: [CurvatureAnchor] = []
    let batch = batch(
      folds.map { PenalizedProblem(fold: $0, penalty: data.infinitePenalty) }, columns)
    let solutions = try solve(batch, starts: folds.map { _ in 0 }, points: [start], &anchors)
    return completed(solutions)
  }

  /// The least penalty that holds every penalised parameter at 0; nothing where none does.
  func largestUseful(_ start: Point) -> Double? {
    guard l1Share > 0 else { return nil }
    var largest = 0.0
    for (j, gradient) in start.gradient.enumerated() {
      let scale = data.l1Scales[j]
      guard scale > 0, scale < .infinity else { continue }
      largest = max(largest, abs(gradient) / (scale * l1Share))
    }
    // A few ulp, so that rounding lets no column in.
    return largest > 0 ? largest * (1 + 8 * .ulpOfOne) : nil
  }

  /// Returns the fits, by penalty and then by fold.
  ///
  /// - Parameter penalties: descending.
  func follow(_ penalties: [Double], from start: [Point]) throws(FitError) -> [[Point]] {
    let strongest = largestUseful(start[0]) ?? penalties.first ?? 0
    var front = Front(points: start, l1: strongest * l1Share, everActive: [])
    var answers: [[Point]] = []
    var anchors: [CurvatureAnchor] = []
    var columns: DesignColumns?
    while answers.count < penalties.count {
      let rest = penalties[answers.count...]
      let (size, dense) = workingSet(front, rest)
      if columns?.dense != dense {
        columns = DesignColumns(data.design, dense: dense)
        anchors = []
      }
      answers += try advance(
        &front, to: Array(rest.prefix(size)), columns: &columns, anchors: &anchors)
    }
    return answers
  }
}

extension PenaltyPath {
  /// Chooses how many penalties to take at once, and the dense columns to work on.
  private func workingSet(
    _ front: Front, _ rest: ArraySlice<Double>
  ) -> (size: Int, dense: [Int]) {
    guard screens, l1Share > 0 else {
      return (min(rest.count, Self.batchSizes[0]), data.usable)
    }
    let single = strongSet(front, l1: rest[rest.startIndex] * l1Share)
    let limit = max(Self.smallSet, 2 * single.count)
    for size in Self.batchSizes where size > 1 && size <= rest.count {
      let set = strongSet(front, l1: rest[rest.startIndex + size - 1] * l1Share)
      if set.count <= limit { return (size, set) }
    }
    return (1, single)
  }

  /// The columns that may have a part at the penalty `l1`: those that had one before, and those whose
  /// derivative reaches it if none changes faster than the penalty (the strong rule, eq. 21).
  private func strongSet(_ front: Front, l1: Double) -> [Int] {
    data.usable.filter { j in
      let bar = data.l1Scales[j + 1] * (2 * l1 - front.l1)
      return front.everActive.contains(j)
        || front.points.contains { abs($0.gradient[j + 1]) >= bar }
    }
  }

  private func batch(_ problems: [PenalizedProblem], _ columns: DesignColumns) -> PenaltyBatch {
    PenaltyBatch(
      sweep: sweep, columns: columns, problems: problems, tolerance: tolerance,
      maximumSweeps: maximumSweeps, reach: Self.reach)
  }

  private func advance(
    _ front: inout Front, to penalties: [Double], columns: inout DesignColumns?,
    anchors: inout [CurvatureAnchor]
  ) throws(FitError) -> [[Point]] {
    guard var working = columns else { return [] }
    let terms = penalties.map { data.penalty(l1: l1Share * $0, l2: (1 - l1Share) * $0) }
    let problems = terms.flatMap { penalty in
      folds.map { PenalizedProblem(fold: $0, penalty: penalty) }
    }
    var starts = predictions(front, terms, columns: working, anchors: &anchors)
    while true {
      let solutions = try solve(
        batch(problems, working), starts: Array(starts.indices), points: starts, &anchors)
      let points = completed(solutions, columns: working)
      let missed = violators(points, problems, outside: working)
      if missed.isEmpty {
        columns = working
        let answers = penalties.indices.map { k in
          Array(points[k * folds.count..<(k + 1) * folds.count])
        }
        front.points = answers.last ?? front.points
        front.l1 = (penalties.last ?? 0) * l1Share
        for point in points {
          for j in data.usable where point.solution.point[j + 1] != 0 {
            front.everActive.insert(j)
          }
        }
        return answers
      }
      working = DesignColumns(data.design, dense: (working.dense + missed).sorted())
      anchors = []
      starts = solutions.map(\.point)
    }
  }

  /// The minima of quadratic models at the front, by penalty and then by fold.
  private func predictions(
    _ front: Front, _ terms: [PenaltyTerms], columns: DesignColumns,
    anchors: inout [CurvatureAnchor]
  ) -> [[Double]] {
    let batch = batch([], columns)
    let choices = front.points.map { point in
      batch.curvature(at: columns.reduced(point.solution.point), anchors: &anchors)
    }
    let frozen = anchors
    let points = front.points
    let reduced = terms.map {
      PenaltyTerms(l1: columns.reduced($0.l1), l2: columns.reduced($0.l2))
    }
    let byFold = parallelMap(count: folds.count, threadCount: sweep.threadCount) { slot in
      let matrix = choices[slot].matrix(frozen, fold: folds[slot], of: sweep)
      let origin = columns.reduced(points[slot].solution.point)
      var start = origin
      return reduced.map { penalty in
        start =
          QuadraticModel(
            origin: origin, gradient: columns.reduced(points[slot].gradient), curvature: matrix,
            penalty: penalty
          ).minimum(startingAt: start).point
        return columns.expanded(start, count: data.design.columnCount)
      }
    }
    return terms.indices.flatMap { k in folds.indices.map { byFold[$0][k] } }
  }

  /// Returns the solutions with the derivatives by every column.
  private func completed(
    _ solutions: [PenaltyBatch.Solution], columns: DesignColumns? = nil
  ) -> [Point] {
    let count = data.design.columnCount
    if let columns, columns.dense.count == data.usable.count {
      return solutions.map {
        Point(solution: $0, gradient: columns.expanded($0.answer.gradient, count: count))
      }
    }
    let all = DesignColumns(data.design, dense: data.usable)
    let answers = sweep.evaluate(
      solutions.map { all.reduced($0.point) },
      solutions.indices.map { .init(point: $0, fold: folds[$0 % folds.count]) }, columns: all)
    return zip(solutions, answers).map {
      Point(solution: $0, gradient: all.expanded($1.gradient, count: count))
    }
  }

  /// The columns left out that break their optimality condition, |derivative| ≤ l1.
  private func violators(
    _ points: [Point], _ problems: [PenalizedProblem], outside columns: DesignColumns
  ) -> [Int] {
    guard columns.dense.count < data.usable.count else { return [] }
    let inside = Set(columns.dense)
    return data.usable.filter { j in
      !inside.contains(j)
        && zip(points, problems).contains {
          abs($0.gradient[j + 1]) > $1.penalty.l1[j + 1] * (1 + 1e-12)
        }
    }
  }

  private func solve(
    _ batch: PenaltyBatch, starts: [Int], points: [[Double]], _ anchors: inout [CurvatureAnchor]
  ) throws(FitError) -> [PenaltyBatch.Solution] {
    do throws(PenaltyFailure) {
      return try batch.solve(from: starts, of: points, anchors: &anchors)
    } catch {
      throw .notConverged(iterations: error.sweeps, gradientNorm: error.gradientNorm)
    }
  }

  /// Columns without a penalty must not repeat each other.
  private func checkRank(of columns: DesignColumns) throws(FitError) {
    // With levels or without columns there is nothing that this could name.
    guard !columns.dense.isEmpty, data.design.blocks.categories.isEmpty else { return }
    let start = [Double](repeating: 0, count: columns.parameters.count)
    let gram = sweep.curvature(at: start, columns: columns, floor: 0.25).total
    do throws(FactorizationError) {
      let pivots = try Cholesky(gram).pivots
      for j in pivots.indices where pivots[j] <= 1e-11 * gram[j, j] {
        throw FactorizationError.notPositiveDefinite(column: j)
      }
    } catch {
      guard case .notPositiveDefinite(let column) = error, column > 0 else {
        throw .notConverged(iterations: 0, gradientNorm: 0)
      }
      throw .dependent(column: data.name(columns.dense[column - 1]))
    }
  }
}
