/// The finished grid as looks: cells that nothing arrived in are left out.
extension TallyGrid {
  /// - Parameters:
  ///   - probabilities: by phase and variant, where none were logged.
  ///   - slices: what the slices' numbers stand for.
  ///   - endSeconds: of each look, `nil` where time is unknown.
  func looks(
    probabilities: [[Double]], slices names: [Slice], endSeconds: [Double?]
  ) -> [Look] {
    let sliced = Dictionary(grouping: slices) { phaseAndLook(of: $0.key.cell) }
    let loggedCells = Dictionary(grouping: logged) { phaseAndLook(of: $0.key.cell) }
    var stratumCells = metrics.map { _ in [Int: [(StratumCell, Int)]]() }
    for metric in metrics.indices {
      stratumCells[metric] = Dictionary(
        grouping: strata[metric].map { ($0.key, $0.value) }
      ) { phaseAndLook(of: $0.0.cell) }
    }
    var looks: [Look] = []
    for look in 0..<shape.lookCount {
      var increments: [PhaseIncrement] = []
      for phase in 0..<shape.phaseCount {
        let place = phase * shape.lookCount + look
        let increment = PhaseIncrement(
          phase: phase,
          splits: splits(phase, look, probabilities[phase], loggedCells[place] ?? []),
          metrics: metrics.indices.map {
            self.increment(
              phase, look, metric: $0, probabilities[phase], stratumCells[$0][place] ?? [])
          },
          slices: sliceIncrements(
            sliced[place] ?? [], names, probabilities: probabilities[phase]))
        if !increment.isEmpty { increments.append(increment) }
      }
      if !increments.isEmpty {
        looks.append(Look(endSeconds: endSeconds[look], increments: increments))
      }
    }
    return looks
  }

  private func phaseAndLook(of cell: Int) -> Int { cell / shape.variantCount }

  private func splits(
    _ phase: Int, _ look: Int, _ probabilities: [Double],
    _ logged: [(key: LoggedCell, value: Int)]
  ) -> [SplitCount] {
    let start = shape.cell(phase: phase, look: look, variant: 0)
    let units = Array(exposed[start..<start + shape.variantCount])
    var splits =
      units.contains { $0 > 0 } ? [SplitCount(probabilities: probabilities, units: units)] : []
    for (probabilities, cells) in Dictionary(grouping: logged, by: \.key.probabilities)
      .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
    {
      var units = [Int](repeating: 0, count: shape.variantCount)
      for (key, count) in cells { units[key.cell - start] += count }
      splits.append(SplitCount(probabilities: probabilities, units: units))
    }
    return splits
  }

  private func increment(
    _ phase: Int, _ look: Int, metric: Int, _ probabilities: [Double],
    _ cells: [(StratumCell, Int)]
  ) -> MetricIncrement {
    let start = shape.cell(phase: phase, look: look, variant: 0)
    let tallies = (0..<shape.variantCount).map { tally(metric, start + $0) }
    guard metrics[metric].definition.outcomeBound != nil else {
      return MetricIncrement(tallies: tallies)
    }
    if hasStrata {
      return MetricIncrement(tallies: tallies, strata: strata(cells, start, probabilities))
    }
    return MetricIncrement(
      tallies: tallies, strata: plainStratum(tallies, cells, start, probabilities))
  }

  /// All units of the look in one stratum; those with an outcome of 0 or 1 are what the others leave.
  private func plainStratum(
    _ tallies: [MetricTally], _ cells: [(StratumCell, Int)], _ start: Int,
    _ probabilities: [Double]
  ) -> [Stratum] {
    var outcomes = cells.map {
      OutcomeCount(variant: $0.0.cell - start, outcome: $0.0.outcome, count: $0.1)
    }
    for (variant, tally) in tallies.enumerated() {
      let others = outcomes.reduce(0) { $0 + ($1.variant == variant ? $1.count : 0) }
      for (outcome, count) in [
        (0.0, tally.units - tally.conversions), (1.0, tally.conversions - others),
      ] where count > 0 {
        outcomes.append(OutcomeCount(variant: variant, outcome: outcome, count: count))
      }
    }
    guard !outcomes.isEmpty else { return [] }
    return [Stratum(probabilities: probabilities, outcomes: outcomes.sorted(by: isInOrder))]
  }

  private func strata(
    _ cells: [(StratumCell, Int)], _ start: Int, _ phaseProbabilities: [Double]
  ) -> [Stratum] {
    struct Kind: Hashable {
      let probabilities: [Double]
      let score: Double?
    }
    let kinds = Dictionary(grouping: cells) {
      Kind(probabilities: $0.0.probabilities, score: $0.0.score)
    }
    let strata = kinds.map { kind, cells in
      Stratum(
        probabilities: kind.probabilities.isEmpty ? phaseProbabilities : kind.probabilities,
        score: kind.score,
        outcomes: cells.map {
          OutcomeCount(variant: $0.0.cell - start, outcome: $0.0.outcome, count: $0.1)
        }.sorted(by: isInOrder))
    }
    return strata.sorted { left, right in
      if left.probabilities != right.probabilities {
        return left.probabilities.lexicographicallyPrecedes(right.probabilities)
      }
      return (left.score ?? -.infinity) < (right.score ?? -.infinity)
    }
  }

  private func isInOrder(_ left: OutcomeCount, _ right: OutcomeCount) -> Bool {
    (left.variant, left.outcome) < (right.variant, right.outcome)
  }

  /// The tally of a cell, silent units and all.
  private func tally(_ metric: Int, _ cell: Int) -> MetricTally {
    let tally = settled(metric, tallies[metric][cell] ?? zero(metric))
    let count = silent[windowPlaces[metric]][cell]
    guard count > 0, metrics[metric].ofNothing.isPresent else { return tally }
    if isPlainShare(metric) {
      return MetricTally(units: tally.units + count, conversions: tally.conversions)
    }
    var zeros = zero(metric)
    zeros.units = count
    zeros.moments.add(
      [Double](repeating: 0, count: zeros.moments.dimension), repetitions: count)
    return zeros + tally
  }

  /// A share's moments are had from its counts, without rounding on the way.
  private func settled(_ metric: Int, _ tally: MetricTally) -> MetricTally {
    guard isPlainShare(metric) else { return tally }
    return MetricTally(units: tally.units, conversions: tally.conversions)
  }

  private func isPlainShare(_ metric: Int) -> Bool {
    metrics[metric].definition.isShare && covariateCount == 0
  }

  private func sliceIncrements(
    _ cells: [(key: SliceCell, value: SliceTally)], _ names: [Slice], probabilities: [Double]
  ) -> [SliceIncrement] {
    Dictionary(grouping: cells, by: \.key.slice).sorted { $0.key < $1.key }
      .map { slice, cells in
        var units = [Int](repeating: 0, count: shape.variantCount)
        var tallies = metrics.indices.map {
          [MetricTally](repeating: zero($0), count: shape.variantCount)
        }
        for (key, value) in cells {
          let variant = key.cell % shape.variantCount
          units[variant] += value.exposed
          for (metric, tally) in value.tallies.enumerated() {
            if let tally { tallies[metric][variant] += settled(metric, tally) }
          }
        }
        return SliceIncrement(
          slice: names[slice],
          splits: [SplitCount(probabilities: probabilities, units: units)], tallies: tallies)
      }
  }
}

extension PhaseIncrement {
  var isEmpty: Bool {
    splits.isEmpty && metrics.allSatisfy { $0.tallies.allSatisfy { $0.units == 0 } }
  }
}
