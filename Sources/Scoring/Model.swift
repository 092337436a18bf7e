public import Evaluation

/// A fitted model with all that scoring needs and all that a reader should know of its making.
public struct Model: Codable, Hashable, Sendable {
  public let name: String
  /// The column that identified customers in the training data.
  public let identifier: String?
  public var encoder: Encoder
  /// What is predicted, by which numbers, and how well. On the scale of the encoded design; see
  /// `originalScale` for the columns' own.
  public let predictor: Predictor
  public let training: TrainingRecord

  public init(
    name: String, identifier: String?, encoder: Encoder, predictor: Predictor,
    training: TrainingRecord
  ) {
    self.name = name
    self.identifier = identifier
    self.encoder = encoder
    self.predictor = predictor
    self.training = training
  }

  /// A model of yes or no.
  public init(
    name: String, target: Target, identifier: String?, encoder: Encoder, intercept: Double,
    coefficients: [Double], bands: DecileBands, training: TrainingRecord,
    evaluation: ClassificationEvaluation?, inference: InferenceRecord? = nil
  ) {
    self.init(
      name: name, identifier: identifier, encoder: encoder,
      predictor: .binary(
        BinaryPredictor(
          target: target,
          equation: LinearEquation(
            intercept: intercept, coefficients: coefficients, inference: inference),
          bands: bands, evaluation: evaluation)), training: training)
  }

  /// The model without its offset, to score as if it were 0; itself where it has none.
  public var withoutOffset: Model {
    var model = self
    model.encoder = encoder.withoutOffset
    return model
  }

  /// The numbers of a model of yes or no; `nil` of any other.
  public var binary: BinaryPredictor? {
    if case .binary(let binary) = predictor { binary } else { nil }
  }

  public var scorer: Scorer { Scorer(encoder: encoder, equations: predictor.equations) }
}

/// The column to be predicted and what its values mean.
public struct Target: Codable, Hashable, Sendable {
  public let column: String
  /// The values that mean yes, and no, as training saw them.
  public let positive: [String]
  public let negative: [String]

  public init(column: String, positive: [String], negative: [String]) {
    self.column = column
    self.positive = positive
    self.negative = negative
  }
}

/// How a model was made; nothing in it depends on when or where.
public struct TrainingRecord: Codable, Hashable, Sendable {
  public var command: String
  public var seed: UInt64
  /// The SHA-256 of the data file's bytes, in hexadecimal.
  public var dataSHA256: String
  public var rowCount: Int
  public var rejectedRowCount: Int
  /// Rows without an outcome, left out.
  public var unlabelledRowCount: Int
  /// Rows with a weight of 0, left out.
  public var zeroWeightRowCount = 0
  /// Rows so shortly before the test rows that their outcomes may not have been known then, left out.
  public var embargoedRowCount = 0
  /// How the test rows were chosen, or that there are none.
  public var split: String
  public var trainingRowCount: Int
  /// Of a model of yes or no, as is `baseRate`.
  public var trainingPositiveCount: Int?
  /// The sum of the training rows' weights; their number where each counts once.
  public var trainingWeight: Double
  /// The share of that weight that is positive.
  public var baseRate: Double?
  public var fit: FitRecord
  /// Columns of the file that are no features, and why.
  public var leftOut: [LeftOutColumn]

  public init(
    command: String, seed: UInt64, dataSHA256: String, rowCount: Int, rejectedRowCount: Int,
    unlabelledRowCount: Int, split: String, trainingRowCount: Int, trainingPositiveCount: Int?,
    trainingWeight: Double? = nil, baseRate: Double? = nil, fit: FitRecord,
    leftOut: [LeftOutColumn]
  ) {
    self.command = command
    self.seed = seed
    self.dataSHA256 = dataSHA256
    self.rowCount = rowCount
    self.rejectedRowCount = rejectedRowCount
    self.unlabelledRowCount = unlabelledRowCount
    self.split = split
    self.trainingRowCount = trainingRowCount
    self.trainingPositiveCount = trainingPositiveCount
    self.trainingWeight = trainingWeight ?? Double(trainingRowCount)
    self.baseRate =
      baseRate ?? trainingPositiveCount.map { Double($0) / Double(trainingRowCount) }
    self.fit = fit
    self.leftOut = leftOut
  }
}

public struct LeftOutColumn: Codable, Hashable, Sendable {
  public let column: String
  public let reason: String

  public init(column: String, reason: String) {
    self.column = column
    self.reason = reason
  }
}
