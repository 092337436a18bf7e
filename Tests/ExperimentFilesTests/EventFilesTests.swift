import ExperimentFiles
import Experiments
import SpecialFunctions
import TestSupport
import Testing

/// Reads and joins lines that are dealt over several files.
private func evidence(
  _ events: RandomEvents, exposureFiles: Int = 1, conversionFiles: Int = 1, threads: Int = 1,
  shuffledBy seed: UInt64? = nil
) throws -> Evidence {
  let folder = try TemporaryFolder()
  let definition = try ExperimentFile(yaml: RandomEvents.yaml, path: "cart.yaml").definition
  var exposures = events.exposureLines
  var conversions = events.conversionLines
  if let seed {
    var rng = SplitMix64(seed: seed)
    exposures = exposures.reproduciblyShuffled(using: &rng)
    conversions = conversions.reproduciblyShuffled(using: &rng)
  }
  var paths: [String] = []
  for (kind, header, lines, count) in [
    ("e", RandomEvents.exposureHeader, exposures, exposureFiles),
    ("c", RandomEvents.conversionHeader, conversions, conversionFiles),
  ] {
    for part in 0..<count {
      let rows = lines.indices.filter { $0 % count == part }.map { lines[$0] }
      guard !rows.isEmpty else { continue }
      paths.append(
        try folder.write(([header] + rows).joined(separator: "\n") + "\n", to: "\(kind)\(part).csv")
      )
    }
  }
  var files = EventFiles(definition: definition)
  files.threadCount = threads
  files.nowSeconds = RandomEvents.nowSeconds
  let contents = try files.read(paths)
  var attribution = Attribution(definition: definition)
  attribution.threadCount = threads
  return try attribution.evidence(
    exposures: contents.exposures, conversions: contents.conversions,
    exclusions: contents.exclusions)
}

@Test(arguments: 1...120 as ClosedRange<UInt64>)
func joinsAsThePlainWayDoes(seed: UInt64) throws {
  let events = RandomEvents(seed: seed)
  let plain = PlainJoin(events)
  let evidence = try evidence(events)
  let definition = try ExperimentFile(yaml: RandomEvents.yaml, path: "cart.yaml").definition
  #expect(evidence.exclusions[.twoVariants] == plain.twoVariants)
  var exposed: [PlainJoin.Cell: Int] = [:]
  var sums: [String: [PlainJoin.Cell: PlainJoin.Sum]] = [:]
  for look in evidence.looks {
    let end = Int(try #require(look.endSeconds)) - RandomEvents.start
    for increment in look.increments {
      for (variant, name) in definition.variants.enumerated() {
        let cell = PlainJoin.Cell(day: end / 86_400 - 1, variant: name)
        let units = increment.splits.reduce(0) { $0 + $1.units[variant] }
        if units > 0 { exposed[cell] = units }
        for (metric, increment) in zip(definition.metrics, increment.metrics) {
          let tally = increment.tallies[variant]
          guard tally.units > 0 else { continue }
          let means = tally.moments.means.map { $0 * Double(tally.units) }
          sums[metric.name, default: [:]][cell] = PlainJoin.Sum(
            units: tally.units, converted: tally.conversions, total: means[0],
            denominator: means.count > 1 ? means[1] : 0)
        }
      }
    }
  }
  #expect(exposed == plain.exposed)
  for metric in definition.metrics {
    let found = sums[metric.name] ?? [:]
    let expected = plain.metrics[metric.name] ?? [:]
    #expect(Set(found.keys) == Set(expected.keys), "\(metric.name)")
    for (cell, sum) in expected {
      let other = try #require(found[cell])
      #expect(other.units == sum.units && other.converted == sum.converted, "\(metric.name)")
      // A few dozen sums of order 100, by mean and count.
      #expect(isClose(other.total, sum.total, relative: 1e-12, absolute: 1e-9), "\(metric.name)")
      #expect(isClose(other.denominator, sum.denominator, relative: 1e-12))
    }
  }
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func orderShardsAndThreadsChangeNoBit(seed: UInt64) throws {
  let events = RandomEvents(seed: 1_000 + seed)
  let whole = try evidence(events)
  #expect(
    try evidence(
      events, exposureFiles: 3, conversionFiles: 2, threads: 2, shuffledBy: seed) == whole)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func strataHoldTheOutcomesOfTheTallies(seed: UInt64) throws {
  let evidence = try evidence(RandomEvents(seed: seed))
  for metric in evidence.looks.flatMap(\.increments).flatMap(\.metrics) {
    for stratum in metric.strata {
      for (variant, tally) in metric.tallies.enumerated() {
        let outcomes = stratum.outcomes.filter { $0.variant == variant }
        #expect(outcomes.reduce(0) { $0 + $1.count } == tally.units)
        let total = outcomes.reduce(0) { $0 + $1.outcome * Double($1.count) }
        #expect(
          isClose(total, (tally.mean ?? 0) * Double(tally.units), relative: 1e-12, absolute: 1e-9))
      }
    }
  }
}
