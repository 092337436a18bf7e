import ArgumentParser
import ExperimentFiles
import Experiments
import FoundationEssentials
import Tables

/// `hourglass experiment list`: the definitions in a folder, or what was started in a store.
struct ExperimentListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the definitions in a folder, or what was started in a store.",
    discussion: """
      Example: hourglass experiment list experiments
      What was started: hourglass experiment list --store hourglass.db
      """)

  @Argument(help: "The folder of the definitions, YAML; else 'experiments'.")
  var folder: String?
  @Option(
    help: ArgumentHelp(
      "List what was started in this store, a SQLite file.", valueName: "file"))
  var store: String?
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let experiments: [Row]
  }

  struct Row: Encodable {
    let experiment: String
    /// Of definitions in a folder.
    let file: String?
    /// Of those in a store.
    let started: String?
    let fingerprint: String
    let variants: [String]
    let primary: String
    let design: String

    init(_ definition: ExperimentDefinition, file: String? = nil, started: String? = nil) {
      experiment = definition.key
      self.file = file
      self.started = started
      fingerprint = definition.fingerprint
      variants = definition.variants
      primary = definition.goal.metric.name
      design = definition.designName
    }
  }

  func validate() throws {
    if folder != nil, store != nil {
      throw ValidationError("a folder and --store exclude each other")
    }
  }

  func run() throws {
    let rows = try store.map(Self.rows(store:)) ?? Self.rows(folder: folder ?? "experiments")
    if json { return try Console.printJSON(Report(experiments: rows)) }
    guard !rows.isEmpty else {
      return Console.message(
        store.map { "\($0): no experiment was started" }
          ?? "\(folder ?? "experiments"): no definition; they are files that end in .yaml")
    }
    let header = ["experiment", "primary", "design", "variants", "fingerprint"]
    let table = rows.map { row in
      [
        row.experiment, row.primary, row.design, row.variants.joined(separator: ", "),
        row.fingerprint, row.file ?? row.started ?? "",
      ]
    }
    try Console.print(alignedTable([header + [store == nil ? "file" : "started"]] + table))
  }

  private static func rows(store: String) throws -> [Row] {
    try ExperimentStoreFile(path: store).experiments().map { started in
      Row(try started.file().definition, started: started.startText)
    }
  }

  private static func rows(folder: String) throws -> [Row] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw TableError.cannotOpen(path: folder, reason: "no readable folder of that name")
    }
    let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
    var rows: [Row] = []
    for (place, file) in files.enumerated() {
      do {
        rows.append(Row(try ExperimentFile(path: "\(folder)/\(file)").definition, file: file))
      } catch {
        // One that cannot be read hides no other; where none can, the last fault is the answer.
        if rows.isEmpty, place == files.count - 1 { throw error }
        Console.message("left out: \(error)")
      }
    }
    return rows
  }
}

/// `hourglass experiment show`: what a definition comes to, defaults and all.
struct ExperimentShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a definition as it is understood, with every default.",
    discussion: """
      Example: hourglass experiment show cart.yaml
      What was started: hourglass experiment show cart --store hourglass.db
      """)

  @Argument(help: "The definition of the experiment, YAML; with --store the experiment's name.")
  var definition: String
  @Option(
    help: ArgumentHelp(
      "Show what was started in this store, a SQLite file.", valueName: "file"))
  var store: String?
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let experiment: String
    let fingerprint: String
    let rule: String
    let settings: [ExperimentDefinition.Setting]
    let phases: [PhaseReport]
    /// Of one in a store.
    let started: String?
  }

  struct PhaseReport: Encodable {
    /// Seconds since 1970.
    let start: Double?
    /// The probability of each variant, for a unit that takes part.
    let probabilities: [String: Double]
    let assignmentFingerprint: String
  }

  func run() throws {
    let started = try store.map { try ExperimentStoreFile(path: $0).experiment(definition) }
    let experiment = try (started?.file() ?? ExperimentFile(path: definition)).definition
    let phases = experiment.phases.map { phase in
      PhaseReport(
        start: phase.startSeconds,
        probabilities: Dictionary(
          zip(experiment.variants, phase.probabilities), uniquingKeysWith: { first, _ in first }),
        assignmentFingerprint: phase.assignment.fingerprint)
    }
    if json {
      return try Console.printJSON(
        Report(
          experiment: experiment.key, fingerprint: experiment.fingerprint, rule: experiment.rule,
          settings: experiment.settings, phases: phases, started: started?.startText))
    }
    var rows = [["fingerprint", experiment.fingerprint], ["rule", experiment.rule]]
    if let started { rows.append(["started", started.startText]) }
    rows += experiment.settings.filter { !$0.value.isEmpty }
      .map { [$0.name, $0.value.replacing("\u{1F}", with: ", ")] }
    for (number, phase) in experiment.phases.enumerated() {
      let shares = zip(experiment.variants, phase.probabilities).map { "\($0) \($1)" }
      rows.append(["phase \(number + 1) gives", shares.joined(separator: ", ")])
    }
    try Console.print(Self.text(rows))
  }

  /// Names to the left, as wide as the widest.
  private static func text(_ rows: [[String]]) -> String {
    let width = rows.map { $0[0].count }.max() ?? 0
    let lines = rows.map { row -> String in
      let padding = String(repeating: " ", count: width - row[0].count)
      return "\(row[0])\(padding)  \(row[1])"
    }
    return lines.joined(separator: "\n")
  }
}

extension ExperimentDefinition {
  /// As the definition's file has it.
  var designName: String {
    switch design {
    case .unlimitedExact: "unlimited"
    case .soonestExact: "soonest"
    case .multinomial: "multinomial"
    case .asymptotic: "asymptotic"
    case .groupSequential: "groupSequential"
    }
  }
}
