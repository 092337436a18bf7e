import Glibc
import SpecialFunctions

/// Two variants' conversions, drawn unit by unit from known rates.
public struct ShareTrial: Hashable, Sendable {
  public var controlRate: Double
  public var treatmentRate: Double
  /// The assignment probability of treatment.
  public var treatmentShare: Double
  /// The number of units at which a run ends at the latest.
  public var horizonUnits: Int
  /// A share of treatment that holds from some number of units on, rounded up to whole batches.
  public var laterShare: LaterShare?

  public struct LaterShare: Hashable, Sendable {
    public var units: Int
    public var treatmentShare: Double

    public init(units: Int, treatmentShare: Double) {
      self.units = units
      self.treatmentShare = treatmentShare
    }
  }

  public init(
    controlRate: Double, treatmentRate: Double, treatmentShare: Double = 0.5, horizonUnits: Int
  ) {
    precondition(horizonUnits > 0, "horizon of \(horizonUnits) units")
    self.controlRate = controlRate
    self.treatmentRate = treatmentRate
    self.treatmentShare = treatmentShare
    self.horizonUnits = horizonUnits
  }

  /// The assignment probability of treatment after so many units.
  func share(after units: Int) -> Double {
    guard let laterShare, units >= laterShare.units else { return treatmentShare }
    return laterShare.treatmentShare
  }

  /// Draws up to 64 units, each from one number: 32 bits for the variant, 32 for the conversion.
  @inline(__always)
  func draw(
    _ count: Int, after units: Int = 0, using generator: inout some RandomNumberGenerator
  ) -> UnitBatch {
    let assignment = Self.threshold(share(after: units))
    let control = Self.threshold(controlRate)
    let treatment = Self.threshold(treatmentRate)
    var batch = UnitBatch(count: count)
    for place in 0..<UInt64(count) {
      let bits = generator.next()
      let isTreatment = bits & 0xffff_ffff < assignment
      let isConversion = bits >> 32 < (isTreatment ? treatment : control)
      batch.treatment |= (isTreatment ? 1 : 0) << place
      batch.conversion |= (isConversion ? 1 : 0) << place
    }
    return batch
  }

  private static func threshold(_ probability: Double) -> UInt64 {
    UInt64((min(1, max(0, probability)) * 0x1p32).rounded())
  }
}

/// Up to 64 units in the order they came, a bit each.
struct UnitBatch {
  var count: Int
  var treatment: UInt64 = 0
  var conversion: UInt64 = 0

  init(count: Int) { self.count = count }

  /// Units by cell: treatment with and without a conversion, control with and without.
  var cells: SIMD4<Double> {
    let both = (treatment & conversion).nonzeroBitCount
    let treated = treatment.nonzeroBitCount
    let converted = conversion.nonzeroBitCount
    return SIMD4(
      Double(both), Double(treated - both), Double(converted - both),
      Double(count - treated - converted + both))
  }

  /// The cell of one unit, as numbered in `cells`.
  @inline(__always)
  func cell(_ place: Int) -> Int {
    let place = UInt64(place)
    return 3 - 2 * Int(treatment >> place & 1) - Int(conversion >> place & 1)
  }
}

/// Payoffs of the four cells, and what a bet on them wins.
func cellPayoffs(forecast: Double, treatmentShare: Double) -> [Double] {
  [(true, 1.0), (true, 0), (false, 1), (false, 0)].map { isTreatment, outcome in
    PairOutcome(
      probability: treatmentShare, isTreatment: isTreatment, outcome: outcome, count: 1
    ).payoff(forecast: forecast)
  }
}
