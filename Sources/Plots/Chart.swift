/// A picture of numbers: two axes and layers over them, as one SVG element.
///
/// Drawn in a box of 480 units, so that its text is readable on a phone, and as large as the page lets it
/// be. Ink is the page's own text colour. No script, no font of its own, nothing that a NaN could get into.
public struct Chart: Hashable, Sendable {
  public let title: String
  /// What a person who cannot see the picture is told of it.
  public let summary: String
  public let x: Axis
  public let y: Axis
  public let layers: [Layer]
  /// The height of the plot itself, in units of which the width has 480.
  public let height: Double
  /// Whether both axes have the same scale and length, as for ROC and calibration curves.
  public let isSquare: Bool

  /// - Throws: `PlotError` for a value that has no place on its axis.
  public init(
    _ title: String, summary: String, x: Axis, y: Axis, layers: [Layer], height: Double = 220,
    isSquare: Bool = false
  ) throws(PlotError) {
    for (axis, range) in [(x, x.range), (y, y.range)] {
      guard let range else { continue }
      let isUsable =
        range.lowerBound.isFinite && range.upperBound.isFinite
        && range.lowerBound < range.upperBound
        && (axis.scale != .logarithmic || range.lowerBound > 0)
      guard isUsable else {
        throw .emptyRange(axis: axis.label, lower: range.lowerBound, upper: range.upperBound)
      }
    }
    for layer in layers { try layer.check(x: x, y: y) }
    guard layers.contains(where: { !$0.isRule && !$0.values.x.isEmpty }) else {
      throw .nothingToDraw(chart: title)
    }
    self.title = title
    self.summary = summary
    self.x = x
    self.y = y
    self.layers = layers
    self.height = min(max(height, 60), 4000)
    self.isSquare = isSquare
  }

  /// The picture as an `<svg>` element, to stand in a page or, as it is, in a file.
  public func svg() -> String {
    let layout = ChartLayout(self)
    var svg = SVG()
    svg.open(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("class", "plot"), ("role", "img"),
        ("viewBox", "0 0 480 \(SVG.number(layout.totalHeight))"),
        ("font-family", "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"),
        ("font-size", "11.5"), ("fill", "currentColor"), ("aria-label", title),
      ])
    svg.element("title", [], content: title)
    svg.element("desc", [], content: summary)
    layout.drawFrame(into: &svg)
    ChartDrawing(chart: self, layout: layout).draw(into: &svg)
    svg.close("svg")
    return svg.text
  }

  /// The style of each layer: its own, or the next that no other has; rules count −1, −2, … and differ in
  /// their dashes alone.
  var styles: [Int] {
    let taken = Set(layers.compactMap(\.style))
    var free = (0...).lazy.filter { !taken.contains($0) }.makeIterator()
    var rule = 0
    return layers.map { layer in
      if let style = layer.style { return style }
      if layer.isRule {
        rule -= 1
        return rule
      }
      return free.next() ?? 0
    }
  }
}
