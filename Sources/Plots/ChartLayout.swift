import Glibc

/// Where things stand in a chart: its text, the plot's box, the ticks.
struct ChartLayout {
  let chart: Chart
  let xTicks: Ticks
  let yTicks: Ticks
  let box: Box
  let totalHeight: Double
  private let titleLines: [String]
  private let legend: [[LegendEntry]]

  struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double
    var width: Double { right - left }
    var height: Double { bottom - top }
  }

  struct LegendEntry {
    let layer: Layer
    let style: Int
    var width: Double { ChartLayout.width(layer.name) + 30 }
  }

  init(_ chart: Chart) {
    self.chart = chart
    let layers = chart.layers
    yTicks = Ticks(
      chart.y, data: Self.range(layers.flatMap(\.values.y)),
      count: max(2, min(10, Int(chart.height / 45))))
    let widest = yTicks.marks.map { Self.width($0.text) }.max() ?? 0
    let left = min(max(widest + 12, 30), 210)
    let right = 466.0
    titleLines = Self.wrapped(chart.title, width: 460, characterWidth: 7.6)
    legend = Self.legend(chart, width: right - 6)
    let top = 16 * Double(titleLines.count) + 16 * Double(legend.count) + 30
    let height = chart.isSquare ? min(right - left, 360) : chart.height
    box = Box(
      left: left, top: top, right: chart.isSquare ? left + height : right, bottom: top + height)
    totalHeight = box.bottom + 42
    xTicks = Self.xTicks(chart, width: box.width)
  }

  /// As many marks as their texts leave room for.
  private static func xTicks(_ chart: Chart, width: Double) -> Ticks {
    let data = range(chart.layers.flatMap(\.values.x))
    for count in [8, 6, 5, 4, 3, 2] {
      let ticks = Ticks(chart.x, data: data, count: count)
      let texts = ticks.marks.map { Self.width($0.text) + 10 }.reduce(0, +)
      if texts <= width || count == 2 { return ticks }
    }
    return Ticks(chart.x, data: data, count: 2)
  }

  private static func range(_ values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    return low...high
  }

  /// About how wide a text is at the size of labels.
  static func width(_ text: String) -> Double {
    // Letters beyond Latin are wider in most fonts.
    text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x250 ? 6.6 : 7.8) }
  }

  private static func wrapped(
    _ text: String, width: Double, characterWidth: Double
  ) -> [String] {
    let limit = Int(width / characterWidth)
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= limit {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func legend(_ chart: Chart, width: Double) -> [[LegendEntry]] {
    let entries = zip(chart.layers, chart.styles).filter(\.0.isInLegend)
      .map { LegendEntry(layer: $0.0, style: $0.1) }
    guard entries.count > 1 else { return [] }
    var rows: [[LegendEntry]] = []
    var used = 0.0
    for entry in entries {
      if rows.isEmpty || used + entry.width > width {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(entry)
      used += entry.width
    }
    return rows
  }
}

extension ChartLayout {
  func x(_ value: Double) -> Double {
    box.left + share(value, xTicks.range, chart.x) * box.width
  }

  func y(_ value: Double) -> Double {
    let share = share(value, yTicks.range, chart.y)
    // Names are read from the top, numbers from the bottom.
    if case .categories = chart.y.scale { return box.top + share * box.height }
    return box.bottom - share * box.height
  }

  private func share(_ value: Double, _ range: ClosedRange<Double>, _ axis: Axis) -> Double {
    if axis.scale == .logarithmic {
      let low = log10(range.lowerBound)
      return (log10(value) - low) / (log10(range.upperBound) - low)
    }
    // Halves, so that the whole range of a `Double` does not overflow.
    let length = range.upperBound / 2 - range.lowerBound / 2
    return (value / 2 - range.lowerBound / 2) / length
  }

  /// Title, legend, captions, grid and ticks.
  func drawFrame(into svg: inout SVG) {
    for (index, line) in titleLines.enumerated() {
      text(
        line, x: 4, y: 15 + 16 * Double(index), into: &svg,
        [("font-size", "13.5"), ("font-weight", "600")])
    }
    drawLegend(into: &svg)
    text(chart.y.caption, x: 4, y: box.top - 9, into: &svg, Self.faint)
    text(
      chart.x.caption, x: (box.left + box.right) / 2, y: box.bottom + 34, into: &svg,
      Self.faint + [("text-anchor", "middle")])
    for mark in yTicks.marks {
      let y = y(mark.value)
      line(box.left, y, box.right, y, into: &svg)
      text(
        Self.cut(mark.text, to: box.left - 10), x: box.left - 6, y: y + 4, into: &svg,
        [("text-anchor", "end")])
    }
    drawXTicks(into: &svg)
  }

  private static let faint = [("fill-opacity", "0.75")]

  private func drawXTicks(into svg: inout SVG) {
    let room = box.width / Double(max(xTicks.marks.count, 1))
    for mark in xTicks.marks {
      let x = x(mark.value)
      line(x, box.bottom, x, box.bottom + 4, into: &svg, opacity: "0.6")
      let isName = if case .categories = chart.x.scale { true } else { false }
      let words = isName ? Self.cut(mark.text, to: room) : mark.text
      // A label at the edge must not be cut off by it.
      let half = Self.width(words) / 2
      let centre = min(max(x, half + 2), 478 - half)
      text(words, x: centre, y: box.bottom + 17, into: &svg, [("text-anchor", "middle")])
    }
    line(box.left, box.bottom, box.right, box.bottom, into: &svg, opacity: "0.6")
  }

  private func drawLegend(into svg: inout SVG) {
    for (row, entries) in legend.enumerated() {
      var x = 4.0
      let y = 16 * Double(titleLines.count + row) + 15
      for entry in entries {
        ChartDrawing.drawKey(entry, x: x, y: y - 4, into: &svg)
        text(entry.layer.name, x: x + 22, y: y, into: &svg)
        x += entry.width
      }
    }
  }

  private static func cut(_ text: String, to width: Double) -> String {
    if Self.width(text) <= width { return text }
    var kept = text
    while kept.count > 2, Self.width(kept) > width - 8 { kept.removeLast() }
    return kept + "…"
  }

  private func text(
    _ content: String, x: Double, y: Double, into svg: inout SVG,
    _ attributes: [(String, String)] = []
  ) {
    svg.element(
      "text", [("x", SVG.number(x)), ("y", SVG.number(y))] + attributes, content: content)
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, into svg: inout SVG,
    opacity: String = "0.15"
  ) {
    svg.element(
      "line",
      [
        ("x1", SVG.number(x1)), ("y1", SVG.number(y1)), ("x2", SVG.number(x2)),
        ("y2", SVG.number(y2)), ("stroke", "currentColor"), ("stroke-opacity", opacity),
      ])
  }
}
