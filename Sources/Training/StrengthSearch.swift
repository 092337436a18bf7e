/// The fits of every fold at every L2 strength; see `CrossValidation.fit(l2Penalties:)`.
struct StrengthSearch: Sendable {
  let data: PenaltyDesign
  let sweep: PanelSweep
  /// Descending.
  let penalties: [Double]

  /// A fit of one fold alone, where the fits side by side have not converged.
  typealias Alone = (_ fold: Int, _ penalty: Double) throws(FitError) -> LogisticFit

  /// Designs with more columns are fitted one after the other: their second derivatives would fill the
  /// memory.
  private static let columnLimit = 1000
  /// Most problems take less than 15; what takes more than this is sooner fitted alone.
  private static let maximumSweeps = 40
  /// With fewer rows than this for each column the fits are far apart and share no second derivatives: to
  /// look for near ones would take longer than to make them.
  private static let rowsPerColumn = 4
  /// Fewer rows of either outcome than this for each column are no start.
  private static let outcomesPerColumn = 4

  func run(alone: Alone) throws(FitError) -> CrossValidationResult {
    let foldCount = sweep.heldOutWeights.count
    // Without a penalty outcomes can be separated, which a fit alone finds out and names.
    let shared = penalties.filter { $0 > 0 }
    var fits: [[FoldFit?]] = []
    if !shared.isEmpty, data.design.columnCount > Self.columnLimit {
      fits = WarmStrengthSearch(data: data, sweep: sweep, penalties: shared).run() ?? []
    } else if !shared.isEmpty, areManyRows {
      fits = sideBySide(shared, foldCount: foldCount)
    }
    var rows: [[FoldFit]] = []
    for (index, penalty) in penalties.enumerated() {
      var row: [FoldFit] = []
      for fold in 0..<foldCount {
        if index < fits.count, let fit = fits[index][fold] {
          row.append(fit)
        } else {
          // Fitted alone, it either converges or says what is wrong.
          row.append(heldOut(try alone(fold, penalty), fold: fold))
        }
      }
      rows.append(row)
    }
    return CrossValidationResult(
      penalties: penalties, fits: rows, heldOutWeights: sweep.heldOutWeights)
  }

  /// The fits that converged, by penalty and then by fold.
  private func sideBySide(_ penalties: [Double], foldCount: Int) -> [[FoldFit?]] {
    let columns = DesignColumns(data.design, dense: data.usable)
    let terms = penalties.map { data.penalty(l1: 0, l2: $0) }
    let whole = terms.map { PenalizedProblem(fold: nil, penalty: $0) }
    var starts = [data.design.columnCount].map { [Double](repeating: 0, count: $0) }
    starts[0][0] = data.problem.startingIntercept()
    var anchors: [CurvatureAnchor] = []
    func solve(
      _ sweep: PanelSweep, _ problems: [PenalizedProblem], from indices: [Int],
      tolerance: Double, reach: Double
    ) -> [PenaltyBatch.Solution] {
      PenaltyBatch(
        sweep: sweep, columns: columns, problems: problems, tolerance: tolerance,
        maximumSweeps: Self.maximumSweeps, reach: reach
      ).attempt(from: indices, of: starts, anchors: &anchors)
    }
    var indices = terms.map { _ in 0 }
    if let sample = sample() {
      starts = solve(sample, whole, from: indices, tolerance: 1e-4, reach: 0.5).map(\.point)
      indices = Array(terms.indices)
      // The sample's second derivatives serve the first steps on all rows, once put on their scale.
      anchors = anchors.map { $0.scaled(by: sweep.weight / sample.weight) }
    }
    let plain = PanelSweep(data, threadCount: sweep.threadCount)
    starts = solve(plain, whole, from: indices, tolerance: 1e-6, reach: 0.5).map(\.point)
    anchors = []
    let problems = terms.flatMap { penalty in
      (0..<foldCount).map { PenalizedProblem(fold: $0, penalty: penalty) }
    }
    let solutions = solve(
      sweep, problems, from: problems.indices.map { $0 / foldCount }, tolerance: 1e-18,
      reach: 0.1)
    return terms.indices.map { k in
      (0..<foldCount).map { fold in
        let solution = solutions[k * foldCount + fold]
        return solution.failure == nil ? FoldFit(solution, of: data) : nil
      }
    }
  }

  private var areManyRows: Bool {
    data.problem.weightedRowCount >= Self.rowsPerColumn * data.design.columnCount
  }

  /// A sixteenth of the rows, where it is enough to start from.
  private func sample() -> PanelSweep? {
    let sample = PanelSweep(data, everyTile: 16, threadCount: sweep.threadCount)
    var counts = (zero: 0, one: 0)
    for tile in sample.tiles {
      for row in tile * tileRows..<(tile + 1) * tileRows where data.problem.weights[row] > 0 {
        if data.problem.signs[row] > 0 { counts.one += 1 } else { counts.zero += 1 }
      }
    }
    let needed = Self.outcomesPerColumn * data.design.columnCount
    return min(counts.zero, counts.one) >= needed ? sample : nil
  }

  /// The log loss out of fold of a fit alone.
  private func heldOut(_ fit: LogisticFit, fold: Int) -> FoldFit {
    let columns = DesignColumns(data.design)
    let answer = sweep.evaluate(
      [data.centered(intercept: fit.intercept, coefficients: fit.coefficients)],
      [.init(point: 0, fold: fold)], columns: columns)[0]
    return FoldFit(
      intercept: fit.intercept, coefficients: fit.coefficients, objective: fit.objective,
      logLoss: fit.logLoss, heldOutLogLoss: answer.heldOutLoss)
  }
}
