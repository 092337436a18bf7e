/// How the coefficients of a model were found, and how well that went. The JSON keys are the names of
/// the properties.
public struct FitRecord: Codable, Hashable, Sendable {
  /// What was optimised.
  public enum Method: String, Codable, Hashable, Sendable {
    /// The mean log loss + `l1Penalty` Σ |coefficient| + ½ `l2Penalty` Σ coefficient².
    case penalizedLogLoss
    /// The log-likelihood + ½ log det of the information (Firth 1993).
    case firth
  }

  /// What a penalty is measured in.
  public enum Scale: String, Codable, Hashable, Sendable {
    /// Numbers divided by their standard deviation; levels and indicators are 0 or 1.
    case standardized
    /// The columns as they stand in the file.
    case original
  }

  /// How rows are weighed by their outcome in the fit; the intercepts are those of the rows as they are.
  public enum ClassWeights: String, Codable, Hashable, Sendable {
    case none
    /// N / (K Nₖ) for a row of class k, of N rows in K classes of which Nₖ are of class k.
    case balanced
  }

  public var method: Method
  public var l1Penalty: Double
  public var l2Penalty: Double
  public var penaltyScale: Scale
  /// How the penalty was chosen; `nil` where it was given.
  public var choice: PenaltyRecord?
  /// The column that says how many times each row counts.
  public var weightColumn: String?
  /// The column that enters the linear predictor with the coefficient 1, in log-odds.
  public var offsetColumn: String?
  /// Absent in files for `none`.
  public var classWeights: ClassWeights?
  public var iterations: Int
  /// What was minimised, at the fit; by Firth's method less the penalised log-likelihood, per row.
  public var objective: Double
  /// The mean log loss of the training rows, in nats; with class weights the weighted one that was fitted.
  public var logLoss: Double
  /// ‖gradient‖∞ of the objective at the fit, by columns in units of their largest distance from the mean.
  public var gradientNorm: Double
  /// What the last step was expected to lower the objective by: how far from its minimum it was then.
  public var objectiveGap: Double
  /// With an L1 penalty: the objective less that of a dual point, a bound on its distance from the minimum.
  public var dualityGap: Double?

  public init(
    method: Method = .penalizedLogLoss, l1Penalty: Double = 0, l2Penalty: Double = 0,
    penaltyScale: Scale = .standardized, choice: PenaltyRecord? = nil,
    weightColumn: String? = nil, offsetColumn: String? = nil, iterations: Int, objective: Double,
    logLoss: Double, gradientNorm: Double, objectiveGap: Double, dualityGap: Double? = nil
  ) {
    self.method = method
    self.l1Penalty = l1Penalty
    self.l2Penalty = l2Penalty
    self.penaltyScale = penaltyScale
    self.choice = choice
    self.weightColumn = weightColumn
    self.offsetColumn = offsetColumn
    self.iterations = iterations
    self.objective = objective
    self.logLoss = logLoss
    self.gradientNorm = gradientNorm
    self.objectiveGap = objectiveGap
    self.dualityGap = dualityGap
  }
}

/// How a penalty was chosen by cross-validation.
public struct PenaltyRecord: Codable, Hashable, Sendable {
  /// One of the penalties tried: their sum, `l1Share` of which is L1.
  public struct Row: Codable, Hashable, Sendable {
    public var penalty: Double
    /// Out of fold, in nats.
    public var meanLogLoss: Double
    public var standardError: Double

    public init(penalty: Double, meanLogLoss: Double, standardError: Double) {
      self.penalty = penalty
      self.meanLogLoss = meanLogLoss
      self.standardError = standardError
    }
  }

  public var folds: String
  public var rule: String
  public var l1Share: Double
  /// L1 and L2 together.
  public var penalty: Double
  /// The strongest first.
  public var path: [Row]

  public init(folds: String, rule: String, l1Share: Double, penalty: Double, path: [Row]) {
    self.folds = folds
    self.rule = rule
    self.l1Share = l1Share
    self.penalty = penalty
    self.path = path
  }

  /// Whether the choice is the strongest or the weakest tried, so that others might be better.
  public var isAtTheEnd: Bool {
    penalty == path.first?.penalty || penalty == path.last?.penalty
  }
}
