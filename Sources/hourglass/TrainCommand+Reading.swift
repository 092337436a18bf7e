import FoundationEssentials
import Scoring
import Tables
import Training

extension TrainCommand {
  /// The file is read for its rows, for its fingerprint and to judge the version in service; a pipe gives
  /// its bytes only once.
  func checkDataCanBeReadAgain() throws {
    guard !printSchema, let status = FileStatus(input.data), status.isPipe else { return }
    throw UsageError(
      "--data '\(input.data)' is a pipe, and training reads its file more than once; "
        + "save it to a file first")
  }

  /// Prints the column types found, of any file: a target is not needed yet.
  func printSchema(of file: CSVFile, _ progress: Progress) throws {
    let table = try read(file, schema: try givenSchema(for: file), input.rejectLog(), progress)
    progress.clear()
    try Console.print(SchemaFile.yaml(of: table))
  }

  /// Reads the file and trains on its rows, in memory or in files.
  func train(_ trainer: Trainer, _ file: CSVFile, _ progress: Progress) throws -> Trainer.Result {
    let rejects = try input.rejectLog()
    let given = try givenSchema(for: file)
    if let directory = try spilling.directory(for: file, trainer.specification) {
      return try train(
        trainer, file, in: directory, schema: trainer.schema(given), rejects, progress)
    }
    let table = try read(
      file, schema: trainer.schema(given, header: file.header), rejects, progress)
    let source = try source(file, rejects, progress)
    return try naming(input.data) { () throws(TrainingError) in
      try trainer.train(table, source: source) { progress.show($0) }
    }
  }

  /// Trains with the rows in files of `directory`.
  private func train(
    _ trainer: Trainer, _ file: CSVFile, in directory: String, schema: [String: ColumnSchema],
    _ rejects: RejectLog, _ progress: Progress
  ) throws -> Trainer.Result {
    let table = try file.spilledTable(
      in: directory, schema: schema, threadCount: input.threadCount, rejects: rejects
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

  private func givenSchema(for file: CSVFile) throws -> [String: ColumnSchema] {
    try schema.map { try SchemaFile.read(path: $0, for: file) } ?? [:]
  }

  private func read(
    _ file: CSVFile, schema: [String: ColumnSchema], _ rejects: RejectLog, _ progress: Progress
  ) throws -> Table {
    try file.table(schema: schema, threadCount: input.threadCount, rejects: rejects) {
      progress.show("reading", done: $0, of: file.byteCount)
    }
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
