public import SpecialFunctions

/// Runs `count` experiments and returns how each ended, in order.
///
/// Each has a generator of its own, seeded from `seed` and its place: the answers do not hang on how
/// many run, nor on what runs beside them.
public func simulateTrials(
  _ count: Int, seed: UInt64, _ run: (inout SplitMix64) throws -> TrialOutcome
) rethrows -> [TrialOutcome] {
  var seeds = SplitMix64(seed: seed)
  return try (0..<count).map { _ in
    var generator = SplitMix64(seed: seeds.next())
    return try run(&generator)
  }
}
