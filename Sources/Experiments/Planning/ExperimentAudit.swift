import Glibc
import SpecialFunctions

/// An A/A test on a user's own data: units keep their outcomes, variants are dealt anew at random, and every
/// call that the design makes is false.
///
/// Nothing is assumed of the outcomes; what is tested is the whole rule on exactly such data: heavy tails,
/// rare conversions, drift over time. Method: the randomisation distribution of Fisher (1935), *The Design
/// of Experiments*, as in Kohavi, Tang & Xu (2020), *Trustworthy Online Controlled Experiments*, ch. 19.
public struct ExperimentAudit: Hashable, Sendable {
  public let runCount: Int
  public let unitCount: Int
  public let lookCount: Int
  /// The error level that the design promises: alpha, or half of it where it is one-sided.
  public let promised: Double
  /// How often the design called a difference at any look.
  public let falseCalls: Int
  /// How often a plain z-test at the same looks would have.
  public let falseCallsOfPeeking: Int

  public var rate: Double { Double(falseCalls) / Double(runCount) }
  public var rateOfPeeking: Double { Double(falseCallsOfPeeking) / Double(runCount) }

  /// Three standard errors of a rate that is as promised.
  public var margin: Double { 3 * (promised * (1 - promised) / Double(runCount)).squareRoot() }

  /// Whether the false calls are within what was promised and chance.
  public var isAsPromised: Bool { rate <= promised + margin }

  /// - Parameters:
  ///   - outcomes: The primary metric's outcome of each unit, in the order in which they came.
  ///   - lookCount: Looks after equal numbers of units.
  /// - Throws: `DesignError` for outcomes that the design has no answer for.
  public init(
    _ definition: ExperimentDefinition, outcomes: [Double], lookCount: Int = 20,
    runCount: Int = 1000, seed: UInt64 = 1
  ) throws(DesignError) {
    guard runCount >= 1, runCount <= 1_000_000 else {
      throw .outOfRange("the number of runs", Double(runCount), allowed: "[1, 1e6]")
    }
    guard lookCount >= 1, lookCount <= outcomes.count else {
      throw .outOfRange(
        "the number of looks", Double(lookCount), allowed: "[1, the \(outcomes.count) units]")
    }
    let rule = try AuditRule(definition, outcomes: outcomes)
    let probabilities = definition.phases[0].probabilities
    var seeds = SplitMix64(seed: seed)
    var calls = 0
    var peeks = 0
    for _ in 0..<runCount {
      var generator = SplitMix64(seed: seeds.next())
      let run = rule.run(outcomes, probabilities, lookCount: lookCount, using: &generator)
      calls += run.isCalled ? 1 : 0
      peeks += run.isCalledByPeeking ? 1 : 0
    }
    self.runCount = runCount
    self.lookCount = lookCount
    unitCount = outcomes.count
    falseCalls = calls
    falseCallsOfPeeking = peeks
    promised = rule.promised
  }
}

extension ExperimentAudit {
  /// The primary metric's outcomes in `evidence`, look after look; within a look, whose order is not known, in
  /// one that is drawn. Empty where the metric has no bound: its evidence keeps no single outcomes.
  public static func outcomes(
    _ evidence: Evidence, using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    evidence.looks.flatMap { look in
      look.increments.flatMap { $0.metrics.first?.strata ?? [] }.flatMap { stratum in
        stratum.outcomes.flatMap { [Double](repeating: $0.outcome, count: $0.count) }
      }
      .sorted().reproduciblyShuffled(using: &generator)
    }
  }
}

/// The rule of a definition, ready to judge dealt outcomes.
private struct AuditRule {
  private enum Test {
    case betting(BettingSequence)
    case soonest(SoonestSequence)
    case multinomial(MultinomialSequence)
    case asymptotic(AsymptoticSequence)
    case groupSequential(GroupSequentialEngine)
  }

  private let test: Test
  /// Of one comparison.
  private let alpha: Double
  private let bound: Double
  private let direction: Double
  /// Of the whole experiment.
  let promised: Double

  init(_ definition: ExperimentDefinition, outcomes: [Double]) throws(DesignError) {
    let metric = definition.goal.metric
    let mean = definition.goal.baseline ?? Moments(outcomes).mean ?? 0
    let effect = definition.goal.minimumEffect.absolute(controlMean: mean)
    guard effect > 0, effect.isFinite else {
      throw .outOfRange(
        "the minimum effect of '\(metric.name)' on these data", effect, allowed: "(0, ∞)")
    }
    alpha = definition.alpha / Double(definition.variants.count - 1)
    direction = metric.direction.sign
    bound = metric.outcomeBound ?? 1
    var oneSided = false
    switch definition.design {
    case .unlimitedExact:
      try Self.check(outcomes, bound: bound, name: metric.name)
      test = .betting(
        BettingSequence(
          minimumEffect: .absolute(effect / bound), baseline: mean / bound, isShare: metric.isShare,
          variance: Moments(outcomes.map { [bound] in $0 / bound }).variance))
    case .soonestExact(let design):
      try Self.check(outcomes, bound: bound, name: metric.name)
      oneSided = true
      test = .soonest(
        SoonestSequence(
          policy: SoonestPolicy(
            alpha: alpha / 2, power: design.power, cap: definition.capSize(design, variant: 1)),
          minimumEffect: .absolute(effect / bound), direction: direction, baseline: mean / bound,
          isShare: metric.isShare,
          variance: Moments(outcomes.map { [bound] in $0 / bound }).variance))
    case .multinomial:
      try Self.check(outcomes, bound: 1, name: metric.name)
      let lift = effect / mean
      let shifted = (1 + lift) / (2 + lift)
      // Lindon & Malek's strength for the minimum effect, at an even split.
      let strength = max(0.25 / ((shifted - 0.5) * (shifted - 0.5)) - 1, 1)
      test = .multinomial(MultinomialSequence(strength: strength))
    case .asymptotic(let units):
      test = .asymptotic(
        AsymptoticSequence(alpha: alpha, plannedUnits: Double(units ?? outcomes.count)))
    case .groupSequential(let plan):
      oneSided = plan.isOneSided
      let shares = definition.phases[0].probabilities
      // The data are all there is: their end is the planned one.
      let ended = try GroupSequentialPlan(
        spending: plan.spending, futility: plan.futility, looks: plan.looks,
        plannedUnits: outcomes.count, power: plan.power, isOneSided: plan.isOneSided)
      test = .groupSequential(
        GroupSequentialEngine(
          plan: ended, alpha: alpha, fixedUnits: Double(outcomes.count), isRatio: false,
          direction: direction, pairShare: shares[0] + shares[1]))
    }
    promised = oneSided ? definition.alpha / 2 : definition.alpha
  }

  private static func check(
    _ outcomes: [Double], bound: Double, name: String
  ) throws(DesignError) {
    for outcome in outcomes where !(outcome >= 0 && outcome <= bound) {
      throw .outOfRange("an outcome of '\(name)'", outcome, allowed: "[0, \(bound)]")
    }
  }

  func run(
    _ outcomes: [Double], _ probabilities: [Double], lookCount: Int,
    using generator: inout SplitMix64
  ) -> (isCalled: Bool, isCalledByPeeking: Bool) {
    var tallies = [MetricTally](repeating: MetricTally(), count: probabilities.count)
    var tests = [Test](repeating: test, count: probabilities.count - 1)
    var isCalled = false
    var isPeeked = false
    let critical = -normalQuantile(alpha / 2)
    for look in 0..<lookCount {
      let range = (outcomes.count * look / lookCount)..<(outcomes.count * (look + 1) / lookCount)
      let dealt = range.map { _ in
        ThompsonAllocation.variant(at: generator.nextUniform(), probabilities: probabilities)
      }
      for (place, variant) in zip(range, dealt) { tallies[variant].add(outcomes[place]) }
      for treatment in 1..<probabilities.count {
        let z = Self.z(tallies[0].moments, tallies[treatment].moments)
        if let z, abs(z) >= critical { isPeeked = true }
        guard !isCalled else { continue }
        let share = probabilities[treatment] / (probabilities[0] + probabilities[treatment])
        let pair = pairs(outcomes[range], dealt, treatment: treatment, share: share)
        isCalled = isDifference(
          &tests[treatment - 1], pair, tallies[0], tallies[treatment], z: z, share: share,
          isLast: look + 1 == lookCount)
      }
    }
    return (isCalled, isPeeked)
  }

  private func isDifference(
    _ test: inout Test, _ pair: [PairOutcome], _ control: MetricTally, _ treatment: MetricTally,
    z: Double?, share: Double, isLast: Bool
  ) -> Bool {
    switch test {
    case .betting(var sequence):
      sequence.add(pair)
      test = .betting(sequence)
      let threshold = log(2 / alpha)
      return sequence.logWealthAbove(0) >= threshold || sequence.logWealthBelow(0) >= threshold
    case .soonest(var sequence):
      sequence.add(pair)
      test = .soonest(sequence)
      return sequence.outcome == .better
    case .multinomial(var sequence):
      for unit in pair where unit.outcome > 0 {
        sequence.add(
          unit.isTreatment ? [0, unit.count] : [unit.count, 0], probabilities: [1 - share, share])
      }
      test = .multinomial(sequence)
      return sequence.logEvidence >= -log(alpha)
    case .asymptotic(let mixture):
      guard let z, Gate.standard.isOpen(control, treatment) else { return false }
      let units = Double(control.units + treatment.units)
      return mixture.logEvidence(z: z, units: units) >= -log(alpha)
    case .groupSequential(var sequential):
      _ = sequential.add(control: control, treatment: treatment)
      test = .groupSequential(sequential)
      // The boundary of a look hangs on the looks before it alone: they are found once, at the end.
      return isLast && sequential.isEffectCalled
    }
  }

  private func pairs(
    _ outcomes: ArraySlice<Double>, _ dealt: [Int], treatment: Int, share: Double
  ) -> [PairOutcome] {
    var counts: [Double: (control: Int, treatment: Int)] = [:]
    for (outcome, variant) in zip(outcomes, dealt) where variant == 0 || variant == treatment {
      let isTreatment = variant == treatment
      counts[outcome / bound, default: (0, 0)].control += isTreatment ? 0 : 1
      counts[outcome / bound, default: (0, 0)].treatment += isTreatment ? 1 : 0
    }
    // By value, so that sums do not hang on the order of a dictionary.
    return counts.sorted { $0.key < $1.key }.flatMap { outcome, count in
      [(false, count.control), (true, count.treatment)].filter { $0.1 > 0 }.map {
        PairOutcome(probability: share, isTreatment: $0.0, outcome: outcome, count: $0.1)
      }
    }
  }

  private static func z(_ control: CoMoments, _ treatment: CoMoments) -> Double? {
    guard let variance0 = control.variance(0), let variance1 = treatment.variance(0) else {
      return nil
    }
    let variance = variance0 / Double(control.count) + variance1 / Double(treatment.count)
    return variance > 0 ? (treatment.means[0] - control.means[0]) / variance.squareRoot() : nil
  }
}
