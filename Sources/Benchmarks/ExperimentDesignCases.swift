import Experiments

private struct BoundariesReport: Encodable {
  let `case`: String
  let looks: Int
  let hasFutility: Bool
  let milliseconds: Double
  let inflation: Double
}

/// Boundaries and planned size of `--looks` O'Brien–Fleming looks, without futility or with `--futility`.
func findBoundaries(_ arguments: Arguments) throws {
  let looks = try arguments.count("looks", default: 20)
  let rounds = try arguments.count("rounds", default: 20)
  let hasFutility = arguments.has("futility")
  let plan = try GroupSequentialPlan(
    futility: hasFutility ? .nonBinding(.obrienFleming) : .none, looks: looks,
    isOneSided: hasFutility)
  let design = try GroupSequentialDesign(plan: plan)
  let inflation = design.test().inflation
  guard inflation > 1, inflation < 1.5 else {
    throw BenchmarkError.wrongAnswer("an inflation of \(inflation)")
  }
  var best = Double.infinity
  for _ in 0..<rounds {
    best = min(
      best,
      try seconds {
        let boundaries = design.boundaries()
        guard boundaries.count == looks else {
          throw BenchmarkError.wrongAnswer("\(boundaries.count) boundaries")
        }
      })
  }
  try printJSON(
    BoundariesReport(
      case: "boundaries", looks: looks, hasFutility: hasFutility, milliseconds: best * 1000,
      inflation: inflation))
}
