import ArgumentParser
import CustomerData
import FoundationEssentials
import Glibc
import StorageSQLite
import Tables

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Imports files into the customer base; a file imported twice changes nothing.",
    discussion: """
      Example: hourglass import --store hourglass.db events.jsonl.gz

      An import that was interrupted goes on where it stopped when it is run again. Formats: \
      \(FactFormat.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).
      """)

  @Argument(help: "The files, perhaps .gz; '-' is standard input and needs --format.")
  var files: [String]
  @OptionGroup var location: StoreOptions
  @Option(help: "The format, where it is not to be found by the content.") var format: String?
  @Option(help: ArgumentHelp("What the columns of the files mean, as YAML.", valueName: "file"))
  var mapping: String?
  @Option(help: "The system that the files come from; else each file's own name.")
  var source: String?
  @Option(help: "The currency of amounts that name none, as EUR.") var currency: String?
  @Option(help: ArgumentHelp("Which identities may join two people, as YAML.", valueName: "file"))
  var identityRules: String?
  @Option(help: ArgumentHelp("Where rejected records go, as CSV.", valueName: "file"))
  var rejects: String?
  @Option(help: "The share of records that may be rejected, as 0.01 or 1%.") var maxRejects = "1%"
  @Option(help: "Threads that parse; the result does not depend on it.") var threads: Int?
  @Flag(help: "Show what would come of it in the store, or in a new one, and change nothing.")
  var dryRun = false
  @Flag(help: "Print a summary as one JSON object.") var json = false

  func validate() throws {
    _ = try DataOptions.share(maxRejects)
    _ = try knownCurrency()
    if let threads, !(1...64).contains(threads) {
      throw ValidationError("--threads is \(threads); give 1 to 64")
    }
    if files.contains("-"), format == nil {
      throw ValidationError(
        "standard input is read once and not looked at first; name its --format")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let (store, scratch) = try openStore()
    defer { scratch?.remove() }
    var reports: [ImportReport] = []
    var failure: (any Error)?
    do {
      for file in files { try importFile(file, into: store, &reports) }
    } catch {
      failure = error
    }
    // What is written is to be complete for readers, and told, whatever became of the rest.
    let finish = Result { try store.finishImport() }
    let rejected = Result { try writeRejects(of: reports, from: store) }
    if let failure { throw failure }
    try finish.get()
    try rejected.get()
    try show(
      reports, store, isNew: scratch != nil, seconds: (ContinuousClock.now - started) / .seconds(1))
    let limit = try DataOptions.share(maxRejects)
    for report in reports { try report.judge(maxRejects: limit) }
  }

  /// The store to write to, and the folder of one that is not kept.
  private func openStore() throws -> (any CustomerStore, ScratchFolder?) {
    let rules = try identityRules.map(IdentityRulesFile.rules)
    guard dryRun else { return (try location.open(rules: rules, isNewAllowed: true), nil) }
    if let trial = try location.openForTrial(rules: rules) { return (trial, nil) }
    let scratch = try ScratchFolder()
    return (try SQLiteStore(path: scratch.path + "/dry-run.db", rules: rules), scratch)
  }

  /// Adds the report of `file`, which is there also where the import fails half-way.
  private func importFile(
    _ file: String, into store: any CustomerStore, _ reports: inout [ImportReport]
  ) throws {
    let path = file == "-" ? "/dev/stdin" : file
    let options = try options()
    let format = try FactFormat.format(
      of: path, named: format ?? (mapping == nil ? nil : FactFormat.mapped.name))
    if dryRun, !json { try showColumns(of: path, format, options) }
    let importer = Importer(
      store: store, options: options,
      threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      clock: { presentInstant() })
    let progress = Progress()
    defer { progress.clear() }
    let total = FileStatus(path)?.isPlainFile == true ? fileSize(path) : nil
    var latest: ImportReport?
    let outcome = Result {
      try importer.run(path: path, format: format) { report in
        latest = report
        progress.show("\(path): \(report.records) records", done: report.fileBytes, of: total)
      }
    }
    if case .success(let report) = outcome { latest = report }
    if let latest { reports.append(latest) }
    _ = try outcome.get()
  }

  private func options() throws -> ImportOptions {
    var options = ImportOptions()
    options.source = source
    options.messages.currency = try knownCurrency()
    if let mapping {
      options.mapping = try MappingFile.read(path: mapping)
      options.mappingText = try MappingFile.text(path: mapping)
    }
    return options
  }

  /// What was recognised, before anything is read.
  private func showColumns(of path: String, _ format: FactFormat, _ options: ImportOptions) throws {
    try Console.print("\(path): \(format.name), \(format.summary)")
    guard let reader = try format.reader(path, options) as? CSVFactReader else { return }
    let plan = reader.plan
    let rows = plan.mapped.map { ["  \($0.column)", $0.field] }
    if !rows.isEmpty { try Console.print(leftAlignedTable(rows)) }
    guard !plan.unmapped.isEmpty else { return }
    let fate = plan.mapping.record.keepsOtherColumns ? "kept as they are" : "not kept"
    try Console.print("  \(fate): \(plan.unmapped.joined(separator: ", "))")
  }

  private func fileSize(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  private func knownCurrency() throws -> Currency? {
    guard let currency else { return nil }
    guard let known = Currency(currency) else {
      throw ValidationError("--currency is '\(currency)'; give three letters such as EUR")
    }
    return known
  }

  /// The rejected records of all files, those of earlier attempts included.
  private func writeRejects(of reports: [ImportReport], from store: any CustomerStore) throws {
    guard let rejects else { return }
    let output = try OutputFile(path: rejects)
    try output.write(Array("file,line,reason,record\n".utf8))
    for report in reports {
      guard let fingerprint = report.fingerprint else { continue }
      for reject in try store.rejects(of: fingerprint) {
        var line: [UInt8] = []
        for (index, field) in [report.path, "\(reject.line)", reject.reason, reject.record]
          .enumerated()
        {
          if index > 0 { line.append(UInt8(ascii: ",")) }
          Array(field.utf8).withUnsafeBytes { appendCSVField($0, to: &line) }
        }
        try output.write(line + [UInt8(ascii: "\n")])
      }
    }
    try output.commit()
  }

  private func show(
    _ reports: [ImportReport], _ store: any CustomerStore, isNew: Bool, seconds: Double
  ) throws {
    let counts = try store.rowCounts()
    if json {
      try Console.printJSON(
        ImportSummary(
          store: isNew ? nil : store.location, dryRun: dryRun,
          files: reports.map(FileSummary.init),
          seconds: seconds, tables: .init(uniqueKeysWithValues: counts.map { ($0.rawValue, $1) })))
      return
    }
    for report in reports { for line in report.lines { try Console.print(line) } }
    let tables = StoreTable.allCases.filter { counts[$0, default: 0] > 0 && $0 != .imports }
    let rows = tables.map { [$0.rawValue, "\(counts[$0, default: 0])"] }
    try Console.print("")
    let held = isNew ? "an empty store would hold:" : "\(store.location) would hold:"
    try Console.print(dryRun ? held : "\(store.location) holds:")
    try Console.print(alignedTable(rows))
  }
}

extension ImportReport {
  /// What is told of one file.
  fileprivate var lines: [String] {
    var lines = ["\(path): \(records) records of \(format), \(rejected) rejected"]
    if let resumedAt {
      lines[0] += "; went on after record \(resumedAt.recordCount), where an earlier import stopped"
    }
    lines.append(
      "  \(written.newFacts) new facts, \(written.knownFacts) known already, "
        + "\(written.newIdentities) new identities, \(written.newLinks) new links")
    if written.conflicts > 0 {
      lines.append(
        "  \(written.conflicts) events under a known message id with another body, kept beside")
    }
    if let firstReject {
      lines.append("  first rejected at line \(firstReject.line): \(firstReject.reason)")
    }
    return lines
  }
}

private struct ImportSummary: Encodable {
  let store: String?
  let dryRun: Bool
  let files: [FileSummary]
  let seconds: Double
  let tables: [String: Int]
}

private struct FileSummary: Encodable {
  let file: String
  let format: String
  let records: Int
  let rejected: Int
  let firstRejectedLine: Int?
  let firstRejectedReason: String?
  let resumedAfterRecord: Int?
  let newFacts: Int
  let knownFacts: Int
  let conflicts: Int
  let newIdentities: Int
  let newLinks: Int
  let facts: [String: Int]

  init(_ report: ImportReport) {
    file = report.path
    format = report.format
    records = report.records
    rejected = report.rejected
    firstRejectedLine = report.firstReject?.line
    firstRejectedReason = report.firstReject?.reason
    resumedAfterRecord = report.resumedAt?.recordCount
    newFacts = report.written.newFacts
    knownFacts = report.written.knownFacts
    conflicts = report.written.conflicts
    newIdentities = report.written.newIdentities
    newLinks = report.written.newLinks
    facts = .init(uniqueKeysWithValues: report.facts.map { ($0.rawValue, $1) })
  }
}

/// A folder for a store that is not kept.
private struct ScratchFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "hourglass-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
