import LinearAlgebra
import Scoring

/// The objective and its derivatives at one set of parameters. Parameters stand class by class: an
/// intercept of the centered design, then p coefficients.
struct MultinomialPoint: Sendable {
  let parameters: [Double]
  let logLoss: Double
  let objective: Double
  let gradient: [Double]
}

/// The function a multinomial regression minimises, over all rows or over a sample of tiles:
/// Σ shareᵢ logLossᵢ + ½ Σ penaltyⱼ coefficientⱼₖ².
///
/// Each product reads the tiles once. They are split into lanes that are added in order: the answer
/// has the same bits for any number of threads.
struct MultinomialObjective: Sendable {
  let problem: MultinomialProblem
  let design: Design
  /// One for each parameter of a class; 0 for the intercept.
  let penalties: [Double]
  /// The largest distance from the center of each parameter's column; 1 for intercept and levels.
  let spreads: [Double]
  let threadCount: Int
  private(set) var tiles: [Int]
  /// 1 over the share that the tiles' rows have in all weights.
  private(set) var scale = 1.0

  init(
    problem: MultinomialProblem, design: Design, penalties: [Double], spreads: [Double],
    threadCount: Int
  ) {
    self.problem = problem
    self.design = design
    self.penalties = penalties
    self.spreads = spreads
    self.threadCount = threadCount
    tiles = Array(0..<design.blocks.dense.tileCount)
  }

  var classCount: Int { problem.classCount }
  /// 1 + p.
  var columnCount: Int { design.columnCount }
  var parameterCount: Int { columnCount * classCount }

  /// The intercepts that fit best without any column, or about so; the coefficients are 0.
  var start: [Double] {
    var start = [Double](repeating: 0, count: parameterCount)
    for (k, intercept) in problem.startingIntercepts().enumerated() {
      start[k * columnCount] = intercept
    }
    return start
  }

  /// Returns the objective over `count` tiles spread evenly, or nothing when they do not stand for
  /// all rows: when a class has no row among them, or when their weight is far from their number.
  func sampled(tileCount count: Int) -> MultinomialObjective? {
    guard count < tiles.count else { return nil }
    var sample = self
    sample.tiles = (0..<count).map { tiles[$0 * tiles.count / count] }
    var shares = [Double](repeating: 0, count: classCount)
    for tile in sample.tiles {
      for row in tile * tileRows..<(tile + 1) * tileRows {
        shares[Int(problem.outcomes[row])] += problem.weights[row]
      }
    }
    let share = shares.reduce(0, +) * scale
    let expected = Double(count) / Double(tiles.count)
    guard share > expected / 2, share < expected * 2, !shares.contains(0) else { return nil }
    sample.scale = scale / share
    return sample
  }

  /// Reads the tiles once for the loss and the gradient, and keeps the probabilities.
  func evaluate(
    _ parameters: [Double], probabilities: inout [Float]
  ) -> MultinomialPoint {
    let slots = slots(parameters)
    let lanes = probabilities.withUnsafeMutableBufferPointer { buffer in
      // Each lane writes the probabilities of its own tiles.
      nonisolated(unsafe) let buffer = buffer.baseAddress
      return mapLanes { kernel, tiles in
        var sums = (loss: 0.0, gradient: [Double](repeating: 0, count: slots.count))
        guard let buffer else { return sums }
        for tile in tiles {
          kernel.move(to: tile)
          kernel.times(slots)
          sums.loss += kernel.takeLoss(probabilities: buffer + tile * tileRows * classCount)
          kernel.addTransposeTimes(to: &sums.gradient)
        }
        return sums
      }
    }
    let logLoss = scale * lanes.reduce(0) { $0 + $1.loss }
    var gradient = self.parameters(design.sum(lanes.map(\.gradient)))
    let penalty = addPenalties(of: parameters, to: &gradient)
    center(&gradient)
    return MultinomialPoint(
      parameters: parameters, logLoss: logLoss, objective: logLoss + penalty, gradient: gradient)
  }

  /// Returns the second derivatives times `direction`, at the point whose probabilities were kept.
  func curvature(times direction: [Double], probabilities: [Float]) -> [Double] {
    let slots = slots(direction)
    let lanes = mapLanes { kernel, tiles in
      var sums = [Double](repeating: 0, count: slots.count)
      probabilities.withUnsafeBufferPointer { buffer in
        guard let buffer = buffer.baseAddress else { return }
        for tile in tiles {
          kernel.move(to: tile)
          kernel.times(slots)
          kernel.takeCurvature(probabilities: buffer + tile * tileRows * classCount)
          kernel.addTransposeTimes(to: &sums)
        }
      }
      return sums
    }
    var product = parameters(design.sum(lanes))
    _ = addPenalties(of: direction, to: &product)
    return product
  }

  /// How `parameters` move the lead of the chosen class over the others: least and greatest.
  func leads(_ parameters: [Double]) -> ClosedRange<Double> {
    let slots = slots(parameters)
    let lanes = mapLanes { kernel, tiles in
      var range = (lowest: Double.infinity, highest: -Double.infinity)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.times(slots)
        kernel.addLeads(to: &range)
      }
      return range
    }
    let lowest = lanes.reduce(.infinity) { min($0, $1.lowest) }
    let highest = lanes.reduce(-.infinity) { max($0, $1.highest) }
    return lowest <= highest ? lowest...highest : 0...0
  }

  /// Takes the mean over the classes off every column's parameters. Adding one number to a column's
  /// coefficients of all classes changes no probability, so that gradients, steps and the minimum
  /// (with a penalty) have mean 0; this keeps them there in spite of rounding.
  func center(_ parameters: inout [Double]) {
    for j in 0..<columnCount {
      var mean = 0.0
      for k in 0..<classCount { mean += parameters[k * columnCount + j] }
      mean /= Double(classCount)
      for k in 0..<classCount { parameters[k * columnCount + j] -= mean }
    }
  }

  /// Returns ½ Σ penalty coefficient², having added its derivatives.
  private func addPenalties(of parameters: [Double], to gradient: inout [Double]) -> Double {
    var penalty = 0.0
    for k in 0..<classCount {
      for j in 0..<columnCount {
        let index = k * columnCount + j
        penalty += penalties[j] * parameters[index] * parameters[index] / 2
        // A constant column is its center: what is left of the two sums is rounding.
        gradient[index] = spreads[j] == 0 ? 0 : scale * gradient[index]
        gradient[index] += penalties[j] * parameters[index]
      }
    }
    return penalty
  }
}

extension MultinomialObjective {
  /// Parameters, class by class, as the layout's slots.
  func slots(_ parameters: [Double]) -> [Double] {
    (0..<classCount).flatMap { k in
      design.layout.slots(
        Array(parameters[k * columnCount..<(k + 1) * columnCount]), centers: design.centers)
    }
  }

  /// Sums in slots, class by class, as parameters.
  func parameters(_ slots: [Double]) -> [Double] {
    let count = design.layout.slotCount
    return (0..<classCount).flatMap { k in
      design.layout.parameters(
        Array(slots[k * count..<(k + 1) * count]), centers: design.centers)
    }
  }

  /// Returns the answer of `body` for each lane of tiles, in order. The number of lanes depends on
  /// the shape alone: at most 8, and fewer when a lane's `sumCount` numbers take more than 128 MB.
  func mapLanes<Answer: Sendable>(
    sumCount: Int? = nil, _ body: @Sendable (MultinomialKernel, ArraySlice<Int>) -> Answer
  ) -> [Answer] {
    let sums = sumCount ?? design.layout.slotCount * classCount
    let laneCount = min(tiles.count, 8, max(2, (1 << 24) / max(1, sums)))
    return parallelMap(count: laneCount, threadCount: threadCount) { lane in
      design.blocks.dense.values.withUnsafeBufferPointer { values in
        body(
          MultinomialKernel(problem: problem, design: design, dense: values.baseAddress),
          tiles[lane * tiles.count / laneCount..<(lane + 1) * tiles.count / laneCount])
      }
    }
  }
}
