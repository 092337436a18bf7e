import Glibc
import SpecialFunctions

/// One decision of a log: how likely it was, how likely another policy would have made it, what it brought.
public struct LoggedDecision: Hashable, Sendable {
  /// In [0, 1].
  public let reward: Double
  /// The probability by which the logging policy chose as it did.
  public let loggingProbability: Double
  /// The probability by which the policy to be judged would have.
  public let targetProbability: Double

  /// - Throws: `DesignError` for a reward or probability out of its range.
  public init(
    reward: Double, loggingProbability: Double, targetProbability: Double
  ) throws(DesignError) {
    guard reward >= 0, reward <= 1 else {
      throw .outOfRange("a reward", reward, allowed: "[0, 1]")
    }
    guard loggingProbability > 0, loggingProbability <= 1 else {
      throw .outOfRange("a logged probability", loggingProbability, allowed: "(0, 1]")
    }
    guard targetProbability >= 0, targetProbability <= 1 else {
      throw .outOfRange("a probability of the policy", targetProbability, allowed: "[0, 1]")
    }
    self.reward = reward
    self.loggingProbability = loggingProbability
    self.targetProbability = targetProbability
  }

  /// How much more often the policy would have made this decision.
  public var weight: Double { targetProbability / loggingProbability }
}

/// What a policy would have brought, from the log of another.
///
/// The mean of weight × reward is unbiased where the logging policy can make every decision that the other
/// makes (Horvitz & Thompson 1952). Its interval bets, so that it holds for any number of rewards: with
/// x = weight × reward / bound in [0, 1], each supposed mean m is held against two wealths,
/// Π (1 ± λᵢ (xᵢ − m)), with bets that look back only, and is kept while neither reaches 2 / alpha:
/// Waudby-Smith & Ramdas (2024), *JRSS B* 86(1), section 4.2; for logs Waudby-Smith et al. (2024),
/// *ACM/IMS JDS* 1(3). It holds at every look, in the order of the log.
public struct PolicyValue: Hashable, Sendable {
  public let decisionCount: Int
  public let rewardedCount: Int
  /// The mean of weight × reward.
  public let value: Double
  public let interval: ClosedRange<Double>
  /// Σ weight × reward / Σ weight: a little biased, often closer.
  public let selfNormalizedValue: Double
  /// How many decisions of its own the policy's log would be worth: (Σ weight)² / Σ weight².
  public let effectiveCount: Double
  public let meanWeight: Double
  public let largestWeight: Double

  /// - Parameters:
  ///   - decisions: In the order in which they were made.
  ///   - weightBound: The largest weight that any decision could have; fixed without sight of rewards.
  ///     Larger weights count as it, which errs to the low side.
  /// - Throws: `DesignError` without a decision, or with an alpha or bound out of range.
  public init(
    _ decisions: [LoggedDecision], weightBound: Double? = nil, alpha: Double = 0.05
  ) throws(DesignError) {
    guard !decisions.isEmpty else { throw .empty("the log of decisions") }
    guard alpha > 0, alpha < 1 else { throw .outOfRange("alpha", alpha, allowed: "(0, 1)") }
    let largest = decisions.reduce(0) { max($0, $1.weight) }
    let bound = weightBound ?? largest
    guard bound > 0, bound.isFinite else {
      throw .outOfRange("the bound of the weights", bound, allowed: "(0, ∞)")
    }
    var weights = CompensatedSum()
    var squares = CompensatedSum()
    var sum = CompensatedSum()
    for decision in decisions {
      let weight = min(decision.weight, bound)
      weights.add(weight)
      squares.add(weight * weight)
      sum.add(weight * decision.reward)
    }
    let count = Double(decisions.count)
    decisionCount = decisions.count
    rewardedCount = decisions.count { $0.reward > 0 }
    value = sum.value / count
    selfNormalizedValue = weights.value > 0 ? sum.value / weights.value : 0
    effectiveCount = squares.value > 0 ? weights.value * weights.value / squares.value : 0
    meanWeight = weights.value / count
    largestWeight = largest
    let shares = decisions.map { min($0.weight, bound) * $0.reward / bound }
    let interval = BettingInterval(shares).interval(alpha: alpha)
    // No policy brings more than the largest reward, 1; an unlucky estimate may be above it.
    self.interval =
      (interval.lowerBound * bound)...min(interval.upperBound * bound, max(1, value))
  }
}

/// An interval for the mean of values in [0, 1] whose mean given the past is constant.
struct BettingInterval {
  private let values: [Double]
  /// One over the standard deviation foreseen for each value.
  private let precisions: [Double]

  init(_ values: [Double]) {
    self.values = values
    var mean = 0.5
    // Half a value of variance ¼ stands for what was not seen yet: Waudby-Smith & Ramdas, eq. 15.
    var squares = 0.25
    var sum = 0.5
    precisions = values.enumerated().map { index, value in
      let count = Double(index + 1)
      defer {
        sum += value
        mean = sum / (count + 1)
        squares += (value - mean) * (value - mean)
      }
      return (count / squares).squareRoot()
    }
  }

  func interval(alpha: Double) -> ClosedRange<Double> {
    let threshold = log(2 / alpha)
    // Bets that suit the last value best; at any other time the interval holds too.
    let scale = (2 * threshold / Double(max(values.count, 1))).squareRoot()
    let mean = values.isEmpty ? 0.5 : values.reduce(0, +) / Double(values.count)
    let lower = bound(from: mean, to: 0, threshold) { self.logWealth(at: $0, side: 1, scale) }
    let upper = bound(from: mean, to: 1, threshold) { self.logWealth(at: $0, side: -1, scale) }
    return lower...upper
  }

  /// The log wealth of bets on a mean above (1) or below (−1) `mean`.
  private func logWealth(at mean: Double, side: Double, _ scale: Double) -> Double {
    // Three quarters of what could lose all.
    let limit = 0.75 / (side > 0 ? mean : 1 - mean)
    var log = 0.0
    for (value, precision) in zip(values, precisions) {
      log += log1p(side * min(scale * precision, limit) * (value - mean))
    }
    return log
  }

  /// The end of the interval between `inside` and `end`, on the side of `end`.
  private func bound(
    from inside: Double, to end: Double, _ threshold: Double, _ logWealth: (Double) -> Double
  ) -> Double {
    var (kept, dropped) = (inside, end)
    guard kept != dropped else { return end }
    for _ in 0..<60 where abs(kept - dropped) > 1e-7 * max(kept, dropped) {
      let middle = (kept + dropped) / 2
      if logWealth(middle) < threshold { kept = middle } else { dropped = middle }
    }
    return dropped
  }
}
