import Experiments
import Plots

/// A report as one HTML page that needs nothing else.
struct ExperimentReportPage {
  let data: ExperimentReportData
  let definition: ExperimentDefinition

  func html() throws -> String {
    let charts = ExperimentReportCharts(data: data, definition: definition)
    let body = [
      heading, answersTable, try sequences(charts), try daily(charts), try breakdowns(charts),
      exclusions, method,
    ]
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(data.experiment)): \(Self.escaped(data.decision))</title>
      <style>
      \(Self.style)</style>
      </head>
      <body>
      <main>
      \(body.filter { !$0.isEmpty }.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private var heading: String {
    let alarm =
      data.splitAlarms.isEmpty
      ? ""
      : "<p class=\"alarm\">The split is not as designed: \(Self.escaped(data.splitAlarms.joined(separator: "; "))).</p>\n"
    return """
      <header>
      <h1>\(Self.escaped(data.experiment))</h1>
      <p class="decision \(tone)">\(Self.escaped(data.decision))</p>
      <p>\(Self.escaped(data.reason))</p>
      <p class="rule">Rule set before the start: \(Self.escaped(data.rule))</p>
      \(alarm)</header>
      """
  }

  private var tone: String {
    if data.decision == "ship" { return "good" }
    return data.decision == "invalid" || data.decision.contains("harm") ? "bad" : "open"
  }

  private var answersTable: String {
    let rows = data.answers.map { answer in
      let metric = definition.metrics.first { $0.name == answer.metric }
      let isShare = metric?.isShare ?? false
      return [
        "\(answer.metric) (\(answer.role))", answer.variant,
        figure(answer.controlValue, answer.controlUnits, isShare),
        figure(answer.treatmentValue, answer.treatmentUnits, isShare),
        interval(answer.effect, isShare ? .points : .plain),
        interval(answer.relativeEffect, .percent),
        answer.adjustedPValue.map { Self.pValue($0) } ?? "–",
        finding(answer),
      ]
    }
    return "<h2>Answers</h2>\n"
      + Self.table(
        [
          "metric", "variant", definition.control, "variant’s", "effect", "relative effect",
          "p, always valid", "finding",
        ], rows)
  }

  private func figure(_ value: Double?, _ units: Int, _ isShare: Bool) -> String {
    guard let value else { return "no units" }
    let text =
      isShare
      ? NumberText.significant(value * 100, digits: 4) + " %"
      : NumberText.significant(value, digits: 5)
    return "\(text) of \(NumberText.fixed(Double(units), decimals: 0))"
  }

  private func finding(_ answer: ExperimentReportData.Answer) -> String {
    let words = Self.words(answer.finding)
    guard let note = answer.note else { return words }
    return note.hasPrefix(words) ? note : "\(words): \(note)"
  }

  private enum Scale { case plain, points, percent }

  private func interval(
    _ interval: ExperimentReportData.Answer.Interval?, _ scale: Scale
  ) -> String {
    guard let interval else { return "–" }
    func text(_ value: Double?) -> String {
      guard let value else { return "unknown" }
      let scaled = scale == .plain ? value : value * 100
      return (scaled > 0 ? "+" : "") + NumberText.significant(scaled, digits: 3)
    }
    let unit = scale == .plain ? "" : scale == .points ? " points" : " %"
    return "\(text(interval.value))\(unit) [\(text(interval.lower)), \(text(interval.upper))]"
  }

  private static func pValue(_ value: Double) -> String {
    value < 1e-4 ? "< 0.0001" : NumberText.fixed(value, decimals: 4)
  }

  /// `noUsefulEffect` as "no useful effect".
  private static func words(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
      text += letter.isUppercase ? " " + letter.lowercased() : String(letter)
    }
  }

  private func sequences(_ charts: ExperimentReportCharts) throws -> String {
    let figures = try definition.metrics.flatMap { metric in
      try definition.variants.dropFirst().compactMap { variant in
        try charts.sequence(metric: metric, variant: variant)
      }
    }
    return section("Effect over time", figures)
  }

  private func daily(_ charts: ExperimentReportCharts) throws -> String {
    section(
      "Tallies and split",
      try [charts.unitsByDay(), charts.meanByDay(), charts.split()].compactMap(\.self))
  }

  private func breakdowns(_ charts: ExperimentReportCharts) throws -> String {
    let parts = try data.homogeneity.map { part in
      let chart = try charts.breakdown(dimension: part.dimension, variant: part.variant)
      let differs =
        part.pValue.map { "test that all slices are alike, at this look: p \(Self.pValue($0))" }
        ?? "too few slices to compare"
      let small = part.tooSmall.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
      let rest =
        small.isEmpty ? "" : "; too few units to judge: \(small.joined(separator: ", "))"
      return
        "\(chart.map { "<figure>\n\($0.svg())</figure>\n" } ?? "")<p>\(Self.escaped(part.dimension)),"
        + " \(Self.escaped(part.variant)): \(Self.escaped(differs + rest)).</p>"
    }
    if let note = data.breakdownNote {
      return "<h2>Breakdown</h2>\n<p>\(Self.escaped(note)).</p>"
    }
    guard !parts.isEmpty else { return "" }
    let count = data.breakdown.count
    return """
      <h2>Breakdown</h2>
      <p class="alarm">\(count) slices were looked at, so the best of them looks good by chance. Intervals \
      as measured hold for all slices of a dimension and all looks together. No slice ships: run an \
      experiment on it.</p>
      \(parts.joined(separator: "\n"))
      """
  }

  private func section(_ title: String, _ charts: [Chart]) -> String {
    guard !charts.isEmpty else { return "" }
    let figures = charts.map { "<figure>\n\($0.svg())</figure>" }
    return "<h2>\(title)</h2>\n<div class=\"figures\">\n\(figures.joined(separator: "\n"))\n</div>"
  }

  private var exclusions: String {
    guard !data.exclusions.isEmpty else { return "" }
    let rows = data.exclusions.sorted { $0.key < $1.key }
      .map { [Self.words($0.key), NumberText.fixed(Double($0.value), decimals: 0)] }
    return "<h2>Left out</h2>\n" + Self.table(["reason", "count"], rows)
  }

  private var method: String {
    let methods = Set(data.answers.map(\.method)).sorted().map(Self.words)
    return """
      <h2>How to read this</h2>
      <p>Intervals and p-values hold at every look, however often anyone looks (methods: \
      \(Self.escaped(methods.joined(separator: ", "))); two-sided alpha \(data.alpha)). The split is as \
      designed with p \(Self.pValue(data.splitPValue)), always valid. The same numbers are in report.json.</p>
      """
  }

  private static func table(_ header: [String], _ rows: [[String]]) -> String {
    let head = header.map { "<th>\(escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr>"
        + zip(header, row).map { name, cell in
          "<td data-name=\"\(escaped(name))\">\(escaped(cell))</td>"
        }.joined() + "</tr>"
    }
    return
      "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body.joined(separator: "\n"))\n</tbody>\n</table>"
  }

  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, letter in
      switch letter {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(letter)
      }
    }
  }

  /// Readable on a phone, where each row of a table becomes a block, and in print.
  private static let style = """
    :root { color-scheme: light dark; --ink: #1d2226; --paper: #fff; --line: #d5d9dd; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e4e6e8; --paper: #16191c; --line: #3a4046; } }
    @media print { :root { --ink: #000; --paper: #fff; } figure { break-inside: avoid; } }
    body { margin: 0; color: var(--ink); background: var(--paper);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 16px; }
    h1 { margin: 0.2em 0; font-size: 1.6em; overflow-wrap: anywhere; }
    h2 { margin: 1.6em 0 0.4em; font-size: 1.15em; }
    .decision { display: inline-block; margin: 0; padding: 0.2em 0.8em; border-radius: 6px;
      font-weight: 600; font-size: 1.15em; color: #fff; background: #4a5560; }
    .decision.good { background: #00694a; } .decision.bad { background: #b34700; }
    .rule { opacity: 0.8; } .alarm { border-left: 4px solid #d55e00; padding-left: 0.8em; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
      gap: 20px; }
    figure { margin: 0; max-width: 640px; } svg.plot { width: 100%; height: auto; display: block; }
    table { border-collapse: collapse; width: 100%; font-size: 0.9em; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: 0.35em 0.7em 0.35em 0; border-bottom: 1px solid var(--line);
      vertical-align: top; overflow-wrap: break-word; }
    @media (max-width: 700px) {
      thead { display: none; } tr { display: block; padding: 0.5em 0; border-bottom: 1px solid var(--line); }
      td { display: flex; gap: 1em; justify-content: space-between; border: 0; padding: 0.1em 0; }
      td::before { content: attr(data-name); opacity: 0.7; } td { text-align: right; }
      td::before { text-align: left; white-space: nowrap; }
    }

    """
}
