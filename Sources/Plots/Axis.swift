/// One of the two directions of a chart: what it measures and how.
public struct Axis: Hashable, Sendable {
  public enum Scale: Hashable, Sendable {
    case linear
    /// Base 10; all values are above 0.
    case logarithmic
    /// Seconds since 1970-01-01T00:00:00Z, written as dates.
    case time
    /// One place for each name, at 0, 1, 2, …; on a vertical axis the first is on top.
    case categories([String])
  }

  public enum Format: Hashable, Sendable {
    case number
    /// A share, written in per cent.
    case percent
    /// A difference of shares, written in percentage points with a sign.
    case percentagePoints
  }

  /// What is measured.
  public let label: String
  /// What it is measured in, written behind the label; `nil` for counts and shares.
  public let unit: String?
  public let scale: Scale
  public let format: Format
  /// The ends; `nil` for those of the data, widened to full steps.
  public let range: ClosedRange<Double>?
  /// Whether 0 is to be in sight, for amounts that are judged by their length.
  public let includesZero: Bool

  public init(
    _ label: String, unit: String? = nil, scale: Scale = .linear, format: Format = .number,
    range: ClosedRange<Double>? = nil, includesZero: Bool = false
  ) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.format = format
    self.range = range
    self.includesZero = includesZero
  }

  var caption: String {
    let unit = unit ?? (format == .percentagePoints ? "percentage points" : nil)
    return unit.map { "\(label) (\($0))" } ?? label
  }
}
