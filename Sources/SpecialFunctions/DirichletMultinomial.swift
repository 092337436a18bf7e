import Glibc

/// Returns log Γ(x) − ((x − ½) log x − x + ½ log 2π), Stirling's remainder: about 1 / (12 x).
///
/// - Precondition: `x` is above 0.
func stirlingRemainder(_ x: Double) -> Double {
  precondition(x > 0, "argument \(x), not above 0")
  guard x >= 16 else {
    return lgamma(x) - ((x - 0.5) * log(x) - x + 0.918_938_533_204_672_8)
  }
  // Abramowitz & Stegun (1964), 6.1.41; the first term left out is below 10⁻¹⁶ from 16 on.
  let inverse = 1 / x
  let square = inverse * inverse
  let tail = 1.0 / 1680 - square * (1.0 / 1188 - square * 691 / 360_360)
  return inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * tail)))
}

/// Returns the logarithm of the evidence of `counts` against fixed `probabilities`, from a Dirichlet
/// prior of `strength` centred on them:
/// log B(strength × probabilities + counts) − log B(strength × probabilities) − Σ count log probability.
///
/// As deviance plus remainders, so that counts of 10¹² keep their digits; differences of log Γ would
/// lose all of them. Source: Lindon & Malek (2022), *NeurIPS*, eq. 7.
///
/// - Parameter probabilities: Positive, with sum 1; one for each count.
public func dirichletMultinomialLogEvidence(
  counts: [Double], probabilities: [Double], strength: Double
) -> Double {
  precondition(
    counts.count == probabilities.count,
    "\(counts.count) counts for \(probabilities.count) probabilities")
  let total = counts.reduce(0, +)
  if total == 0 { return 0 }
  let posterior = strength + total
  var result =
    log1p(total / strength) / 2 - stirlingRemainder(posterior) + stirlingRemainder(strength)
  for (count, probability) in zip(counts, probabilities) {
    let prior = strength * probability
    result +=
      poissonDeviance(prior + count, mean: posterior * probability)
      - log1p(count / prior) / 2
      + stirlingRemainder(prior + count) - stirlingRemainder(prior)
  }
  return result
}
