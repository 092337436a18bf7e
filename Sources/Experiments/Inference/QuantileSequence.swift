import Glibc
import SpecialFunctions

/// An exact confidence sequence for a quantile of one variant's values, from counts alone.
///
/// At the quantile, a value is at most it with the known probability: a value is rejected where the
/// beta-binomial evidence against that probability reaches the threshold. For values drawn
/// independently from one distribution. Method: Howard & Ramdas (2022), *Bernoulli* 28(3), § 3, with
/// the beta-binomial mixture (Lindon & Malek 2022, two cells) as its boundary.
struct QuantileSequence {
  let probability: Double
  let strength: Double

  /// - Parameter plannedUnits: Where the sequence is to be tight.
  init(probability: Double, plannedUnits: Double) {
    self.probability = probability
    // The prior's spread of the share is that of the share after so many units, times 3.
    strength = max(1, plannedUnits / 9)
  }

  /// The values that the counts do not reject at `alpha`, ends included; `nil` where an end is
  /// beyond all values seen.
  func interval(
    of values: QuantileSummary, alpha: Double
  ) -> (lower: Double?, upper: Double?) {
    let threshold = -log(alpha)
    let hasLower = isTooFew(0, of: values.count, threshold)
    var (lower, upper): (Double?, Double?) = (nil, nil)
    var through = 0
    for bin in values.bins {
      // Below the quantile fewer values lie than its probability tells, above it more.
      if upper == nil, isTooMany(through, of: values.count, threshold) { upper = bin.lower }
      through += bin.count
      if hasLower, lower == nil, !isTooFew(through, of: values.count, threshold) {
        lower = bin.lower
      }
    }
    return (lower, upper)
  }

  private func isTooFew(_ count: Int, of total: Int, _ threshold: Double) -> Bool {
    Double(count) < probability * Double(total) && logEvidence(count, of: total) >= threshold
  }

  private func isTooMany(_ count: Int, of total: Int, _ threshold: Double) -> Bool {
    Double(count) > probability * Double(total) && logEvidence(count, of: total) >= threshold
  }

  private func logEvidence(_ count: Int, of total: Int) -> Double {
    dirichletMultinomialLogEvidence(
      counts: [Double(count), Double(total - count)],
      probabilities: [probability, 1 - probability], strength: strength)
  }
}
