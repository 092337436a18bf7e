import Glibc
import SpecialFunctions

/// Deals units to variants by how likely each is the best, and never less than a floor.
///
/// For many variants that cost something to show; never the default, as a fixed split decides sooner. What it
/// deals must be logged with each decision: inference by the known probabilities stays exact, by plain
/// means it is biased (Shin, Ramdas & Rinaldo 2019, *NeurIPS*).
/// Method: Thompson (1933), *Biometrika* 25, 285–294, for shares with Beta(1, 1) beliefs.
public struct ThompsonAllocation: Hashable, Sendable {
  /// The least probability of a variant: it bounds the weights of inference by 1 / floor.
  public let floor: Double

  /// - Throws: `DesignError` where the floor is not above 0.
  public init(floor: Double) throws(DesignError) {
    guard floor > 0, floor <= 0.5 else {
      throw .outOfRange("the floor of the allocation", floor, allowed: "(0, 0.5]")
    }
    self.floor = floor
  }

  /// Returns the probability of each variant for the units to come, given all units so far.
  ///
  /// Of `drawCount` draws from the beliefs, the share in which a variant converts best, mixed with equal
  /// parts so that none is below the floor.
  ///
  /// - Parameter tallies: Units and conversions of each variant; the metric is a share.
  /// - Throws: `DesignError` where the floor is too high for so many variants.
  public func probabilities(
    _ tallies: [MetricTally], isIncreaseBetter: Bool = true, drawCount: Int = 10_000,
    using generator: inout some RandomNumberGenerator
  ) throws(DesignError) -> [Double] {
    let count = tallies.count
    guard count >= 2 else { throw .tooFewVariants(count: count) }
    guard floor * Double(count) < 1 else {
      throw .outOfRange(
        "the floor of the allocation", floor, allowed: "(0, \(1 / Double(count)))")
    }
    var wins = [Int](repeating: 0, count: count)
    for _ in 0..<max(drawCount, 1) {
      let rates = tallies.map { tally in
        let rate = generator.nextBeta(
          Double(tally.conversions + 1), Double(tally.units - tally.conversions + 1))
        return isIncreaseBetter ? rate : -rate
      }
      let best = rates.indices.max { rates[$0] < rates[$1] } ?? 0
      wins[best] += 1
    }
    let free = 1 - floor * Double(count)
    return wins.map { floor + free * Double($0) / Double(max(drawCount, 1)) }
  }

  /// The variant of a unit at `place` in [0, 1), such as its bucket: the same as long as `probabilities` are.
  public static func variant(at place: Double, probabilities: [Double]) -> Int {
    var end = 0.0
    for (variant, probability) in probabilities.enumerated() {
      end += probability
      if place < end { return variant }
    }
    return probabilities.count - 1
  }
}

extension RandomNumberGenerator {
  /// Draws from a Beta distribution, as the share of one gamma variable in the sum of two.
  fileprivate mutating func nextBeta(_ a: Double, _ b: Double) -> Double {
    let x = nextGamma(shape: a)
    let y = nextGamma(shape: b)
    return x / (x + y)
  }

  /// Draws from a gamma distribution with scale 1. Method: Marsaglia & Tsang (2000), *ACM TOMS* 26(3), 363–372.
  ///
  /// - Precondition: `shape` is at least 1.
  private mutating func nextGamma(shape: Double) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextStandardNormal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(1 - nextUniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }
}
