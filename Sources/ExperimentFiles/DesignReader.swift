import Experiments
import Yams

/// Reads the stopping rule and the allocation.
struct DesignReader {
  private let yaml: YAMLMapping

  init(_ yaml: YAMLMapping) { self.yaml = yaml }

  private enum Kind: String, CaseIterable {
    case unlimited, soonest, multinomial, asymptotic, groupSequential
  }

  private enum SpendingName: String, CaseIterable {
    case obrienFleming, pocock, kimDeMets, hwangShihDeCani
  }

  private enum FutilityName: String, CaseIterable { case none, nonBinding, binding }

  private enum Sides: String, CaseIterable { case one, two }

  private static let keys = [
    "kind", "power", "cap", "plannedUnits", "looks", "spending", "spendingParameter", "futility",
    "futilitySpending", "futilityParameter", "sides",
  ]

  /// A word, or a mapping with the settings of the rule.
  func design() throws -> StoppingDesign {
    guard let node = yaml.node("design") else { return .unlimitedExact }
    if node.string != nil {
      let kind: Kind = try yaml.word("design") ?? .unlimited
      return try yaml.at("design") { try design(kind, nil) }
    }
    let settings = try YAMLMapping(node, path: yaml.path, name: "the design", keys: Self.keys)
    guard let kind: Kind = try settings.word("kind") else {
      let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw settings.fault("the design has no 'kind'; it can be \(kinds)")
    }
    try refuseForeignKeys(settings, kind)
    return try settings.at { try design(kind, settings) }
  }

  private func design(_ kind: Kind, _ settings: YAMLMapping?) throws -> StoppingDesign {
    switch kind {
    case .unlimited: return .unlimitedExact
    case .multinomial: return .multinomial
    case .asymptotic: return .asymptotic(plannedUnits: try settings?.count("plannedUnits"))
    case .soonest:
      return .soonestExact(
        try SoonestDesign(
          power: settings?.share("power") ?? 0.8, capUnits: settings?.count("cap")))
    case .groupSequential: return .groupSequential(try plan(settings))
    }
  }

  private func refuseForeignKeys(_ settings: YAMLMapping, _ kind: Kind) throws {
    let own: [String] =
      switch kind {
      case .unlimited, .multinomial: []
      case .asymptotic: ["plannedUnits"]
      case .soonest: ["power", "cap"]
      case .groupSequential: Self.keys.filter { $0 != "cap" }
      }
    for key in Self.keys where key != "kind" && settings.has(key) && !own.contains(key) {
      throw settings.fault(key, "design \(kind.rawValue) has no use for '\(key)'; remove it")
    }
  }

  private func plan(_ settings: YAMLMapping?) throws -> GroupSequentialPlan {
    guard let settings else { return try GroupSequentialPlan() }
    let spending = try spending(settings, "spending", "spendingParameter") ?? .obrienFleming
    let futilitySpending =
      try self.spending(settings, "futilitySpending", "futilityParameter") ?? .obrienFleming
    let name: FutilityName = try settings.word("futility") ?? .none
    let futility: GroupSequentialPlan.Futility =
      switch name {
      case .none: .none
      case .nonBinding: .nonBinding(futilitySpending)
      case .binding: .binding(futilitySpending)
      }
    let sides: Sides = try settings.word("sides") ?? (name == .none ? .two : .one)
    return try GroupSequentialPlan(
      spending: spending, futility: futility, looks: settings.count("looks") ?? 5,
      plannedUnits: settings.count("plannedUnits"), power: settings.share("power") ?? 0.8,
      isOneSided: sides == .one)
  }

  private func spending(
    _ settings: YAMLMapping, _ key: String, _ parameterKey: String
  ) throws -> GroupSequentialPlan.Spending? {
    guard let name: SpendingName = try settings.word(key) else { return nil }
    let parameter = try settings.number(parameterKey)
    switch name {
    case .obrienFleming: return .obrienFleming
    case .pocock: return .pocock
    case .kimDeMets: return .kimDeMets(power: parameter ?? 3)
    case .hwangShihDeCani: return .hwangShihDeCani(gamma: parameter ?? -4)
    }
  }

  /// `{conditionalPower: 10%, units: 60000}`.
  func futility() throws -> FutilityStop? {
    guard
      let mapping = try yaml.mapping(
        "futility", name: "the futility stop", keys: ["conditionalPower", "units"])
    else { return nil }
    guard let least = try mapping.share("conditionalPower") else {
      throw mapping.fault("the futility stop has no 'conditionalPower'; give one, as 10%")
    }
    return try mapping.at("conditionalPower") {
      try FutilityStop(leastPower: least, units: mapping.count("units"))
    }
  }

  /// `fixed`, or `{thompson: 5%}` with the floor of each variant's probability.
  func allocation() throws -> Allocation {
    guard let node = yaml.node("allocation") else { return .fixed }
    if node.string == "fixed" { return .fixed }
    guard
      node.string == nil,
      let mapping = try yaml.mapping("allocation", name: "the allocation", keys: ["thompson"]),
      let floor = try mapping.share("thompson")
    else {
      throw yaml.fault(
        "allocation",
        "'allocation' is neither fixed nor of the form {thompson: 5%},"
          + " with the least probability of a variant")
    }
    return .thompson(floor: floor)
  }
}
