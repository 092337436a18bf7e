import SpecialFunctions

@testable import Experiments

/// A look of two variants' conversions, split evenly unless said.
func pairLook(
  control: (units: Int, conversions: Int), treatment: (units: Int, conversions: Int),
  probability: Double = 0.5
) -> [PairOutcome] {
  [(false, control), (true, treatment)].flatMap { isTreatment, counts in
    [(0.0, counts.units - counts.conversions), (1.0, counts.conversions)].map { outcome, count in
      PairOutcome(
        probability: probability, isTreatment: isTreatment, outcome: outcome, count: count)
    }
  }
}

func conversionMetric(
  _ name: String = "purchase", _ direction: MetricDefinition.Direction = .increase
) throws -> MetricDefinition {
  try MetricDefinition(name: name, kind: .conversion(event: name), direction: direction)
}

/// An experiment on purchases at 5 %, least effect one point.
func purchaseDefinition(
  design: StoppingDesign = .unlimitedExact, variants: [String] = ["control", "treatment"],
  weights: [Double]? = nil, baseline: Double? = 0.05, guardrails: [Guardrail] = [],
  secondary: [MetricDefinition] = [], dimensions: [String] = []
) throws -> ExperimentDefinition {
  try ExperimentDefinition(
    key: "cart", unit: "customer",
    goal: Goal(
      metric: conversionMetric(), minimumEffect: .absolute(0.01), baseline: baseline),
    guardrails: guardrails, secondary: secondary, design: design,
    phases: [
      Phase(assignment: AssignmentDesign(salt: "cart", variants: variants, weights: weights))
    ],
    dimensions: dimensions)
}

/// A look of conversions: units and conversions by variant, for each metric.
func conversionLook(
  units: [Int], conversions: [[Int]], probabilities: [Double]? = nil, end: Double? = nil
) -> Look {
  let probabilities =
    probabilities ?? [Double](repeating: 1 / Double(units.count), count: units.count)
  return Look(
    endSeconds: end,
    increments: [
      PhaseIncrement(
        phase: 0, splits: [SplitCount(probabilities: probabilities, units: units)],
        metrics: conversions.map {
          MetricIncrement(probabilities: probabilities, units: units, conversions: $0)
        })
    ])
}
