import Glibc
import SpecialFunctions

extension RandomNumberGenerator {
  mutating func nextChance(_ probability: Double) -> Bool { nextUniform() < probability }

  mutating func nextBetween(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * nextUniform()
  }

  /// From the exponential distribution with mean 1.
  mutating func nextExponential() -> Double { -log1p(-nextUniform()) }

  /// From the gamma distribution with mean `shape` and variance `shape`.
  ///
  /// Method: Marsaglia & Tsang (2000), *ACM TOMS* 26(3), 363; below 1 by their section 8.
  mutating func nextGamma(shape: Double) -> Double {
    guard shape >= 1 else {
      let larger = nextGamma(shape: shape + 1)
      return larger * pow(1 - nextUniform(), 1 / shape)
    }
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextStandardNormal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(1 - nextUniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  mutating func nextBeta(_ alpha: Double, _ beta: Double) -> Double {
    let left = nextGamma(shape: alpha)
    let right = nextGamma(shape: beta)
    let sum = left + right
    return sum > 0 ? left / sum : 0.5
  }

  /// From the Poisson distribution, by products of uniform draws: for small means.
  mutating func nextPoisson(mean: Double) -> Int {
    let limit = exp(-min(mean, 500))
    var product = nextUniform()
    var count = 0
    while product > limit {
      product *= nextUniform()
      count += 1
    }
    return count
  }

  /// An index with chances proportional to `weights`, whose sum is `total`.
  mutating func nextIndex(weights: [Double], total: Double) -> Int {
    var target = nextUniform() * total
    for index in weights.indices {
      target -= weights[index]
      if target < 0 { return index }
    }
    return weights.count - 1
  }
}

/// Scatters a number over all of 64 bits, each number to another one (the output step of SplitMix64): seeds
/// of streams that are not shifts of each other, and ids that tell nothing.
func scattered(_ number: UInt64, salt: UInt64) -> UInt64 {
  var first = SplitMix64(seed: number ^ (salt &* 0xD6E8_FEB8_6659_FD93))
  return first.next()
}
