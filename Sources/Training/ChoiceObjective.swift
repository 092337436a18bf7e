import Foundation
import LinearAlgebra
import SpecialFunctions

/// The objective and its derivatives at one set of parameters: intercepts of the offers, then p
/// coefficients of the scaled columns.
struct ChoicePoint: Sendable {
  let parameters: [Double]
  let logLoss: Double
  let objective: Double
  let gradient: [Double]
  /// The upper triangle of all second derivatives, penalties included.
  let hessian: Matrix
}

/// The function a conditional logit minimises, Σ shareₛ logLossₛ + ½ Σ penaltyⱼ coefficientⱼ², with
/// logLossₛ = log Σᵢ exp(ηᵢ) − η of the chosen row, the sum over the rows of set s.
///
/// McFadden (1974), "Conditional logit analysis of qualitative choice behavior", eq. 17 to 19.
struct ChoiceObjective: Sendable {
  let problem: ChoiceProblem
  /// One for each parameter; 0 for intercepts.
  let penalties: [Double]
  let threadCount: Int
  /// Sets, by index, that are worked on together: about 512 rows.
  private let chunks: [Range<Int>]

  init(problem: ChoiceProblem, penalties: [Double], threadCount: Int) {
    self.problem = problem
    self.penalties = penalties
    self.threadCount = threadCount
    var chunks: [Range<Int>] = []
    var (first, rows) = (0, 0)
    for (index, set) in problem.sets.enumerated() {
      rows += set.rows.count
      guard rows >= tileRows || index == problem.sets.count - 1 else { continue }
      chunks.append(first..<index + 1)
      (first, rows) = (index + 1, 0)
    }
    self.chunks = chunks
  }

  var parameterCount: Int { problem.offerCount + problem.columnCount }

  func evaluate(_ parameters: [Double]) -> ChoicePoint {
    let count = parameterCount
    let lanes = mapLanes { chunks in
      var sums = (
        loss: 0.0, gradient: [Double](repeating: 0, count: count),
        hessian: [Double](repeating: 0, count: count * count)
      )
      for chunk in chunks {
        let kernel = ChoiceKernel(problem, sets: chunk, parameters: parameters)
        sums.loss += kernel.takeLoss()
        kernel.addGradient(to: &sums.gradient)
        kernel.addHessian(to: &sums.hessian)
      }
      return sums
    }
    let logLoss = lanes.reduce(0) { $0 + $1.loss }
    var (objective, gradient) = (logLoss, sum(lanes.map(\.gradient)))
    var hessian = Matrix(
      rowCount: count, columnCount: count, columnMajor: sum(lanes.map(\.hessian)))
    for (j, penalty) in penalties.enumerated() {
      objective += penalty * parameters[j] * parameters[j] / 2
      gradient[j] += penalty * parameters[j]
      hessian[j, j] += penalty
      // A column that is constant in every set has no curvature and no gradient.
      if j >= problem.offerCount, !problem.varies[j - problem.offerCount] { hessian[j, j] += 1 }
    }
    addMeanIntercept(to: &hessian)
    return ChoicePoint(
      parameters: parameters, logLoss: logLoss, objective: objective, gradient: gradient,
      hessian: hessian)
  }

  /// How `parameters` move the lead of the chosen row over the others of its set: least and greatest.
  func leads(_ parameters: [Double]) -> ClosedRange<Double> {
    let lanes = mapLanes { chunks in
      var range = (lowest: Double.infinity, highest: -Double.infinity)
      for chunk in chunks {
        ChoiceKernel(problem, sets: chunk, parameters: parameters).addLeads(to: &range)
      }
      return range
    }
    let lowest = lanes.reduce(.infinity) { min($0, $1.lowest) }
    let highest = lanes.reduce(-.infinity) { max($0, $1.highest) }
    return lowest <= highest ? lowest...highest : 0...0
  }

  /// Adding one number to all intercepts changes no probability. Curvature for their mean, whose
  /// gradient is 0, keeps the steps, and so the intercepts, at sum 0.
  private func addMeanIntercept(to hessian: inout Matrix) {
    let count = problem.offerCount
    guard count > 0 else { return }
    let mean = (0..<count).reduce(0) { $0 + hessian[$1, $1] } / Double(count)
    for column in 0..<count {
      for row in 0...column { hessian[row, column] += max(mean, 1e-12) / Double(count) }
    }
  }

  /// Eight lanes of chunks, or fewer; their number does not depend on the threads.
  private func mapLanes<Answer: Sendable>(
    _ body: @Sendable (ArraySlice<Range<Int>>) -> Answer
  ) -> [Answer] {
    let count = min(chunks.count, 8, max(2, (1 << 24) / (parameterCount * parameterCount + 1)))
    return parallelMap(count: count, threadCount: threadCount) { lane in
      body(chunks[lane * chunks.count / count..<(lane + 1) * chunks.count / count])
    }
  }

  private func sum(_ lanes: [[Double]]) -> [Double] {
    var total = lanes[0]
    for lane in lanes.dropFirst() {
      for i in total.indices { total[i] += lane[i] }
    }
    return total
  }
}

/// The rows of a few choice sets, with their linear predictors.
private struct ChoiceKernel: ~Copyable {
  private let problem: ChoiceProblem
  private let sets: ArraySlice<ChoiceProblem.ChoiceSet>
  private let firstRow: Int
  private let rowCount: Int
  /// Linear predictors on the way in, then minus the largest of the set.
  private let scores: UnsafeMutablePointer<Double>
  /// exp(score), then the probability.
  private let terms: UnsafeMutablePointer<Double>
  private let residual: UnsafeMutablePointer<Double>

  init(_ problem: ChoiceProblem, sets: Range<Int>, parameters: [Double]) {
    self.problem = problem
    self.sets = problem.sets[sets]
    let (first, last) = (problem.sets[sets.lowerBound], problem.sets[sets.upperBound - 1])
    firstRow = first.rows.lowerBound
    rowCount = last.rows.upperBound - firstRow
    scores = .allocate(capacity: rowCount)
    terms = .allocate(capacity: rowCount)
    residual = .allocate(capacity: rowCount)
    scores.initialize(repeating: 0, count: rowCount)
    residual.initialize(repeating: 0, count: rowCount)  // rows between the sets have no weight
    let (firstRow, rowCount, scores) = (firstRow, rowCount, scores)
    parameters.withUnsafeBufferPointer { parameters in
      problem.values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress, let parameters = parameters.baseAddress else {
          return
        }
        Products.addTimes(
          values + firstRow, rowCount: rowCount, columnCount: problem.columnCount,
          leadingDimension: problem.rowCount, parameters + problem.offerCount, to: scores)
      }
    }
    guard problem.offerCount > 0 else { return }
    for i in 0..<rowCount { scores[i] += parameters[Int(problem.offers[firstRow + i])] }
  }

  deinit {
    for buffer in [scores, terms, residual] { buffer.deallocate() }
  }

  /// Returns the loss, having set probabilities and derivatives.
  ///
  /// The chosen row's term is set aside, so that a choice that is almost certain keeps its digits.
  func takeLoss() -> Double {
    for set in sets {
      let rows = local(set)
      let top = rows.reduce(-Double.infinity) { max($0, scores[$1]) }
      for i in rows { scores[i] -= top }
    }
    // Rows of sets without weight stand between: their scores may be anything, and are not used.
    for i in 0..<rowCount where !(scores[i] <= 0) { scores[i] = 0 }
    VectorMath.exp(scores, into: terms, count: rowCount)
    var loss = 0.0
    for set in sets {
      let (rows, chosen) = (local(set), set.chosen - firstRow)
      let others = rows.reduce(0) { $0 + ($1 == chosen ? 0 : terms[$1]) }
      let sum = others + terms[chosen]
      loss += set.share * (scores[chosen] == 0 ? log1p(others) : log(sum) - scores[chosen])
      for i in rows {
        terms[i] /= sum
        residual[i] = set.share * terms[i]
      }
      residual[chosen] = -set.share * others / sum
    }
    return loss
  }

  func addGradient(to sums: inout [Double]) {
    let (problem, firstRow, rowCount, residual) = (problem, firstRow, rowCount, residual)
    sums.withUnsafeMutableBufferPointer { sums in
      problem.values.withUnsafeBufferPointer { values in
        guard let sums = sums.baseAddress else { return }
        if problem.offerCount > 0 {
          for i in 0..<rowCount { sums[Int(problem.offers[firstRow + i])] += residual[i] }
        }
        guard let values = values.baseAddress else { return }
        Products.addTransposeTimes(
          values + firstRow, rowCount: rowCount, columnCount: problem.columnCount,
          leadingDimension: problem.rowCount, residual, to: sums + problem.offerCount)
      }
    }
  }

  /// Adds Σ share p (z − z̄)(z − z̄)ᵀ, z̄ being the set's mean by p: the square of one tile.
  func addHessian(to sums: inout [Double]) {
    let count = problem.offerCount + problem.columnCount
    guard count > 0 else { return }
    let tile = UnsafeMutablePointer<Double>.allocate(capacity: rowCount * count)
    defer { tile.deallocate() }
    tile.initialize(repeating: 0, count: rowCount * count)
    for set in sets {
      writeOffers(of: set, to: tile)
      writeColumns(of: set, to: tile + rowCount * problem.offerCount)
    }
    let rowCount = rowCount
    sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      Products.addGram(
        tile, rowCount: rowCount, columnCount: count, leadingDimension: rowCount, times: 1,
        to: sums, resultStride: count)
    }
  }

  private func writeOffers(
    of set: ChoiceProblem.ChoiceSet, to tile: UnsafeMutablePointer<Double>
  ) {
    guard problem.offerCount > 0 else { return }
    let rows = local(set)
    for i in rows {
      let root = (set.share * terms[i]).squareRoot()
      for other in rows {
        let offer = Int(problem.offers[firstRow + other])
        tile[offer * rowCount + i] = root * ((i == other ? 1 : 0) - terms[other])
      }
    }
  }

  private func writeColumns(
    of set: ChoiceProblem.ChoiceSet, to tile: UnsafeMutablePointer<Double>
  ) {
    let rows = local(set)
    problem.values.withUnsafeBufferPointer { values in
      for j in 0..<problem.columnCount {
        let column = j * problem.rowCount + firstRow
        let mean = rows.reduce(0) { $0 + terms[$1] * values[column + $1] }
        for i in rows {
          let root = (set.share * terms[i]).squareRoot()
          tile[j * rowCount + i] = root * (values[column + i] - mean)
        }
      }
    }
  }

  func addLeads(to range: inout (lowest: Double, highest: Double)) {
    for set in sets {
      let chosen = set.chosen - firstRow
      for i in local(set) where i != chosen {
        let lead = scores[chosen] - scores[i]
        range = (min(range.lowest, lead), max(range.highest, lead))
      }
    }
  }

  private func local(_ set: ChoiceProblem.ChoiceSet) -> Range<Int> {
    set.rows.lowerBound - firstRow..<set.rows.upperBound - firstRow
  }
}
