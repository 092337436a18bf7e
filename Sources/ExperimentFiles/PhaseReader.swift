import Experiments
import Yams

/// Reads variants, weights and phases: who gets what, and from when.
struct PhaseReader {
  private let yaml: YAMLMapping
  private let key: String

  init(_ yaml: YAMLMapping, key: String) {
    self.yaml = yaml
    self.key = key
  }

  func phases() throws -> [Phase] {
    let (variants, weights) = try variants()
    let salt = try yaml.string("salt") ?? key
    let coverage = try yaml.share("coverage") ?? 1
    let version = try hashVersion()
    let namespace = try namespace()
    let holdout = try holdout()
    func assignment(
      _ salt: String, _ weights: [Double]?, _ coverage: Double
    ) throws -> AssignmentDesign {
      try AssignmentDesign(
        salt: salt, variants: variants, weights: weights, coverage: coverage,
        hashVersion: version, namespace: namespace, holdout: holdout)
    }
    let later = try yaml.mappings(
      "phases", name: { "phase \($0)" }, keys: ["start", "weights", "salt", "coverage"])
    guard !later.isEmpty else {
      return [
        Phase(assignment: try yaml.at("variants") { try assignment(salt, weights, coverage) })
      ]
    }
    return try later.enumerated().map { place, mapping in
      let start = try mapping.instant("start")
      if start == nil, place > 0 {
        throw mapping.fault("\(mapping.name) has no 'start'; say when its weights began")
      }
      let given = try self.weights(mapping, variants: variants)
      let phaseSalt = try mapping.string("salt") ?? salt
      let share = try mapping.share("coverage") ?? coverage
      return Phase(
        startSeconds: start,
        assignment: try mapping.at("weights") {
          try assignment(phaseSalt, given ?? weights, share)
        })
    }
  }

  /// A list of names, or names with their weights; the control comes first.
  private func variants() throws -> (names: [String], weights: [Double]?) {
    guard let node = yaml.node("variants") else {
      throw yaml.fault(
        "the experiment has no 'variants'; list them, the control first, as [control, treatment]")
    }
    if case .sequence = node { return (try yaml.strings("variants"), nil) }
    guard case .mapping(let mapping) = node else {
      throw yaml.fault(
        "variants", "'variants' is no list; write it as [control, treatment], the control first")
    }
    var names: [String] = []
    var weights: [Double] = []
    for (key, value) in mapping {
      guard let name = key.string else {
        throw yaml.fault(at: key, "a variant's name is not a word")
      }
      names.append(name)
      weights.append(try yaml.number(value, "the weight of variant '\(name)'"))
    }
    return (names, weights)
  }

  private func weights(_ mapping: YAMLMapping, variants: [String]) throws -> [Double]? {
    guard let node = mapping.node("weights") else { return nil }
    if case .sequence(let items) = node {
      return try items.map { try mapping.number($0, "weights") }
    }
    let named = try YAMLMapping(
      node, path: mapping.path, name: "the weights of \(mapping.name)", keys: variants)
    return try variants.map { variant in
      guard let weight = try named.number(variant) else {
        throw named.fault("\(named.name) lack variant '\(variant)'; give every variant one")
      }
      return weight
    }
  }

  private func hashVersion() throws -> HashVersion {
    guard let number = try yaml.count("hashVersion") else { return .two }
    guard let version = HashVersion(rawValue: number) else {
      throw yaml.fault("hashVersion", "'hashVersion' is \(number); it can be 1 or 2")
    }
    return version
  }

  private func namespace() throws -> Namespace? {
    guard
      let mapping = try yaml.mapping(
        "namespace", name: "the namespace", keys: ["id", "from", "to"])
    else { return nil }
    return try mapping.at {
      try Namespace(
        id: mapping.requiredString("id", "name it"), from: mapping.number("from") ?? 0,
        to: mapping.number("to") ?? 1)
    }
  }

  private func holdout() throws -> Holdout? {
    guard
      let mapping = try yaml.mapping("holdout", name: "the holdout", keys: ["salt", "share"])
    else { return nil }
    guard let share = try mapping.share("share") else {
      throw mapping.fault("the holdout has no 'share'; give one, as 5%")
    }
    return try mapping.at {
      try Holdout(
        salt: mapping.requiredString("salt", "give the same to every experiment"), share: share)
    }
  }
}
