import Dispatch
import Synchronization

/// Joins exposures and conversions into evidence.
///
/// A unit counts from its first exposure, by event time; one that was seen in two variants is left
/// out. Its conversions count from that instant until the metric's window closes, and only then does
/// the unit enter the metric's tally. The answer is the same, bit for bit, in whatever order the
/// exposures and conversions came and on however many threads.
public struct Attribution: Sendable {
  public let definition: ExperimentDefinition
  /// The instant up to which the data are complete; `nil` for the latest in the data.
  public var asOfSeconds: Double?
  /// Whether units enter before their windows have closed. Late conversions then bias the answer
  /// towards the variant that converts sooner.
  public var includesImmature = false
  /// The length of a look.
  public var lookSeconds = 86_400.0
  public var threadCount = 1

  public init(definition: ExperimentDefinition) { self.definition = definition }

  /// - Parameter isTimeless: whether the exposures have no times: every unit is mature then, and every
  ///   conversion counts.
  /// - Throws: `ExperimentError` where there is nothing to judge.
  public func evidence(
    exposures: ExposureLog, conversions: ConversionLog, exclusions: Exclusions = Exclusions(),
    isTimeless: Bool = false
  ) throws(ExperimentError) -> Evidence {
    guard let span = exposures.milliseconds else { throw .noExposures }
    let plan = try AttributionPlan(
      self, exposures: exposures, conversions: conversions, span: span, isTimeless: isTimeless)
    let caps = caps(plan)
    let (grid, counted) = tally(plan, caps: caps)
    return plan.evidence(grid, exclusions: exclusions + counted, caps: caps)
  }

  private func tally(
    _ plan: AttributionPlan, caps: [Double?]
  ) -> (grid: TallyGrid, exclusions: Exclusions) {
    var whole = (grid: plan.emptyGrid, exclusions: Exclusions())
    forEachPartition { partition in
      UnitJoin(plan, partition: partition).tally(caps: caps)
    } deliver: { part in
      if let grid = part.grid { whole.grid += grid }
      whole.exclusions = whole.exclusions + part.exclusions
    }
    return whole
  }

  /// The cap of each winsorised metric: a quantile over all units that enter, zeros included.
  private func caps(_ plan: AttributionPlan) -> [Double?] {
    var caps = [Double?](repeating: nil, count: plan.metrics.count)
    for (metric, reading) in plan.metrics.enumerated() {
      guard let quantile = reading.definition.winsorisedQuantile else { continue }
      var values: [Double] = []
      var zeroCount = 0
      forEachPartition { partition in
        UnitJoin(plan, partition: partition).outcomes(ofMetric: metric)
      } deliver: { part in
        values.append(contentsOf: part.values)
        zeroCount += part.zeroCount
      }
      caps[metric] = Self.quantile(quantile, of: values, zeroCount: zeroCount)
    }
    return caps
  }

  /// The smallest value that at least `probability` of all do not exceed.
  static func quantile(
    _ probability: Double, of values: [Double], zeroCount: Int
  ) -> Double? {
    let count = values.count + zeroCount
    guard count > 0 else { return nil }
    let sorted = values.sorted()
    let negativeCount = sorted.prefix { $0 < 0 }.count
    let rank = max(0, Int((probability * Double(count)).rounded(.up)) - 1)
    if rank < negativeCount { return sorted[rank] }
    return rank < negativeCount + zeroCount ? 0 : sorted[min(rank, count - 1) - zeroCount]
  }

  /// Works on partitions on several threads and delivers in order, a few at a time.
  private func forEachPartition<Output: Sendable>(
    _ work: @Sendable (Int) -> Output, deliver: (Output) -> Void
  ) {
    let waveSize = max(1, threadCount) * 8
    for start in Swift.stride(from: 0, to: ExposureLog.partitionCount, by: waveSize) {
      let wave = start..<min(start + waveSize, ExposureLog.partitionCount)
      let results = Mutex([Output?](repeating: nil, count: wave.count))
      let next = Atomic(wave.lowerBound)
      DispatchQueue.concurrentPerform(iterations: max(1, threadCount)) { _ in
        while true {
          let partition = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard partition < wave.upperBound else { return }
          let output = work(partition)
          results.withLock { $0[partition - wave.lowerBound] = output }
        }
      }
      for output in results.withLock({ $0 }) { if let output { deliver(output) } }
    }
  }
}

extension MetricDefinition {
  var winsorisedQuantile: Double? {
    switch kind {
    case .count(_, .winsorised(let quantile)), .mean(_, .winsorised(let quantile)): quantile
    default: nil
    }
  }
}
