import Glibc
import SpecialFunctions

/// The payoffs that were bet on, in as many counts as there are distinct ones: wealth at any supposed
/// difference can be computed from it at any time.
///
/// A payoff is x = (Z/π − (1 − Z)/(1 − π)) (Y − m) (Waudby-Smith et al. 2024, arXiv 2210.10768): its
/// mean is the difference whatever m is foretold. The wealth of bet k after all payoffs is
/// Π (1 + multiple_k × scale × (x − d)), a supermartingale where the difference is d.
struct BettingLedger: Hashable, Sendable {
  private(set) var payoffs: [Double] = []
  /// The bet that suits the minimum effect, per payoff: minimum effect over the variance of x.
  private(set) var scales: [Double] = []
  /// The largest bet that cannot lose all at any difference in [−1, 1].
  private(set) var limits: [Double] = []
  private(set) var counts: [Double] = []
  /// Σ count × payoff and Σ count: their ratio is an estimate that no wealth speaks against.
  private(set) var sum = 0.0
  private(set) var total = 0.0
  private var places: [Key: Int] = [:]

  private struct Key: Hashable {
    let payoff: Double
    let scale: Double
  }

  var isEmpty: Bool { total == 0 }

  /// The mean payoff: log(1 + u) ≤ u, so at this difference the wealth of no bet is above 1.
  var centre: Double { total > 0 ? sum / total : 0 }

  mutating func add(payoff: Double, scale: Double, limit: Double, count: Int) {
    guard count > 0 else { return }
    let count = Double(count)
    sum += count * payoff
    total += count
    if let place = places[Key(payoff: payoff, scale: scale)] {
      counts[place] += count
      return
    }
    places[Key(payoff: payoff, scale: scale)] = counts.count
    payoffs.append(payoff)
    scales.append(scale)
    limits.append(limit)
    counts.append(count)
  }

  /// The log wealth of the mixture, betting that the difference is above `difference` (side 1) or
  /// below it (side −1).
  func logWealth(_ mixture: BetMixture, side: Double, at difference: Double) -> Double {
    let exponents = mixture.multiples.map { multiple in
      var log = 0.0
      for place in counts.indices {
        let bet = min(multiple * scales[place], limits[place])
        log += counts[place] * log1p(side * bet * (payoffs[place] - difference))
      }
      return log
    }
    return logSumExp(exponents, weights: mixture.weights)
  }

  /// The differences that neither side's wealth speaks against: both below exp(`logThreshold`).
  ///
  /// Each side's wealth is monotone in the difference; the end reported is the one of the last two
  /// tried that the wealth rejects.
  func interval(_ mixture: BetMixture, logThreshold: Double) -> ClosedRange<Double> {
    let centre = min(1, max(-1, centre))
    let lower = bound(mixture, side: 1, from: centre, logThreshold: logThreshold)
    let upper = bound(mixture, side: -1, from: centre, logThreshold: logThreshold)
    return min(lower, centre)...max(upper, centre)
  }

  private func bound(
    _ mixture: BetMixture, side: Double, from centre: Double, logThreshold: Double
  ) -> Double {
    func excess(_ difference: Double) -> Double {
      logWealth(mixture, side: side, at: difference) - logThreshold
    }
    var inner = (at: centre, excess: excess(centre))
    var outer = (at: -side, excess: 0.0)
    var step = max(1e-9, 2 * (logThreshold / max(1, total)).squareRoot() * spread)
    while true {
      let next = min(1, max(-1, centre - side * step))
      let value = excess(next)
      if value >= 0 {
        outer = (next, value)
        break
      }
      if next == -side { return -side }
      inner = (next, value)
      step *= 2
    }
    return root(inner: inner, outer: outer, excess)
  }

  /// The root mean square payoff: the scale of the interval's width.
  private var spread: Double {
    var squares = 0.0
    for place in counts.indices { squares += counts[place] * payoffs[place] * payoffs[place] }
    return (squares / max(1, total)).squareRoot()
  }
}

/// Narrows a bracket of a root by regula falsi with the Illinois step, to 10⁻⁷ of its first width.
///
/// - Parameters:
///   - inner: Where the function is negative.
///   - outer: Where it is not.
/// - Returns: The end of the last bracket where the function is not negative.
func root(
  inner: (at: Double, excess: Double), outer: (at: Double, excess: Double),
  _ excess: (Double) -> Double
) -> Double {
  var (inner, outer) = (inner, outer)
  let tolerance = max(1e-7 * abs(outer.at - inner.at), 1e-15)
  var lastSide = 0
  for step in 1...120 where abs(outer.at - inner.at) > tolerance {
    var next = (inner.at * outer.excess - outer.at * inner.excess) / (outer.excess - inner.excess)
    // Every fourth step halves the bracket, whatever the function's shape.
    if !next.isFinite || step % 4 == 0 { next = (inner.at + outer.at) / 2 }
    let value = excess(next)
    if value >= 0 {
      // A root met exactly, or all but: the bracket would shrink from one side alone.
      if value < 1e-9 { return next }
      outer = (next, value)
      if lastSide == 1 { inner.excess /= 2 }
      lastSide = 1
    } else {
      inner = (next, value)
      if lastSide == -1 { outer.excess /= 2 }
      lastSide = -1
    }
  }
  return outer.at
}
