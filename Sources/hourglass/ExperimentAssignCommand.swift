import ArgumentParser
import ExperimentFiles
import Experiments
import FoundationEssentials
import Tables

/// `hourglass experiment assign`: the variant of one unit, or of every unit of a file.
struct ExperimentAssignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: "Prints the variant of one unit, or of every unit of a file.",
    discussion: """
      Example: hourglass experiment assign cart.yaml --unit C-1001
      A file: hourglass experiment assign cart.yaml --data customers.csv --out variants.csv
      Nothing is stored: the same definition gives a unit the same variant everywhere.
      """)

  @Argument(help: "The definition of the experiment, YAML.") var definition: String
  @Option(help: "The id of one unit.") var unit: String?
  @Option(help: ArgumentHelp("A CSV file of units.", valueName: "file")) var data: String?
  @Option(help: ArgumentHelp("The column of --data with the ids.", valueName: "column"))
  var id: String?
  @Option(help: ArgumentHelp("Where the variants of --data go, as CSV.", valueName: "file"))
  var out: String?
  @Option(help: ArgumentHelp("Of several phases, the one at this instant.", valueName: "date"))
  var at: String?
  @Flag(help: "Print one JSON object; with --data the counts.") var json = false

  struct UnitReport: Encodable {
    let experiment: String
    let unit: String
    let variant: String?
    let excluded: String?
    let phase: Int
  }

  struct FileReport: Encodable {
    let experiment: String
    let phase: Int
    let units: [String: Int]
    let excluded: [String: Int]
  }

  func validate() throws {
    guard (unit == nil) != (data == nil) else {
      throw ValidationError("give either --unit or --data")
    }
    if data == nil, out != nil || id != nil {
      throw ValidationError("--out and --id go with --data")
    }
    if json, data != nil, out == nil {
      throw ValidationError("--json prints the counts where the variants would go; give --out too")
    }
    _ = try at.map { try instant($0, flag: "--at") }
    try refuseSameFile(("--data", data), ("--out", out))
  }

  func run() throws {
    let experiment = try ExperimentFile(path: definition).definition
    let phase = try phase(experiment)
    if let unit { return try printOne(unit, experiment, phase: phase) }
    if let data { try assignAll(data, experiment, phase: phase) }
  }

  /// The latest phase that has begun by `--at`, or of all.
  private func phase(_ experiment: ExperimentDefinition) throws -> Int {
    guard let at else { return experiment.phases.count - 1 }
    let seconds = try instant(at, flag: "--at")
    guard
      let phase = experiment.phases.lastIndex(where: { $0.startSeconds ?? -.infinity <= seconds })
    else { throw UsageError("--at \(at) is before the first phase; give a later instant") }
    return phase
  }

  private func printOne(
    _ unit: String, _ experiment: ExperimentDefinition, phase: Int
  ) throws {
    let assignment = experiment.phases[phase].assignment.assignment(of: unit)
    var excluded: String?
    if case .excluded(let reason) = assignment { excluded = reason.rawValue }
    if json {
      return try Console.printJSON(
        UnitReport(
          experiment: experiment.key, unit: unit, variant: assignment.variant, excluded: excluded,
          phase: phase + 1))
    }
    try Console.print(assignment.variant ?? "none: \(excluded ?? "")")
  }

  private func assignAll(
    _ path: String, _ experiment: ExperimentDefinition, phase: Int
  ) throws {
    let file = try CSVFile(path: path)
    let name = id ?? experiment.unit
    let column = try file.column(named: name)
    var actions = [ColumnAction](repeating: .skip, count: file.header.count)
    actions[column] = .text
    let design = experiment.phases[phase].assignment
    let output = try OutputFile(path: out ?? OutputFile.standardOutput)
    var header: [UInt8] = []
    Array(name.utf8).withUnsafeBytes { appendCSVField($0, to: &header) }
    try output.write(header + Array(",variant,excluded\n".utf8))
    var units: [String: Int] = [:]
    var excluded: [String: Int] = [:]
    let rejects = try RejectLog(path: path, maxRejects: 0.01)
    try file.stream(
      actions, threadCount: ProcessInfo.processInfo.activeProcessorCount, rejects: rejects,
      work: { chunk in AssignedRows(chunk.columns[column], design) },
      deliver: { rows, _ in
        try output.write(rows.bytes)
        units.merge(rows.units, uniquingKeysWith: +)
        excluded.merge(rows.excluded, uniquingKeysWith: +)
      })
    try output.commit()
    Console.messages(rejects.notes(header: file.header), about: path)
    if json {
      return try Console.printJSON(
        FileReport(
          experiment: experiment.key, phase: phase + 1, units: units, excluded: excluded))
    }
    guard out != nil else { return }
    let counts = (units.sorted { $0.key < $1.key } + excluded.sorted { $0.key < $1.key })
      .map { "\($0.key) \($0.value)" }
    Console.message("assigned: \(counts.joined(separator: ", "))")
  }
}

/// The lines of one chunk's units.
private struct AssignedRows: Sendable {
  var bytes: [UInt8] = []
  var units: [String: Int] = [:]
  var excluded: [String: Int] = [:]

  init(_ column: DecodedColumn, _ design: AssignmentDesign) {
    guard case .text(let ids) = column else { return }
    for row in 0..<ids.count {
      ids.withBytes(row) { appendCSVField($0, to: &bytes) }
      switch design.assignment(of: ids[row]) {
      case .assigned(let variant):
        units[variant, default: 0] += 1
        bytes.append(UInt8(ascii: ","))
        Array(variant.utf8).withUnsafeBytes { appendCSVField($0, to: &bytes) }
        bytes.append(contentsOf: ",\n".utf8)
      case .excluded(let reason):
        excluded[reason.rawValue, default: 0] += 1
        bytes.append(contentsOf: ",,\(reason.rawValue)\n".utf8)
      }
    }
  }
}
