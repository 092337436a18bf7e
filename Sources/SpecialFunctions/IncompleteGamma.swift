import Glibc

/// Returns the regularised lower incomplete gamma function P(a, x) = γ(a, x) / Γ(a): 0 at 0, 1 at ∞.
///
/// Below x = a + 1 by its series, and so to the last digits of a small answer; above, as 1 − Q(a, x).
///
/// - Precondition: `a` is above 0 and finite, `x` not below 0.
public func regularizedGammaP(_ a: Double, _ x: Double) -> Double {
  checkGammaArguments(a, x)
  return x < a + 1 ? lowerGammaSeries(a, x) : 1 - upperGammaFraction(a, x)
}

/// Returns the regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), with its digits as
/// far down as a `Double` reaches.
///
/// Above x = a + 1 by its continued fraction (Abramowitz and Stegun 1964, 6.5.31), evaluated by
/// Lentz's method; below, as 1 − P(a, x), which for a not below ½ is at least 0.08.
///
/// - Precondition: `a` is above 0 and finite, `x` not below 0.
public func regularizedGammaQ(_ a: Double, _ x: Double) -> Double {
  checkGammaArguments(a, x)
  return x < a + 1 ? 1 - lowerGammaSeries(a, x) : upperGammaFraction(a, x)
}

/// Returns the chance that a chi-squared variable with `degreesOfFreedom` is above `x`.
///
/// - Precondition: `degreesOfFreedom` is at least 1; `x` is not below 0.
public func chiSquaredSurvival(_ x: Double, degreesOfFreedom: Int) -> Double {
  regularizedGammaQ(Double(degreesOfFreedom) / 2, x / 2)
}

private func checkGammaArguments(_ a: Double, _ x: Double) {
  precondition(a > 0 && a.isFinite, "shape \(a), not above 0 and finite")
  precondition(x >= 0, "argument \(x), not 0 or above")
}

/// P(a, x) = xᵃ e⁻ˣ / Γ(a + 1) × Σ xᵏ / ((a + 1) … (a + k)); Abramowitz and Stegun (1964), 6.5.29.
private func lowerGammaSeries(_ a: Double, _ x: Double) -> Double {
  if x == 0 { return 0 }
  var term = 1.0
  var sum = 1.0
  var denominator = a
  // x < a + 1: every term is smaller than the one before it.
  while term > sum * 0x1p-54 {
    denominator += 1
    term *= x / denominator
    sum += term
  }
  return gammaDensity(a, x) * sum
}

/// Q(a, x) = xᵃ e⁻ˣ / Γ(a) × 1 / (x + 1 − a − 1 (1 − a) / (x + 3 − a − …)).
private func upperGammaFraction(_ a: Double, _ x: Double) -> Double {
  let density = gammaDensity(a, x)
  if density == 0 { return 0 }
  // Lentz's ratios of numerators and of denominators; x ≥ a + 1 keeps both away from 0.
  var b = x + 1 - a
  var numerators = Double.infinity
  var denominators = 1 / b
  var fraction = denominators
  var change = 0.0
  var k = 0.0
  while abs(change - 1) > 0x1p-53 {
    k += 1
    let coefficient = -k * (k - a)
    b += 2
    denominators = 1 / (b + coefficient * denominators)
    numerators = b + coefficient / numerators
    change = numerators * denominators
    fraction *= change
    if k > 1e6 { break }  // a of 10¹⁰ takes 10⁵ terms; rounding may keep the last ulp from settling
  }
  return density * a * fraction
}

/// Returns xᵃ e⁻ˣ / Γ(a + 1), the chance of a under a Poisson distribution with mean x.
///
/// For large a the powers cancel; what is left is a Stirling remainder and a deviance.
/// Method: Loader (2000), "Fast and accurate computation of binomial probabilities".
private func gammaDensity(_ a: Double, _ x: Double) -> Double {
  if x == 0 || x == .infinity { return 0 }
  guard a > 100 else {
    if x > 1e4 { return 0 }  // below 10⁻³⁹⁰⁰
    let root = pow(x, a / 2) * exp(-x / 2)
    return root * root / tgamma(a + 1)
  }
  let inverse = 1 / a
  let square = inverse * inverse
  let remainder =
    inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)))
  return exp(-remainder - poissonDeviance(a, mean: x)) / (2 * Double.pi * a).squareRoot()
}

/// Returns a log(a / mean) + mean − a, without cancellation where the two are close.
func poissonDeviance(_ a: Double, mean: Double) -> Double {
  let difference = a - mean
  let v = difference / (a + mean)
  guard abs(v) < 0.1 else { return a * log(a / mean) - difference }
  // With v = (a − mean) / (a + mean), log(a / mean) = 2 (v + v³/3 + v⁵/5 + …).
  var sum = difference * v
  var term = 2 * a * v
  var k = 1.0
  while true {
    term *= v * v
    k += 2
    let next = sum + term / k
    if next == sum { return sum }
    sum = next
  }
}
