import Glibc
import SpecialFunctions

/// The chance that an effect will be called at a planned number of units, given what has been seen and that
/// from here on the effect is the minimum effect.
///
/// At information I (one over the squared standard error) estimate × I gains independent normal
/// increments of mean effect × ΔI and variance ΔI: Lan, Simon & Halperin (1982), *Sequential Analysis*
/// 1(3), 207–219. Calls on the way are not counted, so the chance is told a little low.
struct ConditionalPower: Hashable {
  /// Units of both variants at the planned end.
  let horizonUnits: Double
  /// What the estimate over its standard error must reach there.
  let criticalZ: Double

  /// - Parameters:
  ///   - estimate: Positive where treatment is better.
  ///   - effect: The minimum effect, positive.
  ///   - units: Of both variants, so far.
  func chance(estimate: Double, standardError: Double, effect: Double, units: Double) -> Double {
    let seen = 1 / (standardError * standardError)
    let left = seen * (horizonUnits / units - 1)
    guard left > 0 else { return estimate / standardError >= criticalZ ? 1 : 0 }
    let expected = estimate * seen + effect * left
    return normalCDF((expected - criticalZ * (seen + left).squareRoot()) / left.squareRoot())
  }
}

extension ConditionalPower {
  /// The usual end, in sizes of the fixed test: by then an effect as large as the minimum effect is found
  /// by nearly all runs of the unlimited designs.
  static let usualSize = 3.0

  /// - Parameters:
  ///   - pairShare: The share of all units that fall into the two variants.
  ///   - plannedUnits: What the sequence is tuned at.
  /// - Returns: `nil` where neither the rule nor the past tells the end.
  init?(
    _ rule: FutilityStop, pairShare: Double, fixedUnits: Double?, plannedUnits: Double,
    alpha: Double
  ) {
    guard
      let units = rule.units.map({ Double($0) * pairShare })
        ?? fixedUnits.map({ Self.usualSize * $0 })
    else { return nil }
    horizonUnits = units
    criticalZ = AsymptoticSequence(alpha: alpha, plannedUnits: plannedUnits).halfWidth(units: units)
  }
}
