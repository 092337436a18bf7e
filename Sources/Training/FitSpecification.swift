public import Scoring

/// What is to be fitted and how, before it meets data.
public struct FitSpecification: Hashable, Sendable {
  /// What the target has.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Two values.
    case binary
    /// Several, such as the offer taken.
    case multinomial
    /// Yes for the one row of each choice set that was taken.
    case choice
  }

  /// What is added to the mean log loss, on the scale of `penaltyScale`.
  public enum Penalty: Hashable, Sendable {
    /// (1 − l1Share) ½ s Σ β² + l1Share s Σ |β|, with a strength s that cross-validation chooses; a share
    /// of 0 is L2 alone.
    case crossValidated(l1Share: Double)
    /// l1 Σ |β| + ½ l2 Σ β²; both 0 is none.
    case fixed(l1: Double, l2: Double)
    /// That of Firth's method.
    case firth
  }

  /// Which standard errors are kept with the model.
  public enum Errors: Hashable, Sendable {
    /// `classical` where the coefficients are not shrunk by a penalty of their size, else none: few who
    /// train to predict ask for them, and those of shrunken coefficients are easily misread.
    case automatic
    case none
    case classical
    case robust
    case clustered(column: String)
  }

  public var kind = Kind.binary
  public var penalty = Penalty.crossValidated(l1Share: 0)
  public var penaltyScale = FitRecord.Scale.standardized
  /// How cross-validation chooses.
  public var rule = CrossValidationResult.Rule.minimum
  /// `defaultFoldCount` where `nil`, or as many as the rarer outcome has rows.
  public var foldCount: Int?
  /// Rows of one value of this column are held out together.
  public var groupColumn: String?
  /// The time until an outcome is known: rows younger than that do not train what later rows judge.
  public var embargoSeconds = 0.0
  /// How many times each row counts; 1 where `nil`.
  public var weightColumn: String?
  /// Added to the linear predictor, in log-odds.
  public var offsetColumn: String?
  public var errors = Errors.automatic
  public var classWeights = FitRecord.ClassWeights.none

  public static let defaultFoldCount = 5

  public init() {}

  /// Whether the coefficients must be determined by the data alone.
  public var isUnpenalized: Bool {
    penalty == .fixed(l1: 0, l2: 0) || penalty == .firth
  }

  public var isCrossValidated: Bool {
    if case .crossValidated = penalty { true } else { false }
  }

  /// The column that standard errors are clustered by.
  public var clusterColumn: String? {
    guard case .clustered(let column) = errors else { return nil }
    return column
  }

  /// Whether standard errors are computed; `automatic` has been decided.
  var standardErrors: Errors {
    guard errors == .automatic else { return errors }
    if classWeights != .none { return .none }
    return isUnpenalized ? .classical : .none
  }

  /// Throws for what class weights do not go with: a weight that is no number of rows has no classical
  /// information, and Firth's penalty is made of it.
  func refuseWhatClassWeightsLack() throws(FitError) {
    guard classWeights != .none else { return }
    if penalty == .firth { throw .classWeights(with: "Firth's method (--firth)") }
    if ![.automatic, .none].contains(errors) {
      throw .classWeights(with: "standard errors (--se)")
    }
  }

  /// Throws for a way to fit that models of several classes, or of choices, do not have.
  func refuseWhatOnlyTwoOutcomesHave() throws(TrainingError) {
    switch penalty {
    case .firth: throw .onlyForTwoOutcomes("Firth's method (--firth)")
    case .fixed(let l1, _) where l1 > 0: throw .onlyForTwoOutcomes("an L1 penalty")
    case .crossValidated(let l1Share) where l1Share > 0: throw .onlyForTwoOutcomes("an L1 penalty")
    default: break
    }
    if offsetColumn != nil { throw .onlyForTwoOutcomes("an offset (--offset)") }
    if kind == .choice {
      if penaltyScale == .original { throw .onlyForTwoOutcomes("--standardize none") }
      if classWeights != .none { throw .onlyForTwoOutcomes("--class-weight") }
    }
    switch errors {
    case .classical where kind == .choice: throw .onlyForTwoOutcomes("--se classical")
    case .robust, .clustered: throw .onlyForTwoOutcomes("--se robust or cluster")
    case .automatic, .none, .classical: break
    }
  }
}
