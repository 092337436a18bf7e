/// What one design takes to find the planned effect; units are of all variants together.
public struct DesignCost: Hashable, Sendable {
  public enum Design: String, Hashable, Sendable, CaseIterable {
    case fixed, groupSequential, groupSequentialFutility, unlimitedExact, soonestExact, asymptotic
  }

  public let design: Design
  /// The most it can take; `nil` for one without end.
  public let maximumUnits: Double?
  /// The chance to find the planned effect, by `maximumUnits` or within the plan's end.
  public let power: Double
  public let meanUnits: Double
  public let medianUnits: Double?
  /// What nine in ten experiments with the planned effect have stopped by; `nil` where fewer do.
  public let ninetiethUnits: Double?
  /// The mean where there is no effect; `nil` for designs that then do not stop by themselves.
  public let meanUnitsWithoutEffect: Double?
  /// The share of experiments without an effect that call one, on either side.
  public let falseCalls: Double
  /// By the multiples of `PlanCurve.multiples`: the chance to call an effect for the better.
  public let powers: [Double]
}

/// The effects at which power is drawn, in multiples of the planned one.
public enum PlanCurve {
  public static let multiples = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]
}

extension DesignCost {
  /// - Parameters:
  ///   - test: Of one treatment against control.
  ///   - scale: Units of all variants for each unit of that pair.
  init(fixed test: FixedTest, effect: Double, power: Double, scale: Double) throws(DesignError) {
    let units = try test.units(effect: effect, power: power)
    var powers: [Double] = []
    for multiple in PlanCurve.multiples {
      let reached = try? test.power(effect: multiple * effect, units: units)
      // Without an effect, or beyond a share of 1, there is nothing to compute.
      powers.append(multiple == 0 ? test.alpha / 2 : reached ?? 1)
    }
    self.init(
      design: .fixed, maximumUnits: units * scale, power: power, meanUnits: units * scale,
      medianUnits: units * scale, ninetiethUnits: units * scale,
      meanUnitsWithoutEffect: units * scale, falseCalls: test.alpha, powers: powers)
  }

  /// - Parameter fixedUnits: The units, of all variants, of the fixed test with the same level and power.
  init(groupSequential test: GroupSequentialTest, fixedUnits: Double) {
    let most = test.inflation * fixedUnits
    let planned = test.stops(atEffect: 1)
    let null = test.stops(atEffect: 0)
    let hasFutility = test.design.plan.futility != .none
    self.init(
      design: hasFutility ? .groupSequentialFutility : .groupSequential, maximumUnits: most,
      power: planned.power, meanUnits: most * planned.expectedFraction,
      medianUnits: most * planned.quantile(0.5), ninetiethUnits: most * planned.quantile(0.9),
      meanUnitsWithoutEffect: most * null.expectedFraction,
      falseCalls: null.power * Double(test.design.sides.rawValue),
      powers: PlanCurve.multiples.map { test.stops(atEffect: $0).power })
  }

  /// - Parameters:
  ///   - summaries: One for each of `PlanCurve.multiples`.
  ///   - scale: Units of all variants for each simulated unit.
  init(
    simulated design: Design, _ summaries: [StoppingSummary], maximumUnits: Double?, scale: Double
  ) {
    let planned = summaries[PlanCurve.multiples.firstIndex(of: 1) ?? 0]
    let null = summaries[0]
    let stopped = planned.differenceShare + planned.futileShare
    // One that ends at a cap has stopped there too.
    func quantile(_ level: Double) -> Double? {
      stopped >= level || maximumUnits != nil
        ? Double(planned.unitsQuantile(level)) * scale : nil
    }
    self.init(
      design: design, maximumUnits: maximumUnits, power: planned.betterShare,
      meanUnits: planned.meanUnits * scale, medianUnits: quantile(0.5),
      ninetiethUnits: quantile(0.9),
      meanUnitsWithoutEffect: maximumUnits == nil ? nil : null.meanUnits * scale,
      falseCalls: null.differenceShare, powers: summaries.map(\.betterShare))
  }
}
