public import Experiments
import FoundationEssentials

/// An experiment as its YAML file has it: the definition, and the names of the columns of its data.
public struct ExperimentFile: Hashable, Sendable {
  public let definition: ExperimentDefinition
  public let columns: ColumnNames
  /// Whether it says how units are hashed, so that logged variants can be held against computed ones.
  public let dealsByHash: Bool

  /// Reads and checks the file.
  ///
  /// - Throws: `ExperimentFileError` or `TableError`, with the line at fault and the remedy.
  public init(path: String) throws {
    try self.init(YAMLMapping.file(path, name: "the experiment", keys: Self.keys))
  }

  /// - Parameter path: what errors call the text.
  public init(yaml: String, path: String) throws {
    try self.init(
      YAMLMapping.text(Data(yaml.utf8), path: path, name: "the experiment", keys: Self.keys))
  }

  private static let keys = [
    "experiment", "unit", "variants", "salt", "hashVersion", "coverage", "namespace", "holdout",
    "primary", "guardrails", "secondary", "alpha", "design", "futility", "window", "horizon",
    "phases",
    "allocation", "eligibility", "covariates", "score", "dimensions", "columns",
  ]

  private init(_ yaml: YAMLMapping) throws {
    let key = try yaml.requiredString("experiment", "name it as 'experiment: cart-reminder'")
    guard
      let primary = try yaml.mapping(
        "primary", name: "the primary metric", keys: MetricReader.primaryKeys)
    else {
      throw yaml.fault(
        "the experiment has no 'primary'; an experiment starts with a primary metric,"
          + " its direction and its minimum effect")
    }
    let goal = try MetricReader(primary).goal()
    let guardrails = try yaml.mappings(
      "guardrails", name: { "guardrail \($0)" }, keys: MetricReader.guardrailKeys
    ).map { try MetricReader($0).guardrail() }
    let secondary = try yaml.mappings(
      "secondary", name: { "secondary metric \($0)" }, keys: MetricReader.metricKeys
    ).map { try MetricReader($0).metric() }
    let phases = try PhaseReader(yaml, key: key).phases()
    let design = try DesignReader(yaml).design()
    let futility = try DesignReader(yaml).futility()
    let allocation = try DesignReader(yaml).allocation()
    let eligibility = try Self.eligibility(yaml)
    let window = try yaml.seconds("window")
    let horizon = try yaml.seconds("horizon")
    let alpha = try yaml.number("alpha")
    if let alpha, !(alpha > 0 && alpha < 1) {
      throw yaml.fault(
        "alpha", DesignError.outOfRange("alpha", alpha, allowed: "(0, 1)").description)
    }
    columns = try Self.columns(yaml)
    dealsByHash = ["salt", "hashVersion", "namespace"].contains(where: yaml.has)
    definition = try yaml.atSetting {
      try ExperimentDefinition(
        key: key, unit: yaml.string("unit") ?? "customer_id", goal: goal,
        guardrails: guardrails, secondary: secondary, alpha: alpha ?? 0.05, design: design,
        futility: futility, phases: phases, allocation: allocation,
        windowSeconds: window ?? 14 * 86_400,
        horizonDays: horizon.map { $0 / 86_400 }, eligibility: eligibility,
        covariates: yaml.strings("covariates"), score: yaml.string("score"),
        dimensions: yaml.strings("dimensions"))
    }
  }

  private static func eligibility(_ yaml: YAMLMapping) throws -> Eligibility? {
    guard
      let mapping = try yaml.mapping(
        "eligibility", name: "the eligibility", keys: ["column", "values"])
    else { return nil }
    return try mapping.at {
      try Eligibility(
        column: mapping.requiredString("column", "name a column of the exposures"),
        levels: mapping.strings("values"))
    }
  }

  private static func columns(_ yaml: YAMLMapping) throws -> ColumnNames {
    let keys = ColumnNames.Role.allCases.map(\.rawValue)
    guard let mapping = try yaml.mapping("columns", name: "'columns'", keys: keys) else {
      return ColumnNames()
    }
    var columns = ColumnNames()
    for role in ColumnNames.Role.allCases { columns[role] = try mapping.string(role.rawValue) }
    return columns
  }
}
