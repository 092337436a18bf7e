import Glibc
import LinearAlgebra
import SpecialFunctions

private struct MachineReport: Encodable {
  let `case` = "machine"
  let threads: Int
  /// Both threads together: XᵀX of tiles of 512 rows by so many columns, in double precision.
  let gramGigaflops50: Double
  let gramGigaflops500: Double
  let readGigabytesPerSecond: Double
  let exponentialsPerSecond: Double
}

/// What this machine can do at most of the three things a fit is made of.
func measureMachine(_ arguments: Arguments) throws {
  let threads = try arguments.count("threads", default: processorCount)
  try printJSON(
    MachineReport(
      threads: threads, gramGigaflops50: gramGigaflops(columns: 50, threads: threads),
      gramGigaflops500: gramGigaflops(columns: 500, threads: threads),
      readGigabytesPerSecond: readGigabytesPerSecond(threads: threads),
      exponentialsPerSecond: exponentialsPerSecond(threads: threads)))
}

/// The work of `body` on every thread, by the shortest of five runs.
private func rate(threads: Int, work: Double, _ body: @escaping @Sendable (Int) -> Double) -> Double
{
  var best = Double.infinity
  for _ in 0..<5 {
    let elapsed = seconds { _ = parallelMap(count: threads, threadCount: threads, body) }
    best = min(best, elapsed)
  }
  return Double(threads) * work / best
}

private func gramGigaflops(columns p: Int, threads: Int) -> Double {
  let tile = (0..<512 * p).map { Double($0 % 101) / 101 - 0.5 }
  let repeats = 40_000_000 / (p * p)
  let flops = Double(repeats) * 512 * Double(p * (p + 1))
  return rate(threads: threads, work: flops) { _ in
    var sums = [Double](repeating: 0, count: p * p)
    for _ in 0..<repeats {
      Products.addGram(tile, rowCount: 512, columnCount: p, leadingDimension: 512, to: &sums)
    }
    return sums[0]
  } / 1e9
}

private func readGigabytesPerSecond(threads: Int) -> Double {
  let count = 40_000_000
  let values = [Double](repeating: 1, count: count)
  return rate(threads: threads, work: Double(8 * count / threads)) { lane in
    values.withUnsafeBytes { bytes in
      var sums = SIMD8<Double>()
      let lanes = lane * (count / threads) * 8..<(lane + 1) * (count / threads) * 8
      for offset in stride(from: lanes.lowerBound, to: lanes.upperBound - 63, by: 64) {
        sums += bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
      }
      return sums.sum()
    }
  } / 1e9
}

private func exponentialsPerSecond(threads: Int) -> Double {
  let exponents = (0..<4096).map { -Double($0 % 40) / 3 }
  let repeats = 20_000
  return rate(threads: threads, work: Double(4096 * repeats)) { _ in
    var powers = [Double](repeating: 0, count: 4096)
    for _ in 0..<repeats { VectorMath.exp(exponents, into: &powers, count: 4096) }
    return powers[7]
  }
}
