import Glibc
import SpecialFunctions

/// The asymptotic e-process and confidence sequence of an estimate with an estimated standard error: a
/// normal mixture, tightest at a planned number of units.
///
/// Its error level holds in the limit of many units: callers answer nothing below
/// `Gate.standard`. Method: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), *Annals of
/// Statistics* 52(6), "Time-uniform central limit theory", eq. 8 and appendix B.2.
public struct AsymptoticSequence: Hashable, Sendable {
  public let alpha: Double
  public let plannedUnits: Double
  /// The mixture's standard deviation, in standard deviations of one unit.
  let rho: Double

  /// - Precondition: alpha in (0, 1), a positive number of units.
  public init(alpha: Double, plannedUnits: Double) {
    precondition(alpha > 0 && alpha < 1, "alpha \(alpha), not in (0, 1)")
    precondition(plannedUnits > 0, "\(plannedUnits) planned units")
    self.alpha = alpha
    self.plannedUnits = plannedUnits
    let logAlpha = log(alpha)
    rho = ((-2 * logAlpha + log(1 - 2 * logAlpha)) / plannedUnits).squareRoot()
  }

  /// The log evidence against a true value `estimate` − `standardError` × z.
  public func logEvidence(z: Double, units: Double) -> Double {
    let growth = units * rho * rho
    return growth * z * z / (2 * (growth + 1)) - log1p(growth) / 2
  }

  /// Half the width of the sequence, in standard errors.
  public func halfWidth(units: Double) -> Double {
    let growth = units * rho * rho
    return (2 * (1 + 1 / growth) * (log1p(growth) / 2 - log(alpha))).squareRoot()
  }

  /// The log evidence of Student's t, for a regression with normal errors: exact at any number of
  /// units, and with the same limit as `logEvidence`.
  public func logEvidence(t: Double, degreesOfFreedom: Double, units: Double) -> Double {
    Self.logEvidence(t: t, degreesOfFreedom: degreesOfFreedom, growth: units * rho * rho)
  }

  /// ½ log r + (ν + 1)/2 (log(1 + t²/ν) − log(1 + r t²/ν)), r = 1/(1 + growth).
  ///
  /// Source: Lindon, Ham, Tingley & Bojinov (2022), arXiv 2210.08589, theorem 2.1.
  static func logEvidence(t: Double, degreesOfFreedom: Double, growth: Double) -> Double {
    let square = t * t / degreesOfFreedom
    return -log1p(growth) / 2
      + (degreesOfFreedom + 1) / 2 * (log1p(square) - log1p(square / (1 + growth)))
  }
}

/// How much data an asymptotic answer needs before it is given.
///
/// Units of both variants, and outcomes that are not 0: so many in each variant, or as many on average
/// with two thirds of them in the smaller, where units are split evenly. There the skewness of the two
/// means cancels; under an uneven split it does not, and a few large outcomes of the smaller variant
/// decide. The error rates by gate are in docs/experiments.md.
public struct Gate: Hashable, Sendable {
  /// Units of both variants together.
  public var units: Int
  /// Outcomes that are not 0, in each variant.
  public var conversions: Int

  public init(units: Int, conversions: Int) {
    self.units = units
    self.conversions = conversions
  }

  public static let standard = Gate(units: 1_000, conversions: 150)
  /// The largest ratio of units that counts as an even split.
  static let evenRatio = 1.5
}
