import LinearAlgebra
import Scoring
import Tables

/// The log loss of several sets of parameters, in one reading of the rows for all of them.
///
/// A *point* is a set of parameters. A *response* is a point on the rows that train in one fold, or on
/// all rows: its mean log loss, the gradient of that, and the log loss of the rows held out. The
/// products are those of matrices, so that the memory sets the pace for one point and arithmetic for
/// many. Lanes are added in order: the answer has the same bits for any number of threads.
struct PanelSweep: Sendable {
  struct Response: Sendable {
    let point: Int
    /// `nil` for all rows.
    let fold: Int?
  }

  struct Answer: Sendable {
    /// Mean log loss of the rows that train, and its derivatives by the columns' parameters.
    var logLoss = 0.0
    var gradient: [Double] = []
    /// Mean log loss of the rows held out; 0 for a response on all rows.
    var heldOutLoss = 0.0
    /// The mean of exp(−margin) over the rows that train, where it was asked for: what bounds the
    /// curvature of the dual objective.
    var meanOdds = 0.0
  }

  let problem: LogisticProblem
  let design: Design
  let partition: RowPartition?
  /// The tiles to read; all of them, or some for a cheaper estimate.
  let tiles: [Int]
  /// With categories, the rows of each group of the partition as a design of their own, so that second
  /// derivatives of the groups read each row once: a copy of the rows, in a file where those are.
  let groupDesigns: [(rows: [Int], design: Design)]
  let threadCount: Int
  /// Powers of two not below the largest distance of each dense column from its center.
  let columnUnits: [Double]
  /// The weight of all rows read, and of those that train in, or are held out of, each fold.
  let weight: Double
  let trainingWeights: [Double]
  let heldOutWeights: [Double]

  init(
    _ data: PenaltyDesign, partition: RowPartition? = nil,
    groupDesigns: [(rows: [Int], design: Design)] = [], everyTile step: Int = 1, threadCount: Int
  ) {
    problem = data.problem
    design = data.design
    columnUnits = data.spreads[1...].prefix(data.design.centers.count).map {
      $0 > 0 ? 2 * $0.binade : 1
    }
    self.partition = partition
    self.threadCount = threadCount
    self.groupDesigns = groupDesigns
    tiles = Array(stride(from: 0, to: design.blocks.dense.tileCount, by: step))
    var trains = [Double](repeating: 0, count: (partition?.groupCount ?? 0) + 1)
    var tests = [Double](repeating: 0, count: (partition?.foldCount ?? 0) + 1)
    var total = 0.0
    for tile in tiles {
      for row in tile * tileRows..<(tile + 1) * tileRows {
        total += problem.weights[row]
        guard let partition else { continue }
        trains[Int(partition.groups[row])] += problem.weights[row]
        tests[Int(partition.tests[row])] += problem.weights[row]
      }
    }
    weight = total
    heldOutWeights = Array(tests.dropLast())
    trainingWeights = (partition?.trains ?? []).map { flags in
      zip(flags, trains).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  static func groupDesigns(
    _ design: Design, _ partition: RowPartition, threadCount: Int
  ) throws(FitError) -> [(rows: [Int], design: Design)] {
    guard !design.blocks.categories.isEmpty else { return [] }
    var rows = [[Int]](repeating: [], count: partition.groupCount)
    for row in 0..<design.rowCount { rows[Int(partition.groups[row])].append(row) }
    let parts = rows
    let copies = parallelMap(count: parts.count, threadCount: threadCount) { group in
      Result { () throws(TableError) in try design.blocks.rows(parts[group]) }
    }
    do throws(TableError) {
      return try zip(parts, copies).map { rows, blocks throws(TableError) in
        (rows, Design(try blocks.get(), centers: design.centers))
      }
    } catch {
      throw .files(error)
    }
  }

  /// Returns one answer for each response.
  ///
  /// - Parameter points: parameters of `columns`.
  /// - Complexity: O(n p (points + responses)).
  func evaluate(
    _ points: [[Double]], _ responses: [Response], columns: DesignColumns, withOdds: Bool = false
  ) -> [Answer] {
    let slots = points.flatMap { columns.layout.slots($0, centers: columns.centers) }
    let responsesOf = points.indices.map { point in
      responses.indices.filter { responses[$0].point == point }
    }
    let slotCount = columns.layout.slotCount
    let lanes = mapLanes(
      elementCount: slotCount * responses.count, columns: columns, pointCount: points.count,
      responseCount: responses.count
    ) { kernel, tiles in
      var sums = PanelSums(responseCount: responses.count, slotCount: slotCount)
      for tile in tiles {
        kernel.move(to: tile)
        kernel.times(slots, count: points.count)
        for point in points.indices {
          kernel.differentiate(point: point)
          for index in responsesOf[point] {
            sums.add(kernel, response: index, fold: responses[index].fold, withOdds: withOdds)
          }
        }
        kernel.addTransposeTimes(count: responses.count, to: &sums.gradients)
      }
      return sums
    }
    let total = PanelSums.sum(lanes)
    return responses.indices.map { answer(total, $0, responses[$0].fold, columns) }
  }

  private func answer(
    _ sums: PanelSums, _ index: Int, _ fold: Int?, _ columns: DesignColumns
  ) -> Answer {
    let count = columns.layout.slotCount
    let slots = Array(sums.gradients[index * count..<(index + 1) * count])
    let weight = fold.map { trainingWeights[$0] } ?? weight
    let heldOut = fold.map { heldOutWeights[$0] } ?? 1
    return Answer(
      logLoss: sums.losses[index] / weight,
      gradient: columns.layout.parameters(slots, centers: columns.centers).map { $0 / weight },
      heldOutLoss: heldOut > 0 ? sums.heldOutLosses[index] / heldOut : 0,
      meanOdds: sums.odds[index] / weight)
  }

  /// Returns the answer of `body` for each lane, in order, given a kernel and the lane's tiles. The
  /// number of lanes depends on the shape alone, never on the threads.
  func mapLanes<Sums: Sendable>(
    elementCount: Int, columns: DesignColumns, pointCount: Int, responseCount: Int,
    _ body: @Sendable (PanelKernel, ArraySlice<Int>) -> Sums
  ) -> [Sums] {
    // As many sums as `DesignLayout` lets lanes hold.
    let count = min(tiles.count, min(8, max(2, (1 << 27) / max(1, elementCount))))
    return parallelMap(count: count, threadCount: threadCount) { lane in
      design.blocks.dense.values.withUnsafeBufferPointer { values in
        let kernel = PanelKernel(
          sweep: self, columns: columns, dense: values.baseAddress, pointCount: pointCount,
          responseCount: responseCount)
        return body(
          kernel, tiles[lane * tiles.count / count..<(lane + 1) * tiles.count / count])
      }
    }
  }
}

/// The sums of one lane.
private struct PanelSums: Sendable {
  var losses: [Double]
  var heldOutLosses: [Double]
  var odds: [Double]
  /// A response after the other, in slots.
  var gradients: [Double]

  init(responseCount: Int, slotCount: Int) {
    losses = Array(repeating: 0, count: responseCount)
    heldOutLosses = losses
    odds = losses
    gradients = Array(repeating: 0, count: responseCount * slotCount)
  }

  /// Adds the tile's loss for one response, and leaves the residuals of its rows in the kernel.
  mutating func add(_ kernel: PanelKernel, response: Int, fold: Int?, withOdds: Bool) {
    let target = kernel.residuals + response * tileRows
    let trains = kernel.trains(in: fold)
    losses[response] += Products.dot(trains, kernel.loss, count: tileRows)
    if let fold {
      heldOutLosses[response] += Products.dot(
        kernel.isHeldOut(of: fold), kernel.loss, count: tileRows)
      for i in 0..<tileRows { target[i] = trains[i] * kernel.residual[i] }
    } else {
      target.update(from: kernel.residual, count: tileRows)
    }
    guard withOdds else { return }
    // share exp(−z) = (share p)² / (share p (1 − p)), p the probability of the other outcome.
    for i in 0..<tileRows {
      kernel.margin[i] =
        kernel.residual[i] * kernel.residual[i] / max(kernel.weight[i], .leastNormalMagnitude)
    }
    odds[response] += Products.dot(trains, kernel.margin, count: tileRows)
  }

  static func sum(_ lanes: [PanelSums]) -> PanelSums {
    var total = lanes[0]
    for lane in lanes.dropFirst() {
      for i in total.losses.indices {
        total.losses[i] += lane.losses[i]
        total.heldOutLosses[i] += lane.heldOutLosses[i]
        total.odds[i] += lane.odds[i]
      }
      for i in total.gradients.indices { total.gradients[i] += lane.gradients[i] }
    }
    return total
  }
}
