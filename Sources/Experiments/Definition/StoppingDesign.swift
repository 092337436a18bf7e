/// The rule by which the primary metric decides, chosen before the start.
public enum StoppingDesign: Hashable, Sendable {
  /// Exact at every look and without end: betting on the inverse-probability-weighted difference,
  /// a mixture of bets round the minimum effect. Outcomes in [0, bound].
  case unlimitedExact
  /// Exact and soonest on average: one bet at the minimum effect, one-sided at alpha / 2, stopped for
  /// futility, and at a cap at the latest.
  case soonestExact(SoonestDesign)
  /// Exact on conversions alone: the multinomial e-process of Lindon and Malek, for rare outcomes,
  /// many variants and relative effects.
  case multinomial
  /// Asymptotic at every look and without end, tuned at `plannedUnits`; any metric.
  case asymptotic(plannedUnits: Int?)
  /// A planned end and looks on the way, by alpha spending.
  case groupSequential(GroupSequentialPlan)
}

/// The settings of a one-sided point bet.
public struct SoonestDesign: Hashable, Sendable {
  /// The chance of finding the minimum effect.
  public let power: Double
  /// The units, of all variants together, at which it ends at the latest; `nil` for 1.6 times the
  /// fixed test's.
  public let capUnits: Int?

  public init(power: Double = 0.8, capUnits: Int? = nil) throws(DesignError) {
    try checkPower(power)
    try checkPositive(capUnits, "the cap of units")
    self.power = power
    self.capUnits = capUnits
  }
}

/// The settings of a group-sequential test; its boundaries are computed, not given.
public struct GroupSequentialPlan: Hashable, Sendable {
  /// How much of an error is spent by each share of the information.
  public enum Spending: Hashable, Sendable {
    case obrienFleming
    case pocock
    /// alpha t^power.
    case kimDeMets(power: Double)
    case hwangShihDeCani(gamma: Double)
  }

  public enum Futility: Hashable, Sendable {
    case none
    /// Stopping for futility may be overruled: alpha holds either way.
    case nonBinding(Spending)
    /// The efficacy bounds count on stopping.
    case binding(Spending)
  }

  public let spending: Spending
  public let futility: Futility
  /// The planned number of looks; others may be taken, the last spends the rest.
  public let looks: Int
  /// The units of all variants together at the last look; `nil` for what `power` needs.
  public let plannedUnits: Int?
  public let power: Double
  /// Whether only a change for the better counts, at alpha / 2.
  public let isOneSided: Bool

  public init(
    spending: Spending = .obrienFleming, futility: Futility = .none, looks: Int = 5,
    plannedUnits: Int? = nil, power: Double = 0.8, isOneSided: Bool = false
  ) throws(DesignError) {
    try checkPower(power)
    guard looks >= 1, looks <= 200 else {
      throw .outOfRange("the number of looks", Double(looks), allowed: "[1, 200]")
    }
    try checkPositive(plannedUnits, "the planned number of units")
    for spending in [spending] + futility.spending { try spending.check() }
    self.spending = spending
    self.futility = futility
    self.looks = looks
    self.plannedUnits = plannedUnits
    self.power = power
    self.isOneSided = isOneSided
  }
}

/// When to give up for want of a useful effect, besides an interval that is short of it: where the chance of
/// finding the minimum effect by a planned number of units has become too small.
///
/// It binds no one: going on costs no error, stopping costs some power.
public struct FutilityStop: Hashable, Sendable {
  /// The conditional power below which it is time to stop.
  public let leastPower: Double
  /// The units of all variants together at the planned end; `nil` for three times the fixed test's.
  public let units: Int?

  public init(leastPower: Double, units: Int? = nil) throws(DesignError) {
    guard leastPower > 0, leastPower < 1 else {
      throw .outOfRange("the conditional power to stop below", leastPower, allowed: "(0, 1)")
    }
    try checkPositive(units, "the units of the futility stop")
    self.leastPower = leastPower
    self.units = units
  }
}

extension GroupSequentialPlan.Futility {
  fileprivate var spending: [GroupSequentialPlan.Spending] {
    switch self {
    case .none: []
    case .nonBinding(let spending), .binding(let spending): [spending]
    }
  }
}

extension GroupSequentialPlan.Spending {
  fileprivate func check() throws(DesignError) {
    switch self {
    case .obrienFleming, .pocock: break
    case .kimDeMets(let power):
      guard power > 0, power <= 20 else {
        throw .outOfRange("the power of the Kim–DeMets spending", power, allowed: "(0, 20]")
      }
    case .hwangShihDeCani(let gamma):
      guard gamma >= -40, gamma <= 40 else {
        throw .outOfRange(
          "the gamma of the Hwang–Shih–DeCani spending", gamma, allowed: "[−40, 40]")
      }
    }
  }
}

private func checkPower(_ power: Double) throws(DesignError) {
  guard power > 0, power < 1 else { throw .outOfRange("the power", power, allowed: "(0, 1)") }
}

private func checkPositive(_ count: Int?, _ name: String) throws(DesignError) {
  guard let count, count < 1 else { return }
  throw .outOfRange(name, Double(count), allowed: "[1, ∞)")
}
