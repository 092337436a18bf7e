import ArgumentParser
import Evaluation
import Scoring
import Tables
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judges a model on a file of rows whose outcomes are known.",
    discussion: "Example: hourglass evaluate lead --data later.csv")

  @Argument(help: "The model's name.") var name: String
  @OptionGroup var input: DataOptions
  @OptionGroup var location: ModelOptions
  @Option(help: "A version, instead of the one in service.") var version: String?
  @Option(help: ArgumentHelp("Dates count as days before this one.", valueName: "date"))
  var asOf: String?
  @Flag(help: "Count each row once, although the model was trained with weights.")
  var unweighted = false
  @Flag(help: "Score without the model's offset, as if it were 0.") var withoutOffset = false
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let model: ModelSummary
    let evaluation: ModelEvaluation
    let unlabelledRowCount: Int
    let rejectedRowCount: Int
  }

  func run() throws {
    let entry = try location.registry.load(name, version: version)
    let model = try entry.model.asOf(asOf).withoutOffset(if: withoutOffset)
    let file = try input.open(missing: model.encoder.missing)
    let rejects = try input.rejectLog()
    let progress = Progress()
    defer { progress.clear() }
    let result: LaterEvaluation.Result
    do {
      var later = LaterEvaluation(model: model, threadCount: input.threadCount)
      later.refusesDatesAfterSnapshot = asOf == nil
      if unweighted { later.weightColumn = nil }
      result = try later.evaluate(file, rejects: rejects) {
        progress.show("scoring", done: $0, of: file.byteCount)
      }
    } catch let error as TrainingError {
      throw InputError(path: input.data, error)
    }
    progress.clear()
    Console.messages(rejects.notes(header: file.header), about: input.data)
    let report = Report(
      model: ModelSummary(entry), evaluation: result.evaluation,
      unlabelledRowCount: result.unlabelledRowCount, rejectedRowCount: rejects.rejectedCount)
    if json { return try Console.printJSON(report) }
    let tables =
      [result.evaluation.table(titles: ["on these rows"], others: [])]
      + [result.evaluation.details(model.predictor)].compactMap { $0 }
    try Console.print(
      "model \(name), version \(entry.version): \(judged(result.evaluation)) with an outcome, "
        + "\(result.unlabelledRowCount) without\n\n" + tables.joined(separator: "\n\n"))
  }

  private func judged(_ evaluation: ModelEvaluation) -> String {
    if case .choice(let choice) = evaluation {
      return "\(choice.choiceSetCount) choice sets of \(choice.rowCount) rows"
    }
    return "\(evaluation.rowCount) rows"
  }
}

extension Model {
  /// The model without its offset, where that is wanted.
  func withoutOffset(if isWanted: Bool) throws -> Model {
    guard isWanted else { return self }
    guard encoder.offsetPlace != nil else {
      throw UsageError("--without-offset is given, but model '\(name)' has no offset; leave it out")
    }
    return withoutOffset
  }

  /// The model with dates counted back from `date`; unchanged where it is `nil`.
  func asOf(_ date: String?) throws -> Model {
    guard let date else { return self }
    guard encoder.snapshot != nil else {
      throw UsageError("--as-of is given, but model '\(name)' uses no dates; leave it out")
    }
    var model = self
    model.encoder.snapshot = try instant(date, flag: "--as-of")
    return model
  }
}
