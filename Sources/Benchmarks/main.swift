import CAllocator
import Glibc

/// Cases by name; each prints one JSON object. scripts/bench runs them beside other software.
let cases: [String: (Arguments) throws -> Void] = [
  "make-base": makeBase,
  "make-model": makeModel,
  "read-table": readTable,
  "fit-dense": fitDense,
  "fit-mixed": fitMixed,
  "fit-multinomial": fitMultinomial,
  "inference": inferCoefficients,
  "firth": fitFirth,
  "elastic-net": fitElasticNetPath,
  "cross-validation": crossValidateStrengths,
  "make-events": makeEvents,
  "error-rates": measureErrorRates,
  "simulate-experiments": timeSimulation,
  "verdict": timeVerdict,
  "boundaries": findBoundaries,
  "make-exposures": makeExposures,
  "join-events": joinEvents,
  "fit-shared": fitSharedCase,
  "fit-spilled": fitSpilled,
  "machine": measureMachine,
]

hourglass_return_freed_memory()
let words = Array(CommandLine.arguments.dropFirst())
guard let name = words.first, let run = cases[name] else {
  printError("usage: Benchmarks \(cases.keys.sorted().joined(separator: "|")) [--name value]…")
  exit(64)
}
do {
  try run(Arguments(Array(words.dropFirst())))
} catch {
  printError("Benchmarks \(name): \(error)")
  exit(1)
}
