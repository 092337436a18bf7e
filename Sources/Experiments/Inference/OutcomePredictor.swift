/// Foretells a unit's outcome, of [0, 1], from what was known before its assignment was used: its score,
/// the past, and the outcomes of earlier looks.
///
/// What it learns changes only where the number of outcomes has doubled. An exact rule stays exact
/// whatever is foretold; a good forecast makes it sooner.
struct OutcomePredictor: Hashable, Sendable {
  /// Counts the changes of what is foretold.
  private(set) var version = 0
  /// The variance of an outcome about its forecast.
  private(set) var residualVariance: Double
  private(set) var mean: Double
  private var scoreMean = 0.0
  /// Outcome per score; 1 until learnt otherwise.
  private var slope = 1.0
  private var isScored = false

  private let baseline: Double?
  /// Of one outcome as the past has it; `nil` for shares, whose mean tells it.
  private let pastVariance: Double?
  private let isShare: Bool
  /// Outcome, score.
  private var seen = CoMoments(dimension: 2)
  /// The number of outcomes at which something is learnt next.
  private(set) var nextUpdate: Int

  /// The smallest number of outcomes that anything is learnt from.
  static let firstUpdate = 256
  /// The units drawn from the first look to learn from, where nothing else is known.
  static let pilotUnits = 1024

  /// - Parameters:
  ///   - baseline: The mean outcome as the past has it; without one, ½ until the first update.
  ///   - isShare: Whether every outcome is 0 or 1.
  ///   - variance: Of one outcome as the past has it.
  ///   - correlation: Between outcome and score, as the past has it.
  init(baseline: Double?, isShare: Bool, variance: Double?, correlation: Double) {
    self.baseline = baseline
    self.isShare = isShare
    pastVariance = isShare ? nil : variance
    mean = baseline ?? 0.5
    let spread = pastVariance ?? mean * (1 - mean)
    residualVariance = max(Self.leastVariance, spread * (1 - correlation * correlation))
    nextUpdate = Self.firstUpdate
  }

  private static let leastVariance = 1e-9

  /// Whether nothing is known yet: neither from the past nor from outcomes.
  var isBlind: Bool {
    version == 0 && (baseline == nil || !isShare && pastVariance == nil)
  }

  func forecast(score: Double?) -> Double {
    guard let score else { return mean }
    guard isScored else { return min(1, max(0, score)) }
    return min(1, max(0, mean + slope * (score - scoreMean)))
  }

  /// Outcomes until something is learnt.
  var untilUpdate: Int { nextUpdate - seen.count }

  mutating func record(outcome: Double, score: Double?, count: Int) {
    seen.add([outcome, score ?? 0], repetitions: count)
  }

  /// Learns from what was recorded, where that has doubled. To be called between looks.
  mutating func update() {
    guard seen.count >= nextUpdate else { return }
    while nextUpdate <= seen.count { nextUpdate *= 2 }
    version += 1
    learnMean()
    learnSlope()
  }

  private mutating func learnMean() {
    // The past counts as twenty conversions; without it, the first outcomes are drawn in a little.
    let pastCount = baseline.map { 20 / max($0, 1e-6) } ?? 1
    let past = baseline ?? 0.5
    mean =
      (pastCount * past + Double(seen.count) * seen.means[0]) / (pastCount + Double(seen.count))
    residualVariance = max(Self.leastVariance, variance(pastCount: pastCount))
  }

  /// Of shares the variance hangs on the mean; few outcomes tell it less well than the past does.
  private func variance(pastCount: Double) -> Double {
    let share = mean * (1 - mean)
    if isShare { return share }
    let count = Double(seen.count)
    let spread = seen.centredProduct(0, 0) / count
    guard let pastVariance else { return max(spread, share / 1000) }
    return (pastCount * pastVariance + count * spread) / (pastCount + count)
  }

  private mutating func learnSlope() {
    let spread = seen.centredProduct(1, 1)
    guard spread > 0 else { return }
    isScored = true
    slope = seen.centredProduct(0, 1) / spread
    scoreMean = seen.means[1]
    let explained = slope * seen.centredProduct(0, 1) / Double(seen.count)
    residualVariance = max(Self.leastVariance, residualVariance - explained, residualVariance / 20)
  }
}
