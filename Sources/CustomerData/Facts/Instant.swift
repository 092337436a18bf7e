package import Tables

/// A moment in UTC, in whole milliseconds: what every fact is dated by.
///
/// Years 0 to 9999 of the proleptic Gregorian calendar; what lies outside is a typing error and refused.
public struct Instant: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// 0000-01-01T00:00:00.000Z.
  public static let earliest = Instant(milliseconds: -62_167_219_200_000)
  /// 9999-12-31T23:59:59.999Z.
  public static let latest = Instant(milliseconds: 253_402_300_799_999)

  public static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  public static func + (instant: Instant, milliseconds: Int64) -> Instant {
    Instant(milliseconds: instant.milliseconds.addingClamped(milliseconds))
  }

  /// Seconds since 1970, rounded to milliseconds; `nil` outside the years 0 to 9999.
  public init?(seconds: Double) {
    let milliseconds = (seconds * 1_000).rounded()
    guard milliseconds >= Double(Self.earliest.milliseconds),
      milliseconds <= Double(Self.latest.milliseconds)
    else { return nil }
    self.init(milliseconds: Int64(milliseconds))
  }

  /// Reads what `DateParser` reads: 2026-05-31, 2026-05-31T10:20:30.123+03:00, 31.05.2026 10:20.
  package init?(_ text: some StringProtocol, order: DateOrder = .yearFirst) {
    var text = String(text)
    let seconds = text.withUTF8 {
      DateParser.seconds(UnsafeRawBufferPointer($0), order: order)
    }
    guard let seconds else { return nil }
    self.init(seconds: seconds)
  }

  /// ISO 8601 with milliseconds: 2026-05-31T10:20:30.123Z.
  public var text: String {
    let day = milliseconds.dividedDown(by: 86_400_000)
    let parts = DateParts(seconds: Double(day * 86_400))
    let rest = Int(milliseconds - day * 86_400_000)
    func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return digits(parts.year, 4) + "-" + digits(parts.month, 2) + "-" + digits(parts.day, 2) + "T"
      + digits(rest / 3_600_000, 2) + ":" + digits(rest / 60_000 % 60, 2) + ":"
      + digits(rest / 1_000 % 60, 2) + "." + digits(rest % 1_000, 3) + "Z"
  }
}

extension Instant: CustomStringConvertible {
  public var description: String { text }
}

extension Instant: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension Int64 {
  /// The sum, or the nearest value there is.
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The quotient rounded towards minus infinity.
  func dividedDown(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
