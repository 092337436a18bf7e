import Experiments
import Plots

/// The pictures of a report.
struct ExperimentReportCharts {
  let data: ExperimentReportData
  let definition: ExperimentDefinition

  private var valueName: String {
    let metric = definition.goal.metric
    if metric.isRatioOrQuantile { return FigureText(metric).name }
    return isShare ? "share of units" : "mean per unit"
  }

  private var isShare: Bool { definition.goal.metric.isShare }
  private var isTimed: Bool { data.daily.contains { $0.endSeconds != nil } }

  /// Whether there is a single look, so that nothing can be drawn over time.
  private var isSingle: Bool { !data.daily.contains { $0.look > 1 } }

  private var timeAxis: Axis {
    isTimed ? Axis("end of look", scale: .time) : Axis("look")
  }

  private func x(_ look: Int, _ endSeconds: Double?) -> Double { endSeconds ?? Double(look) }

  /// The confidence sequence of one metric and treatment over time.
  func sequence(metric: MetricDefinition, variant: String) throws -> Chart? {
    let points = data.sequence.filter { $0.metric == metric.name && $0.variant == variant }
    guard let last = points.last else { return nil }
    let name = "\(Int(((1 - data.alpha) * 100).rounded())) % confidence sequence"
    let isMain = metric == definition.goal.metric
    let effect =
      isMain
      ? definition.goal.minimumEffect.absolute(
        controlMean: data.answers.first { $0.metric == metric.name }?.controlValue ?? 0)
        * metric.direction.sign : nil
    var layers: [Layer] = []
    let known = points.compactMap { point in
      point.lower.flatMap { lower in
        point.upper.map {
          Layer.Extent(x: x(point.look, point.endSeconds), lower: lower, upper: $0)
        }
      }
    }
    if points.count == 1 {
      layers.append(
        Layer(
          "estimate and \(name)",
          .estimates([
            Layer.Estimate(place: 0, value: last.effect, lower: last.lower, upper: last.upper)
          ]), style: 0))
    } else {
      if !known.isEmpty { layers.append(Layer(name, .band(known), style: 0)) }
      layers.append(
        Layer(
          "estimate",
          .line(points.map { Layer.Point(x: x($0.look, $0.endSeconds), y: $0.effect) }), style: 0))
    }
    layers.append(Layer("no effect", .horizontalRule(0)))
    if let effect { layers.append(Layer("minimum effect worth having", .horizontalRule(effect))) }
    return try Chart(
      "\(metric.name): \(variant) − \(definition.control)",
      summary:
        "Effect \(NumberText.significant(last.effect, digits: 3)) at the last of \(points.count) looks,"
        + " with its confidence sequence.",
      x: points.count == 1 ? Axis("variant", scale: .categories([variant])) : timeAxis,
      y: Axis(
        "effect", format: metric.isShare ? .percentagePoints : .number,
        range: range(last, also: [0, effect ?? 0])), layers: layers)
  }

  /// Wide enough for the last interval, not for the first ones, which nobody can read anything from.
  private func range(
    _ last: ExperimentReportData.Point, also values: [Double]
  ) -> ClosedRange<Double>? {
    guard let lower = last.lower, let upper = last.upper else { return nil }
    let room = max(upper - lower, abs(last.effect) * 0.1, 1e-12)
    let low = min(lower - room, values.min() ?? lower)
    let high = max(upper + room, values.max() ?? upper)
    guard low.isFinite, high.isFinite, low < high else { return nil }
    // A twentieth more, so that no line lies on the edge.
    let margin = (high - low) / 20
    return (low - margin)...(high + margin)
  }

  /// Units whose window closed, by look and variant.
  func unitsByDay() throws -> Chart? {
    try chart(
      "Units by look", y: Axis("units", includesZero: true),
      summary: "Units whose window closed in each look, by variant."
    ) { Double($0.units) }
  }

  /// The primary metric of each variant so far.
  func meanByDay() throws -> Chart? {
    try chart(
      "\(data.primaryMetric) so far",
      y: Axis(valueName, format: isShare ? .percent : .number),
      summary: "The primary metric over all units so far, by variant.", \.valueSoFar)
  }

  /// The share of units that each variant got so far, and by design.
  func split() throws -> Chart? {
    let designed = definition.variants.compactMap { variant in
      data.daily.last { $0.variant == variant }?.designedShare
    }
    let rules = Set(designed).sorted().enumerated().map { index, share in
      Layer("by design", .horizontalRule(share), style: -1, isInLegend: index == 0)
    }
    // Around the design by ten points, or as far as the split has strayed.
    let shares = data.daily.compactMap(\.shareSoFar) + designed
    guard let low = shares.min(), let high = shares.max() else { return nil }
    return try chart(
      "Split so far",
      y: Axis(
        "share of exposed units", format: .percent,
        range: max(0, low - 0.05)...min(1, high + 0.05)),
      summary: "The share of exposed units by variant, which should stay at the design's.",
      extra: rules, \.shareSoFar)
  }

  private func chart(
    _ title: String, y: Axis, summary: String, extra: [Layer] = [],
    _ value: (ExperimentReportData.VariantLook) -> Double?
  ) throws -> Chart? {
    if isSingle { return try bars(title, y: y, summary: summary, extra: extra, value) }
    let layers = definition.variants.compactMap { variant -> Layer? in
      let points = data.daily.filter { $0.variant == variant }.compactMap { row in
        value(row).map { Layer.Point(x: x(row.look, row.endSeconds), y: $0) }
      }
      return points.isEmpty ? nil : Layer(variant, .line(points))
    }
    guard !layers.isEmpty else { return nil }
    return try Chart(title, summary: summary, x: timeAxis, y: y, layers: layers + extra)
  }

  /// One bar for each variant, from 0.
  private func bars(
    _ title: String, y: Axis, summary: String, extra: [Layer],
    _ value: (ExperimentReportData.VariantLook) -> Double?
  ) throws -> Chart? {
    let bars = data.daily.enumerated().compactMap { index, row in
      value(row).map {
        Layer.Bar(lower: Double(index) - 0.35, upper: Double(index) + 0.35, height: $0)
      }
    }
    guard !bars.isEmpty else { return nil }
    return try Chart(
      title, summary: summary, x: Axis("variant", scale: .categories(data.daily.map(\.variant))),
      y: Axis(y.label, unit: y.unit, format: y.format, includesZero: true),
      layers: [Layer(y.label, .bars(bars))] + extra)
  }

  /// The effect by the levels of a dimension, as measured and drawn together.
  func breakdown(dimension: String, variant: String) throws -> Chart? {
    let rows = data.breakdown.filter { $0.dimension == dimension && $0.variant == variant }
    guard !rows.isEmpty else { return nil }
    let measured = rows.enumerated().map { index, row in
      Layer.Estimate(
        place: Double(index) - 0.13, value: row.effect, lower: row.lower, upper: row.upper)
    }
    let shrunken = rows.enumerated().map { index, row in
      Layer.Estimate(
        place: Double(index) + 0.13, value: row.shrunkenEffect, lower: row.shrunkenLower,
        upper: row.shrunkenUpper)
    }
    return try Chart(
      "By \(dimension): \(variant) − \(definition.control)",
      summary: "Effect on \(data.primaryMetric) in \(rows.count) slices.",
      x: Axis("effect", format: isShare ? .percentagePoints : .number),
      y: Axis(dimension, scale: .categories(rows.map(\.level))),
      layers: [
        Layer("as measured, for all slices and looks", .horizontalEstimates(measured)),
        Layer("drawn to the whole", .horizontalEstimates(shrunken)),
        Layer("no effect", .verticalRule(0)),
      ], height: max(80, 36 * Double(rows.count)))
  }
}
