import Glibc
import SpecialFunctions

/// What a look stops at, on the scale of Z = estimate / standard error.
public struct LookBoundary: Hashable, Sendable {
  /// The share of the planned information.
  public let fraction: Double
  /// Stop for an effect at or above this Z (two-sided: also at or below minus this); `nil` where so little
  /// is spent that no Z stops.
  public let efficacy: Double?
  /// Stop for futility at or below this Z; `nil` without.
  public let futility: Double?
  /// The part of `alpha` spent so far, of both sides together.
  public let alphaSpent: Double
  /// The part of the error of missing the planned effect spent so far; `nil` without futility.
  public let betaSpent: Double?

  /// The one-sided p-value at the efficacy boundary.
  public var nominalLevel: Double { efficacy.map { normalCDF(-$0) } ?? 0 }

  /// Where Z leaves the experiment running; edges far out where there is no boundary.
  func continuation(effect: Double, information: Double, sides: GroupSequentialDesign.Sides)
    -> ClosedRange<Double>
  {
    // Beyond 38 the density is 0; 9 below every mean it is under 1e−17, and no upper tail needs it.
    let upper = min(efficacy ?? 38, 38)
    let floor = min(0, effect * information.squareRoot()) - 9
    let lower = sides == .two ? -upper : max(futility ?? floor, floor)
    return min(lower, upper)...upper
  }
}

/// The boundaries of a run of looks, found one after the other.
struct BoundarySearch {
  let design: GroupSequentialDesign
  /// The information of each look, as shares of what is planned.
  let fractions: [Double]
  /// Whether the last of them ends the experiment, and so spends what is left.
  let lastIsFinal: Bool

  /// Returns the boundaries of a design without futility, or those that futility adds nothing to.
  func efficacyOnly() -> [LookBoundary] { planned(drift: nil).boundaries }

  /// Returns the boundaries with futility for the planned effect `drift` × √(planned information), and
  /// the chance of an efficacy stop under it.
  ///
  /// Both densities run side by side: efficacy is found without an effect, futility with the planned one.
  /// A binding futility boundary cuts the paths of the first density too; where it is not binding,
  /// `efficacy` may be given, so that a search over drifts finds it once.
  func planned(
    drift: Double?, efficacy known: [LookBoundary]? = nil
  ) -> (boundaries: [LookBoundary], power: Double) {
    var null = known == nil ? ContinuationDensity(effect: 0) : nil
    var planned = drift.map { ContinuationDensity(effect: $0) }
    var found: [LookBoundary] = []
    var power = 0.0
    for (look, fraction) in fractions.enumerated() {
      let efficacy =
        known?[look].efficacy ?? null.flatMap { bound(at: look, $0, after: found.last) }
      let boundary = boundary(at: look, efficacy, planned, before: found.last)
      found.append(boundary)
      if let planned, let efficacy { power += planned.upperTail(beyond: efficacy, at: fraction) }
      guard look + 1 < fractions.count else { break }
      let after = fractions[look + 1]
      null = null.map {
        $0.advanced(
          to: fraction, inside: region(boundary, effect: 0, isCut: design.isBinding), after: after)
      }
      planned = planned.map {
        $0.advanced(
          to: fraction, inside: region(boundary, effect: $0.effect, isCut: true), after: after)
      }
    }
    return (found, power)
  }

  private func alphaSpent(by look: Int) -> Double {
    isFinal(look)
      ? design.sideLevel : design.plan.spending.spent(of: design.sideLevel, at: fractions[look])
  }

  private func bound(
    at look: Int, _ null: ContinuationDensity, after before: LookBoundary?
  ) -> Double? {
    let spent = (before?.alphaSpent ?? 0) / Double(design.sides.rawValue)
    let bound = null.upperBound(tail: alphaSpent(by: look) - spent, at: fractions[look])
    return bound.isFinite ? bound : nil
  }

  private func isFinal(_ look: Int) -> Bool {
    (lastIsFinal && look == fractions.count - 1) || fractions[look] >= 1
  }

  private func boundary(
    at look: Int, _ efficacy: Double?, _ planned: ContinuationDensity?, before: LookBoundary?
  ) -> LookBoundary {
    let fraction = fractions[look]
    let isFinal = isFinal(look)
    let alphaSpent = alphaSpent(by: look) * Double(design.sides.rawValue)
    guard let planned, let futility = design.futilitySpending else {
      return LookBoundary(
        fraction: fraction, efficacy: efficacy, futility: nil, alphaSpent: alphaSpent,
        betaSpent: nil)
    }
    let betaSpent = isFinal ? design.beta : futility.spent(of: design.beta, at: fraction)
    // At the end there is nothing to wait for.
    var stop = efficacy
    if !isFinal {
      let lower = planned.lowerBound(tail: betaSpent - (before?.betaSpent ?? 0), at: fraction)
      // Futility above efficacy would be a riddle.
      stop = lower == -.infinity ? nil : min(lower, efficacy ?? 38)
    }
    return LookBoundary(
      fraction: fraction, efficacy: efficacy, futility: stop, alphaSpent: alphaSpent,
      betaSpent: betaSpent)
  }

  private func region(
    _ boundary: LookBoundary, effect: Double, isCut: Bool
  ) -> ClosedRange<Double> {
    let cut = LookBoundary(
      fraction: boundary.fraction, efficacy: boundary.efficacy,
      futility: isCut ? boundary.futility : nil, alphaSpent: boundary.alphaSpent,
      betaSpent: boundary.betaSpent)
    return cut.continuation(effect: effect, information: boundary.fraction, sides: design.sides)
  }
}
