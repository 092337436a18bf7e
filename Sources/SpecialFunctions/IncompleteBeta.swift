import Glibc

/// Returns the regularised incomplete beta function I_x(a, b): the chance that a Beta(a, b) variable
/// does not exceed `x`. Its complement is `regularizedBeta(1 - x, b, a)`.
///
/// Method: the continued fraction of DiDonato & Morris (1992), *ACM TOMS* 18(3), eq. 3.1, by Lentz's
/// algorithm, on the side of the mean where it converges fast.
///
/// - Precondition: `a` and `b` are above 0 and finite; `x` is in [0, 1].
public func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "shapes \(a), \(b), not above 0")
  precondition(x >= 0 && x <= 1, "argument \(x), not in [0, 1]")
  if x == 0 || x == 1 { return x }
  if x > (a + 1) / (a + b + 2) { return 1 - betaTail(1 - x, b, a) }
  return betaTail(x, a, b)
}

/// Returns the chance that Student's t with `degreesOfFreedom` exceeds `t` in absolute value; its
/// digits hold as far down as a `Double` reaches.
///
/// - Precondition: `degreesOfFreedom` is above 0.
public func studentTwoSidedTail(_ t: Double, degreesOfFreedom: Double) -> Double {
  regularizedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
}

/// I_x(a, b) for x not much above the mean.
private func betaTail(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let logFront = a * log(x) + b * log1p(-x) - log(a) - logBeta(a, b)
  let tiny = 1e-300
  var d = 1 / nonzero(1 - (a + b) * x / (a + 1), tiny)
  var c = 1.0
  var fraction = d
  for m in 1...100_000 {
    let m = Double(m)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonzero(1 + even * d, tiny)
    c = nonzero(1 + even / c, tiny)
    fraction *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonzero(1 + odd * d, tiny)
    c = nonzero(1 + odd / c, tiny)
    fraction *= d * c
    if abs(d * c - 1) < 0x1p-52 { break }
  }
  return exp(logFront) * fraction
}

private func nonzero(_ x: Double, _ tiny: Double) -> Double { abs(x) < tiny ? tiny : x }

/// Returns log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b); for large arguments by Stirling's
/// remainders, since the three logarithms would cancel.
public func logBeta(_ a: Double, _ b: Double) -> Double {
  guard min(a, b) >= 16 else {
    guard max(a, b) > 100 else { return lgamma(a) + lgamma(b) - lgamma(a + b) }
    return lgamma(min(a, b)) + logGammaRatio(max(a, b), plus: min(a, b))
  }
  let sum = a + b
  return 0.918_938_533_204_672_8 - log(b) / 2 + (a - 0.5) * log(a / sum) - b * log1p(a / b)
    + stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(sum)
}

/// log Γ(x) − log Γ(x + h) for large x and small h.
private func logGammaRatio(_ x: Double, plus h: Double) -> Double {
  -(x - 0.5) * log1p(h / x) - h * log(x + h) + h + stirlingRemainder(x) - stirlingRemainder(x + h)
}
