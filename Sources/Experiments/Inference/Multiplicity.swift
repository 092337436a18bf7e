import Glibc

/// Corrections for several comparisons. All hold on always-valid p-values and on e-processes at any
/// look, of whatever dependence but for Benjamini–Hochberg.
public enum Correction: String, Hashable, Sendable, CaseIterable {
  /// The chance of one false call among all. Holm (1979), *Scandinavian Journal of Statistics* 6(2).
  case holm
  /// The share of false calls; for independent or positively dependent comparisons. Benjamini &
  /// Hochberg (1995), *JRSS B* 57(1).
  case benjaminiHochberg
  /// The share of false calls, under any dependence, from e-values. Wang & Ramdas (2022), *JRSS B*
  /// 84(3).
  case eBenjaminiHochberg

  /// Returns p-values to be compared with alpha one by one.
  ///
  /// - Parameters:
  ///   - pValues: Always-valid.
  ///   - logEvidence: The logs of e-values, one for each p-value; used by e-BH alone.
  public func adjusted(pValues: [Double], logEvidence: [Double]) -> [Double] {
    switch self {
    case .holm: Self.stepDown(pValues) { rank, count in Double(count - rank) }
    case .benjaminiHochberg: Self.stepUp(pValues)
    case .eBenjaminiHochberg: Self.stepUp(logEvidence.map { min(1, exp(-$0)) })
    }
  }

  private static func stepDown(
    _ pValues: [Double], factor: (Int, Int) -> Double
  ) -> [Double] {
    var adjusted = pValues
    var largest = 0.0
    for (rank, place) in ascending(pValues).enumerated() {
      largest = max(largest, min(1, factor(rank, pValues.count) * pValues[place]))
      adjusted[place] = largest
    }
    return adjusted
  }

  private static func stepUp(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var least = 1.0
    for (rank, place) in ascending(pValues).enumerated().reversed() {
      least = min(least, Double(pValues.count) / Double(rank + 1) * pValues[place])
      adjusted[place] = least
    }
    return adjusted
  }

  /// Places by value, equal values in their order.
  private static func ascending(_ values: [Double]) -> [Int] {
    values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  }
}
