import ArgumentParser
import Scoring
import Serving
import Tables

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores a file of customers: probability, decile and reasons, in its order.",
    discussion: """
      Example: hourglass score lead --data base.csv --out scores.csv

      Columns: id, score (log-odds), probability, decile (1 is the best tenth of the training rows), then \
      the strongest reasons with their contributions in log-odds.
      """)

  @Argument(help: "The model's name.") var name: String
  @OptionGroup var input: DataOptions
  @OptionGroup var location: ModelOptions
  @Option(help: "A version, instead of the one in service.") var version: String?
  @Option(help: ArgumentHelp("Where the scores go; else standard output.", valueName: "file"))
  var out: String?
  @Option(help: ArgumentHelp("The column that identifies a customer.", valueName: "column"))
  var id: String?
  @Option(parsing: .unconditional, help: "Reasons per customer; 0 for none.") var reasons = 3
  @Option(help: ArgumentHelp("Dates count as days before this one.", valueName: "date"))
  var asOf: String?
  @Flag(help: "Score without the model's offset, as if it were 0.") var withoutOffset = false
  @Flag(help: "Print a summary as one JSON object; needs --out.") var json = false

  struct Report: Codable {
    let model: ModelSummary
    let summary: BatchScoring.Summary
    let base: Double
  }

  func validate() throws {
    if reasons < 0 { throw ValidationError("--reasons is \(reasons); give 0 or more") }
    try refuseSameFile(("--data", input.data), ("--rejects", input.rejects), ("--out", out))
    if json, [nil, "-", OutputFile.standardOutput].contains(out) {
      throw ValidationError("--json prints the summary where the scores would go; give --out too")
    }
  }

  func run() throws {
    let entry = try location.registry.load(name, version: version)
    let model = try entry.model.asOf(asOf).withoutOffset(if: withoutOffset)
    let file = try input.open(missing: model.encoder.missing)
    let rejects = try input.rejectLog()
    let output = try OutputFile(path: out ?? OutputFile.standardOutput)
    let progress = Progress()
    defer { progress.clear() }
    var scoring = BatchScoring(
      model: model, identifier: id ?? model.identifier, reasonCount: reasons,
      threadCount: input.threadCount)
    scoring.refusesDatesAfterSnapshot = asOf == nil
    let summary = try scoring.run(file, to: output, rejects: rejects) {
      progress.show("scoring", done: $0, of: file.byteCount)
    }
    try output.commit()
    progress.clear()
    Console.messages(notes(summary, rejects, file, model), about: input.data)
    let report = Report(
      model: ModelSummary(entry), summary: summary, base: model.scorer.base)
    if json { return try Console.printJSON(report) }
    if out != nil { Console.message(text(summary, entry)) }
  }

  private func text(_ summary: BatchScoring.Summary, _ entry: ModelRegistry.Entry) -> String {
    "scored \(summary.rowCount) rows by model \(name), version \(entry.version): "
      + "mean probability \(summary.meanProbability); \(summary.rejectedRowCount) rejected"
  }

  private func notes(
    _ summary: BatchScoring.Summary, _ rejects: RejectLog, _ file: CSVFile, _ model: Model
  ) -> [String] {
    rejects.notes(header: file.header)
      + [
        id ?? model.identifier == nil ? "rows go by their line; name their column by --id" : nil,
        model.encoder.snapshot.map { "dates count as days before \(dayText($0)) (--as-of)" },
        note(summary, \.imputedCount, "missing where training never was, scored as the average"),
        note(summary, \.unknownLevelCount, "of a level rare or unseen in training, scored as such"),
        note(summary, \.outsideRangeCount, "outside the range of the training rows"),
      ].compactMap { $0 }
  }

  /// One line for all features, the worst of them named; `--json` has them all.
  private func note(
    _ summary: BatchScoring.Summary, _ count: (BatchScoring.UnusualValues) -> Int, _ what: String
  ) -> String? {
    let counts = summary.unusual.map { (feature: $0.feature, count: count($0)) }
      .filter { $0.count > 0 }
    guard let worst = counts.max(by: { $0.count < $1.count }) else { return nil }
    let total = counts.reduce(0) { $0 + $1.count }
    let others = counts.count > 1 ? " and \(counts.count - 1) more" : ""
    return "\(total) values \(what): feature '\(worst.feature)' (\(worst.count))\(others)"
  }
}
