/// The layers of a chart as shapes inside its box.
struct ChartDrawing {
  let chart: Chart
  let layout: ChartLayout

  func draw(into svg: inout SVG) {
    let box = layout.box
    // An inner svg cuts off what is outside a given range, and needs no id that another chart could share.
    svg.open(
      "svg",
      [
        ("x", SVG.number(box.left)), ("y", SVG.number(box.top)),
        ("width", SVG.number(box.width)), ("height", SVG.number(box.height)),
        (
          "viewBox",
          "\(SVG.number(box.left)) \(SVG.number(box.top)) \(SVG.number(box.width)) \(SVG.number(box.height))"
        ),
      ])
    // Areas lie under lines, whatever the order of the layers.
    let pairs = Array(zip(chart.layers, chart.styles))
    for (layer, style) in pairs where layer.isArea { draw(layer, style, into: &svg) }
    for (layer, style) in pairs where !layer.isArea { draw(layer, style, into: &svg) }
    svg.close("svg")
  }

  private func draw(_ layer: Layer, _ style: Int, into svg: inout SVG) {
    switch layer.mark {
    case .line(let points):
      drawPath(reduced(points).map { (layout.x($0.x), layout.y($0.y)) }, style, into: &svg)
    case .steps(let points): drawPath(corners(of: reduced(points)), style, into: &svg)
    case .band(let extents): drawBand(extents, style, into: &svg)
    case .bars(let bars): for bar in bars { drawBar(bar, style, into: &svg) }
    case .estimates(let estimates):
      for estimate in estimates { drawEstimate(estimate, style, isUpright: true, into: &svg) }
    case .horizontalEstimates(let estimates):
      for estimate in estimates { drawEstimate(estimate, style, isUpright: false, into: &svg) }
    case .horizontalRule(let value):
      let y = layout.y(value)
      drawRule(layout.box.left, y, layout.box.right, y, style, into: &svg)
    case .verticalRule(let value):
      let x = layout.x(value)
      drawRule(x, layout.box.top, x, layout.box.bottom, style, into: &svg)
    }
  }

  private func drawPath(_ points: [(Double, Double)], _ style: Int, into svg: inout SVG) {
    let places = points.map { "\(SVG.number($0.0)),\(SVG.number($0.1))" }
    svg.element(
      "polyline",
      [("points", places.joined(separator: " ")), ("fill", "none"), ("stroke-linejoin", "round")]
        + Self.stroke(style))
  }

  private func drawBand(_ extents: [Layer.Extent], _ style: Int, into svg: inout SVG) {
    let extents = reduced(extents)
    let there = extents.map { "\(SVG.number(layout.x($0.x))),\(SVG.number(layout.y($0.upper)))" }
    let back = extents.reversed().map {
      "\(SVG.number(layout.x($0.x))),\(SVG.number(layout.y($0.lower)))"
    }
    svg.element(
      "polygon",
      [
        ("points", (there + back).joined(separator: " ")), ("fill", Palette.colour(style)),
        ("fill-opacity", "0.2"), ("stroke", Palette.colour(style)), ("stroke-opacity", "0.5"),
        ("stroke-width", "0.75"),
      ])
  }

  private func drawBar(_ bar: Layer.Bar, _ style: Int, into svg: inout SVG) {
    let ends = [layout.x(bar.lower), layout.x(bar.upper)]
    let zero = chart.y.scale == .logarithmic ? layout.box.bottom : layout.y(0)
    let heights = [layout.y(bar.height), zero]
    let width = max(abs(ends[1] - ends[0]), 0.5)
    svg.element(
      "rect",
      [
        ("x", SVG.number(min(ends[0], ends[1]))), ("y", SVG.number(min(heights[0], heights[1]))),
        ("width", SVG.number(width)),
        ("height", SVG.number(abs(heights[0] - heights[1]))), ("fill", Palette.colour(style)),
        ("fill-opacity", "0.65"), ("stroke", Palette.colour(style)), ("stroke-width", "0.75"),
      ])
  }

  private func drawEstimate(
    _ estimate: Layer.Estimate, _ style: Int, isUpright: Bool, into svg: inout SVG
  ) {
    func place(_ value: Double) -> (x: Double, y: Double) {
      isUpright
        ? (layout.x(estimate.place), layout.y(value))
        : (layout.x(value), layout.y(estimate.place))
    }
    if let lower = estimate.lower, let upper = estimate.upper {
      let (low, high) = (place(lower), place(upper))
      svg.element(
        "line",
        [
          ("x1", SVG.number(low.x)), ("y1", SVG.number(low.y)), ("x2", SVG.number(high.x)),
          ("y2", SVG.number(high.y)), ("stroke", Palette.colour(style)), ("stroke-width", "2"),
        ])
    }
    let centre = place(estimate.value)
    svg.element(
      "polygon",
      [
        ("points", Palette.outline(style, x: centre.x, y: centre.y)),
        ("fill", Palette.colour(style)),
      ])
  }

  private func drawRule(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: Int, into svg: inout SVG
  ) {
    svg.element(
      "line",
      [
        ("x1", SVG.number(x1)), ("y1", SVG.number(y1)), ("x2", SVG.number(x2)),
        ("y2", SVG.number(y2)),
      ] + Self.stroke(style, isRule: true))
  }

  private static func stroke(_ style: Int, isRule: Bool = false) -> [(String, String)] {
    var attributes = [
      ("stroke", style < 0 ? "currentColor" : Palette.colour(style)),
      ("stroke-width", isRule ? "1.25" : "2"),
    ]
    let dash = isRule ? Palette.ruleDash(style) : Palette.dash(style)
    if !dash.isEmpty { attributes.append(("stroke-dasharray", dash)) }
    if isRule { attributes.append(("stroke-opacity", "0.7")) }
    return attributes
  }

  /// The sign of a layer in the legend, 16 wide and centred on `y`.
  static func drawKey(
    _ entry: ChartLayout.LegendEntry, x: Double, y: Double, into svg: inout SVG
  ) {
    switch entry.layer.mark {
    case .band, .bars:
      svg.element(
        "rect",
        [
          ("x", SVG.number(x)), ("y", SVG.number(y - 5)), ("width", "16"), ("height", "10"),
          ("fill", Palette.colour(entry.style)), ("fill-opacity", "0.4"),
        ])
    case .estimates, .horizontalEstimates:
      svg.element(
        "polygon",
        [
          ("points", Palette.outline(entry.style, x: x + 8, y: y)),
          ("fill", Palette.colour(entry.style)),
        ])
    case .line, .steps, .horizontalRule, .verticalRule:
      svg.element(
        "line",
        [
          ("x1", SVG.number(x)), ("y1", SVG.number(y)), ("x2", SVG.number(x + 17)),
          ("y2", SVG.number(y)),
        ] + stroke(entry.style, isRule: entry.layer.isRule))
    }
  }
}

extension ChartDrawing {
  private func corners(of points: [Layer.Point]) -> [(Double, Double)] {
    var corners: [(Double, Double)] = []
    for point in points {
      let x = layout.x(point.x)
      if let last = corners.last { corners.append((x, last.1)) }
      corners.append((x, layout.y(point.y)))
    }
    return corners
  }

  /// At most four points for each half unit of width: the first, lowest, highest and last, which draw
  /// the same picture. Method: Jugel et al. (2014), "M4", *VLDB* 7(10), 797–808.
  private func reduced(_ points: [Layer.Point]) -> [Layer.Point] {
    guard points.count > 2000 else { return points }
    return columns(points, x: \.x).flatMap { column -> [Layer.Point] in
      let places = [
        column.startIndex, column.indices.min { column[$0].y < column[$1].y },
        column.indices.max { column[$0].y < column[$1].y }, column.endIndex - 1,
      ].compactMap(\.self)
      return Set(places).sorted().map { column[$0] }
    }
  }

  private func reduced(_ extents: [Layer.Extent]) -> [Layer.Extent] {
    guard extents.count > 2000 else { return extents }
    return columns(extents, x: \.x).map { column in
      Layer.Extent(
        x: column.first?.x ?? 0, lower: column.map(\.lower).min() ?? 0,
        upper: column.map(\.upper).max() ?? 0)
    }
  }

  private func columns<Item>(_ items: [Item], x: (Item) -> Double) -> [ArraySlice<Item>] {
    var columns: [ArraySlice<Item>] = []
    var start = 0
    for index in items.indices.dropFirst() {
      let isNew =
        (layout.x(x(items[index])) * 2).rounded() != (layout.x(x(items[start])) * 2).rounded()
      if isNew {
        columns.append(items[start..<index])
        start = index
      }
    }
    return columns + [items[start...]]
  }
}

extension Layer {
  fileprivate var isArea: Bool {
    switch mark {
    case .band, .bars: true
    default: false
    }
  }
}
