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
      the strongest reasons with their contributions in log-odds. A model of several classes gives a line \
      for each of a customer's best offers: id, rank, offer, score, probability, expected_value (with \
      --margins), reasons. A model of choices gives a line a row: id, choice_set, offer, rank, score, \
      probability, reasons.
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
  @Option(
    help: ArgumentHelp(
      "Of a model of several classes: offers per customer; all of at most 5, else 3.",
      valueName: "K"))
  var top: Int?
  @Option(
    help: ArgumentHelp(
      "Of a model of several classes: CSV with offer, margin and perhaps contact_cost; offers then stand "
        + "by probability x margin - contact cost.", valueName: "file"))
  var margins: String?
  @Flag(help: "Print a summary as one JSON object; needs --out.") var json = false

  struct Report: Codable {
    let model: ModelSummary
    let summary: BatchScoring.Summary
    /// Of a model with one score a row.
    let base: Double?
  }

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top is \(top); give a positive number") }
    if reasons < 0 { throw ValidationError("--reasons is \(reasons); give 0 or more") }
    try refuseSameFile(("--data", input.data), ("--rejects", input.rejects), ("--out", out))
    if json, [nil, "-", OutputFile.standardOutput].contains(out) {
      throw ValidationError("--json prints the summary where the scores would go; give --out too")
    }
  }

  func run() throws {
    let entry = try location.registry.load(name, version: version)
    let model = try entry.model.asOf(asOf).withoutOffset(if: withoutOffset)
    let margins = try margins(for: model)
    let file = try input.open(missing: model.encoder.missing)
    let rejects = try input.rejectLog()
    let output = try OutputFile(path: out ?? OutputFile.standardOutput)
    let progress = Progress()
    defer { progress.clear() }
    var scoring = BatchScoring(
      model: model, identifier: id ?? model.identifier, reasonCount: reasons,
      threadCount: input.threadCount)
    scoring.refusesDatesAfterSnapshot = asOf == nil
    scoring.top = top
    scoring.margins = margins
    let summary = try scoring.run(file, to: output, rejects: rejects) {
      progress.show("scoring", done: $0, of: file.byteCount)
    }
    try output.commit()
    progress.clear()
    Console.messages(notes(summary, rejects, file, model), about: input.data)
    let report = Report(
      model: ModelSummary(entry), summary: summary,
      base: model.scorer.predictorCount == 1 ? model.scorer.base : nil)
    if json { return try Console.printJSON(report) }
    if out != nil { Console.message(text(summary, entry)) }
  }

  /// What offers are worth; also checks that the flags fit the model.
  private func margins(for model: Model) throws -> [OfferMargin]? {
    guard case .multinomial(let multinomial) = model.predictor else {
      for (flag, isGiven) in [("--top", top != nil), ("--margins", margins != nil)] where isGiven {
        throw UsageError(
          "\(flag) is given, but model '\(name)' is not one of several classes; leave it out")
      }
      return nil
    }
    guard let margins else { return nil }
    let file = try MarginsFile(path: margins, offers: multinomial.classes.map(\.name))
    if file.unknownCount > 0 {
      Console.message("\(margins): \(file.unknownCount) offers are none of the model's")
    }
    return file.margins
  }

  private func text(_ summary: BatchScoring.Summary, _ entry: ModelRegistry.Entry) -> String {
    "scored \(summary.rowCount - (summary.offers?.withoutOfferCount ?? 0)) rows by model \(name), version \(entry.version)"
      + "\(result(summary)); \(summary.rejectedRowCount) rejected"
  }

  private func result(_ summary: BatchScoring.Summary) -> String {
    if let probability = summary.meanProbability { return ": mean probability \(probability)" }
    if let count = summary.choiceSetCount { return " in \(count) choice sets" }
    guard let best = summary.offers?.offers.max(by: { $0.firstCount < $1.firstCount }) else {
      return ""
    }
    return ": '\(best.offer)' is first for \(best.firstCount)"
  }

  private func notes(
    _ summary: BatchScoring.Summary, _ rejects: RejectLog, _ file: CSVFile, _ model: Model
  ) -> [String] {
    rejects.notes(header: file.header)
      + [
        id ?? model.identifier == nil ? "rows go by their line; name their column by --id" : nil,
        model.encoder.snapshot.map { "dates count as days before \(dayText($0)) (--as-of)" },
        offerNote(summary, \.withoutOfferCount, "rows have no offer available and no line"),
        offerNote(
          summary, \.unknownOfferCount, "names of available offers that the model does not know"),
        offerNote(
          summary, { $0.withoutGainCount ?? 0 },
          "rows whose first offer costs what it brings, or more"),
        note(summary, \.imputedCount, "missing where training never was, scored as the average"),
        note(summary, \.unknownLevelCount, "of a level rare or unseen in training, scored as such"),
        note(summary, \.outsideRangeCount, "outside the range of the training rows"),
      ].compactMap { $0 }
  }

  private func offerNote(
    _ summary: BatchScoring.Summary, _ count: (BatchScoring.OfferSummary) -> Int, _ what: String
  ) -> String? {
    guard let offers = summary.offers, count(offers) > 0 else { return nil }
    return "\(count(offers)) \(what)"
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
