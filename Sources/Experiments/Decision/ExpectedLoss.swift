import Glibc
import SpecialFunctions

/// What a choice costs on average, given a difference's posterior: normal, from a flat prior.
///
/// Stucchio (2015), "Bayesian A/B testing at VWO", § 6; E[max(−δ, 0)] in closed form.
struct ExpectedLoss {
  let shipping: Double
  let keeping: Double

  /// - Parameter difference: Treatment − control, positive where treatment is better.
  init(difference: Double, standardError: Double) {
    let z = difference / standardError
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    shipping = max(0, standardError * (density - z * normalCDF(-z)))
    keeping = max(0, standardError * (density + z * normalCDF(z)))
  }

  /// From conversions: the moments of Beta posteriors under a uniform prior.
  init(control: MetricTally, treatment: MetricTally, direction: Double) {
    func moments(_ tally: MetricTally) -> (mean: Double, variance: Double) {
      let successes = Double(tally.conversions) + 1
      let sum = Double(tally.units) + 2
      let mean = successes / sum
      return (mean, mean * (1 - mean) / (sum + 1))
    }
    let (first, second) = (moments(control), moments(treatment))
    self.init(
      difference: direction * (second.mean - first.mean),
      standardError: (first.variance + second.variance).squareRoot())
  }
}
