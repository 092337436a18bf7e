import Glibc
import SpecialFunctions

/// How a design does in repeated experiments: seeded, looked at as often as it will be.
public struct StoppingSummary: Hashable, Sendable {
  /// The share of experiments that call an effect for the better.
  public let better: Double
  /// The share that call one for the worse.
  public let worse: Double
  /// The share that stop for futility, or at the cap, without a call.
  public let stopped: Double
  /// The mean number of units of both variants at the stop; of those that do not stop, at the end.
  public let meanUnits: Double
  /// The number by which half and nine tenths have stopped; `nil` where fewer do before the end.
  public let medianUnits: Double?
  public let ninetiethUnits: Double?
  /// Three standard errors of `better`, of the simulation alone.
  public let margin: Double

  init(_ runs: [SimulatedRun]) {
    let count = Double(max(runs.count, 1))
    func share(_ end: SimulatedRun.End) -> Double {
      Double(runs.count { $0.end == end }) / count
    }
    better = share(.better)
    worse = share(.worse)
    stopped = share(.stopped)
    meanUnits = runs.reduce(0) { $0 + $1.units } / count
    let stops = runs.filter { $0.end != .running }.map(\.units).sorted()
    func quantile(_ level: Double) -> Double? {
      let rank = Int((level * count).rounded(.up))
      return rank >= 1 && rank <= stops.count ? stops[rank - 1] : nil
    }
    medianUnits = quantile(0.5)
    ninetiethUnits = quantile(0.9)
    margin = 3 * (better * (1 - better) / count).squareRoot()
  }
}

struct SimulatedRun {
  enum End { case better, worse, stopped, running }
  let end: End
  /// Of both variants.
  let units: Double
}

/// Experiments on a share, simulated unit by unit and looked at in batches.
///
/// Where the metric is no share, or a forecast explains part of it, the stopping times are those of a share
/// whose fixed test has the same size: in sizes of the fixed test they hang on the design alone, but for
/// terms that vanish as the size grows (Jennison & Turnbull 2000, 11.3).
public struct DesignSimulation: Sendable {
  public enum Rule: Hashable, Sendable {
    case unlimitedExact
    case soonestExact(power: Double, cap: Double)
    /// The normal mixture, tuned at a number of units of both variants.
    case asymptotic(plannedUnits: Double)
  }

  /// The rate under control, and the effect that the design is tuned to.
  public let baseline: Double
  public let plannedEffect: Double
  public let alpha: Double
  public let treatmentShare: Double
  /// Units of both variants between looks, and how many looks there are at most.
  public let lookUnits: Int
  public let lookCount: Int

  /// - Throws: `DesignError` for rates outside (0, 1) or counts below 1.
  public init(
    baseline: Double, plannedEffect: Double, alpha: Double = 0.05, treatmentShare: Double = 0.5,
    lookUnits: Int, lookCount: Int
  ) throws(DesignError) {
    // The test checks rates, effect, alpha and share.
    let test = try FixedTest(
      past: MetricPast(share: baseline), alpha: alpha, treatmentShare: treatmentShare)
    _ = try test.units(effect: plannedEffect, power: 0.8)
    for (name, count) in [("units between looks", lookUnits), ("looks", lookCount)]
    where count < 1 || count > 1_000_000_000 {
      throw .outOfRange("the number of \(name)", Double(count), allowed: "[1, 1e9]")
    }
    self.baseline = baseline
    self.plannedEffect = plannedEffect
    self.alpha = alpha
    self.treatmentShare = treatmentShare
    self.lookUnits = lookUnits
    self.lookCount = lookCount
  }

  /// Returns what `runCount` experiments do whose true effect is `multiple` times the planned one.
  ///
  /// Every run has its own generator, so that runs do not hang on their order.
  public func summary(
    _ rule: Rule, effectMultiple multiple: Double, runCount: Int, seed: UInt64
  ) throws(DesignError) -> StoppingSummary {
    let rate = baseline + multiple * plannedEffect
    guard rate >= 0, rate <= 1 else {
      throw .outOfRange("the treatment's rate", rate, allowed: "[0, 1]")
    }
    guard runCount >= 1, runCount <= 10_000_000 else {
      throw .outOfRange("the number of runs", Double(runCount), allowed: "[1, 1e7]")
    }
    let start = StartedRule(rule, self)
    var seeds = SplitMix64(seed: seed)
    var runs: [SimulatedRun] = []
    runs.reserveCapacity(runCount)
    for _ in 0..<runCount {
      var generator = SplitMix64(seed: seeds.next())
      runs.append(run(start, rate: rate, using: &generator))
    }
    return StoppingSummary(runs)
  }

  private func run(
    _ start: StartedRule, rate: Double, using generator: inout SplitMix64
  ) -> SimulatedRun {
    var rule = start
    for look in 1...lookCount {
      let treated = generator.nextBinomial(lookUnits, probability: treatmentShare)
      let counts = BatchCounts(
        controlUnits: lookUnits - treated,
        controlConversions: generator.nextBinomial(lookUnits - treated, probability: baseline),
        treatmentUnits: treated,
        treatmentConversions: generator.nextBinomial(treated, probability: rate))
      let end = rule.add(counts, share: treatmentShare)
      if end != .running {
        return SimulatedRun(end: end, units: Double(look) * Double(lookUnits))
      }
    }
    return SimulatedRun(end: .running, units: Double(lookCount) * Double(lookUnits))
  }
}

private struct BatchCounts {
  let controlUnits: Int
  let controlConversions: Int
  let treatmentUnits: Int
  let treatmentConversions: Int

  func outcomes(share: Double) -> [PairOutcome] {
    [
      (false, 0.0, controlUnits - controlConversions), (false, 1.0, controlConversions),
      (true, 0.0, treatmentUnits - treatmentConversions), (true, 1.0, treatmentConversions),
    ]
    .filter { $0.2 > 0 }
    .map { PairOutcome(probability: share, isTreatment: $0.0, outcome: $0.1, count: $0.2) }
  }
}

/// A rule before its first look; a copy of it runs.
private enum StartedRule {
  case betting(BettingSequence, threshold: Double)
  case soonest(SoonestSequence)
  case mixture(NormalMixture)

  init(_ rule: DesignSimulation.Rule, _ simulation: DesignSimulation) {
    let effect = abs(simulation.plannedEffect)
    switch rule {
    case .unlimitedExact:
      self = .betting(
        BettingSequence(minimumEffect: effect, baseline: simulation.baseline),
        threshold: log(2 / simulation.alpha))
    case .soonestExact(let power, let cap):
      let policy = SoonestPolicy(alpha: simulation.alpha / 2, power: power, cap: cap)
      self = .soonest(
        SoonestSequence(
          policy: policy, minimumEffect: effect, direction: simulation.plannedEffect > 0 ? 1 : -1,
          baseline: simulation.baseline))
    case .asymptotic(let plannedUnits):
      self = .mixture(NormalMixture(alpha: simulation.alpha, plannedUnits: plannedUnits))
    }
  }

  mutating func add(_ counts: BatchCounts, share: Double) -> SimulatedRun.End {
    switch self {
    case .betting(var sequence, let threshold):
      sequence.add(counts.outcomes(share: share))
      self = .betting(sequence, threshold: threshold)
      if sequence.logWealthAbove(0) >= threshold { return .better }
      return sequence.logWealthBelow(0) >= threshold ? .worse : .running
    case .soonest(var sequence):
      sequence.add(counts.outcomes(share: share))
      self = .soonest(sequence)
      switch sequence.outcome {
      case .running: return .running
      case .better: return .better
      case .futile, .capped: return .stopped
      }
    case .mixture(var mixture):
      mixture.add(counts)
      self = .mixture(mixture)
      return mixture.end
    }
  }
}

/// The normal mixture sequence on a difference of shares: Waudby-Smith et al. (2024), *Annals of Statistics*
/// 52(6), 2613–2640, with its gate of 150 conversions or 1,000 units.
private struct NormalMixture {
  let logThreshold: Double
  /// ρ² of the mixture, tuned at the planned units.
  let rhoSquared: Double
  private var control = (units: 0.0, conversions: 0.0)
  private var treatment = (units: 0.0, conversions: 0.0)

  init(alpha: Double, plannedUnits: Double) {
    logThreshold = -log(alpha)
    rhoSquared = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / max(plannedUnits, 1)
  }

  mutating func add(_ counts: BatchCounts) {
    control.units += Double(counts.controlUnits)
    control.conversions += Double(counts.controlConversions)
    treatment.units += Double(counts.treatmentUnits)
    treatment.conversions += Double(counts.treatmentConversions)
  }

  var end: SimulatedRun.End {
    let (n0, n1) = (control.units, treatment.units)
    guard n0 > 0, n1 > 0, n0 + n1 >= 1000 || max(control.conversions, treatment.conversions) >= 150
    else { return .running }
    let (p0, p1) = (control.conversions / n0, treatment.conversions / n1)
    let variance = p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1
    guard variance > 0 else { return .running }
    let growth = (n0 + n1) * rhoSquared
    let square = (p1 - p0) * (p1 - p0) / variance
    let logWealth = square * growth / (2 * (growth + 1)) - log1p(growth) / 2
    guard logWealth >= logThreshold else { return .running }
    return p1 > p0 ? .better : .worse
  }
}

extension RandomNumberGenerator {
  /// Draws the number of successes in `count` trials.
  ///
  /// Up to 2,000 expected ones by the gaps between them, which are geometric; beyond by the rounded normal,
  /// whose distribution function is then within 0.005 of the true one.
  mutating func nextBinomial(_ count: Int, probability: Double) -> Int {
    guard count > 0, probability > 0 else { return 0 }
    if probability >= 1 { return count }
    if probability > 0.5 { return count - nextBinomial(count, probability: 1 - probability) }
    let mean = Double(count) * probability
    if mean > 2000 {
      let deviation = (mean * (1 - probability)).squareRoot()
      let drawn = (mean + deviation * nextStandardNormal()).rounded()
      return Int(min(max(drawn, 0), Double(count)))
    }
    let logMiss = log1p(-probability)
    var successes = 0
    var place = 0.0
    while true {
      // 1 − u is in (0, 1], so the logarithm is finite.
      place += (log(1 - nextUniform()) / logMiss).rounded(.down) + 1
      if place > Double(count) { return successes }
      successes += 1
    }
  }
}
