import Evaluation
import Scoring
import SpecialFunctions
import Tables

/// 2026-05-31T00:00:00Z.
let snapshot = 1_780_185_600.0

/// An encoder with a feature of every kind and policy.
///
/// - Parameter fixesReference: whether every category has a level without a column.
func everyKindEncoder(fixesReference: Bool = false) -> Scoring.Encoder {
  let reference = fixesReference ? 1 : nil
  return Encoder(
    features: [
      feature("age", .number, number(mean: 41.3, scale: 12.7)),
      feature("income", .number, number(mean: 52_000, scale: 31_000, missingShare: 0.2)),
      feature(
        "city", .category,
        category(
          ["Moscow", "Paris", "Киров"], [0.4, 0.3, 0.15], pooled: 0.1, missing: 0.05,
          reference: reference)),
      feature("member", .boolean, number(mean: 0.31, scale: 1, missingShare: 0.01)),
      feature("plan", .category, category(["basic", "pro"], [0.75, 0.25], reference: reference)),
      feature("channel", .category, category([], [], pooled: 0.9, missing: 0.1)),
      feature("signup", .daysBeforeSnapshot(.yearFirst), number(mean: 180, scale: 95)),
      feature(
        "visit month", .month(.dayFirst), column: "visit",
        category(["1", "12", "5"], [0.5, 0.25, 0.25], reference: reference)),
      feature(
        "visit weekday", .weekday(.dayFirst), column: "visit",
        category(["1", "7"], [0.4, 0.3], pooled: 0.2, missing: 0.1, reference: reference)),
    ], snapshot: snapshot)
}

func feature(
  _ name: String, _ source: FeatureSource, column: String? = nil, _ encoding: FeatureEncoding
) -> Feature {
  Feature(name: name, column: column ?? name, source: source, encoding: encoding)
}

func number(mean: Double, scale: Double, missingShare: Double = 0) -> FeatureEncoding {
  .number(
    NumberEncoding(
      mean: mean, scale: scale, minimum: mean - 4 * scale, maximum: mean + 4 * scale,
      missingShare: missingShare))
}

func category(
  _ levels: [String], _ shares: [Double], pooled: Double = 0, missing: Double = 0,
  reference: Int? = nil
) -> FeatureEncoding {
  .category(
    CategoryEncoding(
      levels: levels, shares: shares, pooledShare: pooled, missingShare: missing,
      reference: reference))
}

/// p coefficients for `encoder`, from a seed.
func randomCoefficients(_ encoder: Scoring.Encoder, seed: UInt64) -> [Double] {
  var generator = SplitMix64(seed: seed)
  return encoder.designColumns.map { _ in generator.nextStandardNormal() }
}

extension Scoring.Encoder {
  /// Rows drawn over everything training had: values, missing where it has an indicator or level, and
  /// levels that are pooled where there is a pooled level.
  func randomRows(_ count: Int, seed: UInt64) -> [[FeatureInput]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in features.map { $0.randomInput(using: &generator) } }
  }
}

extension Feature {
  fileprivate func randomInput(using generator: inout SplitMix64) -> FeatureInput {
    switch encoding {
    case .number(let number):
      let isMissing = number.missingShare > 0 && generator.nextIndex(below: 4) == 0
      let value = number.mean + 2 * number.scale * generator.nextStandardNormal()
      return isMissing ? .missing : .number(source == .boolean ? 1 : value)
    case .category(let category):
      switch category.parts[generator.nextIndex(below: category.parts.count)] {
      case .level(let level): return .level(level)
      case .pooled: return .level("never seen")
      case .missing, .value: return .missing
      }
    case .offset(let offset): return .number(offset.mean + generator.nextStandardNormal())
    }
  }
}

/// A model of every kind of feature with coefficients from a seed.
func everyKindModel(
  name: String = "lead", seed: UInt64 = 1, encoder: Scoring.Encoder = everyKindEncoder(),
  coefficients: [Double]? = nil, intercept: Double = -1.25, dataSHA256: String = "2f5a"
) throws -> Model {
  let coefficients = coefficients ?? randomCoefficients(encoder, seed: seed)
  let scorer = Scorer(encoder: encoder, intercept: intercept, coefficients: coefficients)
  let scores = scorer.scores(encoder.batch(encoder.randomRows(200, seed: seed)))
  let outcomes = scores.indices.map { Double($0 % 3 == 0 ? 1 : 0) }
  return Model(
    name: name, target: Target(column: "Converted", positive: ["Yes"], negative: ["No"]),
    identifier: "Prospect ID", encoder: encoder, intercept: intercept, coefficients: coefficients,
    bands: DecileBands(scores: scores),
    training: TrainingRecord(
      command: "hourglass train lead --data \"leads, new.csv\"", seed: seed,
      dataSHA256: dataSHA256, rowCount: 1000, rejectedRowCount: 2, unlabelledRowCount: 3,
      split: "row i, counted from 0, is test if i mod 5 = 4", trainingRowCount: 800,
      trainingPositiveCount: 240,
      fit: FitRecord(
        l2Penalty: 1 / 800, iterations: 6, objective: 0.4219, logLoss: 0.42,
        gradientNorm: 3e-16, objectiveGap: 1e-17),
      leftOut: [LeftOutColumn(column: "note", reason: "free text")]),
    evaluation: try ClassificationEvaluation(linearPredictors: scores, outcomes: outcomes))
}
