import FoundationEssentials
import Tables

/// A report's numbers as tidy CSV files, and a notebook that redraws the pictures from them.
struct ExperimentNotebook {
  let data: ExperimentReportData

  /// Writes the files into `folder`, which is created.
  func write(to folder: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    for (name, rows) in tables {
      let output = try OutputFile(path: "\(folder)/\(name).csv")
      for row in rows { try output.write(Self.line(row)) }
      try output.commit()
    }
    let output = try OutputFile(path: "\(folder)/experiment.ipynb")
    try output.write(Array(try notebook().utf8))
    try output.commit()
  }

  private static func line(_ cells: [String]) -> [UInt8] {
    var line: [UInt8] = []
    for (index, cell) in cells.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      Array(cell.utf8).withUnsafeBytes { appendCSVField($0, to: &line) }
    }
    return line + [UInt8(ascii: "\n")]
  }

  private var tables: [(String, [[String]])] {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let answers = data.answers.map { answer in
      [
        answer.metric, answer.role, answer.variant, answer.method, answer.finding,
        "\(answer.controlUnits)", "\(answer.controlConversions)", text(answer.controlValue),
        "\(answer.treatmentUnits)", "\(answer.treatmentConversions)", text(answer.treatmentValue),
        text(answer.effect?.value), text(answer.effect?.lower), text(answer.effect?.upper),
        text(answer.relativeEffect?.value), text(answer.relativeEffect?.lower),
        text(answer.relativeEffect?.upper), text(answer.pValue), text(answer.adjustedPValue),
      ]
    }
    let sequence = data.sequence.map { point in
      [
        point.metric, point.variant, "\(point.look)", text(point.endSeconds), "\(point.units)",
        text(point.effect), text(point.lower), text(point.upper), text(point.pValue),
      ]
    }
    let daily = data.daily.map { row in
      [
        "\(row.look)", text(row.endSeconds), row.variant, "\(row.exposedUnits)",
        "\(row.exposedUnitsSoFar)", text(row.shareSoFar), text(row.designedShare), "\(row.units)",
        "\(row.conversions)", "\(row.unitsSoFar)", "\(row.conversionsSoFar)", text(row.valueSoFar),
      ]
    }
    let breakdown = data.breakdown.map { row in
      [
        row.dimension, row.level, row.variant, "\(row.controlUnits)", "\(row.treatmentUnits)",
        text(row.controlMean), text(row.treatmentMean), text(row.effect), text(row.lower),
        text(row.upper), text(row.adjustedPValue), text(row.shrunkenEffect),
        text(row.shrunkenLower), text(row.shrunkenUpper),
      ]
    }
    return [
      ("answers", [Self.words(Self.answerColumns)] + answers),
      ("sequence", [Self.words(Self.sequenceColumns)] + sequence),
      ("daily", [Self.words(Self.dailyColumns)] + daily),
      ("breakdown", [Self.words(Self.breakdownColumns)] + breakdown),
    ]
  }

  private static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map { String($0) }
  }

  private static let answerColumns = """
    metric role variant method finding control_units control_conversions control_value
    treatment_units treatment_conversions treatment_value effect effect_lower effect_upper
    relative_effect relative_effect_lower relative_effect_upper p_value adjusted_p_value
    """
  private static let sequenceColumns = """
    metric variant look end_seconds units effect lower upper p_value
    """
  private static let dailyColumns = """
    look end_seconds variant exposed_units exposed_units_so_far share_so_far designed_share units
    conversions units_so_far conversions_so_far value_so_far
    """
  private static let breakdownColumns = """
    dimension level variant control_units treatment_units control_mean treatment_mean effect lower
    upper adjusted_p_value shrunken_effect shrunken_lower shrunken_upper
    """
}

extension ExperimentNotebook {
  private struct Notebook: Encodable {
    struct Cell: Encodable {
      let id: String
      let type: String
      let source: String

      private enum Keys: String, CodingKey {
        case id
        case type = "cell_type"
        case source, metadata, outputs
        case count = "execution_count"
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(id, forKey: .id)
        try container.encode(type, forKey: .type)
        try container.encode(source, forKey: .source)
        try container.encode([String: String](), forKey: .metadata)
        guard type == "code" else { return }
        try container.encode([String](), forKey: .outputs)
        try container.encodeNil(forKey: .count)
      }
    }

    let cells: [Cell]
    let metadata = ["language_info": ["name": "python"]]
    let nbformat = 4
    let nbformatMinor = 5

    private enum CodingKeys: String, CodingKey {
      case cells, metadata, nbformat
      case nbformatMinor = "nbformat_minor"
    }
  }

  /// What the page shows, redrawn by pandas and matplotlib.
  private func notebook() throws -> String {
    let sources = [
      (
        "markdown",
        "# \(data.experiment)\n\n**\(data.decision)**: \(data.reason)\n\nRule set before the start: \(data.rule)"
      ),
      ("code", Self.reading), ("code", Self.drawingSequences), ("code", Self.drawingDays),
      ("code", Self.drawingBreakdown),
    ]
    let cells = sources.enumerated().map { index, source in
      Notebook.Cell(id: "cell-\(index + 1)", type: source.0, source: source.1)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Notebook(cells: cells)), as: UTF8.self) + "\n"
  }

  private static let reading = """
    from matplotlib import pyplot as plt
    from pandas import read_csv, to_datetime

    answers = read_csv("answers.csv")
    sequence = read_csv("sequence.csv")
    daily = read_csv("daily.csv")
    breakdown = read_csv("breakdown.csv")
    for table in (sequence, daily):
        timed = table["end_seconds"].notna().all() and len(table) > 0
        table["x"] = to_datetime(table["end_seconds"], unit="s") if timed else table["look"]
    answers
    """

  private static let drawingSequences = """
    for (metric, variant), path in sequence.groupby(["metric", "variant"], sort=False):
        figure, axes = plt.subplots(figsize=(8, 4))
        axes.fill_between(path["x"], path["lower"], path["upper"], alpha=0.2, label="confidence sequence")
        axes.plot(path["x"], path["effect"], marker="o" if len(path) == 1 else None, label="estimate")
        axes.axhline(0, linestyle="--", color="grey")
        axes.set(title=f"{metric}: effect of {variant}", ylabel="effect")
        axes.legend()
        figure.autofmt_xdate()
    """

  private static let drawingDays = """
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4))
    for variant, rows in daily.groupby("variant", sort=False):
        left.plot(rows["x"], rows["value_so_far"], label=variant)
        right.plot(rows["x"], rows["share_so_far"], label=variant)
        right.axhline(rows["designed_share"].iloc[-1], linestyle="--", color="grey")
    left.set(title="primary metric so far")
    right.set(title="split so far")
    left.legend()
    figure.autofmt_xdate()
    """

  private static let drawingBreakdown = """
    for (dimension, variant), rows in breakdown.groupby(["dimension", "variant"], sort=False):
        figure, axes = plt.subplots(figsize=(8, 1 + 0.4 * len(rows)))
        low, high = rows["effect"] - rows["lower"], rows["upper"] - rows["effect"]
        axes.errorbar(rows["effect"], rows["level"].astype(str), xerr=[low, high], fmt="o", label="as measured")
        axes.plot(rows["shrunken_effect"], rows["level"].astype(str), "s", label="drawn to the whole")
        axes.axvline(0, linestyle="--", color="grey")
        axes.set(title=f"{dimension}: effect of {variant}; no slice ships")
        axes.legend()
    """
}
