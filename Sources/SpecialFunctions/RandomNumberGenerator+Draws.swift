/// Draws whose algorithm is fixed here, so that a seed gives the same bytes under every release of
/// Swift; the standard library promises that for none of its own.
extension RandomNumberGenerator {
  /// Draws a multiple of 2⁻⁵³ in [0, 1), each as likely. Takes one `next()`.
  public mutating func nextUniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Draws from the normal distribution with mean 0 and variance 1. Takes one `next()`.
  ///
  /// The quantile of a midpoint of 2⁵² equal cells: symmetric about 0, and never beyond ±8.21.
  public mutating func nextStandardNormal() -> Double {
    // 52 bits: with 53, the last midpoint would round to 1 and its quantile be infinite.
    normalQuantile((Double(next() >> 12) + 0.5) * 0x1p-52)
  }

  /// Draws one of 0 ..< `bound`, each exactly as likely.
  ///
  /// Method: Lemire (2019), *ACM TOMACS* 29(1), 3. Takes one `next()`, seldom more.
  ///
  /// - Precondition: `bound` is positive.
  public mutating func nextIndex(below bound: Int) -> Int {
    precondition(bound > 0, "bound \(bound) is not positive")
    let range = UInt64(bound)
    var product = range.multipliedFullWidth(by: next())
    if product.low < range {
      let threshold = (0 &- range) % range  // 2⁶⁴ mod range
      while product.low < threshold { product = range.multipliedFullWidth(by: next()) }
    }
    return Int(product.high)
  }
}

extension Array {
  /// Returns the elements in an order drawn from `generator`, each order as likely.
  ///
  /// Method: Fisher–Yates from the last position down (Durstenfeld 1964, *CACM* 7(7), 420).
  public func reproduciblyShuffled(using generator: inout some RandomNumberGenerator) -> [Element] {
    var shuffled = self
    var last = count - 1
    while last > 0 {
      shuffled.swapAt(last, generator.nextIndex(below: last + 1))
      last -= 1
    }
    return shuffled
  }
}
