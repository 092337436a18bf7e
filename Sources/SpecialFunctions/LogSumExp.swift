import Glibc

/// Returns log Σ `weights`ᵢ exp(`exponents`ᵢ) with neither overflow nor underflow: −∞ where every term
/// is 0.
package func logSumExp(_ exponents: [Double], weights: [Double]) -> Double {
  guard let largest = exponents.max(), largest > -.infinity else { return -.infinity }
  var sum = 0.0
  for (exponent, weight) in zip(exponents, weights) { sum += weight * exp(exponent - largest) }
  return largest + log(sum)
}
