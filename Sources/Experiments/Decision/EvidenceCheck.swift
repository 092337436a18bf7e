/// Whether evidence fits a definition and has anything to judge.
struct EvidenceCheck {
  let definition: ExperimentDefinition

  init(_ definition: ExperimentDefinition) { self.definition = definition }

  func check(_ evidence: Evidence) throws(ExperimentError) {
    for (number, look) in evidence.looks.enumerated() {
      for increment in look.increments {
        try check(increment, look: number + 1)
        for (metric, part) in zip(definition.metrics, increment.metrics) {
          try check(part, metric, look: number + 1)
          try check(part, metric, covariates: evidence.covariates.count, look: number + 1)
        }
      }
    }
    try checkUnits(evidence)
    try checkConversions(evidence)
  }

  private func check(_ increment: PhaseIncrement, look: Int) throws(ExperimentError) {
    let variants = definition.variants.count
    guard increment.metrics.count == definition.metrics.count else {
      throw .shapeMismatch(
        "look \(look) has \(increment.metrics.count) metrics, the definition"
          + " \(definition.metrics.count); tally it by this definition")
    }
    for split in increment.splits + increment.slices.flatMap(\.splits) {
      guard split.units.count == variants, split.probabilities.count == variants else {
        throw .shapeMismatch(
          "look \(look) counts \(split.units.count) variants, the definition \(variants);"
            + " tally it by this definition")
      }
    }
  }

  /// The shapes that a caller's own tallies could have wrong.
  private func check(
    _ part: MetricIncrement, _ metric: MetricDefinition, covariates: Int, look: Int
  ) throws(ExperimentError) {
    let dimension = 1 + (metric.isRatio ? 1 : 0) + covariates
    for tally in part.tallies {
      guard tally.moments.dimension == dimension else {
        throw .shapeMismatch(
          "metric '\(metric.name)' of look \(look) tallies \(tally.moments.dimension) variables,"
            + " not \(dimension): outcome, denominator of a ratio, covariates")
      }
    }
    for stratum in part.strata {
      let areSound = stratum.outcomes.allSatisfy {
        $0.count >= 0 && $0.outcome.isFinite && definition.variants.indices.contains($0.variant)
      }
      guard areSound, stratum.probabilities.count == definition.variants.count else {
        throw .shapeMismatch(
          "metric '\(metric.name)' of look \(look) has a stratum with other variants than the"
            + " definition, or a count or outcome that is none; tally it by this definition")
      }
    }
  }

  private func check(
    _ part: MetricIncrement, _ metric: MetricDefinition, look: Int
  ) throws(ExperimentError) {
    guard part.tallies.count == definition.variants.count else {
      throw .shapeMismatch(
        "metric '\(metric.name)' of look \(look) has \(part.tallies.count) variants, the"
          + " definition \(definition.variants.count); tally it by this definition")
    }
    for tally in part.tallies {
      let numbers = tally.moments.means + tally.moments.products
      guard numbers.allSatisfy(\.isFinite) else {
        throw .shapeMismatch(
          "metric '\(metric.name)' of look \(look) has a sum that is no finite number;"
            + " leave out the values that make it so, or cap the metric")
      }
      guard tally.units >= tally.conversions, tally.conversions >= 0 else {
        throw .shapeMismatch(
          "metric '\(metric.name)' of look \(look) counts \(tally.conversions) conversions of"
            + " \(tally.units) units; each unit counts once")
      }
    }
    let counted = part.strata.reduce(0) { $0 + $1.outcomes.reduce(0) { $0 + $1.count } }
    let units = part.tallies.reduce(0) { $0 + $1.units }
    guard metric.outcomeBound == nil || counted == units else {
      throw .shapeMismatch(
        "metric '\(metric.name)' of look \(look) has \(counted) outcomes for \(units) units;"
          + " an exact rule needs every unit's")
    }
  }

  private func checkUnits(_ evidence: Evidence) throws(ExperimentError) {
    var exposed = [Int](repeating: 0, count: definition.variants.count)
    var mature = exposed
    for increment in evidence.looks.flatMap(\.increments) {
      for place in exposed.indices {
        for split in increment.splits { exposed[place] += split.units[place] }
        mature[place] += increment.metrics[0].tallies[place].units
      }
    }
    let exposedCount = exposed.reduce(0, +)
    let matureCount = mature.reduce(0, +)
    guard exposedCount > 0 || matureCount > 0 else { throw .noExposures }
    for (variant, count) in zip(definition.variants, exposed) {
      guard count > 0 || exposedCount == 0 else { throw .emptyVariant(variant) }
    }
    guard matureCount > 0 else { throw .noMatureUnits(exposed: exposedCount) }
    for (variant, count) in zip(definition.variants, mature) where count == 0 {
      throw .emptyVariant(variant)
    }
  }

  private func checkConversions(_ evidence: Evidence) throws(ExperimentError) {
    let conversions = evidence.looks.flatMap(\.increments).reduce(0) {
      $0 + $1.metrics[0].tallies.reduce(0) { $0 + $1.conversions }
    }
    guard conversions > 0 else { throw .noConversions(metric: definition.goal.metric.name) }
  }
}
