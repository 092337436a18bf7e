import ArgumentParser
import Scoring
import Training

/// What is to be fitted and how, as flags.
struct FitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The L2 penalty P of mean log loss + P/2 Σ coefficient²; 0 for none. Without a penalty given, "
        + "cross-validation chooses it.", valueName: "P"))
  var l2: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The L1 penalty P of … + P Σ |coefficient|; with --l2, both.", valueName: "P"))
  var l1: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "L1 and L2 together: their sum and the L1 share, as 0.01,0.5; or cv,0.5 for a sum chosen by "
        + "cross-validation.", valueName: "sum,share"))
  var elasticNet: String?
  @Flag(help: "Fit by Firth's method: for rare or separated outcomes.") var firth = false
  @Option(
    help: ArgumentHelp(
      "internal: the penalty is on numbers divided by their standard deviation; none: on the columns "
        + "as they are.", valueName: "scale"))
  var standardize: String = "internal"

  @Option(
    help: ArgumentHelp(
      "minimum or one-standard-error: what cross-validation chooses.", valueName: "rule"))
  var penaltyRule: String?
  @Option(help: "Folds of the cross-validation; 5 where the rows allow.") var folds: Int?
  @Option(
    help: ArgumentHelp(
      "Rows of one value stay on one side, in folds and in the test's share or span.",
      valueName: "column"))
  var group: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Days until an outcome is known, with --time: rows nearer than that to the rows that judge do "
        + "not train.", valueName: "days"))
  var embargo: Double?

  @Option(
    help: ArgumentHelp("How many times each row counts: 2 is the row twice.", valueName: "column"))
  var weight: String?
  @Option(
    help: ArgumentHelp(
      "balanced: outcomes weigh alike in the fit, and the intercept is set back, so that probabilities "
        + "are those of the rows.", valueName: "kind"))
  var classWeight: String?
  @Option(
    help: ArgumentHelp(
      "Log-odds added to each row's score, in training and scoring.", valueName: "column"))
  var offset: String?
  @Option(
    help: ArgumentHelp(
      "Standard errors to keep: none, classical, robust or cluster:COLUMN. Without it classical where "
        + "there is no penalty.", valueName: "kind"))
  var se: String?
  @Option(
    help: ArgumentHelp(
      "What the target has: binary (two values), multinomial (several, such as offers), or choice (yes "
        + "for one row of each choice set).", valueName: "kind"))
  var kind = "binary"

  func validate() throws { _ = try specification() }

  /// The flags as one value, checked as far as flags alone can be.
  func specification() throws -> FitSpecification {
    var specification = FitSpecification()
    specification.kind = try checkedKind()
    specification.penalty = try penalty()
    specification.penaltyScale = try scale()
    specification.rule = try rule()
    specification.foldCount = folds
    specification.groupColumn = group
    specification.embargoSeconds = try embargoSeconds()
    specification.weightColumn = weight
    specification.offsetColumn = offset
    specification.errors = try errors()
    specification.classWeights = try classWeights()
    try checkTogether(specification)
    return specification
  }

  private func checkedKind() throws -> FitSpecification.Kind {
    guard let kind = FitSpecification.Kind(rawValue: kind) else {
      throw ValidationError("--kind is '\(kind)'; give binary, multinomial or choice")
    }
    return kind
  }

  private func penalty() throws -> FitSpecification.Penalty {
    for (flag, value) in [("--l2", l2), ("--l1", l1)] {
      if let value, !(value >= 0 && value.isFinite) {
        throw ValidationError("\(flag) is \(value); give 0 or a positive number")
      }
    }
    let given = [l1 != nil || l2 != nil, elasticNet != nil, firth]
    if given.count(where: { $0 }) > 1 {
      throw ValidationError("give one of --l2 and --l1, --elastic-net, and --firth")
    }
    if let elasticNet { return try Self.elasticNet(elasticNet) }
    if firth { return .firth }
    if l1 == nil, l2 == nil { return .crossValidated(l1Share: 0) }
    return .fixed(l1: l1 ?? 0, l2: l2 ?? 0)
  }

  /// "0.01,0.5", "cv,0.5" or "cv".
  private static func elasticNet(_ text: String) throws -> FitSpecification.Penalty {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let share = parts.count == 2 ? Double(parts[1]) : parts.count == 1 ? 0.5 : nil
    if let share, share >= 0, share <= 1, let first = parts.first {
      if first == "cv", share > 0 { return .crossValidated(l1Share: share) }
      if parts.count == 2, let sum = Double(first), sum >= 0, sum.isFinite {
        return .fixed(l1: sum * share, l2: sum * (1 - share))
      }
    }
    throw ValidationError(
      "--elastic-net is '\(text)'; give the sum of the penalties and the L1 share, as 0.01,0.5, or "
        + "cv,0.5")
  }

  private func scale() throws -> FitRecord.Scale {
    switch standardize {
    case "internal": .standardized
    case "none": .original
    default: throw ValidationError("--standardize is '\(standardize)'; give internal or none")
    }
  }

  private func rule() throws -> CrossValidationResult.Rule {
    switch penaltyRule {
    case nil: FitSpecification().rule
    case "minimum": .minimum
    case "one-standard-error": .oneStandardError
    case .some(let name):
      throw ValidationError("--penalty-rule is '\(name)'; give minimum or one-standard-error")
    }
  }

  private func classWeights() throws -> FitRecord.ClassWeights {
    switch classWeight {
    case nil, "none": .none
    case "balanced": .balanced
    case .some(let name):
      throw ValidationError("--class-weight is '\(name)'; give balanced or none")
    }
  }

  private func embargoSeconds() throws -> Double {
    guard let embargo else { return 0 }
    guard embargo >= 0, embargo < 36_525 else {
      throw ValidationError("--embargo is \(embargo); give days from 0 to 36525")
    }
    return embargo * 86_400
  }

  private func errors() throws -> FitSpecification.Errors {
    guard let se else { return .automatic }
    if se.hasPrefix("cluster:"), se != "cluster:" {
      return .clustered(column: String(se.dropFirst("cluster:".count)))
    }
    switch se {
    case "none": return .none
    case "classical": return .classical
    case "robust": return .robust
    default:
      throw ValidationError("--se is '\(se)'; give none, classical, robust or cluster:COLUMN")
    }
  }

  /// What flags alone show of flags that do not go together.
  private func checkTogether(_ specification: FitSpecification) throws {
    if let folds, !(2...100).contains(folds) {
      throw ValidationError("--folds is \(folds); give a number from 2 to 100")
    }
    if !specification.isCrossValidated {
      for (flag, isGiven) in [
        ("--folds", folds != nil), ("--penalty-rule", penaltyRule != nil),
      ] where isGiven {
        throw ValidationError(
          "\(flag) is for cross-validation, but the penalty is given; leave one out")
      }
    }
    if specification.penaltyScale == .original, specification.penalty == .crossValidated(l1Share: 0)
    {
      throw ValidationError(
        "--standardize none needs a penalty: give --l2, --l1 or --elastic-net")
    }
    if specification.kind != .binary {
      var isL1 = (l1 ?? 0) > 0
      if case .crossValidated(let share) = specification.penalty { isL1 = share > 0 }
      for (flag, isGiven) in [
        ("--firth", firth), ("--l1", isL1), ("--elastic-net", elasticNet != nil),
        ("--offset", offset != nil),
        ("--standardize none", specification.kind == .choice && standardize == "none"),
        ("--class-weight", specification.kind == .choice && classWeight != nil),
        ("--se \(se ?? "")", ![nil, "none", "classical"].contains(se)),
        ("--se classical", se == "classical" && specification.kind == .choice),
      ] where isGiven {
        throw ValidationError(
          "\(flag) is for a target with two values; leave it out with --kind \(kind)")
      }
    }
    if specification.classWeights != .none {
      let isError = ![.automatic, .none].contains(specification.errors)
      for (flag, isGiven) in [("--firth", firth), ("--se \(se ?? "")", isError)] where isGiven {
        throw ValidationError("\(flag) does not go with --class-weight; leave one out")
      }
    }
    if firth, ![.automatic, .none, .classical].contains(specification.errors) {
      throw ValidationError("--firth has classical standard errors; leave --se out")
    }
  }
}
