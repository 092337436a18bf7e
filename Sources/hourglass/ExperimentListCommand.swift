import ArgumentParser
import ExperimentFiles
import Experiments
import FoundationEssentials
import Tables

/// `hourglass experiment list`: the definitions in a folder.
struct ExperimentListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the definitions in a folder.",
    discussion: "Example: hourglass experiment list experiments")

  @Argument(help: "The folder of the definitions, YAML.") var folder = "experiments"
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let experiments: [Row]
  }

  struct Row: Encodable {
    let experiment: String
    let file: String
    let fingerprint: String
    let variants: [String]
    let primary: String
    let design: String
  }

  func run() throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw TableError.cannotOpen(path: folder, reason: "no readable folder of that name")
    }
    let rows = try names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
      .map { name in
        let definition = try ExperimentFile(path: "\(folder)/\(name)").definition
        return Row(
          experiment: definition.key, file: name, fingerprint: definition.fingerprint,
          variants: definition.variants, primary: definition.goal.metric.name,
          design: definition.designName)
      }
    if json { return try Console.printJSON(Report(experiments: rows)) }
    guard !rows.isEmpty else {
      return Console.message("\(folder): no definition; they are files that end in .yaml")
    }
    let table = rows.map { row in
      [
        row.experiment, row.primary, row.design, row.variants.joined(separator: ", "),
        row.fingerprint, row.file,
      ]
    }
    try Console.print(
      alignedTable(
        [["experiment", "primary", "design", "variants", "fingerprint", "file"]] + table))
  }
}

/// `hourglass experiment show`: what a definition comes to, defaults and all.
struct ExperimentShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a definition as it is understood, with every default.",
    discussion: "Example: hourglass experiment show cart.yaml")

  @Argument(help: "The definition of the experiment, YAML.") var definition: String
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Encodable {
    let experiment: String
    let fingerprint: String
    let rule: String
    let settings: [ExperimentDefinition.Setting]
    let phases: [PhaseReport]
  }

  struct PhaseReport: Encodable {
    /// Seconds since 1970.
    let start: Double?
    /// The probability of each variant, for a unit that takes part.
    let probabilities: [String: Double]
    let assignmentFingerprint: String
  }

  func run() throws {
    let experiment = try ExperimentFile(path: definition).definition
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
          settings: experiment.settings, phases: phases))
    }
    var rows = [["fingerprint", experiment.fingerprint], ["rule", experiment.rule]]
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
