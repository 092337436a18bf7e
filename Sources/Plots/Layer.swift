/// One series of a chart and how it is drawn.
public struct Layer: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public let x: Double
    public let y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// What is between `lower` and `upper` at `x`.
  public struct Extent: Hashable, Sendable {
    public let x: Double
    public let lower: Double
    public let upper: Double

    public init(x: Double, lower: Double, upper: Double) {
      self.x = x
      self.lower = lower
      self.upper = upper
    }
  }

  /// A bar from 0 to `height` over what is between `lower` and `upper`.
  public struct Bar: Hashable, Sendable {
    public let lower: Double
    public let upper: Double
    public let height: Double

    public init(lower: Double, upper: Double, height: Double) {
      self.lower = lower
      self.upper = upper
      self.height = height
    }
  }

  /// An estimate at a place, with its interval: on the vertical axis at a place of the horizontal one, or
  /// the other way about.
  public struct Estimate: Hashable, Sendable {
    public let place: Double
    public let value: Double
    public let lower: Double?
    public let upper: Double?

    public init(place: Double, value: Double, lower: Double? = nil, upper: Double? = nil) {
      self.place = place
      self.value = value
      self.lower = lower
      self.upper = upper
    }
  }

  public enum Mark: Hashable, Sendable {
    case line([Point])
    /// A value holds until the next point.
    case steps([Point])
    case band([Extent])
    case bars([Bar])
    /// Points with vertical intervals.
    case estimates([Estimate])
    /// Points with horizontal intervals, at places of the vertical axis.
    case horizontalEstimates([Estimate])
    /// A straight line for reference, across the chart at a value of the vertical axis.
    case horizontalRule(Double)
    case verticalRule(Double)
  }

  /// As in the legend.
  public let name: String
  public let mark: Mark
  /// The place of the colour and dash in the palette; `nil` for the next free one. Layers that belong
  /// together, as a line and its band, take the same.
  public let style: Int?
  public let isInLegend: Bool

  public init(_ name: String, _ mark: Mark, style: Int? = nil, isInLegend: Bool = true) {
    self.name = name
    self.mark = mark
    self.style = style
    self.isInLegend = isInLegend
  }
}

extension Layer {
  /// All values on the horizontal and on the vertical axis.
  var values: (x: [Double], y: [Double]) {
    switch mark {
    case .line(let points), .steps(let points): (points.map(\.x), points.map(\.y))
    case .band(let extents): (extents.map(\.x), extents.flatMap { [$0.lower, $0.upper] })
    case .bars(let bars): (bars.flatMap { [$0.lower, $0.upper] }, [0] + bars.map(\.height))
    case .estimates(let estimates): (estimates.map(\.place), estimates.flatMap(\.values))
    case .horizontalEstimates(let estimates): (estimates.flatMap(\.values), estimates.map(\.place))
    case .horizontalRule(let y): ([], [y])
    case .verticalRule(let x): ([x], [])
    }
  }

  var isRule: Bool {
    switch mark {
    case .horizontalRule, .verticalRule: true
    default: false
    }
  }

  /// Throws where a value has no place on its axis.
  func check(x: Axis, y: Axis) throws(PlotError) {
    let values = values
    for (axis, list) in [(x, values.x), (y, values.y)] {
      for (index, value) in list.enumerated() {
        guard value.isFinite else { throw .notFinite(layer: name, index: index + 1) }
        if axis.scale == .logarithmic, value <= 0 {
          throw .notPositive(layer: name, index: index + 1)
        }
      }
    }
    if let index = ends.firstIndex(where: { $0.0 > $0.1 }) {
      throw .turnedOver(layer: name, index: index + 1)
    }
  }

  private var ends: [(Double, Double)] {
    switch mark {
    case .band(let extents): extents.map { ($0.lower, $0.upper) }
    case .bars(let bars): bars.map { ($0.lower, $0.upper) }
    case .estimates(let list), .horizontalEstimates(let list):
      list.map { ($0.lower ?? $0.value, $0.upper ?? $0.value) }
    default: []
    }
  }
}

extension Layer.Estimate {
  fileprivate var values: [Double] { [lower, value, upper].compactMap(\.self) }
}
