/// How a simulated experiment ended.
public struct TrialOutcome: Hashable, Sendable {
  public enum Decision: String, Hashable, Sendable, CaseIterable {
    case better, worse, futile
    /// The horizon was reached without an answer.
    case none
  }

  public var decision: Decision
  /// Units of all variants together at the end.
  public var units: Int

  public init(decision: Decision, units: Int) {
    self.decision = decision
    self.units = units
  }
}

/// What many simulated experiments of one kind came to.
public struct StoppingSummary: Hashable, Sendable {
  public let trials: Int
  /// The share that called treatment better, and worse.
  public let betterShare: Double
  public let worseShare: Double
  public let futileShare: Double
  /// Units at the end, in trials that reached the horizon the horizon.
  public let meanUnits: Double
  private let sortedUnits: [Int]

  /// - Precondition: at least one outcome.
  public init(_ outcomes: [TrialOutcome]) {
    precondition(!outcomes.isEmpty, "a summary of no trial")
    trials = outcomes.count
    func share(_ decision: TrialOutcome.Decision) -> Double {
      Double(outcomes.count { $0.decision == decision }) / Double(outcomes.count)
    }
    betterShare = share(.better)
    worseShare = share(.worse)
    futileShare = share(.futile)
    sortedUnits = outcomes.map(\.units).sorted()
    meanUnits = outcomes.reduce(0) { $0 + Double($1.units) } / Double(outcomes.count)
  }

  /// The share of trials that called a difference, either way.
  public var differenceShare: Double { betterShare + worseShare }

  /// The smallest number of units by which at least `probability` of the trials had ended.
  public func unitsQuantile(_ probability: Double) -> Int {
    let rank = Int((probability * Double(trials)).rounded(.up)) - 1
    return sortedUnits[min(trials - 1, max(0, rank))]
  }

  /// The standard error of a share of the trials.
  public func standardError(of share: Double) -> Double {
    (share * (1 - share) / Double(trials)).squareRoot()
  }
}
