/// A seeded generator: the same seed gives the same numbers on every machine and release.
///
/// Method: Steele, Lea & Flood (2014), *OOPSLA*, "Fast splittable pseudorandom number generators";
/// constants of Vigna's splitmix64.c. Period 2⁶⁴. Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
