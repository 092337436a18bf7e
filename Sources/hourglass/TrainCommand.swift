import ArgumentParser
import Evaluation
import FoundationEssentials
import LinearAlgebra
import Scoring
import Tables
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Fits a model to a flat file and judges it on rows it was not fitted to.",
    discussion: """
      Example: hourglass train lead --data leads.csv --target Converted --id "Prospect ID"

      Next best offer: hourglass train offer --kind multinomial --data taken.csv --target offer
      """)

  @Argument(help: "The model's name.") var name: String
  @OptionGroup var input: DataOptions
  @OptionGroup var location: ModelOptions
  @OptionGroup var spilling: SpillOptions

  @Option(help: ArgumentHelp("The column to predict; it has two values.", valueName: "column"))
  var target: String
  @Option(
    help: ArgumentHelp("The value to predict, where yes and no do not say.", valueName: "value"))
  var positive: String?
  @Option(help: ArgumentHelp("The column that identifies a customer.", valueName: "column"))
  var id: String?
  @Option(help: ArgumentHelp("A column to leave out (repeatable).", valueName: "column"))
  var exclude: [String] = []
  @Option(help: ArgumentHelp("Column types as YAML; see --print-schema.", valueName: "file"))
  var schema: String?
  @Flag(help: "Print the column types found, as YAML, and stop.") var printSchema = false

  @Option(help: "The share of rows to test on, drawn by --seed within each outcome.")
  var testFraction: Double?
  @Option(help: "Test on row i, counted from 0, where i mod K = K - 1.") var testEvery: Int?
  @Option(help: ArgumentHelp("Test on the rows from this date on, by --time.", valueName: "date"))
  var testAfter: String?
  @Flag(help: "Fit to all rows and judge the model on none.") var fitAll = false
  @Option(
    help: ArgumentHelp(
      "The date column that --test-after cuts and cross-validation follows.", valueName: "column"))
  var time: String?
  @Option(help: "The seed of every draw.") var seed: UInt64 = 1

  @OptionGroup var fit: FitOptions
  @OptionGroup var offers: OfferOptions
  @Option(help: "Levels with fewer training rows are pooled.") var minLevelCount = 10
  @Option(
    help: ArgumentHelp("Dates count as days before this one; else the latest.", valueName: "date"))
  var snapshot: String?
  @Option(
    help: ArgumentHelp(
      "Keep a column although it looks like a leak (repeatable).", valueName: "column"))
  var allowLeak: [String] = []

  @Flag(help: "Put the new version into service; the first is without asking.") var promote = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    let splits = [testFraction != nil, testEvery != nil, testAfter != nil, fitAll]
    if splits.count(where: { $0 }) > 1 {
      throw ValidationError("give one of --test-fraction, --test-every, --test-after and --fit-all")
    }
    if let testFraction, !(testFraction > 0 && testFraction < 1) {
      throw ValidationError("--test-fraction is \(testFraction); give a share between 0 and 1")
    }
    if let testEvery, testEvery < 2 {
      throw ValidationError("--test-every is \(testEvery); give 2 or more")
    }
    if (testAfter == nil) != (time == nil), !(fitAll && testAfter == nil) {
      throw ValidationError("--test-after and --time go together: a date and the column it cuts")
    }
    if fit.embargo != nil, time == nil {
      throw ValidationError("--embargo needs --time: the column that says when a row was")
    }
    if minLevelCount < 1 {
      throw ValidationError("--min-level-count is \(minLevelCount); give a positive number")
    }
    if exclude.contains(target) || target == id {
      throw ValidationError("--target '\(target)' cannot be the id or excluded too")
    }
    if let id, exclude.contains(id) {
      throw ValidationError("--id '\(id)' cannot be excluded too; an id is no feature anyway")
    }
    try offers.check(kind: try fit.specification().kind, target: target)
    if positive != nil, fit.kind != "binary" {
      throw ValidationError("--positive is for a target with two values; leave it out")
    }
    try checkRoles()
    _ = try trainer()
  }

  /// A column plays one part.
  private func checkRoles() throws {
    let roles = [
      ("--target", target), ("--id", id), ("--weight", fit.weight), ("--offset", fit.offset),
    ]
    for (index, role) in roles.enumerated() {
      guard let column = role.1 else { continue }
      if let other = roles[..<index].first(where: { $0.1 == column }) {
        throw ValidationError("\(role.0) names the column of \(other.0), '\(column)'; name another")
      }
    }
    if [fit.group, fit.weight, fit.offset, time].contains(target) {
      throw ValidationError("--target '\(target)' cannot be told by another flag too")
    }
  }

  func run() throws {
    try location.registry.checkName(name)
    try checkDataCanBeReadAgain()
    if let warning = BLASInfo.current.warning { Console.message("hourglass: warning: \(warning)") }
    let progress = Progress()
    defer { progress.clear() }
    let trainer = try trainer()
    let file = try input.open()
    let rejects = try input.rejectLog()
    if !printSchema, let directory = try spilling.directory(for: file, trainer.specification) {
      return try publish(try train(trainer, file, directory, rejects, progress), progress)
    }
    let table = try read(file, trainer, rejects, progress)
    if printSchema {
      progress.clear()
      return try Console.print(SchemaFile.yaml(of: table))
    }
    let source = try source(file, rejects, progress)
    let result = try naming(input.data) { () throws(TrainingError) in
      try trainer.train(table, source: source) { progress.show($0) }
    }
    progress.clear()
    Console.messages(result.notes, about: input.data)
    try publish(result, progress)
  }

  private func source(
    _ file: CSVFile, _ rejects: RejectLog, _ progress: Progress
  ) throws -> Trainer.Source {
    progress.clear()
    Console.messages(rejects.notes(header: file.header), about: input.data)
    progress.show("fingerprinting")
    return Trainer.Source(
      command: command, dataSHA256: try fileSHA256(path: input.data),
      rejectedRowCount: rejects.rejectedCount)
  }

  /// Trains with the rows in files of `directory`.
  private func train(
    _ trainer: Trainer, _ file: CSVFile, _ directory: String, _ rejects: RejectLog,
    _ progress: Progress
  ) throws -> Trainer.Result {
    let given = try schema.map { try SchemaFile.read(path: $0, for: file) } ?? [:]
    let table = try file.spilledTable(
      in: directory, schema: trainer.schema(given), threadCount: input.threadCount,
      rejects: rejects
    ) { progress.show("reading", done: $0, of: file.byteCount) }
    let source = try source(file, rejects, progress)
    if let id {
      Console.message(
        "\(input.data): rows are in files of \(directory), so that duplicates of "
          + "'\(id)' are not looked for")
    }
    do {
      return try trainer.train(table, spillingTo: directory, source: source) { progress.show($0) }
    } catch let error as TrainingError {
      throw InputError(path: input.data, error)
    }
  }

  /// The file is read for its rows, for its fingerprint and to judge the version in service; a pipe gives
  /// its bytes only once.
  private func checkDataCanBeReadAgain() throws {
    guard !printSchema, let status = FileStatus(input.data), status.isPipe else { return }
    throw UsageError(
      "--data '\(input.data)' is a pipe, and training reads its file more than once; "
        + "save it to a file first")
  }

  /// Reads the table as this training needs it; `--print-schema` needs no target yet.
  private func read(
    _ file: CSVFile, _ trainer: Trainer, _ rejects: RejectLog, _ progress: Progress
  ) throws -> Table {
    let given = try schema.map { try SchemaFile.read(path: $0, for: file) } ?? [:]
    return try file.table(
      schema: printSchema ? given : trainer.schema(given, header: file.header),
      threadCount: input.threadCount,
      rejects: rejects
    ) { progress.show("reading", done: $0, of: file.byteCount) }
  }

  private func publish(_ result: Trainer.Result, _ progress: Progress) throws {
    let registry = location.registry
    let champion = try registry.champion(of: name)
    let version = try registry.add(result.model) {
      ModelCard(model: result.model, version: $0).markdown
    }
    let isFirst = try registry.promoteIfFirst(name, version: version)
    progress.show("comparing")
    let comparison = try champion.map { try compare($0, result) }
    if promote, !isFirst { try registry.promote(name, version: version) }
    let report = TrainingReport(
      model: ModelSummary(try registry.load(name, version: version)),
      evaluation: result.model.predictor.evaluation, training: result.model.training,
      fitSeconds: result.fitSeconds, champion: comparison)
    progress.clear()
    if json { return try Console.printJSON(report) }
    try Console.print(report.text(directory: location.models))
  }

  /// Judges the version in service on the new version's test rows.
  private func compare(_ version: String, _ result: Trainer.Result) throws -> ChampionComparison {
    do {
      let champion = try location.registry.load(name, version: version).model
      guard result.model.predictor.evaluation != nil else {
        return ChampionComparison(
          version: version, evaluation: nil, mayHaveSeenRows: false,
          reason: "every row was fitted to (--fit-all)")
      }
      guard champion.predictor.means(result.model.predictor) else {
        return ChampionComparison(
          version: version, evaluation: nil, mayHaveSeenRows: false,
          reason: "it predicts another outcome, \(champion.predictor.words)")
      }
      let rejects = try RejectLog(path: input.data, maxRejects: 1)
      // Both count days back from the same day: the later of the two trainings knows which.
      var later = LaterEvaluation(
        model: champion.counting(from: result.model.encoder.snapshot),
        threadCount: input.threadCount)
      later.refusesDatesAfterSnapshot = false
      later.weightColumn = fit.weight
      let judged = try later.evaluate(
        input.open(missing: champion.encoder.missing), keeps: result.isTestRow, rejects: rejects)
      return ChampionComparison(
        version: version, evaluation: judged.evaluation,
        mayHaveSeenRows: champion.mayHaveSeen(result.model), reason: nil)
    } catch let error as any CustomStringConvertible & Error {
      // A champion from another file may lack a column here, and a damaged one is to be replaced: that is
      // news, not a failed training.
      return ChampionComparison(
        version: version, evaluation: nil, mayHaveSeenRows: false,
        reason: "\(error)")
    }
  }

  private func trainer() throws -> Trainer {
    var trainer = Trainer(name: name, target: target, split: try splitRule())
    trainer.positive = positive
    trainer.identifier = id
    trainer.excluded = exclude
    trainer.timeColumn = time
    trainer.specification = try fit.specification()
    trainer.available = offers.available
    trainer.choiceSetColumn = offers.choiceSet
    trainer.offerColumn = offers.offer
    trainer.minLevelCount = minLevelCount
    trainer.allowedLeaks = Set(allowLeak)
    trainer.snapshot = try snapshot.map { try instant($0, flag: "--snapshot") }
    trainer.missing = input.missing
    trainer.seed = seed
    trainer.threadCount = input.threadCount
    return trainer
  }

  private func splitRule() throws -> SplitRule? {
    if fitAll { return nil }
    if let testEvery { return .every(testEvery) }
    if let testAfter {
      return .after(secondsSince1970: try instant(testAfter, flag: "--test-after"))
    }
    return .fraction(testFraction ?? 0.2, seed: seed)
  }

  /// The command as typed, less what does not change the model.
  private var command: String {
    var words = ["hourglass"]
    var skips = false
    for word in CommandLine.arguments.dropFirst() {
      if skips {
        skips = false
      } else if ["--threads", "--models", "--rejects", "--spill"].contains(word) {
        skips = true
      } else if !["--json", "--promote"].contains(word),
        !["--threads=", "--models=", "--rejects=", "--spill="].contains(where: word.hasPrefix)
      {
        words.append(word.contains(" ") ? "\"\(word)\"" : word)
      }
    }
    return words.joined(separator: " ")
  }
}

/// Puts the file's name in front of a training error.
func naming<Result>(
  _ path: String, _ body: () throws(TrainingError) -> Result
) throws(InputError) -> Result {
  do throws(TrainingError) {
    return try body()
  } catch {
    throw InputError(path: path, error)
  }
}
