import Scoring
import SpecialFunctions

/// The objective and its derivatives at one set of parameters.
struct LogisticEvaluation: Sendable {
  /// Intercept of the centered design, then p coefficients.
  let parameters: [Double]
  let logLoss: Double
  let objective: Double
  let gradient: [Double]
  /// The least of sign × linear predictor without offset, over rows with a weight. Above 0, the
  /// parameters tell every outcome.
  let lowestMargin: Double
  /// The second derivatives of the log loss, as the design's layout stores them.
  let curvature: [Double]
}

/// The sums of one lane of rows.
private struct LossSums: Sendable {
  var logLoss = 0.0
  var lowestMargin = Double.infinity
  var gradient: [Double]
  var curvature: [Double]
  var diagonal: [Double]

  init(slotCount: Int, curvatureCount: Int, diagonalCount: Int = 0) {
    gradient = Array(repeating: 0, count: slotCount)
    curvature = Array(repeating: 0, count: curvatureCount)
    diagonal = Array(repeating: 0, count: diagonalCount)
  }
}

/// The function a logistic regression minimises:
/// Σ shareᵢ logLossᵢ + ½ Σ penaltyⱼ coefficientⱼ².
struct LogisticObjective: Sendable {
  let problem: LogisticProblem
  let design: Design
  /// One for each parameter; 0 for the intercept.
  let penalties: [Double]
  /// The largest distance from the center of each parameter's column; 1 for intercept and levels.
  let spreads: [Double]
  let threadCount: Int
  /// Each how-manieth tile is read; 1 reads them all.
  var tileStep = 1
  /// The sum of the weights of the rows that are read, by which the loss is divided.
  var readShare = 1.0

  /// Reads the rows once for the loss, the gradient and, if wanted, the curvature.
  func evaluate(_ parameters: [Double], withCurvature: Bool = true) -> LogisticEvaluation {
    let slots = design.layout.slots(parameters, centers: design.centers)
    let size = withCurvature ? design.layout.sandwichCount : 0
    let lanes = design.mapLanes(every: tileStep, threadCount: threadCount) { kernel, tiles in
      var sums = LossSums(slotCount: design.layout.slotCount, curvatureCount: size)
      for tile in tiles {
        addTile(tile, kernel, slots: slots, to: &sums)
        if withCurvature { kernel.addSandwich(to: &sums.curvature) }
      }
      return sums
    }
    return evaluation(parameters, lanes)
  }

  /// Reads the rows once for the loss, the gradient and the second derivatives that `core` asks for; those
  /// are the evaluation's curvature, as the core's layout stores them.
  ///
  /// - Returns: Also every second derivative by one parameter alone, of all rows that are read.
  func evaluate(
    _ parameters: [Double], for core: CurvatureCore
  ) -> (evaluation: LogisticEvaluation, diagonal: [Double]) {
    let slots = design.layout.slots(parameters, centers: design.centers)
    let slotCount = design.layout.slotCount
    let size = core.design.layout.sandwichCount
    let lanes = design.mapLanes(every: tileStep, threadCount: threadCount) { kernel, tiles in
      let coreKernel = kernel.beside(core.design)
      var sums = LossSums(slotCount: slotCount, curvatureCount: size, diagonalCount: slotCount)
      for tile in tiles {
        addTile(tile, kernel, slots: slots, to: &sums)
        kernel.addWeightedSquares(to: &sums.diagonal)
        guard tile.isMultiple(of: core.tileStep) else { continue }
        coreKernel.move(to: tile, weights: kernel.weight)
        coreKernel.addSandwich(to: &sums.curvature)
      }
      return sums
    }
    let squares = design.layout.parameters(
      design.sum(lanes.map(\.diagonal)), centers: design.centers.map { _ in 0 })
    return (evaluation(parameters, lanes), squares.map { $0 / readShare })
  }

  private func evaluation(_ parameters: [Double], _ lanes: [LossSums]) -> LogisticEvaluation {
    let logLoss = lanes.reduce(0) { $0 + $1.logLoss } / readShare
    var objective = logLoss
    var gradient = design.layout.parameters(
      design.sum(lanes.map(\.gradient)), centers: design.centers)
    for j in gradient.indices {
      // A constant column is its center: what is left of the two sums is rounding.
      if spreads[j] == 0 { gradient[j] = 0 }
      gradient[j] = gradient[j] / readShare + penalties[j] * parameters[j]
      objective += penalties[j] * parameters[j] * parameters[j] / 2
    }
    return LogisticEvaluation(
      parameters: parameters, logLoss: logLoss, objective: objective, gradient: gradient,
      lowestMargin: lanes.reduce(.infinity) { min($0, $1.lowestMargin) },
      curvature: design.sum(lanes.map(\.curvature)).map { $0 / readShare })
  }

  private func addTile(
    _ tile: Int, _ kernel: TileKernel, slots: [Double], to sums: inout LossSums
  ) {
    kernel.move(to: tile)
    kernel.times(slots)
    addLoss(kernel, to: &sums)
    kernel.addTransposeTimes(to: &sums.gradient)
  }

  /// Adds the tile's loss, and leaves the derivatives by the linear predictor in the kernel.
  ///
  /// Works on the margin z = ±η, for which both outcomes have the loss log(1 + e⁻ᶻ).
  private func addLoss(_ kernel: TileKernel, to sums: inout LossSums) {
    let rows = kernel.firstRow..<kernel.firstRow + tileRows
    let margin = kernel.product
    let signs = kernel.signs(problem.signs)
    problem.weights[rows].withUnsafeBufferPointer { shares in
      guard let shares = shares.baseAddress else { return }
      for i in 0..<tileRows {
        margin[i] *= signs[i]
        let counted = shares[i] > 0 ? margin[i] : .infinity
        sums.lowestMargin = counted < sums.lowestMargin ? counted : sums.lowestMargin
      }
      if let offset = problem.offset {
        for i in 0..<tileRows { margin[i] += signs[i] * offset[rows.lowerBound + i] }
      }
      VectorMath.logistic(
        margin: margin, sign: signs, share: shares, residual: kernel.residual,
        weight: kernel.weight, loss: kernel.loss, count: tileRows)
    }
    for i in 0..<tileRows { sums.logLoss += kernel.loss[i] }
  }
}

extension LogisticObjective {
  /// The same objective of the rows of each `step`-th tile alone; `nil` where they are too few to tell:
  /// fewer than `leastRowCount`, or fewer than 50 of an outcome.
  func sampled(every step: Int, leastRowCount: Int) -> LogisticObjective? {
    var share = 0.0
    var counts = (positive: 0, negative: 0)
    for tile in stride(from: 0, to: design.blocks.dense.tileCount, by: step) {
      for row in tile * tileRows..<(tile + 1) * tileRows where problem.weights[row] > 0 {
        share += problem.weights[row]
        if problem.signs[row] > 0 { counts.positive += 1 } else { counts.negative += 1 }
      }
    }
    guard counts.positive + counts.negative >= leastRowCount,
      min(counts.positive, counts.negative) >= 50
    else { return nil }
    var sample = self
    sample.tileStep = step
    sample.readShare = share
    return sample
  }

  /// The largest derivative, by the intercept or by a coefficient in units of its column's spread.
  func gradientNorm(_ point: LogisticEvaluation) -> Double {
    zip(point.gradient, spreads).reduce(0) { $1.1 > 0 ? max($0, abs($1.0) / $1.1) : $0 }
  }

  /// How far a step moves the rows with a weight: the least and the greatest of sign × change of the
  /// linear predictor.
  func movement(_ step: [Double]) -> ClosedRange<Double> {
    let changes = design.times(step, threadCount: threadCount)
    var (lowest, highest) = (Double.infinity, -Double.infinity)
    for (row, change) in changes.enumerated() where problem.weights[row] > 0 {
      let toward = Double(problem.signs[row]) * change
      lowest = toward < lowest ? toward : lowest
      highest = toward > highest ? toward : highest
    }
    return lowest <= highest ? lowest...highest : 0...0
  }
}
