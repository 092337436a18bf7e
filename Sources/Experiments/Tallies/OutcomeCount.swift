/// How many units of a variant had one and the same outcome.
public struct OutcomeCount: Hashable, Sendable {
  /// The place of the variant in the definition.
  public var variant: Int
  /// In the metric's unit; in [0, bound] where the metric has one.
  public var outcome: Double
  public var count: Int

  public init(variant: Int, outcome: Double, count: Int) {
    self.variant = variant
    self.outcome = outcome
    self.count = count
  }
}

/// Units that an exact rule cannot tell apart but by variant and outcome: of one assignment
/// probability and one predicted outcome, both known before the assignment was used.
///
/// Within a look, a rule whose prediction hangs on the score and earlier looks alone needs these
/// counts and no order.
public struct Stratum: Hashable, Sendable {
  /// Of each variant; their sum is 1.
  public var probabilities: [Double]
  /// The unit's predicted outcome by the score column, in the metric's unit, rounded to 1/16 octave;
  /// `nil` without a score.
  public var score: Double?
  /// In order of variant and outcome, each pair once.
  public var outcomes: [OutcomeCount]

  public init(probabilities: [Double], score: Double? = nil, outcomes: [OutcomeCount]) {
    self.probabilities = probabilities
    self.score = score
    self.outcomes = outcomes
  }

  /// The stratum of a share's counts.
  public init(
    probabilities: [Double], score: Double? = nil, units: [Int], conversions: [Int]
  ) {
    self.init(
      probabilities: probabilities, score: score,
      outcomes: units.indices.flatMap { variant in
        [(0.0, units[variant] - conversions[variant]), (1.0, conversions[variant])]
          .filter { $0.1 > 0 }
          .map { OutcomeCount(variant: variant, outcome: $0.0, count: $0.1) }
      })
  }

  /// `score` at the precision at which strata tell units apart: the nearer end of its 1/16 octave.
  public static func rounded(score: Double) -> Double {
    Double(bitPattern: score.bitPattern & ~((1 << 48) - 1))
  }
}
