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
    try checkSplit()
    if minLevelCount < 1 {
      throw ValidationError("--min-level-count is \(minLevelCount); give a positive number")
    }
    try offers.check(kind: try fit.specification().kind, target: target)
    if positive != nil, fit.kind != "binary" {
      throw ValidationError("--positive is for a target with two values; leave it out")
    }
    try checkRoles()
    _ = try trainer()
  }

  private func checkSplit() throws {
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
    if fit.group != nil, fitAll || testEvery != nil, !(try fit.specification().isCrossValidated) {
      throw ValidationError(
        "--group is for the folds of cross-validation, for --test-fraction and for --test-after, but "
          + "the penalty is given; leave one out")
    }
    if fit.embargo != nil, time == nil {
      throw ValidationError("--embargo needs --time: the column that says when a row was")
    }
  }

  /// A column plays one part.
  private func checkRoles() throws {
    if exclude.contains(target) || target == id {
      throw ValidationError("--target '\(target)' cannot be the id or excluded too")
    }
    if let id, exclude.contains(id) {
      throw ValidationError("--id '\(id)' cannot be excluded too; an id is no feature anyway")
    }
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
    if printSchema { return try printSchema(of: file, progress) }
    let result = try train(trainer, file, progress)
    progress.clear()
    Console.messages(result.notes, about: input.data)
    try publish(result, progress)
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
}
