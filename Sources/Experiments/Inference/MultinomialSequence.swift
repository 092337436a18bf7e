import Glibc
import SpecialFunctions

/// The exact multinomial e-process of one split: counts by variant against the probabilities that they
/// were dealt by, under a Dirichlet prior centred on these.
///
/// Of units it judges the split (sample ratio mismatch); of conversions, whether variants convert at
/// one rate, since each conversion then falls into a variant with its assignment probability,
/// however that rate drifts. Counts of several splits, phases or bandit steps multiply.
///
/// Method: Lindon & Malek (2022), *NeurIPS* 35, "Anytime-valid inference for multinomial count data".
public struct MultinomialSequence: Hashable, Sendable {
  /// The prior's weight, in counts: large for small deviations.
  public let strength: Double
  private var counts: [[Double]: [Double]] = [:]
  /// Splits in the order that they came in, so that sums have one order.
  private var splits: [[Double]] = []
  /// Whether a variant that gets no unit has one.
  private var isImpossible = false

  /// - Precondition: a positive strength.
  public init(strength: Double) {
    precondition(strength > 0, "strength \(strength), not positive")
    self.strength = strength
  }

  /// Adds counts of one split.
  ///
  /// - Parameter probabilities: Of each variant, in any scale; those in need of none are 0.
  public mutating func add(_ increment: [Int], probabilities: [Double]) {
    precondition(
      increment.count == probabilities.count,
      "\(increment.count) counts for \(probabilities.count) probabilities")
    for (count, probability) in zip(increment, probabilities) where probability <= 0 {
      isImpossible = isImpossible || count > 0
    }
    if counts[probabilities] == nil { splits.append(probabilities) }
    var sums = counts[probabilities] ?? [Double](repeating: 0, count: increment.count)
    for place in sums.indices { sums[place] += Double(increment[place]) }
    counts[probabilities] = sums
  }

  public var total: Int { Int(splits.reduce(0) { $0 + (counts[$1] ?? []).reduce(0, +) }) }

  /// The log evidence against variants that differ in nothing but how many units they were dealt.
  public var logEvidence: Double {
    if isImpossible { return .infinity }
    return splits.reduce(0) { $0 + evidence(counts[$1] ?? [], $1) }
  }

  private func evidence(_ counts: [Double], _ split: [Double]) -> Double {
    let places = split.indices.filter { split[$0] > 0 }
    let weights = places.map { split[$0] }
    let sum = weights.reduce(0, +)
    return dirichletMultinomialLogEvidence(
      counts: places.map { counts[$0] }, probabilities: weights.map { $0 / sum },
      strength: strength)
  }

  /// log of the likelihood of the counts where they are dealt by the split times `odds`, one for each
  /// variant, over that of even odds.
  private func logLikelihoodRatio(odds: [Double]) -> Double {
    var log = 0.0
    for split in splits {
      guard let counts = counts[split] else { continue }
      var tilted = 0.0
      var sum = 0.0
      for place in split.indices {
        tilted += max(0, split[place]) * odds[place]
        sum += max(0, split[place])
      }
      for place in split.indices where counts[place] > 0 {
        log += counts[place] * Glibc.log(odds[place] * sum / tilted)
      }
    }
    return log
  }

  /// The relative effects of the second of two variants on the first, in (−1, ∞), that the evidence at
  /// this look does not speak against at `alpha`.
  ///
  /// Exact where the ratio of the two rates is constant in time. Ends of several looks may be
  /// intersected.
  public func relativeInterval(alpha: Double) -> ClosedRange<Double> {
    guard !isImpossible, total > 0 else { return -1...(.infinity) }
    // Odds move the likelihood alone; the prior's part is the same at all of them.
    let atEvenOdds = logEvidence + log(alpha)
    func excess(_ logRatio: Double) -> Double {
      atEvenOdds - logLikelihoodRatio(odds: [1, exp(logRatio)])
    }
    let centre = logRatioEstimate
    return expm1(end(from: centre, step: -1, excess))...expm1(end(from: centre, step: 1, excess))
  }

  /// log of (treatment / control conversions), over the same of the units dealt; half a count each
  /// keeps it finite.
  private var logRatioEstimate: Double {
    var (sums, dealt) = ([0.5, 0.5], [0.0, 0.0])
    for split in splits {
      let counts = counts[split] ?? [0, 0]
      let total = counts.reduce(0, +)
      for place in 0..<2 {
        sums[place] += counts[place]
        dealt[place] += total * split[place]
      }
    }
    return log(sums[1] / sums[0]) - log(dealt[1] / dealt[0])
  }

  /// The evidence is convex in the log ratio and least near `centre`.
  private func end(
    from centre: Double, step: Double, _ excess: (Double) -> Double
  ) -> Double {
    var inner = (at: centre, excess: excess(centre))
    guard inner.excess < 0 else { return centre }
    var width = 0.01
    while width < 60 {
      let at = centre + step * width
      let value = excess(at)
      if value >= 0 { return root(inner: inner, outer: (at, value), excess) }
      inner = (at, value)
      width *= 2
    }
    return step * .infinity
  }

  /// The strength at which a share `probability` of the counts that became `deviating` is found
  /// soonest.
  public static func strength(probability: Double, deviating: Double) -> Double {
    let deviation = deviating - probability
    return max(1, deviating * (1 - deviating) / (deviation * deviation) - 1)
  }

  /// The strength for the least relative effect worth having, given treatment's assignment
  /// probability among the two.
  public static func strength(relativeEffect: Double, probability: Double) -> Double {
    let odds = probability * (1 + relativeEffect)
    return strength(probability: probability, deviating: odds / (1 - probability + odds))
  }
}
