import Glibc
import SpecialFunctions

/// Whether units fell into variants as the design has it, over all and by slice and look.
public struct SplitReading: Hashable, Sendable {
  public struct Alarm: Hashable, Sendable {
    /// Where: `all units`, `channel = email`, `look 12`.
    public let place: String
    /// The look at which it rang first.
    public let look: Int
    public let logEvidence: Double
    public let units: [Int]
    /// What the probabilities have, of as many units.
    public let expected: [Double]
  }

  /// Units by variant, in all.
  public let units: [Int]
  public let expected: [Double]
  /// The largest over all looks, of all units.
  public let logEvidence: Double
  /// Always-valid, of all units.
  public var pValue: Double { min(1, exp(-logEvidence)) }
  public let alarms: [Alarm]
}

/// Sample ratio mismatch at every look: an e-process over all units (`SplitSequence`), and one for each
/// slice and look.
///
/// Of the error level, 95 % watch all units; the rest is spread over slices and looks in the order
/// that they come up, the j-th getting 1 / (j (j + 1)) of it. A mismatch in one channel is thus
/// found though it vanishes among the rest.
public struct SplitCheck: Sendable {
  public let alpha: Double
  private let variantCount: Int
  private var overall: Watch
  private var slices: [Slice: Watch] = [:]
  private var watchCount = 0
  private var alarms: [SplitReading.Alarm] = []
  private var lookCount = 0

  /// The Dirichlet strength of the multinomial part: one for which splits 1 to 2 points off are found
  /// soonest.
  public static let strength = 1000.0
  /// The part of the error level that watches all units.
  static let overallShare = 0.95

  public init(variantCount: Int, alpha: Double = 0.05) {
    self.variantCount = variantCount
    self.alpha = alpha
    overall = Watch(place: "all units", alpha: Self.overallShare * alpha, count: variantCount)
  }

  /// Adds a look.
  public mutating func add(_ look: Look) {
    defer { lookCount += 1 }
    var day = Watch(place: "look \(lookCount + 1)", alpha: nextShare(), count: variantCount)
    for increment in look.increments {
      for split in increment.splits {
        overall.add(split)
        day.add(split)
      }
      for slice in increment.slices { add(slice) }
    }
    for alarm in [overall.alarm(look: lookCount), day.alarm(look: lookCount)] {
      if let alarm { alarms.append(alarm) }
    }
    for slice in slices.keys.sorted() {
      if let alarm = slices[slice]?.alarm(look: lookCount) { alarms.append(alarm) }
    }
  }

  public var reading: SplitReading {
    SplitReading(
      units: overall.units, expected: overall.expected, logEvidence: overall.highest,
      alarms: alarms)
  }

  private mutating func add(_ increment: SliceIncrement) {
    let slice = increment.slice
    var watch =
      slices[slice]
      ?? Watch(
        place: "\(slice.dimension) = \(slice.level)", alpha: nextShare(), count: variantCount)
    for split in increment.splits { watch.add(split) }
    slices[slice] = watch
  }

  private mutating func nextShare() -> Double {
    watchCount += 1
    return (1 - Self.overallShare) * alpha / (Double(watchCount) * Double(watchCount + 1))
  }
}

extension SplitCheck {
  private struct Watch: Sendable {
    let place: String
    let alpha: Double
    var units: [Int]
    var expected: [Double]
    var highest = 0.0
    private var sequence = SplitSequence()
    private var hasRung = false

    init(place: String, alpha: Double, count: Int) {
      self.place = place
      self.alpha = alpha
      units = [Int](repeating: 0, count: count)
      expected = [Double](repeating: 0, count: count)
    }

    mutating func add(_ split: SplitCount) {
      sequence.add(split)
      let total = Double(split.units.reduce(0, +))
      let sum = split.probabilities.reduce(0, +)
      for place in units.indices {
        units[place] += split.units[place]
        expected[place] += total * split.probabilities[place] / sum
      }
    }

    /// The alarm, at the first look that rings it.
    mutating func alarm(look: Int) -> SplitReading.Alarm? {
      // Infinite where a variant that gets none has a unit; kept printable.
      let evidence = min(sequence.logEvidence, 1e9)
      highest = max(highest, evidence)
      guard evidence >= -log(alpha), !hasRung else { return nil }
      hasRung = true
      return SplitReading.Alarm(
        place: place, look: look, logEvidence: evidence, units: units, expected: expected)
    }
  }
}
