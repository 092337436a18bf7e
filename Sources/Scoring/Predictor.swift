public import Evaluation

/// A linear predictor on the scale of the encoded design.
public struct LinearEquation: Codable, Hashable, Sendable {
  /// In log-odds.
  public let intercept: Double
  /// p, in the order of the encoder's `designColumns`, in log-odds per unit of a column.
  public let coefficients: [Double]
  /// How sure the fit is of them; `nil` where that was not asked for.
  public let inference: InferenceRecord?

  public init(intercept: Double, coefficients: [Double], inference: InferenceRecord? = nil) {
    self.intercept = intercept
    self.coefficients = coefficients
    self.inference = inference
  }
}

/// What a model predicts and the numbers it does so by. All kinds share the encoder, the scorer, the
/// registry and the model file; what differs between them is here.
public enum Predictor: Hashable, Sendable {
  /// Whether a customer does one thing.
  case binary(BinaryPredictor)
  /// Which of K offers a customer takes.
  case multinomial(MultinomialPredictor)
  /// Which row of a choice set is taken, by features of the pair (customer, offer).
  case choice(ChoicePredictor)

  /// The names of the kinds, in files and flags.
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    case binary, multinomial, choice
  }

  public var kind: Kind {
    switch self {
    case .binary: .binary
    case .multinomial: .multinomial
    case .choice: .choice
    }
  }

  /// The column to be predicted.
  public var targetColumn: String {
    switch self {
    case .binary(let binary): binary.target.column
    case .multinomial(let multinomial): multinomial.column
    case .choice(let choice): choice.column
    }
  }

  /// One equation; of K classes one each.
  public var equations: [LinearEquation] {
    switch self {
    case .binary(let binary): [binary.equation]
    case .multinomial(let multinomial): multinomial.classes.map(\.equation)
    case .choice(let choice): [choice.equation]
    }
  }

  /// On rows the model was not fitted to; `nil` where it was fitted to all.
  public var evaluation: ModelEvaluation? {
    switch self {
    case .binary(let binary): binary.evaluation.map { .binary($0) }
    case .multinomial(let multinomial): multinomial.evaluation.map { .multinomial($0) }
    case .choice(let choice): choice.evaluation.map { .choice($0) }
    }
  }
}

/// The numbers of a model of yes or no.
public struct BinaryPredictor: Codable, Hashable, Sendable {
  public let target: Target
  public let equation: LinearEquation
  public let bands: DecileBands
  /// On rows the model was not fitted to; `nil` where it was fitted to all.
  public let evaluation: ClassificationEvaluation?

  public init(
    target: Target, equation: LinearEquation, bands: DecileBands,
    evaluation: ClassificationEvaluation?
  ) {
    self.target = target
    self.equation = equation
    self.bands = bands
    self.evaluation = evaluation
  }
}

/// The numbers of a model of K classes: offers, products, segments.
///
/// Each class has its own equation. The equations add up to 0 (of each column, and of the intercepts), so
/// that the score of a class is its log-odds against the geometric mean of all K; which of them a customer
/// could have had does not change it, but takes the others' probability away.
public struct MultinomialPredictor: Codable, Hashable, Sendable {
  public let column: String
  /// In order of their UTF-8 bytes.
  public let classes: [Class]
  public let availability: AvailabilitySource?
  /// On rows the model was not fitted to; `nil` where it was fitted to all.
  public let evaluation: MultinomialEvaluation?

  public struct Class: Codable, Hashable, Sendable {
    public let name: String
    /// Of the training rows.
    public let share: Double
    public let equation: LinearEquation

    public init(name: String, share: Double, equation: LinearEquation) {
      self.name = name
      self.share = share
      self.equation = equation
    }
  }

  public init(
    column: String, classes: [Class], availability: AvailabilitySource?,
    evaluation: MultinomialEvaluation?
  ) {
    self.column = column
    self.classes = classes
    self.availability = availability
    self.evaluation = evaluation
  }
}

/// The numbers of a conditional logit. The offer is a feature of the encoder, a category whose effects are
/// the offers' intercepts; a number added to all scores of a choice set changes no probability.
public struct ChoicePredictor: Codable, Hashable, Sendable {
  /// 1 or yes for the row that was taken, 0 or no for the others of its set.
  public let column: String
  /// Rows with one value of it are a choice set; they stand together.
  public let choiceSetColumn: String
  public let offerColumn: String
  public let equation: LinearEquation
  /// On rows the model was not fitted to; `nil` where it was fitted to all.
  public let evaluation: ChoiceEvaluation?

  public init(
    column: String, choiceSetColumn: String, offerColumn: String, equation: LinearEquation,
    evaluation: ChoiceEvaluation?
  ) {
    self.column = column
    self.choiceSetColumn = choiceSetColumn
    self.offerColumn = offerColumn
    self.equation = equation
    self.evaluation = evaluation
  }
}

/// Which column says what a customer could have had.
public enum AvailabilitySource: Codable, Hashable, Sendable {
  /// One column that lists the classes, with `|` between them.
  case list(column: String)
  /// A column for each class, named by the prefix and the class, that holds yes or no.
  case flags(prefix: String)
}

/// A model's measures, of its kind.
public enum ModelEvaluation: Hashable, Sendable {
  case binary(ClassificationEvaluation)
  case multinomial(MultinomialEvaluation)
  case choice(ChoiceEvaluation)

  /// Of whole choice sets in a conditional logit.
  public var rowCount: Int {
    switch self {
    case .binary(let evaluation): evaluation.rowCount
    case .multinomial(let evaluation): evaluation.rowCount
    case .choice(let evaluation): evaluation.choiceSetCount
    }
  }

  /// The mean log loss, in nats.
  public var logLoss: Double {
    switch self {
    case .binary(let evaluation): evaluation.logLoss
    case .multinomial(let evaluation): evaluation.logLoss
    case .choice(let evaluation): evaluation.logLoss
    }
  }

  /// Of classes the unweighted mean.
  public var areaUnderROC: Double? {
    switch self {
    case .binary(let evaluation): evaluation.areaUnderROC.estimate
    case .multinomial(let evaluation): evaluation.meanAreaUnderROC
    case .choice: nil
    }
  }
}

// In JSON a predictor is its numbers with the kind among them; an evaluation is its measures as they are.

extension Predictor: Codable {
  private enum Key: String, CodingKey { case kind }

  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind) {
    case .binary: self = .binary(try BinaryPredictor(from: decoder))
    case .multinomial: self = .multinomial(try MultinomialPredictor(from: decoder))
    case .choice: self = .choice(try ChoicePredictor(from: decoder))
    }
  }

  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .binary(let binary): try binary.encode(to: encoder)
    case .multinomial(let multinomial): try multinomial.encode(to: encoder)
    case .choice(let choice): try choice.encode(to: encoder)
    }
  }
}

extension ModelEvaluation: Encodable {
  public func encode(to encoder: any Swift.Encoder) throws {
    switch self {
    case .binary(let evaluation): try evaluation.encode(to: encoder)
    case .multinomial(let evaluation): try evaluation.encode(to: encoder)
    case .choice(let evaluation): try evaluation.encode(to: encoder)
    }
  }
}

extension Model {
  /// The class of each equation; `nil` of the only one.
  package var equationNames: [String?] {
    if case .multinomial(let multinomial) = predictor { return multinomial.classes.map(\.name) }
    return predictor.equations.map { _ in nil }
  }
}
