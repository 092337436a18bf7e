import SpecialFunctions

/// A group-sequential design laid out over its planned looks: boundaries, sample size, what to expect.
public struct GroupSequentialTest: Hashable, Sendable {
  public let design: GroupSequentialDesign
  /// One for each planned look.
  public let boundaries: [LookBoundary]
  /// The planned effect times √ of the planned information: the mean of Z at the end.
  public let drift: Double

  init(design: GroupSequentialDesign, fractions: [Double]) {
    let search = BoundarySearch(design: design, fractions: fractions, lastIsFinal: true)
    let fixed = normalQuantile(design.power) - normalQuantile(design.sideLevel)
    // Unless futility binds, efficacy does not hang on the drift.
    let unaided = design.isBinding ? nil : search.efficacyOnly()
    let hasFutility = design.plan.futility != .none
    // On the probit scale power is nearly a line in the drift, so the secant needs few steps.
    let target = normalQuantile(design.power)
    drift = increasingRoot(from: fixed, step: 0.1 * fixed, tolerance: 1e-11) { drift in
      let power =
        hasFutility
        ? search.planned(drift: drift, efficacy: unaided).power
        : StoppingProbabilities(unaided ?? [], design.sides, effect: drift).power
      return probit(power) - target
    }
    self.design = design
    boundaries =
      hasFutility
      ? search.planned(drift: drift, efficacy: unaided).boundaries : unaided ?? []
  }

  /// How much more information the end needs than a test with one look and the same power.
  public var inflation: Double {
    let fixed = normalQuantile(design.power) - normalQuantile(design.sideLevel)
    return drift * drift / (fixed * fixed)
  }

  /// What happens where the effect is `multiple` times the planned one; futility stops are kept to.
  public func stops(atEffect multiple: Double) -> StoppingProbabilities {
    StoppingProbabilities(boundaries, design.sides, effect: multiple * drift)
  }

  /// The information that the end needs for a planned effect of `effect`, in the effect's own unit: one
  /// over the square of the standard error that the estimate will then have.
  public func maximumInformation(effect: Double) -> Double {
    let root = drift / effect
    return root * root
  }
}

/// Where an experiment with given boundaries stops.
public struct StoppingProbabilities: Hashable, Sendable {
  /// The shares of the planned information, one for each look.
  public let fractions: [Double]
  /// The chance to stop at a look for an effect above 0.
  public private(set) var upper: [Double] = []
  /// The chance to stop at a look for an effect below 0 (two-sided) or for futility; at the last look, all
  /// that is not `upper` in a one-sided design.
  public private(set) var lower: [Double] = []
  /// The chance to reach the end of a two-sided design without a call.
  public private(set) var undecided = 0.0

  /// - Parameter effect: the mean of Z at a fraction of 1.
  init(_ boundaries: [LookBoundary], _ sides: GroupSequentialDesign.Sides, effect: Double) {
    fractions = boundaries.map(\.fraction)
    var density = ContinuationDensity(effect: effect)
    for (look, boundary) in boundaries.enumerated() {
      let fraction = boundary.fraction
      upper.append(boundary.efficacy.map { density.upperTail(beyond: $0, at: fraction) } ?? 0)
      let floor = sides == .two ? boundary.efficacy.map { -$0 } : boundary.futility
      lower.append(floor.map { density.lowerTail(beyond: $0, at: fraction) } ?? 0)
      if look + 1 < boundaries.count {
        density = density.advanced(
          to: fraction,
          inside: boundary.continuation(effect: effect, information: fraction, sides: sides),
          after: boundaries[look + 1].fraction)
      } else {
        undecided = max(0, density.mass - upper[look] - lower[look])
      }
    }
  }

  /// The chance to call an effect above 0.
  public var power: Double { upper.reduce(0, +) }

  /// The mean share of the planned information at the stop.
  public var expectedFraction: Double {
    let stopped = zip(fractions, zip(upper, lower)).map { $0 * ($1.0 + $1.1) }.reduce(0, +)
    return stopped + undecided * (fractions.last ?? 0)
  }

  /// The share of the planned information by which an experiment has stopped with chance `level`.
  public func quantile(_ level: Double) -> Double {
    var sum = 0.0
    for (fraction, stops) in zip(fractions, zip(upper, lower)) {
      sum += stops.0 + stops.1
      if sum >= level { return fraction }
    }
    return fractions.last ?? 0
  }
}

/// The normal quantile of a probability that may have been rounded to 0 or 1, or beyond.
func probit(_ probability: Double) -> Double {
  normalQuantile(min(max(probability, 1e-300), 1 - 0x1p-53))
}

/// Returns where the increasing function `value` is 0, to `tolerance`.
///
/// A bracket is widened from `start` by doubling `step`; inside it regula falsi with the Illinois rule:
/// Dowell and Jarratt (1971), *BIT* 11, 168–174.
func increasingRoot(
  from start: Double, step: Double, tolerance: Double = 1e-12, _ value: (Double) -> Double
) -> Double {
  var low = start
  var high = start
  var atLow = value(start)
  var atHigh = atLow
  var step = step
  for _ in 0..<60 where atLow > 0 || atHigh < 0 {
    if atHigh < 0 {
      (low, atLow) = (high, atHigh)
      high += step
      atHigh = value(high)
    } else {
      (high, atHigh) = (low, atLow)
      low -= step
      atLow = value(low)
    }
    step *= 2
  }
  var lastSide = 0
  for _ in 0..<100 where high - low > tolerance * max(1, abs(low)) && atLow < atHigh {
    var middle = low - atLow * (high - low) / (atHigh - atLow)
    if !(middle > low && middle < high) { middle = (low + high) / 2 }
    let atMiddle = value(middle)
    if atMiddle == 0 { return middle }
    if atMiddle < 0 {
      (low, atLow) = (middle, atMiddle)
      if lastSide == -1 { atHigh /= 2 }
      lastSide = -1
    } else {
      (high, atHigh) = (middle, atMiddle)
      if lastSide == 1 { atLow /= 2 }
      lastSide = 1
    }
    if abs(atMiddle) < 0.1 * tolerance { return middle }
  }
  return (low + high) / 2
}
