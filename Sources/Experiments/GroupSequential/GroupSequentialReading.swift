import SpecialFunctions

/// What was known at one look: an estimate of the effect and its standard error.
public struct InformationLook: Hashable, Sendable {
  public let estimate: Double
  public let standardError: Double

  /// - Throws: `DesignError.outOfRange` where a value is not finite or the error is not above 0.
  public init(estimate: Double, standardError: Double) throws(DesignError) {
    guard estimate.isFinite else {
      throw .outOfRange("the estimate of a look", estimate, allowed: "(-inf, inf)")
    }
    guard standardError > 0, standardError.isFinite, (1 / standardError / standardError).isFinite
    else {
      throw .outOfRange("the standard error of a look", standardError, allowed: "(1e-154, inf)")
    }
    self.estimate = estimate
    self.standardError = standardError
  }

  /// One over the variance of the estimate.
  public var information: Double { 1 / standardError / standardError }
  /// The estimate in standard errors.
  public var z: Double { estimate / standardError }
}

/// What a group-sequential design says of the looks so far.
public struct GroupSequentialReading: Hashable, Sendable {
  public enum Outcome: String, Hashable, Sendable {
    case running
    /// An effect above 0 is called.
    case effectAbove
    /// An effect below 0 is called; two-sided designs only.
    case effectBelow
    /// The planned effect is not there.
    case futility
    /// The end was reached and nothing is called.
    case noEffectCalled
  }

  /// What holds when the experiment is stopped: valid only for the look that stops it.
  public struct Final: Hashable, Sendable {
    /// The look, counted from 1.
    public let look: Int
    /// The p-value by stagewise ordering, of as many sides as the design.
    public let pValue: Double
    /// The effect for which the result would lie in the middle of what could have come.
    public let medianUnbiasedEstimate: Double
    /// Each end misses the effect with the level of one side.
    public let lower: Double
    public let upper: Double
  }

  public let outcome: Outcome
  /// Recomputed for the information that each look really had.
  public let boundaries: [LookBoundary]
  /// Intervals that hold at all looks together, one for each look; `nil` where no Z would stop.
  public let repeatedIntervals: [ClosedRange<Double>?]
  /// `nil` while the experiment runs.
  public let final: Final?
}

extension GroupSequentialTest {
  /// Judges the looks so far, with boundaries for the information they really had.
  ///
  /// A look past a futility stop that is not binding shows that the stop was overruled, and lifts it. Looks
  /// after a stop for an effect are not read.
  ///
  /// - Parameters:
  ///   - looks: all looks so far, in order.
  ///   - maximumInformation: what was planned for the end; see `maximumInformation(effect:)`.
  ///   - isFinal: whether the last look ends the experiment. One with all the planned information always does.
  /// - Throws: `DesignError` where the information does not rise from look to look, or a look comes after
  ///   the planned end.
  public func reading(
    of looks: [InformationLook], maximumInformation: Double, isFinal: Bool
  ) throws(DesignError) -> GroupSequentialReading {
    let (boundaries, stop, outcome) = try stop(
      of: looks, maximumInformation: maximumInformation, isFinal: isFinal)
    return GroupSequentialReading(
      outcome: outcome, boundaries: boundaries,
      repeatedIntervals: zip(looks, boundaries).map { look, boundary in
        boundary.efficacy.map { efficacy in
          let half = abs(efficacy) * look.standardError
          return look.estimate - half...look.estimate + half
        }
      },
      final: stop.map { final(looks, boundaries, stop: $0, outcome, maximumInformation) })
  }

  /// Where the looks stop, without what holds at the stop, which takes longer.
  func stop(
    of looks: [InformationLook], maximumInformation: Double, isFinal: Bool
  ) throws(DesignError) -> (
    boundaries: [LookBoundary], look: Int?, outcome: GroupSequentialReading.Outcome
  ) {
    let fractions = try fractions(of: looks, maximumInformation)
    let search = BoundarySearch(design: design, fractions: fractions, lastIsFinal: isFinal)
    let boundaries =
      design.plan.futility == .none
      ? search.efficacyOnly() : search.planned(drift: drift).boundaries
    let isOver = isFinal || (fractions.last ?? 0) >= 1
    let (stop, outcome) = firstStop(looks, boundaries, isOver: isOver)
    return (boundaries, stop, outcome)
  }

  private func fractions(
    of looks: [InformationLook], _ maximum: Double
  ) throws(DesignError) -> [Double] {
    guard maximum > 0, maximum.isFinite else {
      throw .outOfRange("the planned information", maximum, allowed: "(0, inf)")
    }
    var fractions: [Double] = []
    for (index, look) in looks.enumerated() {
      let fraction = look.information / maximum
      let previous = fractions.last ?? 0
      guard fraction > previous * (1 + GroupSequentialDesign.leastStep), fraction.isFinite else {
        throw .looksDoNotRise(look: index + 1, fraction, after: previous)
      }
      guard previous < 1 else { throw .lookAfterTheEnd(look: index + 1, after: previous) }
      fractions.append(fraction)
    }
    return fractions
  }

  private func firstStop(
    _ looks: [InformationLook], _ boundaries: [LookBoundary], isOver: Bool
  ) -> (look: Int?, GroupSequentialReading.Outcome) {
    for (index, (look, boundary)) in zip(looks, boundaries).enumerated() {
      let isLast = index == looks.count - 1
      if let efficacy = boundary.efficacy {
        if look.z >= efficacy { return (index, .effectAbove) }
        if design.sides == .two, look.z <= -efficacy { return (index, .effectBelow) }
      }
      if isLast, isOver { return (index, .noEffectCalled) }
      let holds = isLast || design.isBinding
      if holds, let futility = boundary.futility, look.z <= futility { return (index, .futility) }
    }
    return (nil, .running)
  }

  private func final(
    _ looks: [InformationLook], _ boundaries: [LookBoundary], stop: Int,
    _ outcome: GroupSequentialReading.Outcome, _ maximum: Double
  ) -> GroupSequentialReading.Final {
    let ordering = StagewiseOrdering(
      boundaries: Array(boundaries[...stop]), z: looks[stop].z, design: design,
      stopsBelow: outcome == .effectBelow || outcome == .futility)
    let above = ordering.tails(effect: 0)
    let pValue = design.sides == .two ? min(1, 2 * min(above.upper, above.lower)) : above.upper
    let level = design.sideLevel
    // The effects in here are means of Z at the planned end; `scale` turns them into the estimate's unit.
    let scale = 1 / maximum.squareRoot()
    return GroupSequentialReading.Final(
      look: stop + 1, pValue: pValue,
      medianUnbiasedEstimate: scale * ordering.effect(upperTail: 0.5),
      lower: scale * ordering.effect(upperTail: level),
      upper: scale * ordering.effect(upperTail: 1 - level))
  }
}

/// How far out a result lies among all that could have come, results of earlier looks counting as further
/// out: Tsiatis, Rosner and Mehta (1984), *Biometrics* 40(3), 797–803.
private struct StagewiseOrdering {
  /// Up to the look that stopped.
  let boundaries: [LookBoundary]
  let z: Double
  let design: GroupSequentialDesign
  /// Whether an interim look stopped on the lower side.
  let stopsBelow: Bool

  /// The chances of a result as high as this one or higher, and as low or lower, under `effect`.
  ///
  /// A futility stop that is not binding takes no path away: the result then counts as that of a last look.
  func tails(effect: Double) -> (upper: Double, lower: Double) {
    let isCut = design.sides == .two || design.isBinding
    let kept = boundaries.map { boundary in
      isCut
        ? boundary
        : LookBoundary(
          fraction: boundary.fraction, efficacy: boundary.efficacy, futility: nil,
          alphaSpent: boundary.alphaSpent, betaSpent: nil)
    }
    var density = ContinuationDensity(effect: effect)
    var above = 0.0
    var below = 0.0
    for (boundary, next) in zip(kept, kept.dropFirst()) {
      let fraction = boundary.fraction
      if let efficacy = boundary.efficacy {
        above += density.upperTail(beyond: efficacy, at: fraction)
      }
      let floor = design.sides == .two ? boundary.efficacy.map { -$0 } : boundary.futility
      if let floor { below += density.lowerTail(beyond: floor, at: fraction) }
      density = density.advanced(
        to: fraction,
        inside: boundary.continuation(effect: effect, information: fraction, sides: design.sides),
        after: next.fraction)
    }
    guard let last = kept.last?.fraction else { return (1, 1) }
    above += density.upperTail(beyond: z, at: last)
    below += density.lowerTail(beyond: z, at: last)
    return stopsBelow && isCut ? (1 - below, below) : (above, 1 - above)
  }

  /// Returns the effect under which the upper tail is `upperTail`.
  func effect(upperTail: Double) -> Double {
    let last = (boundaries.last?.fraction ?? 1).squareRoot()
    let start = (z + normalQuantile(upperTail)) / last
    return increasingRoot(from: start, step: 0.25 / last) { effect in
      let tails = tails(effect: effect)
      // The smaller of the two tails is the one with digits.
      let here =
        tails.upper < 0.5 ? probit(tails.upper) : -probit(max(tails.lower, 1e-300))
      return here - normalQuantile(upperTail)
    }
  }
}
