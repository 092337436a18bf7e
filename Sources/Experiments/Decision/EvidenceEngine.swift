import Glibc
import SpecialFunctions

/// What one method says at one look.
struct EngineReading: Hashable, Sendable {
  var difference: Double
  /// The confidence sequence of the difference at this look alone.
  var interval: ClosedRange<Double>
  var relative: Double?
  var relativeInterval = -1...Double.infinity
  /// Log e-values for treatment above and below control.
  var logEvidenceAbove: Double
  var logEvidenceBelow: Double
}

/// A method of always-valid inference on one treatment and control.
protocol EvidenceEngine {
  /// Adds a look.
  ///
  /// - Returns: `nil` where it is too early for an answer.
  mutating func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading?

  /// Of a test with a planned end; `nil` of others, and before its first look.
  var progress: GroupSequentialProgress? { get }
}

extension EvidenceEngine {
  var progress: GroupSequentialProgress? { nil }
}

/// The betting sequence; with `conversions`, the multinomial one beside it for the relative effect.
struct BettingEngine: EvidenceEngine {
  private(set) var betting: BettingSequence
  private var multinomial: MultinomialSequence?
  private let testsConversionsAlone: Bool
  private let bound: Double
  private let alpha: Double

  /// - Parameters:
  ///   - multinomial: Of shares; `nil` for bounded means.
  ///   - testsConversionsAlone: Whether the evidence is the multinomial one.
  init(
    _ betting: BettingSequence, multinomial: MultinomialSequence?, testsConversionsAlone: Bool,
    bound: Double, alpha: Double
  ) {
    self.betting = betting
    self.multinomial = multinomial
    self.testsConversionsAlone = testsConversionsAlone
    self.bound = bound
    self.alpha = alpha
  }

  mutating func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading? {
    betting.add(outcomes)
    for unit in outcomes where unit.outcome > 0 {
      multinomial?.add(
        unit.isTreatment ? [0, unit.count] : [unit.count, 0],
        probabilities: [1 - unit.probability, unit.probability])
    }
    guard let first = control.mean, let second = treatment.mean, betting.units > 0 else {
      return nil
    }
    let interval = betting.interval(alpha: alpha)
    var reading = EngineReading(
      difference: second - first,
      interval: (bound * interval.lowerBound)...(bound * interval.upperBound),
      logEvidenceAbove: betting.logWealthAbove(0), logEvidenceBelow: betting.logWealthBelow(0))
    if first > 0 { reading.relative = (second - first) / first }
    if let multinomial { reading.judge(multinomial, alpha: alpha, alone: testsConversionsAlone) }
    return reading
  }
}

extension EngineReading {
  fileprivate mutating func judge(
    _ multinomial: MultinomialSequence, alpha: Double, alone: Bool
  ) {
    relativeInterval = multinomial.relativeInterval(alpha: alpha)
    guard alone else { return }
    // One two-sided e-value; a side's is half of it, as p-values double the better side.
    let evidence = multinomial.logEvidence + log(2.0)
    let isAbove = difference >= 0
    logEvidenceAbove = isAbove ? evidence : -.infinity
    logEvidenceBelow = isAbove ? -.infinity : evidence
  }
}

/// The asymptotic sequence of means and ratios, adjusted on covariates.
struct AsymptoticEngine: EvidenceEngine {
  let sequence: AsymptoticSequence
  let isRatio: Bool
  let gate: Gate

  func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading? {
    guard gate.isOpen(control, treatment),
      let estimate = DifferenceEstimate(control: control, treatment: treatment, isRatio: isRatio)
    else { return nil }
    let units = Double(estimate.units)
    let width = sequence.halfWidth(units: units)
    let evidence = sequence.logEvidence(z: estimate.z, units: units) + log(2.0)
    var reading = EngineReading(
      difference: estimate.difference,
      interval: (estimate.difference - width * estimate.standardError)...(estimate.difference
        + width * estimate.standardError),
      logEvidenceAbove: estimate.z >= 0 ? evidence : -.infinity,
      logEvidenceBelow: estimate.z >= 0 ? -.infinity : evidence)
    if let error = estimate.logRatioStandardError, let relative = estimate.relative,
      relative > -1
    {
      reading.relative = relative
      let centre = log1p(relative)
      reading.relativeInterval = expm1(centre - width * error)...expm1(centre + width * error)
    }
    return reading
  }
}

extension Gate {
  func isOpen(_ control: MetricTally, _ treatment: MetricTally) -> Bool {
    isOpen(
      units: (control.units, treatment.units),
      conversions: (control.conversions, treatment.conversions))
  }

  /// Of control and treatment; conversions are outcomes that are not 0.
  func isOpen(units counts: (Int, Int), conversions found: (Int, Int)) -> Bool {
    guard counts.0 + counts.1 >= units else { return false }
    let least = min(found.0, found.1)
    if least >= conversions { return true }
    return isEven(counts) && 3 * least >= 2 * conversions
      && found.0 + found.1 >= 2 * conversions
  }

  private func isEven(_ counts: (Int, Int)) -> Bool {
    let (least, most) = (min(counts.0, counts.1), max(counts.0, counts.1))
    return Double(most) <= Self.evenRatio * Double(least)
  }

  /// What is missing, in words; `nil` where nothing is.
  func missing(_ control: MetricTally, _ treatment: MetricTally) -> String? {
    guard !isOpen(control, treatment) else { return nil }
    let wanted =
      isEven((control.units, treatment.units))
      ? "\(2 * conversions) such outcomes, \(2 * conversions / 3) or more of them in each variant"
      : "\(conversions) such outcomes in each variant"
    return
      "too early: \(control.units + treatment.units) units, of control \(control.conversions) and of"
      + " treatment \(treatment.conversions) with an outcome other than 0; an answer takes \(units) units and \(wanted)"
  }
}

/// The difference of two variants' quantiles, from an exact sequence of each.
struct QuantileEngine: EvidenceEngine {
  let sequence: QuantileSequence
  let alpha: Double

  func reading(
    after outcomes: [PairOutcome], control: MetricTally, treatment: MetricTally
  ) -> EngineReading? {
    guard let first = control.distribution, let second = treatment.distribution,
      let low = first.quantile(sequence.probability),
      let high = second.quantile(sequence.probability),
      let interval = interval(first, second, alpha)
    else { return nil }
    let evidence = logEvidence(first, second)
    var reading = EngineReading(
      difference: high - low, interval: interval,
      logEvidenceAbove: high >= low ? evidence : 0, logEvidenceBelow: high >= low ? 0 : evidence)
    if low > 0 {
      reading.relative = high / low - 1
      let ends = [first, second].map { sequence.interval(of: $0, alpha: alpha / 2) }
      if let least = ends[0].lower, let most = ends[0].upper, least > 0 {
        reading.relativeInterval =
          ((ends[1].lower ?? 0) / most - 1)...((ends[1].upper ?? .infinity) / least - 1)
      }
    }
    return reading
  }

  /// Each variant at half the level: both hold together.
  private func interval(
    _ control: QuantileSummary, _ treatment: QuantileSummary, _ alpha: Double
  ) -> ClosedRange<Double>? {
    let first = sequence.interval(of: control, alpha: alpha / 2)
    let second = sequence.interval(of: treatment, alpha: alpha / 2)
    let lower =
      second.lower.flatMap { low in first.upper.map { low - $0 } } ?? -.infinity
    let upper =
      second.upper.flatMap { high in first.lower.map { high - $0 } } ?? .infinity
    return lower <= upper ? lower...upper : nil
  }

  /// −log of half the least level at which the intervals' difference excludes 0, to 1 %: an
  /// always-valid p-value, its sides counted as others'.
  private func logEvidence(_ control: QuantileSummary, _ treatment: QuantileSummary) -> Double {
    func excludes(_ logLevel: Double) -> Bool {
      guard let interval = interval(control, treatment, exp(-logLevel)) else { return true }
      return !interval.contains(0)
    }
    var (low, high) = (0.0, 1.0)
    while high < 600, excludes(high) { (low, high) = (high, 2 * high) }
    while high - low > 0.01 {
      let middle = (low + high) / 2
      if excludes(middle) { low = middle } else { high = middle }
    }
    return low > 0 ? low + log(2.0) : 0
  }
}
