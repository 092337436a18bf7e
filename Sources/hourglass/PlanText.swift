import Experiments
import Plots

/// A plan as people read it.
struct PlanText {
  private let plan: ExperimentPlan
  private let metric: String
  private var request: PlanRequest { plan.request }

  init(_ plan: ExperimentPlan, metric: String) {
    self.plan = plan
    self.metric = metric
  }

  var text: String {
    var lines = [summary, ""]
    if plan.fixedUnitsUnadjusted > 1.001 * plan.fixedUnits {
      lines += [adjustment, ""]
    }
    lines += [alignedTable(rows), "", explanation]
    return lines.joined(separator: "\n")
  }

  private var summary: String {
    let past = request.past
    let effect =
      past.isShare
      ? "\(Self.signed(request.effect * 100)) points" : Self.signed(request.effect)
    let relative =
      past.mean == 0 ? "" : " (\(Self.signed(100 * request.effect / abs(past.mean))) %)"
    let mean =
      past.isShare
      ? NumberText.significant(past.mean * 100, digits: 4) + " %"
      : NumberText.significant(past.mean, digits: 4)
    let counts = plan.unitsPerVariant.map { NumberText.fixed($0, decimals: 0) }
    return "\(metric): \(mean) now; to find \(effect)\(relative) with power \(request.power),"
      + " two-sided alpha \(request.alpha)\n"
      + "one look takes \(counts.joined(separator: " + ")) units"
  }

  private var adjustment: String {
    let gain = 1 - plan.fixedUnits / plan.fixedUnitsUnadjusted
    return "the forecast from before exposure (correlation"
      + " \(NumberText.significant(request.past.correlation, digits: 3))) saves"
      + " \(NumberText.fixed(gain * 100, decimals: 0)) % of"
      + " \(NumberText.fixed(plan.fixedUnitsUnadjusted.rounded(.up), decimals: 0)) units"
  }

  private var rows: [[String]] {
    let hasTraffic = request.unitsPerDay != nil
    let header =
      ["design", "on average", "9 in 10 by", "at most", "without effect", "power", "false calls"]
      + (hasTraffic ? ["days", "9 in 10"] : [])
    return [header]
      + plan.costs.map { cost in
        let units = [cost.meanUnits, cost.ninetiethUnits, cost.maximumUnits].map(Self.units)
        let without = cost.meanUnitsWithoutEffect.map { Self.units($0) } ?? "no stop"
        let chances = [
          NumberText.fixed(cost.power, decimals: 2), NumberText.fixed(cost.falseCalls, decimals: 3),
        ]
        let days =
          hasTraffic
          ? [cost.meanUnits, cost.ninetiethUnits].map { units in
            units.flatMap { request.days(units: $0) }.map { NumberText.fixed($0, decimals: 0) }
              ?? "–"
          } : []
        return [Self.name(cost.design)] + units + [without] + chances + days
      }
  }

  private static func units(_ units: Double?) -> String {
    units.map { NumberText.fixed($0.rounded(.up), decimals: 0) } ?? "–"
  }

  private var explanation: String {
    let looks = request.looks.looks
    return """
      Units of all variants together, where the effect is the planned one. Group sequential: \(looks) looks;
      with futility it is one-sided at alpha / 2, as is soonest exact. Unlimited exact and asymptotic may be
      looked at after every unit, and run until \(Self.units(plan.endUnits)) units here. Simulated ones:
      \(request.runCount) runs for each effect, seed \(request.seed).
      """
  }

  var warnings: [String] {
    guard plan.isBeyond90Days, let days = request.days(units: plan.fixedUnits) else { return [] }
    var text =
      "this traffic takes \(NumberText.fixed(days, decimals: 0)) days to find the effect, more than 90;"
    if let effect = plan.minimumEffectIn90Days {
      let size = request.past.isShare ? effect * 100 : effect
      text +=
        " in 90 days it finds \(Self.signed(size))\(request.past.isShare ? " points" : "") or more;"
    }
    return [text + " take a metric nearer to the change, more traffic, or a larger effect"]
  }

  private static func signed(_ value: Double) -> String {
    (value > 0 ? "+" : "") + NumberText.significant(value, digits: 3)
  }

  static func name(_ design: DesignCost.Design) -> String {
    switch design {
    case .fixed: "fixed, one look"
    case .groupSequential: "group sequential"
    case .groupSequentialFutility: "group sequential, futility"
    case .unlimitedExact: "unlimited exact"
    case .soonestExact: "soonest exact"
    case .asymptotic: "asymptotic"
    }
  }

  /// The power of each design by the true effect.
  func powerCurve() throws -> Chart {
    let isShare = request.past.isShare
    let layers = plan.costs.filter { $0.design != .asymptotic }.map { cost in
      Layer(
        Self.name(cost.design),
        .line(
          zip(PlanCurve.multiples, cost.powers).map {
            Layer.Point(x: $0 * request.effect * (isShare ? 100 : 1), y: $1)
          }))
    }
    return try Chart(
      "Power to find an effect on \(metric)",
      summary: "The chance that each design calls an effect for the better, by the true effect.",
      x: Axis("true effect", unit: isShare ? "percentage points" : nil),
      y: Axis("power", format: .percent, range: 0...1),
      layers: layers + [
        Layer(
          "planned effect", .verticalRule(request.effect * (isShare ? 100 : 1)))
      ])
  }
}
