/// A stretch of the experiment with one split; changing weights begins the next.
public struct Phase: Hashable, Sendable {
  /// When it begins, in seconds since 1970; a unit is of the phase of its first exposure. `nil` for
  /// the beginning of time, in the first phase alone.
  public let startSeconds: Double?
  /// Who gets what: salt, weights, coverage, namespace, holdout.
  public let assignment: AssignmentDesign

  public init(startSeconds: Double? = nil, assignment: AssignmentDesign) {
    self.startSeconds = startSeconds
    self.assignment = assignment
  }

  /// The probability of each variant, for a unit that takes part.
  ///
  /// Of `shares`, not of weights: buckets go whole.
  public var probabilities: [Double] {
    let sum = assignment.shares.reduce(0, +)
    return assignment.shares.map { sum > 0 ? $0 / sum : 0 }
  }
}

/// How units are dealt over the variants as the experiment goes on.
public enum Allocation: Hashable, Sendable {
  /// By the weights of the phase.
  case fixed
  /// By Thompson sampling; no variant's probability falls below `floor`. The probability of each
  /// decision is logged with its exposure.
  case thompson(floor: Double)
}

/// Who may be judged: exposures whose `column` holds none of `levels` are left out and counted.
public struct Eligibility: Hashable, Sendable {
  public let column: String
  public let levels: [String]

  public init(column: String, levels: [String]) throws(DesignError) {
    guard !column.isEmpty else { throw .empty("the column of the eligibility") }
    guard !levels.isEmpty else { throw .empty("the list of eligible values") }
    self.column = column
    self.levels = levels
  }
}
