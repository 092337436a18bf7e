/// Counts of values in bins 1/128 of an octave wide: quantiles to 0.4 % of their value, from a bounded
/// size that does not grow with the number of values.
///
/// A bin is sign, exponent and the top seven bits of the significand, so that pooling with `+` is
/// exact, in any order. An idea of Masson, Rim & Lee (2019), *VLDB* 12(12), 2195–2205, in bits
/// instead of logarithms.
public struct QuantileSummary: Hashable, Sendable {
  /// Counts by bin, in order of value.
  public private(set) var bins: [Bin] = []
  public private(set) var count = 0

  public struct Bin: Hashable, Sendable {
    /// Places bins in the order of their values.
    public let index: Int32
    public var count: Int

    /// The middle of the bin.
    public var value: Double { (lower + upper) / 2 }
    /// The end nearer to zero and the one farther from it, in order.
    public var lower: Double { QuantileSummary.range(ofBin: index).lowerBound }
    public var upper: Double { QuantileSummary.range(ofBin: index).upperBound }
  }

  public init() {}

  /// - Parameter bins: Of distinct, ascending indices and positive counts.
  public init(bins: [Bin]) {
    self.bins = bins
    count = bins.reduce(0) { $0 + $1.count }
  }

  public init(_ values: some Sequence<Double>) {
    var counts: [Int32: Int] = [:]
    for value in values { counts[Self.index(of: value), default: 0] += 1 }
    self.init(bins: counts.map { Bin(index: $0, count: $1) }.sorted { $0.index < $1.index })
  }

  public mutating func add(_ value: Double) {
    let index = Self.index(of: value)
    let place = bins.partitioningIndex { $0.index >= index }
    if place < bins.count, bins[place].index == index {
      bins[place].count += 1
    } else {
      bins.insert(Bin(index: index, count: 1), at: place)
    }
    count += 1
  }

  /// The number of values in bins up to the one that holds `value`.
  public func count(through value: Double) -> Int {
    let index = Self.index(of: value)
    return bins.prefix { $0.index <= index }.reduce(0) { $0 + $1.count }
  }

  /// The middle of the bin of the smallest value that at least `probability` of all do not exceed;
  /// `nil` with no values.
  public func quantile(_ probability: Double) -> Double? {
    guard count > 0 else { return nil }
    let rank = max(1, (probability * Double(count)).rounded(.up))
    var seen = 0
    for bin in bins {
      seen += bin.count
      if Double(seen) >= rank { return bin.value }
    }
    return bins.last?.value
  }

  public static func + (left: QuantileSummary, right: QuantileSummary) -> QuantileSummary {
    var merged: [Bin] = []
    merged.reserveCapacity(left.bins.count + right.bins.count)
    var rest = right.bins[...]
    for bin in left.bins {
      while let next = rest.first, next.index < bin.index { merged.append(rest.removeFirst()) }
      var bin = bin
      if let same = rest.first, same.index == bin.index {
        bin.count += same.count
        rest.removeFirst()
      }
      merged.append(bin)
    }
    return QuantileSummary(bins: merged + rest)
  }

  public static func += (left: inout QuantileSummary, right: QuantileSummary) {
    left = left + right
  }

  private static let droppedBits: UInt64 = 45

  /// 0 for zero, else the place of the bin by magnitude, under the sign of the value.
  static func index(of value: Double) -> Int32 {
    let magnitude = Int32(truncatingIfNeeded: value.magnitude.bitPattern >> droppedBits)
    if magnitude == 0 { return 0 }
    return value < 0 ? -magnitude : magnitude
  }

  static func range(ofBin index: Int32) -> ClosedRange<Double> {
    guard index != 0 else { return 0...0 }
    let bits = UInt64(index.magnitude)
    let near = Double(bitPattern: bits << droppedBits)
    let far = Double(bitPattern: (bits + 1) << droppedBits)
    return index < 0 ? (-far)...(-near) : near...far
  }
}

extension Array {
  /// The first place where `isAtOrAfter` holds, given that it holds from there on.
  func partitioningIndex(where isAtOrAfter: (Element) -> Bool) -> Int {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if isAtOrAfter(self[middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
