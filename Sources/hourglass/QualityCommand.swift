import ArgumentParser
import CustomerData

struct QualityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality",
    abstract: "Checks the state of the customer base: named figures against limits.",
    discussion: """
      Example: hourglass quality --store hourglass.db

      Ends with 0 where no check fails, with 65 where one does; warnings count as failures with --strict.
      """)

  @OptionGroup var location: StoreOptions
  @Option(help: ArgumentHelp("Limits other than the standard ones, as YAML.", valueName: "file"))
  var limits: String?
  @Option(help: ArgumentHelp("The instant to check as of; else now.", valueName: "date"))
  var asOf: String?
  @Flag(help: "Show the checks that passed too.") var all = false
  @Flag(help: "Let warnings fail as well.") var strict = false
  @Flag(help: "Print the checks as one JSON object.") var json = false

  func validate() throws {
    if let asOf { _ = try instant(asOf, flag: "--as-of") }
  }

  func run() throws {
    let limits = try limits.map { try QualityLimitsFile.read(path: $0) } ?? .standard
    let report = try measured(limits)
    if json { try Console.printJSON(report) } else { try Console.print(text(report)) }
    let fails = report.severity == .failure || strict && report.severity == .warning
    if fails { throw ExitCode(ExitStatus.badData.rawValue) }
  }

  private func measured(_ limits: QualityLimits) throws -> QualityReport {
    let store = try location.openReadOnly()
    let asOf =
      try asOf.flatMap { Instant(seconds: try instant($0, flag: "--as-of")) }
      ?? presentInstant()
    let progress = Progress()
    defer { progress.clear() }
    var figures: [QualityMeasure: [QualityFigure]] = [:]
    for measure in QualityMeasure.allCases {
      progress.show("counting \(measure.rawValue)")
      figures[measure] = try store.measure(measure, asOf: asOf)
    }
    return QualityReport(figures, limits: limits, asOf: asOf)
  }

  private func text(_ report: QualityReport) -> String {
    let shown = report.checks.filter { all || $0.severity != .passed }
    let rows = shown.map { check in
      [
        check.subject.isEmpty
          ? check.check.rawValue : "\(check.check.rawValue) of \(check.subject)",
        check.severity.rawValue, Self.measured(check), Self.limit(check.limit.warn),
        Self.limit(check.limit.fail),
      ]
    }
    let counts = QualitySeverity.allCases.map { severity in
      "\(report.checks.count { $0.severity == severity }) \(severity.rawValue)"
    }
    let summary =
      "\(report.checks.count) checks as of \(report.asOf.text): \(counts.joined(separator: ", "))"
    guard !rows.isEmpty else { return summary }
    let header = ["check", "verdict", "measured", "warn above", "fail above"]
    return alignedTable([header] + rows) + "\n" + summary
  }

  private static func measured(_ check: QualityReport.Check) -> String {
    guard let measured = check.measured else { return "nothing to check" }
    guard let total = check.total else { return rounded(measured) }
    return "\(rounded(100 * measured)) % (\(Int(check.value)) of \(Int(total)))"
  }

  private static func limit(_ limit: Double?) -> String { limit.map(rounded) ?? "" }

  /// Three digits behind the point at most.
  private static func rounded(_ value: Double) -> String {
    let text = String((value * 1_000).rounded() / 1_000)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
