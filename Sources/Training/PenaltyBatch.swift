import LinearAlgebra
import Scoring

/// One penalty on the rows that train in one fold, or on all rows.
struct PenalizedProblem: Sendable {
  /// `nil` for all rows.
  let fold: Int?
  /// One of each for every parameter of the design.
  let penalty: PenaltyTerms
}

/// Why a problem was given up; the index is the problem's.
struct PenaltyFailure: Error {
  let problem: Int
  let sweeps: Int
  let gradientNorm: Double
}

/// Minimises several penalised log losses side by side: the rows are read once an iteration for all of
/// them, and second derivatives are shared between problems whose points are near.
///
/// Method: proximal Newton (Lee, Sun and Saunders 2014, *SIAM J. Optim.* 24, 1420–1443). A problem
/// takes the second derivatives of the nearest anchor, or between two; where their relative error is
/// above `reach`, new ones are made. A problem whose step does not lower its objective, or whose
/// steps shrink slowly, gets second derivatives at its own point, and then ever closer to their bound
/// (Böhning and Lindsay 1988), with which a full step lowers any objective. A problem is solved when
/// its model promises to lower the objective by no more than `tolerance` of it, or of 1.
struct PenaltyBatch: Sendable {
  let sweep: PanelSweep
  let columns: DesignColumns
  let problems: [PenalizedProblem]
  let tolerance: Double
  let maximumSweeps: Int
  /// New second derivatives are placed so that they serve others with half of it: points move on.
  let reach: Double

  struct Solution: Sendable {
    /// Parameters of the design; 0 outside of `columns`.
    let point: [Double]
    let answer: PanelSweep.Answer
    let objective: Double
    /// What the model still promised.
    let decrease: Double
    let sweeps: Int
    /// Why the problem was given up, its point being the best that was found; `nil` where it is solved.
    let failure: PenaltyFailure?
  }

  /// Solves every problem from its start; adds the anchors it makes to `anchors`.
  ///
  /// - Parameters:
  ///   - starts: for each problem, the index of its start in `points`.
  ///   - points: parameters of the design; problems with one start share its linear predictors.
  func solve(
    from starts: [Int], of points: [[Double]], anchors: inout [CurvatureAnchor]
  ) throws(PenaltyFailure) -> [Solution] {
    let solutions = attempt(from: starts, of: points, anchors: &anchors)
    if let failure = solutions.lazy.compactMap(\.failure).first { throw failure }
    return solutions
  }

  /// As `solve`, but a problem that is given up does not keep the others from their end.
  func attempt(
    from starts: [Int], of points: [[Double]], anchors: inout [CurvatureAnchor]
  ) -> [Solution] {
    let reduced = points.map(columns.reduced)
    let answers = sweep.evaluate(
      reduced, zip(starts, problems).map { .init(point: $0, fold: $1.fold) }, columns: columns,
      withOdds: true)
    var states = problems.indices.map { index in
      ProblemState(
        point: reduced[starts[index]], answer: answers[index],
        penalty: PenaltyTerms(
          l1: columns.reduced(problems[index].penalty.l1),
          l2: columns.reduced(problems[index].penalty.l2)))
    }
    var sweeps = 1
    var failures = [PenaltyFailure?](repeating: nil, count: problems.count)
    while true {
      direct(&states, anchors: &anchors)
      let open = states.indices.filter { failures[$0] == nil && !states[$0].isSolved(tolerance) }
      if open.isEmpty { break }
      guard sweeps < maximumSweeps else {
        for index in open {
          failures[index] = failure(states[index], problem: index, sweeps: sweeps)
        }
        break
      }
      let trials = open.map { states[$0].trial }
      let answers = sweep.evaluate(
        trials, open.enumerated().map { .init(point: $0, fold: problems[$1].fold) },
        columns: columns, withOdds: true)
      sweeps += 1
      for (slot, index) in open.enumerated() {
        states[index].judge(trials[slot], answers[slot])
        if states[index].isLost {
          failures[index] = failure(states[index], problem: index, sweeps: sweeps)
        }
      }
    }
    return zip(states, failures).map { state, failure in
      Solution(
        point: columns.expanded(state.point, count: sweep.design.columnCount),
        answer: state.answer, objective: state.objective, decrease: state.decrease ?? 0,
        sweeps: state.sweeps, failure: failure)
    }
  }

  private func failure(_ state: ProblemState, problem: Int, sweeps: Int) -> PenaltyFailure {
    PenaltyFailure(
      problem: problem, sweeps: sweeps,
      gradientNorm: state.penalty.violation(
        state.point, gradient: state.answer.gradient,
        spreads: Array(repeating: 1, count: state.point.count)))
  }
}

extension PenaltyBatch {
  /// Gives every problem that moved a direction.
  private func direct(
    _ states: inout [ProblemState], anchors: inout [CurvatureAnchor]
  ) {
    let waiting = states.indices.filter { states[$0].decrease == nil }
    let choices = waiting.map { choose(for: $0, states, waiting: waiting, anchors: &anchors) }
    let (frozenAnchors, frozenStates) = (anchors, states)
    let minima = parallelMap(count: waiting.count, threadCount: sweep.threadCount) { slot in
      frozenStates[waiting[slot]].model(
        curvature: choices[slot].matrix(
          frozenAnchors, fold: problems[waiting[slot]].fold, of: sweep)
      ).minimum()
    }
    for (index, minimum) in zip(waiting, minima) { states[index].aim(at: minimum) }
    anchors.removeAll { $0.owner != nil }
  }

  /// Returns the second derivatives that a problem is to use, made where none are near.
  private func choose(
    for index: Int, _ states: [ProblemState], waiting: [Int], anchors: inout [CurvatureAnchor]
  ) -> CurvatureChoice {
    let state = states[index]
    if let floor = state.ownFloor {
      addAnchor(at: state.point, floor: floor, owner: index, to: &anchors)
      return CurvatureChoice(first: anchors.count - 1)
    }
    let choice = nearest(to: state.point, anchors)
    if let choice, choice.error <= reach { return choice }
    let others = waiting.filter { $0 > index && states[$0].ownFloor == nil }.map {
      states[$0].point
    }
    let place = farthestPlace(serving: state.point, and: others, anchors, near: choice?.first)
    addAnchor(at: place, floor: ProblemState.leastFloor, owner: nil, to: &anchors)
    return nearest(to: state.point, anchors) ?? CurvatureChoice(first: anchors.count - 1)
  }

  /// Returns the last of `others`, from the first on, where a new anchor would serve `point` and all
  /// those before it; `point` itself where it would not.
  private func farthestPlace(
    serving point: [Double], and others: [[Double]], _ anchors: [CurvatureAnchor], near: Int?
  ) -> [Double] {
    guard let near else { return point }
    var served = [point]
    var place = point
    for other in others {
      // The error needs only a measure of length, for which the nearest second derivatives will do.
      let supposed = CurvatureAnchor(
        point: columns.expanded(other, count: sweep.design.columnCount), isRough: true,
        curvature: anchors[near].curvature, owner: nil)
      guard
        served.allSatisfy({
          nearest(to: $0, [anchors[near], supposed])?.error ?? .infinity <= reach / 2
        })
      else { break }
      place = other
      served.append(other)
    }
    return place
  }

  /// Returns the second derivatives to use at a point; makes them there when none are near.
  func curvature(at point: [Double], anchors: inout [CurvatureAnchor]) -> CurvatureChoice {
    if let choice = nearest(to: point, anchors), choice.error <= reach { return choice }
    addAnchor(at: point, floor: ProblemState.leastFloor, owner: nil, to: &anchors)
    return CurvatureChoice(first: anchors.count - 1)
  }

  /// Returns the anchor, or the point between two of them, whose second derivatives are nearest to
  /// those at `point`.
  private func nearest(to point: [Double], _ anchors: [CurvatureAnchor]) -> CurvatureChoice? {
    let places = anchors.map { columns.reduced($0.point) }
    var best: CurvatureChoice?
    for (first, anchor) in anchors.enumerated() where anchor.owner == nil {
      let apart = length(of: point, places[first], anchor.curvature.total)
      if apart < best?.error ?? .infinity {
        best = CurvatureChoice(first: first, error: apart)
      }
    }
    guard let nearest = best else { return nil }
    let total = anchors[nearest.first].curvature.total
    let step = zip(point, places[nearest.first]).map(-)
    for (second, anchor) in anchors.enumerated()
    where anchor.owner == nil && second != nearest.first {
      let chord = zip(places[second], places[nearest.first]).map(-)
      let product = total.times(chord)
      let square = zip(chord, product).reduce(0) { $0 + $1.0 * $1.1 }
      let part = zip(step, product).reduce(0) { $0 + $1.0 * $1.1 } / square
      guard part > 0, part < 1 else { continue }
      let foot = zip(places[nearest.first], chord).map { $0 + part * $1 }
      // What a parabola through both ends is off by, and the distance from the line.
      let bend = part * (1 - part) / 2 * square / total[0, 0]
      let error = bend + length(of: point, foot, total)
      if error < best?.error ?? .infinity {
        best = CurvatureChoice(first: nearest.first, second: second, part: part, error: error)
      }
    }
    return best
  }

  /// Adds second derivatives at a point. Seven digits are enough for a step, unless columns nearly
  /// repeat each other; once they do, all anchors have all digits.
  private func addAnchor(
    at point: [Double], floor: Double, owner: Int?, to anchors: inout [CurvatureAnchor]
  ) {
    var isRough = sweep.design.blocks.categories.isEmpty && anchors.allSatisfy(\.isRough)
    var curvature = sweep.curvature(at: point, columns: columns, floor: floor, isRough: isRough)
    if isRough, !curvature.isWellConditioned {
      isRough = false
      curvature = sweep.curvature(at: point, columns: columns, floor: floor)
    }
    anchors.append(
      CurvatureAnchor(
        point: columns.expanded(point, count: sweep.design.columnCount), isRough: isRough,
        curvature: curvature, owner: owner))
  }

  /// The root mean square of the difference of the linear predictors, rows weighed by curvature: about
  /// the relative error of one point's second derivatives at the other.
  private func length(of left: [Double], _ right: [Double], _ total: Matrix) -> Double {
    let step = zip(left, right).map(-)
    let square = zip(step, total.times(step)).reduce(0) { $0 + $1.0 * $1.1 }
    return total[0, 0] > 0 ? (max(0, square) / total[0, 0]).squareRoot() : .infinity
  }
}
