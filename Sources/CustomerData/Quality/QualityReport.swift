/// The verdicts on a base: a pure function of what the store counted and of the limits.
public struct QualityReport: Hashable, Sendable, Encodable {
  public struct Check: Hashable, Sendable, Encodable {
    public let check: QualityMeasure
    /// "" for the base as a whole.
    public let subject: String
    /// Rows, identities, hours or the robust z, as the check has it.
    public let value: Double
    public let total: Double?
    /// What is compared with the limits: the share of the total, or the value itself.
    public let measured: Double?
    public let limit: QualityLimit
    public let severity: QualitySeverity
  }

  public let asOf: Instant
  /// In the order of `QualityMeasure`, and of the subjects within.
  public let checks: [Check]

  /// The worst of all verdicts.
  public var severity: QualitySeverity { checks.map(\.severity).max() ?? .passed }

  private enum CodingKeys: String, CodingKey { case asOf, checks, severity }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(asOf, forKey: .asOf)
    try container.encode(checks, forKey: .checks)
    try container.encode(severity, forKey: .severity)
  }

  public init(
    _ figures: [QualityMeasure: [QualityFigure]], limits: QualityLimits, asOf: Instant
  ) {
    self.asOf = asOf
    checks = QualityMeasure.allCases.flatMap { measure -> [Check] in
      let counted = Self.judged(measure, figures[measure] ?? [], asOf: asOf)
      return counted.sorted { $0.subject < $1.subject }.map { figure in
        let limit = limits.limit(of: measure, subject: figure.subject)
        return Check(
          check: measure, subject: figure.subject, value: figure.value, total: figure.total,
          measured: figure.share, limit: limit,
          severity: figure.share.map { limit.severity(of: $0) } ?? .passed)
      }
    }
  }

  /// The figures that limits are for, where those of the store are not.
  private static func judged(
    _ measure: QualityMeasure, _ figures: [QualityFigure], asOf: Instant
  ) -> [QualityFigure] {
    switch measure {
    case .dailyVolumes: EventVolume(days: figures).deviations(asOf: asOf)
    case .currencies: figures.filter { !CurrencyCodes.isKnown($0.subject) }
    default: figures
    }
  }
}

/// The number of events on the last days against the same weekdays before.
///
/// Robust z = |x − median| ÷ s, with s = 1.4826 × the median absolute deviation, which is σ for normal data
/// (Rousseeuw & Croux 1993, *JASA* 88, 1273–1283). Counts vary by their square root at least, so s is no
/// smaller than √median: a week of equal days does not make the next one an alarm.
struct EventVolume {
  private let counts: [Int64: Double]
  private static let dayMilliseconds: Int64 = 86_400_000
  /// Days that are judged, and weeks that each is compared with.
  private static let judgedDays: Int64 = 7
  private static let weeks: Int64 = 8
  /// Fewer weeks have no spread to speak of.
  private static let leastWeeks = 4

  /// - Parameter days: events by day, each named by its date.
  init(days: [QualityFigure]) {
    counts = Dictionary(
      days.compactMap { day in
        Instant(day.subject).map { ($0.milliseconds / Self.dayMilliseconds, day.value) }
      }, uniquingKeysWith: { $0 + $1 })
  }

  /// The robust z of each of the last whole days before `asOf`, by date.
  func deviations(asOf: Instant) -> [QualityFigure] {
    guard let first = counts.keys.min() else { return [] }
    let today = asOf.milliseconds.dividedDown(by: Self.dayMilliseconds)
    return (1...Self.judgedDays).reversed().compactMap { back in
      let day = today - back
      // A day without events counts 0, but not before the first event of all.
      let before = (1...Self.weeks).map { day - 7 * $0 }.filter { $0 >= first }
      guard before.count >= Self.leastWeeks else { return nil }
      let date = Instant(milliseconds: day * Self.dayMilliseconds).text.prefix(10)
      let z = Self.robustZ(counts[day] ?? 0, against: before.map { counts[$0] ?? 0 })
      return QualityFigure(subject: String(date), value: z)
    }
  }

  static func robustZ(_ value: Double, against others: [Double]) -> Double {
    let middle = median(others)
    let spread = 1.4826 * median(others.map { abs($0 - middle) })
    return abs(value - middle) / max(spread, max(middle, 1).squareRoot())
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// The codes of ISO 4217 in use (list one, 2025), with those of funds left out.
enum CurrencyCodes {
  static func isKnown(_ code: String) -> Bool { known.contains(code) }

  private static let known = Set(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD \
    KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP \
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES \
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split(separator: " ").map { String($0) })
}
