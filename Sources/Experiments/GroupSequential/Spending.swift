import Glibc
import SpecialFunctions

/// Spending functions, with a the level of one side and t the share of the information:
///
/// - O'Brien–Fleming type: 2 (1 − Φ(z₁₋ₐ⸝₂ / √t)), next to nothing early, nearly all at the end;
/// - Pocock type: a log(1 + (e − 1) t), boundaries of much the same height at all looks; both of Lan and
///   DeMets (1983), *Biometrika* 70(3), 659–663;
/// - Kim and DeMets (1987), *Biometrika* 74(1), 149–154: a t^power;
/// - Hwang, Shih and DeCani (1990), *Statistics in Medicine* 9(12), 1439–1445:
///   a (1 − exp(−gamma t)) / (1 − exp(−gamma)); a t where gamma is 0.
extension GroupSequentialPlan.Spending {
  /// Returns how much of `level`, the error of one side, is spent at `fraction` of the information.
  ///
  /// Rises from 0 to `level`; all of it from a fraction of 1 on.
  public func spent(of level: Double, at fraction: Double) -> Double {
    if fraction >= 1 { return level }
    guard fraction > 0 else { return 0 }
    switch self {
    case .obrienFleming:
      // The lower tail of the mirrored quantile keeps its digits where 1 − Φ has none left.
      return 2 * normalCDF(normalQuantile(level / 2) / fraction.squareRoot())
    case .pocock:
      return level * log1p((M_E - 1) * fraction)
    case .kimDeMets(let power):
      return level * pow(fraction, power)
    case .hwangShihDeCani(let gamma):
      return gamma == 0 ? level * fraction : level * expm1(-gamma * fraction) / expm1(-gamma)
    }
  }
}
