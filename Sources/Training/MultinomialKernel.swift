import Foundation
import LinearAlgebra
import Scoring

/// The products of a design with one column a class, one tile at a time, and the log loss of K
/// classes between them; each lane has its own kernel.
///
/// Coefficients and sums stand class by class in *slots*, as `DesignLayout` describes them.
final class MultinomialKernel {
  let softmax: Softmax
  /// Rows of a tile by classes: scores, then the derivatives of the loss by them.
  let scores: UnsafeMutablePointer<Double>
  private let problem: MultinomialProblem
  private let design: Design
  private let layout: DesignLayout
  private let classCount: Int
  /// One number a row, between two steps.
  private let first: UnsafeMutablePointer<Double>
  private let second: UnsafeMutablePointer<Double>
  private let codes: UnsafeMutablePointer<Int32>
  private let dense: UnsafePointer<Double>?
  private var tile = 0
  private var reading: TileReading

  /// Creates a kernel over `dense`, the values of the design's dense block, which must outlive it.
  init(problem: MultinomialProblem, design: Design, dense: UnsafePointer<Double>?) {
    self.problem = problem
    self.design = design
    self.dense = dense
    layout = design.layout
    reading = TileReading(design.blocks)
    classCount = problem.classCount
    softmax = Softmax(rowCount: tileRows, classCount: classCount)
    scores = softmax.scores
    first = .allocate(capacity: tileRows)
    second = .allocate(capacity: tileRows)
    codes = .allocate(capacity: tileRows * max(1, layout.levelCounts.count))
  }

  deinit {
    first.deallocate()
    second.deallocate()
    codes.deallocate()
  }

  var firstRow: Int { tile * tileRows }

  /// Goes to a tile, and unpacks its codes.
  func move(to tile: Int) {
    self.tile = tile
    reading.move(to: tile)
    for (k, category) in design.blocks.categories.enumerated() {
      category.unpack(tile: tile, into: codes + k * tileRows)
    }
  }

  /// Sets `scores` to [1 X] times the coefficients of each class.
  func times(_ slots: UnsafePointer<Double>) {
    let stride = layout.slotCount
    for k in 0..<classCount {
      (scores + k * tileRows).update(repeating: slots[k * stride], count: tileRows)
    }
    if let columns = denseTile {
      Products.addTimes(
        columns, rowCount: tileRows, columnCount: layout.denseCount - 1,
        leadingDimension: tileRows, panel: slots + 1, panelStride: stride, panelCount: classCount,
        to: scores, resultStride: tileRows)
    }
    for category in layout.levelCounts.indices {
      let codes = codes + category * tileRows
      for k in 0..<classCount {
        let coefficients = slots + k * stride + layout.slotStarts[category]
        let scores = scores + k * tileRows
        for i in 0..<tileRows { scores[i] += coefficients[Int(codes[i])] }
      }
    }
  }

  /// Adds Xᵀ `scores` to `slots`, without the centers.
  func addTransposeTimes(to slots: UnsafeMutablePointer<Double>) {
    let stride = layout.slotCount
    for k in 0..<classCount {
      var total = 0.0
      for i in 0..<tileRows { total += scores[k * tileRows + i] }
      slots[k * stride] += total
    }
    if let columns = denseTile {
      Products.addTransposeTimes(
        columns, rowCount: tileRows, columnCount: layout.denseCount - 1,
        leadingDimension: tileRows, panel: scores, panelStride: tileRows, panelCount: classCount,
        to: slots + 1, resultStride: stride)
    }
    for category in layout.levelCounts.indices {
      let codes = codes + category * tileRows
      for k in 0..<classCount {
        let sums = slots + k * stride + layout.slotStarts[category]
        let scores = scores + k * tileRows
        for i in 0..<tileRows { sums[Int(codes[i])] += scores[i] }
      }
    }
  }
}

extension MultinomialKernel {
  /// Turns linear predictors into derivatives of the loss by them, keeps the probabilities in
  /// `probabilities`, and returns the loss.
  ///
  /// The outcome's term is set aside: log(1 + others) and −others / sum keep the digits of a row
  /// whose outcome is almost certain.
  func takeLoss(probabilities: UnsafeMutablePointer<Float>) -> Double {
    setTerms()
    return problem.outcomes.withUnsafeBufferPointer { outcomes in
      problem.weights.withUnsafeBufferPointer { weights in
        guard let outcomes = outcomes.baseAddress, let weights = weights.baseAddress else {
          return 0
        }
        return takeLoss(
          outcomes: outcomes + firstRow, weights: weights + firstRow,
          probabilities: probabilities)
      }
    }
  }

  private func takeLoss(
    outcomes: UnsafePointer<Int32>, weights: UnsafePointer<Double>,
    probabilities: UnsafeMutablePointer<Float>
  ) -> Double {
    let (terms, others, own, inverse) = (softmax.terms, softmax.sums, first, second)
    for i in 0..<tileRows {
      let place = Int(outcomes[i]) * tileRows + i
      own[i] = terms[place]
      terms[place] = 0
    }
    softmax.setSums()
    var loss = 0.0
    for i in 0..<tileRows {
      let sum = others[i] + own[i]
      inverse[i] = 1 / sum
      let below = scores[Int(outcomes[i]) * tileRows + i]
      loss += weights[i] * (below == 0 ? log1p(others[i]) : log(sum) - below)
    }
    for k in 0..<classCount {
      let (terms, scores) = (terms + k * tileRows, scores + k * tileRows)
      let probabilities = probabilities + k * tileRows
      for i in 0..<tileRows {
        let probability = terms[i] * inverse[i]
        probabilities[i] = Float(probability)
        scores[i] = weights[i] * probability
      }
    }
    for i in 0..<tileRows {
      let place = Int(outcomes[i]) * tileRows + i
      probabilities[place] = Float(own[i] * inverse[i])
      scores[place] = -weights[i] * others[i] * inverse[i]
    }
    return loss
  }

  /// Turns scores u, the change of the linear predictors, into the change of the loss's derivatives:
  /// w p (u − Σ p u / Σ p), class by class.
  ///
  /// The kept probabilities have 7 digits and add up to 1 no better. Dividing by their sum makes the
  /// curvature Σ w p (u − mean)², which is not below 0 whatever they are; without it, a row that is
  /// all but certain and has large features would turn it negative.
  func takeCurvature(probabilities: UnsafePointer<Float>) {
    problem.weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress.map({ $0 + firstRow }) else { return }
      let (mean, total) = (first, second)
      mean.update(repeating: 0, count: tileRows)
      total.update(repeating: 0, count: tileRows)
      for k in 0..<classCount {
        let (scores, probabilities) = (scores + k * tileRows, probabilities + k * tileRows)
        for i in 0..<tileRows {
          let probability = Double(probabilities[i])
          mean[i] += probability * scores[i]
          total[i] += probability
        }
      }
      for i in 0..<tileRows { mean[i] /= total[i] }
      for k in 0..<classCount {
        let (scores, probabilities) = (scores + k * tileRows, probabilities + k * tileRows)
        for i in 0..<tileRows {
          scores[i] = weights[i] * Double(probabilities[i]) * (scores[i] - mean[i])
        }
      }
    }
  }

  /// Adds the least and the greatest lead of the outcome's score over those of the other classes
  /// that the row could have had, over rows with a weight.
  func addLeads(to range: inout (lowest: Double, highest: Double)) {
    let rows = min(tileRows, problem.rowCount - firstRow)
    for i in 0..<rows where problem.weights[firstRow + i] > 0 {
      let outcome = Int(problem.outcomes[firstRow + i])
      for k in 0..<classCount where k != outcome {
        guard problem.available?[firstRow + i, k] ?? true else { continue }
        let lead = scores[outcome * tileRows + i] - scores[k * tileRows + i]
        range = (min(range.lowest, lead), max(range.highest, lead))
      }
    }
  }

  private func setTerms() {
    let rows = min(tileRows, problem.rowCount - firstRow)
    softmax.setTerms(available: problem.available, firstRow: firstRow, count: rows)
  }
}

extension MultinomialKernel {
  /// Writes the tile's columns, intercept first, centered; levels as columns of 0 and 1 when
  /// `withLevels`.
  func writeColumns(to columns: UnsafeMutablePointer<Double>, withLevels: Bool) {
    columns.update(repeating: 1, count: tileRows)
    if let dense = denseTile {
      for j in 0..<layout.denseCount - 1 {
        let center = design.centers[j]
        let (source, target) = (dense + j * tileRows, columns + (j + 1) * tileRows)
        for i in 0..<tileRows { target[i] = source[i] - center }
      }
    }
    guard withLevels else { return }
    let levels = columns + layout.denseCount * tileRows
    levels.update(repeating: 0, count: (layout.columnCount - layout.denseCount) * tileRows)
    for (category, count) in layout.levelCounts.enumerated() {
      let start = columns + layout.parameterStarts[category] * tileRows
      let codes = codes + category * tileRows
      for i in 0..<tileRows where Int(codes[i]) < count { start[Int(codes[i]) * tileRows + i] = 1 }
    }
  }

  /// Calls `body` with each class and the numbers `value`(weight, probability) of the tile's rows, the
  /// probabilities made to add up to 1.
  func forEachClass(
    probabilities: UnsafePointer<Float>, _ value: (Double, Double) -> Double,
    _ body: (Int, UnsafePointer<Double>) -> Void
  ) {
    second.update(repeating: 0, count: tileRows)
    for k in 0..<classCount {
      for i in 0..<tileRows { second[i] += Double(probabilities[k * tileRows + i]) }
    }
    problem.weights.withUnsafeBufferPointer { weights in
      for k in 0..<classCount {
        for i in 0..<tileRows {
          first[i] = value(
            weights[firstRow + i], Double(probabilities[k * tileRows + i]) / second[i])
        }
        body(k, first)
      }
    }
  }

  private var denseTile: UnsafePointer<Double>? {
    layout.denseCount > 1 ? dense.map { $0 + firstRow * (layout.denseCount - 1) } : nil
  }
}
